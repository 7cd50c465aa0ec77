//! Fields whose catalogue entry promises fewer days than their signal: their values go, the records stay.

use super::rule::horizon;
use chrono::{DateTime, NaiveDate, Utc};
use parallax_domain::Signal;
use sqlx::PgConnection;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Short {
    pub signal: Signal,
    pub name: String,
    pub days: i32,
}

/// Entries of the catalogue with days of their own. Metrics keep labels with their series, not with their rows.
pub async fn shorter(connection: &mut PgConnection, project: i32) -> Result<Vec<Short>, sqlx::Error> {
    let rows: Vec<(i16, String, i32)> = sqlx::query_as(
        "select signal, name, retention_days from field where project = $1 and retention_days is not null order by signal, name",
    )
    .bind(project)
    .fetch_all(connection)
    .await?;
    let short = |(signal, name, days)| Some(Short { signal: Signal::from_number(signal)?, name, days });
    Ok(rows.into_iter().filter_map(short).filter(|short| short.signal != Signal::Metric).collect())
}

/// The column that holds a signal's fields.
pub fn column(signal: Signal) -> &'static str {
    if signal == Signal::Event { "properties" } else { "attributes" }
}

impl Short {
    pub fn is_past(&self, day: NaiveDate, at: DateTime<Utc>) -> bool {
        day < horizon(at, self.days)
    }

    /// By what a cleaned table is remembered.
    pub fn mark(&self) -> String {
        format!("field {}", self.name)
    }

    /// Rows that hold a value, as a condition of SQL.
    pub fn condition(&self) -> String {
        format!("jsonb_exists({}, {})", column(self.signal), literal(&self.name))
    }
}

/// A text as SQL spells it.
pub fn literal(text: &str) -> String {
    // With the E form, backslashes mean the same whatever the server's settings are.
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        assert_eq!(literal("plan"), "E'plan'");
        assert_eq!(literal(r"x'); drop table event; --\"), r"E'x''); drop table event; --\\'");
    }

    #[test]
    fn values_go_when_their_day_is_past_its_own_promise() {
        let short = Short { signal: Signal::Event, name: "plan".into(), days: 7 };
        let now: DateTime<Utc> = "2026-11-22T13:00:00Z".parse().unwrap();
        let past = |day: &str| short.is_past(day.parse().unwrap(), now);
        assert_eq!(["2026-11-14", "2026-11-15"].map(past), [true, false]);
    }
}
