//! Which rows are past their time. Preview and run are the same plan.

use crate::database::Database;
use crate::database::partition::Partition;
use chrono::{DateTime, NaiveDate, Utc};
use parallax_domain::Signal;

/// What a rule is about, in the spelling of the database and of the screens.
pub const SUBJECTS: [(&str, &str, i32); 7] = [
    ("event", "Events", 400),
    ("span", "Traces", 30),
    ("log", "Logs", 30),
    ("log.debug", "Debug logs", 3),
    ("metric", "Metric points", 30),
    ("minute", "Minute roll-ups", 90),
    ("chunk", "Roll-ups and timelines", 760),
];

/// The demo keeps everything alike (contract rule A6).
const DEMO_DAYS: i32 = 120;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub project: i32,
    pub signal: String,
    pub days: i32,
    pub changed_by: String,
}

/// One thing that the next run would delete.
#[derive(Clone, Debug)]
pub struct Expired {
    pub project: i32,
    pub signal: String,
    /// The table that is dropped, or what is deleted of one that stays.
    pub what: Doomed,
    pub rows: i64,
    pub bytes: i64,
    pub days: i32,
    pub day: NaiveDate,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doomed {
    Partition(String),
    /// Rows of this partition with a level of debug or below.
    DebugRows(String),
}

/// Rules in force: the project's own, else the defaults.
pub async fn rules(database: &Database, project: i32) -> Result<Vec<Rule>, sqlx::Error> {
    let own: Vec<(String, i32, String)> =
        sqlx::query_as("select signal, days, changed_by from retention where project = $1")
            .bind(project)
            .fetch_all(&database.admin)
            .await?;
    let kind: Option<String> = sqlx::query_scalar("select kind from project where id = $1")
        .bind(project)
        .fetch_optional(&database.admin)
        .await?;
    let demo = kind.as_deref() == Some("demo");
    Ok(SUBJECTS
        .iter()
        .map(|(signal, _, default)| {
            let set = own.iter().find(|(name, _, _)| name == signal);
            let default = if demo { DEMO_DAYS } else { *default };
            Rule {
                project,
                signal: (*signal).to_owned(),
                days: set.map_or(default, |(_, days, _)| *days),
                changed_by: set.map_or_else(|| "default".to_owned(), |(_, _, by)| by.clone()),
            }
        })
        .collect())
}

/// Day before which a rule deletes: a day goes when its last instant is older than the rule allows.
pub fn horizon(now: DateTime<Utc>, days: i32) -> NaiveDate {
    (now - chrono::Duration::days(i64::from(days))).date_naive()
}

/// Partitions of one project, oldest first, with their estimated rows and their bytes.
pub async fn partitions(database: &Database, project: i32) -> Result<Vec<(Partition, i64, i64)>, sqlx::Error> {
    let tables: Vec<(String, f32, i64)> = sqlx::query_as(
        "select c.relname::text, greatest(c.reltuples, 0), pg_total_relation_size(c.oid) \
         from pg_class c join pg_inherits i on i.inhrelid = c.oid join pg_class p on p.oid = i.inhparent \
         where c.relkind = 'r' and p.relname ~ ('^(event|span|log|metric)_p' || $1 || '$')",
    )
    .bind(project.to_string())
    .fetch_all(&database.admin)
    .await?;
    let mut found: Vec<(Partition, i64, i64)> = tables
        .into_iter()
        .filter_map(|(name, rows, bytes)| Some((Partition::parse(&name)?, rows as i64, bytes)))
        .collect();
    found.sort_by_key(|(partition, _, _)| (partition.day, partition.signal));
    Ok(found)
}

/// What the rules would delete at this moment, were they in force.
pub async fn expired(database: &Database, rules: &[Rule], now: DateTime<Utc>) -> Result<Vec<Expired>, sqlx::Error> {
    let Some(project) = rules.first().map(|rule| rule.project) else { return Ok(Vec::new()) };
    let days = |signal: &str| rules.iter().find(|rule| rule.signal == signal).map(|rule| rule.days);
    let mut doomed = Vec::new();
    for (partition, rows, bytes) in partitions(database, project).await? {
        let table = partition.table();
        let Some(own) = days(partition.signal.word()) else { continue };
        if partition.day < horizon(now, own) {
            doomed.push(Expired {
                project,
                signal: partition.signal.word().to_owned(),
                what: Doomed::Partition(table),
                rows,
                bytes,
                days: own,
                day: partition.day,
            });
        } else if let (Signal::Log, Some(debug)) = (partition.signal, days("log.debug"))
            && partition.day < horizon(now, debug)
        {
            let rows: i64 =
                sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table} where severity <= 1")))
                    .fetch_one(&database.admin)
                    .await?;
            if rows > 0 {
                doomed.push(Expired {
                    project,
                    signal: "log.debug".to_owned(),
                    what: Doomed::DebugRows(table),
                    rows,
                    bytes: 0,
                    days: debug,
                    day: partition.day,
                });
            }
        }
    }
    Ok(doomed)
}
