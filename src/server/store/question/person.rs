//! One person over all kinds of telemetry. The look is one project's; whoever asks has written the opening down.

use crate::database::fault::Told;
use crate::store::rows::shard;
use crate::store::{Look, Store};
use chrono::{DateTime, Utc};
use parallax_domain::{Category, Period, Problem, Severity};
use sqlx::types::Json;
use uuid::Uuid;

/// Who it is, as far as it is known without a name.
#[derive(Clone, Debug)]
pub struct PersonRow {
    /// The subject that stands for the person.
    pub reference: Uuid,
    /// Numbers of all subjects that are this person.
    pub subjects: Vec<i32>,
    /// The same as the ledger of decisions knows them.
    pub references: Vec<Uuid>,
    pub first_seen: DateTime<Utc>,
    pub erased_at: Option<DateTime<Utc>>,
    /// An identifier that a client sent is sealed and can be opened.
    pub sealed: bool,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct EventRow {
    pub at: DateTime<Utc>,
    pub name: String,
    pub path: Option<String>,
    pub title: Option<String>,
    pub device: Option<String>,
    pub browser: Option<String>,
    pub os: Option<String>,
    pub country: Option<String>,
    pub version: Option<String>,
    /// Millionths.
    pub revenue: Option<i64>,
    pub currency: Option<String>,
    pub trace_id: Option<Uuid>,
    pub properties: Option<Json<serde_json::Map<String, serde_json::Value>>>,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct RequestRow {
    pub at: DateTime<Utc>,
    /// Nanoseconds.
    pub duration: i64,
    pub service: Option<String>,
    pub operation: String,
    pub error: bool,
    pub status: Option<i16>,
    pub host: Option<String>,
    pub trace_id: Uuid,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ErrorRow {
    pub at: DateTime<Utc>,
    pub issue: i64,
    pub title: String,
    pub message: String,
    pub service: Option<String>,
    pub operation: Option<String>,
    pub version: Option<String>,
    pub trace_id: Option<Uuid>,
}

#[derive(Clone, Debug)]
pub struct LineRow {
    pub at: DateTime<Utc>,
    pub level: Severity,
    pub service: Option<String>,
    pub message: String,
    pub trace_id: Option<Uuid>,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct WrittenRow {
    pub at: DateTime<Utc>,
    pub ticket: bool,
    pub id: String,
    pub title: String,
    pub body: String,
    pub status: String,
    pub rating: Option<f64>,
    pub answered_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug)]
pub struct DecisionRow {
    pub at: DateTime<Utc>,
    pub granted: Vec<Category>,
    pub denied: Vec<Category>,
    pub policy: String,
    pub source: String,
}

impl Store {
    /// None if nobody of this project has the reference.
    pub async fn person(&self, look: &mut Look, reference: Uuid) -> Result<Option<PersonRow>, Problem> {
        type Row = (i32, Uuid, bool, DateTime<Utc>, Option<DateTime<Utc>>, bool);
        let rows: Vec<Row> = sqlx::query_as(
            "select s.number, s.ref, s.number = s.person, s.first_seen, s.erased_at, s.sealed is not null and s.person_key is not null \
             from subject s where s.project = $1 \
               and s.person = (select person from subject where project = $1 and ref = $2) order by s.number",
        )
        .bind(look.project)
        .bind(reference)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        let Some(first) = rows.first() else { return Ok(None) };
        let own = rows.iter().find(|row| row.2).unwrap_or(first);
        Ok(Some(PersonRow {
            reference: own.1,
            subjects: rows.iter().map(|row| row.0).collect(),
            references: rows.iter().map(|row| row.1).collect(),
            first_seen: rows.iter().map(|row| row.3).min().unwrap_or(own.3),
            erased_at: rows.iter().filter_map(|row| row.4).max(),
            sealed: rows.iter().any(|row| row.5),
        }))
    }

    /// The newest instant at which anything of this person was stored.
    pub async fn person_last_seen(
        &self,
        look: &mut Look,
        person: &PersonRow,
    ) -> Result<Option<DateTime<Utc>>, Problem> {
        sqlx::query_scalar(
            "select greatest((select max(at) from event where project = $1 and subject = any($2)), \
                             (select max(at) from span where project = $1 and subject = any($2)), \
                             (select max(at) from ticket where project = $1 and person = any($2)))",
        )
        .bind(look.project)
        .bind(&person.subjects)
        .fetch_one(&mut *look.connection)
        .await
        .told()
    }

    pub async fn person_events(
        &self,
        look: &mut Look,
        person: &PersonRow,
        period: Period,
        limit: i64,
    ) -> Result<Vec<EventRow>, Problem> {
        sqlx::query_as(
            "select at, name, url_path as path, title, device, browser, os, country, version, revenue, currency, trace_id, properties \
             from event where project = $1 and subject = any($2) and at >= $3 and at < $4 order by at desc, seq desc limit $5",
        )
        .bind(look.project)
        .bind(&person.subjects)
        .bind(period.from)
        .bind(period.to)
        .bind(limit)
        .fetch_all(&mut *look.connection)
        .await
        .told()
    }

    /// Requests that services answered for this person.
    pub async fn person_requests(
        &self,
        look: &mut Look,
        person: &PersonRow,
        period: Period,
        limit: i64,
    ) -> Result<Vec<RequestRow>, Problem> {
        sqlx::query_as(
            "select at, duration, service, operation, error, status, host, trace_id from span \
             where project = $1 and subject = any($2) and at >= $3 and at < $4 and kind in (2, 5) order by at desc limit $5",
        )
        .bind(look.project)
        .bind(&person.subjects)
        .bind(period.from)
        .bind(period.to)
        .bind(limit)
        .fetch_all(&mut *look.connection)
        .await
        .told()
    }

    /// Exceptions that name this person, and those inside their requests.
    pub async fn person_errors(
        &self,
        look: &mut Look,
        person: &PersonRow,
        traces: &[Uuid],
        period: Period,
        limit: i64,
    ) -> Result<Vec<ErrorRow>, Problem> {
        sqlx::query_as(
            "select o.at, o.issue, i.title, o.message, o.service, o.operation, o.version, o.trace_id from occurrence o \
             join issue i on i.project = o.project and i.id = o.issue \
             where o.project = $1 and o.at >= $3 and o.at < $4 and (o.subject = any($2) or o.trace_id = any($5)) \
             order by o.at desc limit $6",
        )
        .bind(look.project)
        .bind(&person.subjects)
        .bind(period.from)
        .bind(period.to)
        .bind(traces)
        .bind(limit)
        .bind(shard(look.project))
        .fetch_all(&mut *look.connection)
        .await
        .told()
    }

    /// Lines that name this person, and those inside their requests.
    pub async fn person_lines(
        &self,
        look: &mut Look,
        person: &PersonRow,
        traces: &[Uuid],
        period: Period,
        limit: i64,
    ) -> Result<Vec<LineRow>, Problem> {
        type Row = (DateTime<Utc>, i64, i16, Option<String>, String, Option<Uuid>);
        let own: Vec<Row> = sqlx::query_as(
            "select at, seq, severity, service, message, trace_id from log \
             where project = $1 and subject = any($2) and at >= $3 and at < $4 order by at desc, seq desc limit $5",
        )
        .bind(look.project)
        .bind(&person.subjects)
        .bind(period.from)
        .bind(period.to)
        .bind(limit)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        let inside: Vec<Row> = sqlx::query_as(
            "select l.at, l.seq, l.severity, l.service, l.message, l.trace_id \
             from (select trace_id, min(started_at) as since, max(ended_at) as until from trace \
                   where shard = $4 and project = $1 and trace_id = any($2) group by 1) t \
             join lateral (select at, seq, severity, service, message, trace_id from log \
                           where project = $1 and at >= t.since - interval '1 s' and at <= t.until + interval '1 s' \
                             and trace_id = t.trace_id limit 200) l on true \
             order by l.at desc, l.seq desc limit $3",
        )
        .bind(look.project)
        .bind(traces)
        .bind(limit)
        .bind(shard(look.project))
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        let mut all: Vec<Row> = own.into_iter().chain(inside).collect();
        all.sort_by_key(|row| std::cmp::Reverse((row.0, row.1)));
        all.dedup_by_key(|row| row.1);
        all.truncate(limit as usize);
        Ok(all
            .into_iter()
            .map(|(at, _, severity, service, message, trace_id)| LineRow {
                at,
                level: Severity::from_number(severity).unwrap_or(Severity::Info),
                service,
                message,
                trace_id,
            })
            .collect())
    }

    /// Tickets and feedback by this person, whenever something about them happened in the period.
    pub async fn person_writings(
        &self,
        look: &mut Look,
        person: &PersonRow,
        period: Period,
    ) -> Result<Vec<WrittenRow>, Problem> {
        sqlx::query_as(
            "select at, true as ticket, id, title, body, status, rating, answered_at, closed_at from ticket \
             where project = $1 and person = any($2) and at < $4 and coalesce(closed_at, answered_at, at) >= $3 \
             union all \
             select at, false, id, '', body, status, rating, null, null from feedback \
             where project = $1 and person = any($2) and at >= $3 and at < $4 order by 1 desc limit 100",
        )
        .bind(look.project)
        .bind(&person.subjects)
        .bind(period.from)
        .bind(period.to)
        .fetch_all(&mut *look.connection)
        .await
        .told()
    }

    /// Everything this person ever decided about sharing, the oldest first.
    pub async fn person_decisions(&self, look: &mut Look, person: &PersonRow) -> Result<Vec<DecisionRow>, Problem> {
        let rows: Vec<(DateTime<Utc>, i16, i16, String, String)> = sqlx::query_as(
            "select decided_at, granted, denied, policy, source from consent \
             where project = $1 and ref = any($2) order by decided_at, recorded_at limit 200",
        )
        .bind(look.project)
        .bind(&person.references)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        let categories = |bits: i16| -> Vec<Category> {
            Category::ALL.into_iter().filter(|category| bits as u8 & category.bit() != 0).collect()
        };
        let told = |(at, granted, denied, policy, source)| DecisionRow {
            at,
            granted: categories(granted),
            denied: categories(denied),
            policy,
            source,
        };
        Ok(rows.into_iter().map(told).collect())
    }

    /// What senders said of this person: of each property the word that counts, by name.
    pub async fn person_properties(
        &self,
        look: &mut Look,
        person: &PersonRow,
    ) -> Result<Vec<(String, serde_json::Value)>, Problem> {
        let rows: Vec<(String, Json<serde_json::Value>)> = sqlx::query_as(
            "select name, value from ( \
                 select distinct on (name) name, value from person_property where project = $1 and subject = any($2) \
                 order by name, once, case when once then at end, at desc) as newest \
             where value is not null order by name limit 100",
        )
        .bind(look.project)
        .bind(&person.subjects)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        Ok(rows.into_iter().map(|(name, value)| (name, value.0)).collect())
    }

    /// Kind and id of the groups that this person belongs to.
    pub async fn person_groups(&self, look: &mut Look, person: &PersonRow) -> Result<Vec<(String, String)>, Problem> {
        sqlx::query_as(
            "select distinct g.kind, g.key from group_member m \
             join customer_group g on g.project = m.project and g.number = m.\"group\" \
             where m.project = $1 and m.subject = any($2) order by 1, 2 limit 100",
        )
        .bind(look.project)
        .bind(&person.subjects)
        .fetch_all(&mut *look.connection)
        .await
        .told()
    }
}
