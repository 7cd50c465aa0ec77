//! What a team expects to arrive, compared with what did: for their own continuous integration.

mod junit;
mod plan;
mod report;

pub use plan::{Plan, Severity, span};
pub use report::{Check, Finding, Report};
