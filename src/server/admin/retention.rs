//! How long things are kept. The preview of a change is the plan of the run with the rule changed.

use super::{demand_in, note};
use crate::database::fault::Told;
use crate::identity::accounts::Viewer;
use crate::machine::Machine;
use crate::privacy::policy::announce;
use crate::projection::chunk::Kind;
use crate::retention::plan::{Doomed, Expired, Rule, SUBJECTS, expired, horizon, rules};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use parallax_domain::{Permission, Problem};
use serde_json::json;
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;

const LONGEST: i32 = 3650;

/// What a change of one rule would delete beyond what goes anyway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    pub signal: String,
    pub days_now: i32,
    pub days_then: i32,
    pub rows: i64,
    pub bytes: i64,
    /// Days (UTC) that lose something.
    pub days: Vec<NaiveDate>,
}

impl Preview {
    pub fn deletes(&self) -> bool {
        !self.days.is_empty()
    }
}

pub async fn preview(machine: &Machine, project: i32, signal: &str, days: i32) -> Result<Preview, Problem> {
    check(signal, days)?;
    let database = &machine.database;
    let now = machine.clock.now();
    let in_force = rules(database, project).await.told()?;
    let mut changed = in_force.clone();
    let mut days_now = days;
    for rule in changed.iter_mut().filter(|rule| rule.signal == signal) {
        days_now = rule.days;
        rule.days = days;
    }
    let mut lost = if signal == "chunk" || signal == "minute" {
        chunks(machine, project, signal, (horizon(now, days_now), horizon(now, days))).await?
    } else {
        beyond(expired(database, &changed, now).await.told()?, &expired(database, &in_force, now).await.told()?)
    };
    let (mut rows, mut bytes) = (0, 0);
    for one in &mut lost {
        // A table that was never analysed has no estimate; then it is small enough to be counted.
        if let (0, Doomed::Partition(table)) = (one.rows, &one.what) {
            let count = AssertSqlSafe(format!("select count(*) from {table}"));
            one.rows = sqlx::query_scalar(count).fetch_one(&database.admin).await.told()?;
        }
        rows += one.rows;
        bytes += one.bytes;
    }
    let mut touched: Vec<NaiveDate> = lost.iter().filter(|one| one.rows > 0).map(|one| one.day).collect();
    touched.sort_unstable();
    touched.dedup();
    Ok(Preview { signal: signal.to_owned(), days_now, days_then: days, rows, bytes, days: touched })
}

/// Sets a rule. The next run, within the hour, deletes what is older.
pub async fn set(machine: &Machine, viewer: &Viewer, project: i32, signal: &str, days: i32) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    let preview = preview(machine, project, signal, days).await?;
    sqlx::query(
        "insert into retention (project, signal, days, changed_by) values ($1, $2, $3, $4) \
         on conflict (project, signal) do update set days = excluded.days, changed_by = excluded.changed_by, changed_at = now()",
    )
    .bind(project)
    .bind(signal)
    .bind(days)
    .bind(&viewer.email)
    .execute(&machine.database.admin)
    .await
    .told()?;
    announce(&machine.database, "retention").await.told()?;
    let detail = json!({ "from": preview.days_now, "to": days, "rows": preview.rows, "bytes": preview.bytes, "days": preview.days.len() });
    note(machine, viewer, Some(project), "retention changed", signal, detail).await?;
    let name = name_of(signal);
    Ok(format!("{name} are kept {days} days{}", if preview.deletes() { "; older ones go within the hour" } else { "" }))
}

/// As the screens call what a rule is about.
pub fn name_of(signal: &str) -> &'static str {
    SUBJECTS.iter().find(|(word, _, _)| *word == signal).map_or("Other data", |(_, name, _)| name)
}

fn check(signal: &str, days: i32) -> Result<(), Problem> {
    if !SUBJECTS.iter().any(|(word, _, _)| *word == signal) {
        return Err(Problem::invalid("signal", format!("There is no rule for {signal:?}.")));
    }
    if !(1..=LONGEST).contains(&days) {
        return Err(Problem::invalid("days", format!("Data is kept 1 to {LONGEST} days.")));
    }
    Ok(())
}

/// What the second plan does not delete yet.
fn beyond(then: Vec<Expired>, now: &[Expired]) -> Vec<Expired> {
    then.into_iter().filter(|one| !now.iter().any(|other| other.what == one.what)).collect()
}

