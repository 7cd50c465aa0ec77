//! Where a funnel loses most people.

use super::result::{ENOUGH, Told};
use super::rule;
use crate::calendar::shown;
use parallax_domain::question::Order;

/// The step of one funnel before which most leave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loss {
    pub funnel: String,
    pub href: String,
    pub from: String,
    pub to: String,
    /// Reached the step before, and of those this one.
    pub reached: i64,
    pub went_on: i64,
    /// The same when the funnel was saved.
    pub then: Option<(i64, i64)>,
}

/// Reached one step, and of those went on to the next.
type Pair = (i64, i64);

/// Around a step now and when the funnel was saved. None where too few came so far, where nobody was lost, or where
/// telling it would tell of fewer people than may be shown.
fn around(step: usize, counts: &[i64], was: Option<&[i64]>, least: Option<i64>) -> Option<(Pair, Option<Pair>)> {
    let pair = |counts: &[i64]| Some((*counts.get(step.checked_sub(1)?)?, *counts.get(step)?));
    let now = pair(counts).filter(|(reached, went_on)| *reached >= ENOUGH && went_on < reached)?;
    let told = |count: i64| shown(count, least).is_some();
    // A definition of other steps is not comparable.
    let then = was.filter(|was| was.len() == counts.len()).and_then(pair).filter(|(reached, _)| *reached >= ENOUGH);
    (told(now.1) && told(now.0 - now.1)).then_some((now, then))
}

impl Loss {
    /// `was`: counts of all steps when the funnel was saved. None where steps have no order, too.
    pub fn of(told: &Told, was: Option<&[i64]>, funnel: &str, href: String) -> Option<Loss> {
        if told.funnel.order == Order::Any {
            return None;
        }
        let counts: Vec<i64> = told.answer.steps.iter().map(|step| step.count).collect();
        let step = told.telling_step();
        let ((reached, went_on), then) = around(step, &counts, was, told.least)?;
        Some(Loss {
            funnel: funnel.to_owned(),
            href,
            from: rule::bar(&told.funnel, step - 1),
            to: rule::bar(&told.funnel, step),
            reached,
            went_on,
            then,
        })
    }

    pub fn lost(&self) -> i64 {
        self.reached - self.went_on
    }

    /// Of those who reached the step before.
    pub fn share(&self) -> f64 {
        self.lost() as f64 / self.reached as f64
    }

    pub fn share_then(&self) -> Option<f64> {
        self.then.map(|(reached, went_on)| (reached - went_on) as f64 / reached as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_of_those_who_came_so_far() {
        let loss = |(reached, went_on), then| Loss { reached, went_on, then, ..Loss::default() };
        let (now, then) = around(1, &[1000, 600, 500], Some(&[100, 80, 70]), None).unwrap();
        let found = loss(now, then);
        assert_eq!((found.lost(), found.share(), found.share_then()), (400, 0.4, Some(0.2)));
    }

    #[test]
    fn another_definition_is_no_comparison() {
        assert_eq!(around(1, &[1000, 600], Some(&[100, 80, 70]), None), Some(((1000, 600), None)));
    }

    #[test]
    fn few_people_and_small_cells_are_not_told() {
        assert_eq!(around(1, &[20, 2], None, None), None);
        assert_eq!(around(1, &[100, 95], None, Some(20)), None, "five who left would be told");
        assert_eq!(around(1, &[100, 100], None, None), None);
        assert_eq!(around(1, &[], None, None), None);
        assert_eq!(around(0, &[100, 50], None, None), None);
    }
}
