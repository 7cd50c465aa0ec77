//! What is kept how long, what must stay, and what is handed over about one person. Read with a read key, changed with a
//! write key, both of an admin.

use super::shape::{
    Shape, anything, flag, instant, integer, list, may, must, object, open_object, or_null, share, text, word,
};
use super::{body, ok, operation, refused};
use parallax_domain::{Category, Signal};
use utoipa::openapi::path::{HttpMethod, Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{Content, Required, Response, ResponseBuilder};

/// States of a change that was asked for.
const STATES: [&str; 3] = ["in_force", "scheduled", "waiting"];

pub fn operations() -> Vec<(&'static str, HttpMethod, Operation)> {
    retention().into_iter().chain(holds()).chain(exports()).collect()
}

fn retention() -> Vec<(&'static str, HttpMethod, Operation)> {
    let tell = operation("Keeping", "Rules, changes that wait, and deletions with their proofs.", "retention")
        .response("200", ok("What is in force and what was deleted.", in_force()));
    let ask = operation(
        "Keeping",
        "Asks for other days. What deletes waits a day; what deletes more than a fifth of a signal waits for an admin's agreement first.",
        "set_retention",
    )
    .request_body(Some(body(object([must("signal", text()), must("days", integer()), may("reason", text())]))))
    .response(
        "200",
        ok(
            "What became of it.",
            object([must("state", word(&STATES)), may("change", integer()), may("effective_at", instant())]),
        ),
    );
    let preview =
        operation("Keeping", "What a change would delete, by the code that would delete it.", "preview_retention")
            .parameter(query("signal", text()))
            .parameter(query("days", integer()))
            .response("200", ok("What would go, counted for the moment it would be carried out.", effect()));
    let cancel = operation("Keeping", "Takes a change back before it is carried out.", "cancel_retention")
        .parameter(id())
        .response("200", ok("It is taken back.", object([must("state", text()), must("change", integer())])));
    let proof =
        operation("Keeping", "The signed statement of one deletion, exactly as it was signed.", "proof_of_deletion")
            .parameter(id())
            .response("200", ok("The statement with its signature (Ed25519).", anything()));
    vec![
        ("/api/v1/retention", HttpMethod::Get, refused(tell, "read")),
        ("/api/v1/retention", HttpMethod::Post, refused(ask, "write")),
        ("/api/v1/retention/preview", HttpMethod::Get, refused(preview, "read")),
        ("/api/v1/retention/changes/{id}", HttpMethod::Delete, refused(cancel, "write")),
        ("/api/v1/retention/proofs/{id}", HttpMethod::Get, refused(proof, "read")),
    ]
}

fn holds() -> Vec<(&'static str, HttpMethod, Operation)> {
    let signals = || word(&Signal::ALL.map(Signal::word));
    let category = || word(&Category::ALL.map(Category::word));
    let hold = object([
        must("id", integer()),
        must("name", text()),
        must("reason", text()),
        must("owner", text()),
        must("signal", or_null(signals())),
        must("category", or_null(category())),
        must("from", or_null(instant())),
        must("to", or_null(instant())),
        must("one_person", flag()),
        must("review", text()),
        must("made_by", text()),
        must("made_at", instant()),
        must("rows", integer()),
    ]);
    let tell = operation("Keeping", "Legal holds in force.", "holds")
        .response("200", ok("The holds.", object([must("holds", list(hold))])));
    let place = operation(
        "Keeping",
        "Places a legal hold: what it names is not deleted until it is released. Days are UTC; the review is within 180 days.",
        "place_hold",
    )
    .request_body(Some(body(object([
        must("name", text()),
        must("reason", text()),
        must("owner", text()),
        must("review", text()),
        may("signal", text()),
        may("category", or_null(category())),
        may("from", text()),
        may("to", text()),
        may("subject", text()),
    ]))))
    .response("200", ok("Its number.", object([must("id", integer())])));
    let release = operation("Keeping", "Ends a hold; what it kept past its time goes.", "release_hold")
        .parameter(id())
        .response("200", ok("It is released.", object([must("id", integer()), must("released", flag())])));
    vec![
        ("/api/v1/holds", HttpMethod::Get, refused(tell, "read")),
        ("/api/v1/holds", HttpMethod::Post, refused(place, "write")),
        ("/api/v1/holds/{id}", HttpMethod::Delete, refused(release, "write")),
    ]
}

fn exports() -> Vec<(&'static str, HttpMethod, Operation)> {
    let export = object([
        must("id", integer()),
        must("channel", text()),
        must("received_at", instant()),
        must("due_at", instant()),
        must("answered_at", or_null(instant())),
        must("state", text()),
        must("counts", or_null(counts())),
    ]);
    let tell = operation("Keeping", "Requests of people for what is recorded about them.", "exports")
        .response("200", ok("The requests.", object([must("exports", list(export))])));
    let ask = operation(
        "Keeping",
        "Writes a request of one person down, named by `user`, `anonymous` or `subject`, and says where its files are.",
        "ask_export",
    )
    .request_body(Some(body(object([may("subject", text()), may("user", text()), may("anonymous", text())]))))
    .response(
        "200",
        ok(
            "Where the files are.",
            object([must("id", integer()), must("counts", counts()), must("json", text()), must("csv", text())]),
        ),
    );
    let read = operation("Keeping", "Everything recorded about the person; answers the request.", "export")
        .parameter(id())
        .parameter(query("format", word(&["json", "csv"])))
        .response("200", file());
    vec![
        ("/api/v1/exports", HttpMethod::Get, refused(tell, "read")),
        ("/api/v1/exports", HttpMethod::Post, refused(ask, "write")),
        ("/api/v1/exports/{id}", HttpMethod::Get, refused(read, "read")),
    ]
}

fn id() -> Parameter {
    let id = ParameterBuilder::new().name("id").parameter_in(ParameterIn::Path);
    id.required(Required::True).schema(Some(integer())).build()
}

fn query(name: &str, shape: Shape) -> Parameter {
    let required = if name == "format" { Required::False } else { Required::True };
    ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query).required(required).schema(Some(shape)).build()
}

