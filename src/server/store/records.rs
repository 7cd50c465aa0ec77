//! Tickets, feedback and the other small records, upserted by their ids.

use super::Store;
use super::people::People;
use crate::database::fault::Told;
use crate::record::Identifier;
use chrono::{DateTime, NaiveDate, Utc};
use parallax_domain::Problem;
use serde_json::Value;

pub struct Deployment {
    pub service: String,
    pub version: String,
    pub environment: String,
    pub at: DateTime<Utc>,
    pub author: Option<String>,
    pub url: Option<String>,
}

pub struct Ticket {
    pub id: String,
    pub at: DateTime<Utc>,
    pub user: Option<Identifier>,
    pub person: Option<i32>,
    pub title: String,
    pub body: String,
    pub status: String,
    pub url: Option<String>,
    pub rating: Option<f64>,
}

pub struct Feedback {
    pub id: String,
    pub at: DateTime<Utc>,
    pub user: Option<Identifier>,
    pub person: Option<i32>,
    pub body: String,
    pub rating: Option<f64>,
    pub url: Option<String>,
    pub status: String,
}

pub struct Survey {
    pub id: String,
    pub at: DateTime<Utc>,
    pub source: String,
    pub question: String,
    pub answer: String,
    pub rating: Option<f64>,
    pub shares_usage: Option<bool>,
}

pub struct Spend {
    pub day: NaiveDate,
    pub campaign: String,
    pub source: String,
    pub medium: String,
    /// Millionths.
    pub amount: i64,
    pub currency: String,
}

pub struct Population {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub strata: Value,
    pub people: Option<i64>,
    pub requests: Option<i64>,
}

pub struct Target {
    pub measure: String,
    pub value: f64,
}

