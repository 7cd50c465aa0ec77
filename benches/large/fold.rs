//! What projections cost to make: as the projector and compaction make them of a stream, and again from raw rows.

use super::load::{self, Large};
use super::shop;
use crate::figure::Figure;
use crate::process::seconds_of;
use parallax_domain::Signal;
use parallax_server::database::Database;
use parallax_server::projection::bytes::unpack;
use parallax_server::projection::compact::timeline_parts;
use parallax_server::projection::delta::Delta;
use parallax_server::projection::fold::{EventFold, FORMAT, Packer};
use parallax_server::projection::refold;
use parallax_server::projection::timeline::{self, Table};
use parallax_server::store::rows::{Numbers, Place};
use std::time::Instant;

/// Events of one batch, and batches of one tick.
const BATCH: usize = 500;
const TICK: usize = 4;
/// Chunks that compaction joins, tier by tier, until one is left.
const TIERS: [usize; 3] = [4, 8, usize::MAX];
const DAYS: i64 = 5;
/// Days of events that are made again.
const AGAIN: usize = 30;

pub fn measure(large: &Large) -> Vec<Figure> {
    vec![stream(large), again(large)]
}

fn stream(large: &Large) -> Figure {
    let own = std::process::id();
    let (mut events, mut seconds, mut bytes) = (0, 0.0, 0);
    for day in 0..DAYS {
        let all = shop::day(large.size, 40 + day);
        let payloads: Vec<Vec<u8>> = all
            .chunks(BATCH)
            .map(|some| {
                let mut packer = Packer::default();
                packer.begin(1, some.len());
                for (event, _) in some {
                    let place = Place { project: 1, seq: 0, received_at: event.at, numbers: Numbers::default() };
                    packer.push(&EventFold::of(event, place));
                }
                packer.finish()
            })
            .collect();
        events += all.len();
        let before = seconds_of(own);
        let mut tables: Vec<Vec<u8>> = Vec::new();
        for (tick, some) in payloads.chunks(TICK).enumerate() {
            let mut delta = Delta::default();
            for payload in some {
                delta.add(Signal::Event, FORMAT, &unpack(payload).expect("packed")).expect("a batch");
            }
            tables.extend(delta.chunks(tick as i64).into_iter().map(|chunk| chunk.body));
        }
        let start = shop::start() + chrono::Duration::days(40 + day);
        let mut pieces: Vec<Table> =
            tables.iter().map(|body| timeline::decode_everything(body).expect("a table")).collect();
        for width in TIERS {
            pieces = pieces
                .chunks(width.min(pieces.len().max(1)))
                .map(|some| {
                    let merged = timeline::merge(&some.iter().collect::<Vec<_>>());
                    let parts = timeline_parts(&merged, start, chrono_tz::UTC);
                    bytes += if width == usize::MAX { parts.iter().map(|(.., body)| body.len()).sum() } else { 0 };
                    // The next tier reads what this one wrote.
                    let mut back = Table::default();
                    let mut parts = parts;
                    parts.sort_by_key(|(part, ..)| part != timeline::CORE);
                    for (part, _, body) in parts.iter().filter(|(part, ..)| !timeline::presence::is_presence(part)) {
                        timeline::decode_part(part, body, &mut back).expect("a part");
                    }
                    back
                })
                .collect();
        }
        seconds += seconds_of(own) - before;
    }
    Figure {
        name: "Projections of a stream of events",
        value: seconds * 1e6 / events as f64,
        unit: "CPU s per 1 M",
        floor: Some(0.3),
        aim: Some(0.15),
        note: format!(
            "{events} events, folded by {}, joined in three tiers; {:.1} B/event in the end",
            BATCH * TICK,
            bytes as f64 / events as f64
        ),
    }
}

fn again(large: &Large) -> Figure {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let (rows, seconds) = runtime.block_on(async {
        let database = Database::open(&load::options(&large.url, 512)).await.expect("opens");
        let units = refold::days_of_project(&database, large.project).await.expect("days");
        let units: Vec<_> = units.into_iter().filter(|unit| unit.signal == Signal::Event).take(AGAIN).collect();
        let since = Instant::now();
        let rows = refold::refold_all(&database, &units).await.expect("folded again");
        (rows, since.elapsed().as_secs_f64())
    });
    Figure {
        name: "Projections of events from raw rows",
        value: rows as f64 / seconds,
        unit: "events/s",
        floor: Some(200_000.0),
        aim: Some(500_000.0),
        note: format!("{rows} events of {AGAIN} days in {seconds:.1} s"),
    }
}
