//! What must survive a restore: who was erased, and who refused. It lies in the data folder, beside the database and
//! outside of its backups. Nobody is named in it: erased people are marks that only this installation can make.

use crate::keyring::{Keyring, append_line};
use crate::machine::Machine;
use anyhow::Context;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sqlx::Connection;
use sqlx::types::Json;
use std::path::PathBuf;
use uuid::Uuid;

/// Files of decisions are kept so long: older backups than this cannot be restored without losing refusals.
pub const DAYS: i64 = 100;

/// Of one erased subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    pub project: i32,
    /// Hexadecimal.
    pub mark: String,
    pub at: DateTime<Utc>,
}

/// A decision about collection, as the table of decisions has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Decided {
    pub project: i32,
    pub receipt: Uuid,
    #[serde(rename = "ref")]
    #[sqlx(rename = "ref")]
    pub reference: Uuid,
    pub decided_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    pub granted: i16,
    pub denied: i16,
    pub policy: String,
    pub source: String,
    pub expires_at: DateTime<Utc>,
    #[serde(default)]
    pub language: String,
    #[serde(default)]
    pub region: String,
    #[serde(default)]
    pub platform: String,
    #[serde(default)]
    pub version: String,
    #[serde(default)]
    pub notice: String,
    #[serde(default)]
    pub supersedes: Option<Uuid>,
}

/// The mark of a subject. Its reference cannot be found from it, not even by whoever has the database.
pub fn mark(keyring: &Keyring, project: i32, reference: Uuid) -> anyhow::Result<[u8; 32]> {
    keyring.mark("erased", &[project.to_be_bytes().as_slice(), reference.as_bytes()].concat())
}

fn folder(keyring: &Keyring) -> anyhow::Result<PathBuf> {
    Ok(keyring.folder()?.join("ledger"))
}

fn erased_file(keyring: &Keyring) -> anyhow::Result<PathBuf> {
    Ok(folder(keyring)?.join("erased.jsonl"))
}

pub fn exists(keyring: &Keyring) -> anyhow::Result<bool> {
    Ok(erased_file(keyring)?.exists())
}

/// Makes the file, so that a folder without erasures differs from a folder without a ledger.
pub fn open(keyring: &Keyring) -> anyhow::Result<()> {
    let file = erased_file(keyring)?;
    if file.exists() { Ok(()) } else { append_line(&file, "") }
}

pub fn erased(keyring: &Keyring, erased: &Erased) -> anyhow::Result<()> {
    append_line(&erased_file(keyring)?, &serde_json::to_string(erased)?)
}

/// Every erasure that was ever written down.
pub fn all_erased(keyring: &Keyring) -> anyhow::Result<Vec<Erased>> {
    lines(&erased_file(keyring)?)
}

fn lines<T: for<'a> Deserialize<'a>>(file: &std::path::Path) -> anyhow::Result<Vec<T>> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", file.display())),
    };
    let told = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    told.map(|(number, line)| {
        serde_json::from_str(line).with_context(|| format!("line {} of {} cannot be read", number + 1, file.display()))
    })
    .collect()
}

/// Copies decisions that are not in the files yet; one process at a time. Their number.
pub async fn copy_decisions(machine: &Machine) -> anyhow::Result<usize> {
    let mut connection = machine.database.admin.acquire().await?;
    let mut transaction = connection.begin().await?;
    let leads: bool = sqlx::query_scalar("select pg_try_advisory_xact_lock(hashtextextended('ledger', 0))")
        .fetch_one(&mut *transaction)
        .await?;
    if !leads {
        return Ok(0);
    }
    let cursor: Option<Json<Cursor>> =
        sqlx::query_scalar("select value from setting where key = 'ledger'").fetch_optional(&mut *transaction).await?;
    let cursor = cursor.map(|json| json.0).unwrap_or_default();
    // A transaction that began earlier may end later: the last minute is read again, and what is known left out.
    let decided: Vec<Decided> = sqlx::query_as(
        "select project, receipt, ref, decided_at, recorded_at, granted, denied, policy, source, expires_at, \
                language, region, platform, version, notice, supersedes from consent \
         where recorded_at >= $1 and receipt <> all($2) order by recorded_at limit 10000",
    )
    .bind(cursor.recorded_at - Duration::minutes(1))
    .bind(&cursor.known)
    .fetch_all(&mut *transaction)
    .await?;
    let Some(newest) = decided.iter().map(|decision| decision.recorded_at).max() else { return Ok(0) };
    for decision in &decided {
        let file = decisions_file(&machine.keyring, decision.recorded_at.date_naive())?;
        append_line(&file, &serde_json::to_string(decision)?)?;
    }
    let newest = newest.max(cursor.recorded_at);
    let known: Vec<Uuid> = sqlx::query_scalar(
        "select receipt from consent where recorded_at >= $1 and (receipt = any($2) or receipt = any($3))",
    )
    .bind(newest - Duration::minutes(1))
    .bind(&cursor.known)
    .bind(decided.iter().map(|decision| decision.receipt).collect::<Vec<_>>())
    .fetch_all(&mut *transaction)
    .await?;
    sqlx::query(
        "insert into setting (key, value) values ('ledger', $1) on conflict (key) do update set value = excluded.value",
    )
    .bind(Json(Cursor { recorded_at: newest, known }))
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(decided.len())
}

/// How far decisions were copied.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Cursor {
    recorded_at: DateTime<Utc>,
    /// Receipts of the last minute before it.
    known: Vec<Uuid>,
}

fn decisions_file(keyring: &Keyring, day: NaiveDate) -> anyhow::Result<PathBuf> {
    Ok(folder(keyring)?.join(format!("decisions-{day}.jsonl")))
}

/// Days of which decisions were written down, the oldest first.
fn decision_days(keyring: &Keyring) -> anyhow::Result<Vec<NaiveDate>> {
    let entries = match std::fs::read_dir(folder(keyring)?) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let day = |name: String| name.strip_prefix("decisions-")?.strip_suffix(".jsonl")?.parse().ok();
    let mut days: Vec<NaiveDate> = names.filter_map(day).collect();
    days.sort_unstable();
    Ok(days)
}

/// Decisions that were written down since a moment.
pub fn decisions_since(keyring: &Keyring, since: DateTime<Utc>) -> anyhow::Result<Vec<Decided>> {
    let mut all = Vec::new();
    for day in decision_days(keyring)?.into_iter().filter(|day| *day >= since.date_naive()) {
        all.extend(lines::<Decided>(&decisions_file(keyring, day)?)?);
    }
    Ok(all)
}

/// Removes files of decisions that only backups need which are destroyed by now.
pub fn forget_old(keyring: &Keyring, now: DateTime<Utc>) -> anyhow::Result<()> {
    for day in decision_days(keyring)?.into_iter().filter(|day| *day < (now - Duration::days(DAYS)).date_naive()) {
        std::fs::remove_file(decisions_file(keyring, day)?)?;
    }
    Ok(())
}
