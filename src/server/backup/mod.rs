//! Backups, and what a restore must do before anybody may see it again: those who were erased since are erased once more,
//! and what was refused since stays refused.
//!
//! A backup is one tar file: what `pg_dump` wrote, two tables without their secrets, and a page that says what it is. Keys
//! and salts are not in it. Keys that a restore needs lie in the data folder, and those of erased people are not there.

mod archive;
pub mod keys;
mod replay;
mod restore;
mod tools;
mod write;

pub use restore::{Restored, restore};
pub use write::{Written, write};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Of the form of a backup.
const FORMAT: u32 = 1;

/// The first page of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    pub format: u32,
    /// Of the program that wrote it.
    pub program: String,
    pub made_at: DateTime<Utc>,
    /// The newest migration.
    pub schema: i64,
    /// Short name of the installation's public key.
    pub installation: String,
    /// Columns of the two tables that are kept apart, in the order of their files.
    pub project_columns: Vec<String>,
    pub subject_columns: Vec<String>,
    /// The newest entry of the audit log.
    pub audit: i64,
}

/// Tables of secrets that live shorter than a backup, or that nobody needs after a restore.
const WITHOUT_ROWS: [&str; 6] = ["project", "subject", "session", "ticket_of_entry", "visit", "salt"];
