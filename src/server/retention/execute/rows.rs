//! Rows of a table that stays, in steps of a few thousand along the table, and values of fields.

use super::line::{Outcome, count};
use super::{Deleted, Job, touching};
use crate::database::partition::Partition;
use crate::projection::rewrite::{self, Guard};
use crate::projection::timeline::Table;
use crate::retention::field::{self, Short};
use crate::retention::plan::Item;
use crate::retention::rule::{condition, name_of};
use crate::retention::{hold, proof};
use chrono::{DateTime, NaiveTime, Utc};
use parallax_domain::{Category, Signal};
use sqlx::{AssertSqlSafe, Connection};
use std::time::Duration;
use uuid::Uuid;

/// Rows of one step, and the pause after it: senders go in between.
const STEP: i64 = 5_000;
const PAUSE: Duration = Duration::from_millis(50);

impl Job<'_> {
    /// Rows of a part of a signal.
    pub(super) async fn rows(&self, item: &Item, partition: Partition, leaf: &str) -> anyhow::Result<Deleted> {
        let Partition { signal, day, .. } = partition;
        let table = partition.table();
        let what = format!("{} of {table}", name_of(leaf).to_lowercase());
        let deletion = self.begin(item, &what).await?;
        let (rows, inserted) = (condition(leaf), self.inserted(&table).await?);
        let mut deleted = Deleted::default();
        for range in self.ranges(&table).await? {
            let mut connection = self.machine.database.admin.acquire().await?;
            let mut transaction = connection.begin().await?;
            let holds = touching(hold::lock(&mut transaction, self.project).await?, signal, day);
            let kept = hold::kept(&holds, signal);
            let ids =
                if signal == Signal::Event { "array_agg(id) filter (where id is not null)" } else { "null::uuid[]" };
            let back = if signal == Signal::Event { "at, id" } else { "at" };
            let sql = format!(
                "with gone as (delete from {table} where {range} and ({rows}) and not ({kept}) returning {back}) \
                 select count(*), min(at), max(at), {ids} from gone"
            );
            type Gone = (i64, Option<DateTime<Utc>>, Option<DateTime<Utc>>, Option<Vec<Uuid>>);
            let (gone, oldest, newest, ids): Gone =
                sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut *transaction).await?;
            if let Some(ids) = ids {
                sqlx::query("delete from event_key where project = $1 and id = any($2)")
                    .bind(self.project)
                    .bind(ids)
                    .execute(&mut *transaction)
                    .await?;
            }
            let step = Deleted { rows: gone, ..Deleted::default() };
            count(&mut transaction, deletion, step, oldest, newest).await?;
            transaction.commit().await?;
            deleted.rows += gone;
            self.breathe(gone).await;
        }
        if signal == Signal::Event {
            self.forget_category(leaf, partition).await?;
        }
        let (left, held) = self.left(&table, &rows, signal, day).await?;
        let outcome = Outcome {
            what,
            table_oid: None,
            people: item.people,
            held,
            verified_by: format!("select count(*) from {table} where {rows}, without rows under a hold"),
            rows_left: left,
        };
        self.close(deletion, &table, leaf, inserted, outcome).await?;
        Ok(deleted)
    }

    /// Timelines are events in another form: what went from the events goes from them.
    async fn forget_category(&self, leaf: &str, partition: Partition) -> anyhow::Result<()> {
        let word = leaf.strip_prefix("event.").unwrap_or_default();
        let Ok(category) = word.parse::<Category>() else { return Ok(()) };
        let mut guard = Guard::take(&self.machine.database, self.project).await?;
        let mut transaction = guard.begin().await?;
        let holds = touching(hold::in_force(&mut transaction, self.project).await?, Signal::Event, partition.day);
        let midnight = partition.day.and_time(NaiveTime::MIN).and_utc();
        let keeps = move |table: &Table, subject: u32, row: usize| {
            let at = midnight + chrono::Duration::milliseconds(i64::from(table.at[row]));
            table.category[row] != category as u8
                || holds.iter().any(|hold| hold.keeps_event(table.category[row], at, subject))
        };
        rewrite::timeline(&mut transaction, self.project, partition.day, keeps, |_| true).await?;
        transaction.commit().await?;
        Ok(guard.release().await?)
    }

    /// Values of a field: the records stay without them.
    pub(super) async fn field(&self, item: &Item, partition: Partition, name: &str) -> anyhow::Result<Deleted> {
        let Partition { signal, day, .. } = partition;
        let table = partition.table();
        let short = Short { signal, name: name.to_owned(), days: item.days };
        let what = format!("values of the field {name} in {table}");
        let deletion = self.begin(item, &what).await?;
        let (rows, column) = (short.condition(), field::column(signal));
        let inserted = self.inserted(&table).await?;
        let mut deleted = Deleted::default();
        for range in self.ranges(&table).await? {
            let mut connection = self.machine.database.admin.acquire().await?;
            let mut transaction = connection.begin().await?;
            let holds = touching(hold::lock(&mut transaction, self.project).await?, signal, day);
            let kept = hold::kept(&holds, signal);
            let sql = format!(
                "with gone as (update {table} set {column} = {column} - {} where {range} and ({rows}) and not ({kept}) returning at) \
                 select count(*), min(at), max(at) from gone",
                field::literal(name)
            );
            let (gone, oldest, newest): (i64, Option<DateTime<Utc>>, Option<DateTime<Utc>>) =
                sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut *transaction).await?;
            let step = Deleted { rows: gone, ..Deleted::default() };
            count(&mut transaction, deletion, step, oldest, newest).await?;
            transaction.commit().await?;
            deleted.rows += gone;
            self.breathe(gone).await;
        }
        if signal == Signal::Event {
            let mut guard = Guard::take(&self.machine.database, self.project).await?;
            let mut transaction = guard.begin().await?;
            let (own, inner) = (format!("properties.{name}"), format!("properties.{name}."));
            let keeps = move |column: &str| column != own && !column.starts_with(&inner);
            rewrite::timeline(&mut transaction, self.project, day, |_, _, _| true, keeps).await?;
            transaction.commit().await?;
            guard.release().await?;
        }
        let (left, held) = self.left(&table, &rows, signal, day).await?;
        let outcome = Outcome {
            what,
            table_oid: None,
            people: item.people,
            held,
            verified_by: format!("select count(*) from {table} where {rows}, without rows under a hold"),
            rows_left: left,
        };
        self.close(deletion, &table, &short.mark(), inserted, outcome).await?;
        Ok(deleted)
    }

    async fn breathe(&self, gone: i64) {
        if gone > 0 {
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn inserted(&self, table: &str) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar("select pg_stat_get_tuples_inserted(to_regclass($1)::oid)")
            .bind(table)
            .fetch_one(&self.machine.database.admin)
            .await
    }

    /// Pieces of a table, each of at most so many rows as one step takes, as conditions on the place of a row.
    async fn ranges(&self, table: &str) -> Result<Vec<String>, sqlx::Error> {
        let (pages, rows, known): (i64, f32, i32) = sqlx::query_as(
            "select pg_relation_size(oid) / current_setting('block_size')::bigint, reltuples, relpages from pg_class \
             where oid = to_regclass($1)",
        )
        .bind(table)
        .fetch_one(&self.machine.database.admin)
        .await?;
        // A row has a hundred bytes or more.
        let on_a_page = if rows > 0.0 && known > 0 { (f64::from(rows) / f64::from(known)).ceil() as i64 } else { 80 };
        let pages_of_a_step = (STEP / on_a_page.max(1)).max(1);
        let starts = (0..pages.max(1)).step_by(pages_of_a_step as usize);
        Ok(starts
            .map(|start| format!("ctid >= '({start},0)'::tid and ctid < '({},0)'::tid", start + pages_of_a_step))
            .collect())
    }

    /// Rows that are still there and should not be, and rows that a hold keeps there.
    async fn left(
        &self,
        table: &str,
        rows: &str,
        signal: Signal,
        day: chrono::NaiveDate,
    ) -> Result<(i64, i64), sqlx::Error> {
        let mut connection = self.machine.database.admin.acquire().await?;
        let holds = touching(hold::in_force(&mut connection, self.project).await?, signal, day);
        let kept = hold::kept(&holds, signal);
        let sql = format!(
            "select count(*) filter (where not ({kept})), count(*) filter (where {kept}) from {table} where {rows}"
        );
        sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut *connection).await
    }

    /// Proves, remembers that the part of the table is clean, and lets the space be used again.
    async fn close(
        &self,
        deletion: i64,
        table: &str,
        mark: &str,
        inserted: i64,
        outcome: Outcome,
    ) -> anyhow::Result<()> {
        let clean = outcome.rows_left == 0 && outcome.held == 0;
        let mut connection = self.machine.database.admin.acquire().await?;
        let mut transaction = connection.begin().await?;
        if clean {
            sqlx::query(
                "insert into swept (project, \"table\", leaf, inserted) values ($1, $2, $3, $4) \
                 on conflict (project, \"table\", leaf) do update set inserted = excluded.inserted",
            )
            .bind(self.project)
            .bind(table)
            .bind(mark)
            .bind(inserted)
            .execute(&mut *transaction)
            .await?;
        }
        let proof = self.prove(&mut transaction, deletion, outcome).await?;
        transaction.commit().await?;
        proof::keep(&self.machine.keyring, &proof)?;
        sqlx::query(AssertSqlSafe(format!("vacuum (skip_locked) {table}"))).execute(&mut *connection).await?;
        Ok(())
    }
}
