//! The first page of engineering: rate, errors and duration of everything, service by service.

use super::operations::{self, Operations};
use crate::charts::{About, Form, Hue, Line, Series, Stack, StackPlot};
use crate::page::{Direction, Page};
use crate::parts::{Card, bar_cell, empty_with, error_share, joined, quantile_ms, sum};
use crate::words::{self, Unit};
use parallax_domain::screen::{Cell, Column, Link, Panel, Part, Row, Screen, Stats, Table, Text, Tone};
use parallax_domain::{Period, Problem};
use parallax_server::engine::calendar::Buckets;
use parallax_server::projection::chunk::Kind;
use parallax_server::projection::rollup::Cell as Counted;
use parallax_server::store::question::requests::CellFilter;

/// Share of failed requests from which somebody should look.
pub const FAILING: f64 = 0.01;

/// Everything the page is made of, asked once.
struct Facts {
    now: Vec<Counted>,
    before: Vec<Counted>,
    all: Counted,
    all_before: Counted,
    operations: Operations,
    people: i64,
    people_before: Option<i64>,
}

pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    let facts = facts(page).await?;
    let mut screen = page.screen("Health overview");
    screen.crumbs = page.crumbs("Engineering", "/engineering");
    screen.tabs = super::tabs(page);
    if facts.all.count == 0 {
        screen.lede = Text::new("No requests in this time.");
        let action = Link::new("See how to send traces", page.to("/start").href()).primary();
        let why = format!(
            "Here would be the rate, errors and duration of every service. {} has received no server spans from {}.",
            page.project.name,
            page.range.label().to_lowercase()
        );
        screen.parts.push(empty_with("No requests yet", why, action));
        return Ok(screen);
    }
    screen.lede = lede(&facts);
    screen.parts = vec![
        Part::Stats(stats(page, &facts)),
        Part::Grid(vec![
            (7, red(page, &facts).await?.into()),
            (5, services(page, &facts).into()),
            (6, operations::slow(page, &facts.operations).into()),
            (6, operations::failing(page, &facts.operations).into()),
        ]),
    ];
    Ok(screen)
}

async fn facts(page: &mut Page) -> Result<Facts, Problem> {
    let filter = CellFilter::of(&page.filters(), "operation")?;
    let store = page.machine.clone();
    let store = &store.store;
    let over = async |page: &mut Page, period: Period, buckets: &Buckets| {
        let table = store.cells(&mut page.look, Kind::Requests, period, buckets, &filter, |_| "all").await?;
        Ok::<_, Problem>(table.into_values().next().unwrap_or_else(|| vec![Counted::default(); buckets.len()]))
    };
    let (period, before, buckets) = (page.period, page.before, page.buckets.clone());
    let now = over(page, period, &buckets).await?;
    let past = match (before, page.buckets_before.clone()) {
        (Some(period), Some(buckets)) => over(page, period, &buckets).await?,
        _ => Vec::new(),
    };
    let operations = Operations::of(page, &filter).await?;
    let people = store.people_with_errors(&mut page.look, period).await?;
    let people_before = match before {
        Some(before) => Some(store.people_with_errors(&mut page.look, before).await?),
        None => None,
    };
    Ok(Facts { all: sum(&now), all_before: sum(&past), now, before: past, operations, people, people_before })
}

fn lede(facts: &Facts) -> Text {
    let services = facts.operations.by_service();
    let failing: Vec<&(String, Counted, Counted)> = services
        .iter()
        .filter(|(_, now, _)| now.count >= 20 && error_share(now).is_some_and(|share| share > FAILING))
        .collect();
    let total = services.len();
    let mut text = match failing.len() {
        0 => Text::new(format!("All {} answer without trouble.", words::counted(total as i64, "service", "services"))),
        n => Text::new(format!(
            "{} of {} fail in more than {} of their requests: ",
            n,
            words::counted(total as i64, "service", "services"),
            words::percent(Some(FAILING))
        )),
    };
    for (index, (name, now, _)) in failing.iter().take(3).enumerate() {
        text = text
            .plain(if index > 0 { ", " } else { "" })
            .strong(name.clone())
            .plain(format!(" {}", words::percent(error_share(now))));
    }
    if !failing.is_empty() {
        text = text.plain(".");
    }
    text
}

