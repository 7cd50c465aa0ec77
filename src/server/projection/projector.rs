//! Folds committed batches into projections, in order of commit, each exactly once.
//!
//! Which batches are final is decided by transaction ids: everything below the oldest running transaction
//! has committed or never will. Chunks, findings, accounts and the watermark are written in one
//! transaction, so a crash at any point repeats nothing and loses nothing. One process at a time leads.

use super::bytes::unpack;
use super::chunk;
use super::delta::Delta;
use crate::database::Database;
use crate::store::submission::AccountLine;
use chrono::{DateTime, Utc};
use parallax_domain::{Accounting, Signal};
use sqlx::types::Json;
use sqlx::{Connection, PgConnection};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::watch;

/// Between ticks at least, so that many small commits become one delta.
const PAUSE: Duration = Duration::from_millis(200);
/// Without a commit in this process there may be one in another.
const IDLE: Duration = Duration::from_millis(1_000);
/// Batches of one tick; what is more waits for the next.
const MOST_BATCHES: i64 = 400;

pub struct Projector {
    database: Database,
    committed: Arc<Notify>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tick {
    pub batches: usize,
    /// There is more to fold right now.
    pub more: bool,
}

impl Projector {
    pub fn new(database: Database, committed: Arc<Notify>) -> Projector {
        Projector { database, committed }
    }

    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut failures = 0u32;
        loop {
            match self.tick().await {
                Ok(tick) => {
                    failures = 0;
                    if tick.more {
                        continue;
                    }
                }
                Err(error) => {
                    failures += 1;
                    tracing::warn!(%error, failures, "the projector did not get through; it will try again");
                }
            }
            let wait = if failures > 0 { Duration::from_secs(u64::from(failures.min(5))) } else { IDLE };
            tokio::select! {
                _ = stop.changed() => return,
                _ = tokio::time::sleep(wait) => {}
                _ = self.committed.notified(), if failures == 0 => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// Folds what is final now.
    pub async fn tick(&self) -> anyhow::Result<Tick> {
        let mut connection = self.database.writer.acquire().await?;
        let mut transaction = connection.begin().await?;
        let leads: bool = sqlx::query_scalar("select pg_try_advisory_xact_lock(hashtextextended('projector', 0))")
            .fetch_one(&mut *transaction)
            .await?;
        if !leads {
            return Ok(Tick::default());
        }
        let (from, horizon): (String, String) = sqlx::query_as(
            "select xid::text, pg_snapshot_xmin(pg_current_snapshot())::text from watermark where name = 'projector'",
        )
        .fetch_one(&mut *transaction)
        .await?;
        type Batch = (i64, String, i16, Json<Vec<AccountLine>>, Vec<u8>, i16);
        let batches: Vec<Batch> = sqlx::query_as(
            "select id, xid::text, signal, accounts, payload, format from batch \
             where xid >= $1::xid8 and xid < $2::xid8 order by xid, id limit $3",
        )
        .bind(&from)
        .bind(&horizon)
        .bind(MOST_BATCHES)
        .fetch_all(&mut *transaction)
        .await?;
        if batches.is_empty() {
            return Ok(Tick::default());
        }
        let more = batches.len() as i64 == MOST_BATCHES;
        let last: u64 = batches.iter().filter_map(|batch| batch.1.parse::<u64>().ok()).max().unwrap_or(0);
        // A group is one transaction and one batch, so everything up to the last transaction was read.
        let next = if more { (last + 1).to_string() } else { horizon };

        let ids: Vec<i64> = batches.iter().map(|batch| batch.0).collect();
        let mut accounts: BTreeMap<(i32, i16, i32, i64), Accounting> = BTreeMap::new();
        let removed: Vec<i32> = sqlx::query_scalar(
            "select distinct told from batch, unnest(projects) as told \
             where batch.id = any($1) and not exists (select from project where project.id = told)",
        )
        .bind(&ids)
        .fetch_all(&mut *transaction)
        .await?;
        let mut delta = Delta::without(removed);
        for (_, _, signal, lines, payload, format) in batches {
            for line in lines.0.into_iter().filter(|line| !delta.leaves_out(line.project)) {
                accounts.entry((line.project, signal, line.key, line.minute)).or_default().add(&line.accounting);
            }
            let signal = Signal::from_number(signal).ok_or_else(|| anyhow::anyhow!("a batch of signal {signal}"))?;
            delta.add(signal, format, &unpack(&payload)?)?;
        }
        let tick: i64 = sqlx::query_scalar("select nextval('tick')").fetch_one(&mut *transaction).await?;
        let chunks = delta.chunks(tick);
        chunk::insert(&mut transaction, &chunks).await?;
        delta.findings.write(&mut transaction).await?;
        write_accounts(&mut transaction, &accounts).await?;
        sqlx::query("update watermark set xid = $1::xid8 where name = 'projector'")
            .bind(&next)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("delete from batch where id = any($1)").bind(&ids).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(Tick { batches: ids.len(), more })
    }
}

async fn write_accounts(
    connection: &mut PgConnection,
    accounts: &BTreeMap<(i32, i16, i32, i64), Accounting>,
) -> Result<(), sqlx::Error> {
    let column = |of: fn(&Accounting) -> i64| accounts.values().map(of).collect::<Vec<i64>>();
    let minutes: Vec<DateTime<Utc>> =
        accounts.keys().map(|(_, _, _, minute)| DateTime::from_timestamp(minute * 60, 0).unwrap_or_default()).collect();
    sqlx::query(
        "insert into accounting (project, signal, key, minute, received, stored, duplicate, rejected, dropped, quarantined) \
         select * from unnest($1::int[], $2::smallint[], $3::int[], $4::timestamptz[], $5::bigint[], $6::bigint[], $7::bigint[], \
                              $8::bigint[], $9::bigint[], $10::bigint[]) \
         on conflict (project, signal, key, minute) do update set \
             received = accounting.received + excluded.received, \
             stored = accounting.stored + excluded.stored, \
             duplicate = accounting.duplicate + excluded.duplicate, \
             rejected = accounting.rejected + excluded.rejected, \
             dropped = accounting.dropped + excluded.dropped, \
             quarantined = accounting.quarantined + excluded.quarantined",
    )
    .bind(accounts.keys().map(|key| key.0).collect::<Vec<_>>())
    .bind(accounts.keys().map(|key| key.1).collect::<Vec<_>>())
    .bind(accounts.keys().map(|key| key.2).collect::<Vec<_>>())
    .bind(minutes)
    .bind(column(|accounting| accounting.received))
    .bind(column(|accounting| accounting.stored))
    .bind(column(|accounting| accounting.duplicate))
    .bind(column(|accounting| accounting.rejected))
    .bind(column(|accounting| accounting.dropped))
    .bind(column(|accounting| accounting.quarantined))
    .execute(connection)
    .await?;
    Ok(())
}

/// Every record acknowledged before this instant is in the projections.
pub async fn fresh_as_of(connection: &mut PgConnection) -> Result<DateTime<Utc>, sqlx::Error> {
    sqlx::query_scalar("select coalesce(min(committed_at), clock_timestamp()) from batch").fetch_one(connection).await
}
