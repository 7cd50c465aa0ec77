//! What is found while folding: traces, exceptions, versions that were not there before.

use super::fold::{LogHead, SpanFold};
use super::{grouping, traces};
use crate::record::Exception;
use crate::store::rows::shard;
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

#[derive(Default)]
pub struct Findings {
    traces: HashMap<TraceKey, Trace>,
    occurrences: HashMap<(i32, NaiveDate, i64), Occurrence>,
    issues: HashMap<(i32, i64), Issue>,
    versions: BTreeMap<(i32, String, String, String), DateTime<Utc>>,
}

/// Project, day (UTC), trace id.
pub type TraceKey = (i32, NaiveDate, [u8; 16]);

pub struct Trace {
    pub started: i64,
    pub ended: i64,
    pub service: Option<String>,
    pub operation: String,
    pub rooted: bool,
    pub environment: Option<String>,
    pub spans: i32,
    pub errors: i32,
}

struct Occurrence {
    issue: i64,
    at: DateTime<Utc>,
    subject: Option<i32>,
    session: Option<i64>,
    service: Option<String>,
    operation: Option<String>,
    version: Option<String>,
    environment: Option<String>,
    handled: bool,
    trace_id: Option<Uuid>,
    span_id: Option<i64>,
    message: String,
    stack: Option<String>,
}

struct Issue {
    r#type: String,
    title: String,
    service: Option<String>,
    culprit: Option<String>,
    first: DateTime<Utc>,
    last: DateTime<Utc>,
    version: Option<String>,
}

