//! How far an answer can be trusted. Every answer carries one.

use crate::Instant;
use serde::{Deserialize, Serialize};

/// Members are always present (contract rule A23). `coverage` is unknown, not 100 %, while the population is unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Share of the population that the figures were measured on, 0 to 1.
    pub coverage: Option<f64>,
    /// People (or requests) that exist, measured or not.
    pub population: Option<i64>,
    /// Number of records read for the answer.
    pub n: i64,
    /// Kish's effective sample size, where weights were used.
    pub n_eff: Option<f64>,
    /// Cells withheld because too few people are in them.
    pub suppressed: i64,
    pub sampled: bool,
    /// Every record acknowledged before this instant is in the answer.
    pub fresh_as_of: Instant,
    pub gaps: Vec<Gap>,
    /// Where the answer was read from: `raw`, `projection`, `roll-up`.
    pub source: String,
    /// Whether the figures were re-weighted to the population.
    pub adjusted: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    pub from: Instant,
    pub to: Instant,
    /// In words: `expired by retention`, `nothing received`, …
    pub cause: String,
}

impl Quality {
    pub fn measured(n: i64, fresh_as_of: Instant, source: &str) -> Quality {
        Quality {
            coverage: None,
            population: None,
            n,
            n_eff: None,
            suppressed: 0,
            sampled: false,
            fresh_as_of,
            gaps: Vec::new(),
            source: source.to_owned(),
            adjusted: false,
        }
    }
}
