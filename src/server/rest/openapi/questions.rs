//! Questions and their answers.

use super::shape::{
    Member, Shape, either, flag, instant, integer, list, map, may, must, number, object, or_null, schema, share, text,
    word,
};
use parallax_domain::Op;

/// A question of `/api/v1/query`.
pub struct Question {
    pub name: &'static str,
    pub about: &'static str,
    /// Members beside those that every question has.
    pub members: Vec<Member>,
    pub result: Shape,
}

pub const INTERVALS: [&str; 4] = ["hour", "day", "week", "month"];
const LEVELS: [&str; 6] = ["trace", "debug", "info", "warn", "error", "fatal"];

fn figures() -> Shape {
    list(or_null(number()))
}

pub fn filters() -> Shape {
    let ops: Vec<&str> = Op::ALL.into_iter().map(Op::word).collect();
    list(object([must("field", text()), must("op", word(&ops)), may("values", list(text()))]))
}

/// Members of every question.
pub fn frame() -> Vec<Member> {
    let period = object([must("from", instant()), must("to", instant())]);
    vec![
        must("from", instant()),
        must("to", instant()),
        may("zone", text()),
        may("filters", filters()),
        may("compare", or_null(either([word(&["previous", "year"]), period]))),
    ]
}

/// How far an answer can be trusted.
pub fn quality() -> Shape {
    let gap = object([must("from", instant()), must("to", instant()), must("cause", text())]);
    object([
        must("coverage", or_null(share())),
        must("population", or_null(integer())),
        must("n", integer()),
        must("n_eff", or_null(number())),
        must("suppressed", integer()),
        must("sampled", flag()),
        must("fresh_as_of", instant()),
        must("gaps", list(gap)),
        must("source", text()),
        must("adjusted", flag()),
    ])
}

pub fn answer(result: Shape) -> Shape {
    object([must("result", result.clone()), must("compared", or_null(result)), must("quality", quality())])
}

pub fn all() -> Vec<Question> {
    let mut all = people();
    all.extend(machines());
    all
}

