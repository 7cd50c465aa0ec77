//! Two series against each other (rule C1).

use super::distribution::{ln_gamma, student_two_sided};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lagged {
    /// Spearman's rank correlation.
    pub r: f64,
    /// Buckets; positive: the second series follows the first.
    pub lag: i64,
    /// Independent observations: overlapping buckets, fewer where the series move slowly.
    pub n_eff: f64,
    /// Two-sided, and paid for having looked at several lags.
    pub p: f64,
}

/// Fewer overlapping buckets than this say nothing.
const LEAST: usize = 5;

/// The strongest correlation over all lags from -`max_lag` to `max_lag`, the smaller lag on ties. Buckets without a
/// value (none, or not a number) are left out. None where no lag has enough buckets or a series does not vary.
pub fn correlate(a: &[Option<f64>], b: &[Option<f64>], max_lag: usize) -> Option<Lagged> {
    let mut best: Option<Lagged> = None;
    let mut lags = 0;
    let furthest = max_lag.min(a.len().max(b.len())) as i64;
    for distance in 0..=furthest {
        for lag in if distance == 0 { vec![0] } else { vec![distance, -distance] } {
            let Some(found) = at_lag(a, b, lag) else { continue };
            lags += 1;
            if best.is_none_or(|best| found.r.abs() > best.r.abs() + 1e-12) {
                best = Some(found);
            }
        }
    }
    // Šidák: the chance that the best of so many would be as strong.
    best.map(|best| Lagged { p: 1.0 - (1.0 - best.p).powi(lags), ..best })
}

/// Spearman's rank correlation of two samples of equal length, ties at their mean rank. None if one does not vary.
pub fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    pearson(&ranks(a), &ranks(b))
}

fn at_lag(a: &[Option<f64>], b: &[Option<f64>], lag: i64) -> Option<Lagged> {
    let pair = |place: usize| {
        let other = usize::try_from(place as i64 + lag).ok()?;
        let known = |value: &Option<f64>| value.filter(|value| !value.is_nan());
        Some((a.get(place).and_then(known)?, b.get(other).and_then(known)?))
    };
    let (first, second): (Vec<f64>, Vec<f64>) = (0..a.len()).filter_map(pair).unzip();
    if first.len() < LEAST {
        return None;
    }
    let (first, second) = (ranks(&first), ranks(&second));
    let r = pearson(&first, &second)?;
    let n_eff = effective(&first, &second);
    let t = r.abs() * ((n_eff - 2.0) / (1.0 - r * r).max(0.0)).sqrt();
    // Of few observations even a perfect order comes about by chance: once in n! orders, and once reversed.
    let by_chance = 2.0 * (-ln_gamma(n_eff + 1.0)).exp();
    Some(Lagged { r, lag, n_eff, p: student_two_sided(t, n_eff - 2.0).max(by_chance).min(1.0) })
}

/// Bartlett's formula: series that resemble their own past carry less than one observation per bucket. The sum stops
/// where the resemblance first vanishes, so that noise in distant lags does not add up.
fn effective(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len();
    let mut sum = 0.0;
    for lag in 1..n / 2 {
        let product = own_past(a, lag) * own_past(b, lag);
        if product <= 0.0 {
            break;
        }
        sum += (1.0 - lag as f64 / n as f64) * product;
    }
    (n as f64 / (1.0 + 2.0 * sum)).clamp(3.0, n as f64)
}

fn own_past(values: &[f64], lag: usize) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let all: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let shifted: f64 = values.iter().zip(&values[lag..]).map(|(early, late)| (early - mean) * (late - mean)).sum();
    if all > 0.0 { shifted / all } else { 0.0 }
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|x, y| values[*x].total_cmp(&values[*y]));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for ties in order.chunk_by(|x, y| values[*x] == values[*y]) {
        let rank = below as f64 + (ties.len() as f64 + 1.0) / 2.0;
        ties.iter().for_each(|place| ranks[*place] = rank);
        below += ties.len();
    }
    ranks
}

fn pearson(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.len() != b.len() || a.is_empty() {
        return None;
    }
    let n = a.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        aa += (x - mean_a).powi(2);
        bb += (y - mean_b).powi(2);
        ab += (x - mean_a) * (y - mean_b);
    }
    (aa > 0.0 && bb > 0.0).then(|| (ab / (aa * bb).sqrt()).clamp(-1.0, 1.0))
}
