//! All services: rate, errors, durations, Apdex, and how they changed.

use crate::charts::{About, Form, Hue, Line, Series, Spark, TimeSeries};
use crate::engineering::health::FAILING;
use crate::engineering::red::{course, rates};
use crate::page::{Direction, Page};
use crate::parts::{bar_cell, empty_with, error_share, joined, quantile_ms, sum};
use crate::sorting::Sorting;
use crate::words::{self, Unit};
use parallax_domain::screen::{Cell, Column, Link, Panel, Part, Row, Screen, Table, Text, Tone};
use parallax_domain::{Filter, Problem};
use parallax_server::engine::calendar::Buckets;
use parallax_server::projection::chunk::Kind;
use parallax_server::projection::rollup::Cell as Counted;
use parallax_server::store::question::requests::CellFilter;
use std::collections::BTreeMap;

/// More rows would be a wall; the search of the page finds the others.
const SHOWN: usize = 200;
/// Lines with a colour of their own in a chart of all services.
const COLOURED: usize = 3;
/// Fewer requests say nothing about a quantile.
const ENOUGH: u64 = 20;

struct Service {
    name: String,
    cells: Vec<Counted>,
    now: Counted,
    before: Counted,
}

impl Service {
    fn p95(&self) -> Option<f64> {
        quantile_ms(&self.now, 0.95).filter(|_| self.now.count >= ENOUGH)
    }

    fn p95_before(&self) -> Option<f64> {
        quantile_ms(&self.before, 0.95).filter(|_| self.before.count >= ENOUGH)
    }

    fn fails(&self) -> bool {
        self.now.count >= ENOUGH && error_share(&self.now).is_some_and(|share| share > FAILING)
    }

    /// Slower by half and by more than anybody would overlook.
    fn slower(&self) -> bool {
        matches!((self.p95(), self.p95_before()), (Some(now), Some(then)) if now > then * 1.5 && now - then > 50.0)
    }
}

pub async fn compose(page: &mut Page, filters: &[Filter]) -> Result<Screen, Problem> {
    let services = services(page, filters).await?;
    let mut screen = page.screen("Services");
    screen.crumbs = page.crumbs("Engineering", "/engineering");
    screen.tabs = crate::engineering::tabs(page);
    if services.is_empty() {
        screen.lede = Text::new("No requests in this time.");
        let why = format!(
            "Here would be every service of {} that answers requests, with rate, errors and durations. No server span has come {}.",
            page.project.name,
            if filters.is_empty() { "in this time" } else { "in this time under these filters" }
        );
        let action = match filters.is_empty() {
            true => Link::new("See how to send traces", page.to("/start").href()).primary(),
            false => Link::new("Remove the filters", page.address.without_filters().with_environment(None).href()),
        };
        screen.parts.push(empty_with("No services yet", why, action));
        return Ok(screen);
    }
    screen.lede = lede(&services, page.before.is_some());
    let axis = page.axis();
    let chart = |key: &str, title: &str, unit: Unit, values: &dyn Fn(&Service) -> Vec<Option<f64>>, summary: String| {
        let notes = page.notes(services.iter().map(|service| service.now.count).sum(), "roll-up");
        let lines = lines(page, &services, values);
        let about = About { notes, ..About::new(key, title).summary(summary.clone()) };
        let series = Series { unit, lines, height: 170, ..Series::default() };
        let drawing = TimeSeries { about, axis: axis.clone(), series }.draw();
        Panel::new(key, title).summary(summary).part(Part::Drawing(drawing))
    };
    let rate = chart(
        "rates",
        "Rate",
        Unit::Rate("s"),
        &|service| rates(&service.cells, &page.buckets),
        busiest(page, &services),
    );
    let slow = chart(
        "p95s",
        "p95 duration",
        Unit::Milliseconds,
        &|service| course(&service.cells, |cell| quantile_ms(cell, 0.95)),
        slowest(&services),
    );
    screen.parts = vec![
        table(page, &services).into(),
        Part::Grid(vec![(6, rate.unit("requests / s, by service").into()), (6, slow.unit("by service").into())]),
    ];
    Ok(screen)
}

async fn services(page: &mut Page, filters: &[Filter]) -> Result<Vec<Service>, Problem> {
    let filter = CellFilter::of(filters, "operation")?;
    let name = |words: &[Option<&str>; 4]| words[0].unwrap_or("unknown").to_owned();
    let (machine, buckets, period) = (page.machine.clone(), page.buckets.clone(), page.period);
    let now = machine.store.cells(&mut page.look, Kind::Requests, period, &buckets, &filter, name).await?;
    let mut before: BTreeMap<String, Counted> = BTreeMap::new();
    if let Some(period) = page.before {
        let whole = Buckets::whole(period)?;
        let cells = machine.store.cells(&mut page.look, Kind::Requests, period, &whole, &filter, name).await?;
        before = cells.into_iter().map(|(name, cells)| (name, sum(&cells))).collect();
    }
    Ok(now
        .into_iter()
        .map(|(name, cells)| Service {
            now: sum(&cells),
            before: before.remove(&name).unwrap_or_default(),
            name,
            cells,
        })
        .collect())
}

