//! Everything the public is told of one project, small groups withheld and counts rounded.

use super::collected::{self, Month};
use super::history::{self, Version};
use super::improvement::{self, Improvement};
use super::policy::{self, Policy};
use crate::database::fault::Told;
use crate::identity::projects::{self, ProjectRow};
use crate::machine::Machine;
use chrono::{DateTime, Days, NaiveDate, Utc};
use parallax_domain::{Category, Problem};
use serde_json::{Value, json};

/// Fewer people are not counted in public (contract rule A5).
pub const SMALLEST: i64 = 50;
/// Public counts are rounded to fives.
pub const ROUND: i64 = 5;
const VERSIONS: i64 = 20;
const IMPROVEMENTS: i64 = 50;

pub fn rounded(count: i64) -> i64 {
    (count + ROUND / 2) / ROUND * ROUND
}

/// What came in of a category in the last 30 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collected {
    pub category: Category,
    /// None where they are of fewer people than are told.
    pub records: Option<i64>,
    pub people: Option<i64>,
}

/// How people decided about a category.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SharedNow {
    pub category: Category,
    /// Share of those who decided that shares it; none where too few did, on either side.
    pub share: Option<f64>,
    /// How many decided, rounded.
    pub decided: Option<i64>,
}

impl SharedNow {
    pub fn of(category: Category, granted: i64, denied: i64) -> SharedNow {
        let told = granted.min(denied) >= SMALLEST;
        let (granted, denied) = (rounded(granted), rounded(denied));
        SharedNow {
            category,
            share: told.then(|| granted as f64 / (granted + denied) as f64),
            decided: (granted + denied >= SMALLEST).then_some(granted + denied),
        }
    }

    /// Share of those who decided that refused it.
    pub fn opted_out(&self) -> Option<f64> {
        self.share.map(|share| 1.0 - share)
    }
}

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct LastProof {
    pub name: String,
    pub what: String,
    pub rows: i64,
    pub ended_at: DateTime<Utc>,
    pub verified: bool,
    /// The signed statement.
    pub proof: String,
}

#[derive(Clone, Debug)]
pub struct Public {
    pub project: i32,
    pub policy: Policy,
    /// The version that is in force; none before the first was written down.
    pub version: Option<Version>,
    pub versions: Vec<Version>,
    pub collected: Vec<Collected>,
    pub collected_at: Option<DateTime<Utc>>,
    pub shared: Vec<SharedNow>,
    pub shared_at: Option<DateTime<Utc>>,
    /// Months with the share that was granted in them, for categories with enough decisions.
    pub months: Vec<Month>,
    pub last_deletion: Option<LastProof>,
    /// Public half of the key that proofs are signed with.
    pub key: Option<String>,
    pub holds: i64,
    pub improvements: Vec<Improvement>,
    /// Since the beginning of the year.
    pub improved_this_year: i64,
}

/// The project that is asked for, if it is a customer's or the demo; else the first of those.
pub async fn shown(machine: &Machine, asked: Option<i32>) -> Result<Option<ProjectRow>, Problem> {
    let mut all: Vec<ProjectRow> =
        projects::list(&machine.database).await?.into_iter().filter(|project| project.kind != "own").collect();
    all.sort_by_key(|project| (Some(project.id) != asked, project.kind == "demo", project.id));
    Ok(all.into_iter().next())
}

pub async fn of_project(machine: &Machine, project: i32) -> Result<Public, Problem> {
    let admin = &machine.database.admin;
    let policy = policy::of(machine, project).await?;
    let versions = history::versions(machine, project, VERSIONS).await?;
    let counted: Vec<(i16, i64, i64, DateTime<Utc>)> =
        sqlx::query_as("select category, records, people, counted_at from collected where project = $1")
            .bind(project)
            .fetch_all(admin)
            .await
            .told()?;
    let decided: Vec<(NaiveDate, i16, i64, i64, DateTime<Utc>)> = sqlx::query_as(
        "select month, category, granted, denied, counted_at from shared where project = $1 order by month, category",
    )
    .bind(project)
    .fetch_all(admin)
    .await
    .told()?;
    let last_deletion: Option<LastProof> = sqlx::query_as(
        "select 'D-' || id as name, what, rows, ended_at, verified, proof from deletion \
         where project = $1 and kind = 'retention' and proof is not null order by id desc limit 1",
    )
    .bind(project)
    .fetch_optional(admin)
    .await
    .told()?;
    let holds: i64 = sqlx::query_scalar("select count(*) from hold where project = $1 and released_at is null")
        .bind(project)
        .fetch_one(admin)
        .await
        .told()?;
    let improvements = improvement::list(&machine.database, project, IMPROVEMENTS).await?;
    let year = chrono::Datelike::year(&machine.clock.now().date_naive());
    let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
    let tally = improvement::tally(&machine.database, project, first).await?;
    let now = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap_or_default();
    let of_now = |category: Category| {
        decided
            .iter()
            .find(|(month, of, ..)| *month == now && *of == category as i16)
            .map_or((0, 0), |row| (row.2, row.3))
    };
    Ok(Public {
        project,
        version: versions.first().filter(|version| version.hash == policy.hash()).cloned(),
        policy,
        versions,
        collected: Category::ALL.into_iter().map(|category| of_category(category, &counted)).collect(),
        collected_at: counted.iter().map(|row| row.3).max(),
        shared: Category::ALL
            .into_iter()
            .filter(|category| *category != Category::Essential)
            .map(|category| {
                let (granted, denied) = of_now(category);
                SharedNow::of(category, granted, denied)
            })
            .collect(),
        shared_at: decided.iter().map(|row| row.4).max(),
        months: decided
            .iter()
            .filter(|row| row.0 != now)
            .map(|(month, category, granted, denied, _)| Month {
                month: *month,
                category: *category,
                granted: *granted,
                denied: *denied,
            })
            .collect(),
        last_deletion,
        key: machine.keyring.public_key().ok(),
        holds,
        improvements,
        improved_this_year: tally.iter().map(|(_, fixes, _)| fixes).sum(),
    })
}

