//! Loading the policies of projects, and following what other processes change.

use super::decisions::{Decided, Ledger, on_purpose};
use super::tally::Tally;
use super::{Parts, Policy, RegionalDefault, Settings, standard};
use crate::clock::Clock;
use crate::database::Database;
use crate::privacy::catalogue::{self, Entry, Key, State};
use crate::privacy::pseudonym::ProjectSecret;
use crate::privacy::salt::Salts;
use chrono::{DateTime, Duration, NaiveTime, Utc};
use futures_util::TryStreamExt;
use parallax_domain::Category;
use parking_lot::{Mutex, RwLock};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// A row of the ledger becomes visible when its transaction ends; none takes longer than this.
const OVERLAP: Duration = Duration::seconds(10);
/// The ledger is read so often even when nobody said that it changed: whoever should have said so may have died.
const UNASKED: std::time::Duration = std::time::Duration::from_secs(30);
/// Shapes of undeclared values, and undeclared fields of strict projects, are kept so long after they were last seen.
const SHAPES_KEPT: Duration = Duration::days(7);
const COUNTS_KEPT: Duration = Duration::days(400);
const TIDY_EVERY: Duration = Duration::hours(1);

/// Fields and names seen for the first time, until they are written to the catalogue.
#[derive(Default)]
pub struct Newcomers(Mutex<HashMap<(i32, Key), DateTime<Utc>>>);

impl Newcomers {
    pub(super) fn note(&self, project: i32, key: Key, now: DateTime<Utc>) {
        let mut seen = self.0.lock();
        // A flood of names must not grow without end; what does not fit is seen again later.
        if seen.len() < 10_000 {
            seen.entry((project, key)).or_insert(now);
        }
    }
}

/// What stays of a project when its catalogue or settings are read again.
#[derive(Clone, Default)]
struct Lasting {
    ledger: Arc<Ledger>,
    tally: Arc<Tally>,
    /// Up to which moment of the database's clock the ledger was read.
    read_to: Option<DateTime<Utc>>,
}

pub struct Policies {
    database: Database,
    clock: Clock,
    policies: RwLock<HashMap<i32, Arc<Policy>>>,
    lasting: Mutex<HashMap<i32, Lasting>>,
    versions: Mutex<HashMap<String, i64>>,
    pub newcomers: Newcomers,
    pub salts: Arc<Salts>,
    reloads: AtomicU64,
    tidied: Mutex<Option<DateTime<Utc>>>,
    read_unasked: Mutex<Option<std::time::Instant>>,
}

