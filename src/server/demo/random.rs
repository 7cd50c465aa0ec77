//! Chance that depends on names, never on order: every draw starts from a key such as (seed, person, day),
//! so that any hour of any year can be told without telling the hours before it.

/// SplitMix64's finaliser (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
pub fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// One number out of several; the order of the parts matters.
pub fn key(parts: &[u64]) -> u64 {
    parts.iter().fold(0x517c_c1b7_2722_0a95, |state, part| mix(state ^ mix(*part)))
}

/// FNV-1a, so that a name can be part of a key.
pub fn name(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The highest 53 bits as a fraction in [0, 1).
pub fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// A stream of draws from one key.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(key: u64) -> Dice {
        Dice(key)
    }

    pub fn of(parts: &[u64]) -> Dice {
        Dice(key(parts))
    }

    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// In [0, 1).
    pub fn unit(&mut self) -> f64 {
        unit(self.bits())
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// In [low, high).
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// In 0..count; 0 for an empty range.
    pub fn below(&mut self, count: usize) -> usize {
        ((self.unit() * count as f64) as usize).min(count.saturating_sub(1))
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// The position in `weights` that a draw proportional to them falls on.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (position, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return position;
            }
        }
        weights.len().saturating_sub(1)
    }

    /// Standard normal as a sum of six uniforms (Irwin-Hall): additions only, so the same on every platform.
    pub fn normal(&mut self) -> f64 {
        let sum: f64 = (0..6).map(|_| self.unit()).sum();
        (sum - 3.0) * std::f64::consts::SQRT_2
    }

    /// Log-normal around its median; `spread` is the standard deviation of the logarithm.
    pub fn around(&mut self, median: f64, spread: f64) -> f64 {
        median * (spread * self.normal()).exp()
    }
}

/// Smooth noise over time with standard deviation near 1: hashed values on three lattices, interpolated.
/// `step` is the width of the widest lattice in the unit of `at`.
pub fn drift(key: u64, at: f64, step: f64) -> f64 {
    let mut sum = 0.0;
    for (octave, weight) in [(1.0, 0.8), (5.0, 0.5), (23.0, 0.35)] {
        let position = at / step * octave;
        let left = position.floor();
        let share = position - left;
        let ease = share * share * (3.0 - 2.0 * share);
        let node = |index: f64| (unit(mix(key ^ mix((index as i64) as u64 ^ (octave as u64) << 56))) - 0.5) * 3.4641;
        sum += weight * (node(left) * (1.0 - ease) + node(left + 1.0) * ease);
    }
    sum * 1.15
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_key_throws_the_same_numbers() {
        let draw = |key| {
            let mut dice = Dice::new(key);
            [dice.bits(), dice.bits(), dice.bits()]
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert_eq!(mix(1), 0x910a_2dec_8902_5cc1, "the recipe is part of the seed's meaning");
    }

    #[test]
    fn draws_have_the_moments_they_claim() {
        let mut dice = Dice::new(42);
        let normal: Vec<f64> = (0..20_000).map(|_| dice.normal()).collect();
        let mean = normal.iter().sum::<f64>() / 20_000.0;
        let variance = normal.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
        let heads = (0..20_000).filter(|_| dice.chance(0.3)).count();
        assert!((5_700..6_300).contains(&heads), "{heads}");
        let second = (0..20_000).filter(|_| dice.weighted(&[1.0, 3.0]) == 1).count();
        assert!((14_600..15_400).contains(&second), "{second}");
    }

    #[test]
    fn drift_is_smooth_and_of_known_size() {
        let values: Vec<f64> = (0..5_000).map(|i| drift(9, f64::from(i) * 60.0, 3_600.0)).collect();
        let variance = values.iter().map(|x| x * x).sum::<f64>() / 5_000.0;
        assert!((0.6..1.5).contains(&variance), "{variance}");
        assert!(values.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 1.4));
    }
}
