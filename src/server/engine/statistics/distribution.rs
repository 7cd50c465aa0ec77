//! Tail probabilities. Series and continued fractions after Abramowitz and Stegun 7.1.5, 7.1.14 and 26.5.8;
//! the logarithm of the gamma function after Lanczos (g = 7, n = 9).

use std::f64::consts::PI;

const PRECISION: f64 = 1e-15;
const TINY: f64 = 1e-300;

/// Probability that a standard normal variable lies further from 0 than z.
pub fn normal_two_sided(z: f64) -> f64 {
    erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// Probability that Student's t with so many degrees of freedom lies further from 0.
pub fn student_two_sided(t: f64, freedom: f64) -> f64 {
    if t.is_infinite() {
        return 0.0;
    }
    beta_regularised(freedom / 2.0, 0.5, freedom / (freedom + t * t))
}

/// Of `all` entrants `marked` converted; a segment of `drawn` has `found` conversions. The p value
/// 1 - max(P(X < found), P(X > found)) of the hypergeometric distribution: small when the segment converts better or
/// worse than a random draw. None when the counts contradict each other.
pub fn hypergeometric(all: i64, marked: i64, drawn: i64, found: i64) -> Option<f64> {
    let least = (drawn + marked - all).max(0);
    let most = drawn.min(marked);
    if marked < 0 || marked > all || drawn < 0 || drawn > all || found < least || found > most {
        return None;
    }
    let total = ln_choose(all, drawn);
    let mass = |x: i64| (ln_choose(marked, x) + ln_choose(all - marked, drawn - x) - total).exp();
    let below: f64 = (least..found).map(mass).sum();
    let above: f64 = (found + 1..=most).map(mass).sum();
    Some((1.0 - below.max(above)).clamp(0.0, 1.0))
}

fn ln_choose(n: i64, k: i64) -> f64 {
    ln_gamma(n as f64 + 1.0) - ln_gamma(k as f64 + 1.0) - ln_gamma((n - k) as f64 + 1.0)
}

/// For x >= 0.
fn erfc(x: f64) -> f64 {
    if x < 2.5 {
        let (mut term, mut sum, mut n) = (x, x, 0.0);
        while term.abs() > PRECISION * sum.abs() {
            n += 1.0;
            term *= -x * x / n;
            sum += term / (2.0 * n + 1.0);
        }
        return 1.0 - sum * 2.0 / PI.sqrt();
    }
    // x + (1/2)/(x + 1/(x + (3/2)/(x + …))), from the inside out; 60 levels are ample from 2.5 on.
    let fraction = (1..=60).rev().fold(x, |inner, n| x + f64::from(n) / 2.0 / inner);
    (-x * x).exp() / (PI.sqrt() * fraction)
}

/// For x > 0.
pub(super) fn ln_gamma(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let sum = (1..9).fold(COEFFICIENTS[0], |sum, place| sum + COEFFICIENTS[place] / (x + place as f64));
    let t = x + 7.5;
    0.5 * (2.0 * PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

fn beta_regularised(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    // The fraction converges fast below its mean; beyond it the complement does.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(a, b, x) / a
    } else {
        1.0 - front * beta_fraction(b, a, 1.0 - x) / b
    }
}

/// Lentz's method.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let nonzero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / nonzero(1.0 - (a + b) * x / (a + 1.0));
    let mut result = d;
    for m in 1..=300 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / nonzero(1.0 + even * d);
        c = nonzero(1.0 + even / c);
        result *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / nonzero(1.0 + odd * d);
        c = nonzero(1.0 + odd / c);
        result *= d * c;
        if (d * c - 1.0).abs() < PRECISION {
            break;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_agree_with_published_tables() {
        for (z, p) in [(0.0, 1.0), (1.0, 0.317_310_507_862_914), (1.959_963_984_540_054, 0.05)] {
            assert!((normal_two_sided(z) - p).abs() < 1e-12, "{z}");
        }
        assert!((normal_two_sided(6.0) / 1.973_175_290_075_396e-9 - 1.0).abs() < 1e-9);
        assert!((normal_two_sided(3.535) / normal_two_sided(3.536) - 1.0).abs() < 0.01, "the two formulas meet");
        for (t, freedom, p) in [(12.706_204_736, 1.0, 0.05), (2.228_138_852, 10.0, 0.05), (4.586_894_459, 10.0, 0.001)]
        {
            assert!((student_two_sided(t, freedom) - p).abs() < 1e-9, "{t} {freedom}");
        }
    }

    #[test]
    fn a_contradiction_has_no_p_value() {
        assert_eq!(hypergeometric(10, 3, 5, 4), None);
        assert_eq!(hypergeometric(10, 8, 5, 2), None);
        assert_eq!(hypergeometric(10, 11, 5, 2), None);
    }
}
