//! Sparklines: a figure's course without an axis. They may start anywhere, therefore they carry no scale.

use super::hue::Hue;
use super::maths::path;
use super::pen;
use std::ops::Range;

/// The course of a figure, drawn beside its value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spark {
    pub values: Vec<Option<f64>>,
    /// The comparison, same length and same scale; may be empty.
    pub previous: Vec<Option<f64>>,
    pub hue: Hue,
    pub area: bool,
    /// A dot on the last known value.
    pub dot: bool,
    /// Ends of the scale; without them the data's own.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// The last value is not complete yet.
    pub open: bool,
    /// Said to screen readers; without it the drawing is skipped, as words stand beside it.
    pub label: String,
}

impl Spark {
    pub fn new(values: Vec<Option<f64>>) -> Spark {
        Spark { values, dot: true, ..Spark::default() }
    }

    pub fn hue(mut self, hue: Hue) -> Spark {
        self.hue = hue;
        self
    }

    pub fn previous(mut self, previous: Vec<Option<f64>>) -> Spark {
        self.previous = previous;
        self
    }

    pub fn area(mut self) -> Spark {
        self.area = true;
        self
    }

    pub fn plain(mut self) -> Spark {
        self.dot = false;
        self
    }

    pub fn from(mut self, low: f64) -> Spark {
        self.low = Some(low);
        self
    }

    pub fn to(mut self, high: f64) -> Spark {
        self.high = Some(high);
        self
    }

    pub fn open(mut self, open: bool) -> Spark {
        self.open = open;
        self
    }

    pub fn label(mut self, label: impl Into<String>) -> Spark {
        self.label = label.into();
        self
    }

    pub fn draw(&self) -> String {
        let known = |values: &[Option<f64>]| -> Vec<f64> {
            values.iter().flatten().copied().filter(|value| value.is_finite()).collect()
        };
        let own = known(&self.values);
        if own.is_empty() {
            return nothing(&self.label);
        }
        let all = own.into_iter().chain(known(&self.previous));
        let (least, most) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), value| (a.min(value), b.max(value)));
        let (low, high) = (self.low.unwrap_or(least), self.high.unwrap_or(most));
        // A course that does not move runs through the middle.
        let (low, high) = if high > low { (low, high) } else { (low - 1.0, low + 1.0) };
        let air = (high - low) * 0.08;
        let (low, high) = (low - air, high + air);
        let count = self.values.len();
        let places: Vec<f64> =
            (0..count).map(|index| if count > 1 { index as f64 / (count - 1) as f64 } else { 0.5 }).collect();
        let tops = |values: &[Option<f64>]| -> Vec<Option<f64>> {
            values.iter().map(|value| value.map(|value| (1.0 - (value - low) / (high - low)).clamp(0.0, 1.0))).collect()
        };
        let heights = tops(&self.values);
        let class = self.hue.class();
        let stroke = |heights: &[Option<f64>], class: &str| -> String {
            path::stretches(&places, heights).iter().map(|stretch| pen::path(class, &path::line(stretch))).collect()
        };
        let mut paths = stroke(&tops(&self.previous), "ln prev");
        if self.area {
            let area = |stretch: &Vec<path::Point>| pen::path(&format!("ar {class}"), &path::area(stretch, 1_000.0));
            paths.extend(path::stretches(&places, &heights).iter().map(area));
        }
        let split = if self.open && count > 1 { count - 1 } else { count };
        paths.push_str(&stroke(&heights[..split], &format!("ln {class}")));
        if split < count {
            let rest: Vec<Option<f64>> =
                heights.iter().enumerate().map(|(index, top)| top.filter(|_| index + 1 >= split)).collect();
            paths.push_str(&stroke(&rest, &format!("ln {class} dash")));
        }
        let last = heights.iter().enumerate().rev().find_map(|(index, top)| top.map(|top| (places[index], top)));
        let dot = last.filter(|_| self.dot).map(|(x, y)| pen::dot(&format!("dot {class}"), x, y, 2.5));
        pen::drawing("spark", &self.label, &format!("{}{}", pen::stretched(&paths), dot.unwrap_or_default()))
    }
}

