//! Signed heads of the audit log. The chain shows a change in the middle; that its end was cut off, or all of it written
//! anew, shows against a head that was signed before, with a key that is not in the database, and kept in a file beside it.

use super::audit;
use crate::database::Database;
use crate::keyring::{Keyring, Signature, append_line, verifies};
use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};
use sqlx::Connection;
use std::path::PathBuf;

/// The log as it was at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub seq: i64,
    pub at: DateTime<Utc>,
    /// Hash of the entry `seq`, hexadecimal.
    pub hash: String,
    /// Public key, hexadecimal.
    pub key: String,
    pub signature: String,
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Entries that are there, signed heads that agree, and the newest of these.
    Whole { entries: i64, heads: usize, newest: Option<DateTime<Utc>> },
    /// The first entry that does not fit to the one before it.
    Broken(i64),
    /// This head was signed, and the log does not show it any more.
    Rewritten(Head),
    /// This line of the file is no head that our key signed.
    Forged(usize),
}

fn message(purpose: &str, seq: i64, at: DateTime<Utc>, hash: &[u8]) -> Vec<u8> {
    format!("parallax {purpose} {seq} {} {}", at.timestamp_micros(), hex::encode(hash)).into_bytes()
}

fn file(keyring: &Keyring) -> anyhow::Result<PathBuf> {
    Ok(keyring.folder()?.join("audit").join("heads.jsonl"))
}

/// Signs the newest entry, in the database and in the file, unless that was done already.
pub async fn sign(database: &Database, keyring: &Keyring, now: DateTime<Utc>) -> anyhow::Result<Option<Head>> {
    let last: Option<(i64, Vec<u8>)> =
        sqlx::query_as("select seq, hash from audit order by seq desc limit 1").fetch_optional(&database.admin).await?;
    let Some((seq, hash)) = last else { return Ok(None) };
    let at = now.trunc_subsecs(6);
    let Signature { key, bytes } = keyring.sign(&message("audit head", seq, at, &hash))?;
    let new = sqlx::query(
        "insert into audit_head (seq, at, hash, key, signature) values ($1, $2, $3, $4, $5) on conflict do nothing",
    )
    .bind(seq)
    .bind(at)
    .bind(&hash)
    .bind(&key)
    .bind(&bytes)
    .execute(&database.admin)
    .await?;
    if new.rows_affected() == 0 {
        return Ok(None);
    }
    let head = Head { seq, at, hash: hex::encode(hash), key, signature: hex::encode(bytes) };
    append_line(&file(keyring)?, &serde_json::to_string(&head)?)?;
    Ok(Some(head))
}

/// Follows the chain, then holds every signed head of the file against it.
pub async fn verify(database: &Database, keyring: &Keyring) -> anyhow::Result<Found> {
    let entries = match audit::verify(database).await? {
        Ok(entries) => entries,
        Err(seq) => return Ok(Found::Broken(seq)),
    };
    let ours = keyring.public_key()?;
    if let Some(seq) = false_start(database, &ours).await? {
        return Ok(Found::Broken(seq));
    }
    let gone: i64 =
        sqlx::query_scalar("select coalesce(max(seq), 0) from audit_start").fetch_one(&database.admin).await?;
    let text = match std::fs::read_to_string(file(keyring)?) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error.into()),
    };
    let mut heads: Vec<Head> = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match read(line, &ours) {
            Some(Line::Head(head)) => heads.push(head),
            // What was signed after the backup is of entries that are gone with what the backup replaced.
            Some(Line::Restored(last)) => heads.retain(|head| head.seq <= last),
            None => return Ok(Found::Forged(index + 1)),
        }
    }
    for head in heads.iter().filter(|head| head.seq > gone) {
        let hash: Option<Vec<u8>> = sqlx::query_scalar("select hash from audit where seq = $1")
            .bind(head.seq)
            .fetch_optional(&database.admin)
            .await?;
        if hash.map(hex::encode).as_deref() != Some(&head.hash) {
            return Ok(Found::Rewritten(head.clone()));
        }
    }
    Ok(Found::Whole { entries, heads: heads.len(), newest: heads.iter().map(|head| head.at).max() })
}

