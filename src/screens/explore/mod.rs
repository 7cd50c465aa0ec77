//! The stream itself: traces, logs, metrics, events.

pub mod trace;
pub mod traces;
