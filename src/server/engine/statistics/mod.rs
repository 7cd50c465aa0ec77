//! Statistics: estimates with their uncertainty, tests, and corrections. Unknown is none, never zero.

mod adjust;
mod distribution;
mod proportion;
mod quantile;
mod series;

pub use adjust::{
    Adjusted, Bounds, Margin, Stratum, bounds, design_effect, effective_size, hajek, post_stratify, rake, sensitivity,
    trim,
};
pub use distribution::{hypergeometric, normal_two_sided, student_two_sided};
pub use proportion::{
    Cusum, Difference, Interval, Z95, difference, dispersion, odds_ratio, phi, two_proportions, wilson,
};
pub use quantile::{mean, median, quantile, weighted_quantile};
pub use series::{Lagged, correlate, spearman};

/// Growth accounting: what was gained against what was lost; more than 1 is growth. None when nothing was lost.
pub fn quick_ratio(gained: f64, lost: f64) -> Option<f64> {
    (lost != 0.0).then(|| gained / lost)
}

/// (satisfied + tolerating ÷ 2) ÷ total, where failed requests are among the total only. None without traffic.
/// Source: Application Performance Index specification.
pub fn apdex(satisfied: u64, tolerating: u64, total: u64) -> Option<f64> {
    (total > 0).then(|| (satisfied as f64 + tolerating as f64 / 2.0) / total as f64)
}

/// How a request counts for Apdex: satisfied up to the threshold, tolerating up to four times of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Satisfaction {
    Satisfied,
    Tolerating,
    Frustrated,
}

impl Satisfaction {
    /// A failed request frustrates however fast it failed.
    pub fn of(ms: f64, failed: bool, threshold_ms: f64) -> Satisfaction {
        if failed || ms > 4.0 * threshold_ms {
            Satisfaction::Frustrated
        } else if ms > threshold_ms {
            Satisfaction::Tolerating
        } else {
            Satisfaction::Satisfied
        }
    }
}

/// Benjamini and Hochberg: for each p value the smallest false discovery rate at which it would be reported.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut q = vec![1.0; p.len()];
    let mut smallest = 1.0f64;
    for (rank, &place) in order.iter().enumerate().rev() {
        smallest = smallest.min(p[place] * p.len() as f64 / (rank + 1) as f64);
        q[place] = smallest;
    }
    q
}
