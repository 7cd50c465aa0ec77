//! Which rows are past their time, counted. The preview on the screen and the run that deletes are this same code; it
//! only reads.

use super::field::{self, Short};
use super::hold::{self, Hold};
use super::rule::{Rules, condition, leaves};
use crate::database::Database;
use crate::database::partition::Partition;
use crate::projection::chunk::RECORDS;
use crate::projection::delta::MINUTE_GRAIN;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use parallax_domain::Signal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// One thing that goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    pub what: Doomed,
    /// The rule.
    pub word: String,
    pub day: NaiveDate,
    /// The shortest promise about this day.
    pub days: i32,
    pub rows: i64,
    pub bytes: i64,
    pub oldest: Option<DateTime<Utc>>,
    pub newest: Option<DateTime<Utc>>,
    /// Different people in it; none where records have no person.
    pub people: Option<i64>,
    /// Rows that would go if no hold kept them.
    pub held: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Doomed {
    /// The table of a day is dropped as a whole; rows under a hold are copied out of it first.
    Table(String),
    /// Rows of a table that stays, by the part of the signal that they are.
    Rows { table: String, leaf: String },
    /// Values of a field whose catalogue entry promises less than its signal does.
    Field { table: String, name: String },
    /// Roll-ups of a day, by the minute or by the hour.
    Rollups { minutes: bool },
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub items: Vec<Item>,
}

impl Plan {
    pub fn rows(&self) -> i64 {
        self.items.iter().map(|item| item.rows).sum()
    }

    pub fn bytes(&self) -> i64 {
        self.items.iter().map(|item| item.bytes).sum()
    }

    pub fn held(&self) -> i64 {
        self.items.iter().map(|item| item.held).sum()
    }

