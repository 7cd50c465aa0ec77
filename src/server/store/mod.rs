//! The only place with SQL over telemetry. Writing is the group commit; reading is one method per
//! question, named as the question.

pub mod as_of;
pub mod availability;
pub mod behaviour;
mod chunks;
mod claims;
pub mod commit;
pub mod consent;
pub mod consent_texts;
pub mod copied;
pub mod copy;
mod days;
mod flights;
pub mod frame;
mod gaps;
mod gather;
pub mod generations;
mod matching;
pub mod people;
mod persons;
pub mod profiles;
pub mod question;
pub mod records;
pub mod rollups;
pub mod rows;
pub mod shared;
mod sheets;
pub mod submission;
#[cfg(test)]
mod tests;
mod workers;
pub mod writer;

pub use behaviour::Look;

use crate::database::Database;
use chunks::Memory;
use flights::Flights;
use persons::PersonsOfProjects;
use std::sync::OnceLock;
use tokio::sync::Semaphore;

/// Answers questions. What was read stays in memory as far as the budget goes.
pub struct Store {
    pub database: Database,
    persons: PersonsOfProjects,
    memory: Memory,
    flights: Flights,
    /// Questions that are worked on at once; more wait, so that none is slow for all.
    turns: Semaphore,
    /// The first batch whose log records are in blocks of texts; read once.
    texts_from: OnceLock<i64>,
}

/// Enough that a short question does not wait for a long one.
const TURNS: usize = 3;

impl Store {
    /// `bytes` of memory for what was decoded.
    pub fn new(database: Database, bytes: u64) -> Store {
        Store {
            database,
            persons: PersonsOfProjects::default(),
            memory: Memory::of_bytes(bytes),
            flights: Flights::default(),
            turns: Semaphore::new(TURNS),
            texts_from: OnceLock::new(),
        }
    }

    /// Bytes of memory in use for what was decoded.
    pub fn remembered(&self) -> u64 {
        self.memory.bytes()
    }

    /// Forgets what is kept of a project, after an erasure or its removal.
    pub fn forget(&self, project: i32) {
        self.persons.forget(project);
        self.memory.clear();
    }
}
