//! What the command palette finds, and the values that a filter offers.

use crate::page::Page;
use crate::parts::joined;
use crate::words;
use parallax_domain::period::{Interval, Range};
use parallax_domain::question::{IssueSort, Issues, Trend, TrendSeries};
use parallax_domain::screen::PaletteEntry;
use parallax_domain::{Address, Permission, Problem};
use parallax_server::Machine;
use parallax_server::engine::calendar::Buckets;
use parallax_server::identity::accounts::Viewer;
use parallax_server::projection::chunk::Kind;
use parallax_server::store::question::requests::CellFilter;
use parallax_server::views;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Lines of one group; who sees more scrolls instead of typing.
const OF_A_GROUP: usize = 6;
const VALUES: usize = 50;

/// Operations, events, issues, metrics, a person or a trace by its id: whatever this viewer may open.
pub async fn found(
    machine: Arc<Machine>,
    viewer: Viewer,
    address: Address,
    text: &str,
) -> Result<Vec<PaletteEntry>, Problem> {
    let wanted = text.trim().to_lowercase();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut page = Page::open(machine, viewer, address, Range::Days(7)).await?;
    page.address.filters.clear();
    let mut found = by_id(&page, &wanted);
    found.extend(saved(&page, &wanted).await?);
    found.extend(operations(&mut page, &wanted).await?);
    found.extend(events(&mut page, &wanted).await?);
    found.extend(issues(&mut page, &wanted).await?);
    found.extend(metrics(&mut page, &wanted).await?);
    Ok(found)
}

fn by_id(page: &Page, wanted: &str) -> Vec<PaletteEntry> {
    let hex = wanted.replace('-', "");
    let entry = |group: &str, icon: &str, label: String, path: String| PaletteEntry {
        group: group.to_owned(),
        icon: icon.to_owned(),
        label,
        note: String::new(),
        href: page.to(&path).href(),
    };
    if hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return vec![entry("Traces", "trace", format!("Trace {}", &hex[..8]), format!("/explore/traces/{hex}"))];
    }
    let person = wanted
        .strip_prefix("p_")
        .is_some_and(|rest| rest.len() >= 8 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if person && page.viewer.may(Permission::ReadRawText) {
        return vec![entry("People", "user", wanted.to_owned(), format!("/support/people/{wanted}"))];
    }
    Vec::new()
}

/// Saved views of every kind, by name or folder.
async fn saved(page: &Page, wanted: &str) -> Result<Vec<PaletteEntry>, Problem> {
    let rows = views::all(&page.machine.database, &page.viewer, page.project.id).await?;
    let hits = rows
        .into_iter()
        .filter(|row| row.name.to_lowercase().contains(wanted) || row.folder.to_lowercase().contains(wanted))
        .take(OF_A_GROUP);
    Ok(hits
        .map(|row| PaletteEntry {
            group: "Saved".to_owned(),
            icon: if row.favourite { "pin" } else { "save" }.to_owned(),
            href: row.address(page.project.id).href(),
            note: row.folder,
            label: row.name,
        })
        .collect())
}

/// Services by their name, then operations by theirs or their service's; the busiest first.
async fn operations(page: &mut Page, wanted: &str) -> Result<Vec<PaletteEntry>, Problem> {
    let machine = page.machine.clone();
    let buckets = Buckets::whole(page.period)?;
    let key =
        |words: &[Option<&str>; 4]| (words[0].unwrap_or_default().to_owned(), words[1].unwrap_or_default().to_owned());
    let filter = CellFilter::of(&[], "operation")?;
    let table = machine.store.cells(&mut page.look, Kind::Requests, page.period, &buckets, &filter, key).await?;
    let rows: Vec<_> = table.into_iter().filter_map(|(key, cells)| Some((key, cells.into_iter().next()?))).collect();
    let mut services: BTreeMap<&str, i64> = BTreeMap::new();
    for ((service, _), cell) in rows.iter().filter(|((service, _), _)| service.to_lowercase().contains(wanted)) {
        *services.entry(service).or_default() += cell.count as i64;
    }
    let mut services: Vec<_> = services.into_iter().collect();
    services.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut entries: Vec<PaletteEntry> = services
        .into_iter()
        .take(OF_A_GROUP)
        .map(|(service, count)| PaletteEntry {
            group: "Services and operations".to_owned(),
            icon: "server".to_owned(),
            label: service.to_owned(),
            note: words::counted(count, "request", "requests"),
            href: page.to("/engineering/services").with("service", service).href(),
        })
        .collect();
    let mut hits: Vec<_> = rows
        .into_iter()
        .filter(|((service, operation), _)| {
            service.to_lowercase().contains(wanted) || operation.to_lowercase().contains(wanted)
        })
        .collect();
    hits.sort_by_key(|(_, cell)| std::cmp::Reverse(cell.count));
    let operations = hits.into_iter().take(OF_A_GROUP).map(|((service, operation), cell)| {
        let p95 = words::duration(cell.sketch.quantile(0.95).map(|micros| micros / 1000.0));
        let address = page.to("/explore/traces").with("service", &service).with("operation", &operation);
        PaletteEntry {
            group: "Services and operations".to_owned(),
            icon: "server".to_owned(),
            label: format!("{service} {operation}"),
            note: format!("p95 {}", joined(p95)),
            href: address.href(),
        }
    });
    entries.extend(operations);
    Ok(entries)
}

