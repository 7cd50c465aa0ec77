//! Questions and their answers, in the spelling of the public contract. REST, screens, exports and
//! alerts ask the same ones.

mod behaviour;
mod funnel;
mod funnel_address;
mod observability;

pub use behaviour::*;
pub use funnel::*;
pub use observability::*;

use crate::{Comparison, Filter, Instant, Period, Quality};
use serde::{Deserialize, Serialize};

/// Members that every request has. The members of the question itself stand beside them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    pub from: Instant,
    pub to: Instant,
    #[serde(default = "utc")]
    pub zone: String,
    #[serde(default)]
    pub filters: Vec<Filter>,
    #[serde(default)]
    pub compare: Option<Comparison>,
}

impl Frame {
    pub fn period(&self) -> Period {
        Period { from: self.from, to: self.to }
    }

    pub const MEMBERS: [&'static str; 5] = ["from", "to", "zone", "filters", "compare"];
}

fn utc() -> String {
    "UTC".to_owned()
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer<T> {
    pub result: T,
    pub compared: Option<T>,
    pub quality: Quality,
}

/// A number that may be unknown: `null` in JSON, never zero.
pub type Figure = Option<f64>;
