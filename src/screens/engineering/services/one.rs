//! One service: its requests over time, what it does, what it depends on, which versions of it ran, what it throws.

use super::dependencies::{self, Dependencies};
use crate::charts::{Hue, SmallBars};
use crate::engineering::health::FAILING;
use crate::engineering::red::{self, Red, course, rates};
use crate::page::{Direction, Page};
use crate::parts::{Card, bar_cell, change_cell, empty, empty_with, error_share, joined, quantile_ms, sum};
use crate::reading;
use crate::sorting::Sorting;
use crate::words::{self, Unit};
use parallax_domain::question::{IssueRow, Issues};
use parallax_domain::screen::{Cell, Column, Item, Link, Panel, Part, Row, Screen, Stats, Table, Text, Tone};
use parallax_domain::{Filter, Period, Problem};
use parallax_server::engine::calendar::Buckets;
use parallax_server::projection::chunk::Kind;
use parallax_server::projection::rollup::Cell as Counted;
use parallax_server::store::question::VersionRow;
use parallax_server::store::question::requests::CellFilter;
use std::collections::BTreeMap;

/// Operations on the page; the others are found by their traces.
const OPERATIONS: usize = 100;
const ISSUES: usize = 6;
const VERSIONS: i64 = 30;

struct Facts {
    now: Vec<Counted>,
    before: Vec<Counted>,
    all: Counted,
    all_before: Counted,
    operations: BTreeMap<String, Operation>,
    versions: BTreeMap<String, Counted>,
    /// When each version came, oldest first.
    known: Vec<VersionRow>,
    dependencies: Dependencies,
    issues: Vec<IssueRow>,
}

#[derive(Default)]
struct Operation {
    now: Counted,
    before: Counted,
    failures: Vec<Option<f64>>,
}

pub async fn compose(page: &mut Page, service: &str, filters: &[Filter]) -> Result<Screen, Problem> {
    let facts = facts(page, service, filters).await?;
    let mut screen = page.screen(&format!("{service}, service"));
    screen.heading = service.to_owned();
    screen.crumbs = vec![
        Link::new("Engineering", page.to("/engineering").href()),
        Link::new("Services", page.to("/engineering/services").href()),
        Link::new(service, String::new()),
    ];
    screen.tabs = crate::engineering::tabs(page);
    screen.actions = actions(page, service);
    screen.lede = lede(&facts, &page.reference(), page.period.seconds());
    if facts.all.count == 0 {
        let why = format!(
            "Here would be rate, errors and durations. {service} has answered no requests in this time; it may call others or write logs."
        );
        screen.parts.push(empty_with(
            "No requests",
            why,
            Link::new("All services", page.to("/engineering/services").href()),
        ));
    } else {
        // Flags of other services would say nothing about this one.
        let axis = page.axis_of(service);
        let summary = red::summary(page, &facts.now);
        let red = Red { of: service, now: &facts.now, before: &facts.before, quantiles: [0.5, 0.95, 0.99], summary };
        screen.parts = vec![
            Part::Stats(stats(page, &facts)),
            Part::Grid(vec![(8, red.panel(page, axis).into()), (4, versions(page, service, &facts).into())]),
            operations(page, service, &facts).into(),
        ];
    }
    let needs = dependencies::needs(page, &facts.dependencies);
    let callers = dependencies::callers(page, &facts.dependencies);
    screen.parts.push(Part::Grid(vec![(7, needs.into()), (5, issues(page, service, &facts.issues).into())]));
    screen.parts.extend(callers.map(Part::from));
    Ok(screen)
}

fn actions(page: &Page, service: &str) -> Vec<Link> {
    let logs = page.to("/explore/logs").with_filter(Filter::is("service", service));
    vec![
        Link::new("Traces", page.to("/explore/traces").with("service", service).href()).icon("trace"),
        Link::new("Logs", logs.href()).icon("log"),
        Link::new("Failed traces", page.to("/explore/traces").with("service", service).with("errors", "1").href())
            .icon("err"),
    ]
}

