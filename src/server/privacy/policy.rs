//! The rules in force for one project: secret, catalogue, decisions of people. Every process holds them
//! in memory and follows changes within a second.

use super::names;
use super::pseudonym::ProjectSecret;
use crate::database::Database;
use chrono::{DateTime, Duration, Utc};
use parallax_domain::category::Refusals;
use parallax_domain::{Category, Signal};
use parking_lot::{Mutex, RwLock};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// In `learn` mode values of a field that nobody declared stop this long after it was first seen.
const LEARNING: Duration = Duration::days(30);

pub struct Policy {
    pub project: i32,
    pub name: String,
    pub kind: String,
    pub zone: String,
    pub currency: String,
    pub strict: bool,
    pub secret: ProjectSecret,
    /// By signal.
    fields: RwLock<[HashMap<String, Field>; 4]>,
    spellings: RwLock<HashMap<String, Arc<Spelling>>>,
    decisions: HashMap<Uuid, Decision>,
}

#[derive(Clone, Copy, Debug)]
struct Field {
    state: FieldState,
    first_seen: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FieldState {
    Proposed,
    Declared,
    Blocked,
}

/// What a person decided, by categories. Consent only takes away: a grant matters only against a header.
#[derive(Clone, Copy, Debug, Default)]
pub struct Decision {
    pub granted: u8,
    pub denied: u8,
}

/// What was found out about one spelling of a field's name, so that it is found out once.
pub struct Spelling {
    /// As it is stored.
    pub name: String,
    /// What its name alone says about its value.
    pub action: Option<names::Action>,
}

/// More spellings than any honest sender has; beyond them nothing is remembered.
const MOST_SPELLINGS: usize = 20_000;

impl Policy {
    /// The stored name of a field and what is done to its value. None for names that cannot be stored.
    pub fn spelling(&self, raw: &str) -> Option<Arc<Spelling>> {
        if let Some(known) = self.spellings.read().get(raw) {
            return Some(known.clone());
        }
        let name = names::property_key(raw).ok()?;
        let spelling = Arc::new(Spelling { action: names::action(&name), name });
        let mut spellings = self.spellings.write();
        if spellings.len() < MOST_SPELLINGS {
            spellings.insert(raw.to_owned(), spelling.clone());
        }
        Some(spelling)
    }

    /// Whether the value of this field may be stored now.
    pub fn keeps(&self, signal: Signal, name: &str, now: DateTime<Utc>, newcomers: &Newcomers) -> bool {
        let known = self.fields.read()[signal as usize].get(name).copied();
        let Some(field) = known else {
            newcomers.note(self.project, signal, name);
            let field = Field { state: FieldState::Proposed, first_seen: now, expires_at: None };
            self.fields.write()[signal as usize].insert(name.to_owned(), field);
            return !self.strict;
        };
        match field.state {
            FieldState::Declared => field.expires_at.is_none_or(|end| now < end),
            FieldState::Blocked => false,
            FieldState::Proposed => !self.strict && now < field.first_seen + LEARNING,
        }
    }

    /// Categories that this record must not be stored under. The strictest wins, unless the person chose
    /// otherwise on purpose: a stored grant overrides a browser-wide header, never the record's own refusal.
    pub fn refusals<'a>(&self, own: Refusals, header: Refusals, subjects: impl Iterator<Item = &'a Uuid>) -> Refusals {
        let mut stored = Decision::default();
        for subject in subjects {
            if let Some(decision) = self.decisions.get(subject) {
                stored.granted |= decision.granted;
                stored.denied |= decision.denied;
            }
        }
        let header = Refusals(header.0 & !(stored.granted & !stored.denied));
        let mut all = own.and_also(header).and_also(Refusals(stored.denied));
        all.0 &= !Category::Essential.bit();
        all
    }
}

/// Fields seen for the first time, until they are written to the catalogue.
#[derive(Default)]
pub struct Newcomers(Mutex<HashSet<(i32, Signal, String)>>);

impl Newcomers {
    fn note(&self, project: i32, signal: Signal, name: &str) {
        let mut seen = self.0.lock();
        // A flood of names must not grow without end; what does not fit is seen again later.
        if seen.len() < 10_000 {
            seen.insert((project, signal, name.to_owned()));
        }
    }
}

pub struct Policies {
    database: Database,
    policies: RwLock<HashMap<i32, Arc<Policy>>>,
    versions: Mutex<HashMap<String, i64>>,
    pub newcomers: Newcomers,
    reloads: AtomicU64,
}

impl Policies {
    pub fn new(database: Database) -> Policies {
        Policies {
            database,
            policies: RwLock::default(),
            versions: Mutex::default(),
            newcomers: Newcomers::default(),
            reloads: AtomicU64::new(0),
        }
    }

