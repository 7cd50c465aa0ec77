//! What a door hands to the writer, and what it gets back.

use chrono::{DateTime, Utc};
use parallax_domain::{Accounting, Category, Outcome};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One request's records of one kind, past the gate.
pub struct Submission<R> {
    pub project: i32,
    /// Number of the key it came with; 0 is Parallax itself.
    pub key: i32,
    pub received_at: DateTime<Utc>,
    pub repeat: Option<Repeat>,
    pub rows: Vec<R>,
    /// Positions of the rows among the records that were given.
    pub positions: Vec<usize>,
    pub fates: Fates,
}

/// By what a repeated submission is known (contract rule A10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    pub key: Vec<u8>,
    /// Hash of the content: the same key with other content is the sender's mistake.
    pub body: Vec<u8>,
}

/// What became of the records that did not pass.
#[derive(Clone, Debug, Default)]
pub struct Fates {
    pub given: i64,
    pub rejected: Vec<Rejection>,
    pub dropped: BTreeMap<Category, i64>,
    /// Refused by the database itself; told to the sender as rejected.
    pub quarantined: Vec<Rejection>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    pub index: usize,
    pub reason: String,
}

/// given = accepted + rejected + dropped + duplicates (+ quarantined, which the sender sees as rejected).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub accepted: i64,
    pub rejected: Vec<Rejection>,
    pub dropped: BTreeMap<Category, i64>,
    pub duplicates: i64,
    /// The whole submission was seen before; the figures are those of the first time.
    pub duplicate: bool,
}

impl Fates {
    pub fn receipt(&self, accepted: i64, duplicates: i64) -> Receipt {
        let mut rejected = self.rejected.clone();
        rejected.extend_from_slice(&self.quarantined);
        rejected.sort_by_key(|rejection| rejection.index);
        // A reason may repeat a word of the record, and the receipt is kept for repeats.
        for rejection in &mut rejected {
            rejection.reason = crate::privacy::scrub::in_text_urls(&rejection.reason).into_owned();
        }
        Receipt { accepted, rejected, dropped: self.dropped.clone(), duplicates, duplicate: false }
    }

    pub fn accounting(&self, accepted: i64, duplicates: i64) -> Accounting {
        let mut accounting = Accounting::default();
        accounting.count(Outcome::Stored, accepted);
        accounting.count(Outcome::Duplicate, duplicates);
        accounting.count(Outcome::Rejected, self.rejected.len() as i64);
        accounting.count(Outcome::Dropped, self.dropped.values().sum());
        accounting.count(Outcome::Quarantined, self.quarantined.len() as i64);
        accounting
    }
}

/// One line of the account of a group, for the projector to add up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountLine {
    pub project: i32,
    pub key: i32,
    pub minute: i64,
    pub accounting: Accounting,
}
