//! What is kept how long: rules and promises, holds, the plan of what goes, changes that wait, the run that deletes, and
//! its proof.

pub mod ahead;
pub mod change;
mod derived;
mod execute;
pub mod field;
pub mod hold;
pub mod losses;
pub mod plan;
pub mod preview;
pub mod proof;
pub mod rule;
pub mod run;
pub mod tidy;
pub mod watch;

pub use execute::Deleted;
