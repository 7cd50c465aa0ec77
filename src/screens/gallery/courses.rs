//! Everything that stands on a clock.

use super::seeds::{at, axis, chance, day, days, half_hours, without};
use crate::charts::{
    About, Beat, Exemplar, Flag, Form, HeatMap, Highlight, Hole, Hue, Line, Series, Stack, StackPlot, Story, StoryLane,
    Threshold, TimeAxis, TimeSeries,
};
use crate::words::{Length, Unit};
use parallax_domain::screen::{Drawing, Panel, Part, Text, Tone};

type Cell = (u8, Part);

pub fn panels() -> Vec<Cell> {
    vec![
        (
            6,
            panel(
                "line",
                "Time series",
                "visits per half hour",
                "A gap, an open bucket, a deployment, a note, the comparison.",
                line(),
            ),
        ),
        (6, panel("band", "Expected band", "requests / s", "Above what is expected from 14:00 to 16:00.", band())),
        (6, panel("area", "Area and threshold", "% of requests", "Errors passed the objective of 1% once.", area())),
        (
            6,
            panel(
                "stacked",
                "Stacked bars",
                "visits per day by device",
                "Parts keep their order; the open day is outlined.",
                stacked(),
            ),
        ),
        (
            6,
            panel(
                "growth",
                "Gains and losses",
                "people per day",
                "Losses hang below zero; opted out is its own class.",
                growth(),
            ),
        ),
        (6, panel("log", "Logarithmic scale", "ms", "Three quantiles over three powers of ten.", logarithmic())),
        (
            12,
            panel(
                "red-kit",
                "Stacked plots",
                "one axis, one crosshair",
                "Rate, errors and duration of one service.",
                stack(),
            ),
        ),
        (6, panel("heat", "Heat map", "spans by duration", "A second band of slow spans begins at noon.", heat())),
        (
            6,
            panel(
                "story",
                "Story lanes",
                "signals on one clock",
                "A deployment, then errors, then lost orders.",
                story(),
            ),
        ),
        (6, panel("no-data", "Nothing known", "visits", "Not a line at zero: nothing has arrived.", nothing())),
        (6, panel("one", "A single bucket", "visits", "One value is a bar, not a line.", single())),
    ]
}

/// Eight panels of 400 points each, two lines and a comparison in every one.
pub fn eight() -> Vec<Cell> {
    let chart = |index: u64| {
        let id = format!("eight-{index}");
        let lines = vec![
            Line::new("now", day(400, 600.0, index * 3)),
            Line::new("slowest", day(400, 900.0, index * 3 + 1)).hue(Hue::S2),
            Line::new("before", day(400, 580.0, index * 3 + 2)).form(Form::Ghost),
        ];
        let axis = axis(400, 10, Length::Seconds(600));
        let drawing = plotted(&id, "Requests", axis, Series { lines, ..Series::default() });
        (6, panel(&id, "Requests", "requests / s", "Three lines of 400 points.", drawing))
    };
    (0..8).map(chart).collect()
}

fn panel(id: &str, title: &str, unit: &str, summary: &str, drawing: Drawing) -> Part {
    Panel::new(id, title).unit(unit).summary(summary).part(Part::Drawing(drawing)).into()
}

fn about(id: &str, title: &str) -> About {
    About::new(id, title).note("n = 30,412 visits, not sampled").note("made by a rule")
}

fn plotted(id: &str, title: &str, axis: TimeAxis, series: Series) -> Drawing {
    TimeSeries { about: about(id, title), axis, series }.draw()
}

fn flag(minutes: i64, label: &str, icon: &str, bad: bool) -> Flag {
    Flag {
        at: at(minutes),
        label: label.to_owned(),
        full: format!("{label}, {}", at(minutes).format("%H:%M")),
        href: "#line".to_owned(),
        icon: icon.to_owned(),
        bad,
    }
}

fn line() -> Drawing {
    let axis = TimeAxis {
        open_from: Some(47),
        open_note: "bucket still open".to_owned(),
        holes: vec![Hole { from: at(10 * 60), to: at(11 * 60 + 30), reason: "collector restart".to_owned() }],
        flags: vec![
            flag(14 * 60 + 20, "payment 2.8.0", "deploy", true),
            flag(7 * 60, "newsletter sent", "note", false),
        ],
        highlights: vec![Highlight { from: at(17 * 60), to: at(18 * 60), selected: true }],
        ..half_hours(48)
    };
    let series = Series {
        lines: vec![
            Line::new("today", without(day(48, 620.0, 1), 20, 23)),
            Line::new("Thu 12 Nov", day(48, 590.0, 2)).form(Form::Ghost),
        ],
        exemplars: vec![Exemplar {
            at: at(14 * 60 + 36),
            value: 900.0,
            label: "Trace of 1.9 s, 14:36".to_owned(),
            href: "#line".to_owned(),
        }],
        height: 180,
        ..Series::default()
    };
    plotted("line", "Time series", axis, series)
}