    /// Days that lose something, in order.
    pub fn days(&self) -> Vec<NaiveDate> {
        let mut days: Vec<NaiveDate> = self.items.iter().filter(|item| item.rows > 0).map(|item| item.day).collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    pub fn tables(&self) -> usize {
        self.items.iter().filter(|item| matches!(item.what, Doomed::Table(_))).count()
    }

    pub fn oldest(&self) -> Option<DateTime<Utc>> {
        self.items.iter().filter_map(|item| item.oldest).min()
    }

    pub fn newest(&self) -> Option<DateTime<Utc>> {
        self.items.iter().filter_map(|item| item.newest).max()
    }

    /// What this plan deletes beyond another one.
    pub fn beyond(self, other: &Plan) -> Plan {
        let known = |item: &Item| other.items.iter().any(|one| one.what == item.what && one.day == item.day);
        Plan { items: self.items.into_iter().filter(|item| !known(item)).collect() }
    }

    /// Names a plan: what goes of which day, and how many rows of it.
    pub fn hash(&self) -> String {
        let mut lines: Vec<String> =
            self.items.iter().map(|item| format!("{:?} {} {} {}", item.what, item.word, item.day, item.rows)).collect();
        lines.sort();
        hex::encode(Sha256::digest(lines.join("\n").as_bytes()))
    }
}

/// What the rules would delete at this moment, were they in force. Reads only, in one snapshot.
pub async fn make(database: &Database, rules: &Rules, at: DateTime<Utc>) -> Result<Plan, sqlx::Error> {
    let mut connection = database.admin.acquire().await?;
    let mut transaction = connection.begin().await?;
    sqlx::query("set transaction isolation level repeatable read, read only").execute(&mut *transaction).await?;
    let holds = hold::in_force(&mut transaction, rules.project).await?;
    let fields = field::shorter(&mut transaction, rules.project).await?;
    let mut items = Vec::new();
    for there in tables(&mut transaction, rules.project).await? {
        of_table(&mut transaction, rules, &holds, &fields, &there, at, &mut items).await?;
    }
    for minutes in [true, false] {
        items.extend(rollups(&mut transaction, rules, minutes, at).await?);
    }
    transaction.rollback().await?;
    Ok(Plan { items })
}

/// The table of one day as the catalogue knows it.
#[derive(Clone, Debug)]
pub struct There {
    pub partition: Partition,
    /// As estimated by the database; none where it never looked.
    pub rows: Option<i64>,
    pub bytes: i64,
    /// Rows that ever came in, as far as statistics reach.
    pub inserted: i64,
}

/// Tables of one project, oldest first.
pub async fn tables(connection: &mut PgConnection, project: i32) -> Result<Vec<There>, sqlx::Error> {
    let tables: Vec<(String, f32, i64, i64)> = sqlx::query_as(
        "select c.relname::text, c.reltuples, pg_total_relation_size(c.oid), pg_stat_get_tuples_inserted(c.oid) \
         from pg_class c join pg_inherits i on i.inhrelid = c.oid join pg_class p on p.oid = i.inhparent \
         where c.relkind = 'r' and p.relname ~ ('^(event|span|log|metric)_p' || $1 || '$')",
    )
    .bind(project.to_string())
    .fetch_all(connection)
    .await?;
    let mut found: Vec<There> = tables
        .into_iter()
        .filter_map(|(name, rows, bytes, inserted)| {
            let rows = (rows >= 0.0).then_some(rows as i64);
            Some(There { partition: Partition::parse(&name)?, rows, bytes, inserted })
        })
        .collect();
    found.sort_by_key(|there| (there.partition.day, there.partition.signal));
    Ok(found)
}

async fn of_table(
    connection: &mut PgConnection,
    rules: &Rules,
    holds: &[Hold],
    fields: &[Short],
    there: &There,
    at: DateTime<Utc>,
    items: &mut Vec<Item>,
) -> Result<(), sqlx::Error> {
    let Partition { signal, day, .. } = there.partition;
    let (table, whole) = (there.partition.table(), signal.word());
    let touching: Vec<Hold> = holds.iter().filter(|hold| hold.touches(signal, day)).cloned().collect();
    let kept = hold::kept(&touching, signal);
    let parts = leaves(whole);
    if rules.is_wholly_past(whole, day, at) {
        let days = parts.iter().map(|leaf| rules.days_on(leaf, day)).max().unwrap_or_default();
        let what = Doomed::Table(table);
        items.push(count(connection, there, what, whole, "true", &kept, days).await?);
        return Ok(());
    }
    let cleaned: Vec<(String, i64)> =
        sqlx::query_as("select leaf, inserted from swept where project = $1 and \"table\" = $2")
            .bind(rules.project)
            .bind(&table)
            .fetch_all(&mut *connection)
            .await?;
    let is_clean = |leaf: &str| cleaned.iter().any(|(known, inserted)| known == leaf && *inserted == there.inserted);
    for leaf in parts.into_iter().filter(|leaf| rules.is_past(leaf, day, at) && !is_clean(leaf)) {
        let what = Doomed::Rows { table: table.clone(), leaf: leaf.to_owned() };
        let item = count(connection, there, what, leaf, &condition(leaf), &kept, rules.days_on(leaf, day)).await?;
        if item.rows + item.held > 0 {
            items.push(item);
        }
    }
    for short in fields.iter().filter(|short| short.signal == signal && short.is_past(day, at)) {
        if is_clean(&short.mark()) {
            continue;
        }
        let what = Doomed::Field { table: table.clone(), name: short.name.clone() };
        let item = count(connection, there, what, whole, &short.condition(), &kept, short.days).await?;
        if item.rows + item.held > 0 {
            items.push(item);
        }
    }
    Ok(())
}

async fn count(
    connection: &mut PgConnection,
    there: &There,
    what: Doomed,
    word: &str,
    rows: &str,
    kept: &str,
    days: i32,
) -> Result<Item, sqlx::Error> {
    let Partition { signal, day, .. } = there.partition;
    let people = if signal == Signal::Metric { "null::bigint" } else { "count(distinct subject)" };
    let sql = format!(
        "select count(*), count(*) filter (where not ({kept})), min(at) filter (where not ({kept})), \
                max(at) filter (where not ({kept})), {people} from {} where {rows}",
        there.partition.table()
    );
    type Counted = (i64, i64, Option<DateTime<Utc>>, Option<DateTime<Utc>>, Option<i64>);
    let (all, gone, oldest, newest, people): Counted =
        sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut *connection).await?;
    // Rows of a table that stays are freed for new ones; only a dropped table gives its bytes back.
    let bytes = if matches!(what, Doomed::Table(_)) { there.bytes } else { 0 };
    Ok(Item { what, word: word.to_owned(), day, days, rows: gone, bytes, oldest, newest, people, held: all - gone })
}

