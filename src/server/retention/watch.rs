//! Whether the run runs. A worker that stopped deletes nothing and says nothing, so somebody else has to look.

use super::execute::Deleted;
use crate::database::Database;
use chrono::{DateTime, Duration, Utc};

/// Without a run that got through for so long something is wrong.
pub const PATIENCE: Duration = Duration::hours(24);
/// The next run follows the last one after so long.
pub const EVERY: Duration = Duration::hours(1);

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RunRow {
    pub id: i64,
    pub started_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub outcome: Option<String>,
    pub tables: i32,
    pub rows: i64,
    pub bytes: i64,
}

pub async fn begin(database: &Database, now: DateTime<Utc>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("insert into retention_run (started_at) values ($1) returning id")
        .bind(now)
        .fetch_one(&database.admin)
        .await
}

pub async fn end(
    database: &Database,
    run: i64,
    now: DateTime<Utc>,
    outcome: &anyhow::Result<Deleted>,
) -> Result<(), sqlx::Error> {
    let (word, deleted) = match outcome {
        Ok(deleted) => ("done", *deleted),
        Err(_) => ("failed", Deleted::default()),
    };
    sqlx::query(
        "update retention_run set ended_at = $2, outcome = $3, tables = $4, rows = $5, bytes = $6 where id = $1",
    )
    .bind(run)
    .bind(now)
    .bind(word)
    .bind(deleted.tables as i32)
    .bind(deleted.rows)
    .bind(deleted.bytes)
    .execute(&database.admin)
    .await?;
    Ok(())
}

/// The newest run that ended well.
pub async fn last_done(database: &Database) -> Result<Option<RunRow>, sqlx::Error> {
    sqlx::query_as(
        "select id, started_at, ended_at, outcome, tables, rows, bytes from retention_run where outcome = 'done' \
         order by ended_at desc limit 1",
    )
    .fetch_optional(&database.admin)
    .await
}

/// Since when a run is missing, if one is. An installation is given the same time before its first.
pub async fn missing_since(database: &Database, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    let last = last_done(database).await?.and_then(|run| run.ended_at);
    let since = match last {
        Some(at) => Some(at),
        None => sqlx::query_scalar("select min(created_at) from project").fetch_one(&database.admin).await?,
    };
    Ok(since.filter(|since| now - *since > PATIENCE))
}
