//! What people met between two steps: those who left before the second, against those who reached it.

use super::{Plan, Scratch};
use crate::engine::calendar::HOUR;
use crate::engine::hashing::NumberMap;
use crate::engine::{Moments, Names, Needs, Predicate, Question};
use parallax_domain::question::{Frame, Funnel, Order};
use parallax_domain::{Filter, Instant, Op, Problem};
use std::collections::HashMap;

/// Whoever leaves is looked at for this long after the step before: the length of a pause that ends a visit. Whoever
/// goes on is looked at until the next step, and no longer than that.
const LOOK: i64 = HOUR / 2;

/// Something that was met.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub enum Sign {
    /// An event of the category errors, by its property `type`.
    Error { event: String, kind: Option<String> },
    /// An exception that a server told of, by the number its caller gave it.
    Issue(u32),
    /// Any other event that is no step.
    Event(String),
}

impl Sign {
    pub fn is_technical(&self) -> bool {
        !matches!(self, Sign::Event(_))
    }
}

/// People before one step: (who left before it, who reached it), all and of those who met something.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct StepSigns {
    pub left: i64,
    pub reached: i64,
    /// Who met at least one technical trouble.
    pub troubled: (i64, i64),
    /// Who met what; of those who left most first.
    pub signs: Vec<(Sign, i64, i64)>,
}

/// For steps in a row, strict or not: in any other order there is no "between".
#[derive(Clone, Debug)]
pub struct CausesPlan {
    funnel: Plan,
    /// Bits: events that may be signs, errors among them, steps and page views.
    candidate: u64,
    error: u64,
    known: u64,
    name: usize,
    kind: usize,
    /// Exceptions of each person, by time: Unix milliseconds and number of the issue.
    issues: HashMap<u32, Vec<(i64, u32)>>,
}

/// Kind of sign, name or number, property.
type Mark = (u8, u32, u32);

#[derive(Default)]
pub struct CausesTally {
    steps: Vec<Between>,
    scratch: Scratch,
    met: Vec<Mark>,
}

#[derive(Default)]
struct Between {
    left: i64,
    reached: i64,
    troubled: (i64, i64),
    signs: NumberMap<Mark, (i64, i64)>,
}

const ERROR: u8 = 0;
const ISSUE: u8 = 1;
const EVENT: u8 = 2;

impl CausesPlan {
    pub fn new(
        funnel: &Funnel,
        frame: &Frame,
        fresh_as_of: Instant,
        issues: HashMap<u32, Vec<(i64, u32)>>,
    ) -> Result<CausesPlan, Problem> {
        if matches!(funnel.order, Order::Any | Order::Flexible) {
            return Err(Problem::invalid("order", "Only steps in a row have something between them."));
        }
        let funnel = Funnel { breakdown: None, trend: None, ..funnel.clone() };
        let mut funnel = Plan::new(&funnel, frame, fresh_as_of)?;
        let steps = funnel.steps.iter().fold(0, |bits, step| bits | step);
        let of_category = |word: &str| Predicate { event: None, filters: vec![Filter::is("category", word)] };
        let either =
            Filter { field: "category".to_owned(), op: Op::Is, values: vec!["usage".to_owned(), "errors".to_owned()] };
        let candidate = funnel.needs.predicate(Predicate { event: None, filters: vec![either] });
        let error = funnel.needs.predicate(of_category("errors"));
        let known = steps | funnel.needs.predicate(Predicate::event("page_view"));
        let name = funnel.needs.field("event".to_owned());
        let kind = funnel.needs.field("properties.type".to_owned());
        Ok(CausesPlan { funnel, candidate, error, known, name, kind, issues })
    }

    /// What the person met from one instant up to another, each thing once.
    fn meet(&self, met: &mut Vec<Mark>, person: u32, moments: &Moments<'_>, from: i64, until: i64) {
        met.clear();
        let width = self.funnel.needs.fields.len();
        let start = moments.at.partition_point(|at| *at < from);
        for event in (start..moments.len()).take_while(|event| moments.at[*event] < until) {
            let bits = moments.matches[event];
            if bits & self.candidate == 0 || bits & self.known != 0 {
                continue;
            }
            let name = moments.values[event * width + self.name];
            met.push(if bits & self.error != 0 {
                (ERROR, name, moments.values[event * width + self.kind])
            } else {
                (EVENT, name, 0)
            });
        }
        for (at, issue) in self.issues.get(&person).into_iter().flatten() {
            if (from..until).contains(at) {
                met.push((ISSUE, *issue, 0));
            }
        }
        met.sort_unstable();
        met.dedup();
    }
}

impl Question for CausesPlan {
    type Tally = CausesTally;
    /// One entry per step; the first is empty.
    type Answer = Vec<StepSigns>;

    fn needs(&self) -> &Needs {
        self.funnel.needs()
    }

    fn begin(&self) -> CausesTally {
        CausesTally { steps: self.funnel.steps.iter().map(|_| Between::default()).collect(), ..CausesTally::default() }
    }

    fn actor(&self, tally: &mut CausesTally, person: u32, moments: &Moments<'_>) {
        let CausesTally { steps, scratch, met } = tally;
        self.funnel.walk(scratch, moments, |passage| {
            if !passage.counts {
                return;
            }
            for step in 1..self.funnel.steps.len() {
                let Some(from) = passage.time(step - 1) else { return };
                let reached = passage.time(step);
                let until = reached.unwrap_or(i64::MAX).min(from + LOOK);
                self.meet(met, person, moments, from, until);
                let between = &mut steps[step];
                let side = |counts: &mut (i64, i64)| {
                    if reached.is_some() { counts.1 += 1 } else { counts.0 += 1 }
                };
                let mut all = (between.left, between.reached);
                side(&mut all);
                (between.left, between.reached) = all;
                if met.iter().any(|(kind, ..)| *kind != EVENT) {
                    side(&mut between.troubled);
                }
                met.iter().for_each(|mark| side(between.signs.entry(*mark).or_default()));
            }
        });
    }

    fn merge(&self, into: &mut CausesTally, other: CausesTally) {
        for (ours, theirs) in into.steps.iter_mut().zip(other.steps) {
            ours.left += theirs.left;
            ours.reached += theirs.reached;
            ours.troubled.0 += theirs.troubled.0;
            ours.troubled.1 += theirs.troubled.1;
            for (mark, counts) in theirs.signs {
                let sum = ours.signs.entry(mark).or_default();
                (sum.0, sum.1) = (sum.0 + counts.0, sum.1 + counts.1);
            }
        }
    }

    fn finish(&self, tally: CausesTally, names: &dyn Names) -> Vec<StepSigns> {
        let word = |field: usize, id: u32| (id != 0).then(|| names.value(field, id));
        let sign = |(kind, a, b): Mark| match kind {
            ERROR => Sign::Error { event: word(self.name, a).unwrap_or_default(), kind: word(self.kind, b) },
            ISSUE => Sign::Issue(a),
            _ => Sign::Event(word(self.name, a).unwrap_or_default()),
        };
        let steps = tally.steps.into_iter().map(|between| {
            let mut signs: Vec<(Sign, i64, i64)> =
                between.signs.into_iter().map(|(mark, (left, reached))| (sign(mark), left, reached)).collect();
            signs.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            StepSigns { left: between.left, reached: between.reached, troubled: between.troubled, signs }
        });
        steps.collect()
    }
}