pub fn instant(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

impl Findings {
    pub fn span(&mut self, project: i32, span: &SpanFold<'_>) {
        let at = instant(span.at);
        let ended = span.at + span.duration / 1000;
        let rooted = span.parent_id.is_none();
        let trace = self.traces.entry((project, at.date_naive(), span.trace_id)).or_insert_with(|| Trace {
            started: i64::MAX,
            ended,
            service: None,
            operation: String::new(),
            rooted: false,
            environment: None,
            spans: 0,
            errors: 0,
        });
        if (rooted && !trace.rooted) || (span.at < trace.started && rooted == trace.rooted) {
            trace.service = span.service.map(str::to_owned);
            trace.operation = span.operation.to_owned();
            trace.environment = span.environment.map(str::to_owned);
            trace.rooted = rooted;
        }
        trace.started = trace.started.min(span.at);
        trace.ended = trace.ended.max(ended);
        trace.spans += 1;
        trace.errors += i32::from(span.error);
        self.version(project, span.service, span.version, span.environment, at);
        for exception in span.exceptions.iter() {
            let key = grouping::occurrence_key(&[&span.trace_id, &span.span_id.to_be_bytes()], exception);
            let occurrence = Occurrence {
                issue: 0,
                at,
                subject: span.subject,
                session: span.session,
                service: span.service.map(str::to_owned),
                operation: Some(span.operation.to_owned()),
                version: span.version.map(str::to_owned),
                environment: span.environment.map(str::to_owned),
                handled: exception.handled,
                trace_id: Some(Uuid::from_bytes(span.trace_id)),
                span_id: Some(span.span_id),
                message: exception.message.clone(),
                stack: exception.stack.clone(),
            };
            self.exception(project, key, exception, occurrence);
        }
    }

    pub fn log(&mut self, project: i32, log: &LogHead<'_>) {
        let at = instant(log.at);
        self.version(project, log.service, log.version, log.environment, at);
        for exception in log.exceptions.iter() {
            let key = match (log.trace_id, log.span_id) {
                (Some(trace), Some(span)) => grouping::occurrence_key(&[&trace, &span.to_be_bytes()], exception),
                // Without a place of its own every record is an occurrence of its own.
                _ => grouping::occurrence_key(&[&log.seq.to_be_bytes()], exception),
            };
            let occurrence = Occurrence {
                issue: 0,
                at,
                subject: log.subject,
                session: log.session,
                service: log.service.map(str::to_owned),
                operation: None,
                version: log.version.map(str::to_owned),
                environment: log.environment.map(str::to_owned),
                handled: exception.handled,
                trace_id: log.trace_id.map(Uuid::from_bytes),
                span_id: log.span_id,
                message: exception.message.clone(),
                stack: exception.stack.clone(),
            };
            self.exception(project, key, exception, occurrence);
        }
    }

    fn version(
        &mut self,
        project: i32,
        service: Option<&str>,
        version: Option<&str>,
        environment: Option<&str>,
        at: DateTime<Utc>,
    ) {
        if let (Some(service), Some(version)) = (service, version) {
            let key = (project, service.to_owned(), version.to_owned(), environment.unwrap_or_default().to_owned());
            let first = self.versions.entry(key).or_insert(at);
            *first = at.min(*first);
        }
    }

    fn exception(&mut self, project: i32, key: i64, exception: &Exception, occurrence: Occurrence) {
        let group = grouping::group(occurrence.service.as_deref(), exception);
        let issue = self.issues.entry((project, group.id)).or_insert_with(|| Issue {
            r#type: exception.r#type.clone(),
            title: group.title,
            service: occurrence.service.clone(),
            culprit: group.culprit,
            first: occurrence.at,
            last: occurrence.at,
            version: occurrence.version.clone(),
        });
        issue.first = issue.first.min(occurrence.at);
        issue.last = issue.last.max(occurrence.at);
        let day = occurrence.at.date_naive();
        self.occurrences.entry((project, day, key)).or_insert(Occurrence { issue: group.id, ..occurrence });
    }

    pub async fn write(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        traces::write(&self.traces, connection).await?;
        self.write_issues(connection).await?;
        self.write_occurrences(connection).await?;
        self.write_versions(connection).await
    }

    async fn write_issues(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        for ((project, id), issue) in &self.issues {
            sqlx::query(
                "insert into issue (project, id, grouping, type, title, service, culprit, first_seen, last_seen, first_version) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
                 on conflict (project, id) do update set \
                     first_version = case when excluded.first_seen < issue.first_seen then excluded.first_version else issue.first_version end, \
                     first_seen = least(issue.first_seen, excluded.first_seen), \
                     last_seen = greatest(issue.last_seen, excluded.last_seen)",
            )
            .bind(project)
            .bind(id)
            .bind(grouping::VERSION)
            .bind(&issue.r#type)
            .bind(&issue.title)
            .bind(&issue.service)
            .bind(&issue.culprit)
            .bind(issue.first)
            .bind(issue.last)
            .bind(&issue.version)
            .execute(&mut *connection)
            .await?;
        }
        Ok(())
    }

    async fn write_occurrences(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let mut all: Vec<_> = self.occurrences.iter().collect();
        all.sort_by_key(|(key, _)| **key);
        for some in all.chunks(2_000) {
            let mut insert = sqlx::QueryBuilder::new(
                "insert into occurrence (shard, project, day, key, issue, at, subject, session, service, operation, version, \
                 environment, handled, trace_id, span_id, message, stack) ",
            );
            insert.push_values(some, |mut row, ((project, day, key), occurrence)| {
                row.push_bind(shard(*project))
                    .push_bind(*project)
                    .push_bind(*day)
                    .push_bind(*key)
                    .push_bind(occurrence.issue)
                    .push_bind(occurrence.at)
                    .push_bind(occurrence.subject)
                    .push_bind(occurrence.session)
                    .push_bind(&occurrence.service)
                    .push_bind(&occurrence.operation)
                    .push_bind(&occurrence.version)
                    .push_bind(&occurrence.environment)
                    .push_bind(occurrence.handled)
                    .push_bind(occurrence.trace_id)
                    .push_bind(occurrence.span_id)
                    .push_bind(&occurrence.message)
                    .push_bind(&occurrence.stack);
            });
            // Of a log record and a span event that tell the same exception, the first stands.
            insert.push(" on conflict do nothing");
            insert.build().persistent(false).execute(&mut *connection).await?;
        }
        Ok(())
    }

    async fn write_versions(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        if self.versions.is_empty() {
            return Ok(());
        }
        let keys: Vec<_> = self.versions.keys().collect();
        sqlx::query(
            "insert into deployment (project, service, version, environment, at, source) \
             select project, service, version, environment, at, 'seen' \
             from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::timestamptz[]) as v (project, service, version, environment, at) \
             on conflict (project, service, version, environment) where source = 'seen' \
             do update set at = excluded.at where excluded.at < deployment.at",
        )
        .bind(keys.iter().map(|key| key.0).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.1.clone()).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.2.clone()).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.3.clone()).collect::<Vec<_>>())
        .bind(self.versions.values().copied().collect::<Vec<_>>())
        .execute(connection)
        .await?;
        Ok(())
    }
}
