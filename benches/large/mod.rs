//! The figures of whole questions over a large data set, beside those of other stores over the same rows.
//!
//! `cargo xtask bench large` takes the size in millions from PARALLAX_BENCH_MILLIONS (1 unless told).

mod ask;
mod chance;
mod load;
mod operations;
mod shop;

use crate::Figure;
use load::Large;

pub fn measure() -> Vec<Figure> {
    let millions = std::env::var("PARALLAX_BENCH_MILLIONS").ok().and_then(|told| told.parse().ok()).unwrap_or(1);
    let large = Large::of_millions(millions);
    ask::measure(&large)
}

/// The work of a child process: one question in a fresh process.
pub fn child(words: &[String]) {
    ask::child(words);
}
