//! Versions of the policy: whoever changes a rule, a field or a word, the next version says what changed.

use super::policy::{self, Policy};
use crate::database::fault::Told;
use crate::machine::Machine;
use chrono::{DateTime, Utc};
use parallax_domain::Problem;
use sqlx::Connection;
use sqlx::types::Json;
use std::collections::BTreeMap;

/// Changes that are told of one version; more are counted.
const MOST: usize = 12;

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Version {
    pub version: i32,
    pub at: DateTime<Utc>,
    pub hash: Vec<u8>,
    pub changes: Vec<String>,
}

/// Writes a new version down if the policy is not the newest one any more. Several processes may try at once.
pub async fn record(machine: &Machine, project: i32) -> anyhow::Result<()> {
    let policy = policy::of(machine, project).await?;
    let hash = policy.hash();
    let mut connection = machine.database.admin.acquire().await?;
    let newest: Option<Vec<u8>> =
        sqlx::query_scalar("select hash from trust_version where project = $1 order by version desc limit 1")
            .bind(project)
            .fetch_optional(&mut *connection)
            .await?;
    if newest.as_ref() == Some(&hash) {
        return Ok(());
    }
    let mut transaction = connection.begin().await?;
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('trust', $1::bigint))")
        .bind(project)
        .execute(&mut *transaction)
        .await?;
    let before: Option<(i32, Vec<u8>, Json<Policy>)> = sqlx::query_as(
        "select version, hash, policy from trust_version where project = $1 order by version desc limit 1",
    )
    .bind(project)
    .fetch_optional(&mut *transaction)
    .await?;
    let (version, changes) = match &before {
        Some((_, known, _)) if *known == hash => return Ok(()),
        Some((version, _, old)) => (version + 1, changes(&old.0, &policy)),
        None => (1, vec!["first version".to_owned()]),
    };
    sqlx::query(
        "insert into trust_version (project, version, at, hash, policy, changes) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(project)
    .bind(version)
    .bind(machine.clock.now())
    .bind(hash)
    .bind(Json(&policy))
    .bind(changes)
    .execute(&mut *transaction)
    .await?;
    Ok(transaction.commit().await?)
}

/// The newest versions first.
pub async fn versions(machine: &Machine, project: i32, limit: i64) -> Result<Vec<Version>, Problem> {
    sqlx::query_as(
        "select version, at, hash, changes from trust_version where project = $1 order by version desc limit $2",
    )
    .bind(project)
    .bind(limit)
    .fetch_all(&machine.database.admin)
    .await
    .told()
}

/// What changed between two versions, in words.
fn changes(old: &Policy, new: &Policy) -> Vec<String> {
    let mut told = Vec::new();
    let mut word = |name: &str, old: &str, new: &str| {
        if old != new {
            told.push(match (old.is_empty(), new.is_empty()) {
                (true, _) => format!("{name}: {new}"),
                (_, true) => format!("{name} is not said any more"),
                _ => format!("{name}: {new}, before: {old}"),
            });
        }
    };
    word("Name", &old.project, &new.project);
    word("Responsible", &old.responsible, &new.responsible);
    word("Contact", &old.contact, &new.contact);
    word("Stored in", &old.place, &new.place);
    let days = |policy: &Policy| -> BTreeMap<String, i32> {
        policy.retention.iter().map(|kept| (kept.name.clone(), kept.days)).collect()
    };
    let (before, after) = (days(old), days(new));
    for (name, days) in &after {
        match before.get(name) {
            Some(known) if known == days => {}
            Some(known) => told.push(format!("{name}: kept {days} days, before: {known}")),
            None => told.push(format!("{name}: kept {days} days")),
        }
    }
    told.extend(
        before
            .keys()
            .filter(|name| !after.contains_key(*name))
            .map(|name| format!("{name}: no rule of its own any more")),
    );
    for category in &new.categories {
        let Some(known) = old.categories.iter().find(|one| one.category == category.category) else {
            told.push(format!("New category: {}", category.category));
            continue;
        };
        if known.legal_basis != category.legal_basis {
            told.push(format!(
                "{} rests on {}, before: {}",
                category.category,
                category.legal_basis.words(),
                known.legal_basis.words()
            ));
        }
        if (&known.what, &known.why, &known.never) != (&category.what, &category.why, &category.never) {
            told.push(format!("{}: what it is was described anew", category.category));
        }
        for field in category.fields.iter().filter(|field| !known.fields.iter().any(|one| one.name == field.name)) {
            told.push(format!("{}: the field {} is collected", category.category, field.name));
        }
        for field in known.fields.iter().filter(|field| !category.fields.iter().any(|one| one.name == field.name)) {
            told.push(format!("{}: the field {} is not collected any more", category.category, field.name));
        }
    }
    told.extend(
        new.processors
            .iter()
            .filter(|one| !old.processors.contains(one))
            .map(|one| format!("{} gets data, for {}", one.name, one.purpose)),
    );
    told.extend(
        old.processors
            .iter()
            .filter(|one| !new.processors.contains(one))
            .map(|one| format!("{} gets no data any more", one.name)),
    );
    told.extend(
        new.not_collected
            .iter()
            .filter(|one| !old.not_collected.contains(one))
            .map(|one| format!("Not collected: {one}")),
    );
    if told.is_empty() {
        told.push("described more exactly".to_owned());
    }
    let more = told.len().saturating_sub(MOST);
    told.truncate(MOST);
    if more > 0 {
        told.push(format!("and {more} more"));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::super::policy::{FieldPolicy, Kept};
    use super::super::settings::{LegalBasis, Processor};
    use super::*;
    use parallax_domain::Category;

    fn policy() -> Policy {
        let kept = |data: &str, name: &str, days| Kept { data: data.into(), name: name.into(), days };
        Policy {
            project: "Shop".into(),
            responsible: String::new(),
            contact: String::new(),
            place: String::new(),
            categories: vec![super::super::policy::CategoryPolicy {
                category: Category::Usage,
                what: "w".into(),
                why: "y".into(),
                never: "n".into(),
                without_it: "o".into(),
                legal_basis: LegalBasis::Consent,
                choice: true,
                days: 400,
                seen_by: Vec::new(),
                fields: Vec::new(),
            }],
            retention: vec![kept("log", "Logs", 30)],
            processors: Vec::new(),
            not_collected: Vec::new(),
            opt_out: Vec::new(),
        }
    }

    #[test]
    fn every_change_is_told_in_words() {
        let mut new = policy();
        new.responsible = "Fernhill".into();
        new.retention[0].days = 14;
        new.categories[0].legal_basis = LegalBasis::Contract;
        let field = FieldPolicy { signal: "event".into(), name: "plan".into(), purpose: None, days: None };
        new.categories[0].fields.push(field);
        new.processors.push(Processor { name: "Mailjet".into(), purpose: "mail".into(), place: "France".into() });
        assert_eq!(
            changes(&policy(), &new),
            [
                "Responsible: Fernhill",
                "Logs: kept 14 days, before: 30",
                "usage rests on our contract with you, before: your consent",
                "usage: the field plan is collected",
                "Mailjet gets data, for mail",
            ]
        );
    }

    #[test]
    fn a_flood_of_changes_is_counted() {
        let mut new = policy();
        new.not_collected = (0..40).map(|n| n.to_string()).collect();
        let told = changes(&policy(), &new);
        assert_eq!((told.len(), told.last().map(String::as_str)), (MOST + 1, Some("and 28 more")));
    }
}
