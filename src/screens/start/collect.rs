//! Step 1: the five data types and what has arrived of each; the machine that Parallax itself runs on.

use super::{Facts, Kind, hue, share_words};
use crate::charts::{Hue, SmallBars, Spark};
use crate::page::Page;
use crate::parts::{empty, joined};
use crate::words::{self, Unit};
use chrono::TimeDelta;
use parallax_domain::question::{Aggregate, Metrics};
use parallax_domain::screen::{Cell, Column, Link, Panel, Part, Row, Table, Text, Tone};
use parallax_domain::{Filter, Period, Problem};
use parallax_server::engine::calendar::Buckets;

/// A type of which nothing came for so long is silent (seconds).
const SILENT: i64 = 15 * 60;

pub fn panel(page: &Page, facts: &Facts) -> Panel {
    let arrived = facts.kinds.iter().filter(|kind| kind.arrived()).count();
    let rows = facts.kinds.iter().map(|kind| line(page, kind)).collect();
    let columns = vec![
        Column::words("Data type"),
        Column::words(page.range.label()).width(30),
        Column::words("State"),
        Column::figures("Stored").secondary(1),
        Column::figures("First").secondary(1),
    ];
    let summary = match arrived {
        0 => "Five data types, one address. None has arrived.".to_owned(),
        5 => "Five data types, one address. All have arrived.".to_owned(),
        n => format!("Five data types, one address. {n} have arrived."),
    };
    Panel::new("step-1", "1 What to collect")
        .unit(share_words(arrived, facts.kinds.len()))
        .summary(summary)
        .flush()
        .part(Part::Table(Table {
            caption: "Data types and what has arrived".to_owned(),
            columns,
            rows,
            fold: true,
            class: "host".to_owned(),
            ..Table::default()
        }))
        .foot("counted by the time of receipt; lines by their own time")
}

fn line(page: &Page, kind: &Kind) -> Row {
    let course = kind.course.iter().map(|count| Some(*count as f64)).collect();
    let drawing = if kind.arrived() {
        SmallBars::new(course).hue(hue(true)).draw()
    } else {
        Spark::new(Vec::new()).label("waits for data").draw()
    };
    let lines = format!("{}#snippets", page.address.with("lines", kind.tab).href());
    let state = match kind.last {
        None => Cell::new(Text::default().badge("waiting", Tone::Neutral)).sub(Text::default().link(kind.hint, lines)),
        Some(last) => {
            let age = (page.now - last).num_seconds();
            // Receipt is counted by the minute: within the last two it is now.
            let words = if age < 120 { "in the last minute".to_owned() } else { format!("last {}", page.ago(last)) };
            let badge = if age > SILENT {
                Text::default().badge("silent", Tone::Warn)
            } else {
                Text::default().badge("arrives", Tone::Good)
            };
            Cell::new(badge).sub(words)
        }
    };
    Row::new(vec![
        Cell::new(Text::default().icon(kind.icon).plain(kind.name)).sub(kind.what),
        Cell::drawn(drawing),
        state,
        Cell::new(
            kind.stored
                .map_or_else(|| words::UNKNOWN.to_owned(), |stored| words::count(Some(stored as f64)).to_string()),
        ),
        Cell::new(kind.first.map_or_else(|| words::UNKNOWN.to_owned(), |first| page.moment(first))),
    ])
}

/// Figures of the last hour of the machine that Parallax runs on: the first start already shows something real.
pub async fn own_machine(page: &mut Page) -> Result<Panel, Problem> {
    let panel = Panel::new("host", "This machine").unit("as Parallax sees it");
    let Some(own) = page.projects.iter().find(|project| project.kind == "own").map(|project| project.id) else {
        return Ok(panel.part(empty(
            "Not reported to you",
            "The project of Parallax itself is not among yours, or its own telemetry is off.",
        )));
    };
    let machine = page.machine.clone();
    let mut look = machine.store.look(&page.viewer, own).await?;
    let period = Period { from: page.now - TimeDelta::hours(1), to: page.now };
    let buckets = Buckets::for_chart(&page.project.zone, period)?;
    let asked = [
        ("Processor", "system.cpu.utilization", Aggregate::Avg, Unit::Share, None),
        ("Memory", "system.memory.utilization", Aggregate::Avg, Unit::Share, None),
        ("Disk", "system.filesystem.utilization", Aggregate::Max, Unit::Share, None),
        (
            "Network in",
            "system.network.io",
            Aggregate::Rate,
            Unit::ByteRate,
            Some(Filter::is("network.io.direction", "receive")),
        ),
    ];
    let mut rows = Vec::new();
    for (name, metric, aggregate, unit, filter) in asked {
        let question =
            Metrics { name: metric.to_owned(), aggregate, by: Vec::new(), interval: parallax_domain::Interval::Hour };
        let filters: Vec<Filter> = filter.into_iter().collect();
        let read = machine.store.metrics_in(&mut look, period, &filters, &question, &buckets).await?;
        let values = read.result.series.into_iter().next().map(|line| line.values).unwrap_or_default();
        let last = values.iter().rev().flatten().next().copied();
        let spark = Spark::new(values).from(0.0).area().plain().hue(Hue::S1);
        let spark = if matches!(unit, Unit::Share) { spark.to(1.0) } else { spark };
        rows.push(Row::new(vec![
            Cell::new(name),
            Cell::drawn(spark.draw()),
            Cell::new(Text::default().strong(joined(unit.short(last)))),
        ]));
    }
    let columns = vec![Column::words("Measure"), Column::words("Last hour").width(45), Column::figures("Now")];
    let mut address = page.to("/engineering/machines");
    address.project = Some(own);
    Ok(panel
        .summary("Measured every 15 seconds since the start, so there is something real to look at.")
        .part(Part::Table(Table {
            caption: "This machine".to_owned(),
            columns,
            rows,
            class: "host".to_owned(),
            ..Table::default()
        }))
        .action(Link::new("Open machines", address.href()).icon("server")))
}
