//! What happened since a backup and must hold after its restore: erasures and refusals, from the ledger beside the database.

use crate::erasure::{Scope, carry_out, erase, ledger};
use crate::machine::Machine;
use crate::privacy::policy::announce;
use anyhow::bail;
use chrono::{DateTime, Duration, Utc};
use std::collections::{BTreeMap, HashSet};
use uuid::Uuid;

/// Erases again who was erased after the backup was written; their number.
pub async fn erasures(machine: &Machine) -> anyhow::Result<usize> {
    let marks: HashSet<(i32, String)> =
        ledger::all_erased(&machine.keyring)?.into_iter().map(|erased| (erased.project, erased.mark)).collect();
    if marks.is_empty() {
        return Ok(0);
    }
    let subjects: Vec<(i32, i32, Uuid, i32)> =
        sqlx::query_as("select project, number, ref, person from subject order by project, person, number")
            .fetch_all(&machine.database.admin)
            .await?;
    let mut people: BTreeMap<(i32, i32), Scope> = BTreeMap::new();
    for (project, number, reference, person) in subjects {
        let mark = hex::encode(ledger::mark(&machine.keyring, project, reference)?);
        if !marks.contains(&(project, mark)) {
            continue;
        }
        let scope = people.entry((project, person)).or_insert_with(|| Scope {
            project,
            reference,
            alone: false,
            subjects: Vec::new(),
            references: Vec::new(),
        });
        scope.subjects.push(number);
        scope.references.push(reference);
    }
    for scope in people.values() {
        let id = erase(machine, scope, "restore", None).await?;
        if carry_out(machine, id).await?.is_none() {
            bail!("erasure {id} is carried out by somebody else: no server may run while a backup is restored");
        }
    }
    Ok(people.len())
}

/// Puts decisions in force again that were made after the backup, and a while before, to be sure; their number.
pub async fn decisions(machine: &Machine, made_at: DateTime<Utc>) -> anyhow::Result<usize> {
    let mut new = 0;
    for decided in ledger::decisions_since(&machine.keyring, made_at - Duration::days(1))? {
        let done = sqlx::query(
            "insert into consent (project, receipt, ref, decided_at, recorded_at, granted, denied, policy, source, expires_at, \
                                  language, region, platform, version, notice, supersedes) \
             select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16 where exists (select from project where id = $1) \
             on conflict (project, receipt) do nothing",
        )
        .bind(decided.project)
        .bind(decided.receipt)
        .bind(decided.reference)
        .bind(decided.decided_at)
        .bind(decided.recorded_at)
        .bind(decided.granted)
        .bind(decided.denied)
        .bind(&decided.policy)
        .bind(&decided.source)
        .bind(decided.expires_at)
        .bind(&decided.language)
        .bind(&decided.region)
        .bind(&decided.platform)
        .bind(&decided.version)
        .bind(&decided.notice)
        .bind(decided.supersedes)
        .execute(&machine.database.admin)
        .await?;
        new += done.rows_affected() as usize;
    }
    announce(&machine.database, "consent").await?;
    Ok(new)
}
