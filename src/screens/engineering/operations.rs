//! Operations: which are slow, which fail, against the comparison.

use crate::charts::{Hue, SmallBars};
use crate::page::{Direction, Page};
use crate::parts::{bar_cell, change_cell, empty, error_share, joined, quantile_ms};
use crate::words;
use parallax_domain::screen::{Cell, Column, Panel, Part, Row, Table, Tone};
use parallax_domain::{Period, Problem};
use parallax_server::engine::calendar::Buckets;
use parallax_server::projection::chunk::Kind;
use parallax_server::projection::rollup::Cell as Counted;
use parallax_server::store::question::requests::CellFilter;
use std::collections::BTreeMap;

/// Rows of a list on an overview.
const SHOWN: usize = 6;
/// Fewer calls say nothing about a quantile.
const ENOUGH: u64 = 20;

type Key = (String, String);

/// Cells by service and operation, over the period and the comparison, and failures over time.
pub struct Operations {
    now: BTreeMap<Key, Counted>,
    before: BTreeMap<Key, Counted>,
    failures: BTreeMap<Key, Vec<u64>>,
}

impl Operations {
    pub async fn of(page: &mut Page, filter: &CellFilter) -> Result<Operations, Problem> {
        let key =
            |words: &[Option<&str>; 4]| (words[0].unwrap_or("unknown").to_owned(), words[1].unwrap_or("").to_owned());
        let machine = page.machine.clone();
        let whole = async |page: &mut Page, period: Period| {
            let buckets = Buckets::whole(period)?;
            let table = machine.store.cells(&mut page.look, Kind::Requests, period, &buckets, filter, key).await?;
            Ok::<_, Problem>(
                table.into_iter().filter_map(|(key, cells)| Some((key, cells.into_iter().next()?))).collect(),
            )
        };
        let now: BTreeMap<Key, Counted> = whole(page, page.period).await?;
        let before = match page.before {
            Some(before) => whole(page, before).await?,
            None => BTreeMap::new(),
        };
        let mut failures: BTreeMap<Key, Vec<u64>> = BTreeMap::new();
        let (count, buckets, period) = (page.buckets.len(), page.buckets.clone(), page.period);
        machine
            .store
            .each_cell(&mut page.look.connection, page.project.id, Kind::Requests, period, &buckets, &mut |told| {
                if told.cell.errors > 0 && filter.lets(&told.words) {
                    failures.entry(key(&told.words)).or_insert_with(|| vec![0; count])[told.bucket] += told.cell.errors;
                }
            })
            .await?;
        Ok(Operations { now, before, failures })
    }

    /// Services with their cells now and before.
    pub fn by_service(&self) -> Vec<(String, Counted, Counted)> {
        let mut services: BTreeMap<&str, (Counted, Counted)> = BTreeMap::new();
        for ((service, _), cell) in &self.now {
            services.entry(service).or_default().0.merge(cell);
        }
        for ((service, _), cell) in &self.before {
            if let Some(both) = services.get_mut(service.as_str()) {
                both.1.merge(cell);
            }
        }
        services.into_iter().map(|(name, (now, before))| (name.to_owned(), now, before)).collect()
    }

    fn then(&self, key: &Key) -> Option<&Counted> {
        self.before.get(key).filter(|cell| cell.count >= ENOUGH)
    }
}

fn traces_of(page: &Page, (service, operation): &Key) -> String {
    page.to("/explore/traces").with("service", service).with("operation", operation).href()
}

pub fn slow(page: &Page, operations: &Operations) -> Panel {
    let mut slow: Vec<(&Key, &Counted, f64)> = operations
        .now
        .iter()
        .filter(|(_, cell)| cell.count >= ENOUGH)
        .filter_map(|(key, cell)| Some((key, cell, quantile_ms(cell, 0.95)?)))
        .collect();
    slow.sort_by(|a, b| b.2.total_cmp(&a.2));
    let panel = Panel::new("slow", "Slow operations").unit("by p95; the thin line marks the comparison").flush();
    if slow.is_empty() {
        return panel.part(empty(
            "Too few calls",
            format!("No operation was called {ENOUGH} times in this time, so no quantile says anything."),
        ));
    }
    let high = slow[0].2;
    let rows = slow
        .iter()
        .take(SHOWN)
        .map(|(key, cell, p95)| {
            let then = operations.then(key).and_then(|cell| quantile_ms(cell, 0.95));
            let worse = then.is_some_and(|then| *p95 > then * 1.5 && *p95 - then > 50.0);
            let hue = if worse { Hue::Bad } else { Hue::Mute };
            Row::new(vec![
                Cell::code(key_link(page, key)).sub(format!(
                    "{}, {} calls",
                    key.0,
                    words::count(Some(cell.count as f64))
                )),
                bar_cell(Some(*p95), high, joined(words::duration(Some(*p95))), hue, then),
                change_cell(Some(*p95), then, Direction::UpIsBad, 0.25),
            ])
        })
        .collect();
    let columns = vec![Column::words("Operation"), Column::figures("p95").width(34), Column::figures("Change")];
    panel.part(Part::Table(Table {
        caption: "Slowest operations by p95".to_owned(),
        columns,
        rows,
        ..Table::default()
    }))
}

pub fn failing(page: &Page, operations: &Operations) -> Panel {
    let mut failing: Vec<(&Key, &Counted)> = operations.now.iter().filter(|(_, cell)| cell.errors > 0).collect();
    failing.sort_by(|a, b| b.1.errors.cmp(&a.1.errors).then_with(|| a.0.cmp(b.0)));
    let panel = Panel::new("failing", "Failing operations").unit("by failures").flush();
    if failing.is_empty() {
        return panel.part(empty("Nothing failed", "Every request of this time was answered without an error."));
    }
    let rows = failing
        .iter()
        .take(SHOWN)
        .map(|(key, cell)| {
            let share = error_share(cell);
            let then = operations.then(key).and_then(error_share);
            let course: Vec<Option<f64>> =
                operations.failures.get(*key).into_iter().flatten().map(|n| Some(*n as f64)).collect();
            let bad = share.is_some_and(|share| share > super::health::FAILING);
            Row::new(vec![
                Cell::code(key_link(page, key)).sub(key.0.clone()),
                Cell::drawn(SmallBars::new(course).hue(if bad { Hue::Bad } else { Hue::Mute }).draw()),
                Cell::new(joined(words::percent(share))).tone(if bad { Tone::Bad } else { Tone::Neutral }),
                Cell::new(words::count_full(Some(cell.errors as f64))),
                match words::points(share, then) {
                    Some(change) => Cell::new(change.label),
                    None => Cell::new("–"),
                },
            ])
        })
        .collect();
    let columns = vec![
        Column::words("Operation"),
        Column::figures("Over time").secondary(1),
        Column::figures("Failed"),
        Column::figures("Failures"),
        Column::figures("Change").secondary(1),
    ];
    panel.part(Part::Table(Table { caption: "Operations that fail".to_owned(), columns, rows, ..Table::default() }))
}

fn key_link(page: &Page, key: &Key) -> parallax_domain::screen::Text {
    parallax_domain::screen::Text::default().link(key.1.clone(), traces_of(page, key))
}