fn people() -> Vec<Question> {
    vec![
        Question {
            name: "trend",
            about: "Events over time: total, unique people, per person, sums, averages and percentiles of properties, revenue.",
            members: vec![
                must("series", list(object([may("event", or_null(text())), may("measure", text())]))),
                may("interval", word(&INTERVALS)),
                may("breakdown", or_null(text())),
            ],
            result: object([
                must("buckets", list(instant())),
                must(
                    "series",
                    list(object([
                        must("event", or_null(text())),
                        must("measure", text()),
                        must("value", or_null(text())),
                        may("currency", text()),
                        must("values", figures()),
                        must("total", or_null(number())),
                    ])),
                ),
            ]),
        },
        Question {
            name: "funnel",
            about: "How many people, sessions or attempts go through steps within a window.",
            members: funnel(),
            result: object([
                must(
                    "steps",
                    list(object([
                        must("event", text()),
                        must("count", integer()),
                        must("overall", or_null(share())),
                        must("from_previous", or_null(number())),
                        must("median_seconds", or_null(number())),
                        must("p90_seconds", or_null(number())),
                    ])),
                ),
                must("open", integer()),
                must("breakdown", list(object([must("value", or_null(text())), must("counts", list(integer()))]))),
                must(
                    "trend",
                    list(object([
                        must("bucket", instant()),
                        must("entered", integer()),
                        must("converted", integer()),
                        must("open", integer()),
                    ])),
                ),
                must(
                    "time_to_convert",
                    object([
                        must("median", or_null(number())),
                        must("mean", or_null(number())),
                        must("p90", or_null(number())),
                        must("histogram", list(object([must("upto", number()), must("count", integer())]))),
                    ]),
                ),
            ]),
        },
        Question {
            name: "funnel/people",
            about: "The people behind one bar of a funnel, with the moment of each step. `total` always equals the count of the funnel.",
            members: funnel()
                .into_iter()
                .chain([
                    must("step", integer()),
                    may("outcome", word(&["completed", "dropped"])),
                    may("limit", integer()),
                    may("after", or_null(text())),
                ])
                .collect(),
            result: object([
                must(
                    "people",
                    list(object([
                        must("person", text()),
                        must("entered_at", instant()),
                        must("steps", list(or_null(instant()))),
                    ])),
                ),
                must("total", integer()),
                must("next", or_null(text())),
            ]),
        },
        Question {
            name: "retention",
            about: "Who comes back in the periods after a start; period 0 included.",
            members: vec![
                may("start", or_null(text())),
                may("return", or_null(text())),
                may("unit", word(&INTERVALS)),
                may("mode", word(&["on", "on_or_after"])),
                may("cohort", word(&["first", "recurring"])),
                may("interval", word(&["calendar", "rolling"])),
                may("periods", integer()),
            ],
            result: object([must(
                "cohorts",
                list(object([
                    must("start", instant()),
                    must("size", integer()),
                    must("values", list(integer())),
                    must("complete", list(flag())),
                ])),
            )]),
        },
        Question {
            name: "stickiness",
            about: "How many people were active on exactly so many calendar units of the range.",
            members: vec![may("event", or_null(text())), may("unit", word(&INTERVALS))],
            result: object([must("days", list(object([must("x", integer()), must("people", integer())])))]),
        },
        Question {
            name: "lifecycle",
            about: "New, returning, resurrecting and dormant people per bucket, with the quick ratio.",
            members: vec![may("event", or_null(text())), may("interval", word(&INTERVALS))],
            result: object([
                must("buckets", list(instant())),
                must("new", list(integer())),
                must("returning", list(integer())),
                must("resurrecting", list(integer())),
                must("dormant", list(integer())),
                must("quick_ratio", figures()),
            ]),
        },
        Question {
            name: "paths",
            about: "Transitions between the first events of sessions.",
            members: vec![
                may("start", or_null(text())),
                may("end", or_null(text())),
                may("depth", integer()),
                may("limit", integer()),
            ],
            result: object([
                must("nodes", list(object([must("name", text()), must("step", integer()), must("count", integer())]))),
                must(
                    "edges",
                    list(object([
                        must("from", text()),
                        must("to", text()),
                        must("step", integer()),
                        must("count", integer()),
                    ])),
                ),
            ]),
        },
        Question {
            name: "attribution",
            about: "Conversions and revenue by the touchpoints before them, under one of eight models.",
            members: vec![
                must("conversion", text()),
                may("field", text()),
                may("model", word(&["first", "last", "linear", "participation", "time_decay", "u", "j", "inverse_j"])),
                may("lookback_days", integer()),
            ],
            result: object([must(
                "rows",
                list(object([
                    must("value", text()),
                    must("conversions", number()),
                    must("revenue", list(object([must("amount", number()), must("currency", text())]))),
                ])),
            )]),
        },
        Question {
            name: "sessions",
            about: "Sessions by a field: people, median length, bounces, pages.",
            members: vec![may("by", or_null(text()))],
            result: object([must(
                "rows",
                list(object([
                    must("value", or_null(text())),
                    must("sessions", integer()),
                    must("people", integer()),
                    must("median_seconds", or_null(number())),
                    must("bounce_rate", or_null(share())),
                    must("pages_per_session", or_null(number())),
                ])),
            )]),
        },
    ]
}

fn funnel() -> Vec<Member> {
    vec![
        must("steps", list(object([must("event", text()), may("filters", filters())]))),
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
    ]
}