async fn events(page: &mut Page, wanted: &str) -> Result<Vec<PaletteEntry>, Problem> {
    let names = counted(page, "event").await?;
    let hits = names.into_iter().filter(|(name, _)| name.to_lowercase().contains(wanted)).take(OF_A_GROUP);
    Ok(hits
        .map(|(name, count)| PaletteEntry {
            group: "Events".to_owned(),
            icon: "event".to_owned(),
            note: words::counted(count, "time", "times"),
            href: page.to("/explore/events").with("event", &name).href(),
            label: name,
        })
        .collect())
}

async fn issues(page: &mut Page, wanted: &str) -> Result<Vec<PaletteEntry>, Problem> {
    let machine = page.machine.clone();
    let mut frame = page.frame(page.period);
    frame.filters.clear();
    let asked = Issues { sort: IssueSort::People, ..Issues::default() };
    let read = machine.store.issues(&mut page.look, &frame, &asked).await?;
    let hits =
        read.result.rows.into_iter().filter(|issue| issue.title.to_lowercase().contains(wanted)).take(OF_A_GROUP);
    Ok(hits
        .map(|issue| PaletteEntry {
            group: "Issues".to_owned(),
            icon: "bug".to_owned(),
            note: words::counted(issue.people, "person", "people"),
            href: page.to(&format!("/engineering/issues/{}", issue.id)).href(),
            label: issue.title,
        })
        .collect())
}

async fn metrics(page: &mut Page, wanted: &str) -> Result<Vec<PaletteEntry>, Problem> {
    let machine = page.machine.clone();
    let mut names: Vec<(String, String)> = machine
        .store
        .series(&mut page.look, None)
        .await?
        .into_iter()
        .map(|series| (series.name, series.unit))
        .collect();
    names.sort();
    names.dedup();
    let hits = names.into_iter().filter(|(name, _)| name.to_lowercase().contains(wanted)).take(OF_A_GROUP);
    Ok(hits
        .map(|(name, unit)| PaletteEntry {
            group: "Metrics".to_owned(),
            icon: "metric".to_owned(),
            note: unit,
            href: page.to("/explore/metrics").with("metric", &name).href(),
            label: name,
        })
        .collect())
}

/// The most frequent values of a field in the period of the page.
pub async fn values(
    machine: Arc<Machine>,
    viewer: Viewer,
    address: Address,
    field: &str,
) -> Result<Vec<String>, Problem> {
    let mut page = Page::open(machine, viewer, address, Range::Days(7)).await?;
    if field == "environment" {
        return Ok(page.environments);
    }
    let place = match field {
        "service" => Some(0),
        "operation" => Some(1),
        "version" => Some(2),
        _ => None,
    };
    let mut named = match place {
        Some(place) => of_requests(&mut page, place).await?,
        None => Vec::new(),
    };
    // Services and versions are named by events too; operations are not.
    if field != "operation" {
        for (value, count) in counted(&mut page, field).await? {
            match named.iter_mut().find(|(known, _)| *known == value) {
                Some((_, sum)) => *sum += count,
                None => named.push((value, count)),
            }
        }
    }
    named.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(named.into_iter().take(VALUES).map(|(value, _)| value).collect())
}

async fn of_requests(page: &mut Page, place: usize) -> Result<Vec<(String, i64)>, Problem> {
    let machine = page.machine.clone();
    let buckets = Buckets::whole(page.period)?;
    let filter = CellFilter::of(&[], "operation")?;
    let key = |words: &[Option<&str>; 4]| words[place].map(str::to_owned);
    let table = machine.store.cells(&mut page.look, Kind::Requests, page.period, &buckets, &filter, key).await?;
    let sum = |cells: &[parallax_server::projection::rollup::Cell]| cells.iter().map(|cell| cell.count as i64).sum();
    Ok(table.into_iter().filter_map(|(value, cells)| Some((value?, sum(&cells)))).collect())
}

/// How often events had each value of a field.
async fn counted(page: &mut Page, field: &str) -> Result<Vec<(String, i64)>, Problem> {
    let machine = page.machine.clone();
    let mut frame = page.frame(page.period);
    frame.filters.clear();
    let series = vec![TrendSeries { event: None, measure: "total".to_owned() }];
    let asked = Trend { series, interval: Interval::Day, breakdown: Some(field.to_owned()) };
    let answer = machine.store.trend(&mut page.look, &frame, &asked).await?.result;
    Ok(answer.series.into_iter().filter_map(|line| Some((line.value?, line.total? as i64))).collect())
}
