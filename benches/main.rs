//! Measures what the product promises, on this machine, against the real program and a real Postgres.
//!
//! `cargo xtask bench` runs all of it, `cargo xtask bench <name>` one: `ingest`, `trackers`, `health`, `page`,
//! `hydration`, `memory`, `live`, `retention`, `erasure`, `scrub`, `stream`. `large` is a program of its own
//! (`benches/large`): whole questions over much data.
//! Nothing here fails for being slow: it prints, people judge.

#![expect(clippy::print_stdout, reason = "what is measured is printed")]

mod erasure;
mod figure;
mod health;
mod hydration;
mod ingest;
mod live;
mod memory;
mod page;
mod process;
mod program;
mod retention;
mod scrub;
mod stream;
mod telemetry;
mod trackers;

use figure::Figure;

type Bench = fn() -> Vec<Figure>;

const BENCHES: [(&str, Bench); 11] = [
    ("ingest", ingest::measure),
    ("trackers", trackers::measure),
    ("health", health::measure),
    ("page", page::measure),
    ("hydration", hydration::measure),
    ("memory", memory::measure),
    ("live", live::measure),
    ("retention", retention::measure),
    ("erasure", erasure::measure),
    ("scrub", scrub::measure),
    ("stream", stream::measure),
];

fn main() {
    // `cargo bench` adds `--bench`; names are what is left.
    let names: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let mut figures = Vec::new();
    for (name, measure) in BENCHES {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            figures.extend(measure());
        }
    }
    figure::print(&figures);
}
