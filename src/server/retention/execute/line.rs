//! The list of deletions: a line is begun before anything goes, counts every step with it, and is closed by a proof.

use super::{Deleted, Job};
use crate::identity::audit::{self, Entry};
use crate::retention::plan::Item;
use crate::retention::proof::{self, Statement, not_covered};
use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;
use sqlx::types::Json;

/// What is told about one deletion when it is over.
pub(super) struct Outcome {
    pub what: String,
    pub table_oid: Option<i64>,
    pub people: Option<i64>,
    pub held: i64,
    pub verified_by: String,
    pub rows_left: i64,
}

impl Job<'_> {
    /// The line of the list of deletions: the one that an interrupted run left, else a new one.
    pub(super) async fn begin(&self, item: &Item, what: &str) -> Result<i64, sqlx::Error> {
        let admin = &self.machine.database.admin;
        let left: Option<i64> = sqlx::query_scalar(
            "select id from deletion where project = $1 and what = $2 and kind = 'retention' and proof is null and not verified",
        )
        .bind(self.project)
        .bind(what)
        .fetch_optional(admin)
        .await?;
        if let Some(id) = left {
            return Ok(id);
        }
        sqlx::query_scalar(
            "insert into deletion (project, signal, what, rows, bytes, policy_days, started_at, ended_at, verified, change, item) \
             values ($1, $2, $3, 0, 0, $4, $5, $5, false, $6, $7) returning id",
        )
        .bind(self.project)
        .bind(&item.word)
        .bind(what)
        .bind(item.days)
        .bind(self.machine.clock.now())
        .bind(self.change)
        .bind(Json(item))
        .fetch_one(admin)
        .await
    }

    /// Closes the line of the list of deletions with its signed statement.
    pub(super) async fn prove(
        &self,
        transaction: &mut PgConnection,
        deletion: i64,
        outcome: Outcome,
    ) -> anyhow::Result<String> {
        type Line = (String, i64, i64, Option<DateTime<Utc>>, Option<DateTime<Utc>>, i32, DateTime<Utc>);
        let (word, rows, bytes, oldest, newest, days, started_at): Line = sqlx::query_as(
            "select signal, rows, bytes, oldest, newest, policy_days, started_at from deletion where id = $1 for update",
        )
        .bind(deletion)
        .fetch_one(&mut *transaction)
        .await?;
        let name = format!("D-{deletion}");
        let entry = Entry {
            project: Some(self.project),
            actor: "retention",
            action: "rows deleted",
            object: &name,
            detail: json!({ "what": outcome.what, "rows": rows, "bytes": bytes, "days": days, "because": self.because }),
        };
        let audit = audit::append(transaction, entry).await?;
        let ended_at = self.machine.clock.now();
        let statement = Statement {
            version: 1,
            name,
            project: self.project,
            project_name: self.project_name.clone(),
            subject: word,
            what: outcome.what,
            table_oid: outcome.table_oid,
            days: Some(days),
            rows,
            bytes,
            oldest,
            newest,
            people: outcome.people,
            held: outcome.held,
            plan: Some(self.plan.clone()),
            because: self.because.clone(),
            started_at,
            ended_at,
            verified_by: outcome.verified_by,
            rows_left: outcome.rows_left,
            audit,
            not_covered: not_covered(ended_at),
        };
        let proof = proof::signed(&self.machine.keyring, &statement)?;
        sqlx::query("update deletion set ended_at = $2, verified = $3, people = $4, proof = $5 where id = $1")
            .bind(deletion)
            .bind(ended_at)
            .bind(statement.rows_left == 0)
            .bind(statement.people)
            .bind(&proof)
            .execute(transaction)
            .await?;
        Ok(proof)
    }
}

/// Adds a step to the line of its deletion, in the transaction of the step.
pub(super) async fn count(
    transaction: &mut PgConnection,
    deletion: i64,
    step: Deleted,
    oldest: Option<DateTime<Utc>>,
    newest: Option<DateTime<Utc>>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update deletion set rows = rows + $2, bytes = bytes + $3, oldest = least(oldest, $4), newest = greatest(newest, $5) \
         where id = $1",
    )
    .bind(deletion)
    .bind(step.rows)
    .bind(step.bytes)
    .bind(oldest)
    .bind(newest)
    .execute(transaction)
    .await?;
    Ok(())
}
