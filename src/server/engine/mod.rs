//! The heart of product analytics: what people did, computed exactly. No I/O, no SQL, no clock.
//!
//! Every question becomes a plan that says what has to be read ([`Needs`]) and then takes one actor after another
//! ([`Question::actor`]). From an actor's events each question derives one small relation (the attempts of a funnel,
//! the sessions, the cohorts); counts, lists, trends and breakdowns are projections of that same relation, so they
//! agree because they cannot disagree. Tallies of disjoint actors merge, so several threads may share the work.
//!
//! The rules in brackets (F4, Q8, …) are those of the public contract's fine print.

pub mod active;
pub mod attribution;
pub mod breakdown;
pub mod calendar;
pub mod choices;
pub mod funnel;
pub mod growth;
mod hashing;
pub mod lifecycle;
pub mod live;
mod moments;
pub mod optout;
pub mod outcome;
pub mod paths;
pub mod retention;
pub mod sessions;
mod several;
pub mod statistics;
pub mod stickiness;
pub mod trend;
pub mod usage;
pub mod visits;

pub use moments::{Days, Moments, Names, Needs, Predicate, Question, Reach, field, property};
pub use several::Several;

#[cfg(test)]
pub(crate) mod naive;
#[cfg(test)]
pub(crate) mod tests;