/// Chunks of the days between the two horizons. Minute cells are chunks of roll-ups with a grain of their own.
async fn chunks(
    machine: &Machine,
    project: i32,
    signal: &str,
    (now, then): (NaiveDate, NaiveDate),
) -> Result<Vec<Expired>, Problem> {
    let midnight = |day: NaiveDate| -> DateTime<Utc> { day.and_time(NaiveTime::MIN).and_utc() };
    let grain = if signal == "minute" { "part = $5" } else { "part <> $5" };
    let found: Vec<(NaiveDate, i64, i64)> = sqlx::query_as(AssertSqlSafe(format!(
        "select (period at time zone 'UTC')::date as day, sum(rows)::bigint, sum(octet_length(body))::bigint from chunk \
         where project = $1 and kind <> $2 and period >= $3 and period < $4 and {grain} group by 1"
    )))
    .bind(project)
    .bind(Kind::Timeline as i16)
    .bind(midnight(now))
    .bind(midnight(then))
    .bind(crate::projection::delta::MINUTE_GRAIN)
    .fetch_all(&machine.database.admin)
    .await
    .told()?;
    let day = |(day, rows, bytes)| Expired {
        project,
        signal: signal.to_owned(),
        what: Doomed::Partition(String::new()),
        rows,
        bytes,
        days: 0,
        day,
    };
    Ok(found.into_iter().map(day).filter(|one| one.rows > 0).collect())
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
    for (partition, rows, bytes) in crate::retention::plan::partitions(&machine.database, project).await.told()? {
        let of = all.entry(partition.signal.word().to_owned()).or_default();
        of.bytes += bytes;
        of.rows += rows;
        // The next days' tables are there already, and empty.
        if partition.day <= machine.clock.now().date_naive() {
            of.oldest = Some(of.oldest.map_or(partition.day, |day| day.min(partition.day)));
            of.newest = Some(of.newest.map_or(partition.day, |day| day.max(partition.day)));
        }
    }
    let chunks: Vec<(bool, i64, i64, NaiveDate, NaiveDate)> = sqlx::query_as(
        "select part = $2, sum(rows)::bigint, sum(octet_length(body))::bigint, min((period at time zone 'UTC')::date), \
                max((period at time zone 'UTC')::date) from chunk where project = $1 group by 1",
    )
    .bind(project)
    .bind(crate::projection::delta::MINUTE_GRAIN)
    .fetch_all(&machine.database.admin)
    .await
    .told()?;
    for (minute, rows, bytes, oldest, newest) in chunks {
        let name = if minute { "minute" } else { "chunk" };
        all.insert(name.to_owned(), Held { rows, bytes, oldest: Some(oldest), newest: Some(newest) });
    }
    Ok(all)
}

/// A proof of deletion.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Proof {
    pub id: i64,
    pub signal: String,
    pub what: String,
    pub rows: i64,
    pub bytes: i64,
    pub oldest: Option<DateTime<Utc>>,
    pub newest: Option<DateTime<Utc>>,
    pub policy_days: i32,
    pub ended_at: DateTime<Utc>,
    pub verified: bool,
}

/// The newest proofs first.
pub async fn proofs(machine: &Machine, project: i32, limit: i64) -> Result<Vec<Proof>, Problem> {
    sqlx::query_as(
        "select id, signal, what, rows, bytes, oldest, newest, policy_days, ended_at, verified from deletion \
         where project = $1 order by id desc limit $2",
    )
    .bind(project)
    .bind(limit)
    .fetch_all(&machine.database.admin)
    .await
    .told()
}

/// Rules in force of a project.
pub async fn in_force(machine: &Machine, project: i32) -> Result<Vec<Rule>, Problem> {
    rules(&machine.database, project).await.told()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expired(table: &str) -> Expired {
        Expired {
            project: 1,
            signal: "log".into(),
            what: Doomed::Partition(table.into()),
            rows: 1,
            bytes: 1,
            days: 30,
            day: NaiveDate::MIN,
        }
    }

    #[test]
    fn what_goes_anyway_is_not_counted_as_lost_by_the_change() {
        let lost = beyond(vec![expired("a"), expired("b")], &[expired("a")]);
        assert_eq!(lost.iter().map(|one| one.what.clone()).collect::<Vec<_>>(), [Doomed::Partition("b".into())]);
    }

    #[test]
    fn a_rule_is_checked_by_field() {
        assert_eq!(check("log", 0).unwrap_err().field.as_deref(), Some("days"));
        assert_eq!(check("logs", 5).unwrap_err().field.as_deref(), Some("signal"));
        assert!(check("log.debug", 3650).is_ok());
    }
}
