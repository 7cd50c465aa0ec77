//! Who is here now: people of the last minutes, and of each minute before.

use super::calendar::millis;
use super::{Moments, Names, Needs, Predicate, Question, Reach};
use parallax_domain::question::Frame;
use parallax_domain::{Instant, Problem};

const MINUTE: i64 = 60_000;
/// Whoever did something this recently is here.
pub const HERE: usize = 5;
/// Minutes that are told one by one.
pub const SHOWN: usize = 30;

/// The question, ready to be asked. Reads its own stretch of time; of the frame it takes the filters.
#[derive(Clone, Debug)]
pub struct Plan {
    from: i64,
    needs: Needs,
}

#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Live {
    /// People of the last five minutes.
    pub people: i64,
    /// People of each of the last thirty minutes, oldest first.
    pub minutes: Vec<i64>,
}

impl Plan {
    pub fn new(frame: &Frame, now: Instant) -> Result<Plan, Problem> {
        let to = millis(now) + 1;
        let from = to - SHOWN as i64 * MINUTE;
        let mut needs = Needs::of(frame);
        needs.predicate(Predicate::any());
        needs.reach = Reach { from: Some(from), to: Some(to) };
        Ok(Plan { from, needs })
    }
}

impl Question for Plan {
    type Tally = Live;
    type Answer = Live;

    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn begin(&self) -> Live {
        Live { people: 0, minutes: vec![0; SHOWN] }
    }

    fn actor(&self, tally: &mut Live, _person: u32, moments: &Moments<'_>) {
        let minute = |at: i64| usize::try_from((at - self.from).div_euclid(MINUTE)).ok().filter(|m| *m < SHOWN);
        let mut last = None;
        for found in moments.at.iter().filter_map(|at| minute(*at)) {
            if last != Some(found) {
                tally.minutes[found] += 1;
                last = Some(found);
            }
        }
        tally.people += i64::from(last.is_some_and(|minute| minute >= SHOWN - HERE));
    }

    fn merge(&self, into: &mut Live, other: Live) {
        into.people += other.people;
        into.minutes.iter_mut().zip(other.minutes).for_each(|(ours, theirs)| *ours += theirs);
    }

    fn finish(&self, tally: Live, _names: &dyn Names) -> Live {
        tally
    }
}
