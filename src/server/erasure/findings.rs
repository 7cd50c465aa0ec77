//! What was found in records that are gone: exceptions and their issues, the directory of traces, versions that were seen.

use super::own::Own;
use crate::projection::findings::Findings;
use crate::projection::fold::SpanFold;
use crate::retention::rule::{Rules, horizon};
use crate::store::rows::shard;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use sqlx::PgConnection;
use std::borrow::Cow;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Removes the exceptions of the day that are the person's, and tells their issues anew from those that are left.
pub async fn occurrences(
    transaction: &mut PgConnection,
    project: i32,
    day: NaiveDate,
    own: &Own,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<i64, sqlx::Error> {
    let issues: Vec<i64> = sqlx::query_scalar(
        "delete from occurrence where project = $1 and day = $2 and shard = $3 \
         and (subject = any($4) or trace_id = any($5) or (subject is null and session = any($6))) returning issue",
    )
    .bind(project)
    .bind(day)
    .bind(shard(project))
    .bind(&own.subjects)
    .bind(own.traces.iter().copied().collect::<Vec<_>>())
    .bind(own.sessions.iter().copied().collect::<Vec<_>>())
    .fetch_all(&mut *transaction)
    .await?;
    let gone = issues.len() as i64;
    let issues: Vec<i64> = issues.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    // Of an issue that is older than exceptions are kept, its beginning is not known from what is left.
    let days = rules.days("span").min(rules.days("log.error"));
    let first_kept = horizon(now, days).and_time(NaiveTime::MIN).and_utc();
    sqlx::query(
        "with told as (select i.id, i.first_seen >= $3 as known, \
                (select count(*) from occurrence o where o.project = $1 and o.issue = i.id) as left_over, \
                (select min(at) from occurrence o where o.project = $1 and o.issue = i.id) as first, \
                (select max(at) from occurrence o where o.project = $1 and o.issue = i.id) as last, \
                (select version from occurrence o where o.project = $1 and o.issue = i.id order by at, key limit 1) as version \
            from issue i where i.project = $1 and i.id = any($2)), \
         gone as (delete from issue using told where issue.project = $1 and issue.id = told.id and told.known and told.left_over = 0) \
         update issue set first_seen = case when told.known then told.first else issue.first_seen end, \
                          first_version = case when told.known then told.version else issue.first_version end, \
                          last_seen = told.last \
         from told where issue.project = $1 and issue.id = told.id and told.left_over > 0",
    )
    .bind(project)
    .bind(&issues)
    .bind(first_kept)
    .execute(transaction)
    .await?;
    Ok(gone)
}

/// Removes traces that tell of the person alone from the directory, and tells those that tell of others anew.
pub async fn traces(
    transaction: &mut PgConnection,
    project: i32,
    day: NaiveDate,
    own: &Own,
    unfolded: &[i64],
) -> Result<i64, sqlx::Error> {
    let remove = |ids: &BTreeSet<Uuid>| ids.iter().copied().collect::<Vec<_>>();
    let sql = "delete from trace where shard = $1 and project = $2 and day = $3 and trace_id = any($4)";
    let gone = sqlx::query(sql)
        .bind(shard(project))
        .bind(project)
        .bind(day)
        .bind(remove(&own.traces))
        .execute(&mut *transaction)
        .await?;
    if own.mixed.is_empty() {
        return Ok(gone.rows_affected() as i64);
    }
    let told = sqlx::query(sql)
        .bind(shard(project))
        .bind(project)
        .bind(day)
        .bind(remove(&own.mixed))
        .execute(&mut *transaction)
        .await?;
    if told.rows_affected() > 0 {
        let mut findings = Findings::default();
        for row in spans_of(transaction, project, day, &remove(&own.mixed), unfolded).await? {
            findings.span(project, &row.fold());
        }
        findings.write(transaction).await?;
    }
    Ok(gone.rows_affected() as i64)
}

/// What the directory of traces needs of a span.
#[derive(sqlx::FromRow)]
struct SpanOfTrace {
    at: DateTime<Utc>,
    duration: i64,
    trace_id: Uuid,
    span_id: i64,
    parent_id: Option<i64>,
    service: Option<String>,
    operation: String,
    error: bool,
    environment: Option<String>,
}

impl SpanOfTrace {
    /// Without its version and its exceptions: those are told already.
    fn fold(&self) -> SpanFold<'_> {
        SpanFold {
            at: self.at.timestamp_micros(),
            duration: self.duration,
            trace_id: self.trace_id.into_bytes(),
            span_id: self.span_id,
            parent_id: self.parent_id,
            service: self.service.as_deref(),
            operation: &self.operation,
            kind: 0,
            error: self.error,
            status: None,
            version: None,
            environment: self.environment.as_deref(),
            peer: None,
            subject: None,
            session: None,
            weight: 1.0,
            exceptions: Cow::Borrowed(&[]),
        }
    }
}

