//! Which records are a person's: those that name the person, those that name only one of the person's sessions, and those
//! of a trace that tells of nobody else. Shown, exported and erased is the same.

use crate::database::Database;
use crate::store::rows::shard;
use chrono::{Days, NaiveDate};
use parallax_domain::Signal;
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Kinds of records that can name a person.
pub const SIGNALS: [Signal; 3] = [Signal::Event, Signal::Span, Signal::Log];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    pub subjects: Vec<i32>,
    pub sessions: BTreeSet<i64>,
    /// Traces that tell of this person alone.
    pub traces: BTreeSet<Uuid>,
    /// Traces that tell of others as well: only what names the person is the person's.
    pub mixed: BTreeSet<Uuid>,
    /// Days (UTC) on which there is anything.
    pub days: BTreeSet<NaiveDate>,
}

impl Own {
    /// Finds out what is the person's now, beside what was known before.
    pub async fn gather(&mut self, database: &Database, project: i32) -> Result<(), sqlx::Error> {
        let mut connection = database.admin.acquire().await?;
        let mut traces = BTreeSet::new();
        let mut named = BTreeSet::new();
        for signal in SIGNALS {
            let sql = format!(
                "select distinct (at at time zone 'UTC')::date, session, trace_id from {signal} where project = $1 and subject = any($2)"
            );
            let rows: Vec<(NaiveDate, Option<i64>, Option<Uuid>)> = sqlx::query_as(AssertSqlSafe(sql))
                .bind(project)
                .bind(&self.subjects)
                .fetch_all(&mut *connection)
                .await?;
            for (day, session, trace) in rows {
                named.insert(day);
                self.sessions.extend(session);
                traces.extend(trace);
            }
        }
        let exceptions: Vec<(NaiveDate, Option<Uuid>)> =
            sqlx::query_as("select distinct day, trace_id from occurrence where project = $1 and subject = any($2)")
                .bind(project)
                .bind(&self.subjects)
                .fetch_all(&mut *connection)
                .await?;
        for (day, trace) in exceptions {
            named.insert(day);
            traces.extend(trace);
        }
        // A session may have begun before its person was known, on the day before.
        let around =
            |day: &NaiveDate| [day.checked_sub_days(Days::new(1)), Some(*day), day.checked_add_days(Days::new(1))];
        if self.sessions.is_empty() {
            self.days.extend(&named);
        } else {
            self.days.extend(named.iter().flat_map(around).flatten());
        }
        let new: Vec<Uuid> =
            traces.into_iter().filter(|id| !self.traces.contains(id) && !self.mixed.contains(id)).collect();
        if !new.is_empty() {
            self.days.extend(days_of(&mut connection, project, &new).await?);
            let mixed = self.told_of_others(&mut connection, project, &new).await?;
            self.traces.extend(new.iter().filter(|id| !mixed.contains(id)));
            self.mixed.extend(mixed);
        }
        Ok(())
    }

    /// Which of these traces name somebody else.
    async fn told_of_others(
        &self,
        connection: &mut PgConnection,
        project: i32,
        traces: &[Uuid],
    ) -> Result<BTreeSet<Uuid>, sqlx::Error> {
        let mut mixed = BTreeSet::new();
        for (signal, day) in self.tables(connection, project).await? {
            let sql = format!(
                "select distinct trace_id from {} \
                 where trace_id = any($1) and subject is not null and subject <> all($2)",
                table(signal, project, day)
            );
            let rows: Vec<Uuid> = sqlx::query_scalar(AssertSqlSafe(sql))
                .bind(traces)
                .bind(&self.subjects)
                .fetch_all(&mut *connection)
                .await?;
            mixed.extend(rows);
        }
        Ok(mixed)
    }

    /// Tables of the days that are there.
    pub async fn tables(
        &self,
        connection: &mut PgConnection,
        project: i32,
    ) -> Result<Vec<(Signal, NaiveDate)>, sqlx::Error> {
        let all: Vec<(Signal, NaiveDate)> =
            self.days.iter().flat_map(|day| SIGNALS.map(|signal| (signal, *day))).collect();
        let names: Vec<String> = all.iter().map(|(signal, day)| table(*signal, project, *day)).collect();
        let there: Vec<bool> = sqlx::query_scalar(
            "select to_regclass(name) is not null from unnest($1::text[]) with ordinality as t (name, place) order by place",
        )
        .bind(&names)
        .fetch_all(connection)
        .await?;
        Ok(all.into_iter().zip(there).filter(|(_, there)| *there).map(|(table, _)| table).collect())
    }

    /// Rows that are the person's, as a condition of SQL on a table of a signal.
    pub fn condition(&self) -> String {
        let subjects: Vec<String> = self.subjects.iter().map(i32::to_string).collect();
        let sessions: Vec<String> = self.sessions.iter().map(i64::to_string).collect();
        let traces: Vec<String> = self.traces.iter().map(Uuid::to_string).collect();
        format!(
            "(coalesce(subject = any('{{{}}}'::int[]), false) \
              or (subject is null and coalesce(session = any('{{{}}}'::bigint[]), false)) \
              or coalesce(trace_id = any('{{{}}}'::uuid[]), false))",
            subjects.join(","),
            sessions.join(","),
            traces.join(",")
        )
    }
}

pub fn table(signal: Signal, project: i32, day: NaiveDate) -> String {
    crate::database::partition::Partition { signal, project, day }.table()
}

/// Days that these traces touch.
async fn days_of(connection: &mut PgConnection, project: i32, traces: &[Uuid]) -> Result<Vec<NaiveDate>, sqlx::Error> {
    sqlx::query_scalar(
        "select distinct d from trace t cross join lateral \
            (values (t.day), ((t.started_at at time zone 'UTC')::date), ((t.ended_at at time zone 'UTC')::date)) as days (d) \
         where t.shard = $1 and t.project = $2 and t.trace_id = any($3)",
    )
    .bind(shard(project))
    .bind(project)
    .bind(traces)
    .fetch_all(connection)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_known_is_nobodys_record() {
        let own = Own { subjects: vec![7], ..Own::default() };
        assert!(own.condition().contains("'{7}'::int[]") && own.condition().contains("'{}'::uuid[]"));
    }
}