async fn rollups(
    connection: &mut PgConnection,
    rules: &Rules,
    minutes: bool,
    at: DateTime<Utc>,
) -> Result<Vec<Item>, sqlx::Error> {
    let (word, grain) = if minutes { ("minute", "part = $3") } else { ("chunk", "part <> $3") };
    // The longest promise bounds what has to be looked at; days under a shorter one are younger.
    let longest = rules.promises.iter().filter(|promise| promise.leaf == word).map(|promise| promise.days);
    let shortest = longest.fold(rules.days(word), i32::min);
    let youngest = super::rule::horizon(at, shortest).and_time(NaiveTime::MIN).and_utc();
    type Found = (NaiveDate, i64, i64, DateTime<Utc>, DateTime<Utc>);
    let found: Vec<Found> = sqlx::query_as(AssertSqlSafe(format!(
        "select (period at time zone 'UTC')::date, sum(rows)::bigint, sum(octet_length(body))::bigint, min(period), max(period) \
         from chunk where project = $1 and kind <> all($2) and period < $4 and {grain} group by 1 order by 1"
    )))
    .bind(rules.project)
    .bind(RECORDS)
    .bind(MINUTE_GRAIN)
    .bind(youngest)
    .fetch_all(connection)
    .await?;
    Ok(found
        .into_iter()
        .filter(|(day, ..)| rules.is_past(word, *day, at))
        .map(|(day, rows, bytes, oldest, newest)| Item {
            what: Doomed::Rollups { minutes },
            word: word.to_owned(),
            day,
            days: rules.days_on(word, day),
            rows,
            bytes,
            oldest: Some(oldest),
            newest: Some(newest),
            people: None,
            held: 0,
        })
        .collect())
}

/// Rows that are stored of each signal now; counted where the database has no estimate.
pub async fn stored(database: &Database, project: i32, signal: Signal) -> Result<i64, sqlx::Error> {
    let mut connection = database.admin.acquire().await?;
    let mut all = 0;
    for there in tables(&mut connection, project).await?.iter().filter(|there| there.partition.signal == signal) {
        all += match there.rows {
            Some(rows) => rows,
            None => {
                let sql = format!("select count(*) from {}", there.partition.table());
                sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql)).fetch_one(&mut *connection).await?
            }
        };
    }
    Ok(all)
}

/// Different people in what a plan deletes.
pub async fn people(database: &Database, plan: &Plan) -> Result<Option<i64>, sqlx::Error> {
    let mut parts = Vec::new();
    for item in &plan.items {
        let (table, rows) = match &item.what {
            Doomed::Table(table) => (table, "true".to_owned()),
            Doomed::Rows { table, leaf } => (table, condition(leaf)),
            Doomed::Field { .. } | Doomed::Rollups { .. } => continue,
        };
        if !table.starts_with(Signal::Metric.word()) {
            parts.push(format!("select subject from {table} where subject is not null and {rows}"));
        }
    }
    if parts.is_empty() {
        return Ok(None);
    }
    let sql = format!("select count(distinct subject) from ({}) as going", parts.join(" union all "));
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&database.admin).await.map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(table: &str, rows: i64) -> Item {
        Item {
            what: Doomed::Table(table.into()),
            word: "log".into(),
            day: "2026-11-01".parse().unwrap(),
            days: 30,
            rows,
            bytes: 1,
            oldest: None,
            newest: None,
            people: None,
            held: 0,
        }
    }

    #[test]
    fn what_goes_anyway_is_not_counted_as_lost_by_a_change() {
        let now = Plan { items: vec![item("a", 1)] };
        let lost = Plan { items: vec![item("a", 1), item("b", 2)] }.beyond(&now);
        assert_eq!(lost.items, [item("b", 2)]);
    }

    #[test]
    fn a_plan_is_named_by_what_goes_whatever_its_order() {
        let (a, b) = (item("a", 1), item("b", 2));
        let both = Plan { items: vec![a.clone(), b.clone()] };
        assert_eq!(both.hash(), Plan { items: vec![b, a.clone()] }.hash());
        assert_ne!(both.hash(), Plan { items: vec![a, item("b", 3)] }.hash());
    }
}
