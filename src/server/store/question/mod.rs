//! The questions of the contract, one method each. Screens and REST ask the same ones.

mod annotations;
pub mod arrivals;
mod behaviour;
pub mod decisions;
mod distributions;
mod events;
mod issue;
mod issues;
mod log_blocks;
mod log_lines;
mod logs;
pub mod machines;
pub mod masking;
mod metric_names;
mod metrics;
pub mod names;
pub mod outcomes;
mod passages;
pub mod person;
pub mod requests;
mod search;
pub mod seen;
pub mod sharing;
pub mod support;
mod targets;
mod trace;
mod traces;
mod usage;
mod values;
mod versions;
mod visits;

pub use annotations::AnnotationRow;
pub use behaviour::{person_id, person_reference};
pub use distributions::{QuantileLine, Shares};
pub use events::EventRow;
pub use issue::{IssueDetail, IssueState, OccurrenceRow};
pub use log_lines::LogLine;
pub use logs::{Histogram, LogPage, reads_text};
pub use metric_names::MetricName;
pub use metrics::SeriesRow;
pub use passages::{Causes, MetIssue};
pub use targets::TargetRow;
pub use versions::VersionRow;
pub use visits::SpendRow;

use crate::engine::calendar;
use crate::store::Look;
use parallax_domain::question::{Answer, Frame};
use parallax_domain::{Problem, Quality};

/// A result with the number of records that were read for it, and where from.
pub struct Read<T> {
    pub result: T,
    pub n: i64,
    pub source: &'static str,
    /// Whether only a part of what there is was read.
    pub sampled: bool,
}

impl<T> Read<T> {
    pub fn projection(result: T, n: i64) -> Read<T> {
        Read { result, n, source: "projection", sampled: false }
    }

    pub fn rollup(result: T, n: i64) -> Read<T> {
        Read { result, n, source: "roll-up", sampled: false }
    }

    pub fn raw(result: T, n: i64) -> Read<T> {
        Read { result, n, source: "raw", sampled: false }
    }
}

impl<T> Read<T> {
    pub fn sampled(self) -> Read<T> {
        Read { sampled: true, ..self }
    }
}

/// The frame of the period that a question is compared with.
pub fn compared(frame: &Frame) -> Result<Option<Frame>, Problem> {
    let Some(with) = frame.compare else { return Ok(None) };
    let period = calendar::compared(frame.period(), with, calendar::zone(&frame.zone)?)?;
    Ok(Some(Frame { from: period.from, to: period.to, compare: None, ..frame.clone() }))
}

impl<T> Read<T> {
    /// The answer of the contract: result, the compared one, and how far to trust it.
    pub fn answer(self, look: &Look, compared: Option<T>) -> Answer<T> {
        let quality = Quality { sampled: self.sampled, ..Quality::measured(self.n, look.fresh_as_of, self.source) };
        Answer { result: self.result, compared, quality }
    }
}
