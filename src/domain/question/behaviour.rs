//! What people do over time: trends, retention, stickiness, lifecycle, paths, attribution, sessions.

use super::Figure;
use crate::Instant;
use crate::period::Interval;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trend {
    pub series: Vec<TrendSeries>,
    #[serde(default)]
    pub interval: Interval,
    #[serde(default)]
    pub breakdown: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrendSeries {
    /// No event means any event.
    #[serde(default)]
    pub event: Option<String>,
    /// `total`, `unique`, `per_user`, `revenue`, `sum:PROP`, `avg:PROP`, `p95:PROP`.
    #[serde(default = "total")]
    pub measure: String,
}

fn total() -> String {
    "total".to_owned()
}

#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    Total,
    Unique,
    PerUser,
    Revenue,
    Sum(String),
    Average(String),
    P95(String),
}

impl Measure {
    pub fn parse(text: &str) -> Option<Measure> {
        let property = |kind: fn(String) -> Measure, name: &str| (!name.is_empty()).then(|| kind(name.to_owned()));
        match text {
            "total" => Some(Measure::Total),
            "unique" => Some(Measure::Unique),
            "per_user" => Some(Measure::PerUser),
            "revenue" => Some(Measure::Revenue),
            _ => match text.split_once(':')? {
                ("sum", name) => property(Measure::Sum, name),
                ("avg", name) => property(Measure::Average, name),
                ("p95", name) => property(Measure::P95, name),
                _ => None,
            },
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrendAnswer {
    /// UTC instants of the calendar starts of the buckets.
    pub buckets: Vec<Instant>,
    pub series: Vec<TrendLine>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrendLine {
    pub event: Option<String>,
    pub measure: String,
    pub value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<String>,
    pub values: Vec<Figure>,
    /// The measure over the whole range: unique is not the sum of its buckets.
    pub total: Figure,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    #[serde(default)]
    pub start: Option<String>,
    #[serde(default, rename = "return")]
    pub back: Option<String>,
    #[serde(default = "week")]
    pub unit: Interval,
    #[serde(default)]
    pub mode: RetentionMode,
    #[serde(default)]
    pub cohort: Cohort,
    #[serde(default)]
    pub interval: RetentionInterval,
    /// Number of values, period 0 included.
    #[serde(default = "twelve")]
    pub periods: usize,
}

fn week() -> Interval {
    Interval::Week
}

fn twelve() -> usize {
    12
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetentionMode {
    #[default]
    On,
    OnOrAfter,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cohort {
    /// By the first start event ever, also before the range.
    #[default]
    First,
    /// By every period with a start event: one person may be in several cohorts.
    Recurring,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RetentionInterval {
    #[default]
    Calendar,
    /// Counted from each person's own start; a month is 30 days.
    Rolling,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RetentionAnswer {
    pub cohorts: Vec<CohortRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CohortRow {
    pub start: Instant,
    pub size: i64,
    pub values: Vec<i64>,
    pub complete: Vec<bool>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stickiness {
    #[serde(default)]
    pub event: Option<String>,
    #[serde(default)]
    pub unit: Interval,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StickinessAnswer {
    pub days: Vec<StickinessRow>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StickinessRow {
    /// Exactly this many calendar units of the range.
    pub x: i64,
    pub people: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lifecycle {
    #[serde(default)]
    pub event: Option<String>,
    #[serde(default)]
    pub interval: Interval,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LifecycleAnswer {
    pub buckets: Vec<Instant>,
    pub new: Vec<i64>,
    pub returning: Vec<i64>,
    pub resurrecting: Vec<i64>,
    pub dormant: Vec<i64>,
    pub quick_ratio: Vec<Figure>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paths {
    #[serde(default)]
    pub start: Option<String>,
    #[serde(default)]
    pub end: Option<String>,
    /// First so many events of a session.
    #[serde(default = "five")]
    pub depth: usize,
    #[serde(default = "fifty")]
    pub limit: usize,
}

fn five() -> usize {
    5
}

fn fifty() -> usize {
    50
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PathsAnswer {
    pub nodes: Vec<PathNode>,
    pub edges: Vec<PathEdge>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathNode {
    pub name: String,
    /// 0-based position in the session.
    pub step: usize,
    pub count: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathEdge {
    pub from: String,
    pub to: String,
    /// 1 is the first transition.
    pub step: usize,
    pub count: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribution {
    pub conversion: String,
    #[serde(default = "source")]
    pub field: String,
    #[serde(default)]
    pub model: Model,
    #[serde(default = "thirty")]
    pub lookback_days: i64,
}

fn source() -> String {
    "campaign.source".to_owned()
}

fn thirty() -> i64 {
    30
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    First,
    #[default]
    Last,
    Linear,
    Participation,
    /// Half-life of seven days.
    TimeDecay,
    U,
    J,
    InverseJ,
}

impl Model {
    pub const ALL: [Model; 8] = [
        Model::First,
        Model::Last,
        Model::Linear,
        Model::Participation,
        Model::TimeDecay,
        Model::U,
        Model::J,
        Model::InverseJ,
    ];
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AttributionAnswer {
    pub rows: Vec<AttributionRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttributionRow {
    pub value: String,
    pub conversions: f64,
    /// By currency; empty when no conversion carried money.
    pub revenue: Vec<Money>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Money {
    pub amount: f64,
    pub currency: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sessions {
    #[serde(default)]
    pub by: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SessionsAnswer {
    pub rows: Vec<SessionRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionRow {
    pub value: Option<String>,
    pub sessions: i64,
    pub people: i64,
    pub median_seconds: Figure,
    /// Share of sessions with exactly one page view, of those with at least one.
    pub bounce_rate: Figure,
    pub pages_per_session: Figure,
}
