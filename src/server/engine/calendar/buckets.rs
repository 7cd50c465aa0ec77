//! Buckets of a calendar (rules Q8, E1, E2).

use super::{DAY, HOUR, Span, day_start, instant, local, offset_seconds, zone};
use chrono::{Datelike, Days, Months, NaiveDate, TimeDelta};
use chrono_tz::Tz;
use parallax_domain::{Instant, Interval, Period, Problem};

pub const MAX_BUCKETS: usize = 10_000;

/// Widths below a day that charts choose from, in seconds.
const STEPS: [i64; 16] = [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200, 86_400];

/// As many buckets as a chart can show.
const ON_A_CHART: i64 = 125;

/// Stretches of time without a hole that cover a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buckets {
    /// Starts in Unix milliseconds, and the end of the last bucket.
    edges: Vec<i64>,
    mean: i64,
}

impl Buckets {
    /// Calendar buckets of the zone that touch the period. The first may begin before `from`, the last end after `to`.
    /// Refuses an unknown zone, an empty period, and more than [`MAX_BUCKETS`], naming the member of the request.
    pub fn new(zone_name: &str, interval: Interval, from: Instant, to: Instant) -> Result<Buckets, Problem> {
        let zone = zone(zone_name)?;
        let span = Span::new(Period { from, to })?;
        Buckets::of(zone, interval, span)
    }

    pub(in crate::engine) fn of(zone: Tz, interval: Interval, span: Span) -> Result<Buckets, Problem> {
        let shortest = match interval {
            Interval::Hour => HOUR,
            Interval::Day => 20 * HOUR,
            Interval::Week => 6 * DAY,
            Interval::Month => 27 * DAY,
        };
        // Refuses the hopeless before anything is built; the exact count decides.
        let hopeless = (span.to - span.from) / 2 / shortest > MAX_BUCKETS as i64;
        let edges = if hopeless { Vec::new() } else { edges(zone, interval, span) };
        if hopeless || edges.len() > MAX_BUCKETS + 1 {
            let word = interval.word();
            return Err(Problem::invalid(
                "interval",
                format!("More than 10,000 buckets: choose a longer interval than {word}, or a shorter range."),
            ));
        }
        Ok(Buckets::from_edges(edges))
    }

    /// Buckets for a chart of about a hundred points: a round number of seconds counted from local midnight, or whole
    /// days, weeks or months.
    pub fn for_chart(zone_name: &str, period: Period) -> Result<Buckets, Problem> {
        Buckets::for_readings(zone_name, period, 0)
    }

    /// The same for what is read every so many milliseconds: long enough to hold a reading each, also when one comes a
    /// little late.
    pub fn for_readings(zone_name: &str, period: Period, every: i64) -> Result<Buckets, Problem> {
        let zone = zone(zone_name)?;
        let span = Span::new(period)?;
        let length = span.to - span.from;
        let fits = |step: &&i64| length / (**step * 1000) <= ON_A_CHART && **step * 1000 >= every + every / 5;
        match STEPS.iter().find(fits) {
            Some(86_400) => Buckets::of(zone, Interval::Day, span),
            Some(step) => Ok(Buckets::from_edges(even(zone, step * 1000, span))),
            None if length / DAY <= ON_A_CHART => Buckets::of(zone, Interval::Day, span),
            None if length / (7 * DAY) <= ON_A_CHART => Buckets::of(zone, Interval::Week, span),
            None => Buckets::of(zone, Interval::Month, span),
        }
    }

    /// The whole period as one bucket.
    pub fn whole(period: Period) -> Result<Buckets, Problem> {
        let span = Span::new(period)?;
        Ok(Buckets::from_edges(vec![span.from, span.to]))
    }

    /// Of at least one bucket: at least two edges, ascending.
    pub(in crate::engine) fn from_edges(edges: Vec<i64>) -> Buckets {
        let count = (edges.len() as i64 - 1).max(1);
        let mean = match (edges.first(), edges.last()) {
            (Some(first), Some(last)) => ((last - first) / count).max(1),
            _ => 1,
        };
        Buckets { edges, mean }
    }

