//! What a service calls, and who calls it: from the roll-up of outgoing calls.

use crate::charts::Hue;
use crate::engineering::health::FAILING;
use crate::page::{Direction, Page};
use crate::parts::{bar_cell, change_cell, empty, error_share, quantile_ms, sum};
use crate::words;
use parallax_domain::screen::{Cell, Column, Panel, Part, Row, Table, Text, Tone};
use parallax_domain::{Filter, Period, Problem};
use parallax_server::engine::calendar::Buckets;
use parallax_server::projection::chunk::Kind;
use parallax_server::projection::rollup::Cell as Counted;
use parallax_server::store::question::requests::CellFilter;
use std::collections::{BTreeMap, BTreeSet};

const SHOWN: usize = 40;

#[derive(Default)]
pub struct Dependencies {
    /// By what was called: now and before.
    needs: BTreeMap<String, (Counted, Counted)>,
    callers: BTreeMap<String, (Counted, Counted)>,
    /// Names that are services with a page of their own.
    services: BTreeSet<String>,
}

impl Dependencies {
    /// Filters by operation say nothing about outgoing calls and are left aside.
    pub async fn of(page: &mut Page, service: &str, filters: &[Filter]) -> Result<Dependencies, Problem> {
        let kept: Vec<Filter> = filters
            .iter()
            .filter(|filter| !matches!(filter.field.as_str(), "operation" | "service"))
            .cloned()
            .collect();
        let filter = CellFilter::of(&kept, "peer")?;
        let machine = page.machine.clone();
        let mut all = Dependencies::default();
        for (period, now) in [(Some(page.period), true), (page.before, false)] {
            let Some(period) = period else { continue };
            let period = whole_minutes(period);
            if period.seconds() <= 0 {
                continue;
            }
            let whole = Buckets::whole(period)?;
            let pair =
                |words: &[Option<&str>; 4]| (words[0].unwrap_or("").to_owned(), words[1].unwrap_or("").to_owned());
            let cells = machine.store.cells(&mut page.look, Kind::Dependencies, period, &whole, &filter, pair).await?;
            for ((from, to), cells) in cells {
                let cell = sum(&cells);
                let note = |table: &mut BTreeMap<String, (Counted, Counted)>, name: &str| {
                    let entry = table.entry(name.to_owned()).or_default();
                    if now { entry.0.merge(&cell) } else { entry.1.merge(&cell) }
                };
                if from == service {
                    note(&mut all.needs, &to);
                }
                if to == service {
                    note(&mut all.callers, &from);
                }
                all.services.insert(from);
            }
        }
        all.needs.retain(|_, (now, _)| now.count > 0);
        all.callers.retain(|_, (now, _)| now.count > 0);
        let (period, buckets) = (page.period, Buckets::whole(page.period)?);
        let serving = machine.store.services(&mut page.look, period, &buckets).await?;
        all.services.extend(serving.into_iter().map(|(name, _)| name));
        Ok(all)
    }
}

/// Outgoing calls are kept by the minute.
fn whole_minutes(period: Period) -> Period {
    let cut = |at: parallax_domain::Instant, up: i64| {
        let minutes = (at.timestamp_millis() + up).div_euclid(60_000);
        chrono::DateTime::from_timestamp(minutes * 60, 0).unwrap_or(at)
    };
    Period { from: cut(period.from, 59_999), to: cut(period.to, 0) }
}

pub fn needs(page: &Page, dependencies: &Dependencies) -> Panel {
    let panel = Panel::new("dependencies", "Dependencies").unit("what it calls, by time spent").flush();
    if dependencies.needs.is_empty() {
        let why =
            "Databases, queues and services that it calls would be here, from client spans. None came in this time.";
        return panel.part(empty("No outgoing calls", why));
    }
    let panel = panel.part(Part::Table(table(page, &dependencies.needs, &dependencies.services, "Goes to")));
    limited(panel, dependencies.needs.len())
}

/// None where nobody is known to call it.
pub fn callers(page: &Page, dependencies: &Dependencies) -> Option<Panel> {
    if dependencies.callers.is_empty() {
        return None;
    }
    let panel = Panel::new("callers", "Callers").unit("as they measure it, network included").flush();
    let panel = panel.part(Part::Table(table(page, &dependencies.callers, &dependencies.services, "Comes from")));
    Some(limited(panel, dependencies.callers.len()))
}

fn limited(mut panel: Panel, all: usize) -> Panel {
    if all > SHOWN {
        panel.partial = Some(format!("The {SHOWN} that take most time of {all}."));
    }
    panel.foot("whole minutes")
}

fn table(page: &Page, all: &BTreeMap<String, (Counted, Counted)>, services: &BTreeSet<String>, head: &str) -> Table {
    let mut rows: Vec<(&String, &(Counted, Counted))> = all.iter().collect();
    rows.sort_by(|a, b| b.1.0.sum.cmp(&a.1.0.sum).then_with(|| a.0.cmp(b.0)));
    let slowest = rows.iter().filter_map(|(_, (now, _))| quantile_ms(now, 0.95)).fold(0.0, f64::max);
    let rows = rows
        .into_iter()
        .take(SHOWN)
        .map(|(name, (now, before))| {
            let (p95, then) = (quantile_ms(now, 0.95), quantile_ms(before, 0.95).filter(|_| before.count >= 20));
            let share = error_share(now);
            let bad = share.is_some_and(|share| share > FAILING);
            let worse = matches!((p95, then), (Some(now), Some(then)) if now > then * 1.5 && now - then > 50.0);
            let label = if name.is_empty() { "unknown".to_owned() } else { name.clone() };
            let name = match services.contains(name) {
                true => Text::default().link(label, page.address.with("service", name).without("sort").href()),
                false => Text::new(label),
            };
            Row::new(vec![
                Cell::new(name),
                Cell::new(words::count_full(Some(now.count as f64))),
                bar_cell(p95, slowest, words::duration_full(p95), if worse { Hue::Bad } else { Hue::Mute }, then),
                change_cell(p95, then, Direction::UpIsBad, 0.25),
                Cell::new(words::percent_full(share)).tone(if bad { Tone::Bad } else { Tone::Neutral }),
            ])
        })
        .collect();
    let columns = vec![
        Column::words(head),
        Column::figures("Calls").secondary(1),
        Column::figures("p95").width(26),
        Column::figures("Change").secondary(1),
        Column::figures("Failed"),
    ];
    Table { caption: head.to_owned(), columns, rows, ..Table::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_shrinks_to_whole_minutes() {
        let at = |text: &str| text.parse().unwrap();
        let period = Period { from: at("2026-11-19T14:00:01Z"), to: at("2026-11-19T15:30:59Z") };
        let cut = whole_minutes(period);
        assert_eq!(cut, Period { from: at("2026-11-19T14:01:00Z"), to: at("2026-11-19T15:30:00Z") });
        assert_eq!(whole_minutes(cut), cut);
    }
}
