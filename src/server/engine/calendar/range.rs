//! A range as a page's address spells it, at an instant, in a zone.

use super::buckets::boundary_before;
use super::{DAY, HOUR, day_start, instant, local, millis, resolve};
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use parallax_domain::period::Range;
use parallax_domain::{Instant, Interval, Period, Problem};

/// Minutes and hours reach back from now; days are local calendar days, today included. A range never is empty: at its
/// very first instant "today" holds that millisecond.
pub fn period_of(range: &Range, zone: Tz, now: Instant) -> Result<Period, Problem> {
    let now = millis(now);
    let today = local(zone, now).date();
    let until_now = |from: i64| Period { from: instant(from), to: instant(now.max(from + 1)) };
    match range {
        Range::Minutes(count) => Ok(until_now(now - i64::from(*count) * HOUR / 60)),
        Range::Hours(count) => Ok(until_now(now - i64::from(*count) * HOUR)),
        Range::Today => Ok(until_now(day_start(zone, today))),
        Range::Yesterday => {
            Ok(Period { from: instant(day_start(zone, before(today, 1))), to: instant(day_start(zone, today)) })
        }
        Range::Days(count) => Ok(until_now(day_start(zone, before(today, u64::from(count.saturating_sub(1)))))),
        Range::MonthToDate => Ok(until_now(boundary_before(zone, Interval::Month, now))),
        Range::Between(from, to) => {
            let (from, _) = end(from, zone)?;
            let (to, is_date) = end(to, zone)?;
            let to = if is_date { after_its_day(zone, to) } else { to };
            if to <= from {
                return Err(Problem::invalid("range", "The end of the range must be after its start."));
            }
            Ok(Period { from: instant(from), to: instant(to) })
        }
    }
}

fn before(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
}

fn after_its_day(zone: Tz, ms: i64) -> i64 {
    let next = local(zone, ms).date().checked_add_days(Days::new(1));
    next.map_or(ms + DAY, |date| day_start(zone, date))
}

/// One end, and whether it is a date without a time.
fn end(text: &str, zone: Tz) -> Result<(i64, bool), Problem> {
    let wrong = || Problem::invalid("range", format!("{text:?} is no date such as 2026-01-31 or 2026-01-31T12:00."));
    let (ms, is_date) = if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        (day_start(zone, date), true)
    } else if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        (millis(at.to_utc()), false)
    } else {
        let clock = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%.f"]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            .ok_or_else(wrong)?;
        (resolve(zone, clock), false)
    };
    if (super::EARLIEST..=super::LATEST).contains(&ms) { Ok((ms, is_date)) } else { Err(wrong()) }
}
