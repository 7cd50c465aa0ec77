//! The run: partitions are dropped, the rest deleted in small steps, and every deletion is proven.

use super::plan::{Doomed, Expired, expired, horizon, rules};
use crate::database::Database;
use crate::machine::Machine;
use crate::projection::chunk::Kind;
use crate::projection::compact;
use chrono::{DateTime, NaiveTime, Utc};
use sqlx::{AssertSqlSafe, Connection};
use std::time::Duration;

const STEP: i64 = 5_000;
const BETWEEN_STEPS: Duration = Duration::from_millis(50);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    pub partitions: usize,
    pub rows: i64,
    pub bytes: i64,
}

/// Deletes what is past its time in every project. One process at a time; a second does nothing.
pub async fn run(machine: &Machine) -> anyhow::Result<Deleted> {
    let database = &machine.database;
    let mut lock = database.admin.acquire().await?;
    let leads: bool = sqlx::query_scalar("select pg_try_advisory_lock(hashtextextended('retention', 0))")
        .fetch_one(&mut *lock)
        .await?;
    if !leads {
        return Ok(Deleted::default());
    }
    let outcome = sweep(machine, machine.clock.now()).await;
    sqlx::query("select pg_advisory_unlock(hashtextextended('retention', 0))").execute(&mut *lock).await?;
    outcome
}

async fn sweep(machine: &Machine, now: DateTime<Utc>) -> anyhow::Result<Deleted> {
    let database = &machine.database;
    let mut deleted = Deleted::default();
    let projects: Vec<i32> = sqlx::query_scalar("select id from project").fetch_all(&database.admin).await?;
    for project in projects {
        let rules = rules(database, project).await?;
        for doomed in expired(database, &rules, now).await? {
            let rows = execute(database, &doomed).await?;
            deleted.rows += rows;
            deleted.bytes += doomed.bytes;
            deleted.partitions += usize::from(matches!(doomed.what, Doomed::Partition(_)));
        }
        let days = |signal: &str| rules.iter().find(|rule| rule.signal == signal).map_or(760, |rule| rule.days);
        forget_derived(database, project, now, &days).await?;
    }
    if deleted.partitions > 0 {
        machine.intake.commit.forget_partitions();
    }
    Ok(deleted)
}

async fn execute(database: &Database, doomed: &Expired) -> anyhow::Result<i64> {
    let started = Utc::now();
    let (rows, oldest, newest, what, verified) = match &doomed.what {
        Doomed::Partition(table) => {
            let facts = format!("select count(*), min(at), max(at) from {table}");
            let (rows, oldest, newest): (i64, Option<DateTime<Utc>>, Option<DateTime<Utc>>) =
                sqlx::query_as(AssertSqlSafe(facts)).fetch_one(&database.admin).await?;
            sqlx::query(AssertSqlSafe(format!("drop table {table}"))).execute(&database.admin).await?;
            let gone: bool =
                sqlx::query_scalar("select to_regclass($1) is null").bind(table).fetch_one(&database.admin).await?;
            (rows, oldest, newest, format!("table {table} dropped"), gone)
        }
        Doomed::DebugRows(table) => {
            let rows = delete_in_steps(database, table).await?;
            let left = format!("select count(*) from {table} where severity <= 1");
            let left: i64 = sqlx::query_scalar(AssertSqlSafe(left)).fetch_one(&database.admin).await?;
            (rows, None, None, format!("debug rows of {table}"), left == 0)
        }
    };
    sqlx::query(
        "insert into deletion (project, signal, what, rows, bytes, oldest, newest, policy_days, started_at, ended_at, verified) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp(), $10)",
    )
    .bind(doomed.project)
    .bind(&doomed.signal)
    .bind(what)
    .bind(rows)
    .bind(doomed.bytes)
    .bind(oldest)
    .bind(newest)
    .bind(doomed.days)
    .bind(started)
    .bind(verified)
    .execute(&database.admin)
    .await?;
    Ok(rows)
}

async fn delete_in_steps(database: &Database, table: &str) -> Result<i64, sqlx::Error> {
    let statement = format!(
        "delete from {table} where ctid = any(array(select ctid from {table} where severity <= 1 limit {STEP}))"
    );
    let mut total = 0;
    loop {
        let deleted =
            sqlx::query(AssertSqlSafe(statement.clone())).execute(&database.admin).await?.rows_affected() as i64;
        total += deleted;
        if deleted < STEP {
            return Ok(total);
        }
        tokio::time::sleep(BETWEEN_STEPS).await;
    }
}

/// What was found in the stream goes with the stream it was found in.
async fn forget_derived(
    database: &Database,
    project: i32,
    now: DateTime<Utc>,
    days: &impl Fn(&str) -> i32,
) -> Result<(), sqlx::Error> {
    let midnight = |signal: &str| horizon(now, days(signal)).and_time(NaiveTime::MIN).and_utc();
    let mut connection = database.admin.acquire().await?;
    let mut transaction = connection.begin().await?;
    for (table, time) in [("trace", "started_at"), ("occurrence", "at")] {
        // The time is what is indexed.
        sqlx::query(AssertSqlSafe(format!("delete from {table} where project = $1 and day < $2 and {time} < $3")))
            .bind(project)
            .bind(horizon(now, days("span")))
            .bind(midnight("span"))
            .execute(&mut *transaction)
            .await?;
    }
    sqlx::query("delete from event_key where project = $1 and day < $2")
        .bind(project)
        .bind(horizon(now, days("event")))
        .execute(&mut *transaction)
        .await?;
    // Timelines are events in another form: they live as long as the events.
    // What is said of log messages lives as long as they.
    for (kind, signal) in [(Kind::Timeline, "event"), (Kind::Texts, "log")] {
        sqlx::query("delete from chunk where project = $1 and kind = $2 and period < $3")
            .bind(project)
            .bind(kind as i16)
            .bind(midnight(signal))
            .execute(&mut *transaction)
            .await?;
    }
    sqlx::query("delete from chunk where project = $1 and kind not in (1, 6) and period < $2")
        .bind(project)
        .bind(midnight("chunk"))
        .execute(&mut *transaction)
        .await?;
    compact::drop_old_minutes(&mut transaction, project, midnight("minute")).await?;
    transaction.commit().await
}