fn machines() -> Vec<Question> {
    let per_bucket = |names: [&'static str; 6]| names.map(|name| must(name, figures()));
    let row = [
        must("key", or_null(text())),
        must("buckets", list(instant())),
        must("count", list(integer())),
        must("errors", list(integer())),
    ]
    .into_iter()
    .chain(per_bucket(["p50", "p75", "p90", "p95", "p99", "apdex"]));
    vec![
        Question {
            name: "requests",
            about: "Requests that services answered: number, errors, percentiles in milliseconds, Apdex (T = 500 ms).",
            members: vec![
                may("service", or_null(text())),
                may("operation", or_null(text())),
                may("by", or_null(word(&["service", "operation", "version"]))),
                may("interval", word(&INTERVALS)),
            ],
            result: object([must("rows", list(object(row)))]),
        },
        Question {
            name: "metrics",
            about: "A metric over time, by labels.",
            members: vec![
                must("name", text()),
                may("aggregate", word(&["avg", "min", "max", "sum", "last", "rate", "p95"])),
                may("by", list(text())),
                may("interval", word(&INTERVALS)),
            ],
            result: object([
                must("buckets", list(instant())),
                must(
                    "series",
                    list(object([
                        must("labels", map(schema(or_null(text())))),
                        must("unit", text()),
                        must("values", figures()),
                    ])),
                ),
            ]),
        },
        Question {
            name: "logs",
            about: "Log lines by a search (text, `field:value`, AND, OR, NOT, quotes), with patterns and facets. `total` is exact to 100,000; beyond that `total_at_least` says so.",
            members: vec![may("search", text()), may("limit", integer()), may("after", or_null(text()))],
            result: object([
                must("rows", list(log_row())),
                must("total", or_null(integer())),
                may("total_at_least", integer()),
                must(
                    "patterns",
                    list(object([must("template", text()), must("level", word(&LEVELS)), must("count", integer())])),
                ),
                must(
                    "facets",
                    list(object([
                        must("field", text()),
                        must("values", list(object([must("value", or_null(text())), must("count", integer())]))),
                    ])),
                ),
                must("next", or_null(text())),
            ]),
        },
        Question {
            name: "traces",
            about: "Traces of a service or operation, slow or failed.",
            members: vec![
                may("service", or_null(text())),
                may("operation", or_null(text())),
                may("min_ms", or_null(number())),
                may("errors", flag()),
                may("limit", integer()),
            ],
            result: object([must(
                "rows",
                list(object([
                    must("trace_id", text()),
                    must("service", or_null(text())),
                    must("operation", text()),
                    must("at", instant()),
                    must("ms", number()),
                    must("spans", integer()),
                    must("errors", integer()),
                ])),
            )]),
        },
        Question {
            name: "issues",
            about: "Exceptions, grouped.",
            members: vec![
                may("status", or_null(word(&STATUSES))),
                may("sort", word(&["people", "count", "last_seen", "first_seen"])),
            ],
            result: object([must(
                "rows",
                list(object([
                    must("id", text()),
                    must("title", text()),
                    must("service", or_null(text())),
                    must("count", integer()),
                    must("people", integer()),
                    must("first_seen", instant()),
                    must("last_seen", instant()),
                    must("status", word(&STATUSES)),
                    must("versions", list(text())),
                ])),
            )]),
        },
    ]
}

const STATUSES: [&str; 6] = ["new", "ongoing", "escalating", "regressed", "archived", "resolved"];

fn log_row() -> Shape {
    object([
        must("at", instant()),
        must("level", word(&LEVELS)),
        must("service", or_null(text())),
        must("message", text()),
        must("trace_id", or_null(text())),
        must("span_id", or_null(text())),
        must("attributes", map(schema(text()))),
    ])
}

/// `GET /api/v1/traces/<id>`.
pub fn trace() -> Shape {
    let attributes = || map(schema(text()));
    let event = object([must("name", text()), must("at", instant()), must("attributes", attributes())]);
    let span = object([
        must("span_id", text()),
        must("parent_id", or_null(text())),
        must("service", or_null(text())),
        must("operation", text()),
        must("kind", text()),
        must("started_at", instant()),
        must("start_ms", number()),
        must("ms", number()),
        must("self_ms", number()),
        must("error", flag()),
        must("status", or_null(integer())),
        must("depth", integer()),
        must("critical", flag()),
        must("attributes", attributes()),
        must("events", list(event)),
    ]);
    object([
        must("trace_id", text()),
        must("started_at", instant()),
        must("ms", number()),
        must("spans", list(span)),
        must("critical_path", list(text())),
        must(
            "bottleneck",
            or_null(object([
                must("service", or_null(text())),
                must("operation", text()),
                must("span_id", text()),
                must("self_ms", number()),
                must("share", share()),
            ])),
        ),
    ])
}
