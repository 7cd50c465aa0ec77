//! What the gate masked and withheld: counts by the hour, never content.

use crate::database::fault::Told;
use crate::store::{Look, Store};
use chrono::{DateTime, Utc};
use parallax_domain::{Instant, Problem, Signal};

/// Of one detector or rule in one hour.
#[derive(Clone, Debug, PartialEq)]
pub struct Masked {
    pub hour: DateTime<Utc>,
    pub what: String,
    pub count: i64,
}

/// Of one field or name, over a time.
#[derive(Clone, Debug, PartialEq)]
pub struct WithheldRow {
    pub signal: Option<Signal>,
    pub name: String,
    /// `field undeclared`, `name expired`, `field treated`, …
    pub what: String,
    pub count: i64,
}

impl Store {
    /// Per hour and detector or rule by name.
    pub async fn masked(&self, look: &mut Look, from: Instant, to: Instant) -> Result<Vec<Masked>, Problem> {
        let rows: Vec<(DateTime<Utc>, String, i64)> = sqlx::query_as(
            "select hour, what, sum(count)::bigint from gate_count \
             where project = $1 and hour >= $2 and hour < $3 and name = '' group by 1, 2 order by 1, 2",
        )
        .bind(look.project)
        .bind(from)
        .bind(to)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        Ok(rows.into_iter().map(|(hour, what, count)| Masked { hour, what, count }).collect())
    }

    /// Fields and names whose values were withheld or changed, the most frequent first.
    pub async fn withheld(
        &self,
        look: &mut Look,
        from: Instant,
        to: Instant,
        limit: i64,
    ) -> Result<Vec<WithheldRow>, Problem> {
        let rows: Vec<(i16, String, String, i64)> = sqlx::query_as(
            "select signal, name, what, sum(count)::bigint from gate_count \
             where project = $1 and hour >= $2 and hour < $3 and name <> '' group by 1, 2, 3 order by 4 desc, 2 limit $4",
        )
        .bind(look.project)
        .bind(from)
        .bind(to)
        .bind(limit)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        Ok(rows
            .into_iter()
            .map(|(signal, name, what, count)| WithheldRow { signal: Signal::from_number(signal), name, what, count })
            .collect())
    }
}
