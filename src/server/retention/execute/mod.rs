//! Deletes one item of a plan and proves it. Killed at any point it leaves something that the next run finishes: a table
//! that was set aside, or rows that are still there, and an unfinished line of the list of deletions.

mod line;
mod rollups;
mod rows;
mod table;

pub use table::DOOMED;

use super::hold::Hold;
use super::plan::{Doomed, Item};
use crate::database::partition::Partition;
use crate::machine::Machine;
use anyhow::Context;
use parallax_domain::Signal;

/// What the deletions of one run have in common.
pub struct Job<'a> {
    pub machine: &'a Machine,
    pub project: i32,
    pub project_name: String,
    /// Hash of the plan that is carried out.
    pub plan: String,
    /// `scheduled run`, or the change that was approved.
    pub because: String,
    pub change: Option<i64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    pub tables: usize,
    pub rows: i64,
    pub bytes: i64,
}

impl Job<'_> {
    pub async fn execute(&self, item: &Item) -> anyhow::Result<Deleted> {
        match &item.what {
            Doomed::Table(table) => self.table(item, day_of(table)?).await,
            Doomed::Rows { table, leaf } => self.rows(item, day_of(table)?, leaf).await,
            Doomed::Field { table, name } => self.field(item, day_of(table)?, name).await,
            Doomed::Rollups { minutes } => self.rollups(item, *minutes).await,
        }
    }
}

fn day_of(table: &str) -> anyhow::Result<Partition> {
    Partition::parse(table).context("a plan names a table that is no day's")
}

/// Holds that rows of this signal and day can be under.
fn touching(holds: Vec<Hold>, signal: Signal, day: chrono::NaiveDate) -> Vec<Hold> {
    holds.into_iter().filter(|hold| hold.touches(signal, day)).collect()
}
