//! Compaction: many small chunks of one period become one of the next tier. What readers see does not
//! change, only how fast they see it.

use super::chunk::{self, Chunk, EVERYTHING, Kind};
use super::points::Points;
use super::rollup::Rollup;
use super::timeline::{self, CORE, Table};
use crate::database::Database;
use anyhow::Context;
use chrono::{DateTime, Utc};
use sqlx::Connection;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::watch;

/// Chunks of one tier that are merged into one of the next.
const FAN_IN: i64 = 8;
pub const HIGHEST: i16 = 4;

/// Periods with something to merge.
#[derive(Debug, sqlx::FromRow)]
struct Due {
    project: i32,
    kind: i16,
    part: String,
    period: DateTime<Utc>,
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
    let due: Vec<Due> = sqlx::query_as(
        "select project, kind, part, period, tier from chunk \
         where tier < $1 and (kind <> 1 or part in ('*', 'core')) \
         group by project, kind, part, period, tier \
         having count(*) >= case when tier = 0 then 4 else $2 end \
         order by tier, count(*) desc limit 200",
    )
    .bind(HIGHEST)
    .bind(FAN_IN)
    .fetch_all(&database.admin)
    .await?;
    let count = due.len();
    for due in due {
        merge(database, &due).await?;
    }
    Ok(count)
}

async fn merge(database: &Database, due: &Due) -> anyhow::Result<()> {
    let kind = Kind::from_number(due.kind).context("a chunk of unknown kind")?;
    let mut connection = database.writer.acquire().await?;
    let mut transaction = connection.begin().await?;
    // Erasure and compaction of one project wait for each other.
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('chunks', $1::bigint))")
        .bind(due.project)
        .execute(&mut *transaction)
        .await?;
    let part = (kind != Kind::Timeline).then_some(due.part.as_str());
    let taken: Vec<(String, i64, Vec<u8>)> = sqlx::query_as(
        "delete from chunk where shard = $1 and project = $2 and kind = $3 and period = $4 and tier = $5 \
         and ($6::text is null or part = $6) returning part, seq, body",
    )
    .bind(crate::store::rows::shard(due.project))
    .bind(due.project)
    .bind(due.kind)
    .bind(due.period)
    .bind(due.tier)
    .bind(part)
    .fetch_all(&mut *transaction)
    .await?;
    if taken.is_empty() {
        return Ok(());
    }
    let mut by_seq: BTreeMap<i64, Vec<(String, Vec<u8>)>> = BTreeMap::new();
    for (part, seq, body) in taken {
        by_seq.entry(seq).or_default().push((part, body));
    }
    let seq = by_seq.keys().next_back().copied().unwrap_or(0);
    let pieces: Vec<Vec<(String, Vec<u8>)>> = by_seq.into_values().collect();
    let (kind_part, project, period, tier) = (due.part.clone(), due.project, due.period, due.tier + 1);
    let merged = tokio::task::spawn_blocking(move || combine(kind, &kind_part, pieces)).await??;
    let chunks: Vec<Chunk> = merged
        .into_iter()
        .map(|(part, rows, body)| Chunk { project, kind, part, period, tier, seq, rows, body })
        .collect();
    chunk::insert(&mut transaction, &chunks).await?;
    transaction.commit().await?;
    Ok(())
}

type Piece = Vec<(String, Vec<u8>)>;

/// Pieces in order of commit become the parts of one chunk.
fn combine(kind: Kind, part: &str, pieces: Vec<Piece>) -> anyhow::Result<Vec<(String, i32, Vec<u8>)>> {
    match kind {
        Kind::Timeline => {
            let tables = pieces.into_iter().map(table).collect::<anyhow::Result<Vec<Table>>>()?;
            let merged = timeline::merge(&tables.iter().collect::<Vec<_>>());
            let rows = merged.rows() as i32;
            Ok(timeline::encode(&merged).into_iter().map(|(part, body)| (part, rows, body)).collect())
        }
        Kind::Points => {
            let points =
                pieces.iter().flatten().map(|(_, body)| Points::decode(body)).collect::<anyhow::Result<Vec<_>>>()?;
            let merged = Points::merge(points);
            Ok(vec![(part.to_owned(), merged.rows() as i32, merged.encode())])
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
    for (part, body) in &parts {
        timeline::decode_part(part, body, &mut table)?;
    }
    Ok(table)
}
