//! Lines and areas as path data in a box of 1000 by 1000, split where nothing is known.

use crate::words::decimal;

/// A point in the box; y grows downward.
pub type Point = (f64, f64);

/// A number as markup writes it: at most two decimals, no trailing zeros, never `-0`.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    shortened(decimal(value, 2))
}

/// A fraction for a custom property: four decimals place it to a pixel.
pub fn fraction(value: f64) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    shortened(decimal(value, 4))
}

fn shortened(mut text: String) -> String {
    text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    text
}

/// A fraction as a percentage: `12.5%`.
pub fn percent(fraction: f64) -> String {
    format!("{}%", number(100.0 * fraction))
}

/// Points of the box, in stretches without holes. Heights are fractions from the top.
pub fn stretches(positions: &[f64], heights: &[Option<f64>]) -> Vec<Vec<Point>> {
    let mut stretches: Vec<Vec<Point>> = Vec::new();
    let mut open = false;
    for (x, height) in positions.iter().zip(heights) {
        match height.filter(|height| height.is_finite()) {
            Some(y) => {
                if !open {
                    stretches.push(Vec::new());
                    open = true;
                }
                if let Some(stretch) = stretches.last_mut() {
                    stretch.push((1_000.0 * x, 1_000.0 * y));
                }
            }
            None => open = false,
        }
    }
    stretches
}

fn tenth(value: f64) -> String {
    number((value * 10.0).round() / 10.0)
}

fn through(points: impl Iterator<Item = Point>) -> String {
    points.map(|(x, y)| format!("{} {}", tenth(x), tenth(y))).collect::<Vec<_>>().join("L")
}

/// A line through the points. A lone point becomes a line of no length, which round caps draw as a dot.
pub fn line(points: &[Point]) -> String {
    match points {
        [(x, y)] => format!("M{} {}h0", tenth(*x), tenth(*y)),
        _ => format!("M{}", through(points.iter().copied())),
    }
}

/// The area between the points and a level (0 to 1000 from the top).
pub fn area(points: &[Point], base: f64) -> String {
    let (Some((first, _)), Some((last, _))) = (points.first(), points.last()) else { return String::new() };
    format!("{}L{} {}L{} {}Z", line_of_many(points), tenth(*last), tenth(base), tenth(*first), tenth(base))
}

/// The band between an upper and a lower edge of the same stretch.
pub fn band(upper: &[Point], lower: &[Point]) -> String {
    if upper.is_empty() || lower.is_empty() {
        return String::new();
    }
    format!("{}L{}Z", line_of_many(upper), through(lower.iter().rev().copied()))
}

fn line_of_many(points: &[Point]) -> String {
    format!("M{}", through(points.iter().copied()))
}

/// A cell of a raster, as part of one path for all cells of a colour. It reaches a little under its neighbours, so that
/// no seam shows between them.
pub fn cell(x: f64, y: f64, width: f64, height: f64) -> String {
    let width = tenth(width * 1.06);
    format!("M{} {}h{width}v{}h-{width}z", tenth(x), tenth(y), tenth(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_stops_the_line() {
        let heights = [Some(0.5), Some(0.4), None, Some(0.2)];
        let stretches = stretches(&[0.0, 0.3, 0.6, 1.0], &heights);
        assert_eq!(stretches.len(), 2);
        assert_eq!(line(&stretches[0]), "M0 500L300 400");
        assert_eq!(line(&stretches[1]), "M1000 200h0");
    }

    #[test]
    fn values_that_are_no_numbers_are_gaps() {
        assert!(stretches(&[0.0, 1.0], &[Some(f64::NAN), Some(f64::INFINITY)]).is_empty());
    }

    #[test]
    fn an_area_returns_to_its_base() {
        assert_eq!(area(&[(0.0, 500.0), (1_000.0, 250.0)], 1_000.0), "M0 500L1000 250L1000 1000L0 1000Z");
        assert_eq!(area(&[], 1_000.0), "");
    }

    #[test]
    fn a_band_runs_there_and_back() {
        let path = band(&[(0.0, 100.0), (10.0, 110.0)], &[(0.0, 200.0), (10.0, 210.0)]);
        assert_eq!(path, "M0 100L10 110L10 210L0 200Z");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(number(-0.001), "0");
        assert_eq!(number(12.5), "12.5");
        assert_eq!(number(f64::NAN), "0");
        assert_eq!(percent(1.0 / 3.0), "33.33%");
        assert_eq!(fraction(1.0 / 3.0), "0.3333");
        assert_eq!(fraction(1.0), "1");
    }
}