impl Store {
    /// Fills in the numbers of the people that records name.
    pub async fn name<'a>(
        &self,
        people: &People,
        project: i32,
        rows: impl Iterator<Item = (&'a Option<Identifier>, &'a mut Option<i32>)>,
    ) -> Result<(), Problem> {
        let rows: Vec<_> = rows.collect();
        let identifiers: Vec<Identifier> = rows.iter().filter_map(|(user, _)| (*user).clone()).collect();
        let numbers = people.numbers(project, &identifiers, Utc::now()).await.told()?;
        for (user, person) in rows {
            *person = user.as_ref().and_then(|user| numbers.get(&user.reference)).copied();
        }
        Ok(())
    }

    pub async fn write_deployments(&self, project: i32, rows: &[Deployment]) -> Result<(), Problem> {
        for row in rows {
            sqlx::query(
                "insert into deployment (project, service, version, environment, at, author, url, source) \
                 select $1, $2, $3, $4, $5, $6, $7, 'told' \
                 where not exists (select from deployment where project = $1 and service = $2 and version = $3 \
                                   and environment = $4 and at = $5 and source = 'told')",
            )
            .bind(project)
            .bind(&row.service)
            .bind(&row.version)
            .bind(&row.environment)
            .bind(row.at)
            .bind(&row.author)
            .bind(&row.url)
            .execute(&self.database.writer)
            .await
            .told()?;
        }
        Ok(())
    }

    /// A record tells the state of its ticket at its own time, so that they may arrive in any order. A sender that
    /// repeats the time of opening with every state closes the ticket when the record arrives.
    pub async fn write_tickets(&self, project: i32, rows: &[Ticket]) -> Result<(), Problem> {
        for row in rows {
            sqlx::query(
                "insert into ticket as t (project, id, at, person, title, body, status, url, rating, told_at, answered_at, closed_at) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $3, case when $7 not in ('open', 'new') then $3 end, \
                         case when $7 in ('closed', 'resolved', 'solved') then $3 end) \
                 on conflict (project, id) do update set \
                     title = case when excluded.told_at >= coalesce(t.told_at, t.at) then excluded.title else t.title end, \
                     body = case when excluded.told_at >= coalesce(t.told_at, t.at) then excluded.body else t.body end, \
                     status = case when excluded.told_at >= coalesce(t.told_at, t.at) then excluded.status else t.status end, \
                     url = case when excluded.told_at >= coalesce(t.told_at, t.at) then excluded.url else t.url end, \
                     at = least(t.at, excluded.at), \
                     person = coalesce(excluded.person, t.person), \
                     rating = coalesce(excluded.rating, t.rating), \
                     told_at = greatest(t.told_at, excluded.told_at), \
                     answered_at = least(t.answered_at, case when excluded.answered_at is null then null \
                                                             when excluded.at = t.at then now() else excluded.at end), \
                     closed_at = case when excluded.told_at < coalesce(t.told_at, t.at) then t.closed_at \
                                      when excluded.closed_at is null then null \
                                      when t.closed_at is not null then t.closed_at \
                                      when excluded.at = t.at then now() else excluded.at end",
            )
            .bind(project)
            .bind(&row.id)
            .bind(row.at)
            .bind(row.person)
            .bind(&row.title)
            .bind(&row.body)
            .bind(&row.status)
            .bind(&row.url)
            .bind(row.rating)
            .execute(&self.database.writer)
            .await
            .told()?;
        }
        Ok(())
    }

    pub async fn write_feedback(&self, project: i32, rows: &[Feedback]) -> Result<(), Problem> {
        for row in rows {
            sqlx::query(
                "insert into feedback (project, id, at, person, body, rating, url, status) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8) \
                 on conflict (project, id) do update set person = coalesce(excluded.person, feedback.person), \
                     body = excluded.body, rating = excluded.rating, url = excluded.url, status = excluded.status",
            )
            .bind(project)
            .bind(&row.id)
            .bind(row.at)
            .bind(row.person)
            .bind(&row.body)
            .bind(row.rating)
            .bind(&row.url)
            .bind(&row.status)
            .execute(&self.database.writer)
            .await
            .told()?;
        }
        Ok(())
    }

    pub async fn write_surveys(&self, project: i32, rows: &[Survey]) -> Result<(), Problem> {
        for row in rows {
            sqlx::query(
                "insert into survey (project, id, at, source, question, answer, rating, shares_usage) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8) \
                 on conflict (project, id) do update set at = excluded.at, source = excluded.source, question = excluded.question, \
                     answer = excluded.answer, rating = excluded.rating, shares_usage = excluded.shares_usage",
            )
            .bind(project)
            .bind(&row.id)
            .bind(row.at)
            .bind(&row.source)
            .bind(&row.question)
            .bind(&row.answer)
            .bind(row.rating)
            .bind(row.shares_usage)
            .execute(&self.database.writer)
            .await
            .told()?;
        }
        Ok(())
    }

    pub async fn write_spend(&self, project: i32, rows: &[Spend]) -> Result<(), Problem> {
        for row in rows {
            sqlx::query(
                "insert into spend (project, day, campaign, source, medium, amount, currency) values ($1, $2, $3, $4, $5, $6, $7) \
                 on conflict (project, day, campaign, source, medium, currency) do update set amount = excluded.amount",
            )
            .bind(project)
            .bind(row.day)
            .bind(&row.campaign)
            .bind(&row.source)
            .bind(&row.medium)
            .bind(row.amount)
            .bind(&row.currency)
            .execute(&self.database.writer)
            .await
            .told()?;
        }
        Ok(())
    }

    pub async fn write_population(&self, project: i32, rows: &[Population]) -> Result<(), Problem> {
        for row in rows {
            sqlx::query(
                "insert into population (project, \"from\", \"to\", strata, people, requests) values ($1, $2, $3, $4, $5, $6) \
                 on conflict (project, \"from\", \"to\", strata) do update set people = excluded.people, requests = excluded.requests",
            )
            .bind(project)
            .bind(row.from)
            .bind(row.to)
            .bind(&row.strata)
            .bind(row.people)
            .bind(row.requests)
            .execute(&self.database.writer)
            .await
            .told()?;
        }
        Ok(())
    }

    pub async fn write_targets(&self, project: i32, rows: &[Target], by: &str) -> Result<(), Problem> {
        for row in rows {
            sqlx::query(
                "insert into target (project, measure, value, changed_by) values ($1, $2, $3, $4) \
                 on conflict (project, measure) do update set value = excluded.value, changed_by = excluded.changed_by, changed_at = now()",
            )
            .bind(project)
            .bind(&row.measure)
            .bind(row.value)
            .bind(by)
            .execute(&self.database.writer)
            .await
            .told()?;
        }
        Ok(())
    }
}