fn stats(page: &Page, facts: &Facts) -> Stats {
    let seconds = page.period.seconds().max(1) as f64;
    let seconds_before = page.before.map_or(1.0, |before| before.seconds().max(1) as f64);
    let width = |buckets: &Buckets, index: usize| (buckets.end(index) - buckets.start(index)) as f64 / 1000.0;
    let rate = |cells: &[Counted], buckets: &Buckets| -> Vec<Option<f64>> {
        cells.iter().enumerate().map(|(index, cell)| Some(cell.count as f64 / width(buckets, index))).collect()
    };
    let course =
        |cells: &[Counted], of: fn(&Counted) -> Option<f64>| -> Vec<Option<f64>> { cells.iter().map(of).collect() };
    let p95 = |cell: &Counted| quantile_ms(cell, 0.95);
    let known = page.before.is_some() && facts.all_before.count > 0;
    let then = |value: Option<f64>| value.filter(|_| known);
    let n = Text::new(format!("n {}", words::count(Some(facts.all.count as f64))));
    let before_rate = page.buckets_before.as_ref().map(|buckets| rate(&facts.before, buckets)).unwrap_or_default();
    // The open bucket holds less than its time's worth; as a rate it would look like a fall.
    let open = page.period.to >= page.look.fresh_as_of;
    let closed = |mut values: Vec<Option<f64>>| {
        if open {
            values.pop();
        }
        values
    };
    let failed = error_share(&facts.all);
    let cards = vec![
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
            open: false,
        },
        Card {
            id: "requests",
            name: "Requests",
            definition: "Spans of kind server and consumer, by their start, divided by the seconds of the period.",
            unit: Unit::Rate("s"),
            now: Some(facts.all.count as f64 / seconds),
            then: then(Some(facts.all_before.count as f64 / seconds_before)),
            direction: Direction::Neither,
            course: closed(rate(&facts.now, &page.buckets)),
            before: closed(before_rate),
            foot: n.clone(),
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
            open: false,
        },
        Card {
            id: "p95",
            name: "p95 duration",
            definition: "Nineteen of twenty requests are at most this long. From sketches with an error of at most 1 %.",
            unit: Unit::Milliseconds,
            now: p95(&facts.all),
            then: then(p95(&facts.all_before)),
            direction: Direction::UpIsBad,
            course: course(&facts.now, |cell| quantile_ms(cell, 0.95)),
            before: course(&facts.before, |cell| quantile_ms(cell, 0.95)),
            foot: n,
            alert: false,
            open: false,
        },
    ];
    let mut stats: Vec<_> = cards.into_iter().map(|card| card.stat(page)).collect();
    let people = Card {
        id: "people-affected",
        name: "People with errors",
        definition: "Different people who met at least one exception. Exceptions without a known person are not counted here.",
        unit: Unit::Count,
        now: Some(facts.people as f64),
        then: facts.people_before.filter(|_| known).map(|people| people as f64),
        direction: Direction::UpIsBad,
        course: Vec::new(),
        before: Vec::new(),
        foot: Text::new("of people who are known"),
        alert: false,
        open: false,
    };
    stats.push(people.stat(page));
    if let Some(stat) = stats.last_mut() {
        stat.href = Some(page.to("/engineering/issues").href());
    }
    Stats { label: format!("Health, {}", page.range.label().to_lowercase()), cards: stats }
}

