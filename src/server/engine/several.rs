//! Several questions that read the same, asked in one pass.

use super::{Moments, Names, Needs, Question};
use parallax_domain::Problem;

/// Questions of one kind whose needs are equal: the events are gathered once.
pub struct Several<Q>(Vec<Q>);

impl<Q: Question> Several<Q> {
    /// Refuses questions that read different things.
    pub fn new(questions: Vec<Q>) -> Result<Several<Q>, Problem> {
        let same = questions.windows(2).all(|pair| pair[0].needs() == pair[1].needs());
        if questions.is_empty() || !same {
            return Err(Problem::malformed("Only questions that read the same can be asked together."));
        }
        Ok(Several(questions))
    }
}

impl<Q: Question> Question for Several<Q> {
    type Tally = Vec<Q::Tally>;
    type Answer = Vec<Q::Answer>;

    fn needs(&self) -> &Needs {
        // Never empty, see `new`.
        self.0[0].needs()
    }

    fn counts_nobody(&self) -> bool {
        self.0[0].counts_nobody()
    }

    fn begin(&self) -> Self::Tally {
        self.0.iter().map(Question::begin).collect()
    }

    fn actor(&self, tallies: &mut Self::Tally, person: u32, moments: &Moments<'_>) {
        self.0.iter().zip(tallies).for_each(|(question, tally)| question.actor(tally, person, moments));
    }

    fn merge(&self, into: &mut Self::Tally, other: Self::Tally) {
        self.0
            .iter()
            .zip(into.iter_mut().zip(other))
            .for_each(|(question, (ours, theirs))| question.merge(ours, theirs));
    }

    fn finish(&self, tallies: Self::Tally, names: &dyn Names) -> Self::Answer {
        self.0.iter().zip(tallies).map(|(question, tally)| question.finish(tally, names)).collect()
    }
}