async fn facts(page: &mut Page, service: &str, filters: &[Filter]) -> Result<Facts, Problem> {
    let filter = CellFilter::of(filters, "operation")?.and(0, Some(service));
    let machine = page.machine.clone();
    let (count, buckets, period) = (page.buckets.len(), page.buckets.clone(), page.period);
    let mut now = vec![Counted::default(); count];
    let mut operations: BTreeMap<String, Operation> = BTreeMap::new();
    let mut versions: BTreeMap<String, Counted> = BTreeMap::new();
    machine
        .store
        .each_cell(&mut page.look.connection, page.project.id, Kind::Requests, period, &buckets, &mut |told| {
            if !filter.lets(&told.words) {
                return;
            }
            now[told.bucket].merge(told.cell);
            let operation = operations.entry(told.words[1].unwrap_or("").to_owned()).or_default();
            operation.now.merge(told.cell);
            if operation.failures.is_empty() {
                operation.failures = vec![Some(0.0); count];
            }
            if let Some(failures) = &mut operation.failures[told.bucket] {
                *failures += told.cell.errors as f64;
            }
            versions.entry(told.words[2].unwrap_or("").to_owned()).or_default().merge(told.cell);
        })
        .await?;
    let mut before = Vec::new();
    if let (Some(period), Some(buckets)) = (page.before, page.buckets_before.clone()) {
        let by_operation = async |page: &mut Page, period: Period, buckets: &Buckets| {
            let operation = |words: &[Option<&str>; 4]| words[1].unwrap_or("").to_owned();
            machine.store.cells(&mut page.look, Kind::Requests, period, buckets, &filter, operation).await
        };
        before = vec![Counted::default(); buckets.len()];
        for (name, cells) in by_operation(page, period, &buckets).await? {
            cells.iter().zip(&mut before).for_each(|(cell, all)| all.merge(cell));
            if let Some(operation) = operations.get_mut(&name) {
                operation.before = sum(&cells);
            }
        }
    }
    let mut known = machine
        .store
        .versions(&mut page.look, period, Some(service), page.address.environment.as_deref(), VERSIONS)
        .await?;
    known.reverse();
    let dependencies = Dependencies::of(page, service, filters).await?;
    let mut frame = page.frame(period);
    frame.filters = filters.iter().filter(|filter| filter.field != "service").cloned().collect();
    frame.filters.push(Filter::is("service", service));
    frame.filters.retain(|filter| matches!(filter.op, parallax_domain::Op::Is | parallax_domain::Op::IsNot));
    let issues = machine.store.issues(&mut page.look, &frame, &Issues::default()).await?.result.rows;
    Ok(Facts {
        all: sum(&now),
        all_before: sum(&before),
        now,
        before,
        operations,
        versions,
        known,
        dependencies,
        issues,
    })
}

fn lede(facts: &Facts, reference: &str, seconds: i64) -> Text {
    if facts.all.count == 0 {
        return Text::new("Answered no requests in this time.");
    }
    let failed = error_share(&facts.all);
    let p95 = quantile_ms(&facts.all, 0.95);
    let text = Text::new("Answers ")
        .strong(joined(words::rate(Some(facts.all.count as f64 / seconds.max(1) as f64), "s")))
        .plain(", fails in ")
        .strong(joined(words::percent(failed)))
        .plain(" of them, p95 ")
        .strong(joined(words::duration(p95)));
    let points = words::points(failed, error_share(&facts.all_before));
    let slower = words::relative(p95, quantile_ms(&facts.all_before, 0.95));
    match (points, slower) {
        (Some(points), Some(slower)) if !reference.is_empty() => {
            text.plain(format!(": failures {}, p95 {} {reference}.", points.label, slower.label))
        }
        _ => text.plain("."),
    }
}

