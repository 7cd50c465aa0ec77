//! Keys of senders and readers: `plx_<kind>_<32 hex>`, the same hex as a UUID is the same key.
//! Only a hash is stored; every process knows all keys and follows changes twice a second.

use crate::clock::Clock;
use crate::database::Database;
use crate::privacy::policy::announce;
use chrono::{DateTime, Utc};
use parallax_domain::Role;
use parking_lot::{Mutex, RwLock};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// Sends from servers.
    Ingest,
    /// Sends from pages: public by nature, bound to origins.
    Browser,
    /// Asks questions.
    Read,
    /// Changes settings.
    Write,
}

impl KeyKind {
    pub const ALL: [KeyKind; 4] = [KeyKind::Ingest, KeyKind::Browser, KeyKind::Read, KeyKind::Write];

    pub fn word(self) -> &'static str {
        match self {
            KeyKind::Ingest => "ingest",
            KeyKind::Browser => "browser",
            KeyKind::Read => "read",
            KeyKind::Write => "write",
        }
    }
}

impl FromStr for KeyKind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        KeyKind::ALL.into_iter().find(|kind| kind.word() == word).ok_or_else(|| format!("unknown kind of key {word:?}"))
    }
}

#[derive(Clone, Debug)]
pub struct Key {
    pub id: i32,
    pub project: i32,
    pub kind: KeyKind,
    pub role: Role,
    pub origins: Vec<String>,
    /// It was replaced, and works until here.
    pub expires_at: Option<DateTime<Utc>>,
    hash: HashOfKey,
}

/// Whoever knows it can sign links in the name of the key.
#[derive(Clone)]
struct HashOfKey(Vec<u8>);

impl fmt::Debug for HashOfKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashOfKey(…)")
    }
}

impl Key {
    /// A key that is in no list and opens no door: what a page would send with it is only shown.
    pub fn for_show(project: i32) -> Key {
        Key {
            id: 0,
            project,
            kind: KeyKind::Browser,
            role: Role::Admin,
            origins: Vec::new(),
            expires_at: None,
            hash: HashOfKey(Vec::new()),
        }
    }

    /// What a program that holds the key can sign with: SHA-256 of its 16 bytes, which is all that is kept here.
    pub fn signing_secret(&self) -> &[u8] {
        &self.hash.0
    }
}

/// The 128 random bits of a key, in whichever spelling they came.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyBits(pub Uuid);

impl KeyBits {
    pub fn new() -> KeyBits {
        KeyBits(Uuid::from_bytes(random()))
    }

    /// `plx_<kind>_<32 hex>` or the UUID spelling. None for anything else.
    pub fn parse(text: &str) -> Option<KeyBits> {
        let text = text.trim();
        let hex = match text.strip_prefix("plx_") {
            Some(rest) => rest.split_once('_').filter(|(kind, _)| kind.parse::<KeyKind>().is_ok())?.1,
            None => text,
        };
        (hex.len() == 32 || hex.len() == 36).then(|| Uuid::try_parse(hex).ok()).flatten().map(KeyBits)
    }

    pub fn spelled(self, kind: KeyKind) -> String {
        format!("plx_{}_{}", kind.word(), self.0.simple())
    }

    fn hash(self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }
}

impl Default for KeyBits {
    fn default() -> Self {
        KeyBits::new()
    }
}

impl fmt::Debug for KeyBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyBits(…)")
    }
}

fn plain_host(host: &str) -> String {
    let host = host.trim().trim_end_matches('/').to_ascii_lowercase();
    host.strip_prefix("www.").map_or(host.clone(), str::to_owned)
}

/// Random bytes of the operating system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        // Without randomness no secret is one; going on would be worse than stopping.
        tracing::error!(%error, "the operating system gives no random bytes");
        std::process::abort();
    }
    bytes
}

/// A key as the admin sees it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct KeyRow {
    pub id: i32,
    pub project: i32,
    pub kind: String,
    pub role: String,
    pub name: String,
    pub hint: String,
    pub origins: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    /// It was replaced, and works until here.
    pub expires_at: Option<DateTime<Utc>>,
}

pub struct NewKey<'a> {
    pub project: i32,
    pub kind: KeyKind,
    pub role: Role,
    pub name: &'a str,
    pub origins: &'a [String],
}

pub struct Keys {
    database: Database,
    clock: Clock,
    known: RwLock<HashMap<Vec<u8>, Arc<Key>>>,
    version: Mutex<Option<i64>>,
    used: Mutex<HashSet<i32>>,
}

impl Keys {
    pub fn new(database: Database, clock: Clock) -> Keys {
        Keys { database, clock, known: RwLock::default(), version: Mutex::new(None), used: Mutex::default() }
    }

    pub fn find(&self, bits: KeyBits) -> Option<Arc<Key>> {
        let key = self.known.read().get(&bits.hash()).cloned()?;
        if key.expires_at.is_some_and(|end| end <= self.clock.now()) {
            return None;
        }
        self.used.lock().insert(key.id);
        Some(key)
    }

    /// The browser key for pages of this host, the oldest if there are several: some senders name a host where others send
    /// a key. `www.` in front and a port behind make no difference unless they are told.
    pub fn of_host(&self, host: &str) -> Option<Arc<Key>> {
        let asked = plain_host(host);
        let serves = |origin: &String| {
            let own = plain_host(origin.split_once("://").map_or(origin, |(_, name)| name));
            own == asked || own.split_once(':').is_some_and(|(name, _)| name == asked)
        };
        let now = self.clock.now();
        let known = self.known.read();
        let fitting = known.values().filter(|key| {
            key.kind == KeyKind::Browser && key.expires_at.is_none_or(|end| end > now) && key.origins.iter().any(serves)
        });
        let key = fitting.min_by_key(|key| key.id)?.clone();
        self.used.lock().insert(key.id);
        Some(key)
    }

