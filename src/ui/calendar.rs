//! Civil dates and local times as text, for the date picker, for dragging over a chart and for
//! stepping through periods. The browser build has no date library: these are a few whole-number rules.
//!
//! Conversions between days and dates follow Howard Hinnant, "chrono-compatible low-level date algorithms".

/// Days since 1970-01-01 of the proleptic Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub i64);

impl Day {
    pub fn of(year: i64, month: i64, day: i64) -> Day {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
        Day(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
    }

    /// Year, month 1 to 12, day 1 to 31.
    pub fn civil(self) -> (i64, i64, i64) {
        let shifted = self.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        (year_of_era + era * 400 + i64::from(month <= 2), month, day)
    }

    /// 0 is Monday.
    pub fn weekday(self) -> i64 {
        (self.0 + 3).rem_euclid(7)
    }

    pub fn plus(self, days: i64) -> Day {
        Day(self.0 + days)
    }

    /// The same day of another month, or its last one.
    pub fn plus_months(self, months: i64) -> Day {
        let (year, month, day) = self.civil();
        let months = year * 12 + month - 1 + months;
        let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
        Day::of(year, month, day.min(length(year, month)))
    }

    /// `2026-11-19`; text behind the date is ignored.
    pub fn parse(text: &str) -> Option<Day> {
        let mut parts = text.get(..10)?.split('-').map(|part| part.parse::<i64>().ok());
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        ((1..=12).contains(&month) && (1..=length(year, month)).contains(&day)).then(|| Day::of(year, month, day))
    }

    pub fn text(self) -> String {
        let (year, month, day) = self.civil();
        format!("{year:04}-{month:02}-{day:02}")
    }
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Seconds of a local time text since its 1970, whatever the zone: `2026-11-19`, `2026-11-19T14:32`, `…:05Z`.
pub fn seconds(text: &str) -> Option<i64> {
    let day = Day::parse(text)?;
    let clock = text.get(11..).unwrap_or_default().trim_end_matches('Z');
    let mut parts = clock.split(':').map(|part| part.get(..2).and_then(|part| part.parse::<i64>().ok()).unwrap_or(0));
    let (hour, minute, second) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    Some(day.0 * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// `14:32:19` of a time in seconds since 1970, UTC.
pub fn clock_text(seconds: i64) -> String {
    let clock = seconds.rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", clock / 3_600, clock / 60 % 60, clock % 60)
}

/// The reverse of [`seconds`], in the spelling of `like`: with or without seconds, with or without `Z`.
pub fn local_text(seconds: i64, like: &str) -> String {
    let (day, clock) = (Day(seconds.div_euclid(86_400)), seconds.rem_euclid(86_400));
    let mut text = format!("{}T{:02}:{:02}", day.text(), clock / 3_600, clock / 60 % 60);
    if clock % 60 != 0 || like.len() > 16 {
        text.push_str(&format!(":{:02}", clock % 60));
    }
    if like.ends_with('Z') {
        text.push('Z');
    }
    text
}

/// A stretch between two local texts, moved by `times` its own length. Dates are inclusive.
pub fn moved(from: &str, to: &str, times: i64) -> Option<(String, String)> {
    if from.len() == 10 && to.len() == 10 {
        let (from, to) = (Day::parse(from)?, Day::parse(to)?);
        let days = (to.0 - from.0 + 1) * times;
        return Some((from.plus(days).text(), to.plus(days).text()));
    }
    let (start, end) = (seconds(from)?, seconds(to)?);
    let by = (end - start) * times;
    Some((local_text(start + by, from), local_text(end + by, to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_centuries_survives_its_spelling() {
        for number in -100_000..60_000 {
            let (year, month, day) = Day(number).civil();
            assert_eq!(Day::of(year, month, day), Day(number));
            assert_eq!(Day::parse(&Day(number).text()), Some(Day(number)));
        }
    }

    #[test]
    fn the_nineteenth_of_november_2026_is_a_thursday() {
        assert_eq!(Day::of(2026, 11, 19).weekday(), 3);
    }

    #[test]
    fn a_month_after_the_end_of_january_is_the_end_of_february() {
        assert_eq!(Day::of(2028, 1, 31).plus_months(1).text(), "2028-02-29");
        assert_eq!(Day::of(2026, 3, 31).plus_months(-13).text(), "2025-02-28");
    }

    #[test]
    fn impossible_dates_are_none() {
        for text in ["2026-02-29", "2026-13-01", "2026-1-1", "today", ""] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_period_moves_by_its_own_length() {
        assert_eq!(moved("2026-03-01", "2026-03-07", -1), Some(("2026-02-22".into(), "2026-02-28".into())));
        assert_eq!(
            moved("2026-11-19T22:30", "2026-11-20T04:30", 1),
            Some(("2026-11-20T04:30".into(), "2026-11-20T10:30".into()))
        );
    }

    #[test]
    fn a_time_keeps_the_spelling_of_its_neighbour() {
        let at = seconds("2026-11-19T14:32").unwrap_or_default();
        assert_eq!(local_text(at, "2026-11-19T14:00"), "2026-11-19T14:32");
        assert_eq!(local_text(at, "2026-11-19T14:00:00Z"), "2026-11-19T14:32:00Z");
    }
}
