//! The newest stored values of one field, for trying a rule on them. They are read, shown, and kept nowhere.

use crate::database::fault::Told;
use crate::privacy::catalogue::{Item, Key};
use crate::store::{Look, Store};
use chrono::{Duration, DurationRound};
use parallax_domain::{Instant, Problem, Signal};
use serde_json::Value;

/// Days that are searched back; a field that was not sent for longer has no values to try on.
const BACK: i64 = 30;

impl Store {
    /// At most `limit` values, the newest first.
    pub async fn newest_values(
        &self,
        look: &mut Look,
        key: &Key,
        now: Instant,
        limit: usize,
    ) -> Result<Vec<Value>, Problem> {
        if key.item == Item::Name {
            return Ok(Vec::new());
        }
        let table = match key.signal {
            Signal::Event => "event",
            Signal::Span => "span",
            Signal::Log => "log",
            Signal::Metric => return self.newest_labels(look, &key.name, limit).await,
        };
        let column = if key.signal == Signal::Event { "properties" } else { "attributes" };
        // Day by day, so that a busy field is found in the first table that is looked at.
        let sql = format!(
            "select {column} -> $2 from {table} where project = $1 and at >= $3 and at < $4 and {column} ? $2 \
             order by at desc limit $5"
        );
        let mut values = Vec::new();
        let mut end = now.duration_trunc(Duration::days(1)).unwrap_or(now) + Duration::days(1);
        for _ in 0..BACK {
            let start = end - Duration::days(1);
            let rows: Vec<Value> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql.clone()))
                .bind(look.project)
                .bind(&key.name)
                .bind(start)
                .bind(end)
                .bind((limit - values.len()) as i64)
                .fetch_all(&mut *look.connection)
                .await
                .told()?;
            values.extend(rows);
            if values.len() >= limit {
                break;
            }
            end = start;
        }
        if values.is_empty() {
            return self.of_resources(look, &key.name, limit).await;
        }
        Ok(values)
    }

    async fn newest_labels(&self, look: &mut Look, name: &str, limit: usize) -> Result<Vec<Value>, Problem> {
        let values: Vec<Value> = sqlx::query_scalar(
            "select labels -> $2 from series where project = $1 and labels ? $2 order by id desc limit $3",
        )
        .bind(look.project)
        .bind(name)
        .bind(limit as i64)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        if values.is_empty() { self.of_resources(look, name, limit).await } else { Ok(values) }
    }

    /// What senders say of themselves is stored once and shared by their records.
    async fn of_resources(&self, look: &mut Look, name: &str, limit: usize) -> Result<Vec<Value>, Problem> {
        sqlx::query_scalar(
            "select attributes -> $2 from resource where project = $1 and attributes ? $2 order by id desc limit $3",
        )
        .bind(look.project)
        .bind(name)
        .bind(limit as i64)
        .fetch_all(&mut *look.connection)
        .await
        .told()
    }
}
