//! The catalogue of fields: what was seen, what is declared.

use super::policy::announce;
use crate::database::Database;
use crate::database::fault::Told;
use chrono::{DateTime, Utc};
use parallax_domain::{Category, Problem, Signal};
use serde::Serialize;

#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct FieldRow {
    pub signal: i16,
    pub name: String,
    pub state: String,
    pub category: Option<i16>,
    pub purpose: Option<String>,
    pub owner: Option<String>,
    pub retention_days: Option<i32>,
    pub action: String,
    pub first_seen: DateTime<Utc>,
    pub last_seen: DateTime<Utc>,
}

pub async fn list(database: &Database, project: i32) -> Result<Vec<FieldRow>, Problem> {
    sqlx::query_as(
        "select signal, name, state, category, purpose, owner, retention_days, action, first_seen, last_seen \
         from field where project = $1 order by signal, state desc, name",
    )
    .bind(project)
    .fetch_all(&database.admin)
    .await
    .told()
}

/// Declares fields for every signal, so that their values are kept. `properties.plan` and `plan` are one field.
pub async fn declare(database: &Database, project: i32, category: Category, fields: &[String]) -> Result<u64, Problem> {
    let names: Vec<&str> = fields.iter().map(|field| field.strip_prefix("properties.").unwrap_or(field)).collect();
    if names.iter().any(|name| name.is_empty()) {
        return Err(Problem::invalid("fields", "A field has a name."));
    }
    let signals: Vec<i16> = Signal::ALL.iter().map(|signal| *signal as i16).collect();
    sqlx::query(
        "insert into field (project, signal, name, type, state, category) \
         select $1, signal, name, '', 'declared', $4 from unnest($2::smallint[]) as s (signal), unnest($3::text[]) as n (name) \
         on conflict (project, signal, name) do update set state = 'declared', category = excluded.category",
    )
    .bind(project)
    .bind(&signals)
    .bind(&names)
    .bind(category as i16)
    .execute(&database.admin)
    .await
    .told()?;
    announce(database, "catalogue").await.told()?;
    Ok(names.len() as u64)
}

/// Declares or blocks one field.
pub async fn set_state(
    database: &Database,
    project: i32,
    signal: Signal,
    name: &str,
    state: &str,
) -> Result<(), Problem> {
    let changed = sqlx::query("update field set state = $4 where project = $1 and signal = $2 and name = $3")
        .bind(project)
        .bind(signal as i16)
        .bind(name)
        .bind(state)
        .execute(&database.admin)
        .await
        .told()?;
    if changed.rows_affected() == 0 {
        return Err(Problem::not_found("field"));
    }
    announce(database, "catalogue").await.told()
}
