//! Funnels: ordered steps within a window, counted per person, session or attempt (contract rules F1-F20).

use super::Figure;
use crate::period::Interval;
use crate::{Filter, Instant};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Funnel {
    pub steps: Vec<Step>,
    /// Seconds from step 1 to the last step, inclusive.
    #[serde(default = "fourteen_days")]
    pub window: i64,
    #[serde(default)]
    pub order: Order,
    #[serde(default)]
    pub count: Count,
    #[serde(default)]
    pub reentry: bool,
    #[serde(default)]
    pub exclusions: Vec<Exclusion>,
    /// Properties whose value must stay that of step 1.
    #[serde(default)]
    pub hold: Vec<String>,
    #[serde(default)]
    pub breakdown: Option<Breakdown>,
    #[serde(default)]
    pub trend: Option<Interval>,
}

fn fourteen_days() -> i64 {
    1_209_600
}

impl Funnel {
    pub fn of(events: &[&str]) -> Funnel {
        Funnel {
            steps: events.iter().map(|event| Step { event: (*event).to_owned(), filters: Vec::new() }).collect(),
            window: fourteen_days(),
            order: Order::default(),
            count: Count::default(),
            reentry: false,
            exclusions: Vec::new(),
            hold: Vec::new(),
            breakdown: None,
            trend: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub event: String,
    #[serde(default)]
    pub filters: Vec<Filter>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Other events may lie between.
    #[default]
    Sequential,
    /// Nothing may lie between.
    Strict,
    /// All steps in any sequence; bar j counts people with at least j of them.
    Any,
    /// Only the first and the last step are required.
    Flexible,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Count {
    #[default]
    Unique,
    Session,
    /// Attempts: a new one starts when the last ended by conversion, time-out or exclusion.
    Total,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    pub event: String,
    /// 1-based.
    pub after_step: usize,
    pub before_step: usize,
    #[serde(default)]
    pub mode: ExclusionMode,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExclusionMode {
    /// The actor leaves the whole funnel.
    #[default]
    Remove,
    /// The attempt ends where the excluded event stands.
    Drop,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Breakdown {
    pub field: String,
    #[serde(default)]
    pub attribution: Touch,
    /// For `step`: 1-based.
    #[serde(default)]
    pub step: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Touch {
    #[default]
    First,
    Last,
    All,
    Step,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FunnelAnswer {
    pub steps: Vec<StepAnswer>,
    /// Entrants who have not converted and whose window is still running.
    pub open: i64,
    pub breakdown: Vec<FunnelRow>,
    pub trend: Vec<FunnelBucket>,
    pub time_to_convert: TimeToConvert,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepAnswer {
    pub event: String,
    pub count: i64,
    /// Fraction of step 1.
    pub overall: Figure,
    /// Fraction of the step before; unknown for step 1 and after an empty step.
    pub from_previous: Figure,
    pub median_seconds: Figure,
    pub p90_seconds: Figure,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunnelRow {
    pub value: Option<String>,
    pub counts: Vec<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunnelBucket {
    pub bucket: Instant,
    pub entered: i64,
    pub converted: i64,
    pub open: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimeToConvert {
    pub median: Figure,
    pub mean: Figure,
    pub p90: Figure,
    /// Conversions per stretch, each from the `upto` before it (exclusive) to its own (inclusive), in seconds.
    pub histogram: Vec<Upto>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Upto {
    pub upto: f64,
    pub count: i64,
}

/// The people behind one bar of a funnel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunnelPeople {
    /// 1-based.
    pub step: usize,
    #[serde(default)]
    pub outcome: FunnelOutcome,
    #[serde(default = "hundred")]
    pub limit: usize,
    #[serde(default)]
    pub after: Option<String>,
}

fn hundred() -> usize {
    100
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FunnelOutcome {
    #[default]
    Completed,
    /// Reached the step before and not this one.
    Dropped,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunnelPeopleAnswer {
    pub people: Vec<FunnelPerson>,
    /// Always equals the count in the funnel.
    pub total: i64,
    pub next: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunnelPerson {
    pub person: String,
    pub entered_at: Instant,
    pub steps: Vec<Option<Instant>>,
}
