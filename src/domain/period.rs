//! Stretches of time. Turning words such as "today" into instants needs a time zone and therefore
//! happens in the server; here are only the words and the results.

use crate::Instant;
use serde::{Deserialize, Serialize};
use std::fmt;

/// `from` inclusive, `to` exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Period {
    pub from: Instant,
    pub to: Instant,
}

impl Period {
    pub fn seconds(&self) -> i64 {
        (self.to - self.from).num_seconds()
    }

    pub fn contains(&self, at: Instant) -> bool {
        self.from <= at && at < self.to
    }
}

/// Calendar buckets of the asked zone; weeks start on Monday.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Interval {
    Hour,
    #[default]
    Day,
    Week,
    Month,
}

impl Interval {
    pub fn word(self) -> &'static str {
        match self {
            Interval::Hour => "hour",
            Interval::Day => "day",
            Interval::Week => "week",
            Interval::Month => "month",
        }
    }
}

/// What an answer is compared with (contract rule Q13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Comparison {
    Named(NamedComparison),
    Custom(Period),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NamedComparison {
    /// The same number of local calendar days before, or the same seconds when the ends are no midnights.
    Previous,
    /// The same calendar dates one year earlier.
    Year,
}

/// The range that a page shows, as its address spells it. Relative ranges stay relative when shared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Range {
    Minutes(u32),
    Hours(u32),
    Today,
    Yesterday,
    Days(u32),
    MonthToDate,
    /// Local dates or date-times of the project's zone, `to` exclusive when it has a time, inclusive as a date.
    Between(String, String),
}

impl Range {
    /// Ranges offered in the menu, each with its key.
    pub const PRESETS: [(Range, &'static str); 10] = [
        (Range::Hours(1), ""),
        (Range::Hours(6), ""),
        (Range::Hours(24), "H"),
        (Range::Today, "D"),
        (Range::Yesterday, "E"),
        (Range::Days(7), "W"),
        (Range::Days(28), "F"),
        (Range::Days(30), "T"),
        (Range::Days(91), "N"),
        (Range::MonthToDate, "M"),
    ];

    pub fn parse(text: &str) -> Option<Range> {
        match text {
            "today" => return Some(Range::Today),
            "yesterday" => return Some(Range::Yesterday),
            "month" => return Some(Range::MonthToDate),
            _ => {}
        }
        if let Some((from, to)) = text.split_once("..") {
            let plausible = |end: &str| {
                end.len() >= 10 && end.len() <= 25 && end.chars().all(|c| c.is_ascii_digit() || "-:TZ+.".contains(c))
            };
            return (plausible(from) && plausible(to)).then(|| Range::Between(from.to_owned(), to.to_owned()));
        }
        let unit = text.chars().last()?;
        let count: u32 = text[..text.len() - unit.len_utf8()].parse().ok()?;
        match unit {
            'm' if (1..=1440).contains(&count) => Some(Range::Minutes(count)),
            'h' if (1..=744).contains(&count) => Some(Range::Hours(count)),
            'd' if (1..=760).contains(&count) => Some(Range::Days(count)),
            _ => None,
        }
    }

    pub fn label(&self) -> String {
        match self {
            Range::Minutes(1) => "Last minute".into(),
            Range::Minutes(n) => format!("Last {n} minutes"),
            Range::Hours(1) => "Last hour".into(),
            Range::Hours(n) => format!("Last {n} hours"),
            Range::Today => "Today".into(),
            Range::Yesterday => "Yesterday".into(),
            Range::Days(n) => format!("Last {n} days"),
            Range::MonthToDate => "Month to date".into(),
            Range::Between(from, to) => format!("{} to {}", from.replace('T', " "), to.replace('T', " ")),
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Range::Minutes(n) => write!(f, "{n}m"),
            Range::Hours(n) => write!(f, "{n}h"),
            Range::Today => f.write_str("today"),
            Range::Yesterday => f.write_str("yesterday"),
            Range::Days(n) => write!(f, "{n}d"),
            Range::MonthToDate => f.write_str("month"),
            Range::Between(from, to) => write!(f, "{from}..{to}"),
        }
    }
}

/// What a page compares its range with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Compare {
    None,
    Previous,
    /// The same weekdays, as many whole weeks before as the range needs: the fair comparison, and the default.
    #[default]
    Weekday,
    Year,
}

impl Compare {
    pub const ALL: [Compare; 4] = [Compare::Previous, Compare::Weekday, Compare::Year, Compare::None];

    pub fn parse(text: &str) -> Option<Compare> {
        Compare::ALL.into_iter().find(|compare| compare.word() == text)
    }

    pub fn word(self) -> &'static str {
        match self {
            Compare::None => "none",
            Compare::Previous => "previous",
            Compare::Weekday => "weekday",
            Compare::Year => "year",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Compare::None => "No comparison",
            Compare::Previous => "Previous period",
            Compare::Weekday => "Same weekdays before",
            Compare::Year => "Same weekdays last year",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_survive_their_address() {
        for (range, _) in Range::PRESETS {
            assert_eq!(Range::parse(&range.to_string()), Some(range));
        }
        let custom = Range::Between("2026-01-01".into(), "2026-01-31T12:00".into());
        assert_eq!(Range::parse(&custom.to_string()), Some(custom));
    }

    #[test]
    fn nonsense_is_no_range() {
        for text in ["", "h", "0h", "99999d", "5y", "a..b", "2026-01-01..'; drop", "ü"] {
            assert_eq!(Range::parse(text), None, "{text}");
        }
    }
}
