//! Requests of people with their clocks: when it came, when somebody began, when it was answered; and when it must be.

use super::{Counts, Scope, carry_out, erase};
use crate::database::fault::Told;
use crate::identity::audit::{self, Entry};
use crate::machine::Machine;
use chrono::{DateTime, Months, Utc};
use parallax_domain::{Kind, Problem};
use serde_json::json;
use sqlx::types::Json;
use sqlx::{Connection, PgConnection};
use std::sync::Arc;
use uuid::Uuid;

/// An answer is due within a month (GDPR article 12, paragraph 3).
const DUE: Months = Months::new(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    Access,
    Erasure,
    Objection,
}

impl Right {
    pub const ALL: [Right; 3] = [Right::Access, Right::Erasure, Right::Objection];

    pub fn word(self) -> &'static str {
        match self {
            Right::Access => "access",
            Right::Erasure => "erasure",
            Right::Objection => "objection",
        }
    }

    pub fn parse(word: &str) -> Option<Right> {
        Right::ALL.into_iter().find(|right| right.word() == word)
    }
}

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// A signed link of the host application.
    Link,
    /// The receipt of a decision.
    Receipt,
    /// Somebody who administers wrote it down.
    Admin,
    CommandLine,
    /// A program with a write key.
    Key,
}

impl Channel {
    pub fn word(self) -> &'static str {
        match self {
            Channel::Link => "link",
            Channel::Receipt => "receipt",
            Channel::Admin => "admin",
            Channel::CommandLine => "command line",
            Channel::Key => "key",
        }
    }

    pub fn parse(word: &str) -> Option<Channel> {
        let all = [Channel::Link, Channel::Receipt, Channel::Admin, Channel::CommandLine, Channel::Key];
        all.into_iter().find(|channel| channel.word() == word)
    }
}

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct RequestRow {
    pub id: i64,
    pub project: i32,
    pub kind: String,
    pub channel: String,
    /// None when the person is erased.
    #[sqlx(rename = "ref")]
    pub reference: Option<Uuid>,
    pub alone: bool,
    pub received_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub begun_at: Option<DateTime<Utc>>,
    pub answered_at: Option<DateTime<Utc>>,
    pub state: String,
    pub handled_by: Option<String>,
    pub note: String,
    pub counts: Option<Json<Counts>>,
    pub receipt: Option<String>,
}

const COLUMNS: &str = "id, project, kind, channel, ref, alone, received_at, due_at, begun_at, answered_at, state, handled_by, note, \
                       counts, receipt";

/// The moment by which a request that came then must be answered.
pub fn due(received_at: DateTime<Utc>) -> DateTime<Utc> {
    received_at.checked_add_months(DUE).unwrap_or(received_at)
}

/// Writes a request down. Its clock runs from here.
pub async fn receive(
    machine: &Machine,
    scope: &Scope,
    right: Right,
    channel: Channel,
    actor: &str,
) -> Result<i64, Problem> {
    let now = machine.clock.now();
    let mut connection = machine.database.admin.acquire().await.told()?;
    let mut transaction = connection.begin().await.told()?;
    let id: i64 = sqlx::query_scalar(
        "insert into data_request (project, kind, channel, ref, alone, received_at, due_at) values ($1, $2, $3, $4, $5, $6, $7) \
         returning id",
    )
    .bind(scope.project)
    .bind(right.word())
    .bind(channel.word())
    .bind(scope.reference)
    .bind(scope.alone)
    .bind(now)
    .bind(due(now))
    .fetch_one(&mut *transaction)
    .await
    .told()?;
    let detail = json!({ "kind": right.word(), "channel": channel.word() });
    let object = format!("request {id}");
    let entry = Entry { project: Some(scope.project), actor, action: "request received", object: &object, detail };
    audit::append(&mut transaction, entry).await.told()?;
    transaction.commit().await.told()?;
    Ok(id)
}

/// Says that somebody works on it.
pub async fn begin(machine: &Machine, id: i64, by: &str) -> Result<(), Problem> {
    let begun = sqlx::query(
        "update data_request set begun_at = coalesce(begun_at, $2), handled_by = $3, state = 'working' \
         where id = $1 and answered_at is null",
    )
    .bind(id)
    .bind(machine.clock.now())
    .bind(by)
    .execute(&machine.database.admin)
    .await
    .told()?;
    if begun.rows_affected() == 1 {
        Ok(())
    } else {
        Err(Problem::new(Kind::Conflict, "This request is answered already."))
    }
}

/// Answers a request, within the transaction that did what was asked. An erased person is not named in it any more.
pub async fn answer(
    transaction: &mut PgConnection,
    id: i64,
    state: &str,
    note: &str,
    counts: &Counts,
    receipt: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update data_request set state = $2, note = $3, counts = $4, receipt = coalesce($5, receipt), \
             begun_at = coalesce(begun_at, $6), answered_at = $6, ref = case when kind = 'erasure' then null else ref end \
         where id = $1",
    )
    .bind(id)
    .bind(state)
    .bind(note)
    .bind(Json(counts))
    .bind(receipt)
    .bind(now)
    .execute(transaction)
    .await?;
    Ok(())
}