async fn red(page: &mut Page, facts: &Facts) -> Result<Panel, Problem> {
    let axis = page.axis();
    let buckets = page.buckets.clone();
    let seconds = |buckets: &Buckets, index: usize| (buckets.end(index) - buckets.start(index)) as f64 / 1000.0;
    let rate = |cells: &[Counted], buckets: &Buckets| -> Vec<Option<f64>> {
        cells.iter().enumerate().map(|(index, cell)| Some(cell.count as f64 / seconds(buckets, index))).collect()
    };
    let of = |cells: &[Counted], figure: &dyn Fn(&Counted) -> Option<f64>| cells.iter().map(figure).collect::<Vec<_>>();
    let ghost = |values: Vec<Option<f64>>| Line::new("before", values).form(Form::Ghost);
    // The comparison is laid under the period bucket by bucket; it may have one more or less at its end.
    let fitted = |mut values: Vec<Option<f64>>| {
        values.resize(facts.now.len(), None);
        values
    };
    let compared = page.buckets_before.as_ref().filter(|_| facts.all_before.count > 0);
    let mut rate_lines = vec![Line::new("requests", rate(&facts.now, &buckets)).hue(Hue::S1)];
    let mut error_lines = vec![Line::new("failed", of(&facts.now, &error_share)).hue(Hue::Bad).form(Form::Area)];
    if let Some(before) = compared {
        rate_lines.push(ghost(fitted(rate(&facts.before, before))));
        error_lines.push(ghost(fitted(of(&facts.before, &error_share))));
    }
    let quantile = |share: f64| of(&facts.now, &move |cell: &Counted| quantile_ms(cell, share));
    let duration_lines = vec![
        Line::new("p50", quantile(0.5)).hue(Hue::Low),
        Line::new("p75", quantile(0.75)).hue(Hue::Middle),
        Line::new("p95", quantile(0.95)).hue(Hue::High),
    ];
    let plot = |key: &str, title: &str, unit: &str, now: String, series: Series| StackPlot {
        key: key.to_owned(),
        title: title.to_owned(),
        unit: unit.to_owned(),
        now,
        series,
        ..StackPlot::default()
    };
    let summary = red_summary(page, facts);
    let about = About {
        notes: page.notes(facts.all.count, "roll-up"),
        ..About::new("red", "Rate, errors, duration").summary(summary.clone())
    };
    let stack = Stack {
        about,
        axis,
        plots: vec![
            plot(
                "rate",
                "Rate",
                "requests / s",
                joined(Unit::Rate("s").short(Some(facts.all.count as f64 / page.period.seconds().max(1) as f64))),
                Series { unit: Unit::Rate("s"), lines: rate_lines, height: 92, ..Series::default() },
            ),
            plot(
                "errors",
                "Errors",
                "% of requests",
                joined(words::percent(error_share(&facts.all))),
                Series { unit: Unit::Share, lines: error_lines, height: 92, ..Series::default() },
            ),
            plot(
                "duration",
                "Duration",
                "ordered shades: p50 p75 p95",
                format!("p95 {}", words::duration(quantile_ms(&facts.all, 0.95))),
                Series { unit: Unit::Milliseconds, lines: duration_lines, height: 132, ..Series::default() },
            ),
        ],
    };
    let unit = format!("all services, {}", page.step_words());
    Ok(Panel::new("red", "Rate, errors, duration").unit(unit).summary(summary).part(Part::Drawing(stack.draw())))
}

/// Says when the worst bucket was, if it stands out.
fn red_summary(page: &Page, facts: &Facts) -> String {
    let mean = error_share(&facts.all).unwrap_or(0.0);
    let worst = facts
        .now
        .iter()
        .enumerate()
        .filter(|(_, cell)| cell.count >= 5)
        .filter_map(|(index, cell)| Some((index, error_share(cell)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    let spread = format!("p95 {} over the whole time.", words::duration(quantile_ms(&facts.all, 0.95)));
    match worst {
        Some((index, share)) if share > FAILING && share > 2.0 * mean.max(0.001) => {
            let at = page.buckets.labels()[index];
            format!(
                "Errors peaked at {} around {}, against {} over the whole time.",
                words::percent(Some(share)),
                page.moment(at),
                words::percent(Some(mean))
            )
        }
        _ if facts.all.errors == 0 => format!("No request failed; {spread}"),
        _ => format!("{} failed, evenly over time; {spread}", words::percent(Some(mean))),
    }
}

fn services(page: &Page, facts: &Facts) -> Panel {
    let mut services = facts.operations.by_service();
    services.sort_by(|a, b| b.1.count.cmp(&a.1.count).then_with(|| a.0.cmp(&b.0)));
    let most = services.iter().map(|(_, now, _)| now.count).max().unwrap_or(1) as f64;
    let rows = services
        .iter()
        .map(|(name, now, _)| {
            let share = error_share(now);
            let bad = share.is_some_and(|share| share > FAILING);
            let hue = if bad { Hue::Bad } else { Hue::Mute };
            let link = page.to("/engineering/services").with("service", name).href();
            let apdex = now.apdex().map_or_else(|| words::UNKNOWN.to_owned(), |apdex| words::fixed(apdex, 2));
            let count = now.count as f64;
            Row::new(vec![
                Cell::link(name.clone(), link).sub(format!("Apdex {apdex}")),
                bar_cell(Some(count), most, joined(words::count(Some(count))), hue, None),
                Cell::new(joined(words::percent(share))).tone(if bad { Tone::Bad } else { Tone::Neutral }),
                Cell::new(joined(words::duration(quantile_ms(now, 0.95)))),
            ])
        })
        .collect();
    let table = Table {
        caption: "Services by number of requests".to_owned(),
        columns: vec![
            Column::words("Service"),
            Column::figures("Requests").width(34),
            Column::figures("Failed"),
            Column::figures("p95"),
        ],
        rows,
        ..Table::default()
    };
    Panel::new("services", "Services")
        .unit("by requests")
        .flush()
        .part(Part::Table(table))
        .foot("Apdex with T = 500 ms; failed requests count as frustrated")
}
