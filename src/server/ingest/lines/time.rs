//! Times as programs write them.

use super::Received;
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

/// The time at the start of the text, and how many bytes it takes. Brackets around it count as part of it.
pub(super) fn leading(text: &str, received: Received) -> Option<(DateTime<Utc>, usize)> {
    let bracket = usize::from(text.starts_with('['));
    let inner = text.get(bracket..)?;
    let (at, length) = iso(inner).or_else(|| month_first(inner, received)).or_else(|| day_first(inner))?;
    let end = bracket + length;
    match text.as_bytes().get(end) {
        Some(b']') if bracket == 1 => Some((at, end + 1)),
        None | Some(b' ' | b'\t' | b'|' | b',' | b':' | b';' | b')' | b'-') if bracket == 0 => Some((at, end)),
        _ => None,
    }
}

/// A text that is nothing but a time.
pub(super) fn whole(text: &str, received: Received) -> Option<DateTime<Utc>> {
    let text = text.trim();
    leading(text, received).filter(|(_, length)| *length == text.len()).map(|(at, _)| at)
}

/// Seconds, milli-, micro- or nanoseconds since 1970, told apart by their size.
pub(super) fn since_1970(number: f64) -> Option<DateTime<Utc>> {
    if !(1e8..1e20).contains(&number) {
        return None;
    }
    let seconds = match number {
        _ if number < 1e11 => number,
        _ if number < 1e14 => number / 1e3,
        _ if number < 1e17 => number / 1e6,
        _ => number / 1e9,
    };
    DateTime::from_timestamp_micros((seconds * 1e6).round() as i64)
}

/// A reader of fixed shapes: each step either takes what it expects or ends the attempt.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Cursor<'a> {
        Cursor { bytes: text.as_bytes(), at: 0 }
    }

    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or_default()
    }

    fn take(&mut self, expected: &[u8]) -> Option<u8> {
        let byte = self.peek();
        expected.contains(&byte).then(|| {
            self.at += 1;
            byte
        })
    }

    /// A number of so many digits.
    fn number(&mut self, least: usize, most: usize) -> Option<u32> {
        let digits = self.bytes.get(self.at..)?.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        if digits < least {
            return None;
        }
        let number =
            self.bytes[self.at..self.at + digits].iter().fold(0, |sum, byte| sum * 10 + u32::from(byte - b'0'));
        self.at += digits;
        Some(number)
    }

    fn word(&mut self, length: usize) -> Option<&'a [u8]> {
        let word = self.bytes.get(self.at..self.at + length)?;
        self.at += length;
        word.iter().all(u8::is_ascii_alphabetic).then_some(word)
    }

    /// `14:32`, `14:32:18`, `14:32:18.123456789` or with a comma.
    fn clock(&mut self, seconds: bool) -> Option<NaiveTime> {
        let hour = self.number(2, 2)?;
        self.take(b":")?;
        let minute = self.number(2, 2)?;
        let mut second = 0;
        if self.take(b":").is_some() {
            second = self.number(2, 2)?;
        } else if seconds {
            return None;
        }
        let mut nanos = 0;
        let fraction =
            matches!(self.peek(), b'.' | b',') && self.bytes.get(self.at + 1).is_some_and(u8::is_ascii_digit);
        if fraction {
            self.at += 1;
            let start = self.at;
            nanos = self.number(1, 9)?;
            nanos *= 10u32.pow(9 - u32::try_from(self.at - start).ok()?);
            while self.peek().is_ascii_digit() {
                self.at += 1;
            }
        }
        // A leap second has no place on the clock; the moment before it has.
        NaiveTime::from_hms_nano_opt(hour, minute, second.min(59), nanos).filter(|_| second <= 60)
    }

    /// Seconds east of UTC of the zone that follows, if one does.
    fn zone(&mut self) -> Option<i32> {
        const NAMES: [(&str, i32); 16] = [
            ("UTC", 0),
            ("GMT", 0),
            ("Z", 0),
            ("WET", 0),
            ("WEST", 1),
            ("CEST", 2),
            ("CET", 1),
            ("EEST", 3),
            ("EET", 2),
            ("MSK", 3),
            ("JST", 9),
            ("EST", -5),
            ("EDT", -4),
            ("CDT", -5),
            ("PST", -8),
            ("PDT", -7),
        ];
        let start = self.at;
        let apart = self.take(b" ").is_some();
        if let Some(sign) = self.take(b"+-") {
            let offset = self.number(2, 2).and_then(|hours| {
                self.take(b":");
                let minutes = self.number(2, 2);
                // `14:32:18 +10 points` names no zone.
                let minutes = if apart { minutes? } else { minutes.unwrap_or_default() };
                (hours <= 15 && minutes < 60 && !self.peek().is_ascii_digit())
                    .then(|| i32::try_from(hours * 3600 + minutes * 60).ok())?
            });
            if let Some(offset) = offset {
                return Some(if sign == b'-' { -offset } else { offset });
            }
        }
        self.at = start + usize::from(apart);
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let known = NAMES.iter().find(|(name, _)| {
            rest.get(..name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()))
                && !rest.get(name.len()).is_some_and(u8::is_ascii_alphanumeric)
        });
        match known {
            Some((name, hours)) => {
                self.at += name.len();
                Some(hours * 3600)
            }
            None => {
                self.at = start;
                None
            }
        }
    }
}