    pub async fn create(&self, new: NewKey<'_>) -> Result<(i32, KeyBits), sqlx::Error> {
        let bits = KeyBits::new();
        let spelled = bits.0.simple().to_string();
        let id: i32 = sqlx::query_scalar(
            "insert into api_key (project, kind, role, name, hash, hint, origins) values ($1, $2, $3, $4, $5, $6, $7) returning id",
        )
        .bind(new.project)
        .bind(new.kind.word())
        .bind(new.role.word())
        .bind(new.name)
        .bind(bits.hash())
        .bind(&spelled[28..])
        .bind(new.origins)
        .fetch_one(&self.database.admin)
        .await?;
        announce(&self.database, "key").await?;
        self.reload().await?;
        Ok((id, bits))
    }

    pub async fn list(&self, project: Option<i32>) -> Result<Vec<KeyRow>, sqlx::Error> {
        sqlx::query_as(
            "select id, project, kind, role, name, hint, origins, created_at, last_used_at, revoked_at, expires_at from api_key \
             where $1::int is null or project = $1 order by id",
        )
        .bind(project)
        .fetch_all(&self.database.admin)
        .await
    }

    /// Whether there was such a key in force.
    pub async fn revoke(&self, project: Option<i32>, id: i32) -> Result<bool, sqlx::Error> {
        let revoked = sqlx::query(
            "update api_key set revoked_at = now() where id = $1 and ($2::int is null or project = $2) and revoked_at is null",
        )
        .bind(id)
        .bind(project)
        .execute(&self.database.admin)
        .await?;
        announce(&self.database, "key").await?;
        self.reload().await?;
        Ok(revoked.rows_affected() > 0)
    }

    /// A new key with everything that the old one may; the old one works until `end`. None if there is none in force.
    pub async fn rotate(
        &self,
        project: i32,
        id: i32,
        end: DateTime<Utc>,
    ) -> Result<Option<(i32, KeyKind, KeyBits)>, sqlx::Error> {
        let bits = KeyBits::new();
        let spelled = bits.0.simple().to_string();
        let made: Option<(i32, String)> = sqlx::query_as(
            "with old as (update api_key set expires_at = least(expires_at, $3) \
                          where id = $1 and project = $2 and revoked_at is null and (expires_at is null or expires_at > $4) \
                          returning *) \
             insert into api_key (project, kind, role, name, hash, hint, origins) \
             select project, kind, role, name, $5, $6, origins from old returning id, kind",
        )
        .bind(id)
        .bind(project)
        .bind(end)
        .bind(self.clock.now())
        .bind(bits.hash())
        .bind(&spelled[28..])
        .fetch_optional(&self.database.admin)
        .await?;
        announce(&self.database, "key").await?;
        self.reload().await?;
        Ok(made.and_then(|(id, kind)| Some((id, kind.parse().ok()?, bits))))
    }

    /// The key of this number, if it is in force.
    pub fn numbered(&self, id: i32) -> Option<Arc<Key>> {
        let known = self.known.read();
        let key = known.values().find(|key| key.id == id)?;
        key.expires_at.is_none_or(|end| end > self.clock.now()).then(|| key.clone())
    }

    /// Picks up changes of other processes and writes down which keys were used. Twice a second.
    pub async fn follow(&self) -> Result<(), sqlx::Error> {
        let version: i64 = sqlx::query_scalar("select version from change where topic = 'key'")
            .fetch_one(&self.database.admin)
            .await?;
        if *self.version.lock() != Some(version) {
            self.reload().await?;
            *self.version.lock() = Some(version);
        }
        let used: Vec<i32> = self.used.lock().drain().collect();
        if !used.is_empty() {
            sqlx::query(
                "update api_key set last_used_at = now() where id = any($1) \
                 and (last_used_at is null or last_used_at < now() - interval '1 minute')",
            )
            .bind(used)
            .execute(&self.database.admin)
            .await?;
        }
        Ok(())
    }

    pub async fn reload(&self) -> Result<(), sqlx::Error> {
        type Row = (i32, i32, String, String, Vec<String>, Vec<u8>, Option<DateTime<Utc>>);
        let rows: Vec<Row> = sqlx::query_as(
            "select id, project, kind, role, origins, hash, expires_at from api_key where revoked_at is null",
        )
        .fetch_all(&self.database.admin)
        .await?;
        let known = rows
            .into_iter()
            .filter_map(|(id, project, kind, role, origins, hash, expires_at)| {
                let (kind, role) = (kind.parse().ok()?, role.parse().ok()?);
                let key = Key { id, project, kind, role, origins, expires_at, hash: HashOfKey(hash.clone()) };
                Some((hash, Arc::new(key)))
            })
            .collect();
        *self.known.write() = known;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_has_two_spellings() {
        let bits = KeyBits::new();
        assert_eq!(KeyBits::parse(&bits.spelled(KeyKind::Ingest)), Some(bits));
        assert_eq!(KeyBits::parse(&bits.0.hyphenated().to_string()), Some(bits));
        assert_eq!(KeyBits::parse(&bits.0.simple().to_string().to_uppercase()), Some(bits));
    }

    #[test]
    fn other_texts_are_no_keys() {
        for text in ["", "plx_ingest_", "plx_admin_00000000000000000000000000000000", "Bearer x", "plx_ingest_zz"] {
            assert_eq!(KeyBits::parse(text), None, "{text}");
        }
    }
}