impl Policies {
    pub fn new(database: Database, clock: Clock) -> Policies {
        Policies {
            database,
            clock,
            policies: RwLock::default(),
            lasting: Mutex::default(),
            versions: Mutex::default(),
            newcomers: Newcomers::default(),
            salts: Arc::default(),
            reloads: AtomicU64::new(0),
            tidied: Mutex::default(),
            read_unasked: Mutex::default(),
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
        let secret = secret.try_into().map_err(|_| sqlx::Error::Protocol("a project's secret has 32 bytes".into()))?;
        let rows = catalogue::read(&self.database, project).await?;
        let settings = settings(&self.database, project).await?;
        let defaults = defaults(&self.database, project).await?;
        if !self.salts.ready(self.clock.now()) {
            self.salts.follow(&self.database, self.clock.now()).await?;
        }
        self.read_ledger(project).await?;
        let lasting = self.lasting.lock().entry(project).or_default().clone();
        let parts = Parts {
            project,
            name,
            kind,
            zone,
            currency,
            strict: catalogue == "strict",
            secret: ProjectSecret::new(secret),
            settings,
            defaults,
            ledger: lasting.ledger,
            tally: lasting.tally,
            salts: self.salts.clone(),
        };
        Ok(Some(Policy::new(parts, &rows)))
    }

    /// Takes in the decisions of one project that were recorded since the last time.
    pub async fn read_ledger(&self, project: i32) -> Result<(), sqlx::Error> {
        let known = self.lasting.lock().entry(project).or_default().clone();
        let notices = notices(&self.database, project).await?;
        known.ledger.publish(notices.into_iter().map(|(version, since, bits)| (version, since, bits as u8)));
        let now: DateTime<Utc> = sqlx::query_scalar("select now()").fetch_one(&self.database.admin).await?;
        type Row = (Uuid, DateTime<Utc>, i16, i16, String, String);
        let mut rows = sqlx::query_as::<_, Row>(
            "select ref, decided_at, granted, denied, source, policy from consent \
             where project = $1 and ($2::timestamptz is null or recorded_at >= $2)",
        )
        .bind(project)
        .bind(known.read_to.map(|read| read - OVERLAP))
        .fetch(&self.database.admin);
        while let Some((subject, at, granted, denied, source, policy)) = rows.try_next().await? {
            known.ledger.take([Decided {
                subject,
                at,
                granted: granted as u8,
                denied: denied as u8,
                on_purpose: on_purpose(&source),
                notice_since: known.ledger.notice_since(&policy),
            }]);
        }
        if let Some(lasting) = self.lasting.lock().get_mut(&project) {
            lasting.read_to = Some(now);
        }
        Ok(())
    }

    /// Writes new fields and counts, makes the day's secrets, and picks up what other processes changed. Once a second.
    pub async fn follow(&self) -> Result<(), sqlx::Error> {
        let now = self.clock.now();
        self.salts.follow(&self.database, now).await?;
        self.propose().await?;
        self.write_counts().await?;
        let versions: Vec<(String, i64)> =
            sqlx::query_as("select topic, version from change where topic in ('consent', 'catalogue', 'project')")
                .fetch_all(&self.database.admin)
                .await?;
        let changed: Vec<String> = {
            let known = self.versions.lock();
            let is_new = |(topic, version): &&(String, i64)| known.get(topic) != Some(version);
            versions.iter().filter(is_new).map(|(topic, _)| topic.clone()).collect()
        };
        let unasked = self.read_unasked.lock().is_none_or(|last| last.elapsed() >= UNASKED);
        if !changed.is_empty() || unasked {
            let only_decisions = changed.iter().all(|topic| topic == "consent");
            let projects: Vec<i32> = self.policies.read().keys().copied().collect();
            for project in projects {
                if only_decisions {
                    self.read_ledger(project).await?;
                    continue;
                }
                match self.load(project).await? {
                    Some(policy) => _ = self.policies.write().insert(project, Arc::new(policy)),
                    None => {
                        self.policies.write().remove(&project);
                        self.lasting.lock().remove(&project);
                    }
                }
            }
            self.reloads.fetch_add(u64::from(!changed.is_empty()), Ordering::Relaxed);
            *self.read_unasked.lock() = Some(std::time::Instant::now());
        }
        // Only now: a change that could not be read is read the next time.
        self.versions.lock().extend(versions);
        self.tidy(now).await
    }

    /// What is counted in memory only; also when the program ends.
    pub async fn write_counts(&self) -> Result<(), sqlx::Error> {
        let tallies: Vec<(i32, Arc<Tally>)> =
            self.lasting.lock().iter().map(|(project, lasting)| (*project, lasting.tally.clone())).collect();
        for (project, tally) in tallies {
            tally.write(&self.database, project, self.clock.now()).await?;
        }
        Ok(())
    }

    async fn propose(&self) -> Result<(), sqlx::Error> {
        let seen: Vec<((i32, Key), DateTime<Utc>)> = self.newcomers.0.lock().drain().collect();
        if seen.is_empty() {
            return Ok(());
        }
        let written = insert(&self.database, &seen).await;
        if written.is_err() {
            let mut newcomers = self.newcomers.0.lock();
            seen.into_iter().for_each(|(key, at)| _ = newcomers.entry(key).or_insert(at));
        }
        written
    }

    /// Once an hour: shapes and old counts go; in strict projects names that nobody sends any more too.
    async fn tidy(&self, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
        if self.tidied.lock().is_some_and(|last| now - last < TIDY_EVERY) {
            return Ok(());
        }
        sqlx::query("delete from field_shape where last_seen < $1")
            .bind(now - SHAPES_KEPT)
            .execute(&self.database.admin)
            .await?;
        sqlx::query(
            "delete from field using project where project.id = field.project and project.catalogue = 'strict' \
             and field.state = 'proposed' and field.source = 'seen' and field.last_seen < $1",
        )
        .bind(now - SHAPES_KEPT)
        .execute(&self.database.admin)
        .await?;
        sqlx::query("delete from gate_count where hour < $1")
            .bind(now - COUNTS_KEPT)
            .execute(&self.database.admin)
            .await?;
        *self.tidied.lock() = Some(now);
        Ok(())
    }
}

/// Standard fields are declared with what is known of them, all others proposed.
async fn insert(database: &Database, seen: &[((i32, Key), DateTime<Utc>)]) -> Result<(), sqlx::Error> {
    let entry =
        |key: &Key, at: DateTime<Utc>| standard(key, at).unwrap_or_else(|| Entry::new(key.clone(), State::Proposed));
    let entries: Vec<(i32, Entry, DateTime<Utc>)> =
        seen.iter().map(|((project, key), at)| (*project, entry(key, *at), *at)).collect();
    let each = |of: &dyn Fn(&Entry) -> Option<String>| -> Vec<Option<String>> {
        entries.iter().map(|(_, entry, _)| of(entry)).collect()
    };
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    sqlx::query(
        "insert into field (project, signal, item, name, type, state, category, sensitivity, purpose, legal_basis, action, \
             expires_at, source, first_seen, last_seen) \
         select f.project, f.signal, f.item, f.name, coalesce(f.type, ''), f.state, f.category, f.sensitivity, f.purpose, f.basis, f.action, \
             f.expires, case f.state when 'declared' then 'starter' else 'seen' end, f.seen, f.seen \
         from unnest($1::int[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::smallint[], $8::text[], $9::text[], \
                     $10::text[], $11::text[], $12::timestamptz[], $13::timestamptz[]) \
              as f (project, signal, item, name, type, state, category, sensitivity, purpose, basis, action, expires, seen) \
         where exists (select from project where id = f.project) \
         on conflict do nothing",
    )
    .bind(entries.iter().map(|(project, ..)| *project).collect::<Vec<_>>())
    .bind(entries.iter().map(|(_, entry, _)| entry.signal as i16).collect::<Vec<_>>())
    .bind(each(&|entry| Some(entry.item.word().to_owned())))
    .bind(each(&|entry| Some(entry.name.clone())))
    .bind(each(&|entry| entry.kind.map(|kind| kind.word().to_owned())))
    .bind(each(&|entry| Some(entry.state.word().to_owned())))
    .bind(entries.iter().map(|(_, entry, _)| entry.category.map(|category| category as i16)).collect::<Vec<_>>())
    .bind(each(&|entry| entry.sensitivity.map(|sensitivity| sensitivity.word().to_owned())))
    .bind(each(&|entry| text(&entry.purpose)))
    .bind(each(&|entry| entry.legal_basis.map(|basis| basis.word().to_owned())))
    .bind(each(&|entry| Some(entry.action.to_string())))
    .bind(
        entries
            .iter()
            .map(|(_, entry, _)| entry.expires.map(|day| day.and_time(NaiveTime::MIN).and_utc()))
            .collect::<Vec<_>>(),
    )
    .bind(entries.iter().map(|(.., at)| *at).collect::<Vec<_>>())
    .execute(&database.admin)
    .await?;
    Ok(())
}

async fn settings(database: &Database, project: i32) -> Result<Settings, sqlx::Error> {
    let row: Option<(String, bool, serde_json::Value)> =
        sqlx::query_as("select owner, header_refuses_all, identifiers from privacy_setting where project = $1")
            .bind(project)
            .fetch_optional(&database.admin)
            .await?;
    Ok(row.map(|(owner, all, identifiers)| Settings::new(owner, all, &identifiers)).unwrap_or_default())
}

async fn defaults(database: &Database, project: i32) -> Result<Vec<RegionalDefault>, sqlx::Error> {
    let rows: Vec<(String, i16, bool, String)> = sqlx::query_as(
        "select region, category, allowed, reason from consent_default where project = $1 order by region, category",
    )
    .bind(project)
    .fetch_all(&database.admin)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(region, category, allowed, reason)| {
            Some(RegionalDefault { region, category: Category::from_number(category)?, allowed, reason })
        })
        .collect())
}

/// Versions of the notice, since when each is in force, and the bits of the categories it asks about anew.
async fn notices(database: &Database, project: i32) -> Result<Vec<(String, DateTime<Utc>, i16)>, sqlx::Error> {
    sqlx::query_as("select version, changed_at, anew from consent_policy where project = $1")
        .bind(project)
        .fetch_all(&database.admin)
        .await
}

/// Tells every process that something of this topic changed.
pub async fn announce(database: &Database, topic: &str) -> Result<(), sqlx::Error> {
    sqlx::query("update change set version = version + 1 where topic = $1")
        .bind(topic)
        .execute(&database.admin)
        .await?;
    Ok(())
}
