//! Everything that leads from one thing to another.

use super::seeds::{at, chance};
use crate::charts::{
    About, Back, Cause, Cohort, Entry, Flow, FlowLink, FlowNode, FlowStep, Funnel, FunnelStep, Hue, MapEdge, MapNode,
    Person, Retention, RugLane, ServiceMap, SpanRow, TimeLabel, Waterfall, Weight,
};
use parallax_domain::screen::{Drawing, Panel, Part, Text, Tone};

type Cell = (u8, Part);

pub fn panels() -> Vec<Cell> {
    vec![
        (
            12,
            panel(
                "funnel-kit",
                "Funnel with causes",
                "people",
                "Most leave before paying; 31% of them met an error.",
                funnel(4),
            ),
        ),
        (6, panel("funnel-small", "Funnel, too few", "people", "Fewer than 30 entered: no share is shown.", small())),
        (6, panel("funnel-many", "Funnel of many steps", "people", "Stands below each other.", funnel(9))),
        (12, panel("flows", "Flows", "share of visits", "Newsletter visitors go through the sale.", flows())),
        (8, panel("retention-kit", "Retention", "% back in week n", "About 46% come back in week 1.", retention())),
        (4, panel("person-kit", "One person", "all signals", "Nothing is known after 15:06.", person())),
        (12, panel("map", "Service map", "requests per second", "Payment cannot reach postgres.", map())),
        (12, panel("waterfall", "Waterfall", "ms", "Payment takes 230 of 300 ms.", waterfall(9))),
    ]
}

pub fn huge() -> Cell {
    (12, panel("waterfall-huge", "Waterfall of 5,000 spans", "ms", "Folded until somebody looks.", waterfall(5_000)))
}

fn panel(id: &str, title: &str, unit: &str, summary: &str, drawing: Drawing) -> Part {
    Panel::new(id, title).unit(unit).summary(summary).part(Part::Drawing(drawing)).into()
}

fn about(id: &str, title: &str) -> About {
    About::new(id, title).note("made by a rule")
}

fn funnel(steps: usize) -> Drawing {
    let names = ["Visit", "Product viewed", "Basket", "Payment", "Address", "Method", "Confirm", "Thanks", "Review"];
    let mut count = 48_120.0;
    let step = |index: usize| {
        if index > 0 {
            count *= if index == 3 { 0.32 } else { 0.62 + 0.2 * chance(index as u64) };
        }
        let hot = index == 3;
        FunnelStep {
            name: names[index].to_owned(),
            count: count as i64,
            before: Some((count * 1.04) as i64),
            median_ms: (index > 0).then_some(42_000.0 * index as f64),
            change: (index > 0).then(|| ("2.0 pt".to_owned(), false, if hot { Tone::Bad } else { Tone::Neutral })),
            hot,
            reached: Some("#funnel-kit".to_owned()),
            lost: (index > 0).then(|| "#funnel-kit".to_owned()),
            causes: if hot { causes() } else { Vec::new() },
        }
    };
    let id = if steps > 5 { "funnel-many" } else { "funnel-kit" };
    Funnel {
        about: about(id, "Funnel"),
        one: "person".to_owned(),
        many: "people".to_owned(),
        steps: (0..steps).map(step).collect(),
    }
    .draw()
}

fn causes() -> Vec<Cause> {
    let cause = |label: &str, left: f64, stayed: Option<f64>, worse: bool| Cause {
        label: label.to_owned(),
        left,
        stayed,
        worse,
        href: Some("#funnel-kit".to_owned()),
    };
    vec![
        cause("met an error", 0.31, Some(0.04), true),
        cause("slow request", 0.22, Some(0.19), false),
        cause("no technical cause found", 0.47, None, false),
    ]
}

fn small() -> Drawing {
    let step = |name: &str, count: i64| FunnelStep { name: name.to_owned(), count, ..FunnelStep::default() };
    Funnel {
        about: about("funnel-small", "Funnel"),
        one: "person".to_owned(),
        many: "people".to_owned(),
        steps: vec![step("Visit", 21), step("Basket", 9), step("Paid", 2)],
    }
    .draw()
}