fn of_category(category: Category, counted: &[(i16, i64, i64, DateTime<Utc>)]) -> Collected {
    let row = counted.iter().find(|(of, ..)| *of == category as i16);
    let told = row.filter(|(_, _, people, _)| *people >= SMALLEST);
    Collected {
        category,
        records: told.map(|(_, records, ..)| rounded(*records)),
        people: told.map(|(_, _, people, _)| rounded(*people)),
    }
}

impl Public {
    /// Why these numbers are not the whole truth.
    pub fn limits(&self) -> Vec<String> {
        vec![
            "People who refuse are counted among decisions only: what they do is not known, so every other number here is about those who share.".to_owned(),
            "Who was never asked, or never answered, is in no number about decisions.".to_owned(),
            format!("Groups of fewer than {SMALLEST} people are not told, and counts are rounded to fives; a number that is missing is not zero."),
            "One person with two devices counts as two until they sign in on both.".to_owned(),
            "Without any id, somebody counts anew each day.".to_owned(),
        ]
    }

    /// The file for machines.
    pub fn json(&self, sample: &super::sample::Sample) -> Value {
        let hash = hex::encode(self.policy.hash());
        let since =
            self.collected_at.and_then(|at| at.date_naive().checked_sub_days(Days::new(collected::DAYS as u64)));
        let category = |category: Option<i16>| category.and_then(Category::from_number).map(Category::word);
        json!({
            "format": "parallax-telemetry/1",
            "policy": self.policy,
            "policy_hash": { "algorithm": "SHA-256", "of": "policy", "value": hash },
            "version": self.version.as_ref().map(|version| json!({ "number": version.version, "since": version.at })),
            "changes": self.versions.iter().map(|version| json!({
                "version": version.version, "at": version.at, "hash": hex::encode(&version.hash), "changes": version.changes,
            })).collect::<Vec<_>>(),
            "collected": {
                "from": since, "to": self.collected_at, "rounded_to": ROUND, "fewest_people": SMALLEST,
                "categories": self.collected.iter().map(|one| json!({
                    "category": one.category, "records": one.records, "people": one.people,
                })).collect::<Vec<_>>(),
            },
            "opt_out": {
                "at": self.shared_at, "of": "those who decided", "fewest_people": SMALLEST,
                "categories": self.shared.iter().map(|one| json!({
                    "category": one.category, "opted_out": one.opted_out(), "decided": one.decided,
                })).collect::<Vec<_>>(),
            },
            "deletion": {
                "last_proof": self.last_deletion.as_ref().map(|last| serde_json::from_str::<Value>(&last.proof).unwrap_or_default()),
                "public_key": self.key, "algorithm": "Ed25519 over the statement as JSON with sorted keys and no spaces",
                "legal_holds": self.holds,
            },
            "improvements": self.improvements.iter().map(|one| json!({
                "day": one.day, "title": one.title, "story": one.story, "category": category(one.category),
                "release": one.release(), "url": one.url,
            })).collect::<Vec<_>>(),
            "sample": { "before": sample.before, "after": sample.after },
            "limits": self.limits(),
            "privacy_centre": "/privacy",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_groups_are_not_told_in_public() {
        let share = |granted, denied| SharedNow::of(Category::Usage, granted, denied).share;
        assert_eq!(share(1_000, 49), None);
        assert_eq!(share(49, 1_000), None);
        assert_eq!(share(302, 98), Some(0.75));
        assert_eq!(SharedNow::of(Category::Usage, 302, 98).decided, Some(400));
        assert_eq!(SharedNow::of(Category::Usage, 10, 10).decided, None);
    }

    #[test]
    fn counts_are_rounded_to_fives() {
        assert_eq!([52, 53, 57, 58].map(rounded), [50, 55, 55, 60]);
        let at = DateTime::UNIX_EPOCH;
        let of = |people| of_category(Category::Usage, &[(Category::Usage as i16, 1_234, people, at)]);
        assert_eq!((of(49).records, of(49).people), (None, None));
        assert_eq!((of(51).records, of(51).people), (Some(1_235), Some(50)));
        assert_eq!(of_category(Category::Errors, &[]).records, None);
    }
}
