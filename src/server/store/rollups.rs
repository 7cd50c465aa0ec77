//! Counts and durations by key over any stretch of time, exact to the microsecond of its ends: whole
//! hours from hour cells, whole minutes from minute cells, what is left from the raw rows.

use super::Store;
use super::chunks::{Joined, Known, bodies, inventory};
use crate::database::Reader;
use crate::database::fault::Told;
use crate::engine::calendar::Buckets;
use crate::projection::chunk::Kind;
use crate::projection::delta::{HOUR_GRAIN, MINUTE_GRAIN};
use crate::projection::rollup::{Cell, Rollup, WORDS};
use parallax_domain::{Period, Problem};
use std::collections::BTreeMap;
use std::sync::Arc;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 86_400_000;

/// A piece of the asked stretch, in milliseconds, and where it is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    pub from: i64,
    pub to: i64,
    pub bucket: usize,
    pub grain: Grain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    Hour,
    Minute,
    Raw,
}

/// Cuts a stretch into whole hours, whole minutes and rests, none of which crosses a bucket's edge.
pub fn cover(from: i64, to: i64, buckets: &Buckets) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = from;
    while at < to {
        let Some(bucket) = buckets.index_of(at) else { break };
        let end = to.min(buckets.end(bucket));
        let (next, grain) = if at % HOUR == 0 && at + HOUR <= end {
            (at + HOUR, Grain::Hour)
        } else if at % MINUTE == 0 && at + MINUTE <= end {
            (at + MINUTE, Grain::Minute)
        } else {
            (end.min(at - at.rem_euclid(MINUTE) + MINUTE), Grain::Raw)
        };
        pieces.push(Piece { from: at, to: next, bucket, grain });
        at = next;
    }
    pieces
}

/// One cell with the words of its key.
pub struct CellOf<'a> {
    pub bucket: usize,
    pub words: [Option<&'a str>; WORDS],
    pub cell: &'a Cell,
}

pub type Visit<'a> = dyn FnMut(CellOf<'_>) + Send + 'a;

impl Store {
    /// Shows every cell of the period to `visit`; the number of records they stand for.
    pub async fn each_cell(
        &self,
        connection: &mut Reader,
        project: i32,
        kind: Kind,
        period: Period,
        buckets: &Buckets,
        visit: &mut Visit<'_>,
    ) -> Result<(), Problem> {
        let from = period.from.timestamp_micros().div_euclid(1000);
        let to = period.to.timestamp_micros().div_euclid(1000);
        let pieces = cover(from, to, buckets);
        for (grain, name, length, slot) in
            [(Grain::Hour, HOUR_GRAIN, DAY, HOUR), (Grain::Minute, MINUTE_GRAIN, HOUR, MINUTE)]
        {
            let wanted: BTreeMap<i64, usize> =
                pieces.iter().filter(|piece| piece.grain == grain).map(|piece| (piece.from, piece.bucket)).collect();
            let (Some(first), Some(last)) = (wanted.keys().next(), wanted.keys().next_back()) else { continue };
            let span = (first.div_euclid(length) * length, last + 1);
            for (start, rollup) in
                self.rollups(connection, project, kind, name, span.0 / 1000, span.1 / 1000 + 1).await?
            {
                let rollup = &rollup.value;
                for ((at, key), cell) in &rollup.cells {
                    let time = start * 1000 + i64::from(*at) * slot;
                    if let Some(bucket) = wanted.get(&time) {
                        visit(CellOf { bucket: *bucket, words: key.map(|id| rollup.word(id)), cell });
                    }
                }
            }
        }
        let rests: Vec<Piece> = merged(pieces.into_iter().filter(|piece| piece.grain == Grain::Raw));
        for rest in rests {
            let rollup = self.raw_cells(connection, project, kind, rest).await?;
            for ((_, key), cell) in &rollup.cells {
                visit(CellOf { bucket: rest.bucket, words: key.map(|id| rollup.word(id)), cell });
            }
        }
        Ok(())
    }

