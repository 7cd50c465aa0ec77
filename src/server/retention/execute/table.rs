//! The table of a day goes as a whole: set aside, then dropped.

use super::line::{Outcome, count};
use super::{Deleted, Job, day_of, touching};
use crate::database::fault::{Fault, classify};
use crate::database::partition::Partition;
use crate::retention::plan::{Doomed, Item};
use crate::retention::{hold, proof, rule};
use chrono::{DateTime, Utc};
use parallax_domain::Signal;
use sqlx::{AssertSqlSafe, Connection};
use std::time::Duration;

/// How often a lock that was not given in time is asked for again, and the pause before.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(50);
/// Before the name of a table that was set aside.
pub const DOOMED: &str = "doomed_";

impl Job<'_> {
    pub(super) async fn table(&self, item: &Item, partition: Partition) -> anyhow::Result<Deleted> {
        let deletion = self.begin(item, &dropped(&partition.table())).await?;
        self.set_aside(partition).await?;
        self.drop_aside(partition, deletion, Some(item)).await
    }

    /// Drops what an earlier run set aside and did not get to drop.
    pub async fn finish(&self, table: &str) -> anyhow::Result<Deleted> {
        let partition = day_of(table)?;
        let item = Item {
            what: Doomed::Table(table.to_owned()),
            word: partition.signal.word().to_owned(),
            day: partition.day,
            days: rule::LONGEST,
            rows: 0,
            bytes: 0,
            oldest: None,
            newest: None,
            people: None,
            held: 0,
        };
        let deletion = self.begin(&item, &dropped(table)).await?;
        self.drop_aside(partition, deletion, None).await
    }

    /// Takes the table out of its parent: from here on nobody sees its rows, and a late record gets a table of its own.
    /// The parent is locked for a moment only, however large the table is.
    async fn set_aside(&self, partition: Partition) -> anyhow::Result<()> {
        let (table, parent) = (partition.table(), partition.parent());
        for attempt in 1.. {
            let mut connection = self.machine.database.admin.acquire().await?;
            let done = async {
                let mut transaction = connection.begin().await?;
                for sql in [
                    format!("alter table {parent} detach partition {table}"),
                    format!("alter table {table} rename to {DOOMED}{table}"),
                ] {
                    sqlx::query(AssertSqlSafe(sql)).execute(&mut *transaction).await?;
                }
                transaction.commit().await
            };
            match done.await {
                Ok(()) => break,
                // A long question reads the parent; it will end.
                Err(error) if classify(&error) == Fault::Passing && attempt < ATTEMPTS => {
                    tokio::time::sleep(PAUSE).await
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.machine.intake.commit.forget_partitions();
        Ok(())
    }

    async fn drop_aside(&self, partition: Partition, deletion: i64, planned: Option<&Item>) -> anyhow::Result<Deleted> {
        let Partition { signal, day, .. } = partition;
        let table = format!("{DOOMED}{}", partition.table());
        type Facts = (i64, Option<DateTime<Utc>>, Option<DateTime<Utc>>, i64, i64);
        let facts = format!(
            "select count(*), min(at), max(at), pg_total_relation_size('{table}'), '{table}'::regclass::oid::bigint from {table}"
        );
        let admin = &self.machine.database.admin;
        let (rows, oldest, newest, bytes, oid): Facts = sqlx::query_as(AssertSqlSafe(facts)).fetch_one(admin).await?;
        let people = match planned {
            // Counting people takes longest, and the plan did it over the same rows.
            Some(item) if item.rows + item.held == rows => item.people,
            _ if signal == Signal::Metric => None,
            _ => {
                let people = format!("select count(distinct subject) from {table}");
                Some(sqlx::query_scalar(AssertSqlSafe(people)).fetch_one(admin).await?)
            }
        };
        let mut connection = self.machine.database.admin.acquire().await?;
        let mut transaction = connection.begin().await?;
        let holds = touching(hold::lock(&mut transaction, self.project).await?, signal, day);
        let held = hold::copy(&mut transaction, &holds, signal, &table, "true", None).await?;
        sqlx::query(AssertSqlSafe(format!("drop table {table}"))).execute(&mut *transaction).await?;
        let left: bool =
            sqlx::query_scalar("select to_regclass($1) is not null").bind(&table).fetch_one(&mut *transaction).await?;
        let deleted = Deleted { tables: 1, rows, bytes };
        count(&mut transaction, deletion, deleted, oldest, newest).await?;
        let outcome = Outcome {
            what: dropped(&partition.table()),
            table_oid: Some(oid),
            people,
            held,
            verified_by: format!("no table with object number {oid} is in the catalogue"),
            rows_left: if left { rows } else { 0 },
        };
        let proof = self.prove(&mut transaction, deletion, outcome).await?;
        transaction.commit().await?;
        proof::keep(&self.machine.keyring, &proof)?;
        Ok(deleted)
    }
}

fn dropped(table: &str) -> String {
    format!("table {table} dropped")
}
