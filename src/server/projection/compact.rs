//! Compaction: many small chunks of one period become one of the next tier. What readers see does not
//! change, only how fast they see it.
//!
//! Chunks are read and merged first; the transaction that puts the one in the place of the many is short, because the
//! projector waits for every transaction that writes.

use super::chunk::{self, Chunk, EVERYTHING, Kind, Version};
use super::points::Points;
use super::rollup::Rollup;
use super::texts::{BLOCKS, MATRIX, Texts};
use super::timeline::{self, CORE, Table, presence};
use crate::database::Database;
use crate::store::rows::shard;
use anyhow::Context;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sqlx::Connection;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::watch;

/// Chunks of one tier that are merged into one of the next.
const FAN_IN: i64 = 8;
pub const HIGHEST: i16 = 4;
/// A period is at rest when nothing was added for so long; then it becomes one chunk.
const REST: Duration = Duration::from_secs(600);

/// A period with something to merge.
#[derive(Debug, sqlx::FromRow)]
struct Due {
    project: i32,
    kind: i16,
    part: String,
    period: DateTime<Utc>,
    /// The highest tier that is taken; everything up to it becomes one.
    tier: i16,
}

pub async fn run(database: Database, mut stop: watch::Receiver<bool>) {
    loop {
        let mut worked = false;
        match round(&database).await {
            Ok(merged) => worked = merged > 0,
            Err(error) => tracing::warn!(%error, "compaction did not get through; it will try again"),
        }
        let pause = Duration::from_secs(if worked { 1 } else { 5 });
        tokio::select! {
            _ = stop.changed() => return,
            _ = tokio::time::sleep(pause) => {}
        }
    }
}

/// Merges what is due now; the number of periods that were touched.
pub async fn round(database: &Database) -> anyhow::Result<usize> {
    settle(database, REST).await
}

/// The same with another measure of rest.
pub async fn settle(database: &Database, rest: Duration) -> anyhow::Result<usize> {
    let mut due: Vec<Due> = sqlx::query_as(
        "select project, kind, part, period, tier from chunk \
         where tier < $1 and (kind not in (1, 6) or part in ('*', 'core', 'blocks')) \
         group by project, kind, part, period, tier \
         having count(*) >= case when tier = 0 then 4 else $2 end \
         order by tier, count(*) desc limit 200",
    )
    .bind(HIGHEST)
    .bind(FAN_IN)
    .fetch_all(&database.admin)
    .await?;
    if due.is_empty() {
        due = sqlx::query_as(
            "select project, kind, case when kind in (1, 6) then '*' else part end as part, period, $1::smallint as tier from chunk \
             where kind not in (1, 6) or part in ('*', 'core', 'blocks') group by project, kind, 3, period \
             having (count(*) > 1 or min(tier) < $1) and max(made_at) <= now() - make_interval(secs => $2) \
             order by period desc limit 50",
        )
        .bind(HIGHEST)
        .bind(rest.as_secs_f64())
        .fetch_all(&database.admin)
        .await?;
    }
    let count = due.len();
    for due in due {
        merge(database, &due).await?;
    }
    Ok(count)
}

/// A chunk as it is stored, with its version.
type Taken = (String, i16, i64, Vec<u8>);

async fn merge(database: &Database, due: &Due) -> anyhow::Result<()> {
    let kind = Kind::from_number(due.kind).context("a chunk of unknown kind")?;
    // All of a period at rest, or all chunks of one tier.
    let whole = due.tier == HIGHEST;
    let part = (!matches!(kind, Kind::Timeline | Kind::Texts)).then_some(due.part.as_str());
    let taken: Vec<Taken> = sqlx::query_as(
        "select part, tier, seq, body from chunk where shard = $1 and project = $2 and kind = $3 and period = $4 \
         and ($6 or tier = $5) and ($7::text is null or part = $7)",
    )
    .bind(shard(due.project))
    .bind(due.project)
    .bind(due.kind)
    .bind(due.period)
    .bind(due.tier)
    .bind(whole)
    .bind(part)
    .fetch_all(&database.admin)
    .await?;
    if taken.is_empty() {
        return Ok(());
    }
    let zone: Option<String> = sqlx::query_scalar("select zone from project where id = $1")
        .bind(due.project)
        .fetch_optional(&database.admin)
        .await?;
    let zone: Tz = zone.and_then(|zone| zone.parse().ok()).unwrap_or(Tz::UTC);
    let keys: Vec<(String, i16, i64)> = taken.iter().map(|(part, tier, seq, _)| (part.clone(), *tier, *seq)).collect();
    let mut by_version: BTreeMap<Version, Piece> = BTreeMap::new();
    for (part, tier, seq, body) in taken {
        by_version.entry(Version { tier, seq }).or_default().push((part, body));
    }
    let seq = by_version.keys().map(|version| version.seq).max().unwrap_or(0);
    let pieces: Vec<Piece> = by_version.into_values().collect();
    let tier = if whole { HIGHEST } else { due.tier + 1 };
    let (kind_part, project, period) = (due.part.clone(), due.project, due.period);
    let merged = tokio::task::spawn_blocking(move || combine(kind, &kind_part, pieces, period, zone)).await??;
    let chunks: Vec<Chunk> = merged
        .into_iter()
        .map(|(part, rows, body)| Chunk { project, kind, part, period, tier, seq, rows, body })
        .collect();
    replace(database, due.project, kind, due.period, &keys, &chunks).await?;
    Ok(())
}

