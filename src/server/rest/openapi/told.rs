//! What is sent in Parallax' own words: events and what is told beside them.

use super::shape::{
    Member, Shape, anything, either, flag, instant, integer, list, map, may, must, number, object, open_object,
    or_null, schema, text, word,
};
use parallax_domain::Category;

/// A door of the native API.
pub struct Door {
    pub path: &'static str,
    pub about: &'static str,
    pub body: Shape,
    pub answer: Shape,
}

pub fn doors() -> Vec<Door> {
    let upsert = |path, about, members: Vec<Member>| Door {
        path,
        about,
        body: one_or_many(open_object(members)),
        answer: taken(),
    };
    vec![
        Door {
            path: "/api/v1/events",
            about: "Product events. 200 means committed; `Idempotency-Key` makes a repeat harmless.",
            body: events(),
            answer: receipt(),
        },
        Door {
            path: "/api/v1/consent",
            about: "A decision of one subject; answers a receipt. A browser key decides for its own anonymous id only.",
            body: consent(),
            answer: open_object([must("receipt", text())]),
        },
        upsert(
            "/api/v1/deployments",
            "A version came into service.",
            vec![
                must("service", text()),
                must("version", text()),
                may("environment", text()),
                may("at", instant()),
                may("author", text()),
                may("url", text()),
            ],
        ),
        upsert("/api/v1/tickets", "Tickets, upserted by id.", note()),
        upsert("/api/v1/feedback", "Feedback, upserted by id.", note()),
        upsert(
            "/api/v1/surveys",
            "Answers of surveys, upserted by id.",
            vec![
                must("id", text()),
                may("at", instant()),
                may("source", text()),
                may("question", text()),
                may("answer", text()),
                may("rating", number()),
                may("shares_usage", flag()),
            ],
        ),
        upsert(
            "/api/v1/spend",
            "Money spent on campaigns by day.",
            vec![
                must("day", text()),
                must("amount", number()),
                must("currency", text()),
                may("campaign", text()),
                may("source", text()),
                may("medium", text()),
            ],
        ),
        upsert(
            "/api/v1/population",
            "Known totals of people or requests, which coverage is measured against.",
            vec![
                must("from", instant()),
                must("to", instant()),
                may("strata", map(schema(text()))),
                may("people", or_null(integer())),
                may("requests", or_null(integer())),
            ],
        ),
        upsert(
            "/api/v1/targets",
            "Targets of the executive's figures.",
            vec![must("measure", text()), must("value", number())],
        ),
    ]
}

fn one_or_many(item: Shape) -> Shape {
    either([list(item.clone()), item])
}

fn rejections() -> Shape {
    list(object([must("index", integer()), must("reason", text())]))
}

fn taken() -> Shape {
    object([must("accepted", integer()), must("rejected", rejections())])
}

fn receipt() -> Shape {
    object([
        must("accepted", integer()),
        must("rejected", rejections()),
        must("dropped", map(schema(integer()))),
        must("duplicates", integer()),
        must("duplicate", flag()),
    ])
}

fn note() -> Vec<Member> {
    vec![
        must("id", text()),
        may("at", instant()),
        may("user", text()),
        may("subject", text()),
        may("text", text()),
        may("status", text()),
        may("url", text()),
        may("rating", number()),
    ]
}

fn categories() -> Vec<&'static str> {
    Category::ALL.into_iter().map(Category::word).collect()
}

fn consent() -> Shape {
    object([
        may("subject", text()),
        may("user", text()),
        may("anonymous", text()),
        must("decisions", map(schema(flag()))),
        may("at", instant()),
        may("policy", text()),
        may("source", text()),
    ])
}

fn events() -> Shape {
    let context = open_object([
        may("url", text()),
        may("referrer", text()),
        may("title", text()),
        may(
            "campaign",
            open_object(["source", "medium", "name", "term", "content"].map(|name| may(name, or_null(text())))),
        ),
        may("device", text()),
        may("os", text()),
        may("browser", text()),
        may("country", text()),
        may("screen", text()),
        may("locale", text()),
        may("theme", text()),
        may("network", text()),
        may("version", text()),
        may("environment", text()),
        may("trace_id", text()),
    ]);
    let event = open_object([
        must("name", text()),
        may("id", text()),
        may("at", instant()),
        may("user", text()),
        may("anonymous", text()),
        may("session", text()),
        may("category", word(&categories())),
        may("properties", map(schema(anything()))),
        may("revenue", object([must("amount", number()), must("currency", text())])),
        may("context", context),
        may("consent", map(schema(flag()))),
    ]);
    open_object([may("sent_at", instant()), must("events", list(event))])
}
