//! What a person decides in the privacy centre: switches per category, and the objection to everything.

use super::Visit;
use crate::database::fault::Told;
use crate::erasure::Scope;
use crate::machine::Machine;
use crate::store::consent::NewDecision;
use chrono::{DateTime, Utc};
use parallax_domain::{Category, Problem};
use uuid::Uuid;

const SOURCE: &str = "privacy centre";

/// A decision as its person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub receipt: Uuid,
    pub at: DateTime<Utc>,
    pub granted: Vec<Category>,
    pub denied: Vec<Category>,
    pub policy: String,
    pub source: String,
    pub expires_at: DateTime<Utc>,
}

impl Decision {
    /// What it says about a category; none where it says nothing.
    pub fn about(&self, category: Category) -> Option<bool> {
        if self.denied.contains(&category) {
            return Some(false);
        }
        self.granted.contains(&category).then_some(true)
    }
}

/// Everything that was decided under these references, the newest first.
pub async fn history(machine: &Machine, project: i32, references: &[Uuid]) -> Result<Vec<Decision>, Problem> {
    type Row = (Uuid, DateTime<Utc>, i16, i16, String, String, DateTime<Utc>);
    let rows: Vec<Row> = sqlx::query_as(
        "select receipt, decided_at, granted, denied, policy, source, expires_at from consent \
         where project = $1 and ref = any($2) order by decided_at desc, recorded_at desc limit 100",
    )
    .bind(project)
    .bind(references)
    .fetch_all(&machine.database.admin)
    .await
    .told()?;
    let words = |bits: i16| -> Vec<Category> {
        Category::ALL.into_iter().filter(|category| bits as u8 & category.bit() != 0).collect()
    };
    let told = |(receipt, at, granted, denied, policy, source, expires_at)| Decision {
        receipt,
        at,
        granted: words(granted),
        denied: words(denied),
        policy,
        source,
        expires_at,
    };
    Ok(rows.into_iter().map(told).collect())
}

/// Whether a category is shared by what was decided; none where nobody decided.
pub fn in_force(history: &[Decision], category: Category, now: DateTime<Utc>) -> Option<bool> {
    history.iter().filter(|decision| decision.expires_at > now).find_map(|decision| decision.about(category))
}

/// Decides about every category that has a switch: allowed are these, the others are refused. The receipt.
pub async fn decide(machine: &Machine, visit: &Visit, allowed: &[Category]) -> Result<Uuid, Problem> {
    let references = match visit.scope(machine).await? {
        Some(scope) => scope.references,
        None => vec![visit.reference],
    };
    let receipts = record(machine, visit.project, &references, allowed, SOURCE).await?;
    let own = references.iter().position(|reference| *reference == visit.reference).unwrap_or(0);
    receipts.get(own).copied().ok_or_else(|| Problem::not_found("person"))
}

/// Refuses every category that has a switch, under every identifier of the person.
pub async fn refuse_all(machine: &Machine, scope: &Scope, source: &str) -> Result<(), Problem> {
    record(machine, scope.project, &scope.references, &[], source).await.map(|_| ())
}

/// All identifiers of a person get the same decision, so that none of them undoes it. Their receipts.
async fn record(
    machine: &Machine,
    project: i32,
    references: &[Uuid],
    allowed: &[Category],
    source: &str,
) -> Result<Vec<Uuid>, Problem> {
    let (mut granted, mut denied) = (0, 0);
    for category in Category::ALL.into_iter().filter(|category| *category != Category::Essential) {
        let bits = if allowed.contains(&category) { &mut granted } else { &mut denied };
        *bits |= category.bit();
    }
    let version: Option<i32> = sqlx::query_scalar("select max(version) from trust_version where project = $1")
        .bind(project)
        .fetch_one(&machine.database.admin)
        .await
        .told()?;
    let policy = version.map(|version| version.to_string()).unwrap_or_default();
    let decision = |reference: &Uuid| NewDecision {
        reference: *reference,
        at: machine.clock.now(),
        granted,
        denied,
        policy: policy.clone(),
        source: source.to_owned(),
        language: String::new(),
        region: String::new(),
        platform: String::new(),
        version: String::new(),
    };
    let decisions: Vec<NewDecision> = references.iter().map(decision).collect();
    let recorded = machine.store.record_decisions(project, &decisions).await?;
    // This process holds to them at once, the others within a second.
    if let Some(policy) = machine.policies.of(project).await.told()? {
        policy.ledger.take(decisions.iter().map(|decision| decision.decided(&policy.ledger)));
    }
    Ok(recorded.into_iter().map(|recorded| recorded.receipt).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_decision_about_a_category_that_still_holds_is_in_force() {
        let now: DateTime<Utc> = "2026-11-22T13:00:00Z".parse().unwrap();
        let decision = |days: i64, granted: &[Category], denied: &[Category], holds: i64| Decision {
            receipt: Uuid::nil(),
            at: now - chrono::Duration::days(days),
            granted: granted.to_vec(),
            denied: denied.to_vec(),
            policy: String::new(),
            source: String::new(),
            expires_at: now + chrono::Duration::days(holds),
        };
        let history = [
            decision(1, &[Category::Usage], &[], 10),
            decision(2, &[], &[Category::Usage, Category::Errors], 10),
            decision(500, &[Category::Marketing], &[], -1),
        ];
        assert_eq!(in_force(&history, Category::Usage, now), Some(true));
        assert_eq!(in_force(&history, Category::Errors, now), Some(false));
        assert_eq!(in_force(&history, Category::Marketing, now), None, "it has expired");
    }
}
