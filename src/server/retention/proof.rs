//! Proof of deletion: a signed statement of what was deleted, why, and that nothing of it is left. It verifies with the
//! public key alone, on a machine that has no database.

use crate::keyring::{Keyring, append_line, verifies};
use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::PathBuf;

/// Backups are not kept longer than this (days): when "deleted" is over for them as well.
pub const BACKUP_DAYS: i64 = 35;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Of this form of statement.
    pub version: u32,
    /// `D-12` of retention, `E-13` of an erasure.
    pub name: String,
    pub project: i32,
    pub project_name: String,
    /// The rule, or `person`.
    pub subject: String,
    /// In words: which table, which rows of it.
    pub what: String,
    /// Object number of the dropped table in the database's catalogue.
    pub table_oid: Option<i64>,
    /// Days that were promised; none for an erasure.
    pub days: Option<i32>,
    pub rows: i64,
    pub bytes: i64,
    pub oldest: Option<DateTime<Utc>>,
    pub newest: Option<DateTime<Utc>>,
    pub people: Option<i64>,
    /// Rows that a legal hold kept from this deletion.
    pub held: i64,
    /// Hash of the plan that was carried out.
    pub plan: Option<String>,
    /// Who or what had it done: `scheduled run`, `change 4, asked by …, approved by …`.
    pub because: String,
    pub started_at: DateTime<Utc>,
    pub ended_at: DateTime<Utc>,
    /// What was asked afterwards, and what it found.
    pub verified_by: String,
    pub rows_left: i64,
    /// The entry of the audit log that tells of it.
    pub audit: i64,
    pub not_covered: Vec<String>,
}

/// Three places that a deletion in the database does not reach at once.
pub fn not_covered(ended_at: DateTime<Utc>) -> Vec<String> {
    let until = (ended_at + chrono::Duration::days(BACKUP_DAYS)).date_naive();
    vec![
        format!("backups, which are destroyed by {until}"),
        "the database's write-ahead log, until it is recycled".to_owned(),
        "blocks of the disk, until they are overwritten".to_owned(),
    ]
}

/// The statement with its signature, as one JSON text.
pub fn signed(keyring: &Keyring, statement: &Statement) -> anyhow::Result<String> {
    let statement = serde_json::to_value(statement)?;
    let signature = keyring.sign(statement.to_string().as_bytes())?;
    let proof = serde_json::json!({
        "statement": statement, "key": signature.key, "signature": hex::encode(signature.bytes),
    });
    Ok(proof.to_string())
}

/// Reads a proof back. `key` is the public key that it must be signed with, hexadecimal.
pub fn verify(proof: &str, key: &str) -> anyhow::Result<Statement> {
    let proof: Value = serde_json::from_str(proof).context("this is no proof: it is not JSON")?;
    let (statement, signature) = (&proof["statement"], proof["signature"].as_str().unwrap_or_default());
    let signature = hex::decode(signature).context("the signature cannot be read")?;
    if !verifies(key, statement.to_string().as_bytes(), &signature) {
        bail!("the signature does not fit to the statement and this key");
    }
    serde_json::from_value(statement.clone()).context("the statement is signed, and of an unknown form")
}

/// A copy of every proof, one a line, beside the database.
pub fn file(keyring: &Keyring) -> anyhow::Result<PathBuf> {
    Ok(keyring.folder()?.join("proofs").join("deletions.jsonl"))
}

pub fn keep(keyring: &Keyring, proof: &str) -> anyhow::Result<()> {
    append_line(&file(keyring)?, proof)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement() -> Statement {
        let at: DateTime<Utc> = "2026-11-22T02:00:00Z".parse().unwrap();
        Statement {
            version: 1,
            name: "D-12".into(),
            project: 1,
            project_name: "Shop \"north\"".into(),
            subject: "log".into(),
            what: "table log_p1_20261022 dropped".into(),
            table_oid: Some(16_384),
            days: Some(30),
            rows: 41,
            bytes: 8_192,
            oldest: Some(at),
            newest: Some(at),
            people: Some(3),
            held: 0,
            plan: Some("ab".into()),
            because: "scheduled run".into(),
            started_at: at,
            ended_at: at,
            verified_by: "the table is gone".into(),
            rows_left: 0,
            audit: 7,
            not_covered: not_covered(at),
        }
    }

    #[test]
    fn a_proof_verifies_with_the_public_key_alone_and_a_changed_one_does_not() {
        let folder = std::env::temp_dir().join(format!("parallax-proof-{}", std::process::id()));
        let keyring = Keyring::of(Some(folder.clone()));
        let proof = signed(&keyring, &statement()).unwrap();
        let key = keyring.public_key().unwrap();
        assert_eq!(verify(&proof, &key).unwrap(), statement());
        let forged = proof.replace("\"rows\":41", "\"rows\":40");
        assert_ne!(forged, proof);
        assert!(verify(&forged, &key).unwrap_err().to_string().contains("does not fit"));
        assert!(verify(&proof, &"00".repeat(32)).is_err());
        assert!(verify("{}", &key).is_err() && verify("no JSON", &key).is_err());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_proof_says_when_backups_are_gone_as_well() {
        assert!(not_covered("2026-11-22T02:00:00Z".parse().unwrap())[0].contains("2026-12-27"));
    }
}