/// Puts chunks in the place of others, if those are all still there; whether they were.
pub async fn replace(
    database: &Database,
    project: i32,
    kind: Kind,
    period: DateTime<Utc>,
    old: &[(String, i16, i64)],
    new: &[Chunk],
) -> anyhow::Result<bool> {
    let mut connection = database.writer.acquire().await?;
    let mut transaction = connection.begin().await?;
    // Erasure and compaction of one project wait for each other.
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('chunks', $1::bigint))")
        .bind(project)
        .execute(&mut *transaction)
        .await?;
    let deleted = sqlx::query(
        "delete from chunk using unnest($5::text[], $6::smallint[], $7::bigint[]) as old (part, tier, seq) \
         where shard = $1 and project = $2 and kind = $3 and period = $4 \
           and chunk.part = old.part and chunk.tier = old.tier and chunk.seq = old.seq",
    )
    .bind(shard(project))
    .bind(project)
    .bind(kind as i16)
    .bind(period)
    .bind(old.iter().map(|(part, ..)| part.as_str()).collect::<Vec<_>>())
    .bind(old.iter().map(|(_, tier, _)| *tier).collect::<Vec<_>>())
    .bind(old.iter().map(|(.., seq)| *seq).collect::<Vec<_>>())
    .execute(&mut *transaction)
    .await?;
    if deleted.rows_affected() != old.len() as u64 {
        transaction.rollback().await?;
        return Ok(false);
    }
    chunk::insert(&mut transaction, new).await?;
    transaction.commit().await?;
    Ok(true)
}

/// The parts of one stored chunk, by name.
pub type Piece = Vec<(String, Vec<u8>)>;

/// Pieces in order of commit become the parts of one chunk.
fn combine(
    kind: Kind,
    part: &str,
    pieces: Vec<Piece>,
    period: DateTime<Utc>,
    zone: Tz,
) -> anyhow::Result<Vec<(String, i32, Vec<u8>)>> {
    match kind {
        Kind::Timeline => {
            let tables = pieces.into_iter().map(table).collect::<anyhow::Result<Vec<Table>>>()?;
            Ok(timeline_parts(&timeline::merge(&tables.iter().collect::<Vec<_>>()), period, zone))
        }
        Kind::Points => {
            let points =
                pieces.iter().flatten().map(|(_, body)| Points::decode(body)).collect::<anyhow::Result<Vec<_>>>()?;
            let merged = Points::merge(points);
            Ok(vec![(part.to_owned(), merged.rows() as i32, merged.encode())])
        }
        Kind::Texts => {
            let merged = Texts::merge(pieces.iter().map(texts).collect::<anyhow::Result<Vec<_>>>()?);
            let blocks = merged.blocks.len() as i32;
            Ok(merged.parts().into_iter().map(|(part, body)| (part, blocks, body)).collect())
        }
        Kind::Requests | Kind::Dependencies | Kind::Logs => {
            let mut merged = Rollup::default();
            for (_, body) in pieces.iter().flatten() {
                merged.merge(&Rollup::decode(body)?);
            }
            Ok(vec![(part.to_owned(), merged.cells.len() as i32, merged.encode())])
        }
    }
}

/// The columns of a day and, beside them, its presence.
pub fn timeline_parts(table: &Table, period: DateTime<Utc>, zone: Tz) -> Vec<(String, i32, Vec<u8>)> {
    let rows = table.rows() as i32;
    let mut parts = timeline::encode(table);
    parts.extend(presence::parts(table, period.timestamp_millis(), zone));
    parts.into_iter().map(|(part, body)| (part, rows, body)).collect()
}

/// The table of one stored chunk, from however many parts it has.
pub fn table(mut parts: Piece) -> anyhow::Result<Table> {
    if let [(part, body)] = parts.as_slice()
        && part == EVERYTHING
    {
        return timeline::decode_everything(body);
    }
    // The core says how many rows the others have.
    parts.sort_by_key(|(part, _)| part != CORE);
    let mut table = Table::default();
    for (part, body) in parts.iter().filter(|(part, _)| !presence::is_presence(part)) {
        timeline::decode_part(part, body, &mut table)?;
    }
    Ok(table)
}

/// A fresh chunk of texts as its compacted parts.
pub fn text_parts(chunk: Chunk) -> anyhow::Result<Vec<Chunk>> {
    let texts = Texts::merge(vec![Texts::decode(&chunk.body)?]);
    let of = |(part, body)| Chunk { part, body, tier: HIGHEST, rows: texts.blocks.len() as i32, ..chunk.clone() };
    Ok(texts.parts().into_iter().map(of).collect())
}

/// The blocks of one stored chunk.
fn texts(parts: &Piece) -> anyhow::Result<Texts> {
    let of = |name: &str| parts.iter().find(|(part, _)| part == name).map(|(_, body)| body.as_slice());
    match (of(EVERYTHING), of(BLOCKS), of(MATRIX)) {
        (Some(all), ..) => Texts::decode(all),
        (None, Some(blocks), Some(matrix)) => Texts::of_parts(blocks, matrix),
        _ => anyhow::bail!("blocks of texts without their matrix"),
    }
}
