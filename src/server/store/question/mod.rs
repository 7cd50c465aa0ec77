//! The questions of the contract, one method each. Screens and REST ask the same ones.

mod behaviour;
mod issues;
mod logs;
mod metrics;
pub mod requests;
mod search;
mod trace;
mod traces;

pub use logs::Histogram;
pub use metrics::SeriesRow;

use crate::engine::calendar;
use crate::store::Look;
use parallax_domain::question::{Answer, Frame};
use parallax_domain::{Problem, Quality};

/// A result with the number of records that were read for it, and where from.
pub struct Read<T> {
    pub result: T,
    pub n: i64,
    pub source: &'static str,
}

impl<T> Read<T> {
    pub fn projection(result: T, n: i64) -> Read<T> {
        Read { result, n, source: "projection" }
    }

    pub fn rollup(result: T, n: i64) -> Read<T> {
        Read { result, n, source: "roll-up" }
    }

    pub fn raw(result: T, n: i64) -> Read<T> {
        Read { result, n, source: "raw" }
    }
}

/// Asks a question for its period, and again for the one it is compared with.
pub async fn answered<T>(
    look: &mut Look,
    frame: &Frame,
    ask: impl AsyncFn(&mut Look, &Frame) -> Result<Read<T>, Problem>,
) -> Result<Answer<T>, Problem> {
    let read = ask(look, frame).await?;
    let compared = match frame.compare {
        None => None,
        Some(with) => {
            let period = calendar::compared(frame.period(), with, calendar::zone(&frame.zone)?)?;
            let other = Frame { from: period.from, to: period.to, compare: None, ..frame.clone() };
            Some(ask(look, &other).await?.result)
        }
    };
    let quality = Quality::measured(read.n, look.fresh_as_of, read.source);
    Ok(Answer { result: read.result, compared, quality })
}