fn band() -> Drawing {
    let mut values = day(48, 400.0, 3);
    values.iter_mut().take(32).skip(28).for_each(|value| *value = value.map(|value| value * 1.5));
    let low: Vec<Option<f64>> = day(48, 400.0, 4).into_iter().map(|value| value.map(|value| value * 0.8)).collect();
    let upper = low.iter().map(|value| value.map(|value| value * 1.5)).collect();
    let lines = vec![Line::new("now", values), Line::new("expected", low).form(Form::Band { upper }).hue(Hue::S8)];
    plotted(
        "band",
        "Expected band",
        half_hours(48),
        Series { unit: Unit::Rate("s"), lines, height: 180, ..Series::default() },
    )
}

fn area() -> Drawing {
    let values = (0..48).map(|index| Some(if index == 29 { 0.021 } else { 0.003 + 0.002 * chance(index) })).collect();
    let series = Series {
        unit: Unit::Share,
        lines: vec![Line::new("failed", values).hue(Hue::Bad).form(Form::Area)],
        thresholds: vec![
            Threshold { value: 0.01, label: "objective 1%".to_owned(), bad: true },
            Threshold { value: 0.4, label: "page at 40%".to_owned(), bad: true },
        ],
        ..Series::default()
    };
    plotted("area", "Area and threshold", half_hours(48), series)
}

fn stacked() -> Drawing {
    let axis = TimeAxis { open_from: Some(13), open_note: "day still open".to_owned(), ..days(14) };
    let part = |name: &str, middle: f64, salt: u64, hue: Hue| {
        Line::new(name, day(14, middle, salt)).hue(hue).form(Form::Stack)
    };
    let lines = vec![
        part("Mobile", 30_000.0, 5, Hue::S1),
        part("Desktop", 21_000.0, 6, Hue::S2),
        part("Tablet", 6_000.0, 7, Hue::S3),
    ];
    plotted("stacked", "Stacked bars", axis, Series { lines, height: 180, ..Series::default() })
}

fn growth() -> Drawing {
    let part = |name: &str, of: fn(f64) -> f64, salt: u64, hue: Hue| {
        let values = day(14, 100.0, salt).into_iter().map(|value| value.map(of)).collect();
        Line::new(name, values).hue(hue).form(Form::Stack)
    };
    let mut lines = vec![
        part("new", |v| v, 8, Hue::New),
        part("came back", |v| v * 0.4, 9, Hue::Back),
        part("left", |v| -v * 0.7, 10, Hue::Left),
        part("opted out", |v| -v * 0.2, 11, Hue::OptedOut),
    ];
    let net = (0..14).map(|index| Some(lines.iter().filter_map(|line| line.values[index]).sum())).collect();
    lines.push(Line::new("net", net).hue(Hue::Ink).form(Form::Net));
    plotted("growth", "Gains and losses", days(14), Series { lines, height: 200, ..Series::default() })
}

fn logarithmic() -> Drawing {
    let of = |factor: f64, salt: u64| {
        day(48, 40.0, salt).into_iter().map(|value| value.map(|value| value * factor)).collect::<Vec<_>>()
    };
    let lines = vec![
        Line::new("p50", of(1.0, 12)).hue(Hue::Low),
        Line::new("p95", of(9.0, 13)).hue(Hue::Middle),
        Line::new("p99", of(70.0, 14)).hue(Hue::High),
    ];
    let series = Series { unit: Unit::Milliseconds, lines, logarithmic: true, height: 200, ..Series::default() };
    plotted("log", "Logarithmic scale", half_hours(48), series)
}

