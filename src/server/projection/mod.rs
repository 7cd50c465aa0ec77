//! Raw rows -> timelines, roll-ups, series, traces, issues. Everything here can be made again from the
//! raw rows and would be equal.

pub mod bytes;
pub mod chunk;
pub mod compact;
pub mod delta;
pub mod findings;
pub mod fold;
pub mod grouping;
pub mod points;
pub mod projector;
pub mod refold;
pub mod rewrite;
pub mod rollup;
pub mod sketch;
pub mod texts;
pub mod timeline;
mod traces;
