//! How long things are kept: ask for a change, agree to it, take it back; hold what must stay; and what is stored now.

use super::{demand_in, note};
use crate::database::fault::Told;
use crate::erasure::subject;
use crate::identity::accounts::Viewer;
use crate::machine::Machine;
use crate::retention::change::{self, Actor, Asked};
use crate::retention::hold::{self, Hold, LONGEST_REVIEW};
use crate::retention::plan;
use crate::retention::preview::{self, Preview};
use crate::retention::rule::{Rules, name_of, signal_of};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use parallax_domain::{Category, Permission, Problem};
use serde_json::json;
use sqlx::Connection;
use std::collections::BTreeMap;

fn actor(viewer: &Viewer) -> Actor<'_> {
    Actor { name: &viewer.email, account: viewer.account }
}

/// What a change would do; nothing is changed by asking.
pub async fn preview(machine: &Machine, project: i32, word: &str, days: i32) -> Result<Preview, Problem> {
    preview::preview(machine, project, word, days).await
}

/// Asks for a change of a rule.
pub async fn ask(
    machine: &Machine,
    viewer: &Viewer,
    project: i32,
    word: &str,
    days: i32,
    reason: &str,
) -> Result<Asked, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    change::ask(machine, actor(viewer), project, word, days, reason).await
}

/// What is said about it.
pub fn said(asked: Asked, word: &str, days: i32) -> String {
    let name = name_of(word);
    match asked {
        Asked::InForce => format!("{name} are kept {days} days"),
        Asked::Scheduled(id, at) => {
            format!("Change {id} is carried out on {}; until then it can be taken back", at.format("%-d %b, %H:%M UTC"))
        }
        Asked::Waiting(id) => format!("Change {id} waits for another admin, because it deletes much"),
    }
}

pub async fn approve(machine: &Machine, viewer: &Viewer, project: i32, id: i64) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    if viewer.account == 0 {
        return Err(Problem::new(parallax_domain::Kind::Forbidden, "A person has to agree, not a program."));
    }
    let at = change::approve(machine, actor(viewer), project, id).await?;
    Ok(format!("Change {id} is carried out on {}", at.format("%-d %b, %H:%M UTC")))
}

pub async fn cancel(machine: &Machine, viewer: &Viewer, project: i32, id: i64) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    let change = change::cancel(machine, actor(viewer), project, id).await?;
    Ok(format!("{} stay as they are: {} days", name_of(&change.signal), change.days_from))
}

/// What somebody says about a new hold.
#[derive(Clone, Debug, Default)]
pub struct NewHold<'a> {
    pub name: &'a str,
    pub reason: &'a str,
    pub owner: &'a str,
    /// Empty: every signal.
    pub signal: &'a str,
    pub category: Option<Category>,
    /// Days (UTC), both within it; empty: without bound.
    pub from: &'a str,
    pub to: &'a str,
    /// The id of one person as a sender or a screen spells it; empty: everybody.
    pub person: &'a str,
    pub review: &'a str,
}

