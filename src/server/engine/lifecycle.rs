//! Lifecycle (rule L1): who is new, who stayed, who came back, who went. For every bucket
//! active now = active before + new + resurrecting - dormant.

use super::calendar::{Buckets, Span, boundary_before, zone};
use super::statistics::quick_ratio;
use super::{Days, Moments, Names, Needs, Predicate, Question, Reach};
use parallax_domain::question::{Frame, Lifecycle, LifecycleAnswer};
use parallax_domain::{Interval, Problem};

#[derive(Clone, Debug)]
pub struct Plan {
    span: Span,
    pub(super) buckets: Buckets,
    /// The bucket before the first.
    before: Span,
    event: u64,
    needs: Needs,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Change {
    pub(super) new: i64,
    pub(super) returning: i64,
    pub(super) resurrecting: i64,
    pub(super) dormant: i64,
}

impl Plan {
    pub fn new(lifecycle: &Lifecycle, frame: &Frame) -> Result<Plan, Problem> {
        let span = Span::new(frame.period())?;
        let zone = zone(&frame.zone)?;
        let buckets = Buckets::of(zone, lifecycle.interval, span)?;
        let first = boundary_before(zone, lifecycle.interval, span.from);
        let before = Span { from: boundary_before(zone, lifecycle.interval, first - 1), to: first };
        let mut needs = Needs::of(frame);
        let event = needs.predicate(Predicate::maybe(lifecycle.event.as_deref()));
        // "New" means never before in all stored data.
        needs.reach = Reach { from: None, to: Some(span.to) };
        needs.days = (lifecycle.interval != Interval::Hour).then(|| Days { zone, cuts: vec![span.from, span.to] });
        Ok(Plan { span, buckets, before, event, needs })
    }
}

impl Question for Plan {
    type Tally = Vec<Change>;
    type Answer = LifecycleAnswer;

    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn begin(&self) -> Vec<Change> {
        vec![Change::default(); self.buckets.len()]
    }

    fn actor(&self, tally: &mut Vec<Change>, _person: u32, moments: &Moments<'_>) {
        let mut known = false;
        // The number of the last active bucket; the one before the first has number 0.
        let mut last: Option<usize> = None;
        for (&at, &bits) in moments.at.iter().zip(moments.matches) {
            if bits & self.event == 0 {
                continue;
            }
            if self.span.contains(at) {
                let Some(bucket) = self.buckets.index_of(at) else { continue };
                if last != Some(bucket + 1) {
                    if let Some(change) = tally.get_mut(bucket) {
                        if last == Some(bucket) {
                            change.returning += 1;
                        } else if known {
                            change.resurrecting += 1;
                        } else {
                            change.new += 1;
                        }
                    }
                    leave(tally, last, Some(bucket));
                    last = Some(bucket + 1);
                }
            } else if self.before.contains(at) {
                last = Some(0);
            } else if at >= self.span.to {
                break;
            }
            known = true;
        }
        leave(tally, last, None);
    }

    fn merge(&self, into: &mut Vec<Change>, other: Vec<Change>) {
        for (ours, theirs) in into.iter_mut().zip(other) {
            ours.new += theirs.new;
            ours.returning += theirs.returning;
            ours.resurrecting += theirs.resurrecting;
            ours.dormant += theirs.dormant;
        }
    }

    fn finish(&self, tally: Vec<Change>, _names: &dyn Names) -> LifecycleAnswer {
        let ratio = |change: &Change| quick_ratio((change.new + change.resurrecting) as f64, change.dormant as f64);
        LifecycleAnswer {
            buckets: self.buckets.labels(),
            new: tally.iter().map(|change| change.new).collect(),
            returning: tally.iter().map(|change| change.returning).collect(),
            resurrecting: tally.iter().map(|change| change.resurrecting).collect(),
            dormant: tally.iter().map(|change| change.dormant).collect(),
            quick_ratio: tally.iter().map(ratio).collect(),
        }
    }
}

/// Who was active in bucket number `last` and next in `bucket`, or never, is dormant in the bucket between.
fn leave(tally: &mut [Change], last: Option<usize>, bucket: Option<usize>) {
    let Some(last) = last else { return };
    if bucket != Some(last)
        && let Some(change) = tally.get_mut(last)
    {
        change.dormant += 1;
    }
}