    async fn rollups(
        &self,
        connection: &mut Reader,
        project: i32,
        kind: Kind,
        grain: &'static str,
        from: i64,
        to: i64,
    ) -> Result<Vec<(i64, Arc<Joined<Rollup>>)>, Problem> {
        for _ in 0..3 {
            let there = inventory(connection, project, kind, &[grain], from, to).await.told()?;
            let mut found = Vec::new();
            let mut missing = Vec::new();
            for ((_, period), versions) in &there {
                let kept = self.memory.get::<Joined<Rollup>>(&Known::Rollup(project, kind, grain, *period));
                match kept.filter(|kept| kept.versions == *versions) {
                    Some(rollup) => found.push((*period, rollup)),
                    None => missing.push(*period),
                }
            }
            let mut read: BTreeMap<i64, (Vec<_>, Rollup, usize)> = BTreeMap::new();
            for body in bodies(connection, project, kind, &[grain], &missing).await.told()? {
                let decoded = Rollup::decode(&body.bytes).map_err(damaged)?;
                let entry = read.entry(body.period).or_default();
                entry.0.push(body.version);
                entry.2 += body.bytes.len() * 8;
                if entry.1.is_empty() { entry.1 = decoded } else { entry.1.merge(&decoded) }
            }
            for (period, (versions, rollup, bytes)) in read {
                let rollup = Arc::new(Joined { versions, value: rollup });
                self.memory.keep(Known::Rollup(project, kind, grain, period), rollup.clone(), bytes);
                found.push((period, rollup));
            }
            // Compaction may have come between the two looks; then look again.
            if found.len() == there.len() {
                found.sort_by_key(|(period, _)| *period);
                return Ok(found);
            }
        }
        Err(Problem::unavailable("The figures are being rearranged right now."))
    }

    /// The cells of less than a minute, from the rows themselves.
    async fn raw_cells(
        &self,
        connection: &mut Reader,
        project: i32,
        kind: Kind,
        piece: Piece,
    ) -> Result<Rollup, Problem> {
        let at = |ms: i64| chrono::DateTime::from_timestamp_millis(ms).unwrap_or_default();
        let mut rollup = Rollup::default();
        type SpanRow = (Option<String>, String, Option<String>, Option<String>, i64, bool, f32);
        match kind {
            Kind::Requests => {
                let rows: Vec<SpanRow> = sqlx::query_as(
                    "select service, operation, version, environment, duration, error, weight from span \
                     where project = $1 and at >= $2 and at < $3 and kind in (2, 5)",
                )
                .bind(project)
                .bind(at(piece.from))
                .bind(at(piece.to))
                .fetch_all(&mut **connection)
                .await
                .told()?;
                for (service, operation, version, environment, duration, error, weight) in rows {
                    let words =
                        [service.as_deref(), Some(operation.as_str()), version.as_deref(), environment.as_deref()];
                    rollup.cell(0, words).request(
                        (duration / 1000).max(0) as u64,
                        error,
                        weight.round().max(1.0) as u32,
                    );
                }
            }
            Kind::Logs => {
                type Lines = (Option<String>, i16, Option<String>, Option<String>, i64);
                let rows: Vec<Lines> = sqlx::query_as(
                    "select service, severity, version, environment, count(*) from log \
                     where project = $1 and at >= $2 and at < $3 group by 1, 2, 3, 4",
                )
                .bind(project)
                .bind(at(piece.from))
                .bind(at(piece.to))
                .fetch_all(&mut **connection)
                .await
                .told()?;
                for (service, severity, version, environment, count) in rows {
                    let level =
                        parallax_domain::Severity::from_number(severity).map_or("info", |severity| severity.word());
                    let words = [service.as_deref(), Some(level), version.as_deref(), environment.as_deref()];
                    rollup.cell(0, words).count += count as u64;
                }
            }
            // What a span went to is not a column; a dependency's figures begin and end with whole minutes.
            Kind::Dependencies | Kind::Timeline | Kind::Points | Kind::Texts => {}
        }
        Ok(rollup)
    }
}

pub fn damaged(error: anyhow::Error) -> Problem {
    tracing::error!(%error, "a projection is damaged; rebuild it");
    Problem::unavailable(
        "A projection is damaged and has to be rebuilt; an admin finds the reason in the server's log.",
    )
}

/// Neighbouring rests of one bucket as one.
fn merged(pieces: impl Iterator<Item = Piece>) -> Vec<Piece> {
    let mut all: Vec<Piece> = Vec::new();
    for piece in pieces {
        match all.last_mut() {
            Some(last) if last.to == piece.from && last.bucket == piece.bucket => last.to = piece.to,
            _ => all.push(piece),
        }
    }
    all
}
