//! From values to heights.

use super::ticks;

/// A vertical scale. Bars start at zero; only a logarithmic scale has none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    Linear { low: f64, high: f64 },
    Logarithmic { low: f64, high: f64 },
}

impl Scale {
    /// Fraction of the plot below this value: 0 at the bottom. On a logarithmic scale zero stands on the base line.
    pub fn fraction(&self, value: f64) -> f64 {
        match *self {
            Scale::Linear { low, high } if high > low => (value - low) / (high - low),
            Scale::Logarithmic { low, high } if high > low && low > 0.0 => {
                (value.max(low).ln() - low.ln()) / (high.ln() - low.ln())
            }
            _ => 0.0,
        }
    }

    /// Fraction from the top, as markup places things.
    pub fn top(&self, value: f64) -> f64 {
        1.0 - self.fraction(value)
    }

    pub fn low(&self) -> f64 {
        match *self {
            Scale::Linear { low, .. } | Scale::Logarithmic { low, .. } => low,
        }
    }

    pub fn high(&self) -> f64 {
        match *self {
            Scale::Linear { high, .. } | Scale::Logarithmic { high, .. } => high,
        }
    }
}

/// What an axis has to show and what its reader may count on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wish {
    pub low: f64,
    pub high: f64,
    /// Fixed ends, such as 0 to 100 %.
    pub floor: Option<f64>,
    pub ceiling: Option<f64>,
    /// The ticks are round multiples of this: 1,024² for MiB, 60,000 for minutes.
    pub unit: f64,
    /// Things that are counted have no half ticks.
    pub whole: bool,
    pub logarithmic: bool,
    /// About so many ticks.
    pub ticks: usize,
}

/// A scale and its round ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    pub scale: Scale,
    pub ticks: Vec<f64>,
}

pub fn axis(wish: &Wish) -> Axis {
    if wish.logarithmic { logarithmic(wish) } else { linear(wish) }
}

fn linear(wish: &Wish) -> Axis {
    let unit = if wish.unit > 0.0 { wish.unit } else { 1.0 };
    let low = wish.floor.unwrap_or(wish.low.min(0.0)) / unit;
    let mut high = wish.ceiling.unwrap_or(wish.high.max(0.0)) / unit;
    if high <= low {
        high = low + 1.0;
    }
    let step = ticks::step(high - low, wish.ticks.max(1), wish.whole && unit == 1.0);
    let outward = |edge: f64, given: bool, whole: f64| match (given, (whole - edge).abs() / step) {
        (true, _) => edge,
        (false, waste) if waste <= 0.5 => whole,
        _ => edge + (edge * 0.06).max(-step).min(step),
    };
    let high = outward(high, wish.ceiling.is_some(), (high / step).ceil() * step);
    let low = outward(low, wish.floor.is_some() || low == 0.0, (low / step).floor() * step);
    let ticks = ticks::linear(low, high, step).into_iter().map(|tick| tick * unit).collect();
    Axis { scale: Scale::Linear { low: low * unit, high: high * unit }, ticks }
}

fn logarithmic(wish: &Wish) -> Axis {
    let high = wish.ceiling.unwrap_or(wish.high);
    let high = if high > 0.0 { high } else { 1.0 };
    let low = wish.floor.unwrap_or(wish.low);
    let low = if low > 0.0 && low < high { low } else { high / 10.0 };
    let (low, high) = (ticks::round_down(low), ticks::round_up(high));
    let high = if high > low { high } else { low * 10.0 };
    Axis { scale: Scale::Logarithmic { low, high }, ticks: ticks::logarithmic(low, high, wish.ticks + 2) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WISH: Wish =
        Wish { low: 0.0, high: 0.0, floor: None, ceiling: None, unit: 1.0, whole: false, logarithmic: false, ticks: 3 };

    #[test]
    fn an_axis_ends_on_a_round_tick_when_that_wastes_little() {
        let axis = axis(&Wish { high: 1_290.0, ..WISH });
        assert_eq!(axis.ticks, [0.0, 500.0, 1_000.0, 1_500.0]);
        assert_eq!(axis.scale, Scale::Linear { low: 0.0, high: 1_500.0 });
    }

    #[test]
    fn an_axis_stops_above_the_data_when_the_next_tick_is_far() {
        let axis = axis(&Wish { high: 1_650.0, ..WISH });
        assert_eq!(axis.ticks, [0.0, 500.0, 1_000.0, 1_500.0]);
        assert!(axis.scale.high() > 1_650.0 && axis.scale.high() < 1_800.0);
    }

    #[test]
    fn losses_reach_below_zero_and_zero_is_a_tick() {
        let axis = axis(&Wish { low: -140.0, high: 160.0, ticks: 6, ..WISH });
        assert!(axis.ticks.contains(&0.0) && axis.ticks.contains(&-100.0));
        assert!(axis.scale.low() <= -140.0);
    }

    #[test]
    fn counts_have_no_half_ticks() {
        assert_eq!(axis(&Wish { high: 2.0, whole: true, ..WISH }).ticks, [0.0, 1.0, 2.0]);
        assert_eq!(axis(&Wish { high: 0.0, whole: true, ..WISH }).ticks, [0.0, 1.0]);
    }

    #[test]
    fn ticks_are_round_in_the_unit_that_is_shown() {
        let axis = axis(&Wish { high: 9.4 * 1_073_741_824.0, unit: 1_073_741_824.0, ticks: 2, ..WISH });
        assert_eq!(axis.ticks, [0.0, 5.0 * 1_073_741_824.0, 10.0 * 1_073_741_824.0]);
    }

    #[test]
    fn given_ends_are_kept() {
        let axis = axis(&Wish { high: 93.0, floor: Some(0.0), ceiling: Some(100.0), ticks: 2, ..WISH });
        assert_eq!((axis.scale.low(), axis.scale.high()), (0.0, 100.0));
        assert_eq!(axis.ticks, [0.0, 50.0, 100.0]);
    }

    #[test]
    fn a_logarithmic_scale_puts_zero_on_the_base_line() {
        let axis = axis(&Wish { low: 3.0, high: 900.0, logarithmic: true, ..WISH });
        assert_eq!(axis.scale, Scale::Logarithmic { low: 2.0, high: 1_000.0 });
        assert_eq!(axis.scale.fraction(0.0), 0.0);
        assert!((axis.scale.fraction(1_000.0) - 1.0).abs() < 1e-9);
        assert_eq!(axis.ticks, [10.0, 100.0, 1_000.0]);
    }

    #[test]
    fn huge_and_equal_values_still_make_an_axis() {
        for high in [1e18, 1e-9, 5.0] {
            let axis = axis(&Wish { high, ..WISH });
            assert!(axis.ticks.len() >= 2 && axis.ticks.len() <= 6, "{high}: {:?}", axis.ticks);
            assert!(axis.scale.high() >= high);
        }
    }
}
