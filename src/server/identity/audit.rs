//! The audit log: append-only and hash-chained, so that a change or a gap shows.

use crate::database::Database;
use chrono::{DateTime, SubsecRound, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection};

pub struct Entry<'a> {
    pub project: Option<i32>,
    /// An account's address, `key 4`, `command line`.
    pub actor: &'a str,
    /// `sign in`, `key revoked`, `person opened`, …
    pub action: &'a str,
    pub object: &'a str,
    pub detail: Value,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub project: Option<i32>,
    pub actor: String,
    pub action: String,
    pub object: String,
    /// JSON, exactly as it was hashed.
    pub detail: String,
    pub hash: Vec<u8>,
}

pub async fn write(database: &Database, entry: Entry<'_>) -> Result<(), sqlx::Error> {
    let mut connection = database.admin.acquire().await?;
    let mut transaction = connection.begin().await?;
    append(&mut transaction, entry).await?;
    transaction.commit().await
}

/// Adds an entry within a transaction and gives its number. Last of all in it: until it ends nobody else can add one.
pub async fn append(transaction: &mut PgConnection, entry: Entry<'_>) -> Result<i64, sqlx::Error> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('audit', 0))").execute(&mut *transaction).await?;
    let last: Option<(i64, Vec<u8>)> = sqlx::query_as(
        "select seq, hash from audit union all select seq, hash from audit_start order by seq desc limit 1",
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let (seq, before) = last.map_or((1, Vec::new()), |(seq, hash)| (seq + 1, hash));
    // Postgres keeps microseconds; the hash must be of what is kept.
    let at = Utc::now().trunc_subsecs(6);
    let detail = entry.detail.to_string();
    let hash = link(&before, seq, at, entry.project, entry.actor, entry.action, entry.object, &detail);
    sqlx::query("insert into audit (seq, at, project, actor, action, object, detail, hash) values ($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(seq)
        .bind(at)
        .bind(entry.project)
        .bind(entry.actor)
        .bind(entry.action)
        .bind(entry.object)
        .bind(&detail)
        .bind(hash)
        .execute(&mut *transaction)
        .await?;
    Ok(seq)
}

/// The same, unless this very deed of this actor was written down within the time before. A page that reads itself again
/// every few seconds is one reading, not many.
pub async fn write_once(database: &Database, entry: Entry<'_>, within: chrono::Duration) -> Result<(), sqlx::Error> {
    let known: bool = sqlx::query_scalar(
        "select exists (select from (select * from audit order by seq desc limit 1000) as recent \
                        where actor = $1 and action = $2 and object = $3 and detail = $4 \
                          and project is not distinct from $5 and at > $6)",
    )
    .bind(entry.actor)
    .bind(entry.action)
    .bind(entry.object)
    .bind(entry.detail.to_string())
    .bind(entry.project)
    .bind(Utc::now() - within)
    .fetch_one(&database.admin)
    .await?;
    if known { Ok(()) } else { write(database, entry).await }
}

#[expect(clippy::too_many_arguments, reason = "everything that a link of the chain covers")]
fn link(
    before: &[u8],
    seq: i64,
    at: DateTime<Utc>,
    project: Option<i32>,
    actor: &str,
    action: &str,
    object: &str,
    detail: &str,
) -> Vec<u8> {
    let mut digest = Sha256::new();
    let (seq, at, project) =
        (seq.to_string(), at.timestamp_micros().to_string(), project.map_or_else(String::new, |p| p.to_string()));
    for part in [
        before,
        seq.as_bytes(),
        at.as_bytes(),
        project.as_bytes(),
        actor.as_bytes(),
        action.as_bytes(),
        object.as_bytes(),
        detail.as_bytes(),
    ] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().to_vec()
}

/// Follows the chain from where it begins; the number of entries, or the first that does not fit.
pub async fn verify(database: &Database) -> Result<Result<i64, i64>, sqlx::Error> {
    let start: Option<(i64, Vec<u8>)> =
        sqlx::query_as("select seq, hash from audit_start").fetch_optional(&database.admin).await?;
    let (gone, mut before) = start.unwrap_or_default();
    let mut expected = gone + 1;
    loop {
        let rows: Vec<Row> = sqlx::query_as("select * from audit where seq >= $1 order by seq limit 1000")
            .bind(expected)
            .fetch_all(&database.admin)
            .await?;
        if rows.is_empty() {
            return Ok(Ok(expected - 1 - gone));
        }
        for row in rows {
            let hash = link(&before, row.seq, row.at, row.project, &row.actor, &row.action, &row.object, &row.detail);
            if row.seq != expected || hash != row.hash {
                return Ok(Err(expected));
            }
            before = row.hash;
            expected += 1;
        }
    }
}

/// The newest entries first.
pub async fn recent(database: &Database, project: Option<i32>, limit: i64) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as(
        "select * from audit where $1::int is null or project is null or project = $1 order by seq desc limit $2",
    )
    .bind(project)
    .bind(limit)
    .fetch_all(&database.admin)
    .await
}
