//! The horizontal axis of time. The caller knows the zone; here are only buckets with their local wall clock.

use crate::words::{Length, bucket, clock, day, month};
use chrono::{Datelike, Days, NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use parallax_domain::Instant;

/// The start of a bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeLabel {
    pub at: Instant,
    /// The same moment on the wall of the project's zone.
    pub wall: NaiveDateTime,
    /// As table and crosshair name the bucket: `Thu 19 Nov, 18:30 to 19:00`.
    pub full: String,
}

impl TimeLabel {
    pub fn new(at: Instant, wall: NaiveDateTime, full: impl Into<String>) -> TimeLabel {
        TimeLabel { at, wall, full: full.into() }
    }

    /// With the usual name of a bucket of this length.
    pub fn of(at: Instant, wall: NaiveDateTime, length: Length) -> TimeLabel {
        TimeLabel::new(at, wall, bucket(wall, length))
    }
}

/// Where the value of a bucket stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Seat {
    /// Lines: on the bucket's start; the first at the left edge, the last at the right.
    #[default]
    Point,
    /// Bars: in the middle of the bucket's own slot.
    Slot,
}

/// A label of the axis. `edge` labels are set flush, `minor` ones leave first when space is short.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeTick {
    pub at: f64,
    pub label: String,
    pub minor: bool,
}

/// Buckets of one axis and where they stand.
#[derive(Clone, Copy, Debug)]
pub struct Clock<'a> {
    times: &'a [TimeLabel],
    seat: Seat,
    until: Option<Instant>,
    /// Two ends of a line instead of buckets.
    bare: bool,
}