/// Places a hold; its number.
pub async fn place(machine: &Machine, viewer: &Viewer, project: i32, new: NewHold<'_>) -> Result<i64, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    let now = machine.clock.now();
    for (field, text, longest) in [("name", new.name, 200), ("reason", new.reason, 500), ("owner", new.owner, 200)] {
        if text.trim().is_empty() || text.chars().count() > longest {
            return Err(Problem::invalid(field, format!("Say this in 1 to {longest} characters.")));
        }
    }
    let signal = match new.signal.trim() {
        "" => None,
        word => {
            Some(signal_of(word).ok_or_else(|| Problem::invalid("signal", format!("There is no signal {word:?}.")))?)
        }
    };
    if new.category.is_some() && signal.is_some_and(|signal| signal != parallax_domain::Signal::Event) {
        return Err(Problem::invalid("category", "Only events have a category."));
    }
    let day = |field: &str, text: &str| -> Result<Option<NaiveDate>, Problem> {
        let text = text.trim();
        let parsed = (!text.is_empty()).then(|| text.parse()).transpose();
        parsed.map_err(|_| Problem::invalid(field, "A day is written as 2026-11-19."))
    };
    let (from, to) = (day("from", new.from)?, day("to", new.to)?);
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        return Err(Problem::invalid("to", "The last day is before the first."));
    }
    let review =
        day("review", new.review)?.ok_or_else(|| Problem::invalid("review", "Say when it is looked at again."))?;
    let latest = (now + Duration::days(LONGEST_REVIEW)).date_naive();
    if review <= now.date_naive() || review > latest {
        return Err(Problem::invalid("review", format!("A hold is looked at again within {LONGEST_REVIEW} days.")));
    }
    let subjects = match new.person.trim() {
        "" => None,
        id => match subject::of_identifier(machine, project, id).await? {
            Some(scope) => Some(scope.subjects),
            None => return Err(Problem::invalid("person", "Nobody with exactly this id has been seen.")),
        },
    };
    let midnight = |day: NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc();
    let id: i64 = sqlx::query_scalar(
        "insert into hold (project, name, reason, owner, signal, category, \"from\", \"to\", subjects, review_at, made_by, made_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning id",
    )
    .bind(project)
    .bind(new.name.trim())
    .bind(new.reason.trim())
    .bind(new.owner.trim())
    .bind(signal.map(|signal| signal.word()))
    .bind(new.category.map(|category| category as i16))
    .bind(from.map(midnight))
    .bind(to.and_then(|to| to.succ_opt()).map(midnight))
    .bind(subjects.as_ref())
    .bind(review)
    .bind(&viewer.email)
    .bind(now)
    .fetch_one(&machine.database.admin)
    .await
    .told()?;
    let detail = json!({
        "reason": new.reason.trim(), "owner": new.owner.trim(), "signal": signal, "from": from, "to": to,
        "one person": subjects.is_some(), "review": review,
    });
    note(machine, viewer, Some(project), "hold placed", &format!("hold {id} {}", new.name.trim()), detail).await?;
    Ok(id)
}

/// Ends a hold: what it kept out of sight goes, and what it kept in its place goes with the next run.
pub async fn release(machine: &Machine, viewer: &Viewer, project: i32, id: i64) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    let now = machine.clock.now();
    let mut connection = machine.database.admin.acquire().await.told()?;
    let mut transaction = connection.begin().await.told()?;
    let name: Option<String> = sqlx::query_scalar(
        "update hold set released_at = $3, released_by = $4 where project = $1 and id = $2 and released_at is null returning name",
    )
    .bind(project)
    .bind(id)
    .bind(now)
    .bind(&viewer.email)
    .fetch_optional(&mut *transaction)
    .await
    .told()?;
    let name = name.ok_or_else(|| Problem::not_found("hold in force"))?;
    let gone = sqlx::query("delete from held where hold = $1").bind(id).execute(&mut *transaction).await.told()?;
    // What was cleaned around the hold is looked at again.
    sqlx::query("delete from swept where project = $1").bind(project).execute(&mut *transaction).await.told()?;
    let answered: Vec<i64> = sqlx::query_scalar(
        "update data_request r set state = 'done', note = 'The hold has ended; the rows that it kept are gone as well.' \
         from erasure e where e.request = r.id and r.project = $1 and r.state = 'restricted' \
         and not exists (select from held where held.erasure = e.id) returning r.id",
    )
    .bind(project)
    .fetch_all(&mut *transaction)
    .await
    .told()?;
    transaction.commit().await.told()?;
    let rows = gone.rows_affected();
    let detail = json!({ "rows": rows, "requests answered": answered });
    note(machine, viewer, Some(project), "hold released", &format!("hold {id} {name}"), detail).await?;
    Ok(format!("{name} is released; what it kept past its time goes with the next run"))
}

/// A hold with what it keeps.
#[derive(Clone, Debug)]
pub struct HoldLine {
    pub hold: Hold,
    /// Rows out of sight that only this hold keeps.
    pub rows: i64,
    pub people: i64,
}