async fn spans_of(
    transaction: &mut PgConnection,
    project: i32,
    day: NaiveDate,
    traces: &[Uuid],
    unfolded: &[i64],
) -> Result<Vec<SpanOfTrace>, sqlx::Error> {
    let start = day.and_time(NaiveTime::MIN).and_utc();
    sqlx::query_as(
        "select at, duration, trace_id, span_id, parent_id, service, operation, error, environment from span \
         where project = $1 and at >= $2 and at < $3 and trace_id = any($4) and (seq >> 20) <> all($5) order by seq",
    )
    .bind(project)
    .bind(start)
    .bind(start + chrono::Duration::days(1))
    .bind(traces)
    .bind(unfolded)
    .fetch_all(transaction)
    .await
}

/// A version of a service as it was seen in a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    service: String,
    version: String,
    environment: String,
}

impl Seen {
    pub fn of(service: Option<String>, version: Option<String>, environment: Option<String>) -> Option<Seen> {
        Some(Seen { service: service?, version: version?, environment: environment.unwrap_or_default() })
    }
}

/// A version that was first seen in a record that is gone was first seen in the next one; or never.
pub async fn versions(
    transaction: &mut PgConnection,
    project: i32,
    day: NaiveDate,
    seen: &BTreeSet<Seen>,
) -> Result<(), sqlx::Error> {
    let start = day.and_time(NaiveTime::MIN).and_utc();
    for Seen { service, version, environment } in seen {
        let first: Option<DateTime<Utc>> = sqlx::query_scalar(
            "select at from deployment where project = $1 and service = $2 and version = $3 and environment = $4 \
             and source = 'seen' and at >= $5 and at < $5 + interval '1 day'",
        )
        .bind(project)
        .bind(service)
        .bind(version)
        .bind(environment)
        .bind(start)
        .fetch_optional(&mut *transaction)
        .await?;
        if first.is_none() {
            continue;
        }
        let next = next_seen(transaction, project, day, (service, version, environment)).await?;
        sqlx::query(
            "with gone as (delete from deployment where project = $1 and service = $2 and version = $3 and environment = $4 \
                           and source = 'seen' and $5::timestamptz is null) \
             update deployment set at = $5 where project = $1 and service = $2 and version = $3 and environment = $4 \
             and source = 'seen' and $5::timestamptz is not null",
        )
        .bind(project)
        .bind(service)
        .bind(version)
        .bind(environment)
        .bind(next)
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}

/// When a version is first told by what is left, from this day on.
async fn next_seen(
    transaction: &mut PgConnection,
    project: i32,
    day: NaiveDate,
    (service, version, environment): (&str, &str, &str),
) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    let last: Option<DateTime<Utc>> =
        sqlx::query_scalar("select greatest((select max(started_at) from trace where project = $1), now())")
            .bind(project)
            .fetch_one(&mut *transaction)
            .await?;
    let last = last.map_or(day, |at| at.date_naive());
    for day in day.iter_days().take_while(|day| *day <= last) {
        let start = day.and_time(NaiveTime::MIN).and_utc();
        let found: Option<DateTime<Utc>> = sqlx::query_scalar(
            "select least((select min(at) from span where project = $1 and at >= $2 and at < $3 and service = $4 and version = $5 \
                            and coalesce(environment, '') = $6), \
                          (select min(at) from log where project = $1 and at >= $2 and at < $3 and service = $4 and version = $5 \
                            and coalesce(environment, '') = $6))",
        )
        .bind(project)
        .bind(start)
        .bind(start + chrono::Duration::days(1))
        .bind(service)
        .bind(version)
        .bind(environment)
        .fetch_one(&mut *transaction)
        .await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