impl<'a> Clock<'a> {
    /// `until`: end of the last bucket; without it the last is as long as the one before. A single bucket takes the slot.
    pub fn new(times: &'a [TimeLabel], seat: Seat, until: Option<Instant>) -> Clock<'a> {
        Clock { times, seat: if times.len() < 2 { Seat::Slot } else { seat }, until, bare: false }
    }

    /// A line from one moment to another, without buckets.
    pub fn stretch(ends: &'a [TimeLabel; 2]) -> Clock<'a> {
        Clock { times: ends, seat: Seat::Point, until: Some(ends[1].at), bare: true }
    }

    pub fn seat(&self) -> Seat {
        self.seat
    }

    fn count(&self) -> f64 {
        self.times.len().max(1) as f64
    }

    /// Position of a bucket's value.
    pub fn x(&self, index: usize) -> f64 {
        match self.seat {
            Seat::Point => index as f64 / (self.count() - 1.0),
            Seat::Slot => (index as f64 + 0.5) / self.count(),
        }
    }

    pub fn positions(&self) -> Vec<f64> {
        (0..self.times.len()).map(|index| self.x(index)).collect()
    }

    /// Left edge of a bucket: where its hatching begins.
    pub fn start(&self, index: usize) -> f64 {
        match self.seat {
            Seat::Point => index as f64 / (self.count() - 1.0),
            Seat::Slot => index as f64 / self.count(),
        }
        .min(1.0)
    }

    /// End of the last bucket.
    pub fn until(&self) -> Option<Instant> {
        self.until.or_else(|| match self.times {
            [.., before, last] => Some(last.at + (last.at - before.at)),
            _ => None,
        })
    }

    /// Instants of the left and right edge, for a brush: with [`Seat::Point`] the right edge is the last bucket's start.
    pub fn edges(&self) -> Option<(Instant, Instant)> {
        let (first, last) = (self.times.first()?, self.times.last()?);
        let end = match self.seat {
            Seat::Point => last.at,
            Seat::Slot => self.until().unwrap_or(last.at),
        };
        Some((first.at, end))
    }

    /// Length of a bucket in seconds, as the first two say it.
    pub fn step(&self) -> Option<i64> {
        match self.times {
            [first, second, ..] => Some((second.at - first.at).num_seconds()),
            [only] => self.until.map(|until| (until - only.at).num_seconds()),
            [] => None,
        }
    }

    /// Position of any instant, between its neighbours; outside the axis it is none.
    pub fn at(&self, instant: Instant) -> Option<f64> {
        let first = self.times.first()?;
        let end = self.until().unwrap_or(first.at);
        if instant < first.at || instant > end {
            return None;
        }
        let index = self.times.partition_point(|time| time.at <= instant).saturating_sub(1);
        let start = self.times.get(index)?.at;
        let next = self.times.get(index + 1).map_or(end, |time| time.at);
        let share = if next > start { milliseconds(instant - start) / milliseconds(next - start) } else { 0.0 };
        Some(self.between(index, share))
    }

    /// Position of an instant that may lie outside: moved to the edge.
    pub fn clamped(&self, instant: Instant) -> f64 {
        self.at(instant).unwrap_or_else(|| match self.times.first() {
            Some(first) if instant >= first.at => 1.0,
            _ => 0.0,
        })
    }

    fn between(&self, index: usize, share: f64) -> f64 {
        let place = index as f64 + share;
        match self.seat {
            Seat::Point => (place / (self.count() - 1.0)).min(1.0),
            Seat::Slot => place / self.count(),
        }
    }

    /// At most about seven ticks on round local times; dates where the day changes, years where the year does.
    pub fn ticks(&self, most: usize) -> Vec<TimeTick> {
        let (Some(first), Some(last)) = (self.times.first(), self.times.last()) else { return Vec::new() };
        let step = milliseconds(match self.times {
            [first, second, ..] => second.wall - first.wall,
            [only] => self.until.map_or(TimeDelta::days(1), |until| until - only.at),
            [] => TimeDelta::zero(),
        }) / 1_000.0;
        let span = milliseconds(last.wall - first.wall) / 1_000.0 + if self.seat == Seat::Slot { step } else { 0.0 };
        let ticks =
            if self.bare || step < 80_000.0 { self.wall_ticks(span, most) } else { self.calendar_ticks(step, most) };
        let crowded = ticks.len() > 4;
        ticks
            .into_iter()
            .enumerate()
            .map(|(index, (at, label))| TimeTick { at, label, minor: crowded && index % 2 == 1 })
            .collect()
    }

    /// Round times between buckets shorter than a day.
    fn wall_ticks(&self, span: f64, most: usize) -> Vec<(f64, String)> {
        let stride = STRIDES.iter().copied().find(|stride| span / *stride as f64 <= most as f64);
        let stride = stride.unwrap_or_else(|| ((span / most as f64 / 86_400.0).ceil() as i64).max(1) * 86_400);
        let Some(first) = self.times.first() else { return Vec::new() };
        let Some(mut next) = round_up(first.wall, stride) else { return Vec::new() };
        let mut ticks: Vec<(f64, String)> = Vec::new();
        for (index, time) in self.times.iter().enumerate() {
            let after = self.times.get(index + 1).map(|after| after.wall);
            let length = milliseconds(after.map_or_else(|| self.last_length(), |after| after - time.wall));
            // Where the clock is put back the same hour comes twice; it is named once.
            while next < time.wall + TimeDelta::milliseconds(length as i64) || (after.is_none() && next == time.wall) {
                let share = if length > 0.0 { milliseconds(next - time.wall) / length } else { 0.0 };
                if share >= 0.0 && ticks.len() < 40 {
                    ticks.push((self.between(index, share), wall_label(next, stride)));
                }
                next += TimeDelta::seconds(stride);
            }
        }
        ticks.retain(|(at, _)| *at <= 1.0);
        // Within one day nothing changes its date: it begins at 00:00 and ends at 24:00.
        if span <= 86_400.0 && stride < 86_400 && first.wall.time() == NaiveTime::MIN {
            for (at, label) in &mut ticks {
                match *at {
                    at if at <= 0.0 => "00:00".clone_into(label),
                    at if at >= 1.0 => "24:00".clone_into(label),
                    _ => {}
                }
            }
        }
        ticks.dedup_by(|later, earlier| (later.0 - earlier.0).abs() < 0.02);
        ticks
    }

    fn last_length(&self) -> TimeDelta {
        if self.seat == Seat::Point {
            return TimeDelta::zero();
        }
        match (self.times, self.until) {
            ([.., before, last], _) => last.wall - before.wall,
            ([only], Some(until)) => until - only.at,
            _ => TimeDelta::zero(),
        }
    }

    /// Ticks on whole buckets of days, weeks, months: the first, every n-th, and the last when there is room.
    fn calendar_ticks(&self, step: f64, most: usize) -> Vec<(f64, String)> {
        let count = self.times.len();
        let months = step > 2_000_000.0 || (step < 100_000.0 && count > 120);
        let firsts: Vec<usize> = if months && step < 100_000.0 {
            (0..count).filter(|index| self.times[*index].wall.day() == 1).collect()
        } else {
            (0..count).collect()
        };
        let stride = firsts.len().div_ceil(most).max(1);
        let stride = if step < 100_000.0 && !months && (4..=10).contains(&stride) { 7 } else { stride };
        let mut chosen: Vec<usize> = firsts.iter().copied().step_by(stride).collect();
        if let (Some(last), Some(end)) = (chosen.last().copied(), firsts.last().copied())
            && (end - last) as f64 > 0.6 * stride as f64 * (count as f64 / firsts.len() as f64)
        {
            chosen.push(end);
        }
        let mut year = None;
        chosen
            .into_iter()
            .map(|index| {
                let wall = self.times[index].wall;
                let label = match months {
                    true if year != Some(wall.year()) => month(wall),
                    true => wall.format("%b").to_string(),
                    false if year.is_some_and(|year| year != wall.year()) => wall.format("%-d %b %Y").to_string(),
                    false => day(wall),
                };
                year = Some(wall.year());
                (self.x(index), label)
            })
            .collect()
    }
}

/// Seconds between ticks inside a day and up to a week.
const STRIDES: [i64; 18] =
    [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800];

fn milliseconds(length: TimeDelta) -> f64 {
    length.num_milliseconds() as f64
}

fn wall_label(wall: NaiveDateTime, stride: i64) -> String {
    match stride {
        _ if wall.time() == NaiveTime::MIN => day(wall),
        0..60 => wall.format("%H:%M:%S").to_string(),
        _ => clock(wall),
    }
}

/// The first multiple of the stride, counted from local midnight, that is not before this moment.
fn round_up(wall: NaiveDateTime, stride: i64) -> Option<NaiveDateTime> {
    let midnight = wall.date().and_time(NaiveTime::MIN);
    let since = i64::from(wall.num_seconds_from_midnight()) + i64::from(wall.nanosecond() > 0);
    if stride < 86_400 {
        return midnight.checked_add_signed(TimeDelta::seconds((since + stride - 1) / stride * stride));
    }
    if since == 0 { Some(midnight) } else { midnight.checked_add_days(Days::new(1)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{NaiveDate, TimeZone, Utc};

    /// Buckets of so many seconds from a local moment, in a zone two hours ahead.
    fn buckets(from: NaiveDateTime, seconds: i64, count: i64) -> Vec<TimeLabel> {
        (0..count)
            .map(|index| {
                let wall = from + TimeDelta::seconds(index * seconds);
                let at = Utc.from_utc_datetime(&(wall - TimeDelta::hours(2)));
                TimeLabel::new(at, wall, clock(wall))
            })
            .collect()
    }

    fn wall(month: u32, date: u32, hour: u32, minute: u32) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2026, month, date).and_then(|d| d.and_hms_opt(hour, minute, 0)).unwrap_or_default()
    }

    fn labels(clock: &Clock<'_>) -> Vec<String> {
        clock.ticks(7).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn six_hours_are_labelled_each_hour() {
        let times = buckets(wall(11, 19, 10, 0), 180, 121);
        let clock = Clock::new(&times, Seat::Point, None);
        assert_eq!(labels(&clock), ["10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]);
        let ticks = clock.ticks(7);
        assert_eq!((ticks[0].at, ticks[6].at), (0.0, 1.0));
        assert!(ticks[1].minor && !ticks[2].minor);
    }

    #[test]
    fn ticks_are_round_even_when_buckets_are_not() {
        let times = buckets(wall(11, 19, 10, 7), 60, 60);
        let clock = Clock::new(&times, Seat::Point, None);
        assert_eq!(labels(&clock), ["10:10", "10:20", "10:30", "10:40", "10:50", "11:00"]);
        assert!((clock.ticks(7)[0].at - 3.0 / 59.0).abs() < 1e-9);
    }

    #[test]
    fn the_date_stands_where_the_day_changes() {
        let times = buckets(wall(11, 18, 16, 0), 900, 97);
        assert_eq!(labels(&Clock::new(&times, Seat::Point, None)), ["18:00", "19 Nov", "06:00", "12:00"]);
    }

    #[test]
    fn one_day_begins_and_ends_without_a_date() {
        let times = buckets(wall(11, 19, 0, 0), 1_800, 48);
        let names = labels(&Clock::new(&times, Seat::Slot, None));
        assert_eq!(names, ["00:00", "06:00", "12:00", "18:00"]);
        let hours = buckets(wall(11, 19, 0, 0), 1_800, 49);
        assert_eq!(labels(&Clock::new(&hours, Seat::Point, None)).last().map(String::as_str), Some("24:00"));
    }

    #[test]
    fn days_are_labelled_weekly_and_at_both_ends() {
        let times = buckets(wall(10, 23, 0, 0), 86_400, 28);
        let clock = Clock::new(&times, Seat::Slot, None);
        assert_eq!(labels(&clock), ["23 Oct", "30 Oct", "6 Nov", "13 Nov", "19 Nov"]);
        assert!((clock.ticks(7)[0].at - 0.5 / 28.0).abs() < 1e-9);
    }

    #[test]
    fn a_year_of_days_is_labelled_by_months() {
        let times = buckets(wall(1, 20, 0, 0), 86_400, 365);
        let names = labels(&Clock::new(&times, Seat::Point, None));
        assert_eq!(names.first().map(String::as_str), Some("Feb 2026"));
        assert!(names.contains(&"Apr".to_owned()) && names.len() <= 8, "{names:?}");
    }

    #[test]
    fn an_hour_that_comes_twice_is_named_once() {
        let mut times = buckets(wall(10, 25, 0, 0), 3_600, 3);
        let again = times[2].clone();
        times.push(TimeLabel::new(again.at + TimeDelta::hours(1), again.wall, "again"));
        times.extend(buckets(wall(10, 25, 3, 0), 3_600, 5).into_iter().map(|mut time| {
            time.at += TimeDelta::hours(1);
            time
        }));
        let names = labels(&Clock::new(&times, Seat::Slot, None));
        let mut unique = names.clone();
        unique.dedup();
        assert_eq!(names, unique);
    }

    #[test]
    fn instants_stand_between_their_buckets() {
        let times = buckets(wall(11, 19, 10, 0), 3_600, 7);
        let clock = Clock::new(&times, Seat::Point, None);
        assert_eq!(clock.at(times[3].at), Some(0.5));
        assert_eq!(clock.at(times[0].at + TimeDelta::minutes(30)), Some(0.5 / 6.0));
        assert_eq!(clock.at(times[0].at - TimeDelta::minutes(30)), None);
        assert_eq!(clock.clamped(times[6].at + TimeDelta::days(3)), 1.0);
        assert_eq!(clock.clamped(times[0].at - TimeDelta::days(3)), 0.0);
    }

    #[test]
    fn bars_reach_to_the_end_of_their_bucket() {
        let times = buckets(wall(11, 19, 0, 0), 3_600, 24);
        let clock = Clock::new(&times, Seat::Slot, None);
        assert_eq!(clock.edges(), Some((times[0].at, times[23].at + TimeDelta::hours(1))));
        assert_eq!(clock.at(times[12].at), Some(0.5));
        assert_eq!(clock.x(0), 0.5 / 24.0);
    }

    #[test]
    fn one_bucket_and_none_are_no_special_case_for_callers() {
        let times = buckets(wall(11, 19, 0, 0), 3_600, 1);
        let clock = Clock::new(&times, Seat::Point, Some(times[0].at + TimeDelta::hours(1)));
        assert_eq!(clock.x(0), 0.5);
        assert_eq!(clock.step(), Some(3_600));
        assert!(clock.ticks(7).len() <= 8);
        let empty = Clock::new(&[], Seat::Point, None);
        assert!(empty.ticks(7).is_empty() && empty.edges().is_none() && empty.positions().is_empty());
    }
}
