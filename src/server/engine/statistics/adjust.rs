//! From those who were measured to everybody: bounds, re-weighting, and what re-weighting costs.
//!
//! Weighting is right only if, within a stratum, the choice to be measured has nothing to do with the outcome; the
//! bounds are right always.

use super::proportion::{Interval, Z95};

/// Both ends of what the share of everybody can be.
pub type Bounds = Interval;

/// A share `p` was measured on a part `coverage` of the population: whatever the others did, the share of all lies
/// between these.
pub fn bounds(p: f64, coverage: f64) -> Bounds {
    Interval { low: coverage * p, high: coverage * p + (1.0 - coverage) }
}

/// The share of everybody if those who were not measured differ from the others by `difference`.
pub fn sensitivity(share: f64, coverage: f64, difference: f64) -> f64 {
    share + difference * (1.0 - coverage)
}

/// A part of the population that is known without measuring anybody.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stratum {
    pub population: u64,
    pub measured: u64,
    pub successes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adjusted {
    pub coverage: f64,
    /// Without weights.
    pub observed: f64,
    /// Weighted to the population.
    pub share: f64,
    pub error: f64,
    pub interval: Interval,
    pub n_eff: f64,
    /// Above 3 the weights cost more than two thirds of the sample: warn.
    pub design_effect: f64,
}

const LEAST_MEASURED: u64 = 30;
const LEAST_COVERAGE: f64 = 0.05;

/// Post-stratification: each stratum's share, weighted by its part of the population. None where that cannot be
/// done honestly: less than 5 % measured, or fewer than 30 in a stratum that exists (merge it with another first).
pub fn post_stratify(strata: &[Stratum]) -> Option<Adjusted> {
    let strata: Vec<&Stratum> = strata.iter().filter(|stratum| stratum.population > 0).collect();
    let population: u64 = strata.iter().map(|stratum| stratum.population).sum();
    let measured: u64 = strata.iter().map(|stratum| stratum.measured).sum();
    let successes: u64 = strata.iter().map(|stratum| stratum.successes).sum();
    let coverage = measured as f64 / population as f64;
    let too_few = |stratum: &&Stratum| {
        stratum.measured < LEAST_MEASURED
            || stratum.measured > stratum.population
            || stratum.successes > stratum.measured
    };
    if strata.is_empty() || coverage < LEAST_COVERAGE || strata.iter().any(too_few) {
        return None;
    }
    let (mut share, mut variance) = (0.0, 0.0);
    for stratum in &strata {
        let part = stratum.population as f64 / population as f64;
        let n = stratum.measured as f64;
        let p = stratum.successes as f64 / n;
        share += part * p;
        variance += part * part * (1.0 - n / stratum.population as f64) * p * (1.0 - p) / (n - 1.0);
    }
    let error = variance.sqrt();
    let weights = strata.iter().map(|s| (s.measured as f64, s.population as f64 / s.measured as f64));
    let n_eff = effective_size(weights)?;
    Some(Adjusted {
        coverage,
        observed: successes as f64 / measured as f64,
        share,
        error,
        interval: Interval { low: (share - Z95 * error).max(0.0), high: (share + Z95 * error).min(1.0) },
        n_eff,
        design_effect: measured as f64 / n_eff,
    })
}

/// Kish's effective sample size (Σw)² ÷ Σw² of pairs (number of records, their weight).
pub fn effective_size(weights: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let (sum, squares) = weights.fold((0.0, 0.0), |(sum, squares), (n, w)| (sum + n * w, squares + n * w * w));
    (squares > 0.0).then(|| sum * sum / squares)
}

/// Kish's design effect: how many times larger the sample has to be because of its weights.
pub fn design_effect(weights: impl Iterator<Item = (f64, f64)> + Clone) -> Option<f64> {
    let n: f64 = weights.clone().map(|(n, _)| n).sum();
    effective_size(weights).map(|n_eff| n / n_eff)
}

/// The known totals of one trait, and which of its levels each cell has.
#[derive(Clone, Debug, PartialEq)]
pub struct Margin {
    pub level_of: Vec<usize>,
    pub totals: Vec<f64>,
}

/// Raking: scales the weights to each margin in turn until all hold, where only margins are known. Levels without
/// anybody in the population are dropped (weight 0). None if the margins cannot be met: a level that exists but was
/// not measured, or no agreement after 100 rounds.
pub fn rake(weights: &[f64], margins: &[Margin]) -> Option<Vec<f64>> {
    let mut weights = weights.to_vec();
    for _ in 0..100 {
        let mut furthest = 0.0f64;
        for margin in margins {
            if margin.level_of.len() != weights.len() {
                return None;
            }
            let mut sums = vec![0.0; margin.totals.len()];
            for (weight, &level) in weights.iter().zip(&margin.level_of) {
                *sums.get_mut(level)? += weight;
            }
            if sums.iter().zip(&margin.totals).any(|(sum, total)| *sum <= 0.0 && *total > 0.0) {
                return None;
            }
            for (sum, total) in sums.iter().zip(&margin.totals).filter(|(_, total)| **total > 0.0) {
                furthest = furthest.max((sum - total).abs() / total);
            }
            for (weight, &level) in weights.iter_mut().zip(&margin.level_of) {
                *weight *= if margin.totals[level] > 0.0 { margin.totals[level] / sums[level] } else { 0.0 };
            }
        }
        if furthest < 1e-9 {
            return Some(weights);
        }
    }
    None
}

/// Raked weights without extremes: those above five times the median are cut and the rest raked again, at most ten
/// times. `cells`: number of records and raked total of each cell.
pub fn trim(cells: &[(f64, f64)], margins: &[Margin]) -> Option<Vec<f64>> {
    let mut totals: Vec<f64> = cells.iter().map(|(_, total)| *total).collect();
    for _ in 0..10 {
        let per_record = |cell: usize| totals[cell] / cells[cell].0;
        let mut weighted: Vec<(f64, f64)> = (0..cells.len())
            .filter(|cell| cells[*cell].0 > 0.0)
            .map(|cell| (per_record(cell), cells[cell].0))
            .collect();
        let most = 5.0 * super::weighted_quantile(&mut weighted, 0.5)?;
        if weighted.iter().all(|(weight, _)| *weight <= most * (1.0 + 1e-9)) {
            break;
        }
        let cut: Vec<f64> = cells.iter().zip(&totals).map(|((n, _), total)| total.min(n * most)).collect();
        totals = rake(&cut, margins)?;
    }
    Some(totals)
}

/// Hájek's estimator: each record counts as many as it stands for, 1 ÷ the probability that it was measured (kept
/// within 0.02 and 1). Pairs of outcome and probability; answers the mean and its standard error.
pub fn hajek(records: &[(f64, f64)]) -> Option<(f64, f64)> {
    let weight = |probability: f64| 1.0 / probability.clamp(0.02, 1.0);
    let total: f64 = records.iter().map(|(_, probability)| weight(*probability)).sum();
    if total <= 0.0 {
        return None;
    }
    let mean = records.iter().map(|(y, probability)| y * weight(*probability)).sum::<f64>() / total;
    let squares: f64 = records.iter().map(|(y, probability)| ((y - mean) * weight(*probability)).powi(2)).sum();
    Some((mean, squares.sqrt() / total))
}
