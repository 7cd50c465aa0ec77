//! Where mails and calls to other programs go: the settings, and how they are tried. Whoever delivers goes through the same
//! check as whoever saves.

pub mod guard;
mod mail;
mod webhook;

pub use mail::{Mail, Security, try_mail};
pub use webhook::{Webhook, post, try_webhook};

use crate::database::fault::Told;
use crate::machine::Machine;
use chrono::{DateTime, Utc};
use parallax_domain::Problem;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::types::Json;

/// Settings of one kind, without their secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept<T> {
    pub settings: T,
    pub has_secret: bool,
    pub changed_at: DateTime<Utc>,
    pub changed_by: String,
    pub tested_at: Option<DateTime<Utc>>,
    /// What came of the newest test.
    pub tested: Option<String>,
}

type Row<T> = (Json<T>, bool, DateTime<Utc>, String, Option<DateTime<Utc>>, Option<String>);

pub async fn load<T: DeserializeOwned + Send + Unpin + 'static>(
    machine: &Machine,
    kind: &str,
) -> Result<Option<Kept<T>>, Problem> {
    let row: Option<Row<T>> = sqlx::query_as(
        "select settings, secret is not null, changed_at, changed_by, tested_at, tested from delivery where kind = $1",
    )
    .bind(kind)
    .fetch_optional(&machine.database.admin)
    .await
    .told()?;
    Ok(row.map(|(settings, has_secret, changed_at, changed_by, tested_at, tested)| Kept {
        settings: settings.0,
        has_secret,
        changed_at,
        changed_by,
        tested_at,
        tested,
    }))
}

/// Saves settings; without a new secret the old one stays.
pub async fn save<T: Serialize + Send + Sync>(
    machine: &Machine,
    kind: &str,
    settings: &T,
    secret: Option<&str>,
    by: &str,
) -> Result<(), Problem> {
    let sealed = match secret {
        Some(secret) => Some(machine.keyring.seal(secret.as_bytes()).map_err(unsealed)?),
        None => None,
    };
    sqlx::query(
        "insert into delivery (kind, settings, secret, changed_at, changed_by) values ($1, $2, $3, $4, $5) \
         on conflict (kind) do update set settings = excluded.settings, secret = coalesce(excluded.secret, delivery.secret), \
             changed_at = excluded.changed_at, changed_by = excluded.changed_by, tested_at = null, tested = null",
    )
    .bind(kind)
    .bind(Json(settings))
    .bind(sealed)
    .bind(machine.clock.now())
    .bind(by)
    .execute(&machine.database.admin)
    .await
    .told()?;
    Ok(())
}

/// The secret in clear, for a delivery.
pub async fn secret(machine: &Machine, kind: &str) -> Result<Option<String>, Problem> {
    let sealed: Option<Option<Vec<u8>>> = sqlx::query_scalar("select secret from delivery where kind = $1")
        .bind(kind)
        .fetch_optional(&machine.database.admin)
        .await
        .told()?;
    let Some(sealed) = sealed.flatten() else { return Ok(None) };
    let plain = machine.keyring.open(&sealed).map_err(unsealed)?;
    let plain = plain.and_then(|bytes| String::from_utf8(bytes).ok());
    plain.map(Some).ok_or_else(|| {
        Problem::unavailable("The secret cannot be opened: it was sealed with another master key. Save it anew.")
    })
}

/// Writes down what came of a test.
async fn tried(machine: &Machine, kind: &str, words: &str) -> Result<(), Problem> {
    sqlx::query("update delivery set tested_at = $2, tested = $3 where kind = $1")
        .bind(kind)
        .bind(machine.clock.now())
        .bind(words)
        .execute(&machine.database.admin)
        .await
        .told()?;
    Ok(())
}

fn unsealed(error: anyhow::Error) -> Problem {
    tracing::error!(%error, "a secret could not be sealed or opened");
    Problem::unavailable("The key that seals secrets cannot be read, and the reason is in the server's log.")
}