fn lede(services: &[Service], compared: bool) -> Text {
    let failing: Vec<&Service> = services.iter().filter(|service| service.fails()).collect();
    let slower: Vec<&Service> = services.iter().filter(|service| service.slower()).collect();
    let all = words::counted(services.len() as i64, "service", "services");
    if failing.is_empty() && slower.is_empty() {
        let rest = if compared { " and none is much slower than before." } else { "." };
        return Text::new(format!("{all}; none fails in more than {}{rest}", words::percent(Some(FAILING))));
    }
    let mut text = Text::new(format!("{all}. "));
    if !failing.is_empty() {
        text = text
            .join(named(&failing, |service| format!("fails in {}", words::percent(error_share(&service.now)))))
            .plain(". ");
    }
    if !slower.is_empty() {
        let words = |service: &Service| {
            format!(
                "slowed from {} to {} at p95",
                words::duration(service.p95_before()),
                words::duration(service.p95())
            )
        };
        text = text.join(named(&slower, words)).plain(".");
    }
    text
}

/// `payment-service fails in 5.8%, web fails in 2% and 3 more`.
fn named(services: &[&Service], words: impl Fn(&Service) -> String) -> Text {
    let mut text = Text::default();
    for (index, service) in services.iter().take(2).enumerate() {
        text = text
            .plain(if index > 0 { ", " } else { "" })
            .strong(service.name.clone())
            .plain(format!(" {}", words(service)));
    }
    if services.len() > 2 { text.plain(format!(" and {} more", services.len() - 2)) } else { text }
}

fn busiest(page: &Page, services: &[Service]) -> String {
    let all: u64 = services.iter().map(|service| service.now.count).sum();
    match services.iter().max_by_key(|service| service.now.count) {
        Some(most) => format!(
            "{} answers most: {} of {} requests in {}.",
            most.name,
            words::count(Some(most.now.count as f64)),
            words::count(Some(all as f64)),
            page.range.label().to_lowercase()
        ),
        None => "No requests.".to_owned(),
    }
}

fn slowest(services: &[Service]) -> String {
    let slowest =
        services.iter().filter_map(|service| Some((service, service.p95()?))).max_by(|a, b| a.1.total_cmp(&b.1));
    match slowest {
        Some((service, p95)) => {
            format!("{} is slowest: p95 {} over the whole time.", service.name, words::duration(Some(p95)))
        }
        None => format!("No service answered {ENOUGH} requests, so no quantile says anything."),
    }
}

/// Those in trouble, else the busiest, have a colour; the others are grey.
fn lines(page: &Page, services: &[Service], values: &dyn Fn(&Service) -> Vec<Option<f64>>) -> Vec<Line> {
    let mut order: Vec<&Service> = services.iter().collect();
    order.sort_by_key(|service| (!(service.fails() || service.slower()), std::cmp::Reverse(service.now.count)));
    let line = |(index, service): (usize, &&Service)| {
        let hue = if index < COLOURED { Hue::series(index) } else { Hue::Mute };
        let href = page.address.with("service", &service.name).href();
        Line::new(service.name.clone(), values(service)).hue(hue).form(Form::Line).href(href)
    };
    order.iter().take(12).enumerate().map(line).collect()
}

fn table(page: &Page, services: &[Service]) -> Panel {
    let sorting = Sorting::of(&page.address, "rate");
    let mut rows: Vec<&Service> = services.iter().collect();
    let value = |service: &&Service, key: &str| match key {
        "rate" => Some(service.now.count as f64),
        "errors" => error_share(&service.now),
        "p50" => quantile_ms(&service.now, 0.5),
        "p95" => quantile_ms(&service.now, 0.95),
        "p99" => quantile_ms(&service.now, 0.99),
        "apdex" => service.now.apdex(),
        _ => None,
    };
    sorting.sort(&mut rows, value, |service| &service.name);
    let hidden = rows.len().saturating_sub(SHOWN);
    let most = services.iter().map(|service| service.now.count).max().unwrap_or(1) as f64;
    let seconds = page.period.seconds().max(1) as f64;
    let table = Table {
        caption: "Services".to_owned(),
        columns: vec![
            sorting.head(page, "name", Column::words("Service")),
            sorting.head(page, "rate", Column::figures("Rate").width(20)),
            sorting.head(page, "errors", Column::figures("Failed")),
            sorting.head(page, "p50", Column::figures("p50").secondary(2)),
            sorting.head(page, "p95", Column::figures("p95")),
            sorting.head(page, "p99", Column::figures("p99").secondary(2)),
            sorting.head(
                page,
                "apdex",
                Column::figures("Apdex").hint("T = 500 ms; failed requests count as frustrated").secondary(1),
            ),
            Column::figures("p95 over time").secondary(1).width(14),
        ],
        rows: rows.iter().take(SHOWN).map(|service| row(page, service, most, seconds)).collect(),
        ..Table::default()
    };
    let mut panel = Panel::new("services", "All services")
        .unit(format!(
            "{}, {}",
            words::counted(services.len() as i64, "service", "services"),
            page.range.label().to_lowercase()
        ))
        .flush()
        .part(Part::Table(table));
    if hidden > 0 {
        panel.partial = Some(format!("{hidden} services with less are not shown; filter by service to find them."));
    }
    if page.before.is_some() {
        panel = panel.foot(format!("Small figures: change {}", page.reference()));
    }
    panel
}