    pub async fn of(&self, project: i32) -> Result<Option<Arc<Policy>>, sqlx::Error> {
        if let Some(policy) = self.policies.read().get(&project) {
            return Ok(Some(policy.clone()));
        }
        let Some(policy) = self.load(project).await? else { return Ok(None) };
        let policy = Arc::new(policy);
        self.policies.write().insert(project, policy.clone());
        Ok(Some(policy))
    }

    /// Grows with every reload, for caches that depend on policies.
    pub fn generation(&self) -> u64 {
        self.reloads.load(Ordering::Relaxed)
    }

    async fn load(&self, project: i32) -> Result<Option<Policy>, sqlx::Error> {
        type Row = (String, String, String, String, String, Vec<u8>);
        let row: Option<Row> =
            sqlx::query_as("select name, kind, zone, currency, catalogue, secret from project where id = $1")
                .bind(project)
                .fetch_optional(&self.database.admin)
                .await?;
        let Some((name, kind, zone, currency, catalogue, secret)) = row else { return Ok(None) };
        type Known = (i16, String, String, DateTime<Utc>, Option<DateTime<Utc>>);
        let fields: Vec<Known> =
            sqlx::query_as("select signal, name, state, first_seen, expires_at from field where project = $1")
                .bind(project)
                .fetch_all(&self.database.admin)
                .await?;
        let decisions: Vec<(Uuid, i16, i16)> = sqlx::query_as(
            "select distinct on (ref) ref, granted, denied from consent \
             where project = $1 and expires_at > now() order by ref, decided_at desc, recorded_at desc",
        )
        .bind(project)
        .fetch_all(&self.database.admin)
        .await?;
        let state = |word: &str| match word {
            "declared" => FieldState::Declared,
            "blocked" => FieldState::Blocked,
            _ => FieldState::Proposed,
        };
        let mut by_signal: [HashMap<String, Field>; 4] = Default::default();
        for (signal, name, word, first_seen, expires_at) in fields {
            if let Some(signal) = Signal::from_number(signal) {
                by_signal[signal as usize].insert(name, Field { state: state(&word), first_seen, expires_at });
            }
        }
        Ok(Some(Policy {
            project,
            name,
            kind,
            zone,
            currency,
            strict: catalogue == "strict",
            secret: ProjectSecret::new(
                secret.try_into().map_err(|_| sqlx::Error::Protocol("a project's secret has 32 bytes".into()))?,
            ),
            fields: RwLock::new(by_signal),
            spellings: RwLock::default(),
            decisions: decisions
                .into_iter()
                .map(|(subject, granted, denied)| (subject, Decision { granted: granted as u8, denied: denied as u8 }))
                .collect(),
        }))
    }

    /// Writes new fields to the catalogue and picks up what other processes changed. Once a second.
    pub async fn follow(&self) -> Result<(), sqlx::Error> {
        self.propose().await?;
        let versions: Vec<(String, i64)> =
            sqlx::query_as("select topic, version from change where topic in ('consent', 'catalogue', 'project')")
                .fetch_all(&self.database.admin)
                .await?;
        let changed = {
            let mut known = self.versions.lock();
            let changed = versions.iter().any(|(topic, version)| known.get(topic).is_some_and(|old| old != version));
            known.extend(versions);
            changed
        };
        if changed {
            let projects: Vec<i32> = self.policies.read().keys().copied().collect();
            for project in projects {
                match self.load(project).await? {
                    Some(policy) => self.policies.write().insert(project, Arc::new(policy)),
                    None => self.policies.write().remove(&project),
                };
            }
            self.reloads.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    async fn propose(&self) -> Result<(), sqlx::Error> {
        let seen: Vec<(i32, Signal, String)> = self.newcomers.0.lock().drain().collect();
        if seen.is_empty() {
            return Ok(());
        }
        let projects: Vec<i32> = seen.iter().map(|(project, _, _)| *project).collect();
        let signals: Vec<i16> = seen.iter().map(|(_, signal, _)| *signal as i16).collect();
        let names: Vec<&str> = seen.iter().map(|(_, _, name)| name.as_str()).collect();
        let written = sqlx::query(
            "insert into field (project, signal, name, type) \
             select project, signal, name, '' from unnest($1::int[], $2::smallint[], $3::text[]) as f (project, signal, name) \
             where exists (select from project where id = f.project) \
             on conflict do nothing",
        )
        .bind(&projects)
        .bind(&signals)
        .bind(&names)
        .execute(&self.database.admin)
        .await;
        if written.is_err() {
            self.newcomers.0.lock().extend(seen.iter().cloned());
        }
        written.map(|_| ())
    }
}

/// Tells every process that something of this topic changed.
pub async fn announce(database: &Database, topic: &str) -> Result<(), sqlx::Error> {
    sqlx::query("update change set version = version + 1 where topic = $1")
        .bind(topic)
        .execute(&database.admin)
        .await?;
    Ok(())
}