fn stats(page: &Page, facts: &Facts) -> Stats {
    let known = facts.all_before.count > 0;
    let then = |value: Option<f64>| value.filter(|_| known);
    let per_second = |count: u64, period: Period| Some(count as f64 / period.seconds().max(1) as f64);
    let open = page.period.to >= page.look.fresh_as_of;
    let quantile = |name: &'static str, id: &'static str, share: f64| Card {
        id,
        name,
        definition: "So many of its requests were at most this long. From sketches with an error of at most 1 %.",
        unit: Unit::Milliseconds,
        now: quantile_ms(&facts.all, share),
        then: then(quantile_ms(&facts.all_before, share)),
        direction: Direction::UpIsBad,
        course: course(&facts.now, |cell| quantile_ms(cell, share)),
        before: course(&facts.before, |cell| quantile_ms(cell, share)),
        foot: Text::default(),
        alert: false,
        open,
    };
    let failed = error_share(&facts.all);
    let mut rate = rates(&facts.now, &page.buckets);
    if open {
        // The open bucket holds less than its time's worth; as a rate it would look like a fall.
        rate.pop();
    }
    let cards = vec![
        Card {
            id: "requests",
            name: "Requests",
            definition: "Spans of kind server and consumer, by their start, divided by the seconds of the period.",
            unit: Unit::Rate("s"),
            now: per_second(facts.all.count, page.period),
            then: then(page.before.and_then(|before| per_second(facts.all_before.count, before))),
            direction: Direction::Neither,
            course: rate,
            before: Vec::new(),
            foot: Text::new(format!("n {}", words::count(Some(facts.all.count as f64)))),
            alert: false,
            open: false,
        },
        Card {
            id: "failed",
            name: "Failed requests",
            definition: "Requests whose status is ERROR or whose HTTP status is 500 or more, of all requests.",
            unit: Unit::Share,
            now: failed,
            then: then(error_share(&facts.all_before)),
            direction: Direction::UpIsBad,
            course: course(&facts.now, error_share),
            before: Vec::new(),
            foot: Text::new(format!(
                "{} of {}",
                words::count(Some(facts.all.errors as f64)),
                words::count(Some(facts.all.count as f64))
            )),
            alert: failed.is_some_and(|share| share > FAILING),
            open,
        },
        quantile("p50 duration", "p50", 0.5),
        quantile("p95 duration", "p95", 0.95),
        quantile("p99 duration", "p99", 0.99),
        Card {
            id: "apdex",
            name: "Apdex",
            definition: "(satisfied + tolerating / 2) / all requests. Satisfied: up to 500 ms, tolerating: up to 2 s, failed requests are frustrated.",
            unit: Unit::Number,
            now: facts.all.apdex(),
            then: then(facts.all_before.apdex()),
            direction: Direction::UpIsGood,
            course: course(&facts.now, Counted::apdex),
            before: Vec::new(),
            foot: Text::new("T = 500 ms"),
            alert: facts.all.apdex().is_some_and(|apdex| apdex < 0.7),
            open,
        },
    ];
    let label = format!("Requests, {}", page.range.label().to_lowercase());
    Stats { label, cards: cards.into_iter().map(|card| card.stat(page)).collect() }
}

fn versions(page: &Page, service: &str, facts: &Facts) -> Panel {
    let mut rows: Vec<(&String, &Counted)> = facts.versions.iter().collect();
    let came = |version: &str| facts.known.iter().rev().find(|known| known.version == version);
    rows.sort_by_key(|(version, _)| std::cmp::Reverse(came(version).map(|known| known.at)));
    let all = facts.all.count.max(1) as f64;
    let rows = rows
        .into_iter()
        .map(|(version, cell)| {
            let known = came(version);
            let share = error_share(cell);
            let bad = share.is_some_and(|share| share > FAILING);
            let since = match known {
                Some(known) if known.before.is_some() => page.time(known.at),
                Some(known) => Text::new("before ").time(page.moment(known.at), known.at),
                None => Text::default().soft("not told"),
            };
            let label = if version.is_empty() { "no version".to_owned() } else { version.clone() };
            Row::new(vec![
                Cell::link(label, page.filtered("version", version)).sub(since),
                bar_cell(
                    Some(cell.count as f64),
                    all,
                    joined(words::percent(Some(cell.count as f64 / all))),
                    Hue::Mute,
                    None,
                ),
                Cell::new(joined(words::percent(share))).tone(if bad { Tone::Bad } else { Tone::Neutral }),
                Cell::new(joined(words::duration(quantile_ms(cell, 0.95)))),
            ])
        })
        .collect();
    let columns = vec![
        Column::words("Version, since"),
        Column::figures("Share of requests").width(30),
        Column::figures("Failed"),
        Column::figures("p95").secondary(1),
    ];
    let link = page.to("/engineering/deployments").with("service", service).href();
    Panel::new("versions", "Versions")
        .unit("in this time")
        .action(Link::new("Deployments", link))
        .flush()
        .part(Part::Table(Table { caption: format!("Versions of {service}"), columns, rows, ..Table::default() }))
}

fn operations(page: &Page, service: &str, facts: &Facts) -> Panel {
    let sorting = Sorting::of(&page.address, "calls");
    let mut rows: Vec<(&String, &Operation)> = facts.operations.iter().collect();
    let value = |(_, operation): &(&String, &Operation), key: &str| match key {
        "calls" => Some(operation.now.count as f64),
        "errors" => error_share(&operation.now),
        "p50" => quantile_ms(&operation.now, 0.5),
        "p95" => quantile_ms(&operation.now, 0.95),
        "p99" => quantile_ms(&operation.now, 0.99),
        _ => None,
    };
    sorting.sort(&mut rows, value, |(name, _)| name);
    let hidden = rows.len().saturating_sub(OPERATIONS);
    let slowest = rows.iter().filter_map(|(_, operation)| quantile_ms(&operation.now, 0.95)).fold(0.0, f64::max);
    let table = Table {
        caption: format!("Operations of {service}"),
        columns: vec![
            sorting.head(page, "name", Column::words("Operation")),
            sorting.head(page, "calls", Column::figures("Calls")),
            sorting.head(page, "p95", Column::figures("p95").width(20)),
            Column::figures("Change").secondary(1),
            sorting.head(page, "p50", Column::figures("p50").secondary(2)),
            sorting.head(page, "p99", Column::figures("p99").secondary(2)),
            sorting.head(page, "errors", Column::figures("Failed")),
            Column::figures("Failures over time").secondary(1).width(14),
        ],
        rows: rows
            .iter()
            .take(OPERATIONS)
            .map(|(name, operation)| row(page, service, name, operation, slowest))
            .collect(),
        ..Table::default()
    };
    let mut panel = Panel::new("operations", "Operations")
        .unit(format!(
            "{}, the thin line marks the comparison",
            words::counted(rows.len() as i64, "operation", "operations")
        ))
        .flush()
        .part(Part::Table(table));
    if hidden > 0 {
        panel.partial = Some(format!(
            "The first {OPERATIONS} in this order; {hidden} more are not shown. Filter by operation to find them."
        ));
    }
    panel
}

