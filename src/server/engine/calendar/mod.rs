//! The calendar of a time zone: buckets, comparisons, and ranges as people say them.

mod buckets;
mod comparison;
mod range;

pub(super) use buckets::boundary_before;
pub use buckets::{Buckets, MAX_BUCKETS, next_boundary};
pub use comparison::{compared, compared_on_screen};
pub use range::period_of;

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;
use parallax_domain::{Instant, Interval, Period, Problem};

pub const HOUR: i64 = 3_600_000;
pub const DAY: i64 = 24 * HOUR;

/// The first and last instants with which the calendar works: whole years 1 to 9998, so that no step leaves the range
/// of the date type.
const EARLIEST: i64 = -62_135_596_800_000;
const LATEST: i64 = 253_370_764_800_000;

/// A zone by its name in the IANA database.
pub fn zone(name: &str) -> Result<Tz, Problem> {
    name.parse()
        .map_err(|_| Problem::invalid("zone", format!("There is no time zone {name:?}; an example is Europe/Berlin.")))
}

/// Unix milliseconds of a bound. Stored times are whole milliseconds, so a bound inside one means the next: with it
/// `from <= t` and `t < to` hold exactly as they do for the finer bound (rule A17).
pub fn millis(bound: Instant) -> i64 {
    let floor = bound.timestamp_millis();
    let exact = bound.timestamp_subsec_nanos().is_multiple_of(1_000_000);
    if exact { floor } else { floor + 1 }
}

pub fn instant(ms: i64) -> Instant {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

/// A period in Unix milliseconds, `from` inclusive, `to` exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: i64,
    pub to: i64,
}

impl Span {
    /// Refuses an empty or reversed period (rule E1), naming `to`.
    pub fn new(period: Period) -> Result<Span, Problem> {
        if period.to <= period.from {
            return Err(Problem::invalid("to", "The end of the range must be after its start."));
        }
        let span = Span { from: millis(period.from), to: millis(period.to) };
        if span.from < EARLIEST || span.to > LATEST {
            let member = if span.from < EARLIEST { "from" } else { "to" };
            return Err(Problem::invalid(member, "The range must lie within the years 1 to 9998."));
        }
        Ok(span)
    }

    pub fn contains(&self, at: i64) -> bool {
        self.from <= at && at < self.to
    }
}

/// The start of the local day that the instant lies in, in Unix milliseconds.
pub fn local_day(zone: Tz, ms: i64) -> i64 {
    boundary_before(zone, Interval::Day, ms)
}

/// The start of the local day after it.
pub fn next_local_day(zone: Tz, ms: i64) -> i64 {
    next_boundary(zone, Interval::Day, ms)
}

/// The wall clock of the zone.
fn local(zone: Tz, ms: i64) -> NaiveDateTime {
    instant(ms).with_timezone(&zone).naive_local()
}

fn offset_seconds(zone: Tz, second: i64) -> i64 {
    let at = DateTime::from_timestamp(second, 0).unwrap_or_default();
    i64::from(zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc())
}

/// The instant at which the zone's clock shows this time: the first of two, or where the clock jumps over it the
/// instant of the jump.
fn resolve(zone: Tz, clock: NaiveDateTime) -> i64 {
    match zone.from_local_datetime(&clock) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.timestamp_millis(),
        LocalResult::None => {
            // No zone is further than 15 hours from UTC, and around a jump the clock passes every time at most once.
            let wanted = clock.and_utc().timestamp();
            let (mut before, mut after) = (wanted - 27 * 3600, wanted + 27 * 3600);
            while after - before > 1 {
                let middle = before + (after - before) / 2;
                if middle + offset_seconds(zone, middle) >= wanted { after = middle } else { before = middle }
            }
            after * 1000
        }
    }
}

/// The first instant of a local day, also where its midnight does not exist (rule Q8).
fn day_start(zone: Tz, date: NaiveDate) -> i64 {
    resolve(zone, date.and_time(NaiveTime::MIN))
}

fn is_midnight(zone: Tz, ms: i64) -> bool {
    day_start(zone, local(zone, ms).date()) == ms
}

/// The same clock time so many days later (negative: earlier).
fn shift_days(zone: Tz, ms: i64, days: i64) -> i64 {
    if is_midnight(zone, ms) {
        return day_start(zone, local(zone, ms).date() + TimeDelta::days(days));
    }
    resolve(zone, local(zone, ms) + TimeDelta::days(days))
}