/// Holds in force, by when they are looked at again.
pub async fn holds(machine: &Machine, project: i32) -> Result<Vec<HoldLine>, Problem> {
    let mut connection = machine.database.admin.acquire().await.told()?;
    let mut lines = Vec::new();
    for hold in hold::in_force(&mut connection, project).await.told()? {
        let (rows, people): (i64, i64) =
            sqlx::query_as("select count(*), count(distinct subject) from held where hold = $1")
                .bind(hold.id)
                .fetch_one(&mut *connection)
                .await
                .told()?;
        lines.push(HoldLine { hold, rows, people });
    }
    lines.sort_by_key(|line| line.hold.review_at);
    Ok(lines)
}

/// What is stored of each kind now: bytes, and the oldest and newest day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    pub rows: i64,
    pub bytes: i64,
    pub oldest: Option<NaiveDate>,
    pub newest: Option<NaiveDate>,
}

/// By the name of the rule. Rows are estimates of the database, bytes include indexes.
pub async fn held(machine: &Machine, project: i32) -> Result<BTreeMap<String, Held>, Problem> {
    let mut all: BTreeMap<String, Held> = BTreeMap::new();
    let mut connection = machine.database.admin.acquire().await.told()?;
    for there in plan::tables(&mut connection, project).await.told()? {
        let day = there.partition.day;
        let of = all.entry(there.partition.signal.word().to_owned()).or_default();
        of.bytes += there.bytes;
        of.rows += there.rows.unwrap_or(0);
        // The next days' tables are there already, and empty.
        if day <= machine.clock.now().date_naive() {
            of.oldest = Some(of.oldest.map_or(day, |oldest| oldest.min(day)));
            of.newest = Some(of.newest.map_or(day, |newest| newest.max(day)));
        }
    }
    let chunks: Vec<(bool, i64, i64, NaiveDate, NaiveDate)> = sqlx::query_as(
        "select part = $2, sum(rows)::bigint, sum(octet_length(body))::bigint, min((period at time zone 'UTC')::date), \
                max((period at time zone 'UTC')::date) from chunk where project = $1 group by 1",
    )
    .bind(project)
    .bind(crate::projection::delta::MINUTE_GRAIN)
    .fetch_all(&mut *connection)
    .await
    .told()?;
    for (minute, rows, bytes, oldest, newest) in chunks {
        let name = if minute { "minute" } else { "chunk" };
        all.insert(name.to_owned(), Held { rows, bytes, oldest: Some(oldest), newest: Some(newest) });
    }
    Ok(all)
}

/// A line of the list of deletions.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Proof {
    pub id: i64,
    pub kind: String,
    pub signal: String,
    pub what: String,
    pub rows: i64,
    pub bytes: i64,
    pub oldest: Option<DateTime<Utc>>,
    pub newest: Option<DateTime<Utc>>,
    pub policy_days: i32,
    pub ended_at: DateTime<Utc>,
    pub verified: bool,
    /// The signed statement; none while it is in work, and of deletions before statements were signed.
    pub proof: Option<String>,
}

impl Proof {
    /// As statements are called.
    pub fn name(&self) -> String {
        format!("{}-{}", if self.kind == "erasure" { "E" } else { "D" }, self.id)
    }
}

const PROOF: &str = "id, kind, signal, what, rows, bytes, oldest, newest, policy_days, ended_at, verified, proof";

/// The newest proofs first.
pub async fn proofs(machine: &Machine, project: i32, limit: i64) -> Result<Vec<Proof>, Problem> {
    let sql = format!("select {PROOF} from deletion where project = $1 order by id desc limit $2");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(project).bind(limit).fetch_all(&machine.database.admin).await.told()
}

pub async fn proof(machine: &Machine, project: i32, id: i64) -> Result<Option<Proof>, Problem> {
    let sql = format!("select {PROOF} from deletion where project = $1 and id = $2");
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(project).bind(id).fetch_optional(&machine.database.admin).await.told()
}

/// Rules in force of a project.
pub async fn in_force(machine: &Machine, project: i32) -> Result<Rules, Problem> {
    change::load(machine, project).await
}