fn row(page: &Page, service: &str, name: &str, operation: &Operation, slowest: f64) -> Row {
    let (p95, then) = (
        quantile_ms(&operation.now, 0.95),
        quantile_ms(&operation.before, 0.95).filter(|_| operation.before.count >= 20),
    );
    let share = error_share(&operation.now);
    let bad = share.is_some_and(|share| share > FAILING);
    let worse = matches!((p95, then), (Some(now), Some(then)) if now > then * 1.5 && now - then > 50.0);
    let traces = page.to("/explore/traces").with("service", service).with("operation", name).href();
    let label = if name.is_empty() { "unnamed".to_owned() } else { name.to_owned() };
    let failures = SmallBars::new(operation.failures.clone()).hue(if bad { Hue::Bad } else { Hue::Mute });
    Row::new(vec![
        Cell::code(Text::default().link(label, traces)),
        Cell::new(words::count_full(Some(operation.now.count as f64))),
        bar_cell(p95, slowest, words::duration_full(p95), if worse { Hue::Bad } else { Hue::Mute }, then),
        change_cell(p95, then, Direction::UpIsBad, 0.25),
        Cell::new(words::duration_full(quantile_ms(&operation.now, 0.5))),
        Cell::new(words::duration_full(quantile_ms(&operation.now, 0.99))),
        Cell::new(words::percent_full(share)).tone(if bad { Tone::Bad } else { Tone::Neutral }),
        Cell::drawn(failures.draw()),
    ])
}

fn issues(page: &Page, service: &str, issues: &[IssueRow]) -> Panel {
    let all = page.to("/engineering/issues").with_filter(Filter::is("service", service)).href();
    let panel = Panel::new("issues", "Issues").unit("by people affected").action(Link::new("All issues", all));
    if issues.is_empty() {
        return panel.part(empty(
            "No exceptions",
            format!("Exceptions of {service} would be here, grouped. None came in this time."),
        ));
    }
    let items = issues
        .iter()
        .take(ISSUES)
        .map(|issue| Item {
            title: Text::new(issue.title.clone()),
            note: Text::new(format!(
                "{}, last {}",
                words::counted(issue.count, "occurrence", "occurrences"),
                page.ago(issue.last_seen)
            )),
            end: Text::new(format!("{} people", reading::people(page, issue.people))),
            href: Some(page.to("/engineering/issues").with("issue", &issue.id).href()),
            ..Item::default()
        })
        .collect();
    panel.part(Part::List(items))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(ms: u64, failed: usize, before_ms: u64) -> Facts {
        let cell = |ms: u64, failed: usize| {
            let mut cell = Counted::default();
            (0..100).for_each(|index| cell.request(ms * 1000, index < failed, 1));
            cell
        };
        Facts {
            now: Vec::new(),
            before: Vec::new(),
            all: cell(ms, failed),
            all_before: cell(before_ms, 0),
            operations: BTreeMap::new(),
            versions: BTreeMap::new(),
            known: Vec::new(),
            dependencies: Dependencies::default(),
            issues: Vec::new(),
        }
    }

    #[test]
    fn the_first_sentence_says_rate_failures_and_duration_with_their_changes() {
        let words = lede(&facts(1_000, 5, 250), "on Thu 19 Nov", 50).words();
        assert!(words.starts_with("Answers 2 /s, fails in 5% of them, p95 "), "{words}");
        assert!(words.contains("failures +5.0 pt") && words.ends_with("on Thu 19 Nov."), "{words}");
        let alone = lede(&facts(1_000, 5, 250), "", 50).words();
        assert!(!alone.contains("failures"), "{alone}");
    }
}
