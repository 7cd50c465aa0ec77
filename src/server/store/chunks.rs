//! Reading chunks: which there are, what they hold, and what is still in memory of it.
//!
//! What was decoded stays in memory as long as the budget allows, known by the versions it was made from:
//! a period that did not change is never decoded twice.

use crate::database::Reader;
use crate::projection::chunk::{Kind, Version};
use crate::store::rows::shard;
use chrono::{DateTime, Utc};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::collections::BTreeMap;
use std::hash::Hash;
use std::sync::Arc;

/// Parts of one period: a version each, in order of commit.
pub type Inventory = BTreeMap<(String, i64), Vec<Version>>;

/// Versions of what is there, by part and start of the period in seconds.
pub async fn inventory(
    connection: &mut Reader,
    project: i32,
    kind: Kind,
    parts: &[&str],
    from: i64,
    to: i64,
) -> Result<Inventory, sqlx::Error> {
    let at = |seconds: i64| DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or_default();
    let rows: Vec<(String, DateTime<Utc>, i16, i64)> = sqlx::query_as(
        "select part, period, tier, seq from chunk \
         where shard = $1 and project = $2 and kind = $3 and part = any($4) and period >= $5 and period < $6",
    )
    .bind(shard(project))
    .bind(project)
    .bind(kind as i16)
    .bind(parts)
    .bind(at(from))
    .bind(at(to))
    .fetch_all(&mut **connection)
    .await?;
    let mut inventory = Inventory::new();
    for (part, period, tier, seq) in rows {
        inventory.entry((part, period.timestamp())).or_default().push(Version { tier, seq });
    }
    inventory.values_mut().for_each(|versions| versions.sort());
    Ok(inventory)
}

/// A stored body with what it is.
pub struct Body {
    pub part: String,
    pub period: i64,
    pub version: Version,
    pub bytes: Vec<u8>,
}

/// Bodies of these parts of these periods (starts in seconds).
pub async fn bodies(
    connection: &mut Reader,
    project: i32,
    kind: Kind,
    parts: &[&str],
    periods: &[i64],
) -> Result<Vec<Body>, sqlx::Error> {
    if periods.is_empty() || parts.is_empty() {
        return Ok(Vec::new());
    }
    let starts: Vec<DateTime<Utc>> =
        periods.iter().map(|seconds| DateTime::from_timestamp(*seconds, 0).unwrap_or_default()).collect();
    type Row = (String, DateTime<Utc>, i16, i64, Vec<u8>);
    let rows: Vec<Row> = sqlx::query_as(
        "select part, period, tier, seq, body from chunk \
         where shard = $1 and project = $2 and kind = $3 and part = any($4) and period = any($5)",
    )
    .bind(shard(project))
    .bind(project)
    .bind(kind as i16)
    .bind(parts)
    .bind(starts)
    .fetch_all(&mut **connection)
    .await?;
    let mut bodies: Vec<Body> = rows
        .into_iter()
        .map(|(part, period, tier, seq, bytes)| Body {
            part,
            period: period.timestamp(),
            version: Version { tier, seq },
            bytes,
        })
        .collect();
    bodies.sort_by(|a, b| (a.period, &a.part, a.version).cmp(&(b.period, &b.part, b.version)));
    Ok(bodies)
}

/// Something decoded, with the versions it was made from and its size.
struct Kept<T> {
    versions: Arc<[Version]>,
    value: Arc<T>,
    bytes: u64,
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Kept { versions: self.versions.clone(), value: self.value.clone(), bytes: self.bytes }
    }
}

#[derive(Clone)]
struct BySize;

impl<K, T> Weighter<K, Kept<T>> for BySize {
    fn weight(&self, _: &K, kept: &Kept<T>) -> u64 {
        kept.bytes + 64
    }
}

/// A bounded memory of decoded periods.
pub struct Memory<K, T> {
    cache: Cache<K, Kept<T>, BySize>,
}

impl<K: Hash + Eq + Clone, T> Memory<K, T> {
    pub fn of_bytes(bytes: u64) -> Self {
        Memory { cache: Cache::with_weighter(4096, bytes, BySize) }
    }

    /// What is kept, if it was made from exactly these versions.
    pub fn get(&self, key: &K, versions: &[Version]) -> Option<Arc<T>> {
        let kept = self.cache.get(key)?;
        (*kept.versions == *versions).then_some(kept.value)
    }

    pub fn keep(&self, key: K, versions: Vec<Version>, value: Arc<T>, bytes: usize) {
        self.cache.insert(key, Kept { versions: versions.into(), value, bytes: bytes as u64 });
    }

    pub fn clear(&self) {
        self.cache.clear();
    }
}
