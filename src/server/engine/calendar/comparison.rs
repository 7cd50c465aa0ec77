//! The period that a period is compared with (rule Q13), and the fair comparisons of the screens.

use super::{Span, day_start, instant, is_midnight, local, resolve, shift_days};
use chrono::{Months, TimeDelta};
use chrono_tz::Tz;
use parallax_domain::period::{Compare, NamedComparison};
use parallax_domain::{Comparison, Period, Problem};

const YEAR: Months = Months::new(12);

/// `previous`: as many local calendar days before as the period has, if both its ends are local midnights, else as many
/// seconds. `year`: the same calendar dates one year earlier. A custom period as it is.
pub fn compared(period: Period, with: Comparison, zone: Tz) -> Result<Period, Problem> {
    let span = Span::new(period)?;
    match with {
        Comparison::Named(NamedComparison::Previous) => Ok(previous(span, zone)),
        Comparison::Named(NamedComparison::Year) => Ok(year_before(span, zone)),
        Comparison::Custom(other) => {
            Span::new(other).map_err(|problem| Problem { field: Some("compare".to_owned()), ..problem })?;
            Ok(other)
        }
    }
}

/// What a screen shows beside its period. The weekday comparisons go back by whole weeks: the least number that holds
/// the period, or 52, so that Mondays stand against Mondays.
pub fn compared_on_screen(period: Period, with: Compare, zone: Tz) -> Option<Period> {
    let span = Span::new(period).ok()?;
    match with {
        Compare::None => None,
        Compare::Previous => Some(previous(span, zone)),
        Compare::Weekday => {
            let length = (local(zone, span.to) - local(zone, span.from)).max(TimeDelta::milliseconds(1));
            let week = TimeDelta::weeks(1).num_milliseconds();
            let weeks = (length.num_milliseconds() + week - 1) / week;
            Some(days_before(span, 7 * weeks, zone))
        }
        Compare::Year => Some(days_before(span, 7 * 52, zone)),
    }
}

fn previous(span: Span, zone: Tz) -> Period {
    if is_midnight(zone, span.from) && is_midnight(zone, span.to) {
        let days = (local(zone, span.to).date() - local(zone, span.from).date()).num_days();
        return days_before(span, days, zone);
    }
    Period { from: instant(span.from - (span.to - span.from)), to: instant(span.from) }
}

fn days_before(span: Span, days: i64, zone: Tz) -> Period {
    Period { from: instant(shift_days(zone, span.from, -days)), to: instant(shift_days(zone, span.to, -days)) }
}

fn year_before(span: Span, zone: Tz) -> Period {
    let shifted = |ms: i64| {
        let clock = local(zone, ms);
        if is_midnight(zone, ms) { day_start(zone, clock.date() - YEAR) } else { resolve(zone, clock - YEAR) }
    };
    let (from, to) = (shifted(span.from), shifted(span.to));
    if from < to {
        return Period { from: instant(from), to: instant(to) };
    }
    // 28 February of a leap year, until the 29th that the year before does not have: the last date itself counts.
    let last = shift_days(zone, span.to, -1);
    Period { from: instant(from), to: instant(shift_days(zone, shifted(last), 1)) }
}
