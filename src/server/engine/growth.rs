//! Growth accounting: the lifecycle, with those apart who did not leave but chose not to be seen any more.

use super::lifecycle::{self, Change};
use super::{Moments, Names, Needs, Question};
use parallax_domain::Problem;
use parallax_domain::question::{Frame, Lifecycle, LifecycleAnswer};
use std::collections::HashMap;

/// The question, ready to be asked.
#[derive(Clone, Debug)]
pub struct Plan {
    lifecycle: lifecycle::Plan,
    /// When each person (by number) said no, Unix milliseconds.
    said_no: HashMap<u32, i64>,
}

#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Growth {
    /// Without those who opted out: they are not dormant.
    pub lifecycle: LifecycleAnswer,
    pub opted_out: Vec<i64>,
}

pub struct Tally {
    changes: Vec<Change>,
    opted_out: Vec<i64>,
    /// Of the person at hand.
    own: Vec<Change>,
}

impl Plan {
    pub fn new(lifecycle: &Lifecycle, frame: &Frame, said_no: HashMap<u32, i64>) -> Result<Plan, Problem> {
        Ok(Plan { lifecycle: lifecycle::Plan::new(lifecycle, frame)?, said_no })
    }

    /// The bucket in which the person is missing because of the refusal: said in it, or in the one before, in which
    /// the person was still seen. Whoever said no later had left before.
    fn missing(&self, person: u32, own: &[Change]) -> Option<usize> {
        let at = *self.said_no.get(&person)?;
        let buckets = &self.lifecycle.buckets;
        let gone = own.iter().rposition(|change| change.dormant > 0)?;
        let came_back = own[gone..].iter().any(|change| change.new + change.returning + change.resurrecting > 0);
        let first = if gone == 0 { i64::MIN } else { buckets.start(gone - 1) };
        (!came_back && first <= at && at < buckets.end(gone)).then_some(gone)
    }
}

impl Question for Plan {
    type Tally = Tally;
    type Answer = Growth;

    fn needs(&self) -> &Needs {
        self.lifecycle.needs()
    }

    fn begin(&self) -> Tally {
        let changes = self.lifecycle.begin();
        Tally { opted_out: vec![0; changes.len()], own: changes.clone(), changes }
    }

    fn actor(&self, tally: &mut Tally, person: u32, moments: &Moments<'_>) {
        if !self.said_no.contains_key(&person) {
            return self.lifecycle.actor(&mut tally.changes, person, moments);
        }
        tally.own.fill(Change::default());
        self.lifecycle.actor(&mut tally.own, person, moments);
        if let Some(gone) = self.missing(person, &tally.own) {
            tally.own[gone].dormant -= 1;
            tally.opted_out[gone] += 1;
        }
        self.lifecycle.merge(&mut tally.changes, tally.own.clone());
    }

    fn merge(&self, into: &mut Tally, other: Tally) {
        self.lifecycle.merge(&mut into.changes, other.changes);
        into.opted_out.iter_mut().zip(other.opted_out).for_each(|(ours, theirs)| *ours += theirs);
    }

    fn finish(&self, tally: Tally, names: &dyn Names) -> Growth {
        Growth { lifecycle: self.lifecycle.finish(tally.changes, names), opted_out: tally.opted_out }
    }
}
