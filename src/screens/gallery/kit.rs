//! The parts that are no charts.

use super::seeds::{at, chance};
use crate::charts::Spark;
use crate::page::Page;
use parallax_domain::screen::{
    Banner, Cell, Choice, Code, Column, Confirm, Empty, Field, FieldKind, Form, Item, Link, Method, Pager, Panel, Part,
    Row, Sorted, Stat, Stats, Tab, Table, Text, Tone,
};
use parallax_domain::{Kind, Problem};

type GridCell = (u8, Part);

pub fn stats() -> Part {
    let spark = |salt: u64| Spark::new((0..28).map(|n| Some(10.0 + 9.0 * chance(salt + n))).collect()).draw();
    let card = |id: &str, name: &str, value: &str, unit: &str, change: Text, foot: &str| Stat {
        id: id.to_owned(),
        name: name.to_owned(),
        definition: format!("{name}: what is counted, by which rule, over which rows."),
        proof: vec![Text::new("12 s old, rules version 1"), Text::default().link("The rows behind it", "#stats")],
        value: value.to_owned(),
        unit: unit.to_owned(),
        change,
        spark: spark(id.len() as u64 * 100),
        foot: Text::new(foot),
        href: Some("#stats".to_owned()),
        ..Stat::default()
    };
    let change = |label: &str, up: bool, tone: Tone| Text::default().change(label, up, tone).soft("on last Thu");
    Part::Stats(Stats {
        label: "Figures of the gallery".to_owned(),
        cards: vec![
            card("k-rate", "Requests", "1,214", "/ s", change("1.8%", false, Tone::Neutral), "n = 26.2 M"),
            Stat {
                alert: true,
                ..card("k-error", "Failed", "0.9", "%", change("0.4 pt", true, Tone::Bad), "235,800 of 26.2 M")
            },
            card("k-p95", "p95", "412", "ms", change("4.1%", false, Tone::Good), "n = 26.2 M"),
            card("k-people", "People", "48,120", "", Text::default().soft("no comparison"), "population unknown"),
            Stat {
                spark: Spark::new(vec![None; 28]).draw(),
                ..card("k-none", "Not measured", "–", "", Text::default(), "nothing arrived")
            },
        ],
    })
}

pub fn panels(page: &Page) -> Vec<GridCell> {
    let text = |words: &str| Part::Prose(Text::new(words));
    let retry = Problem { retry_after: Some(5), ..Problem::unavailable("The database is being restarted.") };
    vec![
        (
            4,
            Panel::new("p-waiting", "Waiting")
                .unit("a place of the same size")
                .part(Part::Waiting("Being counted.".to_owned()))
                .into(),
        ),
        (
            4,
            Panel::new("p-empty", "Empty")
                .unit("with the way out")
                .part(Part::Empty(Empty {
                    title: "No traces yet".to_owned(),
                    why: Text::new(
                        "Send one to see requests as waterfalls. Anything that speaks OpenTelemetry will do.",
                    ),
                    snippet: Some(format!("OTEL_EXPORTER_OTLP_ENDPOINT={}", page.machine.public_url())),
                    action: Some(Link::new("First steps", page.to("/start").href())),
                }))
                .into(),
        ),
        (
            4,
            Panel::new("p-none", "No match")
                .unit("which filter to remove")
                .part(Part::Empty(Empty {
                    title: "Nothing matches these filters".to_owned(),
                    why: Text::new("Without “country is Malta” there are 1,142."),
                    snippet: None,
                    action: Some(Link::new("Remove country", "#p-none")),
                }))
                .into(),
        ),
        (4, Panel::new("p-problem", "Problem").unit("with retry").part(Part::Problem(retry)).into()),
        (
            4,
            Panel::new("p-refused", "Not allowed")
                .unit("who can grant it")
                .part(Part::Problem(Problem::forbidden("support and admins")))
                .into(),
        ),
        (
            4,
            Panel::new("p-late", "Too much")
                .unit("the limit and the way out")
                .part(Part::Problem(Problem::new(
                    Kind::TooLarge,
                    "This asks for 40 M log lines; 10 M can be searched at once. Choose a shorter range or a service.",
                )))
                .into(),
        ),
        (
            6,
            Panel {
                partial: Some("The 20 largest of 214 are shown.".to_owned()),
                ..Panel::new("p-partial", "Partial")
                    .unit("and why")
                    .badge("late", Tone::Warn)
                    .summary("A part of the answer, said as one.")
                    .define("Formula: converted ÷ entered, of people.")
                    .define("n = 48,120; 12 s old; rules version 1")
                    .part(text("Content."))
                    .foot("n = 48,120")
                    .foot("projection, 12 s old")
            }
            .into(),
        ),
        (
            6,
            Panel::new("p-choices", "Choices and actions")
                .choices(vec![
                    Link { current: true, ..Link::new("Day", "#p-choices") },
                    Link::new("Week", "#p-choices"),
                    Link::new("Month", "#p-choices"),
                ])
                .action(Link::new("All 214", "#p-choices"))
                .part(Part::Tabs(vec![
                    Tab { label: "Lines".to_owned(), href: "#p-choices".to_owned(), count: None, current: true },
                    Tab {
                        label: "Patterns".to_owned(),
                        href: "#p-choices".to_owned(),
                        count: Some("31".to_owned()),
                        current: false,
                    },
                ]))
                .part(text("Tabs and choices are links."))
                .into(),
        ),
    ]
}

