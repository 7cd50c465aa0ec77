//! The records of one request: those that passed the gate, and what became of the others.

use super::admit::Sender;
use crate::privacy::gate::Fate;
use crate::store::submission::{Fates, Rejection, Repeat, Submission};

pub struct Gathered<R> {
    rows: Vec<R>,
    positions: Vec<usize>,
    fates: Fates,
    next: usize,
}

impl<R> Default for Gathered<R> {
    fn default() -> Self {
        Gathered { rows: Vec::new(), positions: Vec::new(), fates: Fates::default(), next: 0 }
    }
}

impl<R> Gathered<R> {
    /// These records and no others.
    pub fn of(rows: Vec<R>) -> Gathered<R> {
        let mut all = Gathered::default();
        rows.into_iter().for_each(|row| all.note(Ok(row)));
        all
    }

    /// The next record of the request.
    pub fn note(&mut self, outcome: Result<R, Fate>) {
        self.fates.given += 1;
        match outcome {
            Ok(row) => {
                self.rows.push(row);
                self.positions.push(self.next);
            }
            Err(Fate::Rejected(reason)) => self.fates.rejected.push(Rejection { index: self.next, reason }),
            Err(Fate::Dropped(category)) => *self.fates.dropped.entry(category).or_insert(0) += 1,
        }
        self.next += 1;
    }

    /// The next record is of another kind.
    pub fn skip(&mut self) {
        self.next += 1;
    }

    /// How many were noted or skipped.
    pub fn len(&self) -> usize {
        self.next
    }

    /// Nothing of this kind was noted.
    pub fn is_empty(&self) -> bool {
        self.fates.given == 0
    }

    pub fn submission(self, sender: &Sender, repeat: Option<Repeat>) -> Submission<R> {
        Submission {
            project: sender.policy.project,
            key: sender.key.id,
            received_at: sender.received_at,
            repeat,
            rows: self.rows,
            positions: self.positions,
            fates: self.fates,
        }
    }
}
