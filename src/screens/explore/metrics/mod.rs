//! Every metric that comes, and one of them in full.

mod chart;
mod kinds;
mod labels;
mod one;

use crate::applied::Applied;
use crate::charts::{Hue, Spark};
use crate::forms;
use crate::page::Page;
use crate::parts::{empty_with, joined};
use crate::words;
use kinds::{How, Kind};
use parallax_domain::filter::FIELDS;
use parallax_domain::question::{Figure, Metrics};
use parallax_domain::screen::{
    Cell, Column, Field, FieldKind, Form, Link, Pager, Panel, Part, Row, Screen, Table, Text,
};
use parallax_domain::{Filter, Interval, Problem};
use parallax_server::store::question::MetricName;

/// Metrics of one page of the list; each is read for its course.
const SHOWN: i64 = 25;

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    match page.address.get("metric").map(str::to_owned).filter(|name| !name.is_empty()) {
        Some(name) => one::compose(page, &name).await,
        None => list(page).await,
    }
}

/// Fields that series know: who sent them, and the attributes of their points.
fn applied(page: &Page) -> Applied {
    let places = ["service", "host", "version", "environment"];
    Applied::of(page, |filter| {
        let field = filter.field.as_str();
        !filter.op.compares_numbers() && (places.contains(&field) || !FIELDS.contains(&field))
    })
}

async fn list(page: &mut Page) -> Result<Screen, Problem> {
    let applied = applied(page);
    let asked = page.address.get("q").unwrap_or("").trim().to_owned();
    let number = page.address.number("page").unwrap_or(1).clamp(1, 10_000);
    let machine = page.machine.clone();
    let found = machine.store.metric_names(&mut page.look, &asked, SHOWN, (number - 1) * SHOWN).await?;
    let total = found.first().map_or(0, |first| first.total);
    let mut screen = page.screen("Metrics");
    screen.crumbs = page.crumbs("Explore", "/explore/metrics");
    screen.tabs = super::tabs(page);
    screen.parts.extend(applied.notice(page, "Metrics"));
    screen.lede = match (total, asked.is_empty()) {
        (0, true) => Text::new("No metric has come yet."),
        (0, false) => Text::new("No metric of that name."),
        (_, true) => Text::default()
            .strong(words::counted(total, "metric", "metrics"))
            .plain(" have come; choose one to see it in full."),
        (_, false) => Text::default().strong(words::counted(total, "metric", "metrics")).plain(" of that name."),
    };
    let panel = Panel::new("metrics", "Metrics")
        .unit(words::counted(total, "metric", "metrics"))
        .flush()
        .part(Part::Form(search(page, &asked)));
    if found.is_empty() {
        screen.parts.push(panel.part(nothing(page, &asked, number)).into());
        return Ok(screen);
    }
    let mut rows = Vec::new();
    for name in &found {
        let (course, n) = course(page, name, &applied.filters).await?;
        rows.push(row(page, name, &course, n));
    }
    let columns = vec![
        Column::words("Metric"),
        Column::words("Kind").secondary(1),
        Column::figures("Series").hint("Combinations of attributes that have come").secondary(1),
        Column::words("From").secondary(2),
        Column::figures("Last").hint("Counters per second, histograms by their mean, levels added up"),
        Column::figures("Over time").width(14),
    ];
    let shown = found.len() as i64;
    let table = Table {
        caption: "Metrics by name".to_owned(),
        columns,
        rows,
        pager: (total > SHOWN).then(|| pager(page, number, shown, total)),
        ..Table::default()
    };
    let foot = page.notes(0, "projection").pop().unwrap_or_default();
    screen.parts.push(panel.part(Part::Table(table)).foot(foot).into());
    Ok(screen)
}

fn search(page: &Page, asked: &str) -> Form {
    let field = Field::new("q", "Name or description", FieldKind::Search).value(asked).quiet();
    Form { fields: vec![field], instant: true, ..forms::ask(page, "find", "Find") }
}

fn nothing(page: &Page, asked: &str, number: i64) -> Part {
    if number > 1 {
        let why = "More metrics would be here. The list ends before this page.";
        return empty_with("No more metrics", why, Link::new("To the first page", page.address.without("page").href()));
    }
    if !asked.is_empty() {
        let why = "Metrics whose name or description contains these words would be here. There is none.";
        return empty_with("No metric of that name", why, Link::new("Show all", page.address.without("q").href()));
    }
    let why = format!(
        "Every metric of {} would be here. None has come yet. OpenTelemetry and Prometheus remote write are taken.",
        page.project.name
    );
    empty_with("No metrics", why, Link::new("See how to send them", page.to("/start").href()).primary())
}

/// The course of a metric over all its series, and the points behind it.
async fn course(page: &mut Page, name: &MetricName, filters: &[Filter]) -> Result<(Vec<Figure>, i64), Problem> {
    let machine = page.machine.clone();
    let asked = Metrics {
        name: name.name.clone(),
        aggregate: Kind::of_name(name).brief(),
        by: Vec::new(),
        interval: Interval::Hour,
    };
    let (period, buckets) = (page.period, page.buckets.clone());
    let read = machine.store.metrics_in(&mut page.look, period, filters, &asked, &buckets).await?;
    Ok((read.result.series.into_iter().next().map(|line| line.values).unwrap_or_default(), read.n))
}

fn row(page: &Page, name: &MetricName, course: &[Figure], n: i64) -> Row {
    let kind = Kind::of_name(name);
    let unit = How::Plain(kind.brief()).unit(kind, &name.unit);
    let last = course.iter().rev().copied().flatten().next();
    let link = page.to("/explore/metrics").with("metric", &name.name).href();
    let from = match name.services.as_slice() {
        [] if name.hosts > 0 => words::counted(name.hosts, "host", "hosts"),
        [] => "–".to_owned(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    };
    let drawn = match n {
        0 => Cell::new(Text::default().soft("none in this time")),
        _ => Cell::drawn(Spark::new(course.to_vec()).hue(Hue::Mute).plain().draw()),
    };
    Row::new(vec![
        Cell::code(Text::default().link(name.name.clone(), link)).sub(words::shortened(&name.description, 90)),
        Cell::new(kind.word()).sub(if name.unit.is_empty() { "no unit".to_owned() } else { name.unit.clone() }),
        Cell::new(words::count_full(Some(name.series as f64))),
        Cell::new(from),
        Cell::new(joined(unit.short(last))),
        drawn,
    ])
}

fn pager(page: &Page, number: i64, shown: i64, total: i64) -> Pager {
    let to = |number: i64| page.address.with("page", &number.to_string()).href();
    let first = (number - 1) * SHOWN;
    Pager {
        words: format!("{} to {} of {total}", first + 1, first + shown),
        previous: (number > 1).then(|| Link::new("Previous", to(number - 1))),
        next: (first + shown < total).then(|| Link::new("Next", to(number + 1))),
    }
}
