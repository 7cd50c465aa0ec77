//! Stickiness (rule K1): on exactly how many calendar units of the range each person did the event.

use super::calendar::{Buckets, Span, zone};
use super::{Days, Moments, Names, Needs, Predicate, Question, Reach};
use parallax_domain::question::{Frame, Stickiness, StickinessAnswer, StickinessRow};
use parallax_domain::{Interval, Problem};

#[derive(Clone, Debug)]
pub struct Plan {
    span: Span,
    buckets: Buckets,
    event: u64,
    needs: Needs,
}

impl Plan {
    pub fn new(stickiness: &Stickiness, frame: &Frame) -> Result<Plan, Problem> {
        let span = Span::new(frame.period())?;
        let zone = zone(&frame.zone)?;
        let buckets = Buckets::of(zone, stickiness.unit, span);
        let buckets = buckets.map_err(|problem| Problem { field: Some("unit".to_owned()), ..problem })?;
        let mut needs = Needs::of(frame);
        let event = needs.predicate(Predicate::maybe(stickiness.event.as_deref()));
        needs.reach = Reach { from: Some(span.from), to: Some(span.to) };
        needs.days = (stickiness.unit != Interval::Hour).then(|| Days { zone, cuts: vec![span.from, span.to] });
        Ok(Plan { span, buckets, event, needs })
    }
}

impl Question for Plan {
    /// People by the number of units, 1 at the first place.
    type Tally = Vec<i64>;
    type Answer = StickinessAnswer;

    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn begin(&self) -> Vec<i64> {
        vec![0; self.buckets.len()]
    }

    fn actor(&self, tally: &mut Vec<i64>, _person: u32, moments: &Moments<'_>) {
        let mut units = 0;
        let mut last = None;
        for (&at, &bits) in moments.at.iter().zip(moments.matches) {
            if bits & self.event == 0 || !self.span.contains(at) {
                continue;
            }
            let bucket = self.buckets.index_of(at);
            units += usize::from(bucket != last);
            last = bucket;
        }
        if let Some(people) = units.checked_sub(1).and_then(|place| tally.get_mut(place)) {
            *people += 1;
        }
    }

    fn merge(&self, into: &mut Vec<i64>, other: Vec<i64>) {
        into.iter_mut().zip(other).for_each(|(ours, theirs)| *ours += theirs);
    }

    fn finish(&self, tally: Vec<i64>, _names: &dyn Names) -> StickinessAnswer {
        let rows = (1..).zip(tally).map(|(x, people)| StickinessRow { x, people });
        StickinessAnswer { days: rows.collect() }
    }
}