fn utc(local: NaiveDateTime, offset: i32) -> Option<DateTime<Utc>> {
    local.checked_sub_signed(TimeDelta::seconds(i64::from(offset))).map(|at| at.and_utc())
}

/// `2026-01-15T14:32:18.123+01:00`, `2026-01-15 14:32:18,123`, `2026/01/15 14:32`
fn iso(text: &str) -> Option<(DateTime<Utc>, usize)> {
    let mut cursor = Cursor::new(text);
    let year = cursor.number(4, 4)?;
    let dash = cursor.take(b"-/.")?;
    let month = cursor.number(2, 2)?;
    cursor.take(&[dash])?;
    let day = cursor.number(2, 2)?;
    cursor.take(b"T t_")?;
    let clock = cursor.clock(false)?;
    let offset = cursor.zone().unwrap_or_default();
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some((utc(date.and_time(clock), offset)?, cursor.at))
}

fn month(name: &[u8]) -> Option<u32> {
    const MONTHS: [&[u8]; 12] =
        [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    let index = MONTHS.iter().position(|month| name.eq_ignore_ascii_case(month))?;
    u32::try_from(index + 1).ok()
}

/// `Jan 15 14:32:18`, `Jan  5 2026 14:32:18`, `Thu Jan 15 14:32:18.123 2026`
fn month_first(text: &str, received: Received) -> Option<(DateTime<Utc>, usize)> {
    let mut cursor = Cursor::new(text);
    let mut name = cursor.word(3)?;
    cursor.take(b" ")?;
    if matches!(name, b"Mon" | b"Tue" | b"Wed" | b"Thu" | b"Fri" | b"Sat" | b"Sun") {
        name = cursor.word(3)?;
        cursor.take(b" ")?;
    }
    let month = month(name)?;
    cursor.take(b" ");
    let day = cursor.number(1, 2)?;
    cursor.take(b" ")?;
    let mut year = None;
    if cursor.bytes.get(cursor.at + 4) == Some(&b' ') {
        year = cursor.number(4, 4);
        cursor.take(b" ");
    }
    let clock = cursor.clock(true)?;
    let before = cursor.at;
    if year.is_none() && cursor.take(b" ").is_some() {
        year = cursor.number(4, 4).filter(|year| (1990..2200).contains(year) && !cursor.peek().is_ascii_alphanumeric());
        if year.is_none() {
            cursor.at = before;
        }
    }
    let at = match year {
        Some(year) => NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?.and_time(clock).and_utc(),
        None => nearest_year(month, day, clock, received)?,
    };
    Some((at, cursor.at))
}

/// `15/Jan/2026:14:32:18 +0100`
fn day_first(text: &str) -> Option<(DateTime<Utc>, usize)> {
    let mut cursor = Cursor::new(text);
    let day = cursor.number(2, 2)?;
    cursor.take(b"/")?;
    let month = month(cursor.word(3)?)?;
    cursor.take(b"/")?;
    let year = cursor.number(4, 4)?;
    cursor.take(b":")?;
    let clock = cursor.clock(true)?;
    let offset = cursor.zone().unwrap_or_default();
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some((utc(date.and_time(clock), offset)?, cursor.at))
}

/// `0115 14:32:18.123456` behind the letter of a klog line.
pub(super) fn month_and_day(text: &str, received: Received) -> Option<(DateTime<Utc>, usize)> {
    let mut cursor = Cursor::new(text);
    let month = cursor.number(2, 2)?;
    let day = cursor.number(2, 2)?;
    cursor.take(b" ")?;
    let clock = cursor.clock(true)?;
    Some((nearest_year(month, day, clock, received)?, cursor.at))
}

/// A date without a year is the one nearest to the day of receipt.
fn nearest_year(month: u32, day: u32, clock: NaiveTime, received: Received) -> Option<DateTime<Utc>> {
    let received = received?;
    let year = received.year();
    [year - 1, year, year + 1]
        .into_iter()
        .filter_map(|year| Some(NaiveDate::from_ymd_opt(year, month, day)?.and_time(clock).and_utc()))
        .min_by_key(|at| (*at - received).abs())
}
