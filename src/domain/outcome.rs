//! What became of a record. The list is closed: every record ends in exactly one of these.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Stored,
    /// A record with this id, or a batch with this key, is stored already.
    Duplicate,
    /// Against the contract; the sender is told why.
    Rejected,
    /// The person refused the category.
    Dropped,
    /// The database refused what the gate had let pass. Kept as shape and reason, never as content.
    Quarantined,
}

/// `received = stored + duplicate + rejected + dropped + quarantined`, per key, signal and minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounting {
    pub received: i64,
    pub stored: i64,
    pub duplicate: i64,
    pub rejected: i64,
    pub dropped: i64,
    pub quarantined: i64,
}

impl Accounting {
    pub fn count(&mut self, outcome: Outcome, records: i64) {
        self.received += records;
        match outcome {
            Outcome::Stored => self.stored += records,
            Outcome::Duplicate => self.duplicate += records,
            Outcome::Rejected => self.rejected += records,
            Outcome::Dropped => self.dropped += records,
            Outcome::Quarantined => self.quarantined += records,
        }
    }

    pub fn add(&mut self, other: &Accounting) {
        self.received += other.received;
        self.stored += other.stored;
        self.duplicate += other.duplicate;
        self.rejected += other.rejected;
        self.dropped += other.dropped;
        self.quarantined += other.quarantined;
    }

    pub fn is_balanced(&self) -> bool {
        self.received == self.stored + self.duplicate + self.rejected + self.dropped + self.quarantined
    }
}
