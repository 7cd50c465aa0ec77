//! Everything that ranks, counts classes or shows how values are spread.

use super::seeds::chance;
use crate::charts::{
    About, Account, Attribution, BarList, BarRow, Bin, Channel, Column, Columns, Histogram, Hue, InlineBar, Interval,
    Part as Piece, Parts, Quantile, Reached, Scatter, ScatterDot, SmallBars, Spark, Zone, bullet, clocks, coverage,
    dumbbell, seen,
};
use crate::words::Unit;
use parallax_domain::screen::{Cell, Column as Head, Drawing, Panel, Part, Row, Table};

type GridCell = (u8, Part);

pub fn panels() -> Vec<GridCell> {
    vec![
        (4, panel("bars", "Bar list", "visits", "Google brings most; a click filters.", bar_list())),
        (4, panel("columns", "Columns with intervals", "conversion", "Slower pages convert less.", columns())),
        (4, panel("histogram", "Histogram", "LCP on mobile", "p75 is 2.1 s; 11% wait over 4 s.", histogram())),
        (6, panel("scatter", "Scatter", "effort against use", "Two features are built and rarely used.", scatter())),
        (
            6,
            panel(
                "attribution",
                "Attribution",
                "share of conversions",
                "Newsletter earns more by first touch.",
                attribution(),
            ),
        ),
        (6, panel("account", "Account", "records", "The rest is enlarged.", account())),
        (6, panel("parts", "One whole and its parts", "of 300 ms", "Payment takes 76.7%.", parts())),
        (
            6,
            panel(
                "seen",
                "Coverage",
                "of people",
                "71% are measured.",
                seen(&About::new("seen", "Coverage"), Some(0.71), "measured", "not measured"),
            ),
        ),
        (
            6,
            panel(
                "unseen",
                "Coverage unknown",
                "of people",
                "How many there are is not told.",
                seen(&About::new("unseen", "Coverage"), None, "measured", "not measured"),
            ),
        ),
        (12, inline()),
    ]
}

fn panel(id: &str, title: &str, unit: &str, summary: &str, drawing: Drawing) -> Part {
    Panel::new(id, title).unit(unit).summary(summary).part(Part::Drawing(drawing)).into()
}

fn about(id: &str, title: &str) -> About {
    About::new(id, title).note("made by a rule")
}

fn bar_list() -> Drawing {
    let row = |label: &str, value: Option<f64>, extra: &str, chosen: bool| BarRow {
        label: label.to_owned(),
        value,
        extra: extra.to_owned(),
        href: Some("#bars".to_owned()),
        chosen,
    };
    BarList {
        about: about("bars", "Bar list"),
        unit: Unit::Count,
        heads: Some(["Source".to_owned(), "Visits".to_owned(), "Buys".to_owned()]),
        rows: vec![
            row("Google", Some(41_200.0), "12.4%", false),
            row("direct or unknown", Some(30_100.0), "11.8%", false),
            row("newsletter-nov", Some(12_800.0), "17.1%", true),
            row(
                "a source with a very long name that has to lose its middle somewhere.example",
                Some(9_400.0),
                "8.1%",
                false,
            ),
            row("not measured", None, "", false),
        ],
        high: None,
    }
    .draw()
}

fn columns() -> Drawing {
    let column = |label: &str, value: Option<f64>, spread: f64| Column {
        label: label.to_owned(),
        sub: "18%".to_owned(),
        value,
        interval: value.map(|value| (value - spread, value + spread)),
        ring: value.map(|value| value + 0.004),
        hue: Hue::S1,
        href: None,
    };
    Columns {
        about: about("columns", "Columns with intervals"),
        unit: Unit::Share,
        class: "Page load".to_owned(),
        value: "Matched".to_owned(),
        ring: "Before matching".to_owned(),
        columns: vec![
            column("under 1 s", Some(0.034), 0.002),
            column("1 to 2 s", Some(0.031), 0.002),
            column("2 to 4 s", Some(0.026), 0.003),
            column("over 4 s", Some(0.019), 0.005),
            column("unknown", None, 0.0),
        ],
        height: 0,
        keys: Vec::new(),
    }
    .draw()
}

fn histogram() -> Drawing {
    let bin = |index: u64| {
        let from = index as f64 * 0.25;
        let count = (9_000.0 * (-(from - 1.6).powi(2) / 0.9).exp() + 200.0 * chance(index)).round();
        Bin { from, to: (index < 20).then_some(from + 0.25), count, hot: from >= 4.0 }
    };
    Histogram {
        about: about("histogram", "Histogram"),
        unit: Unit::Seconds,
        counted: "Page views".to_owned(),
        bins: (0..21).map(bin).collect(),
        quantiles: vec![
            Quantile { value: 1.6, label: "median 1.6 s".to_owned() },
            Quantile { value: 2.1, label: "p75 2.1 s".to_owned() },
        ],
        hue: Hue::S1,
        ..Histogram::default()
    }
    .draw()
}

