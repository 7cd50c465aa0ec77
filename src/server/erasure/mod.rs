//! Rights of people over what was recorded about them: to have it, and to have it erased. An erasure takes the person out
//! of every table and out of everything that was derived, and is written down beside the database, so that a backup
//! that is restored does not bring the person back.

mod begin;
mod cells;
mod close;
mod day;
pub mod export;
mod findings;
pub mod ledger;
pub mod own;
pub mod request;
mod run;
pub mod subject;

pub use begin::erase;
pub use run::{Followed, carry_out, follow, resume, sweep};
pub use subject::Scope;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What was found or removed, by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    pub events: i64,
    /// Spans.
    pub requests: i64,
    /// Log records.
    pub lines: i64,
    pub exceptions: i64,
    pub traces: i64,
    pub tickets: i64,
    pub feedback: i64,
    /// Properties and memberships of groups that were said of the person.
    pub properties: i64,
    pub decisions: i64,
    /// Rows that a legal hold keeps out of sight instead.
    pub held: i64,
    pub oldest: Option<DateTime<Utc>>,
    pub newest: Option<DateTime<Utc>>,
}

impl Counts {
    pub fn add(&mut self, other: &Counts) {
        self.events += other.events;
        self.requests += other.requests;
        self.lines += other.lines;
        self.exceptions += other.exceptions;
        self.traces += other.traces;
        self.tickets += other.tickets;
        self.feedback += other.feedback;
        self.properties += other.properties;
        self.decisions += other.decisions;
        self.held += other.held;
        other.oldest.into_iter().chain(other.newest).for_each(|at| self.spans_time(at));
    }

    /// Records of the person; what was derived from them is not counted again.
    pub fn records(&self) -> i64 {
        self.events + self.requests + self.lines + self.tickets + self.feedback + self.properties + self.decisions
    }

    pub(super) fn spans_time(&mut self, at: DateTime<Utc>) {
        self.oldest = Some(self.oldest.map_or(at, |oldest| oldest.min(at)));
        self.newest = Some(self.newest.map_or(at, |newest| newest.max(at)));
    }
}