fn stack() -> Drawing {
    let plot = |key: &str, title: &str, unit: &str, now: &str, series: Series| StackPlot {
        key: key.to_owned(),
        title: title.to_owned(),
        unit: unit.to_owned(),
        now: now.to_owned(),
        change: Some(("1.8%".to_owned(), false, Tone::Neutral)),
        reference: "on last Thu".to_owned(),
        series,
    };
    let failed = (0..48).map(|index| Some(0.002 + if index > 28 && index < 34 { 0.06 } else { 0.0 })).collect();
    Stack {
        about: about("red-kit", "Stacked plots"),
        axis: TimeAxis { flags: vec![flag(14 * 60 + 20, "payment 2.8.0", "deploy", true)], ..half_hours(48) },
        plots: vec![
            plot(
                "rate",
                "Rate",
                "requests / s",
                "1,214 / s",
                Series {
                    unit: Unit::Rate("s"),
                    lines: vec![Line::new("requests", day(48, 1_214.0, 15))],
                    height: 92,
                    ..Series::default()
                },
            ),
            plot(
                "errors",
                "Errors",
                "% of requests",
                "0.9%",
                Series {
                    unit: Unit::Share,
                    lines: vec![Line::new("failed", failed).hue(Hue::Bad).form(Form::Area)],
                    height: 92,
                    ..Series::default()
                },
            ),
            plot(
                "duration",
                "Duration",
                "ms",
                "p95 412 ms",
                Series {
                    unit: Unit::Milliseconds,
                    lines: vec![
                        Line::new("p50", day(48, 90.0, 16)).hue(Hue::Low),
                        Line::new("p95", day(48, 412.0, 17)).hue(Hue::High),
                    ],
                    height: 120,
                    ..Series::default()
                },
            ),
        ],
    }
    .draw()
}

fn heat() -> Drawing {
    let column = |time: u64| {
        let slow = if time >= 24 { 40.0 } else { 2.0 };
        let row = |row: u64| {
            let peak = |middle: f64, size: f64| size * (-(row as f64 - middle).powi(2) / 2.0).exp();
            ((peak(3.0, 160.0) + peak(8.0, slow)) * (0.7 + 0.6 * chance(time * 31 + row))).round()
        };
        (time != 11).then(|| (0..11).map(row).collect::<Vec<f64>>())
    };
    HeatMap {
        about: about("heat", "Heat map"),
        axis: half_hours(48),
        unit: Unit::Milliseconds,
        counted: "spans".to_owned(),
        bounds: (0..12).map(|edge| 5.0 * 2_f64.powi(edge)).collect(),
        cells: (0..48).map(column).collect(),
        lines: vec![Line::new("p95", day(48, 300.0, 18)).hue(Hue::Ink)],
        height: 0,
    }
    .draw()
}

fn story() -> Drawing {
    let lane = |icon: &str, name: &str, peak: &str, bars: bool, from: usize, high: f64, salt: u64| StoryLane {
        icon: icon.to_owned(),
        name: name.to_owned(),
        note: "payment-service".to_owned(),
        peak: peak.to_owned(),
        values: (0..48)
            .map(|i| Some(if i >= from { high } else { high / 12.0 } * (0.8 + 0.4 * chance(salt + i as u64))))
            .collect(),
        bars,
        hue: Hue::S1,
        hot: (from..48).collect(),
        ..StoryLane::default()
    };
    let beat = |minutes: i64, title: &str, text: &str| Beat {
        at: at(minutes),
        wall: at(minutes).naive_utc(),
        until: None,
        title: title.to_owned(),
        text: Text::new(text),
    };
    Story {
        about: about("story", "Story lanes"),
        axis: TimeAxis { flags: vec![flag(14 * 60 + 20, "payment 2.8.0", "deploy", true)], ..half_hours(48) },
        lanes: vec![
            lane("metric", "Memory", "0.4 to 1.9 GB", false, 29, 1.9, 100),
            lane("log", "Out of memory", "31 lines", true, 31, 31.0, 200),
            lane("event", "Orders lost", "112", true, 32, 112.0, 300),
        ],
        beats: vec![
            beat(14 * 60 + 20, "Root cause", "payment-service 2.8.0 was deployed."),
            beat(15 * 60 + 30, "Critical failure", "The process was ended by the kernel."),
            beat(16 * 60, "Impact", "112 orders were not placed."),
        ],
    }
    .draw()
}

fn nothing() -> Drawing {
    let lines = vec![Line::new("visits", vec![None; 48])];
    plotted("no-data", "Nothing known", half_hours(48), Series { lines, ..Series::default() })
}

fn single() -> Drawing {
    let lines = vec![Line::new("visits", vec![Some(412.0)]).form(Form::Bars)];
    plotted("one", "A single bucket", days(1), Series { lines, ..Series::default() })
}
