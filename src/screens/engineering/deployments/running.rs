//! Which versions answer requests now.

use crate::charts::{Hue, InlineBar};
use crate::engineering::health::FAILING;
use crate::page::Page;
use crate::parts::{error_share, joined, quantile_ms, sum};
use crate::words;
use parallax_domain::screen::{Cell, Column, Panel, Part, Row, Table, Text, Tone};
use parallax_domain::{Filter, Instant, Problem};
use parallax_server::engine::calendar::Buckets;
use parallax_server::projection::chunk::Kind;
use parallax_server::projection::rollup::Cell as Counted;
use parallax_server::store::question::VersionRow;
use parallax_server::store::question::requests::CellFilter;
use std::collections::BTreeMap;

const SHOWN: usize = 120;

pub struct Running {
    pub service: String,
    version: String,
    cell: Counted,
    /// Requests of all versions of the service.
    all: u64,
    since: Option<Instant>,
    /// The first version that was ever seen came before anybody looked.
    first: bool,
}

/// Versions with requests in the period: by service, the newest first.
pub async fn of(
    page: &mut Page,
    filter: &CellFilter,
    service: Option<&str>,
    known: &[VersionRow],
) -> Result<Vec<Running>, Problem> {
    let filter = filter.clone().and(0, service);
    let (machine, period, whole) = (page.machine.clone(), page.period, Buckets::whole(page.period)?);
    let key = |words: &[Option<&str>; 4]| (words[0].unwrap_or("unknown").to_owned(), words[2].unwrap_or("").to_owned());
    let cells = machine.store.cells(&mut page.look, Kind::Requests, period, &whole, &filter, key).await?;
    let mut totals: BTreeMap<String, u64> = BTreeMap::new();
    for ((service, _), cells) in &cells {
        *totals.entry(service.clone()).or_default() += sum(cells).count;
    }
    let mut rows: Vec<Running> = cells
        .into_iter()
        .map(|((service, version), cells)| {
            let came =
                known.iter().filter(|row| row.service == service && row.version == version).min_by_key(|row| row.at);
            Running {
                cell: sum(&cells),
                all: totals.get(&service).copied().unwrap_or(0),
                since: came.map(|row| row.at),
                first: came.is_some_and(|row| row.before.is_none()),
                service,
                version,
            }
        })
        .collect();
    rows.sort_by(|a, b| a.service.cmp(&b.service).then_with(|| b.since.cmp(&a.since)));
    Ok(rows)
}

pub fn panel(page: &Page, running: &[Running]) -> Panel {
    let rows = running.iter().take(SHOWN).map(|row| self::row(page, row)).collect();
    let table = Table {
        caption: "Versions that answered requests".to_owned(),
        columns: vec![
            Column::words("Service"),
            Column::words("Version"),
            Column::words("Since").secondary(1),
            Column::figures("Of its requests").width(24),
            Column::figures("Failed"),
            Column::figures("p95").secondary(1),
        ],
        rows,
        ..Table::default()
    };
    let mut panel = Panel::new("running", "Versions at work")
        .unit("requests of this time")
        .summary(summary(running))
        .flush()
        .part(Part::Table(table));
    if running.len() > SHOWN {
        panel.partial = Some(format!("The first {SHOWN} of {}. Choose a service to see its versions.", running.len()));
    }
    panel
}

fn summary(running: &[Running]) -> String {
    let mut versions: BTreeMap<&str, usize> = BTreeMap::new();
    running.iter().for_each(|row| *versions.entry(&row.service).or_default() += 1);
    let several: Vec<&str> = versions.iter().filter(|(_, count)| **count > 1).map(|(service, _)| *service).collect();
    let all = words::counted(versions.len() as i64, "service", "services");
    match several.as_slice() {
        [] => format!("{all}, one version each."),
        [one] => format!("{all}; {one} answered with several versions."),
        [.., last] => {
            let others = several[..several.len() - 1].join(", ");
            format!("{all}; {others} and {last} answered with several versions.")
        }
    }
}

fn row(page: &Page, row: &Running) -> Row {
    let share = (row.all > 0).then(|| row.cell.count as f64 / row.all as f64);
    let failed = error_share(&row.cell);
    let bad = failed.is_some_and(|share| share > FAILING) && row.cell.count >= 20;
    let since = match row.since {
        Some(at) if row.first => Text::new("before ").time(page.moment(at), at),
        Some(at) => page.time(at),
        None => Text::default().soft("not told"),
    };
    let version = if row.version.is_empty() { "not told".to_owned() } else { row.version.clone() };
    let link =
        page.to("/engineering/services").with("service", &row.service).with_filter(Filter::is("version", &row.version));
    Row::new(vec![
        Cell::link(row.service.clone(), page.address.with("service", &row.service).href()),
        Cell::link(version, link.href()),
        Cell::new(since),
        Cell::new(joined(words::percent(share)))
            .with_drawing(InlineBar::new(share, Hue::Mute).draw())
            .sub(words::count_full(Some(row.cell.count as f64))),
        Cell::new(joined(words::percent(failed))).tone(if bad { Tone::Bad } else { Tone::Neutral }),
        Cell::new(words::duration_full(quantile_ms(&row.cell, 0.95))),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(names: &[&str]) -> Vec<Running> {
        let one = |name: &&str| Running {
            service: (*name).to_owned(),
            version: String::new(),
            cell: Counted::default(),
            all: 0,
            since: None,
            first: false,
        };
        names.iter().map(one).collect()
    }

    #[test]
    fn services_with_several_versions_are_named() {
        assert_eq!(summary(&running(&["web", "api"])), "2 services, one version each.");
        assert_eq!(summary(&running(&["web", "api", "web"])), "2 services; web answered with several versions.");
        assert_eq!(
            summary(&running(&["a", "a", "b", "b", "c", "c"])),
            "3 services; a, b and c answered with several versions."
        );
    }
}
