//! Raw tables are partitioned by project and then by day (UTC). A partition is made by whoever needs it
//! first; maintenance makes the next eight days ahead.

use chrono::{DateTime, Days, NaiveDate, Utc};
use parallax_domain::Signal;
use sqlx::{AssertSqlSafe, PgConnection};

/// Days that exist ahead of now.
pub const AHEAD: u64 = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Partition {
    pub signal: Signal,
    pub project: i32,
    pub day: NaiveDate,
}

impl Partition {
    pub fn of(signal: Signal, project: i32, at: DateTime<Utc>) -> Partition {
        Partition { signal, project, day: at.date_naive() }
    }

    pub fn table(&self) -> String {
        format!("{}_p{}_{}", self.signal.word(), self.project, self.day.format("%Y%m%d"))
    }

    /// The table that holds all days of the project.
    pub fn parent(&self) -> String {
        format!("{}_p{}", self.signal.word(), self.project)
    }

    /// Reads a table's name back; none for tables that are no day partition.
    pub fn parse(table: &str) -> Option<Partition> {
        let (signal, rest) = table.split_once("_p")?;
        let (project, day) = rest.split_once('_')?;
        Some(Partition {
            signal: signal.parse().ok().filter(|parsed: &Signal| parsed.word() == signal)?,
            project: project.parse().ok()?,
            day: NaiveDate::parse_from_str(day, "%Y%m%d").ok()?,
        })
    }

    /// Makes the table unless it is there. Attaching takes a weaker lock than creating in place, and an
    /// empty table needs no scan.
    pub async fn ensure(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        // Two processes that make the same day wait for each other here, not inside the catalogue.
        let mut transaction = sqlx::Connection::begin(connection).await?;
        sqlx::query("select pg_advisory_xact_lock(hashtextextended('partition', 0))")
            .execute(&mut *transaction)
            .await?;
        let present = |name: String| sqlx::query_scalar::<_, bool>("select to_regclass($1) is not null").bind(name);
        let word = self.signal.word();
        let parent = self.parent();
        if !present(parent.clone()).fetch_one(&mut *transaction).await? {
            let sql = format!(
                "create table {parent} partition of {word} for values in ({}) partition by range (at)",
                self.project
            );
            sqlx::query(AssertSqlSafe(sql)).execute(&mut *transaction).await?;
        }
        let table = self.table();
        if !present(table.clone()).fetch_one(&mut *transaction).await? {
            let next = self.day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
            let mut statements = vec![
                format!(
                    "create table {table} (like {word} including defaults) with (autovacuum_vacuum_insert_scale_factor = 0.02)"
                ),
                format!("create index on {table} using brin (at) with (pages_per_range = 32, autosummarize = on)"),
            ];
            if self.signal == Signal::Log {
                // A search reads blocks of records by their order.
                statements.push(format!(
                    "create index on {table} using brin (seq) with (pages_per_range = 32, autosummarize = on)"
                ));
            }
            if self.signal != Signal::Metric {
                statements.push(format!("create index on {table} (subject, at) where subject is not null"));
            }
            if self.signal == Signal::Event {
                statements.push(format!("create index on {table} (anonymous, at) where anonymous is not null"));
                // Rows stand in the order of ingestion: what came after a moment is at the end of each day.
                statements.push(format!(
                    "create index on {table} using brin (seq) with (pages_per_range = 32, autosummarize = on)"
                ));
            }
            statements.push(format!(
                "alter table {parent} attach partition {table} for values from ('{} 00:00:00+00') to ('{next} 00:00:00+00')",
                self.day
            ));
            for sql in statements {
                sqlx::query(AssertSqlSafe(sql)).execute(&mut *transaction).await?;
            }
        }
        transaction.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_known_by_its_name() {
        let day = NaiveDate::from_ymd_opt(2026, 1, 15).unwrap();
        let partition = Partition { signal: Signal::Span, project: 12, day };
        assert_eq!(partition.table(), "span_p12_20260115");
        assert_eq!(Partition::parse("span_p12_20260115"), Some(partition));
        assert_eq!(Partition::parse("span_p12"), None);
        assert_eq!(Partition::parse("events_p1_20260115"), None);
    }
}
