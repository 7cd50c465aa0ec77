//! Which attempts of an actor count, as one relation: a row per attempt that counts.

use super::attempt::{Attempt, End, follow};
use super::seek::{Index, Scan, Seek, index};
use super::subset::{Subset, View};
use super::{By, MAX_STEPS, Plan};
use crate::engine::Moments;
use crate::engine::sessions;
use parallax_domain::question::{Count, Order};

/// A row of the relation: one attempt that counts, with the proof of its steps.
#[derive(Clone, Copy, Debug)]
pub struct Passage {
    times: [i64; MAX_STEPS],
    reached: u32,
    /// False for the rows of a breakdown by `all`, which run beside the funnel itself (rule F12).
    pub counts: bool,
    /// The row of the breakdown it belongs to: a value's id, 0 for a missing value, none for no row.
    pub row: Option<u32>,
}

impl Passage {
    /// Unix milliseconds.
    pub fn entered(&self) -> i64 {
        self.times[0]
    }

    /// When a step (0-based) was reached. In any order: when so many were completed.
    pub fn time(&self, step: usize) -> Option<i64> {
        (self.reached & (1 << step) != 0).then(|| self.times[step])
    }
}

/// Buffers that are used again for the next actor.
#[derive(Default)]
pub struct Scratch {
    ordinals: Vec<u32>,
    splitter: sessions::Splitter,
    sessions: Subset,
    keys: Vec<u32>,
    parts: Subset,
    tries: Tries,
}

#[derive(Default)]
struct Tries {
    groups: Vec<u32>,
    places: Vec<(u32, u32, u32)>,
    /// Events that ended an attempt as excluded ones: no entries (V7).
    spent: Vec<bool>,
    found: Vec<Attempt>,
}

impl Plan {
    /// The actor's passages, in the order of their entries within each session and row.
    pub fn walk(&self, scratch: &mut Scratch, moments: &Moments<'_>, mut give: impl FnMut(&Passage)) {
        let Scratch { ordinals, splitter, sessions, keys, parts, tries } = scratch;
        let width = self.needs.fields.len();
        let whole = View { at: moments.at, matches: moments.matches, values: moments.values, width };
        if self.count == Count::Session {
            splitter.split(moments.at, moments.session, ordinals);
            sessions.each(whole, ordinals, |_, session| self.walk_part(session, keys, parts, tries, &mut give));
        } else {
            self.walk_part(whole, keys, parts, tries, &mut give);
        }
    }

    /// The whole of what counts as one actor: a person or a session.
    fn walk_part(
        &self,
        view: View<'_>,
        keys: &mut Vec<u32>,
        parts: &mut Subset,
        tries: &mut Tries,
        give: &mut impl FnMut(&Passage),
    ) {
        self.attempts(&view, tries);
        for attempt in &tries.found {
            give(&self.passage(&view, attempt, true, self.row(&view, attempt)));
        }
        let Some((field, By::All)) = self.breakdown else { return };
        keys.clear();
        keys.extend((0..view.len()).map(|event| view.value(event, field)));
        parts.each(view, keys, |value, part| {
            self.attempts(&part, tries);
            for attempt in &tries.found {
                give(&self.passage(&part, attempt, false, Some(value)));
            }
        });
    }

    fn passage(&self, view: &View<'_>, attempt: &Attempt, counts: bool, row: Option<u32>) -> Passage {
        let mut times = [0; MAX_STEPS];
        for (step, time) in times.iter_mut().enumerate().take(self.steps.len()) {
            *time = attempt.place(step).map_or(0, |event| view.at[event]);
        }
        Passage { times, reached: attempt.reached, counts, row }
    }

    /// Rules F11 and F12.
    fn row(&self, view: &View<'_>, attempt: &Attempt) -> Option<u32> {
        let (field, by) = self.breakdown?;
        let value = |event: usize| view.value(event, field);
        // The steps' events in the order in which they happened; a flexible funnel's last step may precede others.
        let known = |event: &usize| value(*event) != 0;
        let events = (0..self.steps.len()).filter_map(|step| attempt.place(step)).filter(known);
        match by {
            By::First => Some(events.min().map_or(0, value)),
            By::Last => Some(events.max().map_or(0, value)),
            By::All => None,
            By::Step(step) => attempt.place(step).map(value).filter(|&value| value != 0),
        }
    }

    /// Fills `tries.found` with the attempts that count.
    fn attempts(&self, view: &View<'_>, tries: &mut Tries) {
        tries.found.clear();
        let start = view.at.partition_point(|&at| at < self.span.from);
        if start == view.len() {
            return;
        }
        self.group(view, tries);
        tries.spent.clear();
        if !self.exclusions.is_empty() {
            tries.spent.resize(view.len(), false);
        }
        let Tries { groups, places, spent, found, .. } = tries;
        let mut actor = Actor { plan: self, view, groups, spent, found };
        let overlapping = self.reentry || (self.count == Count::Total && self.order == Order::Flexible);
        if overlapping {
            let others = self.exclusions.iter().fold(self.breaking, |bits, rule| bits | rule.bit);
            let steps = self.steps.iter().fold(0, |bits, step| bits | step);
            index(*view, actor.groups, steps, others, places);
            actor.run(&Index { view: *view, places }, start);
        } else {
            actor.run(&Scan { view: *view, groups: actor.groups }, start);
        }
    }

