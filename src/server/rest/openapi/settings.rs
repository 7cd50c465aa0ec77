//! What is kept: saved funnels. Read with a read key, changed with a write key.

use super::questions::{self, INTERVALS};
use super::shape::{Shape, flag, instant, integer, list, may, must, object, or_null, text, word};
use super::{body, ok, operation, refused};
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
    vec![
        ("/api/v1/funnels", HttpMethod::Get, refused(list_of, "read")),
        ("/api/v1/funnels", HttpMethod::Post, refused(save, "write")),
    ]
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
