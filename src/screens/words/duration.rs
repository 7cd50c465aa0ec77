//! Lengths of time and ages.

use super::number::{fixed, significant};
use super::{Figure, UNKNOWN};

const SECOND: f64 = 1_000.0;
const MINUTE: f64 = 60.0 * SECOND;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;

/// A duration of so many milliseconds on a card: `0.4 ms`, `412 ms`, `1.9 s`, `3 min 20 s`, `3.2 h`, `2 d 4 h`.
pub fn duration(ms: Option<f64>) -> Figure {
    let Some(ms) = ms.filter(|ms| ms.is_finite()) else { return Figure::unknown() };
    let size = ms.abs();
    let in_unit = |unit: f64, name: &str| Figure::new(significant(ms / unit), name);
    match size {
        _ if size == 0.0 => Figure::new("0", "ms"),
        _ if size < 0.000_999_5 => in_unit(0.000_001, "ns"),
        _ if size < 0.099_95 => in_unit(0.001, "µs"),
        _ if size < 999.5 => in_unit(1.0, "ms"),
        _ if size < 9.95 * SECOND => Figure::new(short(ms / SECOND), "s"),
        _ if size < 59.5 * SECOND => Figure::new(fixed(ms / SECOND, 0), "s"),
        _ if size < 9.5 * MINUTE => two(ms, MINUTE, "min", SECOND, "s"),
        _ if size < 59.5 * MINUTE => Figure::new(fixed(ms / MINUTE, 0), "min"),
        _ if size < 9.95 * HOUR => Figure::new(short(ms / HOUR), "h"),
        _ if size < 47.5 * HOUR => Figure::new(fixed(ms / HOUR, 0), "h"),
        _ if size < 9.5 * DAY => two(ms, DAY, "d", HOUR, "h"),
        _ => Figure::new(fixed(ms / DAY, 0), "d"),
    }
}

fn short(value: f64) -> String {
    super::number::trim(&fixed(value, 1)).to_owned()
}

/// `3 min 20 s`, or `3 min` when nothing is left over.
fn two(ms: f64, large: f64, large_name: &str, small: f64, small_name: &str) -> Figure {
    let sign = if ms < 0.0 { "−" } else { "" };
    let smalls = (ms.abs() / small).round();
    let per = (large / small).round();
    let (whole, rest) = ((smalls / per).floor(), smalls % per);
    if rest == 0.0 {
        return Figure::new(format!("{sign}{}", fixed(whole, 0)), large_name);
    }
    Figure::new(format!("{sign}{} {large_name} {}", fixed(whole, 0), fixed(rest, 0)), small_name)
}

/// A duration in a table: `1,904 ms` up to a minute, then two units: `3 min 20 s`, `6 h 36 min`.
pub fn duration_full(ms: Option<f64>) -> String {
    let Some(ms) = ms.filter(|ms| ms.is_finite()) else { return UNKNOWN.to_owned() };
    let size = ms.abs();
    match size {
        _ if size < 10.0 => format!("{} ms", significant(ms)),
        _ if size < MINUTE => format!("{} ms", fixed(ms, 0)),
        _ if size < HOUR => two(ms, MINUTE, "min", SECOND, "s").to_string(),
        _ if size < DAY => two(ms, HOUR, "h", MINUTE, "min").to_string(),
        _ => two(ms, DAY, "d", HOUR, "h").to_string(),
    }
}

fn age(seconds: i64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// How old a figure is: `12 s old`. A clock that runs ahead makes nothing younger than now.
pub fn old(seconds: i64) -> String {
    format!("{} old", age(seconds.max(0)))
}

/// When something happened: `3 min ago`, `now`.
pub fn ago(seconds: i64) -> String {
    if seconds < 1 { "now".to_owned() } else { format!("{} ago", age(seconds)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(ms: f64) -> String {
        duration(Some(ms)).to_string()
    }

    #[test]
    fn durations_take_the_unit_people_would_say() {
        let cases = [
            (0.0, "0 ms"),
            (0.000_012, "12 ns"),
            (0.038, "38 µs"),
            (0.4, "0.4 ms"),
            (412.0, "412 ms"),
            (999.4, "999 ms"),
            (999.6, "1 s"),
            (1_904.0, "1.9 s"),
            (42_000.0, "42 s"),
            (59_600.0, "1 min"),
            (180_000.0, "3 min"),
            (200_000.0, "3 min 20 s"),
            (2_460_000.0, "41 min"),
            (3_590_000.0, "1 h"),
            (11_520_000.0, "3.2 h"),
            (68_400_000.0, "19 h"),
            (187_200_000.0, "2 d 4 h"),
            (2_073_600_000.0, "24 d"),
        ];
        for (ms, words) in cases {
            assert_eq!(text(ms), words, "{ms} ms");
        }
    }

    #[test]
    fn the_last_unit_stands_apart() {
        assert_eq!(duration(Some(187_200_000.0)), Figure::new("2 d 4", "h"));
        assert_eq!(duration(Some(412.0)), Figure::new("412", "ms"));
        assert_eq!(duration(None), Figure::unknown());
        assert_eq!(text(-1_904.0), "−1.9 s");
    }

    #[test]
    fn tables_keep_milliseconds_up_to_a_minute() {
        assert_eq!(duration_full(Some(4.25)), "4.25 ms");
        assert_eq!(duration_full(Some(1_904.2)), "1,904 ms");
        assert_eq!(duration_full(Some(200_000.0)), "3 min 20 s");
        assert_eq!(duration_full(Some(23_760_000.0)), "6 h 36 min");
        assert_eq!(duration_full(Some(187_200_000.0)), "2 d 4 h");
        assert_eq!(duration_full(None), "–");
    }

    #[test]
    fn ages_are_short() {
        assert_eq!(old(12), "12 s old");
        assert_eq!(old(-3), "0 s old");
        assert_eq!(ago(200), "3 min ago");
        assert_eq!(ago(7_300), "2 h ago");
        assert_eq!(ago(259_200), "3 d ago");
        assert_eq!(ago(0), "now");
    }
}
