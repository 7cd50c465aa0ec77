//! The ledger of decisions. Append-only: a change of mind is a new row that names the one before.

use super::Store;
use crate::database::fault::Told;
use crate::privacy::policy::decisions::VALID;
use chrono::{DateTime, Utc};
use parallax_domain::Problem;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A decision as it is written down.
#[derive(Clone, Debug)]
pub struct NewDecision {
    pub reference: Uuid,
    pub at: DateTime<Utc>,
    /// Bits of categories.
    pub granted: u8,
    pub denied: u8,
    pub policy: String,
    pub source: String,
    pub language: String,
    /// ISO 3166-1 alpha-2, or empty.
    pub region: String,
    pub platform: String,
    pub version: String,
}

/// What became of it.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub receipt: Uuid,
    pub notice: String,
    pub expires_at: DateTime<Utc>,
}

impl Store {
    /// Writes decisions down, all or none.
    pub async fn record_decisions(&self, project: i32, decisions: &[NewDecision]) -> Result<Vec<Recorded>, Problem> {
        let mut transaction = self.database.admin.begin().await.told()?;
        let mut recorded = Vec::with_capacity(decisions.len());
        for decision in decisions {
            let texts: Option<serde_json::Value> =
                sqlx::query_scalar("select texts from consent_text where project = $1 and language = $2")
                    .bind(project)
                    .bind(&decision.language)
                    .fetch_optional(&mut *transaction)
                    .await
                    .told()?;
            let notice = notice_hash(&decision.policy, texts.as_ref());
            let receipt = Uuid::now_v7();
            let expires_at = decision.at.checked_add_months(VALID).unwrap_or(decision.at);
            sqlx::query(
                "insert into consent (project, receipt, ref, decided_at, granted, denied, policy, source, expires_at, language, \
                     region, platform, version, notice, supersedes) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, \
                     (select receipt from consent where project = $1 and ref = $3 order by decided_at desc, recorded_at desc limit 1))",
            )
            .bind(project)
            .bind(receipt)
            .bind(decision.reference)
            .bind(decision.at)
            .bind(i16::from(decision.granted))
            .bind(i16::from(decision.denied))
            .bind(&decision.policy)
            .bind(&decision.source)
            .bind(expires_at)
            .bind(&decision.language)
            .bind(&decision.region)
            .bind(&decision.platform)
            .bind(&decision.version)
            .bind(&notice)
            .execute(&mut *transaction)
            .await
            .told()?;
            recorded.push(Recorded { receipt, notice, expires_at });
        }
        sqlx::query("update change set version = version + 1 where topic = 'consent'")
            .execute(&mut *transaction)
            .await
            .told()?;
        transaction.commit().await.told()?;
        Ok(recorded)
    }
}

/// SHA-256 of the words that were shown: the version and the texts in the language. Empty where there are none.
fn notice_hash(version: &str, texts: Option<&serde_json::Value>) -> String {
    // Keys of a JSON object from the database are in one order, so the same texts hash the same.
    texts.map(|texts| hex::encode(Sha256::digest(format!("{version}\n{texts}")))).unwrap_or_default()
}
