//! Ordered things get ordered shades.

/// Number of shades of the sequential ramp, `q0` to `q8`.
pub const SHADES: usize = 9;

/// Shade of a value between two ends, 0 to 8. Values outside take the nearest shade.
pub fn linear(value: f64, low: f64, high: f64) -> usize {
    if high <= low {
        return SHADES / 2;
    }
    index((value - low) / (high - low))
}

/// Shade of a count against the largest. The square root keeps rare cells visible beside frequent ones.
pub fn root(count: f64, most: f64) -> usize {
    if most <= 0.0 { 0 } else { index((count.max(0.0) / most).sqrt()) }
}

fn index(fraction: f64) -> usize {
    ((fraction * SHADES as f64).floor().max(0.0) as usize).min(SHADES - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ramp_is_used_from_end_to_end() {
        assert_eq!(linear(0.19, 0.19, 0.52), 0);
        assert_eq!(linear(0.52, 0.19, 0.52), 8);
        assert_eq!(linear(0.9, 0.19, 0.52), 8);
        assert_eq!(linear(f64::NAN, 0.0, 1.0), 0);
    }

    #[test]
    fn equal_values_take_the_middle() {
        assert_eq!(linear(3.0, 3.0, 3.0), 4);
    }

    #[test]
    fn rare_cells_stay_visible() {
        assert_eq!(root(1.0, 100.0), 0);
        assert_eq!(root(4.0, 100.0), 1);
        assert_eq!(root(100.0, 100.0), 8);
        assert_eq!(root(5.0, 0.0), 0);
    }
}
