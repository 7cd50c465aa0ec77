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
pub mod copy;
pub mod frame;
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
pub mod submission;
mod timelines;
pub mod writer;

pub use behaviour::Look;

use crate::database::Database;
use crate::projection::points::Points;
use crate::projection::rollup::Rollup;
use crate::projection::timeline::{Column, Table};
use chunks::Memory;
use persons::PersonsOfProjects;
use std::sync::Arc;

/// Answers questions. What was read stays in memory as far as the budget goes.
pub struct Store {
    pub database: Database,
    persons: PersonsOfProjects,
    rollups: Memory<(i32, crate::projection::chunk::Kind, &'static str, i64), Rollup>,
    cores: Memory<(i32, i64), Table>,
    columns: Memory<(i32, i64, String), Option<Arc<Column>>>,
    points: Memory<(i32, String, i64), Points>,
}

impl Store {
    /// `bytes` of memory for what was decoded.
    pub fn new(database: Database, bytes: u64) -> Store {
        Store {
            database,
            persons: PersonsOfProjects::default(),
            rollups: Memory::of_bytes(bytes / 4),
            cores: Memory::of_bytes(bytes / 4),
            columns: Memory::of_bytes(bytes * 3 / 8),
            points: Memory::of_bytes(bytes / 8),
        }
    }

    /// Forgets what is kept of a project, after an erasure or its removal.
    pub fn forget(&self, project: i32) {
        self.persons.forget(project);
        self.rollups.clear();
        self.cores.clear();
        self.columns.clear();
        self.points.clear();
    }
}
