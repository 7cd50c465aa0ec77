//! The ledger of decisions. Append-only: a change of mind is a new row that names the one before.

use super::Store;
use crate::database::fault::Told;
use crate::privacy::policy::decisions::{Decided, VALID, on_purpose};
use crate::privacy::policy::{Ledger, Settings, announce};
use chrono::{DateTime, Utc};
use parallax_domain::{Category, Kind, Problem};
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

impl NewDecision {
    /// As the gate holds it.
    pub fn decided(&self, ledger: &Ledger) -> Decided {
        Decided {
            subject: self.reference,
            at: self.at,
            granted: self.granted,
            denied: self.denied,
            on_purpose: on_purpose(&self.source),
            notice_since: ledger.notice_since(&self.policy),
        }
    }
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
        transaction.commit().await.told()?;
        announce(&self.database, "consent").await.told()?;
        Ok(recorded)
    }
}

/// SHA-256 of the words that were shown: the version and the texts in the language. Empty where there are none.
fn notice_hash(version: &str, texts: Option<&serde_json::Value>) -> String {
    // Keys of a JSON object from the database are in one order, so the same texts hash the same.
    texts.map(|texts| hex::encode(Sha256::digest(format!("{version}\n{texts}")))).unwrap_or_default()
}

/// A version of the notice.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub version: String,
    /// Bits of the categories it asks about, and of those it asks anew.
    pub categories: u8,
    pub anew: u8,
    pub since: DateTime<Utc>,
    pub by: String,
    pub note: String,
}

/// What holds in a region until somebody decided.
#[derive(Clone, Debug, PartialEq)]
pub struct DefaultRow {
    pub region: String,
    pub category: Category,
    pub allowed: bool,
    pub reason: String,
    pub changed_at: DateTime<Utc>,
    pub changed_by: String,
}

fn bits(categories: &[Category]) -> i16 {
    i16::from(categories.iter().fold(0, |bits, category| bits | category.bit()))
}

impl Store {
    /// Versions of the notice, the newest first.
    pub async fn notices(&self, project: i32) -> Result<Vec<Notice>, Problem> {
        type Row = (String, i16, i16, DateTime<Utc>, String, String);
        let rows: Vec<Row> = sqlx::query_as(
            "select version, categories, anew, changed_at, changed_by, note from consent_policy where project = $1 \
             order by changed_at desc",
        )
        .bind(project)
        .fetch_all(&self.database.admin)
        .await
        .told()?;
        Ok(rows
            .into_iter()
            .map(|(version, categories, anew, since, by, note)| Notice {
                version,
                categories: categories as u8,
                anew: anew as u8,
                since,
                by,
                note,
            })
            .collect())
    }

    /// Puts a version into force: texts of every language belong to it from now on, so that pages ask again.
    #[expect(clippy::too_many_arguments, reason = "the members of one row")]
    pub async fn add_notice(
        &self,
        project: i32,
        version: &str,
        categories: &[Category],
        anew: &[Category],
        note: &str,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Problem> {
        let mut transaction = self.database.admin.begin().await.told()?;
        let added = sqlx::query(
            "insert into consent_policy (project, version, categories, anew, changed_at, changed_by, note) \
             values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        )
        .bind(project)
        .bind(version)
        .bind(bits(categories))
        .bind(bits(anew))
        .bind(now)
        .bind(by)
        .bind(note)
        .execute(&mut *transaction)
        .await
        .told()?;
        if added.rows_affected() == 0 {
            let taken = Problem::new(Kind::Conflict, format!("There is a version {version:?} already."));
            return Err(Problem { field: Some("version".into()), ..taken });
        }
        let texts =
            sqlx::query("update consent_text set policy = $2, changed_at = now(), changed_by = $3 where project = $1")
                .bind(project)
                .bind(version)
                .bind(by)
                .execute(&mut *transaction)
                .await
                .told()?;
        if texts.rows_affected() == 0 {
            // The built-in texts have a version of their own; an empty overlay gives them this one.
            sqlx::query(
                "insert into consent_text (project, language, texts, policy, changed_by) values ($1, 'en', '{}', $2, $3)",
            )
            .bind(project)
            .bind(version)
            .bind(by)
            .execute(&mut *transaction)
            .await
            .told()?;
        }
        sqlx::query("update change set version = version + 1 where topic in ('consent', 'catalogue')")
            .execute(&mut *transaction)
            .await
            .told()?;
        transaction.commit().await.told()
    }

    /// What holds until somebody decided, by region.
    pub async fn consent_defaults(&self, project: i32) -> Result<Vec<DefaultRow>, Problem> {
        type Row = (String, i16, bool, String, DateTime<Utc>, String);
        let rows: Vec<Row> = sqlx::query_as(
            "select region, category, allowed, reason, changed_at, changed_by from consent_default where project = $1 \
             order by region = '*', region, category",
        )
        .bind(project)
        .fetch_all(&self.database.admin)
        .await
        .told()?;
        Ok(rows
            .into_iter()
            .filter_map(|(region, category, allowed, reason, changed_at, changed_by)| {
                let category = Category::from_number(category)?;
                Some(DefaultRow { region, category, allowed, reason, changed_at, changed_by })
            })
            .collect())
    }

    pub async fn set_consent_default(
        &self,
        project: i32,
        region: &str,
        category: Category,
        allowed: bool,
        reason: &str,
        by: &str,
    ) -> Result<(), Problem> {
        sqlx::query(
            "insert into consent_default (project, region, category, allowed, reason, changed_by) values ($1, $2, $3, $4, $5, $6) \
             on conflict (project, region, category) do update set allowed = excluded.allowed, reason = excluded.reason, \
                 changed_by = excluded.changed_by, changed_at = now()",
        )
        .bind(project)
        .bind(region)
        .bind(category as i16)
        .bind(allowed)
        .bind(reason)
        .bind(by)
        .execute(&self.database.admin)
        .await
        .told()?;
        announce(&self.database, "catalogue").await.told()
    }

    /// False where there was none.
    pub async fn remove_consent_default(
        &self,
        project: i32,
        region: &str,
        category: Category,
    ) -> Result<bool, Problem> {
        let removed = sqlx::query("delete from consent_default where project = $1 and region = $2 and category = $3")
            .bind(project)
            .bind(region)
            .bind(category as i16)
            .execute(&self.database.admin)
            .await
            .told()?;
        announce(&self.database, "catalogue").await.told()?;
        Ok(removed.rows_affected() > 0)
    }

    /// Settings of privacy; the usual ones where nobody set any.
    pub async fn privacy(&self, project: i32) -> Result<Settings, Problem> {
        let row: Option<(String, bool, serde_json::Value)> =
            sqlx::query_as("select owner, header_refuses_all, identifiers from privacy_setting where project = $1")
                .bind(project)
                .fetch_optional(&self.database.admin)
                .await
                .told()?;
        Ok(row.map(|(owner, all, identifiers)| Settings::new(owner, all, &identifiers)).unwrap_or_default())
    }

    pub async fn set_privacy(&self, project: i32, settings: &Settings) -> Result<(), Problem> {
        sqlx::query(
            "insert into privacy_setting (project, owner, header_refuses_all, identifiers) values ($1, $2, $3, $4) \
             on conflict (project) do update set owner = excluded.owner, header_refuses_all = excluded.header_refuses_all, \
                 identifiers = excluded.identifiers",
        )
        .bind(project)
        .bind(settings.owner.trim())
        .bind(settings.header_refuses_all)
        .bind(settings.identifiers())
        .execute(&self.database.admin)
        .await
        .told()?;
        Ok(())
    }
}
