//! The simulated company: Fernhill Shop, an outdoor shop on the web and in an app, with nine services behind it.
//!
//! [`Company`] tells any stretch of its life as the batches that its browsers, services and machines would have sent.
//! It reads and writes nothing; [`load`] sends the batches through the public ingest path.
//! What it tells depends on the seed, on the scenario and on the instant, never on what was told before: hours
//! may be asked in any order, and slices that meet fit together without repetition or gap.
//!
//! How it is made: people ([`people`]) are numbers; a day's [`plan`] finds who visits; a visit is walked ([`walk`],
//! `till`) into steps; steps become events ([`events`]) and requests ([`requests`], `orders`), requests become spans
//! and log lines; machines are functions of time ([`machines`], [`cluster`], [`estate`]) bent by the [`incidents`] of the
//! [`scenario`]; a [`slice`](mod@slice) of time gathers all of it.
//!
//! What follows is the list of everything that is sent; a test holds it to what is.
#![doc = include_str!("signals.md")]

mod calendar;
mod cluster;
mod desk;
mod devices;
mod estate;
mod events;
mod exceptions;
mod incidents;
mod journal;
pub mod load;
mod machines;
mod meter;
mod orders;
mod otlp;
mod page;
mod payment;
mod people;
mod plan;
mod random;
mod records;
mod requests;
pub mod scenario;
mod session;
pub mod shop;
mod slice;
#[cfg(test)]
mod tests;
mod till;
mod topology;
mod trace;
mod truth;
mod walk;
mod world;

pub use records::DayTotals;
pub use scenario::{Scenario, ScenarioError};
pub use slice::{Counts, Slice};
pub use truth::{Cost, Evidence, IncidentTruth, Truth};

use calendar::{DAY, HOUR};
use parallax_domain::Instant;
use records::Day;
use std::sync::{Arc, Mutex, PoisonError};
use world::World;

/// What to tell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    pub seed: u64,
    /// Length of the stretch that [`Company::pieces`] covers.
    pub days: u32,
    /// Factor on people and requests; 1 is about 2,500 people a day.
    pub scale: f64,
    /// The instant before which the story's incidents lie. Keep it, where the story is to go on later.
    pub end: Instant,
}

#[derive(Debug)]
pub struct Company {
    world: World,
    /// The days that were asked for last: every hour of a day needs the same list of visits.
    days: Mutex<Vec<Arc<Day>>>,
}

/// Pieces of an hour that a story begins with.
const FIRST_HOURS: usize = 6;

/// Days kept: the one told, two before it for tickets that are still open, and as many for a second reader.
const KEPT: usize = 8;

/// The identifiers of somebody who shares nothing: they must not be found anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silent {
    pub anonymous: String,
    pub user: String,
}

impl Company {
    /// The company of the scenario that is built in.
    ///
    /// # Errors
    /// As [`Scenario::fernhill`].
    pub fn new(options: Options) -> Result<Company, ScenarioError> {
        Company::with_scenario(options, Scenario::fernhill()?)
    }

    /// The company of another scenario.
    ///
    /// # Errors
    /// When the scenario names what it does not describe, or lacks what every story needs.
    pub fn with_scenario(options: Options, scenario: Scenario) -> Result<Company, ScenarioError> {
        scenario.check()?;
        let end = options.end.timestamp_millis();
        let from = end - i64::from(options.days) * DAY;
        let world = World::new(scenario, options.seed, options.scale, from, end);
        Ok(Company { world, days: Mutex::new(Vec::new()) })
    }

    pub fn name(&self) -> &str {
        &self.world.scenario.company.name
    }

    /// What the company wants to reach.
    pub fn targets(&self) -> &[scenario::Target] {
        &self.world.scenario.targets
    }

    /// The stretch in the pieces that it is told in, newest first: hours at first, so that something can be seen at once,
    /// then longer ones of about as many records whatever the scale. The same for the same options.
    pub fn pieces(&self) -> Vec<(Instant, Instant)> {
        let longest = (12.0 / self.world.scale.max(1.0)) as i64;
        let step = [12, 8, 6, 4, 3, 2].into_iter().find(|hours| *hours <= longest).unwrap_or(1) * HOUR;
        let mut pieces = Vec::new();
        let mut to = self.world.end;
        while to > self.world.from {
            let step = if pieces.len() < FIRST_HOURS { HOUR } else { step };
            let from = ((to - 1).div_euclid(step) * step).max(self.world.from);
            pieces.push((calendar::instant(from), calendar::instant(to)));
            to = from;
        }
        pieces
    }