    pub fn len(&self) -> usize {
        self.edges.len().saturating_sub(1)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Starts of the buckets as the contract spells them.
    pub fn labels(&self) -> Vec<Instant> {
        self.edges.iter().take(self.len()).map(|edge| instant(*edge)).collect()
    }

    /// Start of a bucket; the index `len()` is the end of the last one.
    pub fn start(&self, index: usize) -> i64 {
        self.edges[index]
    }

    pub fn end(&self, index: usize) -> i64 {
        self.edges[index + 1]
    }

    pub fn index_of(&self, ms: i64) -> Option<usize> {
        let (first, last) = (*self.edges.first()?, *self.edges.last()?);
        if ms < first || ms >= last {
            return None;
        }
        // Buckets of one calendar differ little in length: the guess is off by a step or two at most.
        let mut index = (((ms - first) / self.mean) as usize).min(self.len() - 1);
        while self.edges[index] > ms {
            index -= 1;
        }
        while self.edges[index + 1] <= ms {
            index += 1;
        }
        Some(index)
    }
}

/// The start of the first calendar bucket after the instant, in Unix milliseconds.
pub fn next_boundary(zone: Tz, interval: Interval, ms: i64) -> i64 {
    match interval {
        Interval::Hour => next_full_hour(zone, ms),
        _ => {
            let mut first = first_date(local(zone, ms).date(), interval);
            loop {
                first = next_date(first, interval);
                let start = day_start(zone, first);
                // A day that the zone skipped (Apia, 30 December 2011) begins where the next one does.
                if start > ms {
                    return start;
                }
            }
        }
    }
}

/// The start of the calendar bucket that the instant lies in, in Unix milliseconds.
pub(in crate::engine) fn boundary_before(zone: Tz, interval: Interval, ms: i64) -> i64 {
    match interval {
        Interval::Hour => full_hour(zone, ms),
        _ => {
            let start = day_start(zone, first_date(local(zone, ms).date(), interval));
            // A clock set back over midnight shows the old date again after the new day began.
            let next = next_boundary(zone, interval, start);
            if next <= ms { next } else { start }
        }
    }
}

fn edges(zone: Tz, interval: Interval, span: Span) -> Vec<i64> {
    let mut edges = vec![boundary_before(zone, interval, span.from)];
    let mut edge = edges[0];
    while edge < span.to && edges.len() <= MAX_BUCKETS + 1 {
        edge = next_boundary(zone, interval, edge);
        edges.push(edge);
    }
    edges
}

/// Steps from each local midnight on; the day's last step is shorter where the clock was changed.
fn even(zone: Tz, width: i64, span: Span) -> Vec<i64> {
    let mut edges = Vec::new();
    let mut midnight = boundary_before(zone, Interval::Day, span.from);
    let mut edge = midnight;
    let mut tomorrow = next_boundary(zone, Interval::Day, midnight);
    loop {
        if edge + width > span.from {
            edges.push(edge);
        }
        if edge >= span.to {
            return edges;
        }
        edge += width;
        if edge >= tomorrow {
            midnight = tomorrow;
            edge = midnight;
            tomorrow = next_boundary(zone, Interval::Day, midnight);
        }
    }
}

fn first_date(date: NaiveDate, interval: Interval) -> NaiveDate {
    match interval {
        Interval::Hour | Interval::Day => date,
        Interval::Week => date - TimeDelta::days(i64::from(date.weekday().num_days_from_monday())),
        Interval::Month => date - TimeDelta::days(i64::from(date.day0())),
    }
}

fn next_date(first: NaiveDate, interval: Interval) -> NaiveDate {
    match interval {
        Interval::Hour | Interval::Day => first + Days::new(1),
        Interval::Week => first + Days::new(7),
        Interval::Month => first + Months::new(1),
    }
}

/// Hours are real ones: a new one begins whenever the local clock shows a full hour.
fn next_full_hour(zone: Tz, ms: i64) -> i64 {
    let mut second = ms.div_euclid(1000);
    loop {
        second += 3600 - (second + offset_seconds(zone, second)).rem_euclid(3600);
        // False only where the clock was changed by half an hour (Lord Howe Island): that hour is longer.
        if (second + offset_seconds(zone, second)).rem_euclid(3600) == 0 {
            return second * 1000;
        }
    }
}

fn full_hour(zone: Tz, ms: i64) -> i64 {
    let second = ms.div_euclid(1000);
    let mut start = second - (second + offset_seconds(zone, second)).rem_euclid(3600);
    while (start + offset_seconds(zone, start)).rem_euclid(3600) != 0 {
        start -= 1;
        start -= (start + offset_seconds(zone, start)).rem_euclid(3600);
    }
    start * 1000
}
