//! Takes out of the projections what was folded from rows that are gone: an erased person, a category past its time, a
//! field whose values went. Afterwards they are what folding the rows that are left would give.
//!
//! Whoever rewrites holds the projector and the compaction of the project off ([`Guard`]) and works in one repeatable
//! snapshot, in which rows of batches that are not folded yet are left alone.

use super::chunk::{self, Chunk, Kind, Version};
use super::compact::{self, HIGHEST};
use super::delta::{HOUR_GRAIN, MINUTE_GRAIN};
use super::refold::{self, Unit};
use super::rollup::{Rollup, WORDS};
use super::timeline::{self, Table};
use crate::database::Database;
use crate::store::rows::shard;
use anyhow::{Context, bail};
use chrono::{DateTime, NaiveDate, NaiveTime, Timelike, Utc};
use chrono_tz::Tz;
use parallax_domain::Signal;
use sqlx::pool::PoolConnection;
use sqlx::{Connection, PgConnection, Postgres, Transaction};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);

/// While it lives nothing is folded, and no chunk of the project is compacted.
pub struct Guard {
    connection: PoolConnection<Postgres>,
    project: i32,
    released: bool,
}

impl Guard {
    pub async fn take(database: &Database, project: i32) -> anyhow::Result<Guard> {
        let connection = database.admin.acquire().await?;
        let mut guard = Guard { connection, project, released: false };
        let since = tokio::time::Instant::now();
        loop {
            // Never one without the other: who waits holds nothing.
            let (projector, chunks): (bool, bool) = sqlx::query_as(
                "select pg_try_advisory_lock(hashtextextended('projector', 0)), \
                        pg_try_advisory_lock(hashtextextended('chunks', $1::bigint))",
            )
            .bind(project)
            .fetch_one(&mut *guard.connection)
            .await?;
            if projector && chunks {
                return Ok(guard);
            }
            guard.unlock(projector, chunks).await?;
            if since.elapsed() > PATIENCE {
                bail!("the projections are busy; try again later");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// A transaction in which everything is as it is now.
    pub async fn begin(&mut self) -> Result<Transaction<'_, Postgres>, sqlx::Error> {
        let mut transaction = self.connection.begin().await?;
        sqlx::query("set transaction isolation level repeatable read").execute(&mut *transaction).await?;
        Ok(transaction)
    }

    pub async fn release(mut self) -> Result<(), sqlx::Error> {
        self.unlock(true, true).await?;
        self.released = true;
        Ok(())
    }

    async fn unlock(&mut self, projector: bool, chunks: bool) -> Result<(), sqlx::Error> {
        sqlx::query(
            "select case when $2 then pg_advisory_unlock(hashtextextended('projector', 0)) end, \
                    case when $3 then pg_advisory_unlock(hashtextextended('chunks', $1::bigint)) end",
        )
        .bind(self.project)
        .bind(projector)
        .bind(chunks)
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // The locks belong to the connection: left in the middle, they go with it.
        if !self.released {
            self.connection.close_on_drop();
        }
    }
}

/// Batches whose rows are stored and not folded yet. A row tells its batch by `seq >> 20`.
pub async fn unfolded(transaction: &mut PgConnection) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar("select id from batch").fetch_all(transaction).await
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// Rewrites the timeline of a day without the rows and columns that are not to be kept; the number of rows that went.
pub async fn timeline(
    transaction: &mut PgConnection,
    project: i32,
    day: NaiveDate,
    keeps: impl Fn(&Table, u32, usize) -> bool + Send + 'static,
    keeps_column: impl Fn(&str) -> bool + Send + 'static,
) -> anyhow::Result<usize> {
    let period = midnight(day);
    let stored = bodies(transaction, project, Kind::Timeline, None, period).await?;
    if stored.is_empty() {
        return Ok(0);
    }
    let zone = zone(transaction, project).await?;
    let rewritten = tokio::task::spawn_blocking(move || {
        let mut pieces: BTreeMap<Version, Vec<(String, Vec<u8>)>> = BTreeMap::new();
        for (version, part, body) in stored {
            pieces.entry(version).or_default().push((part, body));
        }
        let tables = pieces.into_values().map(compact::table).collect::<anyhow::Result<Vec<Table>>>()?;
        let whole = timeline::merge(&tables.iter().collect::<Vec<_>>());
        let table = timeline::only(&whole, |subject, row| keeps(&whole, subject, row), &keeps_column);
        let gone = whole.rows() - table.rows();
        if gone == 0 && whole.columns.keys().all(|name| keeps_column(name)) {
            return anyhow::Ok((0, None));
        }
        let parts = (table.rows() > 0).then(|| compact::timeline_parts(&table, period, zone));
        Ok((gone, Some(parts)))
    });
    let (gone, rewritten) = rewritten.await??;
    let Some(parts) = rewritten else { return Ok(0) };
    remove(transaction, project, Kind::Timeline, None, period).await?;
    if let Some(parts) = parts {
        let seq = tick(transaction).await?;
        let of =
            |(part, rows, body)| Chunk { project, kind: Kind::Timeline, part, period, tier: HIGHEST, seq, rows, body };
        chunk::insert(transaction, &parts.into_iter().map(of).collect::<Vec<_>>()).await?;
    }
    Ok(gone)
}

/// Makes the chunks of one kind of a day again from the rows that are left.
pub async fn again(
    transaction: &mut PgConnection,
    project: i32,
    day: NaiveDate,
    kind: Kind,
    unfolded: &[i64],
) -> anyhow::Result<()> {
    let signal = if kind == Kind::Texts { Signal::Log } else { Signal::Event };
    let zone = zone(transaction, project).await?;
    let chunks = refold::made(transaction, Unit { project, signal, day }, kind, unfolded, zone).await?;
    remove(transaction, project, kind, None, midnight(day)).await?;
    chunk::insert(transaction, &chunks).await?;
    Ok(())
}

async fn zone(transaction: &mut PgConnection, project: i32) -> Result<Tz, sqlx::Error> {
    let zone: Option<String> =
        sqlx::query_scalar("select zone from project where id = $1").bind(project).fetch_optional(transaction).await?;
    Ok(zone.and_then(|zone| zone.parse().ok()).unwrap_or(Tz::UTC))
}

/// What a cell of a roll-up is about: of a request its service, operation, version and environment; of a dependency the
/// peer in place of the operation, of a log record the level.
pub type CellKey = [Option<String>; WORDS];

/// Cells of one kind that are counted anew, by the hour (UTC) in which something of them went.
#[derive(Default)]
pub struct Recount {
    hours: BTreeMap<DateTime<Utc>, BTreeSet<CellKey>>,
}

impl Recount {
    pub fn note(&mut self, at: DateTime<Utc>, key: CellKey) {
        self.hours.entry(hour_of(at)).or_default().insert(key);
    }

    pub fn hours(&self) -> impl Iterator<Item = &DateTime<Utc>> {
        self.hours.keys()
    }

    pub fn wants(&self, at: DateTime<Utc>, key: &CellKey) -> bool {
        self.hours.get(&hour_of(at)).is_some_and(|keys| keys.contains(key))
    }

    /// Replaces the cells by those of `fresh`, which was counted over the rows that are left, by minute and by hour.
    pub async fn write(
        &self,
        transaction: &mut PgConnection,
        project: i32,
        kind: Kind,
        fresh: &Fresh,
    ) -> anyhow::Result<()> {
        let mut days: BTreeMap<DateTime<Utc>, BTreeSet<(u16, CellKey)>> = BTreeMap::new();
        for (hour, keys) in &self.hours {
            let minutes = (0..60).flat_map(|minute| keys.iter().map(move |key| (minute, key.clone()))).collect();
            let counted = fresh.minutes.get(hour);
            replace(transaction, project, kind, MINUTE_GRAIN, *hour, &minutes, counted).await?;
            let of_day = days.entry(midnight(hour.date_naive())).or_default();
            of_day.extend(keys.iter().map(|key| (hour.hour() as u16, key.clone())));
        }
        for (day, cells) in days {
            replace(transaction, project, kind, HOUR_GRAIN, day, &cells, fresh.hours.get(&day)).await?;
        }
        Ok(())
    }
}

/// Roll-ups counted anew, by the start of their period.
#[derive(Default)]
pub struct Fresh {
    minutes: BTreeMap<DateTime<Utc>, Rollup>,
    hours: BTreeMap<DateTime<Utc>, Rollup>,
}

impl Fresh {
    /// Counts one row in its minute and in its hour.
    pub fn count(&mut self, at: DateTime<Utc>, key: &CellKey, note: impl Fn(&mut super::rollup::Cell)) {
        let words = || std::array::from_fn(|index| key[index].as_deref());
        let (hour, day) = (hour_of(at), midnight(at.date_naive()));
        note(self.minutes.entry(hour).or_default().cell(at.minute() as u16, words()));
        note(self.hours.entry(day).or_default().cell(at.hour() as u16, words()));
    }
}

fn hour_of(at: DateTime<Utc>) -> DateTime<Utc> {
    let seconds = at.timestamp();
    DateTime::from_timestamp(seconds - seconds.rem_euclid(3600), 0).unwrap_or(at)
}

async fn replace(
    transaction: &mut PgConnection,
    project: i32,
    kind: Kind,
    grain: &str,
    period: DateTime<Utc>,
    cells: &BTreeSet<(u16, CellKey)>,
    fresh: Option<&Rollup>,
) -> anyhow::Result<()> {
    let stored = bodies(transaction, project, kind, Some(grain), period).await?;
    // What retention took away stays away.
    if stored.is_empty() {
        return Ok(());
    }
    let mut whole = Rollup::default();
    for (_, _, body) in &stored {
        whole.merge(&Rollup::decode(body)?);
    }
    let mut left = Rollup::default();
    let key = |rollup: &Rollup, ids: &[u32; WORDS]| -> CellKey { ids.map(|id| rollup.word(id).map(str::to_owned)) };
    for ((slot, ids), cell) in &whole.cells {
        let words = key(&whole, ids);
        if !cells.contains(&(*slot, words.clone())) {
            left.cell(*slot, std::array::from_fn(|index| words[index].as_deref())).merge(cell);
        }
    }
    for ((slot, ids), cell) in fresh.into_iter().flat_map(|fresh| &fresh.cells) {
        let words = fresh.map(|fresh| key(fresh, ids)).context("a cell of no roll-up")?;
        if cells.contains(&(*slot, words.clone())) {
            left.cell(*slot, std::array::from_fn(|index| words[index].as_deref())).merge(cell);
        }
    }
    remove(transaction, project, kind, Some(grain), period).await?;
    if !left.is_empty() {
        let seq = tick(transaction).await?;
        let (rows, body) = (left.cells.len() as i32, left.encode());
        let chunk = Chunk { project, kind, part: grain.to_owned(), period, tier: HIGHEST, seq, rows, body };
        chunk::insert(transaction, &[chunk]).await?;
    }
    Ok(())
}

type Stored = (Version, String, Vec<u8>);

/// What is stored of a period, in order of commit.
async fn bodies(
    transaction: &mut PgConnection,
    project: i32,
    kind: Kind,
    part: Option<&str>,
    period: DateTime<Utc>,
) -> Result<Vec<Stored>, sqlx::Error> {
    let rows: Vec<(String, i16, i64, Vec<u8>)> = sqlx::query_as(
        "select part, tier, seq, body from chunk \
         where shard = $1 and project = $2 and kind = $3 and period = $4 and ($5::text is null or part = $5)",
    )
    .bind(shard(project))
    .bind(project)
    .bind(kind as i16)
    .bind(period)
    .bind(part)
    .fetch_all(transaction)
    .await?;
    let mut stored: Vec<Stored> =
        rows.into_iter().map(|(part, tier, seq, body)| (Version { tier, seq }, part, body)).collect();
    stored.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    Ok(stored)
}

async fn remove(
    transaction: &mut PgConnection,
    project: i32,
    kind: Kind,
    part: Option<&str>,
    period: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "delete from chunk \
         where shard = $1 and project = $2 and kind = $3 and period = $4 and ($5::text is null or part = $5)",
    )
    .bind(shard(project))
    .bind(project)
    .bind(kind as i16)
    .bind(period)
    .bind(part)
    .execute(transaction)
    .await?;
    Ok(())
}

async fn tick(transaction: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("select nextval('tick')").fetch_one(transaction).await
}

/// Days (UTC) that have chunks of this kind, older than `before`.
pub async fn days(
    connection: &mut PgConnection,
    project: i32,
    kind: Kind,
    before: NaiveDate,
) -> Result<Vec<NaiveDate>, sqlx::Error> {
    let periods: Vec<DateTime<Utc>> = sqlx::query_scalar(
        "select distinct period from chunk where shard = $1 and project = $2 and kind = $3 and period < $4 order by 1",
    )
    .bind(shard(project))
    .bind(project)
    .bind(kind as i16)
    .bind(midnight(before))
    .fetch_all(connection)
    .await?;
    Ok(periods.into_iter().map(|period| period.date_naive()).collect())
}
