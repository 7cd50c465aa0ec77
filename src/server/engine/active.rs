//! Active people: how many did something on each day, and within the 7 and the 28 days that end with it.

use super::calendar::{Buckets, Span, boundary_before, zone};
use super::{Days, Moments, Names, Needs, Predicate, Question, Reach};
use parallax_domain::question::Frame;
use parallax_domain::{Instant, Interval, Problem};

/// Days of a month in this question: four whole weeks, so that every weekday is in it equally often.
pub const MONTH: usize = 28;
pub const WEEK: usize = 7;

/// The question, ready to be asked. Days are local calendar days.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The days of the range, and before them those that the first of it looks back on.
    days: Buckets,
    span: Span,
    event: u64,
    needs: Needs,
}

/// One entry per day of the range.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Active {
    pub days: Vec<Instant>,
    pub daily: Vec<i64>,
    /// Of the 7 days that end with this one.
    pub weekly: Vec<i64>,
    /// Of the 28 days that end with this one.
    pub monthly: Vec<i64>,
}

/// Changes from day to day of the three counts.
#[derive(Default)]
pub struct Tally {
    daily: Vec<i64>,
    weekly: Vec<i64>,
    monthly: Vec<i64>,
}

impl Plan {
    /// No event means any.
    pub fn new(event: Option<&str>, frame: &Frame) -> Result<Plan, Problem> {
        let range = Span::new(frame.period())?;
        let zone = zone(&frame.zone)?;
        let mut from = boundary_before(zone, Interval::Day, range.from);
        for _ in 1..MONTH {
            from = boundary_before(zone, Interval::Day, from - 1);
        }
        let span = Span { from, to: range.to };
        let days = Buckets::of(zone, Interval::Day, span)?;
        let mut needs = Needs::of(frame);
        let event = needs.predicate(Predicate::maybe(event));
        needs.reach = Reach { from: Some(from), to: Some(range.to) };
        needs.days = Some(Days { zone, cuts: vec![from, range.to] });
        Ok(Plan { days, span, event, needs })
    }

    /// The first day of the range among the days.
    fn first(&self) -> usize {
        (MONTH - 1).min(self.days.len())
    }
}

impl Question for Plan {
    type Tally = Tally;
    type Answer = Active;

    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn begin(&self) -> Tally {
        let none = vec![0; self.days.len() + 1];
        Tally { daily: none.clone(), weekly: none.clone(), monthly: none }
    }

    fn actor(&self, tally: &mut Tally, _person: u32, moments: &Moments<'_>) {
        let mut last = None;
        // Ends of what was covered so far, so that overlapping weeks count the person once.
        let (mut week, mut month) = (0, 0);
        for (&at, &bits) in moments.at.iter().zip(moments.matches) {
            if bits & self.event == 0 || !self.span.contains(at) {
                continue;
            }
            let Some(day) = self.days.index_of(at).filter(|day| last != Some(*day)) else { continue };
            last = Some(day);
            tally.daily[day] += 1;
            tally.daily[day + 1] -= 1;
            cover(&mut tally.weekly, day, WEEK, &mut week);
            cover(&mut tally.monthly, day, MONTH, &mut month);
        }
    }

    fn merge(&self, into: &mut Tally, other: Tally) {
        for (ours, theirs) in
            [(&mut into.daily, other.daily), (&mut into.weekly, other.weekly), (&mut into.monthly, other.monthly)]
        {
            ours.iter_mut().zip(theirs).for_each(|(ours, theirs)| *ours += theirs);
        }
    }

    fn finish(&self, tally: Tally, _names: &dyn Names) -> Active {
        let first = self.first();
        let counts = |changes: Vec<i64>| -> Vec<i64> {
            let mut count = 0;
            let running = changes.into_iter().take(self.days.len()).map(|change| {
                count += change;
                count
            });
            running.skip(first).collect()
        };
        Active {
            days: self.days.labels().split_off(first),
            daily: counts(tally.daily),
            weekly: counts(tally.weekly),
            monthly: counts(tally.monthly),
        }
    }
}

/// Who was active on a day is active in the so many days that begin with it, as far as that is not counted yet.
fn cover(changes: &mut [i64], day: usize, length: usize, covered: &mut usize) {
    let end = (day + length).min(changes.len() - 1);
    let start = day.max(*covered);
    if start < end {
        changes[start] += 1;
        changes[end] -= 1;
    }
    *covered = end;
}