fn row(page: &Page, service: &Service, most: f64, seconds: f64) -> Row {
    let bad = service.fails();
    let known = service.before.count > 0;
    let change = |now: Option<f64>, then: Option<f64>, direction: Direction, judged: bool| {
        words::relative(now, then.filter(|_| known)).filter(|change| !change.none).map(|change| {
            let tone = if judged { direction.judge(change.up) } else { Tone::Neutral };
            Text::default().change(change.size, change.up, tone)
        })
    };
    let seconds_before = page.before.map_or(1.0, |before| before.seconds().max(1) as f64);
    let rate = |count: u64, seconds: f64| Some(count as f64 / seconds);
    let rates = (rate(service.now.count, seconds), rate(service.before.count, seconds_before));
    let points =
        words::points(error_share(&service.now), error_share(&service.before)).filter(|change| known && !change.none);
    let points = points.map(|change| {
        let tone = if bad { Direction::UpIsBad.judge(change.up) } else { Tone::Neutral };
        Text::default().change(change.size, change.up, tone)
    });
    let p95 = quantile_ms(&service.now, 0.95);
    let hue = if bad { Hue::Bad } else { Hue::Mute };
    let spark = Spark::new(course(&service.cells, |cell| quantile_ms(cell, 0.95)));
    Row::new(vec![
        Cell::link(service.name.clone(), page.address.with("service", &service.name).without("sort").href()),
        bar_cell(Some(service.now.count as f64), most, joined(words::rate(rates.0, "s")), hue, None)
            .sub(change(rates.0, rates.1, Direction::Neither, false).unwrap_or_default()),
        Cell::new(joined(words::percent(error_share(&service.now))))
            .tone(if bad { Tone::Bad } else { Tone::Neutral })
            .sub(points.unwrap_or_default()),
        Cell::new(words::duration_full(quantile_ms(&service.now, 0.5))),
        Cell::new(words::duration_full(p95))
            .sub(change(p95, service.p95_before(), Direction::UpIsBad, service.slower()).unwrap_or_default()),
        Cell::new(words::duration_full(quantile_ms(&service.now, 0.99))),
        Cell::new(service.now.apdex().map_or_else(|| words::UNKNOWN.to_owned(), |apdex| words::fixed(apdex, 2))),
        Cell::drawn(spark.hue(if service.slower() { Hue::Bad } else { Hue::Mute }).draw()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(name: &str, ms: u64, before_ms: u64, failed: usize) -> Service {
        let cell = |ms: u64, failed: usize| {
            let mut cell = Counted::default();
            (0..100).for_each(|index| cell.request(ms * 1000, index < failed, 1));
            cell
        };
        Service { name: name.into(), cells: Vec::new(), now: cell(ms, failed), before: cell(before_ms, 0) }
    }

    #[test]
    fn the_first_sentence_names_who_fails_and_who_slowed() {
        let calm = [service("web", 100, 100, 0)];
        assert_eq!(
            lede(&calm, true).words(),
            "1 service; none fails in more than 1% and none is much slower than before."
        );
        assert_eq!(lede(&calm, false).words(), "1 service; none fails in more than 1%.");
        let trouble = [service("web", 100, 100, 0), service("payment", 2_000, 200, 40)];
        let words = lede(&trouble, true).words();
        assert!(words.starts_with("2 services. payment fails in 40%. payment slowed from 20"), "{words}");
    }

    #[test]
    fn too_few_requests_are_no_trouble() {
        let mut few = Counted::default();
        (0..5).for_each(|_| few.request(9_000_000, true, 1));
        let service = Service { name: "rare".into(), cells: Vec::new(), now: few, before: Counted::default() };
        assert!(!service.fails() && !service.slower() && service.p95().is_none());
    }
}
