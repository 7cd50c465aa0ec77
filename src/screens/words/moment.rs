//! Moments on the wall of the project's zone. The zone itself is said once, in the filter bar.

use chrono::{Datelike, Days, NaiveDateTime, Timelike};
use parallax_domain::Interval;

/// How long a bucket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    Seconds(u32),
    Day,
    Week,
    Month,
}

impl From<Interval> for Length {
    fn from(interval: Interval) -> Length {
        match interval {
            Interval::Hour => Length::Seconds(3_600),
            Interval::Day => Length::Day,
            Interval::Week => Length::Week,
            Interval::Month => Length::Month,
        }
    }
}

impl Length {
    /// Whether a bucket is named by its date rather than by its hour.
    pub fn is_calendar(self) -> bool {
        !matches!(self, Length::Seconds(seconds) if seconds < 86_400)
    }
}

/// `14:32`.
pub fn clock(wall: NaiveDateTime) -> String {
    format!("{:02}:{:02}", wall.hour(), wall.minute())
}

/// `19 Nov`.
pub fn day(wall: NaiveDateTime) -> String {
    wall.format("%-d %b").to_string()
}

/// `Thu 19 Nov`.
pub fn day_of_week(wall: NaiveDateTime) -> String {
    wall.format("%a %-d %b").to_string()
}

/// `Nov 2026`.
pub fn month(wall: NaiveDateTime) -> String {
    wall.format("%b %Y").to_string()
}

/// To the second, for tables of single records: `19 Nov 2026, 14:47:18`.
pub fn exact(wall: NaiveDateTime) -> String {
    wall.format("%-d %b %Y, %H:%M:%S").to_string()
}

/// A bucket by its start, as table and crosshair name it: `Thu 19 Nov, 18:30 to 19:00`, `Thu 19 Nov`,
/// `16 to 22 Nov`, `Nov 2026`.
pub fn bucket(start: NaiveDateTime, length: Length) -> String {
    match length {
        Length::Seconds(seconds) if seconds < 60 => format!("{}, {}", day_of_week(start), start.format("%H:%M:%S")),
        Length::Seconds(seconds) => {
            let end = start + chrono::TimeDelta::seconds(i64::from(seconds));
            format!("{}, {} to {}", day_of_week(start), clock(start), clock(end))
        }
        Length::Day => day_of_week(start),
        Length::Week => {
            let end = start.checked_add_days(Days::new(6)).unwrap_or(start);
            let first = if start.month() == end.month() { start.day().to_string() } else { day(start) };
            format!("{first} to {}", day(end))
        }
        Length::Month => month(start),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn wall(month: u32, day: u32, hour: u32, minute: u32) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2026, month, day)
            .and_then(|date| date.and_hms_opt(hour, minute, 18))
            .unwrap_or_default()
    }

    #[test]
    fn moments_read_as_on_a_wall_clock() {
        let at = wall(11, 19, 14, 7);
        assert_eq!(clock(at), "14:07");
        assert_eq!(day(at), "19 Nov");
        assert_eq!(day_of_week(at), "Thu 19 Nov");
        assert_eq!(month(at), "Nov 2026");
        assert_eq!(exact(at), "19 Nov 2026, 14:07:18");
    }

    #[test]
    fn buckets_name_their_whole_length() {
        assert_eq!(bucket(wall(11, 19, 18, 30), Length::Seconds(1_800)), "Thu 19 Nov, 18:30 to 19:00");
        assert_eq!(bucket(wall(11, 19, 18, 30), Length::Seconds(10)), "Thu 19 Nov, 18:30:18");
        assert_eq!(bucket(wall(11, 19, 0, 0), Length::Day), "Thu 19 Nov");
        assert_eq!(bucket(wall(11, 16, 0, 0), Length::Week), "16 to 22 Nov");
        assert_eq!(bucket(wall(10, 26, 0, 0), Length::Week), "26 Oct to 1 Nov");
        assert_eq!(bucket(wall(11, 1, 0, 0), Length::Month), "Nov 2026");
    }
}
