//! Tickets, feedback, and the errors behind them.

use crate::database::fault::Told;
use crate::engine::calendar::Buckets;
use crate::store::{Look, Store};
use chrono::{DateTime, Utc};
use parallax_domain::{Instant, Period, Problem};
use std::collections::BTreeMap;
use uuid::Uuid;

/// States in which nobody has to do anything any more.
const DONE: &str = "('closed', 'resolved', 'solved')";
/// A request this slow (nanoseconds) is worth telling support.
const SLOW: i64 = 1_000_000_000;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TicketRow {
    pub id: String,
    pub at: DateTime<Utc>,
    /// Number of the person, and the name of its page.
    pub person: Option<i32>,
    pub reference: Option<Uuid>,
    pub title: String,
    pub body: String,
    pub status: String,
    pub url: Option<String>,
    pub answered_at: Option<DateTime<Utc>>,
}

/// What happened to the writer of a ticket in the day before it.
#[derive(Clone, Debug, Default, sqlx::FromRow)]
pub struct TicketContext {
    pub errors: i64,
    pub error: Option<String>,
    pub error_at: Option<DateTime<Utc>>,
    pub error_trace: Option<Uuid>,
    pub slow: i64,
    pub failed: i64,
    /// Nanoseconds.
    pub slowest: Option<i64>,
    pub slowest_operation: Option<String>,
    pub slowest_trace: Option<Uuid>,
}

