//! Funnels (rules F1 to F20).
//!
//! `attempt` follows one try from its entry, `walk` decides which tries of an actor count, and every answer is a
//! projection of the [`Passage`]s that it gives out: `tally` counts them, `people` lists them.

mod attempt;
mod causes;
mod matching;
mod next;
mod people;
mod seek;
mod subset;
mod tally;
mod walk;

pub use causes::{CausesPlan, Sign, StepSigns};
pub use next::{Next, NextPlan};
pub use people::PeoplePlan;
pub use tally::{Tally, significance};
pub use walk::{Passage, Scratch};

use super::calendar::{Buckets, Span, millis};
use super::sessions;
use super::{Needs, Predicate, field, property};
use parallax_domain::question::{Count, Exclusion, ExclusionMode, Frame, Funnel, Order, Touch};
use parallax_domain::{Filter, Instant, Interval, Problem};

pub const MAX_STEPS: usize = 20;
const MAX_WINDOW: i64 = 366 * 86_400;
const MAX_EXCLUSIONS: usize = 20;
const MAX_HOLD: usize = 10;

/// A funnel, checked and ready to be asked.
#[derive(Clone, Debug)]
pub struct Plan {
    names: Vec<String>,
    order: Order,
    count: Count,
    reentry: bool,
    /// Milliseconds.
    window: i64,
    span: Span,
    fresh_as_of: i64,
    /// Bit of each step.
    steps: Vec<u64>,
    exclusions: Vec<Rule>,
    /// Bit of the events that break a strict sequence; none in the other orders.
    breaking: u64,
    hold: Vec<usize>,
    breakdown: Option<(usize, By)>,
    trend: Option<Buckets>,
    needs: Needs,
}

#[derive(Clone, Copy, Debug)]
struct Rule {
    bit: u64,
    /// 0-based steps.
    after: usize,
    before: usize,
    removes: bool,
}

#[derive(Clone, Copy, Debug)]
enum By {
    First,
    Last,
    All,
    /// 0-based.
    Step(usize),
}

/// Whether a funnel may be asked at all; names the member at fault (rule F18).
pub fn validate(funnel: &Funnel) -> Result<(), Problem> {
    let steps = funnel.steps.len();
    if !(2..=MAX_STEPS).contains(&steps) {
        return Err(Problem::invalid("steps", "A funnel has 2 to 20 steps."));
    }
    if funnel.steps.iter().any(|step| step.event.is_empty()) {
        return Err(Problem::invalid("steps", "Every step of a funnel names an event."));
    }
    if !(1..=MAX_WINDOW).contains(&funnel.window) {
        return Err(Problem::invalid("window", "The window is 1 second to 366 days."));
    }
    if funnel.exclusions.len() > MAX_EXCLUSIONS {
        return Err(Problem::invalid("exclusions", "A funnel has at most 20 exclusions."));
    }
    let lies_inside = |e: &Exclusion| e.after_step >= 1 && e.after_step < e.before_step && e.before_step <= steps;
    if !funnel.exclusions.iter().all(|exclusion| lies_inside(exclusion) && !exclusion.event.is_empty()) {
        let detail =
            format!("An exclusion names an event between two of the steps 1 to {steps}, the earlier one first.");
        return Err(Problem::invalid("exclusions", detail));
    }
    if funnel.hold.len() > MAX_HOLD {
        return Err(Problem::invalid("hold", "At most 10 properties can be held."));
    }
    for name in &funnel.hold {
        property(name, "hold")?;
    }
    if let Some(breakdown) = &funnel.breakdown {
        field(&breakdown.field, "breakdown")?;
        let named = breakdown.step.is_some_and(|step| (1..=steps).contains(&step));
        if breakdown.attribution == Touch::Step && !named {
            return Err(Problem::invalid("breakdown", format!("The breakdown names one of the steps 1 to {steps}.")));
        }
    }
    if funnel.trend == Some(Interval::Hour) {
        return Err(Problem::invalid("trend", "The trend of a funnel is by day, week or month."));
    }
    Ok(())
}

impl Plan {
    /// `fresh_as_of`: what was acknowledged before it is in the data; decides what is still open.
    pub fn new(funnel: &Funnel, frame: &Frame, fresh_as_of: Instant) -> Result<Plan, Problem> {
        validate(funnel)?;
        let span = Span::new(frame.period())?;
        let zone = super::calendar::zone(&frame.zone)?;
        let trend = funnel.trend.map(|interval| Buckets::of(zone, interval, span)).transpose();
        let trend = trend.map_err(|problem| Problem { field: Some("trend".to_owned()), ..problem })?;

        let mut needs = Needs::of(frame);
        let steps: Vec<u64> = funnel
            .steps
            .iter()
            .map(|step| needs.predicate(Predicate { event: Some(step.event.clone()), filters: step.filters.clone() }))
            .collect();
        let exclusions: Vec<Rule> = funnel.exclusions.iter().map(|exclusion| rule(exclusion, &mut needs)).collect();
        let breaking = if funnel.order == Order::Strict { needs.predicate(product_event()) } else { 0 };
        let hold = funnel.hold.iter().map(|name| Ok(needs.field(property(name, "hold")?)));
        let hold = hold.collect::<Result<Vec<usize>, Problem>>()?;
        let breakdown = match &funnel.breakdown {
            None => None,
            Some(breakdown) => {
                let by = match (breakdown.attribution, breakdown.step) {
                    (Touch::Step, Some(step)) => By::Step(step - 1),
                    (Touch::Last, _) => By::Last,
                    (Touch::All, _) => By::All,
                    _ => By::First,
                };
                Some((needs.field(field(&breakdown.field, "breakdown")?), by))
            }
        };
        let window = funnel.window * 1000;
        (needs.reach.from, needs.reach.to) = (Some(span.from), Some(span.to + window));
        if funnel.count == Count::Session {
            needs.predicate(Predicate::any());
            needs.sessions = true;
            needs.reach.from = Some(span.from - sessions::LOOKBACK);
            needs.reach.to = Some(span.to + window.min(sessions::LONGEST));
        }
        Ok(Plan {
            names: funnel.steps.iter().map(|step| step.event.clone()).collect(),
            order: funnel.order,
            count: funnel.count,
            reentry: funnel.reentry && funnel.count != Count::Total,
            window,
            span,
            fresh_as_of: millis(fresh_as_of),
            steps,
            exclusions,
            breaking,
            hold,
            breakdown,
            trend,
            needs,
        })
    }

    pub(super) fn last(&self) -> usize {
        self.steps.len() - 1
    }
}

fn rule(exclusion: &Exclusion, needs: &mut Needs) -> Rule {
    Rule {
        bit: needs.predicate(Predicate::event(&exclusion.event)),
        after: exclusion.after_step - 1,
        before: exclusion.before_step - 1,
        removes: exclusion.mode == ExclusionMode::Remove,
    }
}

/// What breaks a strict sequence (rule F3): events of the category usage, not telemetry noise.
fn product_event() -> Predicate {
    Predicate { event: None, filters: vec![Filter::is("category", "usage")] }
}
