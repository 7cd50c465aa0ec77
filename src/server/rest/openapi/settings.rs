//! What is kept: saved funnels, the catalogue. Read with a read key, changed with a write key.

use super::questions::{self, INTERVALS};
use super::shape::{Shape, flag, instant, integer, list, may, must, object, or_null, text, word};
use super::{body, ok, operation, refused};
use crate::privacy::catalogue::{Item, LegalBasis, Sensitivity, State, ValueType};
use parallax_domain::{Category, Role, Signal};
use utoipa::openapi::path::{HttpMethod, Operation};

pub fn operations() -> Vec<(&'static str, HttpMethod, Operation)> {
    let list_of = operation("Settings", "Saved funnels of the project.", "funnels")
        .response("200", ok("The funnels.", object([must("funnels", list(funnel()))])));
    let save = operation("Settings", "Saves a funnel, or the next version of one.", "save_funnel")
        .request_body(Some(body(object([
            may("id", or_null(integer())),
            may("base", or_null(integer())),
            must("name", text()),
            may("description", text()),
            may("folder", text()),
            must("funnel", definition()),
            may("filters", questions::filters()),
        ]))))
        .response("200", ok("What was saved.", object([must("id", integer()), must("version", integer())])));
    let catalogue = operation("Settings", "What is declared or blocked, for admins.", "catalogue")
        .response("200", ok("The catalogue.", catalogue_document()));
    let import = operation(
        "Settings",
        "Adds and replaces entries of the catalogue; what is not named stays.",
        "import_catalogue",
    )
    .request_body(Some(body(catalogue_document())))
    .response("200", ok("What was written.", object([must("added", integer()), must("changed", integer())])));
    vec![
        ("/api/v1/funnels", HttpMethod::Get, refused(list_of, "read")),
        ("/api/v1/funnels", HttpMethod::Post, refused(save, "write")),
        ("/api/v1/catalogue", HttpMethod::Get, refused(catalogue, "read")),
        ("/api/v1/catalogue", HttpMethod::Post, refused(import, "write")),
    ]
}

/// The document that `parallax catalogue export` writes.
fn catalogue_document() -> Shape {
    let of = |words: Vec<&'static str>| word(&words);
    let entry = object([
        must("signal", of(Signal::ALL.into_iter().map(Signal::word).collect())),
        may("item", of(Item::ALL.iter().map(|item| item.word()).collect())),
        must("name", text()),
        may("state", of(State::ALL.iter().map(|state| state.word()).collect())),
        may("type", of(ValueType::ALL.iter().map(|kind| kind.word()).collect())),
        may("category", of(Category::ALL.into_iter().map(Category::word).collect())),
        may("sensitivity", of(Sensitivity::ALL.iter().map(|level| level.word()).collect())),
        may("purpose", text()),
        may("owner", text()),
        may("legal_basis", of(LegalBasis::ALL.iter().map(|basis| basis.word()).collect())),
        may("retention_days", integer()),
        may("expires", text()),
        may("expiry_reason", text()),
        may("action", text()),
        may("roles", list(of(Role::ALL.iter().map(|role| role.word()).collect()))),
        may("review", text()),
        may("since_policy", text()),
        may("example", text()),
    ]);
    object([may("fields", list(entry))])
}

fn funnel() -> Shape {
    object([
        must("id", integer()),
        must("name", text()),
        must("description", text()),
        must("folder", text()),
        must("version", integer()),
        must("owner", or_null(text())),
        must("changed_at", instant()),
        must("funnel", definition()),
        must("filters", questions::filters()),
    ])
}

/// A funnel as the question takes it.
fn definition() -> Shape {
    object([
        must("steps", list(object([must("event", text()), may("filters", questions::filters())]))),
        may("window", integer()),
        may("order", word(&["sequential", "strict", "any", "flexible"])),
        may("count", word(&["unique", "session", "total"])),
        may("reentry", flag()),
        may(
            "exclusions",
            list(object([
                must("event", text()),
                must("after_step", integer()),
                must("before_step", integer()),
                may("mode", word(&["remove", "drop"])),
            ])),
        ),
        may("hold", list(text())),
        may(
            "breakdown",
            or_null(object([
                must("field", text()),
                may("attribution", word(&["first", "last", "all", "step"])),
                may("step", or_null(integer())),
            ])),
        ),
        may("trend", or_null(word(&INTERVALS))),
    ])
}