/// Tickets of a period by what became of them. Durations in seconds.
#[derive(Clone, Debug, Default, sqlx::FromRow)]
pub struct Clocks {
    pub opened: i64,
    pub answered: i64,
    pub closed: i64,
    pub answer_median: Option<f64>,
    pub answer_p90: Option<f64>,
    pub close_median: Option<f64>,
    pub close_p90: Option<f64>,
    pub rated: i64,
    pub rating: Option<f64>,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FeedbackRow {
    pub at: DateTime<Utc>,
    pub reference: Option<Uuid>,
    pub body: String,
    pub rating: Option<f64>,
    pub url: Option<String>,
}

impl Store {
    /// Tickets that wait for somebody, the oldest first, and how many there are.
    pub async fn open_tickets(&self, look: &mut Look, limit: i64) -> Result<(Vec<TicketRow>, i64), Problem> {
        let rows: Vec<TicketRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select t.id, t.at, s.person, own.ref as reference, t.title, t.body, t.status, t.url, t.answered_at \
             from ticket t left join subject s on s.project = t.project and s.number = t.person \
             left join subject own on own.project = t.project and own.number = s.person \
             where t.project = $1 and t.status not in {DONE} order by (t.answered_at is not null), t.at limit $2"
        )))
        .bind(look.project)
        .bind(limit)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        let total = format!("select count(*) from ticket where project = $1 and status not in {DONE}");
        let total = sqlx::query_scalar(sqlx::AssertSqlSafe(total))
            .bind(look.project)
            .fetch_one(&mut *look.connection)
            .await
            .told()?;
        Ok((rows, total))
    }

    /// Errors and slow requests of a person in the day before an instant.
    pub async fn ticket_context(
        &self,
        look: &mut Look,
        person: i32,
        before: Instant,
    ) -> Result<TicketContext, Problem> {
        sqlx::query_as(
            "with of_person as (select number from subject where project = $1 and (person = $2 or number = $2)), \
             met as (select o.at, o.trace_id, i.title, count(*) over () as n from occurrence o \
                     join issue i on i.project = o.project and i.id = o.issue \
                     where o.project = $1 and o.at >= $3::timestamptz - interval '1 day' and o.at <= $3 \
                       and o.subject in (select number from of_person) order by o.at desc limit 1), \
             asked as (select duration, error, operation, trace_id from span \
                       where project = $1 and at >= $3::timestamptz - interval '1 day' and at <= $3 and kind in (2, 5) \
                         and subject = any(array(select number from of_person))), \
             slowest as (select * from asked where duration >= $4 order by duration desc limit 1) \
             select coalesce((select n from met), 0) as errors, (select title from met) as error, (select at from met) as error_at, \
                    (select trace_id from met) as error_trace, (select count(*) from asked where duration >= $4) as slow, \
                    (select count(*) from asked where error) as failed, (select duration from slowest) as slowest, \
                    (select operation from slowest) as slowest_operation, (select trace_id from slowest) as slowest_trace",
        )
        .bind(look.project)
        .bind(person)
        .bind(before)
        .bind(SLOW)
        .fetch_one(&mut *look.connection)
        .await
        .told()
    }

    /// Tickets opened per bucket.
    pub async fn ticket_course(&self, look: &mut Look, period: Period, buckets: &Buckets) -> Result<Vec<i64>, Problem> {
        let opened: Vec<DateTime<Utc>> =
            sqlx::query_scalar("select at from ticket where project = $1 and at >= $2 and at < $3")
                .bind(look.project)
                .bind(period.from)
                .bind(period.to)
                .fetch_all(&mut *look.connection)
                .await
                .told()?;
        let mut course = vec![0; buckets.len()];
        for at in opened {
            if let Some(bucket) = buckets.index_of(at.timestamp_millis()) {
                course[bucket] += 1;
            }
        }
        Ok(course)
    }

    /// How long answers and solutions took, of tickets that were answered or closed in the period. A ticket that was
    /// closed when it was first told of has no known duration and is left out.
    pub async fn clocks(&self, look: &mut Look, period: Period) -> Result<Clocks, Problem> {
        sqlx::query_as(
            "select count(*) filter (where at >= $2 and at < $3) as opened, \
                    count(*) filter (where answered) as answered, count(*) filter (where closed) as closed, \
                    percentile_cont(0.5) within group (order by to_answer) filter (where answered) as answer_median, \
                    percentile_cont(0.9) within group (order by to_answer) filter (where answered) as answer_p90, \
                    percentile_cont(0.5) within group (order by to_close) filter (where closed) as close_median, \
                    percentile_cont(0.9) within group (order by to_close) filter (where closed) as close_p90, \
                    count(rating) filter (where closed) as rated, avg(rating) filter (where closed) as rating \
             from (select at, rating, extract(epoch from answered_at - at)::float8 as to_answer, \
                          extract(epoch from closed_at - at)::float8 as to_close, \
                          coalesce(answered_at > at and answered_at >= $2 and answered_at < $3, false) as answered, \
                          coalesce(closed_at > at and closed_at >= $2 and closed_at < $3, false) as closed \
                   from ticket where project = $1) as t",
        )
        .bind(look.project)
        .bind(period.from)
        .bind(period.to)
        .fetch_one(&mut *look.connection)
        .await
        .told()
    }

    /// What people said, newest first, and how often each rating from 1 to 5 was given.
    pub async fn feedback(
        &self,
        look: &mut Look,
        period: Period,
        limit: i64,
    ) -> Result<(Vec<FeedbackRow>, [i64; 5]), Problem> {
        let rows: Vec<FeedbackRow> = sqlx::query_as(
            "select f.at, own.ref as reference, f.body, f.rating, f.url from feedback f \
             left join subject s on s.project = f.project and s.number = f.person \
             left join subject own on own.project = f.project and own.number = s.person \
             where f.project = $1 and f.at >= $2 and f.at < $3 order by f.at desc limit $4",
        )
        .bind(look.project)
        .bind(period.from)
        .bind(period.to)
        .bind(limit)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        let given: Vec<(i32, i64)> = sqlx::query_as(
            "select least(greatest(round(rating), 1), 5)::int, count(*) from feedback \
             where project = $1 and at >= $2 and at < $3 and rating is not null group by 1",
        )
        .bind(look.project)
        .bind(period.from)
        .bind(period.to)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        let mut ratings = [0; 5];
        for (rating, count) in given {
            ratings[(rating - 1) as usize] = count;
        }
        Ok((rows, ratings))
    }

    /// Tickets of a period whose writers met an issue in the day before they wrote.
    pub async fn tickets_by_issue(&self, look: &mut Look, period: Period) -> Result<BTreeMap<i64, i64>, Problem> {
        let counted: Vec<(i64, i64)> = sqlx::query_as(
            "select o.issue, count(distinct t.id) from ticket t \
             join subject w on w.project = t.project and w.number = t.person \
             join subject s on s.project = t.project and s.person = w.person \
             join occurrence o on o.project = t.project and o.subject = s.number and o.at <= t.at and o.at >= t.at - interval '1 day' \
                              and o.at >= $2::timestamptz - interval '1 day' \
             where t.project = $1 and t.at >= $2 and t.at < $3 group by 1",
        )
        .bind(look.project)
        .bind(period.from)
        .bind(period.to)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        Ok(counted.into_iter().collect())
    }

    /// The person who wrote the ticket of this number.
    pub async fn writer_of_ticket(&self, project: i32, id: &str) -> Result<Option<Uuid>, Problem> {
        sqlx::query_scalar(
            "select own.ref from ticket t join subject s on s.project = t.project and s.number = t.person \
             join subject own on own.project = t.project and own.number = s.person where t.project = $1 and t.id = $2",
        )
        .bind(project)
        .bind(id)
        .fetch_optional(&self.database.admin)
        .await
        .told()
    }
}
