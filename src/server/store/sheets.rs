//! Timelines in memory: the stored pieces of days, each column loaded when a question needs it. A piece never changes;
//! compaction puts another in its place.

use super::Store;
use super::chunks::{Body, Known, bodies_of};
use super::rollups::damaged;
use super::workers::share;
use crate::database::Reader;
use crate::database::fault::Told;
use crate::projection::chunk::{EVERYTHING, Kind, Version};
use crate::projection::timeline::{self, CORE, Column, Table};
use crate::store::rows::shard;
use chrono::{DateTime, Utc};
use parallax_domain::Problem;
use std::collections::HashMap;
use std::sync::Arc;

/// A piece of the timeline of one day (UTC) that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Piece {
    /// Seconds since 1970.
    pub start: i64,
    /// In order of commit within a day.
    pub version: Version,
    /// A fresh delta: all columns in one.
    pub whole: bool,
    pub rows: u32,
}

/// The rows of a piece, with the columns that were asked for.
pub struct Sheet {
    /// Seconds since 1970.
    pub start: i64,
    pub core: Arc<Table>,
    /// In the order of asking; none where no row has a value.
    pub columns: Vec<Option<Arc<Column>>>,
}

/// What one stored body turned out to hold.
struct Read {
    start: i64,
    version: Version,
    core: Option<Arc<Table>>,
    columns: Vec<(String, Option<Arc<Column>>)>,
}

impl Store {
    /// Pieces of the days from `from` to `to` (seconds, exclusive), in order of time and commit.
    pub async fn pieces(
        &self,
        connection: &mut Reader,
        project: i32,
        from: i64,
        to: i64,
    ) -> Result<Vec<Piece>, Problem> {
        let at = |seconds: i64| DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or_default();
        let rows: Vec<(DateTime<Utc>, i16, i64, bool, i32)> = sqlx::query_as(
            "select period, tier, seq, part = $4, rows from chunk \
             where shard = $1 and project = $2 and kind = $3 and part in ($4, $5) and period >= $6 and period < $7",
        )
        .bind(shard(project))
        .bind(project)
        .bind(Kind::Timeline as i16)
        .bind(EVERYTHING)
        .bind(CORE)
        .bind(at(from))
        .bind(at(to))
        .fetch_all(&mut **connection)
        .await
        .told()?;
        let piece = |(period, tier, seq, whole, rows): (DateTime<Utc>, i16, i64, bool, i32)| Piece {
            start: period.timestamp(),
            version: Version { tier, seq },
            whole,
            rows: rows.max(0) as u32,
        };
        let mut pieces: Vec<Piece> = rows.into_iter().map(piece).collect();
        pieces.sort_unstable();
        Ok(pieces)
    }

    /// These pieces with these columns, in their order. None when compaction came between looking and reading.
    pub async fn sheets(
        &self,
        connection: &mut Reader,
        project: i32,
        pieces: &[Piece],
        columns: &[String],
    ) -> Result<Option<Vec<Sheet>>, Problem> {
        self.afford(pieces, columns.len())?;
        let mut cores: HashMap<(i64, Version), Arc<Table>> = HashMap::new();
        let mut found: HashMap<(i64, Version, usize), Option<Arc<Column>>> = HashMap::new();
        let mut wanted: Vec<(String, i64, Version)> = Vec::new();
        for piece in pieces {
            match self.memory.get::<Table>(&Known::Core(project, piece.start, piece.version)) {
                Some(core) => drop(cores.insert((piece.start, piece.version), core)),
                None => {
                    wanted.push((if piece.whole { EVERYTHING } else { CORE }.to_owned(), piece.start, piece.version))
                }
            }
            for (place, name) in columns.iter().enumerate() {
                let key = Known::Column(project, piece.start, piece.version, name.clone());
                match self.memory.get::<Option<Arc<Column>>>(&key) {
                    Some(column) => drop(found.insert((piece.start, piece.version, place), (*column).clone())),
                    None if piece.whole => {
                        let everything = (EVERYTHING.to_owned(), piece.start, piece.version);
                        if wanted.last() != Some(&everything) {
                            wanted.push(everything);
                        }
                    }
                    None => wanted.push((name.clone(), piece.start, piece.version)),
                }
            }
        }
        let bodies = bodies_of(connection, project, Kind::Timeline, &wanted).await.told()?;
        let rows: HashMap<(i64, Version), usize> = cores.iter().map(|(key, core)| (*key, core.rows())).collect();
        let names = columns.to_vec();
        let decoded = tokio::task::spawn_blocking(move || decode(bodies, rows, &names))
            .await
            .map_err(|_| Problem::unavailable("The answer was interrupted."))?
            .map_err(damaged)?;
        for read in decoded {
            let Read { start, version, .. } = read;
            if let Some(core) = read.core {
                self.memory.keep(Known::Core(project, start, version), core.clone(), core.weight());
                cores.insert((start, version), core);
            }
            for (name, column) in read.columns {
                let Some(place) = columns.iter().position(|known| *known == name) else { continue };
                let weight = column.as_ref().map_or(0, |column| column.weight());
                self.memory.keep(Known::Column(project, start, version, name), Arc::new(column.clone()), weight);
                found.insert((start, version, place), column);
            }
        }
        let mut sheets = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let Some(core) = cores.get(&(piece.start, piece.version)).cloned() else { return Ok(None) };
            let columns: Vec<Option<Arc<Column>>> = columns
                .iter()
                .enumerate()
                .map(|(place, name)| match found.remove(&(piece.start, piece.version, place)) {
                    Some(column) => column,
                    // The core is there and the column is not: no row has a value.
                    None => {
                        let key = Known::Column(project, piece.start, piece.version, name.clone());
                        self.memory.keep(key, Arc::new(None::<Arc<Column>>), 0);
                        None
                    }
                })
                .collect();
            sheets.push(Sheet { start: piece.start, core, columns });
        }
        Ok(Some(sheets))
    }
}

