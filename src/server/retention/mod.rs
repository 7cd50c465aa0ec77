//! What is kept how long: rules per project and signal, the run that deletes, and its proof.

pub mod ahead;
pub mod plan;
pub mod run;
pub mod tidy;