fn scatter() -> Drawing {
    let dot = |name: &str, x: f64, y: f64, strong: bool| ScatterDot {
        name: name.to_owned(),
        x,
        y,
        hue: if strong { Hue::S2 } else { Hue::S1 },
        strong,
        href: Some("#scatter".to_owned()),
    };
    Scatter {
        about: about("scatter", "Scatter"),
        x_name: "Effort".to_owned(),
        x_unit: Unit::Named("days".to_owned()),
        y_name: "Used by".to_owned(),
        y_unit: Unit::Share,
        dots: vec![
            dot("Search", 40.0, 0.71, false),
            dot("Wish list", 22.0, 0.18, false),
            dot("Compare", 35.0, 0.03, true),
            dot("Gift cards", 28.0, 0.05, true),
            dot("Basket", 30.0, 0.64, false),
            dot("Reviews", 12.0, 0.22, false),
        ],
        zone: Some(Zone { x: 20.0, y: 0.1, label: "built, rarely used".to_owned() }),
        height: 0,
    }
    .draw()
}

fn attribution() -> Drawing {
    let channel = |name: &str, first: f64, last: f64, linear: f64, u: f64| Channel {
        name: name.to_owned(),
        first,
        last,
        linear,
        u,
        href: None,
    };
    Attribution {
        about: about("attribution", "Attribution"),
        channel: "Channel".to_owned(),
        channels: vec![
            channel("Newsletter", 0.31, 0.17, 0.24, 0.25),
            channel("Search", 0.28, 0.34, 0.31, 0.30),
            channel("Direct", 0.22, 0.38, 0.29, 0.30),
        ],
    }
    .draw()
}

fn account() -> Drawing {
    let part = |name: &str, value: f64, hue: Hue, means: &str| (Piece::new(name, value, hue), means.to_owned());
    Account {
        about: about("account", "Account"),
        whole: ("received".to_owned(), "everything that arrived".to_owned()),
        parts: vec![
            part("stored", 998_204.0, Hue::S1, "kept"),
            part("duplicate", 1_204.0, Hue::S8, "seen before"),
            part("dropped", 412.0, Hue::S3, "not allowed by its person"),
            part("rejected", 180.0, Hue::Bad, "not readable"),
        ],
    }
    .draw()
}

fn parts() -> Drawing {
    Parts {
        about: about("parts", "One whole and its parts"),
        unit: Unit::Milliseconds,
        parts: vec![
            Piece::new("Payment", 230.0, Hue::Bad),
            Piece::new("Order", 40.0, Hue::S1),
            Piece::new("Gateway", 30.0, Hue::S8),
        ],
    }
    .draw()
}

/// Drawings of one line, as they stand in cells.
fn inline() -> Part {
    let bar = InlineBar {
        before: Some(0.5),
        mark: Some(0.8),
        interval: Some((0.55, 0.7)),
        ..InlineBar::new(Some(0.62), Hue::S1)
    };
    let interval = Interval { value: 0.3, from: 0.22, to: 0.39, low: 0.0, high: 1.0, marks: &[0.5] };
    let course = (0..24).map(|index| Some(10.0 + 8.0 * chance(index))).collect::<Vec<_>>();
    let rows = vec![
        ("Bar, comparison, interval, reference", bar.draw()),
        ("Bar, not known", InlineBar::new(None, Hue::S1).draw()),
        ("Value and target", bullet(Some(72.0), Some(80.0), 100.0, Hue::S1)),
        ("Two groups", dumbbell(0.12, 0.41, 1.0, true)),
        ("Coverage", coverage(Some(0.71), 60)),
        ("Coverage unknown", coverage(None, 60)),
        ("Estimate", interval.draw()),
        ("Sparkline", Spark::new(course.clone()).draw()),
        ("Sparkline, nothing arrived", Spark::new(vec![None; 24]).draw()),
        ("Small bars", SmallBars::new(course).hot(18..24).draw()),
        (
            "Clocks",
            clocks(&[
                ("detected", "4 min", Reached::Done),
                ("answered", "41 min", Reached::Running),
                ("fixed", "not yet", Reached::NotYet),
            ]),
        ),
    ];
    let rows = rows.into_iter().map(|(name, drawing)| Row::new(vec![Cell::new(name), Cell::drawn(drawing)])).collect();
    let table = Table {
        caption: "Drawings of one line".to_owned(),
        columns: vec![Head::words("Form"), Head::words("Drawing").width(50)],
        rows,
        ..Table::default()
    };
    Panel::new("inline", "Drawings of one line").unit("for cells and sentences").flush().part(Part::Table(table)).into()
}
