//! Measures what the product promises, on this machine, against the real program and a real Postgres.
//!
//! `cargo xtask bench` runs all of it, `cargo xtask bench <name>` one: `ingest`, `health`, `memory`, `live`.
//! Nothing here fails for being slow: it prints, people judge.

#![expect(clippy::print_stdout, reason = "what is measured is printed")]

mod health;
mod ingest;
mod live;
mod memory;
mod large;
mod program;
mod telemetry;

/// A measured figure beside what was promised.
pub struct Figure {
    pub name: &'static str,
    pub value: f64,
    pub unit: &'static str,
    /// Not met: not finished.
    pub floor: Option<f64>,
    pub aim: Option<f64>,
    pub note: String,
}

type Bench = fn() -> Vec<Figure>;

const BENCHES: [(&str, Bench); 4] =
    [("ingest", ingest::measure), ("health", health::measure), ("memory", memory::measure), ("live", live::measure)];

fn main() {
    // `cargo bench` adds `--bench`; names are what is left.
    let names: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let mut figures = Vec::new();
    for (name, measure) in BENCHES {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            figures.extend(measure());
        }
    }
    let told = |bound: Option<f64>| bound.map_or_else(|| "–".to_owned(), |bound| format!("{bound}"));
    println!("\n| Figure | Measured | Floor | Aim | |\n|---|---|---|---|---|");
    for Figure { name, value, unit, floor, aim, note } in figures {
        println!("| {name} | {value:.1} {unit} | {} | {} | {note} |", told(floor), told(aim));
    }
}

/// Of measured times, the one that a share of them does not exceed (nearest rank).
pub fn quantile(times: &mut [f64], share: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    let rank = (share * times.len() as f64).ceil() as usize;
    times.get(rank.max(1) - 1).copied().unwrap_or(f64::NAN)
}