fn flows() -> Drawing {
    let node = |name: &str, count: f64, dead: bool| FlowNode { name: name.to_owned(), count, dead, href: None };
    let step = |heading: &str, nodes: Vec<FlowNode>| FlowStep { heading: heading.to_owned(), nodes };
    let link = |step: usize, from: usize, to: usize, count: f64, hot: bool| FlowLink { step, from, to, count, hot };
    Flow {
        about: about("flows", "Flows"),
        counted: "visits".to_owned(),
        steps: vec![
            step(
                "Source",
                vec![node("Google", 410.0, false), node("direct", 300.0, false), node("newsletter", 130.0, false)],
            ),
            step("Entry", vec![node("/", 340.0, false), node("/p/*", 320.0, false), node("/sale", 180.0, false)]),
            step("Then", vec![node("basket", 190.0, false), node("search", 240.0, false), node("left", 410.0, true)]),
        ],
        links: vec![
            link(0, 0, 0, 220.0, false),
            link(0, 0, 1, 190.0, false),
            link(0, 1, 0, 110.0, false),
            link(0, 1, 1, 120.0, false),
            link(0, 1, 2, 70.0, false),
            link(0, 2, 0, 10.0, false),
            link(0, 2, 1, 10.0, false),
            link(0, 2, 2, 110.0, true),
            link(1, 0, 1, 140.0, false),
            link(1, 0, 2, 200.0, false),
            link(1, 1, 0, 90.0, false),
            link(1, 1, 1, 80.0, false),
            link(1, 1, 2, 150.0, false),
            link(1, 2, 0, 100.0, true),
            link(1, 2, 1, 20.0, false),
            link(1, 2, 2, 60.0, false),
        ],
        hot_note: "path with the highest completion".to_owned(),
    }
    .draw()
}

fn retention() -> Drawing {
    let cohort = |week: usize| {
        let size = 4_100 + (chance(week as u64) * 900.0) as i64;
        let period = |period: usize| {
            let share = if period == 0 {
                1.0
            } else {
                0.46 / (period as f64).powf(0.35) + 0.02 * chance((week * 9 + period) as u64)
            };
            let begun = week + period < 8;
            Back {
                people: begun.then_some((size as f64 * share) as i64),
                complete: week + period < 7,
                href: Some("#retention-kit".to_owned()),
            }
        };
        let start = at(-(7 - week as i64) * 7 * 1_440);
        Cohort { label: start.format("%-d %b").to_string(), size, periods: (0..8).map(period).collect() }
    };
    Retention {
        about: about("retention-kit", "Retention"),
        period: "week".to_owned(),
        first: 0,
        cohorts: (0..8).map(cohort).collect(),
        open_note: "week still open".to_owned(),
    }
    .draw()
}

fn person() -> Drawing {
    let end = |minutes: i64| TimeLabel::new(at(minutes), at(minutes).naive_utc(), "");
    let lane = |icon: &str, name: &str, salt: u64, hue: Hue| RugLane {
        icon: icon.to_owned(),
        name: name.to_owned(),
        moments: (0..12).map(|n| (at(14 * 60 + (chance(salt + n) * 90.0) as i64), hue)).collect(),
        unknown_from: Some(at(15 * 60 + 6)),
        count: "12".to_owned(),
    };
    let entry = |minutes: i64, icon: &str, kind: &str, title: &str, weight: Weight| Entry {
        icon: icon.to_owned(),
        kind: kind.to_owned(),
        title: Text::new(title),
        weight,
        ..Entry::at(at(minutes), at(minutes).naive_utc())
    };
    Person {
        about: about("person-kit", "One person"),
        from: end(14 * 60),
        to: end(16 * 60),
        lanes: vec![
            lane("event", "Events", 40, Hue::S1),
            lane("log", "Log lines", 60, Hue::Ink),
            lane("trace", "Requests", 80, Hue::S2),
        ],
        cut: Some((at(15 * 60 + 6), "usage switched off 15:06".to_owned())),
        entries: vec![
            entry(14 * 60 + 20, "event", "Event", "Basket", Weight::Normal),
            entry(14 * 60 + 31, "err", "Error", "CardDeclined", Weight::Bad),
            entry(14 * 60 + 40, "mail", "Ticket", "Paying fails", Weight::Ticket),
            entry(15 * 60 + 6, "shield", "Consent", "usage switched off", Weight::Consent),
            entry(15 * 60 + 7, "info", "Not known", "Nothing is recorded from here", Weight::Gap),
        ],
    }
    .draw()
}

