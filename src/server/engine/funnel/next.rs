//! What people do after the last step: where a funnel could go on.

use super::{Plan, Scratch};
use crate::engine::hashing::NumberMap;
use crate::engine::{Moments, Names, Needs, Predicate, Question};
use parallax_domain::question::{Frame, Funnel, Step};
use parallax_domain::{Filter, Instant, Problem};

/// Views lie between all other things people do: as a next step they would always win and never say anything.
const VIEW: &str = "page_view";

/// For each person who reached the last step: the first other thing done after it, within the window.
#[derive(Clone, Debug)]
pub struct NextPlan {
    funnel: Plan,
    /// 0-based.
    step: usize,
    /// Events that may be a next step.
    candidate: u64,
    /// Bits of the steps and of page views.
    known: u64,
    name: usize,
}

#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Next {
    /// People who reached the last step.
    pub reached: i64,
    /// By people, most first; equal ones by name.
    pub rows: Vec<(String, i64)>,
}

#[derive(Default)]
pub struct NextTally {
    reached: i64,
    next: NumberMap<u32, i64>,
    scratch: Scratch,
}

impl NextPlan {
    /// The funnel may have a single step yet.
    pub fn new(funnel: &Funnel, frame: &Frame, fresh_as_of: Instant) -> Result<NextPlan, Problem> {
        let mut funnel = Funnel { breakdown: None, trend: None, ..funnel.clone() };
        let step = funnel.steps.len().saturating_sub(1);
        if funnel.steps.len() == 1 {
            // A funnel needs two steps; the second is not asked about.
            let second = Step { event: funnel.steps[0].event.clone(), filters: Vec::new() };
            funnel.steps.push(second);
            funnel.exclusions.clear();
        }
        let mut funnel = Plan::new(&funnel, frame, fresh_as_of)?;
        let steps = funnel.steps.iter().fold(0, |bits, step| bits | step);
        let usage = Predicate { event: None, filters: vec![Filter::is("category", "usage")] };
        let candidate = funnel.needs.predicate(usage);
        let known = steps | funnel.needs.predicate(Predicate::event(VIEW));
        let name = funnel.needs.field("event".to_owned());
        Ok(NextPlan { funnel, step, candidate, known, name })
    }
}

impl Question for NextPlan {
    type Tally = NextTally;
    type Answer = Next;

    fn needs(&self) -> &Needs {
        self.funnel.needs()
    }

    fn begin(&self) -> NextTally {
        NextTally::default()
    }

    fn actor(&self, tally: &mut NextTally, _person: u32, moments: &Moments<'_>) {
        let NextTally { reached, next, scratch } = tally;
        let width = self.funnel.needs.fields.len();
        self.funnel.walk(scratch, moments, |passage| {
            let Some(from) = passage.time(self.step) else { return };
            *reached += 1;
            let until = passage.entered() + self.funnel.window;
            let start = moments.at.partition_point(|at| *at <= from);
            let done = (start..moments.len()).take_while(|event| moments.at[*event] <= until).find(|event| {
                let bits = moments.matches[*event];
                bits & self.candidate != 0 && bits & self.known == 0
            });
            if let Some(event) = done {
                *next.entry(moments.values[event * width + self.name]).or_default() += 1;
            }
        });
    }

    fn merge(&self, into: &mut NextTally, other: NextTally) {
        into.reached += other.reached;
        other.next.into_iter().for_each(|(name, people)| *into.next.entry(name).or_default() += people);
    }

    fn finish(&self, tally: NextTally, names: &dyn Names) -> Next {
        let mut rows: Vec<(String, i64)> =
            tally.next.into_iter().map(|(name, people)| (names.value(self.name, name), people)).collect();
        rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Next { reached: tally.reached, rows }
    }
}