    /// Decisions of [from, to) that take back an earlier one.
    pub fn withdrawals(&self, from: Instant, to: Instant) -> Vec<serde_json::Value> {
        let within = from.timestamp_millis()..to.timestamp_millis();
        let Some(wave) = self.world.people.wave.as_ref() else { return Vec::new() };
        let first = calendar::day_of(wave.at.max(within.start));
        let days = (first..=calendar::day_of(within.end - 1)).map(|day| self.day(day));
        let taken_back = |day: Arc<Day>| {
            let decisions = day.book.consents.iter();
            let taken_back = decisions.filter(|decision| decision.withdraws && within.contains(&decision.sent.at));
            taken_back.map(|decision| decision.sent.value.clone()).collect::<Vec<_>>()
        };
        days.flat_map(taken_back).collect()
    }

    /// As [`Company::slice`], made in one go: for stretches of which the batches fit into memory.
    pub fn stretch(&self, from: Instant, to: Instant) -> Slice {
        self.part(from.timestamp_millis(), to.timestamp_millis())
    }

    /// What is sent in [from, to), which may lie after `end`: the shop stays open. An empty or reversed stretch is
    /// an empty slice.
    pub fn slice(&self, from: Instant, to: Instant) -> Slice {
        let (from, to) = (from.timestamp_millis(), to.timestamp_millis());
        let mut slice = Slice { from: calendar::instant(from), to: calendar::instant(from), ..Slice::default() };
        let mut at = from;
        while at < to {
            let next = ((at.div_euclid(HOUR) + 1) * HOUR).min(to);
            slice.append(self.part(at, next));
            at = next;
        }
        slice
    }

    fn part(&self, from: i64, to: i64) -> Slice {
        slice::slice(&self.world, from, to, |day| self.day(day))
    }

    /// The incidents of the story, without what they cost.
    pub fn incidents(&self) -> Vec<IncidentTruth> {
        truth::incidents(&self.world)
    }

    /// What is true about the whole stretch. Walks through every day of it, and once more through those of the
    /// incidents: some ten milliseconds each.
    pub fn truth(&self) -> Truth {
        let (first, last) = ((self.world.from - 1).div_euclid(DAY) + 1, self.world.end.div_euclid(DAY));
        let totals = (first..last).rev().map(|day| self.day(day).book.totals.clone()).collect();
        let mut incidents = self.incidents();
        for incident in &mut incidents {
            incident.cost = truth::cost(&self.world, incident, |day| self.day(day));
        }
        truth::truth(&self.world, incidents, totals)
    }

    /// Everybody who visits on the UTC day of `at` without sharing anything.
    pub fn silent(&self, at: Instant) -> Vec<Silent> {
        let day = at.timestamp_millis().div_euclid(DAY);
        let told = self.day(day);
        let people = told.plan.visits.iter().map(|visit| (self.world.people.person(visit.person), visit.start));
        let silent = people.filter(|(person, at)| !self.world.people.consent(person, *at).usage);
        silent.map(|(person, _)| Silent { anonymous: person.anonymous(false), user: person.user() }).collect()
    }

    fn day(&self, day: i64) -> Arc<Day> {
        let known = |days: &[Arc<Day>]| days.iter().find(|told| told.plan.day == day).map(Arc::clone);
        if let Some(told) = known(&self.days.lock().unwrap_or_else(PoisonError::into_inner)) {
            return told;
        }
        let plan = plan::plan(&self.world.people, &self.world.tide, self.world.seed, day);
        let book = records::day_book(&self.world, &plan);
        let told = Arc::new(Day { plan, book });
        let mut days = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        if known(&days).is_none() {
            if days.len() == KEPT {
                days.remove(0);
            }
            days.push(Arc::clone(&told));
        }
        told
    }
}
