//! Watching how many people refuse. Two questions of each day's decisions: is this day unlike the weeks before (a test,
//! good at sudden large changes), and has something changed for good (a cumulative sum, good at small lasting ones)?

use super::statistics::{
    Cusum, Difference, Interval, benjamini_hochberg, difference, dispersion, two_proportions, wilson,
};
use chrono::NaiveDate;

/// Days that the base is made of; the day before the one that is judged is left out, because its late decisions count on.
const BASE: usize = 28;
const LAG: usize = 1;
/// Fewer days with decisions, or fewer decisions in them, are no base.
const LEAST_BASE_DAYS: usize = 7;
const LEAST_BASE: u64 = 200;
/// A day with fewer decisions is not tested.
const LEAST_DAY: u64 = 200;
const SIGNIFICANT: f64 = 0.001;
/// Of all segments that are told, so many may be chance.
const FALSE_DISCOVERY: f64 = 0.05;
/// A change that matters: a point, or a fifth of the base.
const LEAST_CHANGE: f64 = 0.01;
const LEAST_RELATIVE: f64 = 0.2;
/// What the cumulative sum watches for: half as many again, and two thirds.
const RISE: f64 = 1.5;
/// 5 gives less than one false alarm a year where the base is known. Here it is itself an estimate, from four weeks.
const ALARM: f64 = 6.0;

/// Decisions of one day about one category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    pub day: NaiveDate,
    pub denied: u64,
    pub decided: u64,
}

/// A day beside the weeks before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    pub day: Day,
    /// Share that refused, with its 95 % interval (Wilson); none without decisions.
    pub interval: Option<Interval>,
    pub base: Option<Base>,
    pub test: Option<Test>,
    /// Cumulative sums after this day; an alarm starts them anew.
    pub rise: f64,
    pub fall: f64,
    pub alarm: Option<Direction>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Base {
    pub denied: u64,
    pub decided: u64,
    /// How much more the days scatter than chance would let them; at least 1.
    pub dispersion: f64,
}

impl Base {
    pub fn rate(&self) -> f64 {
        self.denied as f64 / self.decided as f64
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    pub z: f64,
    /// Two-sided.
    pub p: f64,
    pub difference: Difference,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Rise,
    Fall,
}

/// Judges each day by those before it. Days are in order and may have gaps; a gap is a day without decisions.
pub fn judge(days: &[Day]) -> Vec<Judged> {
    let (mut rise, mut fall) = (0.0, 0.0);
    let mut judged = Vec::with_capacity(days.len());
    for (index, day) in days.iter().enumerate() {
        let base = base(&days[..index.saturating_sub(LAG)]);
        let mut alarm = None;
        if let Some(base) = &base {
            let (denied, agreed) = (day.denied, day.decided - day.denied);
            let add = |sum: f64, suspected: f64| {
                Cusum::new(base.rate(), suspected, base.dispersion).map_or(sum, |mut watch| {
                    watch.sum = sum;
                    watch.add(denied, agreed)
                })
            };
            rise = add(rise, (base.rate() * RISE).min(0.99));
            fall = add(fall, base.rate() / RISE);
            if rise > ALARM {
                (alarm, rise) = (Some(Direction::Rise), 0.0);
            }
            if fall > ALARM {
                (alarm, fall) = (Some(Direction::Fall), 0.0);
            }
        }
        let test = base.as_ref().and_then(|base| test(day, base));
        judged.push(Judged { day: *day, interval: wilson(day.denied, day.decided), base, test, rise, fall, alarm });
    }
    judged
}

/// The pooled days of four weeks.
fn base(before: &[Day]) -> Option<Base> {
    let days = &before[before.len().saturating_sub(BASE)..];
    let counted: Vec<(u64, u64)> =
        days.iter().filter(|day| day.decided > 0).map(|day| (day.denied, day.decided)).collect();
    let denied: u64 = counted.iter().map(|(denied, _)| denied).sum();
    let decided: u64 = counted.iter().map(|(_, decided)| decided).sum();
    if counted.len() < LEAST_BASE_DAYS || decided < LEAST_BASE {
        return None;
    }
    let (_, dispersion) = dispersion(&counted)?;
    Some(Base { denied, decided, dispersion })
}

fn test(day: &Day, base: &Base) -> Option<Test> {
    if day.decided < LEAST_DAY {
        return None;
    }
    let (one, two) = ((day.denied, day.decided), (base.denied, base.decided));
    let (z, p) = two_proportions(one, two, base.dispersion)?;
    Some(Test { z, p, difference: difference(one, two)? })
}

impl Test {
    /// Large enough to matter, whatever chance says.
    fn matters(&self, base: &Base) -> bool {
        self.difference.estimate.abs() >= LEAST_CHANGE.max(LEAST_RELATIVE * base.rate())
    }
}

/// A change in one of several segments that somebody should look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Change<S> {
    pub segment: S,
    pub day: NaiveDate,
    pub direction: Direction,
    pub base: Base,
    pub now: Day,
    /// None where only the cumulative sum saw it.
    pub test: Option<Test>,
    /// The smallest false discovery rate at which it would be told, among all segments of that day.
    pub q: Option<f64>,
    /// The cumulative sum saw it: the change lasts.
    pub lasting: bool,
}

/// What changed in the last `recent` days, over all segments; of several alarms of a segment the newest.
pub fn changes<S: Clone>(segments: &[(S, Vec<Judged>)], recent: usize) -> Vec<Change<S>> {
    let mut changes = Vec::new();
    let longest = segments.iter().map(|(_, days)| days.len()).max().unwrap_or(0);
    // Segments end on the same day; each day's tests are one family.
    let q_of: Vec<Vec<Option<f64>>> = (0..recent.min(longest)).map(|back| family(segments, back)).collect();
    for (at, (segment, days)) in segments.iter().enumerate() {
        let found = (0..recent.min(days.len())).find_map(|back| {
            let judged = &days[days.len() - 1 - back];
            let base = judged.base?;
            let q = q_of[back][at];
            let told = judged
                .test
                .filter(|test| test.p < SIGNIFICANT && test.matters(&base) && q.is_some_and(|q| q <= FALSE_DISCOVERY));
            let rising = |test: Test| if test.z > 0.0 { Direction::Rise } else { Direction::Fall };
            let direction = told.map(rising).or(judged.alarm)?;
            Some(Change {
                segment: segment.clone(),
                day: judged.day.day,
                direction,
                base,
                now: judged.day,
                test: told,
                q: told.and(q),
                lasting: judged.alarm.is_some(),
            })
        });
        changes.extend(found);
    }
    changes
}

/// False discovery rates of the tests of one day, so many days before the last.
fn family<S>(segments: &[(S, Vec<Judged>)], back: usize) -> Vec<Option<f64>> {
    let p: Vec<Option<f64>> = segments
        .iter()
        .map(|(_, days)| days.len().checked_sub(1 + back).and_then(|at| days[at].test).map(|test| test.p))
        .collect();
    let known: Vec<f64> = p.iter().flatten().copied().collect();
    let mut q = benjamini_hochberg(&known).into_iter();
    p.iter().map(|p| p.and_then(|_| q.next())).collect()
}

#[cfg(test)]
#[path = "optout_test.rs"]
mod tests;