fn map() -> Drawing {
    let node = |name: &str, detail: &str, tone: Tone| MapNode {
        name: name.to_owned(),
        detail: detail.to_owned(),
        tone,
        href: Some("#map".to_owned()),
    };
    let edge = |from: usize, to: usize, weight: f64, failing: bool| MapEdge {
        from,
        to,
        weight,
        failing,
        detail: format!("{weight} /s"),
    };
    ServiceMap {
        about: about("map", "Service map"),
        nodes: vec![
            node("web", "1,214 /s", Tone::Neutral),
            node("api-gateway", "p95 412 ms", Tone::Neutral),
            node("order", "p95 1,120 ms", Tone::Warn),
            node("payment", "5.9% failed", Tone::Bad),
            node("postgres", "pool 8 of 8", Tone::Bad),
            node("catalog", "p95 88 ms", Tone::Neutral),
            node("redis", "2,310 /s", Tone::Neutral),
        ],
        edges: vec![
            edge(0, 1, 1_214.0, false),
            edge(1, 2, 120.0, false),
            edge(2, 3, 41.0, true),
            edge(3, 4, 40.0, true),
            edge(1, 5, 800.0, false),
            edge(5, 6, 2_310.0, false),
            edge(3, 3, 4.0, false),
        ],
        weighed: "requests per second".to_owned(),
    }
    .draw()
}

fn waterfall(count: usize) -> Drawing {
    let span = |id: &str, service: &str, operation: &str, depth: usize, start: f64, length: f64| SpanRow {
        id: id.to_owned(),
        service: service.to_owned(),
        operation: operation.to_owned(),
        depth,
        start,
        length,
        href: Some("#waterfall".to_owned()),
        ..SpanRow::default()
    };
    let mut spans = vec![
        SpanRow { critical: true, ..span("a", "web", "POST /checkout", 0, 0.0, 300.0) },
        SpanRow { critical: true, ..span("b", "order", "place order", 1, 10.0, 280.0) },
        span("c", "catalog", "GET /price", 2, 12.0, 18.0),
        SpanRow {
            critical: true,
            selected: true,
            word: "bottleneck".to_owned(),
            tone: Tone::Bad,
            ..span("d", "payment", "charge", 2, 40.0, 230.0)
        },
        SpanRow {
            failed: true,
            word: "timeout".to_owned(),
            tone: Tone::Bad,
            ..span("e", "payment", "POST psp", 3, 45.0, 90.0)
        },
        SpanRow { waiting: true, ..span("f", "payment", "back-off", 3, 135.0, 30.0) },
        span("g", "payment", "POST psp", 3, 165.0, 100.0),
    ];
    spans.extend((spans.len()..count).map(|index| {
        let start = 12.0 + 250.0 * chance(index as u64);
        span(&format!("s{index}"), "catalog", "select product", 2, start, 1.0 + 4.0 * chance(index as u64 + 7))
    }));
    // Children stand behind their parent: the many belong to the order.
    let id = if count > 100 { "waterfall-huge" } else { "waterfall" };
    Waterfall { about: about(id, "Waterfall"), length: 300.0, spans }.draw()
}
