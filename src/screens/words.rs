//! Figures and moments as people read them, in English.
//!
//! Cards and sentences get two or three significant digits (`26.2 M`), tables the whole figure
//! (`26,204,118`). Unknown is `–`, a minus is a minus (`−`), and a share never rounds to all or
//! nothing. Value and unit come apart where the unit is set smaller.

mod change;
mod duration;
mod moment;
mod money;
mod number;
mod phrase;
mod unit;

pub use change::{Change, points, relative};
pub use duration::{ago, duration, duration_full, old};
pub use moment::{Length, bucket, clock, day, day_of_week, exact, month};
pub use money::{money, money_full};
pub use number::{
    bytes, bytes_full, count, count_full, counted, decimal, fixed, number, percent, percent_brief, percent_full, rate,
    signed,
};
pub use phrase::{capital, shortened, spoken, uncapital};
pub use unit::{AxisUnit, Unit, interval};

use std::fmt;

/// Said where a figure is not known. Never zero.
pub const UNKNOWN: &str = "–";

/// A figure with its unit apart: `412` and `ms`. The unit is empty for plain counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figure {
    pub value: String,
    pub unit: String,
}

impl Figure {
    pub fn new(value: impl Into<String>, unit: impl Into<String>) -> Figure {
        Figure { value: value.into(), unit: unit.into() }
    }

    pub fn unknown() -> Figure {
        Figure::new(UNKNOWN, "")
    }
}

/// As running text: `412 ms`, `0.98%`, `1,904`.
impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let space = if self.unit.is_empty() || self.unit == "%" { "" } else { " " };
        write!(f, "{}{space}{}", self.value, self.unit)
    }
}
