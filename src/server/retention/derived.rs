//! What was found in the stream goes with the stream that it was found in.

use super::rule::{Rules, horizon};
use crate::machine::Machine;
use crate::projection::chunk::Kind;
use crate::projection::rewrite;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use sqlx::AssertSqlSafe;

/// Rows of one step.
const STEP: i64 = 5_000;

/// Traces, exceptions, keys of events and timelines whose records are past their time.
pub async fn forget(machine: &Machine, rules: &Rules, now: DateTime<Utc>) -> anyhow::Result<()> {
    let database = &machine.database;
    let oldest = |words: &[&str]| -> NaiveDate {
        let days = words.iter().map(|word| rules.days(word)).min().unwrap_or_default();
        horizon(now, days)
    };
    // An exception may have come in a span or in a line; its words are kept no longer than either.
    for (table, time, first) in
        [("trace", "started_at", oldest(&["span"])), ("occurrence", "at", oldest(&["span", "log.error"]))]
    {
        let condition = format!("project = $1 and day < $2 and {time} < $3");
        let sql = format!(
            "delete from {table} where ctid = any(array(select ctid from {table} where {condition} limit {STEP}))"
        );
        loop {
            let gone = sqlx::query(AssertSqlSafe(sql.clone()))
                .bind(rules.project)
                .bind(first)
                .bind(first.and_time(NaiveTime::MIN).and_utc())
                .execute(&database.admin)
                .await?;
            if (gone.rows_affected() as i64) < STEP {
                break;
            }
        }
    }
    sqlx::query("delete from event_key where project = $1 and day < $2")
        .bind(rules.project)
        .bind(rules.oldest_kept("event", now))
        .execute(&database.admin)
        .await?;
    // What was said of people and groups was said in records that are as old.
    for table in ["person_property", "group_property"] {
        sqlx::query(AssertSqlSafe(format!("delete from {table} where project = $1 and at < $2")))
            .bind(rules.project)
            .bind(rules.oldest_kept("event", now).and_time(NaiveTime::MIN).and_utc())
            .execute(&database.admin)
            .await?;
    }
    let mut connection = database.admin.acquire().await?;
    for (kind, signal) in [(Kind::Timeline, "event"), (Kind::Texts, "log")] {
        for day in rewrite::days(&mut connection, rules.project, kind, now.date_naive()).await? {
            if rules.is_wholly_past(signal, day, now) {
                sqlx::query("delete from chunk where project = $1 and kind = $2 and period = $3")
                    .bind(rules.project)
                    .bind(kind as i16)
                    .bind(day.and_time(NaiveTime::MIN).and_utc())
                    .execute(&mut *connection)
                    .await?;
            }
        }
    }
    sqlx::query("delete from swept s where project = $1 and to_regclass(\"table\") is null")
        .bind(rules.project)
        .execute(&mut *connection)
        .await?;
    Ok(())
}