/// JSON, or CSV for whoever asks for it.
fn file() -> Response {
    let sections =
        ["decisions", "events", "requests", "lines", "exceptions", "tickets", "feedback", "properties", "groups"];
    let members = sections.into_iter().map(|section| must(section, list(anything())));
    let json = open_object(members.chain([must("identifiers", list(anything())), must("exported_at", instant())]));
    ResponseBuilder::new()
        .description("Every record, by kind.")
        .content("application/json", Content::new(Some(json)))
        .content("text/csv", Content::new(Some(text())))
        .build()
}

fn counts() -> Shape {
    object([
        must("events", integer()),
        must("requests", integer()),
        must("lines", integer()),
        must("exceptions", integer()),
        must("traces", integer()),
        must("tickets", integer()),
        must("feedback", integer()),
        must("properties", integer()),
        must("decisions", integer()),
        must("held", integer()),
        must("oldest", or_null(instant())),
        must("newest", or_null(instant())),
    ])
}

fn in_force() -> Shape {
    let rule = object([
        must("signal", text()),
        must("name", text()),
        must("days", integer()),
        must("part_of", or_null(text())),
        must("follows", flag()),
        must("changed_by", text()),
    ]);
    let promise = object([must("signal", text()), must("days", integer()), must("until", instant())]);
    let change = object([
        must("id", integer()),
        must("signal", text()),
        must("days_from", integer()),
        must("days_to", integer()),
        must("reason", text()),
        must("state", word(&STATES[1..])),
        must("rows", integer()),
        must("share", or_null(share())),
        must("asked_by", text()),
        must("asked_at", instant()),
        must("approved_by", or_null(text())),
        must("effective_at", instant()),
    ]);
    let deletion = object([
        must("id", integer()),
        must("name", text()),
        must("kind", word(&["retention", "erasure"])),
        must("signal", text()),
        must("what", text()),
        must("rows", integer()),
        must("bytes", integer()),
        must("oldest", or_null(instant())),
        must("newest", or_null(instant())),
        must("ended_at", instant()),
        must("verified", flag()),
    ]);
    object([
        must("rules", list(rule)),
        must("promises", list(promise)),
        must("changes", list(change)),
        must("last_run", or_null(instant())),
        must("deletions", list(deletion)),
    ])
}

fn effect() -> Shape {
    let loss =
        object([must("kind", text()), must("id", integer()), must("name", text()), must("looks_back_to", instant())]);
    object([
        must("signal", text()),
        must("days_now", integer()),
        must("days_then", integer()),
        must("rows", integer()),
        must("bytes", integer()),
        must("people", or_null(integer())),
        must("share", or_null(share())),
        must("oldest", or_null(instant())),
        must("newest", or_null(instant())),
        must("held", integer()),
        must("needs_second", flag()),
        must("effective_at", instant()),
        must("plan", text()),
        must("items", list(anything())),
        must("losses", list(loss)),
    ])
}