pub fn words() -> Vec<GridCell> {
    let banner = |tone: Tone, words: &str| {
        Part::Banner(Banner { tone, text: Text::new(words), action: Some(Link::new("See which", "#banners")) })
    };
    let item = |icon: &str, tone: Tone, title: &str, note: &str, end: &str| Item {
        icon: icon.to_owned(),
        tone,
        title: Text::new(title),
        note: Text::new(note),
        end: Text::new(end),
        href: Some("#list".to_owned()),
    };
    let text = Text::new("Plain, ")
        .strong("strong")
        .plain(", ")
        .soft("soft")
        .plain(", ")
        .code("POST /checkout")
        .plain(", ")
        .link("a link", "#text")
        .plain(", ")
        .badge("in progress", Tone::Accent)
        .badge("better", Tone::Good)
        .badge("recovering", Tone::Warn)
        .badge("worse", Tone::Bad)
        .plain(" ")
        .change("3.1%", true, Tone::Good)
        .change("0.4 pt", false, Tone::Bad)
        .plain(" at ")
        .time("14:32", at(14 * 60 + 32));
    vec![
        (6, Panel::new("text", "Running text").part(Part::Prose(text)).into()),
        (
            6,
            Panel::new("banners", "Banners")
                .part(banner(Tone::Bad, "Events older than 30 days are being deleted now."))
                .part(banner(Tone::Warn, "Opt-outs doubled this week. Figures about people cover 71%, down from 74%."))
                .part(banner(Tone::Accent, "This question reads raw events for 13 months."))
                .part(banner(Tone::Good, "Everything that was sent is stored."))
                .into(),
        ),
        (
            6,
            Panel::new("list", "List")
                .part(Part::List(vec![
                    item("err", Tone::Bad, "CardDeclined", "payment-service, since 14:20", "31 people"),
                    item("warn", Tone::Warn, "Disk of db-1 is full in 4 days", "at the pace of this week", "86%"),
                    item("check", Tone::Good, "Nothing else stands out", "", ""),
                ]))
                .into(),
        ),
        (
            6,
            Panel::new("facts", "Facts and lines to paste")
                .part(Part::Facts(vec![
                    ("Service".to_owned(), Text::new("payment-service")),
                    ("Version".to_owned(), Text::default().code("2.8.0")),
                    ("Not told".to_owned(), Text::default().soft("unknown")),
                ]))
                .part(Part::Code(Code {
                    text: "curl -H \"Authorization: Bearer $KEY\" …".to_owned(),
                    copy: Some("Copy the lines for curl".to_owned()),
                }))
                .into(),
        ),
        (
            12,
            Panel::new("table", "Table")
                .unit("sorted, paged, its columns chosen")
                .flush()
                .part(Part::Table(table("Operations of the gallery", 8)))
                .into(),
        ),
    ]
}

pub fn huge() -> GridCell {
    let panel = Panel::new("huge", "Table of 500 rows").unit("scrolls under its head").flush();
    (12, panel.part(Part::Table(table("Many operations", 500))).into())
}

