//! One try to pass the funnel, followed from its entry to its end.

use super::matching::Matching;
use super::seek::{Seek, Wanted};
use super::subset::View;
use super::{MAX_STEPS, Plan};
use parallax_domain::question::Order;

/// Which events served which steps. In any order "step" j is the j-th that was completed.
#[derive(Clone, Copy)]
pub(super) struct Attempt {
    places: [u32; MAX_STEPS],
    /// Bit j: step j (0-based) was reached.
    pub reached: u32,
    pub end: End,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum End {
    /// Every step was reached, or the window is over.
    Over,
    /// An exclusion dropped the attempt at this event.
    Excluded(usize),
    /// An exclusion removed the actor.
    Removed,
    /// The wrong event of a strict sequence.
    Broken(usize),
}

impl Attempt {
    pub fn entry(&self) -> usize {
        self.places[0] as usize
    }

    pub fn place(&self, step: usize) -> Option<usize> {
        (self.reached & (1 << step) != 0).then(|| self.places[step] as usize)
    }

    pub fn converted(&self, last: usize) -> bool {
        self.reached & (1 << last) != 0
    }

    /// Whether it went further than another: conversion first, then the number of steps.
    pub fn went_further_than(&self, other: &Attempt, last: usize) -> bool {
        let far = |attempt: &Attempt| (attempt.converted(last), attempt.reached.count_ones());
        far(self) > far(other)
    }

    /// The first event after the entry that served a step: the "S2" before which the closest entry counts (F19).
    pub fn second(&self) -> Option<usize> {
        (1..MAX_STEPS).filter_map(|step| self.place(step)).min()
    }
}

/// How far an attempt has come, and what would take it on.
struct Progress<'p> {
    plan: &'p Plan,
    places: [u32; MAX_STEPS],
    reached: u32,
    /// Steps reached in a row, and in any order: steps completed.
    count: usize,
    any: Option<Matching>,
    wanted: u64,
    /// Bits of the exclusions that are in force, and of those among them that remove the actor.
    excluding: u64,
    removing: u64,
}

impl<'p> Progress<'p> {
    fn new(plan: &'p Plan, view: &View<'_>, entry: usize) -> Progress<'p> {
        let any = (plan.order == Order::Any).then(|| {
            let mut matching = Matching::new(&plan.steps);
            matching.take(view.matches[entry]);
            matching
        });
        let mut places = [0; MAX_STEPS];
        places[0] = entry as u32;
        let mut progress = Progress { plan, places, reached: 1, count: 1, any, wanted: 0, excluding: 0, removing: 0 };
        progress.look_ahead();
        progress
    }

    /// The event has a wanted bit.
    fn take(&mut self, event: usize, bits: u64) {
        let last = self.plan.last();
        if let Some(matching) = &mut self.any {
            matching.take(bits);
            self.reach(self.count, event);
            self.count += 1;
        } else if self.plan.order == Order::Flexible {
            if bits & self.next_in_row() != 0 {
                self.reach(self.count, event);
                self.count += 1;
            }
            if bits & self.last_of_flexible() != 0 {
                self.reach(last, event);
            }
        } else {
            self.reach(self.count, event);
            self.count += 1;
        }
        self.look_ahead();
    }

    fn reach(&mut self, step: usize, event: usize) {
        self.places[step] = event as u32;
        self.reached |= 1 << step;
    }

    fn look_ahead(&mut self) {
        self.wanted = match (&self.any, self.plan.order) {
            (Some(matching), _) => matching.wanted,
            (None, Order::Flexible) => self.next_in_row() | self.last_of_flexible(),
            (None, _) => self.plan.steps.get(self.count).copied().unwrap_or(0),
        };
        (self.excluding, self.removing) = (0, 0);
        for rule in &self.plan.exclusions {
            if self.reached & (1 << rule.after) != 0 && self.reached & (1 << rule.before) == 0 {
                self.excluding |= rule.bit;
                self.removing |= if rule.removes { rule.bit } else { 0 };
            }
        }
    }

    /// Flexible: the row is made of all steps but the last, which is sought on its own (F5).
    fn next_in_row(&self) -> u64 {
        if self.count < self.plan.last() { self.plan.steps[self.count] } else { 0 }
    }

    fn last_of_flexible(&self) -> u64 {
        let last = self.plan.last();
        if self.reached & (1 << last) == 0 { self.plan.steps[last] } else { 0 }
    }
}

/// Follows the attempt that enters with this event. `groups` holds the events' groups of equal held values.
pub(super) fn follow<S: Seek>(plan: &Plan, view: &View<'_>, groups: &[u32], seek: &S, entry: usize) -> Attempt {
    let until = view.at[entry] + plan.window;
    let group = groups.get(entry).copied().unwrap_or(0);
    let mut progress = Progress::new(plan, view, entry);
    let mut at = entry;
    let end = loop {
        if progress.wanted == 0 {
            break End::Over;
        }
        let wanted = Wanted { steps: progress.wanted, others: progress.excluding | plan.breaking, group };
        let Some(event) = seek.next(at + 1, until, wanted) else { break End::Over };
        let bits = view.matches[event];
        if bits & progress.excluding != 0 {
            break if bits & progress.removing != 0 { End::Removed } else { End::Excluded(event) };
        }
        if bits & progress.wanted == 0 || groups.get(event).is_some_and(|&other| other != group) {
            break End::Broken(event);
        }
        progress.take(event, bits);
        at = event;
    };
    Attempt { places: progress.places, reached: progress.reached, end }
}
