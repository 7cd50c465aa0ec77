//! Round ticks for values.

/// Round digits, and how much nearer than the others a less usual one must be.
const NICE: [(f64, f64); 5] = [(1.0, 0.0), (2.0, 0.0), (2.5, 0.1), (4.0, 0.095), (5.0, 0.0)];

/// The round step that divides `span` most nearly into `count` parts. Things that are counted have whole steps.
pub fn step(span: f64, count: usize, whole: bool) -> f64 {
    let raw = span / count as f64;
    if !(raw.is_finite() && raw > 0.0) {
        return 1.0;
    }
    let magnitude = 10_f64.powf(raw.log10().floor());
    let nearest = NICE
        .iter()
        .flat_map(|(digit, cost)| [(digit * magnitude, cost), (digit * magnitude * 10.0, cost)])
        .filter(|(step, _)| !whole || step.fract() == 0.0)
        .map(|(step, cost)| (step, (step / raw).ln().abs() + cost))
        .min_by(|a, b| a.1.total_cmp(&b.1));
    nearest.map_or(1.0, |(step, _)| step)
}

/// Multiples of `step` from `low` to `high`.
pub fn linear(low: f64, high: f64, step: f64) -> Vec<f64> {
    let first = (low / step - 1e-9).ceil();
    let last = (high / step + 1e-9).floor();
    let count = (last - first).clamp(0.0, 100.0) as usize;
    (0..=count).map(|index| (first + index as f64) * step + 0.0).collect()
}

/// Powers of ten from `low` to `high`, thinned to `most`; with 2 and 5 between them when there are few.
pub fn logarithmic(low: f64, high: f64, most: usize) -> Vec<f64> {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let inside = |value: &f64| *value >= low * 0.999_999 && *value <= high * 1.000_001;
    let powers: Vec<f64> = (first..=last).map(|power| 10_f64.powi(power)).filter(inside).collect();
    if powers.len() < 3 {
        let fine: Vec<f64> = (first..=last)
            .flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)))
            .filter(inside)
            .collect();
        return if fine.len() <= most.max(3) { fine } else { powers };
    }
    let stride = powers.len().div_ceil(most.max(1));
    powers.into_iter().step_by(stride).collect()
}

/// The largest of 1, 2, 5 times a power of ten that is not above `value`.
pub fn round_down(value: f64) -> f64 {
    let magnitude = 10_f64.powf(value.log10().floor());
    let digit = [5.0, 2.0, 1.0].into_iter().find(|digit| digit * magnitude <= value * (1.0 + 1e-9)).unwrap_or(1.0);
    digit * magnitude
}

/// The smallest of 1, 2, 5 times a power of ten that is not below `value`.
pub fn round_up(value: f64) -> f64 {
    let magnitude = 10_f64.powf(value.log10().floor());
    let digit = [1.0, 2.0, 5.0].into_iter().find(|digit| digit * magnitude >= value * (1.0 - 1e-9)).unwrap_or(10.0);
    digit * magnitude
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        assert_eq!(step(1_290.0, 3, false), 500.0);
        assert_eq!(step(128.0, 4, false), 40.0);
        assert_eq!(step(2_013.0, 4, false), 500.0);
        assert_eq!(step(0.107, 3, false), 0.04);
        assert_eq!(step(0.0, 3, false), 1.0);
        assert_eq!(step(f64::NAN, 3, false), 1.0);
    }

    #[test]
    fn steps_of_counts_are_whole() {
        assert_eq!(step(2.0, 3, true), 1.0);
        assert_eq!(step(12.0, 4, true), 4.0);
        assert_eq!(step(7.0, 3, true), 2.0);
        assert_eq!(step(70.0, 3, true), 20.0);
        assert_eq!(step(0.4, 3, true), 1.0);
    }

    #[test]
    fn ticks_lie_inside() {
        assert_eq!(linear(0.0, 1_500.0, 500.0), [0.0, 500.0, 1_000.0, 1_500.0]);
        assert_eq!(linear(-140.0, 160.0, 50.0), [-100.0, -50.0, 0.0, 50.0, 100.0, 150.0]);
    }

    #[test]
    fn decades_are_thinned_or_refined() {
        assert_eq!(logarithmic(1.0, 1_000.0, 5), [1.0, 10.0, 100.0, 1_000.0]);
        assert_eq!(logarithmic(1.0, 1e9, 5).len(), 5);
        assert_eq!(logarithmic(20.0, 200.0, 5), [20.0, 50.0, 100.0, 200.0]);
    }

    #[test]
    fn ends_are_rounded_outward() {
        assert_eq!(round_down(3.7), 2.0);
        assert_eq!(round_up(3.7), 5.0);
        assert_eq!(round_up(600.0), 1_000.0);
        assert_eq!(round_down(1_000.0), 1_000.0);
    }
}