/// A line of the file that our key signed.
enum Line {
    Head(Head),
    /// A backup was restored whose log ended with this entry.
    Restored(i64),
}

#[derive(Serialize, Deserialize)]
struct Restored {
    restored: i64,
    at: DateTime<Utc>,
    key: String,
    signature: String,
}

/// Writes down that a backup took the place of the log after this entry.
pub fn restored(keyring: &Keyring, last: i64, now: DateTime<Utc>) -> anyhow::Result<()> {
    let at = now.trunc_subsecs(6);
    let Signature { key, bytes } = keyring.sign(&message("audit restored", last, at, &[]))?;
    let line = Restored { restored: last, at, key, signature: hex::encode(bytes) };
    append_line(&file(keyring)?, &serde_json::to_string(&line)?)
}

fn read(line: &str, ours: &str) -> Option<Line> {
    let genuine = |key: &str, message: &[u8], signature: &str| {
        key == ours && hex::decode(signature).is_ok_and(|signature| verifies(key, message, &signature))
    };
    if let Ok(Restored { restored, at, key, signature }) = serde_json::from_str(line) {
        return genuine(&key, &message("audit restored", restored, at, &[]), &signature)
            .then_some(Line::Restored(restored));
    }
    let head: Head = serde_json::from_str(line).ok()?;
    let hash = hex::decode(&head.hash).ok()?;
    genuine(&head.key, &message("audit head", head.seq, head.at, &hash), &head.signature).then_some(Line::Head(head))
}

/// The first entry after a beginning that nobody signed.
async fn false_start(database: &Database, ours: &str) -> Result<Option<i64>, sqlx::Error> {
    type Start = (i64, DateTime<Utc>, Vec<u8>, String, Vec<u8>);
    let start: Option<Start> =
        sqlx::query_as("select seq, at, hash, key, signature from audit_start").fetch_optional(&database.admin).await?;
    Ok(start.and_then(|(seq, at, hash, key, signature)| {
        let genuine = key == ours && verifies(&key, &message("audit start", seq, at, &hash), &signature);
        (!genuine).then_some(seq + 1)
    }))
}

/// Lets go of entries that are older than the log is kept. What stays is still a chain: it begins at a signed point.
pub async fn forget(
    database: &Database,
    keyring: &Keyring,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> anyhow::Result<u64> {
    let mut connection = database.admin.acquire().await?;
    let mut transaction = connection.begin().await?;
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('audit', 0))").execute(&mut *transaction).await?;
    // Times of entries do not always grow with their numbers; everything up to the first young one may go.
    let last: Option<(i64, Vec<u8>)> = sqlx::query_as(
        "select seq, hash from audit where seq < (select coalesce(min(seq), (select max(seq) from audit)) from audit where at >= $1) \
         order by seq desc limit 1",
    )
    .bind(before)
    .fetch_optional(&mut *transaction)
    .await?;
    let Some((seq, hash)) = last else { return Ok(0) };
    let at = now.trunc_subsecs(6);
    let Signature { key, bytes } = keyring.sign(&message("audit start", seq, at, &hash))?;
    sqlx::query(
        "insert into audit_start (seq, at, hash, key, signature) values ($1, $2, $3, $4, $5) \
         on conflict (one) do update set seq = excluded.seq, at = excluded.at, hash = excluded.hash, key = excluded.key, \
                                         signature = excluded.signature",
    )
    .bind(seq)
    .bind(at)
    .bind(hash)
    .bind(key)
    .bind(bytes)
    .execute(&mut *transaction)
    .await?;
    let gone = sqlx::query("delete from audit where seq <= $1").bind(seq).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(gone.rows_affected())
}
