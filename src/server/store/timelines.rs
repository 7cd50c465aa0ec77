//! Timelines in memory: the tables of days, each column loaded when a question needs it.

use super::Store;
use super::chunks::{Body, bodies, inventory};
use super::rollups::damaged;
use crate::database::Reader;
use crate::database::fault::Told;
use crate::projection::chunk::{EVERYTHING, Kind, Version};
use crate::projection::timeline::{self, CORE, Column, Table};
use parallax_domain::Problem;
use std::collections::BTreeMap;
use std::sync::Arc;

pub const DAY: i64 = 86_400;

/// The rows of one day (UTC), with the columns that were asked for.
pub struct Day {
    /// Seconds since 1970.
    pub start: i64,
    pub core: Arc<Table>,
    /// In the order of asking; none where no row of the day has a value.
    pub columns: Vec<Option<Arc<Column>>>,
}

impl Store {
    /// Days from `from` to `to` (seconds, exclusive) in order, with these columns.
    pub async fn days(
        &self,
        connection: &mut Reader,
        project: i32,
        from: i64,
        to: i64,
        columns: &[String],
    ) -> Result<Vec<Day>, Problem> {
        for _ in 0..3 {
            if let Some(days) = self.try_days(connection, project, from, to, columns).await? {
                return Ok(days);
            }
        }
        Err(Problem::unavailable("The figures are being rearranged right now."))
    }

    /// None when compaction came between looking and reading.
    async fn try_days(
        &self,
        connection: &mut Reader,
        project: i32,
        from: i64,
        to: i64,
        columns: &[String],
    ) -> Result<Option<Vec<Day>>, Problem> {
        let there = inventory(connection, project, Kind::Timeline, &[EVERYTHING, CORE], from, to).await.told()?;
        let mut versions: BTreeMap<i64, Vec<Version>> = BTreeMap::new();
        for ((_, period), found) in there {
            versions.entry(period).or_default().extend(found);
        }
        versions.values_mut().for_each(|versions| versions.sort());

        let names: Vec<&str> = std::iter::once(CORE).chain(columns.iter().map(String::as_str)).collect();
        let mut days: BTreeMap<i64, Day> = BTreeMap::new();
        let mut missing: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
        for (start, versions) in &versions {
            let core = self.cores.get(&(project, *start), versions);
            let kept: Vec<Option<Arc<Option<Arc<Column>>>>> =
                columns.iter().map(|name| self.columns.get(&(project, *start, name.clone()), versions)).collect();
            match (core, kept.iter().all(Option::is_some)) {
                (Some(core), true) => {
                    let columns = kept.into_iter().map(|column| column.and_then(|column| (*column).clone())).collect();
                    days.insert(*start, Day { start: *start, core, columns });
                }
                _ => {
                    missing.insert(*start, names.clone());
                }
            }
        }
        let periods: Vec<i64> = missing.keys().copied().collect();
        let parts: Vec<&str> = std::iter::once(EVERYTHING).chain(names.iter().copied()).collect();
        let mut by_day: BTreeMap<i64, Vec<Body>> = BTreeMap::new();
        for body in bodies(connection, project, Kind::Timeline, &parts, &periods).await.told()? {
            by_day.entry(body.period).or_default().push(body);
        }
        for (start, bodies) in by_day {
            let Some(expected) = versions.get(&start) else { continue };
            let wanted: Vec<String> = columns.to_vec();
            let (found, table, bytes) = tokio::task::spawn_blocking(move || assemble(bodies, &wanted))
                .await
                .map_err(|_| lost())?
                .map_err(damaged)?;
            if found != *expected {
                return Ok(None);
            }
            days.insert(start, self.keep(project, start, found, table, columns, bytes));
        }
        Ok((days.len() == versions.len()).then(|| days.into_values().collect()))
    }

    fn keep(
        &self,
        project: i32,
        start: i64,
        versions: Vec<Version>,
        mut table: Table,
        columns: &[String],
        bytes: usize,
    ) -> Day {
        let rows = table.rows();
        let mut kept = Vec::with_capacity(columns.len());
        for name in columns {
            let column = table.columns.remove(name).map(Arc::new);
            let size = column.as_ref().map_or(8, |_| rows * 5 + bytes / 8);
            self.columns.keep((project, start, name.clone()), versions.clone(), Arc::new(column.clone()), size);
            kept.push(column);
        }
        table.columns.clear();
        let core = Arc::new(table);
        self.cores.keep((project, start), versions, core.clone(), rows * 17);
        Day { start, core, columns: kept }
    }
}

fn lost() -> Problem {
    Problem::unavailable("The answer was interrupted.")
}

/// One table of all chunks of a day, the versions it was made from, and the size of the bodies.
fn assemble(bodies: Vec<Body>, wanted: &[String]) -> anyhow::Result<(Vec<Version>, Table, usize)> {
    let mut chunks: BTreeMap<Version, Vec<Body>> = BTreeMap::new();
    let mut bytes = 0;
    for body in bodies {
        bytes += body.bytes.len();
        chunks.entry(body.version).or_default().push(body);
    }
    let versions: Vec<Version> = chunks.keys().copied().collect();
    let mut tables = Vec::with_capacity(chunks.len());
    for mut parts in chunks.into_values() {
        // The core says how many rows the others have.
        parts.sort_by_key(|body| body.part != CORE);
        let mut table = Table::default();
        for body in parts {
            if body.part == EVERYTHING {
                table = timeline::decode_everything(&body.bytes)?;
                table.columns.retain(|name, _| wanted.iter().any(|wanted| wanted == name));
            } else {
                timeline::decode_part(&body.part, &body.bytes, &mut table)?;
            }
        }
        tables.push(table);
    }
    let merged = timeline::merge(&tables.iter().collect::<Vec<_>>());
    Ok((versions, merged, bytes))
}