fn table(caption: &str, rows: usize) -> Table {
    let row = |index: usize| {
        let p95 = 40.0 + 900.0 * chance(index as u64);
        Row::new(vec![
            Cell::link(format!("GET /products/{index}"), "#table").sub("catalog-service"),
            Cell::new(format!("{}", (9_000.0 * chance(index as u64 + 50)) as i64)),
            Cell::new(format!("{p95:.0} ms")).tone(if p95 > 800.0 { Tone::Bad } else { Tone::Neutral }),
            Cell::new(format!("{:.1}%", 3.0 * chance(index as u64 + 90))),
            Cell::drawn(Spark::new((0..24).map(|n| Some(chance(index as u64 * 24 + n))).collect()).plain().draw()),
            Cell::code("2.8.0"),
        ])
    };
    Table {
        caption: caption.to_owned(),
        columns: vec![
            Column::words("Operation"),
            Column::figures("Requests"),
            Column::figures("p95").sorted("#table", Some(Sorted::Down)),
            Column::figures("Failed").hint("Of all requests").secondary(1),
            Column::figures("Over time").width(14).secondary(2),
            Column::words("Version").secondary(2),
        ],
        rows: (0..rows).map(row).collect(),
        total: Some(Row::new(vec![
            Cell::new("All"),
            Cell::new("41,200"),
            Cell::new("412 ms"),
            Cell::new("0.9%"),
            Cell::default(),
            Cell::default(),
        ])),
        fold: true,
        pager: (rows < 100).then(|| Pager {
            words: "1 to 8 of 214".to_owned(),
            previous: None,
            next: Some(Link::new("Next 8", "#table")),
        }),
        ..Table::default()
    }
}

pub fn forms(page: &Page) -> Vec<GridCell> {
    let choices = || vec![Choice::new("30", "30 days", true), Choice::new("90", "90 days", false)];
    let checks = vec![
        Choice { hint: "clicks and pages".to_owned(), ..Choice::new("usage", "Usage", true) },
        Choice::new("marketing", "Marketing", false),
    ];
    let all = Form {
        id: "gallery-form".to_owned(),
        action: page.address.path.clone(),
        method: Method::Get,
        fields: vec![
            Field::new("name", "Metric name", FieldKind::Text)
                .value("Checkout to paid")
                .hint("Shown on cards and in exports"),
            Field {
                error: "At 99.9% the burn rate cannot exceed 1,000.".to_owned(),
                ..Field::new("rate", "Burn rate threshold", FieldKind::Text).value("1200")
            },
            Field::new("days", "Keep logs for", FieldKind::Choice(choices())),
            Field::new(
                "service",
                "Service",
                FieldKind::Suggest(vec!["payment-service".to_owned(), "order-service".to_owned()]),
            ),
            Field::new(
                "values",
                "Countries",
                FieldKind::Tokens(vec!["Germany".to_owned(), "Austria".to_owned(), "France".to_owned()]),
            )
            .value("Germany, Austria"),
            Field::new("day", "First day", FieldKind::Date).value("2026-11-19"),
            Field::new("at", "From", FieldKind::Moment).value("2026-11-19T14:32"),
            Field::new("search", "Search", FieldKind::Search),
            Field::new("text", "What it is for", FieldKind::Long { rows: 3 }),
            Field::new("on", "Match weekdays", FieldKind::Switch).value("true"),
            Field::new("categories[]", "Categories", FieldKind::Checks(checks)),
        ],
        submit: "Show".to_owned(),
        tone: Tone::Accent,
        ..Form::default()
    };
    let danger = Form {
        id: "gallery-danger".to_owned(),
        action: page.address.path.clone(),
        method: Method::Get,
        submit: "Delete older logs".to_owned(),
        tone: Tone::Bad,
        confirm: Some(Confirm {
            title: "Keep logs for 30 days instead of 90?".to_owned(),
            effect: vec![
                Text::new("Tonight at 02:00 this deletes ")
                    .strong("41.2 M lines (1.2 TB)")
                    .plain(" that concern 612 k people."),
                Text::new("2 saved searches lose history."),
                Text::new("Traces, events and hourly totals are not touched."),
            ],
            cancel: "Keep 90 days".to_owned(),
        }),
        ..Form::default()
    };
    vec![
        (6, Panel::new("fields", "Fields").unit("labels, hints, errors").part(Part::Form(all)).into()),
        (6, Panel::new("danger", "Dialog").unit("states the effect, then asks").part(Part::Form(danger)).into()),
    ]
}