    /// Numbers the combinations of held values from 1 on; 0 where one is missing (rule F8).
    fn group(&self, view: &View<'_>, tries: &mut Tries) {
        tries.groups.clear();
        match self.hold.as_slice() {
            [] => {}
            [field] => tries.groups.extend((0..view.len()).map(|event| view.value(event, *field))),
            fields => {
                let row = |event: usize| fields.iter().map(|&field| view.value(event, field)).collect::<Vec<u32>>();
                let rows: Vec<Vec<u32>> = (0..view.len()).map(row).collect();
                let mut known = rows.clone();
                known.sort_unstable();
                known.dedup();
                let number = |values: &Vec<u32>| match known.binary_search(values) {
                    Ok(place) if !values.contains(&0) => place as u32 + 1,
                    _ => 0,
                };
                tries.groups.extend(rows.iter().map(number));
            }
        }
    }
}

/// A person, a session, or either with the events of one value only.
struct Actor<'a> {
    plan: &'a Plan,
    view: &'a View<'a>,
    groups: &'a [u32],
    spent: &'a mut [bool],
    found: &'a mut Vec<Attempt>,
}

impl Actor<'_> {
    fn run<S: Seek>(&mut self, seek: &S, start: usize) {
        let complete = match (self.plan.count, self.plan.reentry) {
            (Count::Total, _) => self.total(seek, start),
            (_, true) => self.best(seek, start),
            (_, false) => self.first(seek, start),
        };
        if complete.is_none() {
            self.found.clear();
        }
    }

    /// None: an exclusion removes the actor.
    fn first<S: Seek>(&mut self, seek: &S, start: usize) -> Option<()> {
        if let Some(entry) = self.entry(start) {
            let attempt = self.follow(seek, entry)?;
            self.found.push(attempt);
        }
        Some(())
    }

    /// A new attempt starts when the last has ended: by conversion, time-out, exclusion or a wrong event.
    fn total<S: Seek>(&mut self, seek: &S, mut start: usize) -> Option<()> {
        while let Some(entry) = self.entry(start) {
            let attempt = self.follow(seek, entry)?;
            self.found.push(attempt);
            start = match (attempt.place(self.plan.last()), attempt.end) {
                (Some(converted), _) => converted + 1,
                // A wrong event may enter again; an excluded one is spent.
                (None, End::Excluded(event) | End::Broken(event)) => event,
                (None, End::Over | End::Removed) => {
                    let until = self.view.at[entry] + self.plan.window;
                    entry + self.view.at[entry..].partition_point(|&at| at <= until)
                }
            };
        }
        Some(())
    }

    /// Re-entry: of all entries the first attempt that converts; with none the one that went furthest, the earliest on
    /// ties. Of several entries before the same second step only the closest counts (rule F19).
    fn best<S: Seek>(&mut self, seek: &S, mut start: usize) -> Option<()> {
        let last = self.plan.last();
        let mut best: Option<Attempt> = None;
        while let Some(entry) = self.entry(start) {
            start = entry + 1;
            if let Some(best) = &best
                && best.converted(last)
            {
                if best.second().is_none_or(|second| entry >= second) {
                    break;
                }
                if self.group_of(entry) != self.group_of(best.entry()) {
                    continue;
                }
            }
            let attempt = self.follow(seek, entry)?;
            let replaces = best.as_ref().is_none_or(|best| {
                let supersedes = attempt.second().is_some() && attempt.second() == best.second();
                supersedes || attempt.went_further_than(best, last)
            });
            if replaces {
                best = Some(attempt);
            }
        }
        self.found.extend(best);
        Some(())
    }

    fn follow<S: Seek>(&mut self, seek: &S, entry: usize) -> Option<Attempt> {
        let attempt = follow(self.plan, self.view, self.groups, seek, entry);
        if let End::Excluded(event) = attempt.end {
            self.spent[event] = true;
        }
        (attempt.end != End::Removed).then_some(attempt)
    }

    /// The next event that may enter the funnel.
    fn entry(&self, start: usize) -> Option<usize> {
        let entering = match self.plan.order {
            Order::Any => self.plan.steps.iter().fold(0, |bits, step| bits | step),
            _ => self.plan.steps[0],
        };
        (start..self.view.len()).take_while(|&event| self.view.at[event] < self.plan.span.to).find(|&event| {
            self.view.matches[event] & entering != 0
                && self.groups.get(event).is_none_or(|&group| group != 0)
                && !self.spent.get(event).copied().unwrap_or(false)
        })
    }

    fn group_of(&self, event: usize) -> u32 {
        self.groups.get(event).copied().unwrap_or(0)
    }
}