/// Bytes of a row in memory: time, category and name, and each further column, about.
const OF_A_ROW: u64 = 8;
const OF_A_COLUMN: u64 = 2;

impl Store {
    /// Refuses what would not fit into the memory that questions have, rather than taking it from everybody else.
    fn afford(&self, pieces: &[Piece], columns: usize) -> Result<(), Problem> {
        let rows: u64 = pieces.iter().map(|piece| u64::from(piece.rows)).sum();
        let needed = rows * (OF_A_ROW + OF_A_COLUMN * columns as u64);
        if needed <= self.memory.most() {
            return Ok(());
        }
        let detail = format!(
            "This would read {rows} events and take about {} MiB of memory; questions have {} MiB (option --memory). Ask for a shorter time.",
            needed >> 20,
            self.memory.most() >> 20
        );
        Err(Problem { field: Some("from".to_owned()), ..Problem::new(parallax_domain::Kind::TooLarge, detail) })
    }
}

/// Decodes bodies, several at once.
fn decode(bodies: Vec<Body>, rows: HashMap<(i64, Version), usize>, wanted: &[String]) -> anyhow::Result<Vec<Read>> {
    let cores = share(bodies.len(), |place| -> anyhow::Result<Option<Read>> {
        let body = &bodies[place];
        let read = |core, columns| Read { start: body.period, version: body.version, core, columns };
        Ok(match body.part.as_str() {
            CORE => {
                let core = timeline::decode_core(&body.bytes)?;
                Some(read(Some(Arc::new(core)), Vec::new()))
            }
            EVERYTHING => {
                let mut table = timeline::decode_some(&body.bytes, |part| wanted.iter().any(|name| name == part))?;
                let columns = std::mem::take(&mut table.columns);
                let mut columns: HashMap<String, Arc<Column>> =
                    columns.into_iter().map(|(name, column)| (name, Arc::new(column))).collect();
                let columns = wanted.iter().map(|name| (name.clone(), columns.remove(name))).collect();
                Some(read(Some(Arc::new(table)), columns))
            }
            _ => None,
        })
    });
    let mut all: Vec<Read> = Vec::new();
    let mut rows = rows;
    for read in cores {
        if let Some(read) = read? {
            if let Some(core) = &read.core {
                rows.insert((read.start, read.version), core.rows());
            }
            all.push(read);
        }
    }
    // A column is read by the number of rows that its core has.
    let columns = share(bodies.len(), |place| -> anyhow::Result<Option<Read>> {
        let body = &bodies[place];
        let Some(rows) =
            rows.get(&(body.period, body.version)).filter(|_| body.part != CORE && body.part != EVERYTHING)
        else {
            return Ok(None);
        };
        let column = timeline::decode_column(&body.part, *rows, &body.bytes)?;
        let columns = vec![(body.part.clone(), Some(Arc::new(column)))];
        Ok(Some(Read { start: body.period, version: body.version, core: None, columns }))
    });
    for read in columns {
        all.extend(read?);
    }
    Ok(all)
}