/// Nothing has arrived: hatched, never a flat line.
fn nothing(label: &str) -> String {
    let label = if label.is_empty() { "no data".to_owned() } else { format!("{label}: no data") };
    pen::drawing("spark wait", &label, r#"<rect width="100%" height="100%" fill="url(#hatch)"/>"#)
}

/// Small bars from zero, one per bucket.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SmallBars {
    pub values: Vec<Option<f64>>,
    pub hue: Hue,
    /// Buckets to look at, in the colour of bad.
    pub hot: Vec<usize>,
    pub high: Option<f64>,
    /// Share of its slot that a bar fills; 0 takes the usual.
    pub width: f64,
    pub label: String,
}

impl SmallBars {
    pub fn new(values: Vec<Option<f64>>) -> SmallBars {
        SmallBars { values, ..SmallBars::default() }
    }

    pub fn hue(mut self, hue: Hue) -> SmallBars {
        self.hue = hue;
        self
    }

    pub fn hot(mut self, hot: Range<usize>) -> SmallBars {
        self.hot.extend(hot);
        self
    }

    pub fn high(mut self, high: f64) -> SmallBars {
        self.high = Some(high);
        self
    }

    pub fn label(mut self, label: impl Into<String>) -> SmallBars {
        self.label = label.into();
        self
    }

    pub fn draw(&self) -> String {
        let known: Vec<f64> = self.values.iter().flatten().copied().filter(|value| value.is_finite()).collect();
        if known.is_empty() {
            return nothing(&self.label);
        }
        let high = self.high.unwrap_or_else(|| known.iter().copied().fold(0.0, f64::max));
        let slot = 1.0 / self.values.len() as f64;
        let width = slot * if self.width > 0.0 { self.width } else { 0.7 };
        let mut marks = r#"<line class="gl base" x1="0" x2="100%" y1="100%" y2="100%"/>"#.to_owned();
        for (index, value) in self.values.iter().enumerate() {
            let Some(value) = value.filter(|value| value.is_finite() && *value > 0.0) else { continue };
            let height = if high > 0.0 { (value / high).min(1.0) } else { 0.0 };
            let class = if self.hot.contains(&index) { Hue::Bad.class() } else { self.hue.class() };
            let x = (index as f64 + 0.5) * slot - width / 2.0;
            marks.push_str(&pen::rect(&format!("br {class}"), x, 1.0 - height, width, height));
        }
        pen::drawing("spark", &self.label, &marks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_in_a_sparkline_stays_a_gap() {
        let markup = Spark::new(vec![Some(1.0), Some(2.0), None, Some(3.0), Some(1.0)]).draw();
        assert_eq!(markup.matches("<path").count(), 2, "{markup}");
    }

    #[test]
    fn nothing_is_hatched_and_not_flat() {
        for values in [vec![], vec![None, None], vec![Some(f64::NAN)]] {
            assert!(Spark::new(values.clone()).draw().contains("url(#hatch)"));
            assert!(SmallBars::new(values).draw().contains("url(#hatch)"));
        }
    }

    #[test]
    fn one_value_is_a_dot_in_the_middle() {
        let markup = Spark::new(vec![Some(5.0)]).draw();
        assert!(markup.contains(r#"cx="50%" cy="50%""#), "{markup}");
    }

    #[test]
    fn the_open_end_is_dashed() {
        let markup = Spark::new(vec![Some(1.0), Some(2.0), Some(0.4)]).open(true).draw();
        assert!(markup.contains(r#"class="ln s1 dash" d="M500 "#), "{markup}");
    }

    #[test]
    fn hot_bars_take_the_colour_of_bad() {
        let markup = SmallBars::new(vec![Some(1.0), Some(4.0), None]).hot(1..2).draw();
        assert_eq!(markup.matches("br sbad").count(), 1);
        assert_eq!(markup.matches("<rect").count(), 2);
    }
}
