//! Days, hours and the tide of visitors. Instants are milliseconds since 1970 in here; days are UTC days.

use super::random;
use super::scenario::Traffic;
use chrono::{DateTime, Utc};

pub const SECOND: i64 = 1_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

pub fn day_of(at: i64) -> i64 {
    at.div_euclid(DAY)
}

/// 0 is Monday.
pub fn weekday(day: i64) -> usize {
    (day + 3).rem_euclid(7) as usize
}

/// RFC 3339 with milliseconds. Written by hand: chrono's formatter costs more than the rest of an event.
pub fn rfc3339(at: i64) -> String {
    let (year, month, day) = date(day_of(at));
    let within = at.rem_euclid(DAY);
    let mut text = String::with_capacity(24);
    digits(&mut text, year, 4);
    for (mark, value, width) in [
        ('-', month, 2),
        ('-', day, 2),
        ('T', within / HOUR, 2),
        (':', within % HOUR / MINUTE, 2),
        (':', within % MINUTE / SECOND, 2),
        ('.', within % SECOND, 3),
    ] {
        text.push(mark);
        digits(&mut text, value, width);
    }
    text.push('Z');
    text
}

/// `2026-01-15 14:32:18`, as old log writers have it.
pub fn log_time(at: i64) -> String {
    let text = rfc3339(at);
    format!("{} {}", &text[..10], &text[11..19])
}

/// `2026-01-15`.
pub fn date_text(day: i64) -> String {
    rfc3339(day * DAY)[..10].to_owned()
}

fn digits(text: &mut String, value: i64, width: u32) {
    for place in (0..width).rev() {
        let digit = value / 10_i64.pow(place) % 10;
        text.push(char::from(b'0' + digit as u8));
    }
}

/// Civil date of a day number (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn date(day: i64) -> (i64, i64, i64) {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1)
}

pub fn month_word(at: i64) -> &'static str {
    const WORDS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let month = date(day_of(at)).1;
    WORDS.get(month as usize - 1).copied().unwrap_or("jan")
}

/// Whether clocks in Europe (and near enough in America) show summer time.
pub fn summer(day: i64) -> bool {
    let (_, month, of_month) = date(day);
    match month {
        4..=9 => true,
        3 => of_month >= 28,
        10 => of_month < 28,
        _ => false,
    }
}

pub fn instant(at: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at).unwrap_or_default()
}

/// The tide: how many people are about at an instant, in proportion.
#[derive(Clone, Debug)]
pub struct Tide {
    hours: [f64; 24],
    running: [f64; 24],
    weekdays: [f64; 7],
    growth: f64,
    last_day: i64,
    seed: u64,
}

impl Tide {
    pub fn new(traffic: &Traffic, end: i64, seed: u64) -> Tide {
        let sum: f64 = traffic.hours.iter().sum();
        let mut running = [0.0; 24];
        let mut total = 0.0;
        for (slot, weight) in running.iter_mut().zip(traffic.hours) {
            total += weight / sum;
            *slot = total;
        }
        let last_day = day_of(end);
        Tide { hours: traffic.hours, running, weekdays: traffic.weekdays, growth: traffic.growth, last_day, seed }
    }

    /// Factor of a whole day: weekday, growth and the luck of the day.
    pub fn day(&self, day: i64) -> f64 {
        let luck = 1.0 + 0.04 * (2.0 * random::unit(random::key(&[self.seed, 71, day as u64])) - 1.0);
        self.weekday(day) * (self.growth * (day - self.last_day) as f64).exp() * luck
    }

    pub fn weekday(&self, day: i64) -> f64 {
        self.weekdays[weekday(day)]
    }

    /// Milliseconds into the UTC day for somebody whose clock is `offset` hours ahead; `luck` in [0, 1).
    pub fn moment(&self, luck: f64, offset: i64) -> i64 {
        let hour = self.running.iter().position(|share| luck < *share).unwrap_or(23);
        let before = if hour == 0 { 0.0 } else { self.running[hour - 1] };
        let share = (luck - before) / (self.running[hour] - before);
        ((hour as i64 - offset).rem_euclid(24) * HOUR) + (share * HOUR as f64) as i64
    }

    /// Load of the machines, 1 on a usual afternoon: the hours of central Europe, interpolated.
    pub fn load(&self, at: i64) -> f64 {
        let day = day_of(at);
        let local = (at + HOUR * (1 + i64::from(summer(day)))).rem_euclid(DAY) as f64 / HOUR as f64 - 0.5;
        let left = local.floor();
        let share = local - left;
        let weight = |hour: f64| self.hours[(hour as i64).rem_euclid(24) as usize];
        let hour = (weight(left) * (1.0 - share) + weight(left + 1.0) * share) / 5.2;
        // Midnight must not be a step, so that one weekday turns into the next over four hours.
        let into = at.rem_euclid(DAY) as f64 / DAY as f64 * 6.0;
        let (today, other) =
            (self.weekday(day), if into < 3.0 { self.weekday(day - 1) } else { self.weekday(day + 1) });
        let near = (0.5 - into.min(6.0 - into) / 2.0).max(0.0);
        let level = today * (1.0 - near) + other * near;
        hour * level * (self.growth * (at / DAY - self.last_day) as f64).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenario::Scenario;
    use super::*;
    use chrono::Datelike;

    #[test]
    fn the_hand_written_date_agrees_with_the_calendar() {
        for day in (-3_000..40_000).step_by(17) {
            let at = instant(day * DAY);
            assert_eq!(date(day), (i64::from(at.year()), i64::from(at.month()), i64::from(at.day())));
        }
        assert_eq!(rfc3339(1_768_487_538_042), "2026-01-15T14:32:18.042Z");
        assert_eq!(log_time(1_768_487_538_042), "2026-01-15 14:32:18");
        assert_eq!(weekday(day_of(1_768_487_538_042)), 3, "a Thursday");
    }

    #[test]
    fn the_evening_is_full_and_the_night_is_empty() {
        let traffic = Scenario::fernhill().expect("built in").traffic;
        let tide = Tide::new(&traffic, 1_768_487_538_042, 1);
        let day = day_of(1_768_487_538_042) * DAY;
        assert!(tide.load(day + 19 * HOUR) > 4.0 * tide.load(day + 2 * HOUR));
        for minute in 0..7 * 24 * 60 {
            let step = tide.load(day + minute * MINUTE) - tide.load(day + (minute + 1) * MINUTE);
            assert!(step.abs() < 0.02, "minute {minute} jumps by {step}");
        }
        let evening = (0..10_000).filter(|i| (17..21).contains(&(tide.moment(f64::from(*i) / 1e4, 1) / HOUR))).count();
        assert!((2_500..3_500).contains(&evening), "{evening}");
    }
}