/// Refuses a request, with the reason that the person is told.
pub async fn refuse(machine: &Machine, project: i32, id: i64, actor: &str, reason: &str) -> Result<(), Problem> {
    let now = machine.clock.now();
    let mut connection = machine.database.admin.acquire().await.told()?;
    let mut transaction = connection.begin().await.told()?;
    let done = sqlx::query(
        "update data_request set state = 'refused', note = $3, begun_at = coalesce(begun_at, $4), answered_at = $4, handled_by = $5 \
         where id = $1 and project = $2 and answered_at is null",
    )
    .bind(id)
    .bind(project)
    .bind(reason)
    .bind(now)
    .bind(actor)
    .execute(&mut *transaction)
    .await
    .told()?;
    if done.rows_affected() == 0 {
        return Err(Problem::new(Kind::Conflict, "This request is answered already."));
    }
    let (object, detail) = (format!("request {id}"), json!({ "reason": reason }));
    let entry = Entry { project: Some(project), actor, action: "request refused", object: &object, detail };
    audit::append(&mut transaction, entry).await.told()?;
    transaction.commit().await.told()
}

/// Erases the person of a request, in the background: the request says how far it is. The number of the erasure.
pub async fn erase_for(machine: &Arc<Machine>, scope: &Scope, id: i64, by: &str) -> Result<i64, Problem> {
    begin(machine, id, by).await?;
    let erasure = erase(machine, scope, by, Some(id)).await?;
    let machine = machine.clone();
    tokio::spawn(async move {
        if let Err(error) = carry_out(&machine, erasure).await {
            tracing::warn!(erasure, %error, "an erasure did not get to its end; it will be taken up again");
        }
    });
    Ok(erasure)
}

/// A person takes along what is recorded: a request for access that is answered as it comes. Once a day it is written down.
pub async fn take_along(machine: &Machine, scope: &Scope, channel: Channel) -> Result<(), Problem> {
    let known: bool = sqlx::query_scalar(
        "select exists (select from data_request where project = $1 and ref = $2 and kind = 'access' and received_at > $3)",
    )
    .bind(scope.project)
    .bind(scope.reference)
    .bind(machine.clock.now() - chrono::Duration::days(1))
    .fetch_one(&machine.database.admin)
    .await
    .told()?;
    if known {
        return Ok(());
    }
    let id = receive(machine, scope, Right::Access, channel, "the person").await?;
    let counts = super::export::count(machine, scope).await.told()?;
    handed_over(machine, id, "the person", &counts).await
}

/// Marks a request for access as answered with what was handed over.
pub async fn handed_over(machine: &Machine, id: i64, by: &str, counts: &Counts) -> Result<(), Problem> {
    begin(machine, id, by).await?;
    let mut connection = machine.database.admin.acquire().await.told()?;
    answer(&mut connection, id, "done", "", counts, None, machine.clock.now()).await.told()
}

/// Requests of a project: those that wait first, by when they are due, then the newest answered.
pub async fn list(machine: &Machine, project: i32, limit: i64) -> Result<Vec<RequestRow>, Problem> {
    let sql = format!(
        "select {COLUMNS} from data_request where project = $1 \
         order by answered_at is not null, case when answered_at is null then due_at end, answered_at desc limit $2"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(project).bind(limit).fetch_all(&machine.database.admin).await.told()
}

pub async fn find(machine: &Machine, project: i32, id: i64) -> Result<Option<RequestRow>, Problem> {
    let sql = format!("select {COLUMNS} from data_request where project = $1 and id = $2");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(project).bind(id).fetch_optional(&machine.database.admin).await.told()
}

/// How many wait, how many were answered within a year, and the middle time to an answer in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, sqlx::FromRow)]
pub struct Tally {
    pub open: i64,
    pub late: i64,
    pub answered: i64,
    pub median_seconds: Option<f64>,
}

pub async fn tally(machine: &Machine, project: i32) -> Result<Tally, Problem> {
    sqlx::query_as(
        "select count(*) filter (where answered_at is null) as open, \
                count(*) filter (where answered_at is null and due_at < $2) as late, \
                count(*) filter (where answered_at > $2 - interval '365 days') as answered, \
                percentile_cont(0.5) within group (order by extract(epoch from answered_at - received_at)::float8) \
                    filter (where answered_at > $2 - interval '365 days') as median_seconds \
         from data_request where project = $1",
    )
    .bind(project)
    .bind(machine.clock.now())
    .fetch_one(&machine.database.admin)
    .await
    .told()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_due_after_a_month_of_the_calendar() {
        let due = |text: &str| due(text.parse().unwrap()).date_naive().to_string();
        assert_eq!(due("2026-11-22T13:00:00Z"), "2026-12-22");
        assert_eq!(due("2026-01-31T13:00:00Z"), "2026-02-28");
    }

    #[test]
    fn rights_and_channels_keep_their_words() {
        assert!(Right::ALL.iter().all(|right| Right::parse(right.word()) == Some(*right)));
        assert_eq!(Channel::parse("command line"), Some(Channel::CommandLine));
        assert_eq!(Channel::parse("post"), None);
    }
}
