//! One day without the person: raw rows, timelines, roll-ups, traces, exceptions and issues, in one transaction, so that no
//! answer ever sees a half of it. What is derived is afterwards what the rows that are left give.

use super::Counts;
use super::cells::{LOG_COLUMNS, LogRow, SPAN_COLUMNS, SpanRow, Touched};
use super::findings::{self, Seen};
use super::own::{Own, SIGNALS, table};
use crate::database::Database;
use crate::projection::chunk::Kind;
use crate::projection::rewrite::{self, Guard};
use crate::projection::timeline::{SESSION, Table};
use crate::retention::hold::{self, Hold};
use crate::retention::rule::Rules;
use chrono::{DateTime, NaiveDate, Utc};
use parallax_domain::Signal;
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What is erased, and under which number.
pub struct Work<'a> {
    pub database: &'a Database,
    pub project: i32,
    pub erasure: i64,
    pub own: &'a Own,
    pub now: DateTime<Utc>,
}

impl Work<'_> {
    /// Removes everything of the day that is folded; what is not yet is left for the next pass.
    pub async fn erase(&self, day: NaiveDate) -> anyhow::Result<Counts> {
        let mut guard = Guard::take(self.database, self.project).await?;
        let mut transaction = guard.begin().await?;
        let holds = hold::lock(&mut transaction, self.project).await?;
        let unfolded = rewrite::unfolded(&mut transaction).await?;
        let mut counts = Counts::default();
        let mut touched = Touched::default();
        let mut versions = BTreeSet::new();
        for signal in SIGNALS {
            let there: bool = sqlx::query_scalar("select to_regclass($1) is not null")
                .bind(table(signal, self.project, day))
                .fetch_one(&mut *transaction)
                .await?;
            if there {
                self.rows(&mut transaction, signal, day, &holds, &unfolded, &mut counts, &mut touched, &mut versions)
                    .await?;
            }
        }
        touched.recount(&mut transaction, self.project, &unfolded).await?;
        if touched.unnamed {
            rewrite::again(&mut transaction, self.project, day, Kind::Timeline, &unfolded).await?;
        } else {
            rewrite::timeline(&mut transaction, self.project, day, self.keeps(), |_| true).await?;
        }
        if touched.logs {
            rewrite::again(&mut transaction, self.project, day, Kind::Texts, &unfolded).await?;
        }
        let rules = Rules::load(&mut transaction, self.project).await?;
        counts.exceptions +=
            findings::occurrences(&mut transaction, self.project, day, self.own, &rules, self.now).await?;
        counts.traces += findings::traces(&mut transaction, self.project, day, self.own, &unfolded).await?;
        findings::versions(&mut transaction, self.project, day, &versions).await?;
        self.counted(&mut transaction, &counts).await?;
        transaction.commit().await?;
        guard.release().await?;
        Ok(counts)
    }

    /// Removes raw rows, after a copy of those under a hold was set aside.
    #[expect(clippy::too_many_arguments, reason = "what one statement needs and what it leaves behind")]
    async fn rows(
        &self,
        transaction: &mut PgConnection,
        signal: Signal,
        day: NaiveDate,
        holds: &[Hold],
        unfolded: &[i64],
        counts: &mut Counts,
        touched: &mut Touched,
        versions: &mut BTreeSet<Seen>,
    ) -> Result<(), sqlx::Error> {
        let table = table(signal, self.project, day);
        let batches: Vec<String> = unfolded.iter().map(i64::to_string).collect();
        let own = format!("{} and (seq >> 20) <> all('{{{}}}'::bigint[])", self.own.condition(), batches.join(","));
        let holds: Vec<Hold> = holds.iter().filter(|hold| hold.touches(signal, day)).cloned().collect();
        counts.held += hold::copy(transaction, &holds, signal, &table, &own, Some(self.erasure)).await?;
        match signal {
            Signal::Event => {
                let sql = format!("delete from {table} where {own} returning at, id, subject, session");
                type Gone = (DateTime<Utc>, Option<Uuid>, Option<i32>, Option<i64>);
                let gone: Vec<Gone> = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut *transaction).await?;
                counts.events += gone.len() as i64;
                for (at, _, subject, session) in &gone {
                    counts.spans_time(*at);
                    let told = subject.is_some() || session.is_some_and(|session| self.own.sessions.contains(&session));
                    touched.unnamed |= !told;
                }
                let ids: Vec<Uuid> = gone.into_iter().filter_map(|(_, id, ..)| id).collect();
                sqlx::query("delete from event_key where project = $1 and id = any($2)")
                    .bind(self.project)
                    .bind(ids)
                    .execute(&mut *transaction)
                    .await?;
            }
            Signal::Span => {
                let sql = format!("delete from {table} where {own} returning {SPAN_COLUMNS}");
                let gone: Vec<SpanRow> = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut *transaction).await?;
                counts.requests += gone.len() as i64;
                for row in gone {
                    counts.spans_time(row.at);
                    touched.span(&row);
                    versions.extend(Seen::of(row.service, row.version, row.environment));
                }
            }
            Signal::Log => {
                let sql = format!("delete from {table} where {own} returning {LOG_COLUMNS}");
                let gone: Vec<LogRow> = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut *transaction).await?;
                counts.lines += gone.len() as i64;
                for row in gone {
                    counts.spans_time(row.at);
                    touched.log(&row);
                    versions.extend(Seen::of(row.service, row.version, row.environment));
                }
            }
            Signal::Metric => {}
        }
        // Records of somebody else that were made on this person's device stay, without the device.
        let sql = format!(
            "update {table} set anonymous = null where anonymous = any($1) and (subject is null or subject <> all($1)) \
             and (seq >> 20) <> all($2)"
        );
        sqlx::query(AssertSqlSafe(sql)).bind(&self.own.subjects).bind(unfolded).execute(&mut *transaction).await?;
        Ok(())
    }

    /// Rows of a timeline that are not the person's.
    fn keeps(&self) -> impl Fn(&Table, u32, usize) -> bool + Send + 'static {
        let subjects: BTreeSet<u32> = self.own.subjects.iter().map(|number| *number as u32).collect();
        let sessions = self.own.sessions.clone();
        move |table, subject, row| {
            let session = || table.columns.get(SESSION).and_then(|column| column.integer(row));
            !(subjects.contains(&subject) || (subject == 0 && session().is_some_and(|own| sessions.contains(&own))))
        }
    }

    /// Adds to what the erasure has done, in the transaction in which it is done.
    async fn counted(&self, transaction: &mut PgConnection, counts: &Counts) -> anyhow::Result<()> {
        let before: sqlx::types::Json<Counts> =
            sqlx::query_scalar("select counts from erasure where id = $1 for update")
                .bind(self.erasure)
                .fetch_one(&mut *transaction)
                .await?;
        let mut all = before.0;
        all.add(counts);
        sqlx::query("update erasure set counts = $2 where id = $1")
            .bind(self.erasure)
            .bind(sqlx::types::Json(all))
            .execute(&mut *transaction)
            .await?;
        Ok(())
    }
}
