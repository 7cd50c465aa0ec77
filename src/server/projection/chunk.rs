//! Chunks in the database: the one shape that every projection is kept in.

use crate::store::rows::shard;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(i16)]
pub enum Kind {
    /// Product events, one day, a part per column.
    Timeline = 1,
    /// Requests per minute of an hour (`minute`) and per hour of a day (`hour`).
    Requests = 2,
    /// Calls from one service to another thing, as requests.
    Dependencies = 3,
    /// Log records per minute and per hour.
    Logs = 4,
    /// Metric points of one metric and day.
    Points = 5,
    /// What log messages may say, one day.
    Texts = 6,
}

impl Kind {
    pub const ALL: [Kind; 6] =
        [Kind::Timeline, Kind::Requests, Kind::Dependencies, Kind::Logs, Kind::Points, Kind::Texts];

    pub fn from_number(number: i16) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| *kind as i16 == number)
    }
}

/// Kinds that are raw records in another form, by number: they live as long as those, not as long as roll-ups.
pub const RECORDS: [i16; 2] = [Kind::Timeline as i16, Kind::Texts as i16];

/// All parts of one delta in one row, until it is compacted.
pub const EVERYTHING: &str = "*";

#[derive(Clone, Debug)]
pub struct Chunk {
    pub project: i32,
    pub kind: Kind,
    pub part: String,
    pub period: DateTime<Utc>,
    pub tier: i16,
    pub seq: i64,
    pub rows: i32,
    pub body: Vec<u8>,
}

/// Identifies a stored chunk among those of one part and period. Sorted, they are in order of commit:
/// higher tiers hold what was committed before everything in lower ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    pub tier: i16,
    pub seq: i64,
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.tier.cmp(&self.tier).then(self.seq.cmp(&other.seq))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

pub async fn insert(connection: &mut PgConnection, chunks: &[Chunk]) -> Result<(), sqlx::Error> {
    if chunks.is_empty() {
        return Ok(());
    }
    let column = |of: fn(&Chunk) -> i64| chunks.iter().map(of).collect::<Vec<i64>>();
    sqlx::query(
        "insert into chunk (shard, project, kind, part, period, tier, seq, rows, body) \
         select * from unnest($1::int[], $2::int[], $3::smallint[], $4::text[], $5::timestamptz[], $6::smallint[], \
                              $7::bigint[], $8::int[], $9::bytea[])",
    )
    .bind(chunks.iter().map(|chunk| shard(chunk.project)).collect::<Vec<_>>())
    .bind(chunks.iter().map(|chunk| chunk.project).collect::<Vec<_>>())
    .bind(chunks.iter().map(|chunk| chunk.kind as i16).collect::<Vec<_>>())
    .bind(chunks.iter().map(|chunk| chunk.part.as_str()).collect::<Vec<_>>())
    .bind(chunks.iter().map(|chunk| chunk.period).collect::<Vec<_>>())
    .bind(chunks.iter().map(|chunk| chunk.tier).collect::<Vec<_>>())
    .bind(column(|chunk| chunk.seq))
    .bind(chunks.iter().map(|chunk| chunk.rows).collect::<Vec<_>>())
    .bind(chunks.iter().map(|chunk| chunk.body.as_slice()).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}
