//! Proportions: intervals, comparison, and watching them over time.

use super::distribution::normal_two_sided;

/// Two-sided 95 %.
pub const Z95: f64 = 1.959_963_984_540_054;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// Wilson's score interval of a proportion, 95 %. None without trials.
pub fn wilson(successes: u64, trials: u64) -> Option<Interval> {
    if trials == 0 || successes > trials {
        return None;
    }
    let n = trials as f64;
    let p = successes as f64 / n;
    let z2 = Z95 * Z95;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z95 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    Some(Interval { low: (centre - half).max(0.0), high: (centre + half).min(1.0) })
}

/// The test of two proportions with pooled variance, widened by the over-dispersion (1 = none): z, and its two-sided
/// p value. None when nothing varies.
pub fn two_proportions(first: (u64, u64), second: (u64, u64), dispersion: f64) -> Option<(f64, f64)> {
    let ((x1, n1), (x2, n2)) = (first, second);
    if n1 == 0 || n2 == 0 {
        return None;
    }
    let (n1, n2) = (n1 as f64, n2 as f64);
    let pooled = (x1 + x2) as f64 / (n1 + n2);
    let error = (dispersion * pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2)).sqrt();
    if error.is_nan() || error <= 0.0 {
        return None;
    }
    let z = (x1 as f64 / n1 - x2 as f64 / n2) / error;
    Some((z, normal_two_sided(z)))
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    pub estimate: f64,
    pub low: f64,
    pub high: f64,
}

/// The difference first - second of two proportions with Newcombe's hybrid score interval, 95 %.
pub fn difference(first: (u64, u64), second: (u64, u64)) -> Option<Difference> {
    let (one, two) = (wilson(first.0, first.1)?, wilson(second.0, second.1)?);
    let (p1, p2) = (first.0 as f64 / first.1 as f64, second.0 as f64 / second.1 as f64);
    let estimate = p1 - p2;
    Some(Difference {
        estimate,
        low: (estimate - (p1 - one.low).hypot(two.high - p2)).max(-1.0),
        high: (estimate + (one.high - p1).hypot(p2 - two.low)).min(1.0),
    })
}

/// The pooled proportion of several days and how much more they scatter than chance would let them (at least 1).
/// None with fewer than two days or when nothing varies.
pub fn dispersion(days: &[(u64, u64)]) -> Option<(f64, f64)> {
    let days: Vec<(f64, f64)> = days.iter().filter(|(_, n)| *n > 0).map(|(x, n)| (*x as f64, *n as f64)).collect();
    let total: f64 = days.iter().map(|(_, n)| n).sum();
    let pooled = days.iter().map(|(x, _)| x).sum::<f64>() / total;
    if days.len() < 2 || pooled <= 0.0 || pooled >= 1.0 {
        return None;
    }
    let scatter: f64 = days.iter().map(|(x, n)| (x - n * pooled).powi(2) / (n * pooled * (1.0 - pooled))).sum();
    Some((pooled, (scatter / (days.len() - 1) as f64).max(1.0)))
}

/// Page's cumulative sum for a proportion: notices a lasting change from `expected` to `suspected` that the test of
/// single days is too weak for. The alarm is the caller's (5 is usual).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cusum {
    pub sum: f64,
    success: f64,
    failure: f64,
}

impl Cusum {
    /// Both proportions lie strictly between 0 and 1, otherwise none; a suspected fall is watched the same way.
    pub fn new(expected: f64, suspected: f64, dispersion: f64) -> Option<Cusum> {
        let inside = |p: f64| p > 0.0 && p < 1.0;
        if !inside(expected) || !inside(suspected) || dispersion < 1.0 {
            return None;
        }
        let success = (suspected / expected).ln() / dispersion;
        let failure = ((1.0 - suspected) / (1.0 - expected)).ln() / dispersion;
        Some(Cusum { sum: 0.0, success, failure })
    }

    pub fn add(&mut self, successes: u64, failures: u64) -> f64 {
        self.sum = (self.sum + successes as f64 * self.success + failures as f64 * self.failure).max(0.0);
        self.sum
    }
}

/// How much more likely those with a trait convert: the odds ratio with one added to each cell, and its 95 % interval.
/// `with`: (converted, dropped) of those who have the trait, `all`: of everybody.
pub fn odds_ratio(with: (u64, u64), all: (u64, u64)) -> Option<(f64, Interval)> {
    let a = with.0 as f64 + 1.0;
    let b = with.1 as f64 + 1.0;
    let c = all.0.checked_sub(with.0)? as f64 + 1.0;
    let d = all.1.checked_sub(with.1)? as f64 + 1.0;
    let ratio = a * d / (b * c);
    let error = (1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d).sqrt();
    let bound = |z: f64| (ratio.ln() + z * error).exp();
    Some((ratio, Interval { low: bound(-Z95), high: bound(Z95) }))
}

/// The correlation of two yes/no traits: a has both, b and c one of them, d none.
pub fn phi(a: u64, b: u64, c: u64, d: u64) -> Option<f64> {
    let [a, b, c, d] = [a, b, c, d].map(|count| count as f64);
    let scale = ((a + b) * (c + d) * (a + c) * (b + d)).sqrt();
    (scale > 0.0).then(|| (a * d - b * c) / scale)
}
