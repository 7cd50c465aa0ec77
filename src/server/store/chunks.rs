//! Reading chunks: which there are, what they hold, and what is still in memory of it.
//!
//! What was decoded stays in memory as long as the budget allows: a period that did not change is not decoded twice.

use crate::database::Reader;
use crate::projection::chunk::{Kind, Version};
use crate::store::rows::shard;
use chrono::{DateTime, Utc};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::any::Any;
use std::collections::BTreeMap;
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

type Row = (String, DateTime<Utc>, i16, i64, Vec<u8>);

impl Body {
    fn of((part, period, tier, seq, bytes): Row) -> Body {
        Body { part, period: period.timestamp(), version: Version { tier, seq }, bytes }
    }
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
    let mut bodies: Vec<Body> = rows.into_iter().map(Body::of).collect();
    bodies.sort_by(|a, b| (a.period, &a.part, a.version).cmp(&(b.period, &b.part, b.version)));
    Ok(bodies)
}

/// Bodies by their whole keys: part, period, version. Those that are not there any more are left out.
pub async fn bodies_of(
    connection: &mut Reader,
    project: i32,
    kind: Kind,
    keys: &[(String, i64, Version)],
) -> Result<Vec<Body>, sqlx::Error> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let period = |key: &(String, i64, Version)| DateTime::<Utc>::from_timestamp(key.1, 0).unwrap_or_default();
    let rows: Vec<Row> = sqlx::query_as(
        "select part, period, tier, seq, body \
         from unnest($4::text[], $5::timestamptz[], $6::smallint[], $7::bigint[]) as wanted (part, period, tier, seq) \
         join chunk using (part, period, tier, seq) where shard = $1 and project = $2 and kind = $3",
    )
    .bind(shard(project))
    .bind(project)
    .bind(kind as i16)
    .bind(keys.iter().map(|key| key.0.as_str()).collect::<Vec<_>>())
    .bind(keys.iter().map(period).collect::<Vec<_>>())
    .bind(keys.iter().map(|key| key.2.tier).collect::<Vec<_>>())
    .bind(keys.iter().map(|key| key.2.seq).collect::<Vec<_>>())
    .fetch_all(&mut **connection)
    .await?;
    Ok(rows.into_iter().map(Body::of).collect())
}

/// What is kept in memory, and under which name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Known {
    /// Project, start of the day in seconds, version.
    Core(i32, i64, Version),
    /// And the name of the column or part.
    Column(i32, i64, Version, String),
    Presence(i32, i64, Version, String),
    /// Project, kind, grain or metric, start of the period.
    Rollup(i32, Kind, &'static str, i64),
    Points(i32, String, i64),
    /// Blocks of log texts.
    Blocks(i32, i64, Version),
}

/// Something decoded, with its size.
#[derive(Clone)]
struct Kept {
    value: Arc<dyn Any + Send + Sync>,
    bytes: u64,
}

#[derive(Clone)]
struct BySize;

impl Weighter<Known, Kept> for BySize {
    fn weight(&self, _: &Known, kept: &Kept) -> u64 {
        // What keeping it takes beside.
        kept.bytes + 160
    }
}

/// A bounded memory of what was decoded, whatever its kind. Stored chunks never change, so what is kept under a version
/// stays right.
pub struct Memory {
    cache: Cache<Known, Kept, BySize>,
    most: u64,
}

impl Memory {
    pub fn of_bytes(bytes: u64) -> Self {
        Memory { cache: Cache::with_weighter(4096, bytes, BySize), most: bytes }
    }

    pub fn get<T: Any + Send + Sync>(&self, key: &Known) -> Option<Arc<T>> {
        self.cache.get(key)?.value.downcast().ok()
    }

    pub fn keep<T: Any + Send + Sync>(&self, key: Known, value: Arc<T>, bytes: usize) {
        self.cache.insert(key, Kept { value, bytes: bytes as u64 });
    }

    /// Bytes that may be kept.
    pub fn most(&self) -> u64 {
        self.most
    }

    /// Bytes that are kept.
    pub fn bytes(&self) -> u64 {
        self.cache.weight()
    }

    pub fn clear(&self) {
        self.cache.clear();
    }
}

/// What was put together from several versions, which it says.
pub struct Joined<T> {
    pub versions: Vec<Version>,
    pub value: T,
}
