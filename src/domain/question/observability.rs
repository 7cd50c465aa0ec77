//! What systems do: requests, metrics, logs, traces, issues, and series against each other.

use super::Figure;
use crate::Instant;
use crate::period::Interval;
use crate::signal::{Severity, SpanKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requests {
    #[serde(default)]
    pub service: Option<String>,
    #[serde(default)]
    pub operation: Option<String>,
    #[serde(default)]
    pub by: Option<RequestsBy>,
    #[serde(default)]
    pub interval: Interval,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RequestsBy {
    Service,
    Operation,
    Version,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RequestsAnswer {
    pub rows: Vec<RequestsRow>,
}

/// Milliseconds; arrays hold one figure per bucket.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RequestsRow {
    pub key: Option<String>,
    pub buckets: Vec<Instant>,
    pub count: Vec<i64>,
    pub errors: Vec<i64>,
    pub p50: Vec<Figure>,
    pub p75: Vec<Figure>,
    pub p90: Vec<Figure>,
    pub p95: Vec<Figure>,
    pub p99: Vec<Figure>,
    pub apdex: Vec<Figure>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    pub name: String,
    #[serde(default)]
    pub aggregate: Aggregate,
    #[serde(default)]
    pub by: Vec<String>,
    #[serde(default)]
    pub interval: Interval,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Aggregate {
    #[default]
    Avg,
    Min,
    Max,
    Sum,
    Last,
    Rate,
    P95,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MetricsAnswer {
    pub buckets: Vec<Instant>,
    pub series: Vec<MetricLine>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricLine {
    pub labels: BTreeMap<String, Option<String>>,
    pub unit: String,
    pub values: Vec<Figure>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logs {
    #[serde(default)]
    pub search: String,
    #[serde(default = "hundred")]
    pub limit: usize,
    #[serde(default)]
    pub after: Option<String>,
}

fn hundred() -> usize {
    100
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LogsAnswer {
    pub rows: Vec<LogRow>,
    /// Exact up to 100,000; beyond that absent, and `total_at_least` says so.
    pub total: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub total_at_least: Option<i64>,
    pub patterns: Vec<Pattern>,
    pub facets: Vec<Facet>,
    pub next: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogRow {
    pub at: Instant,
    pub level: Severity,
    pub service: Option<String>,
    pub message: String,
    pub trace_id: Option<String>,
    pub span_id: Option<String>,
    pub attributes: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pattern {
    /// The message with its changing parts replaced by `<*>`.
    pub template: String,
    pub level: Severity,
    pub count: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facet {
    pub field: String,
    pub values: Vec<FacetValue>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FacetValue {
    pub value: Option<String>,
    pub count: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traces {
    #[serde(default)]
    pub service: Option<String>,
    #[serde(default)]
    pub operation: Option<String>,
    #[serde(default)]
    pub min_ms: Option<f64>,
    #[serde(default)]
    pub errors: bool,
    #[serde(default = "hundred")]
    pub limit: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TracesAnswer {
    pub rows: Vec<TraceRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraceRow {
    pub trace_id: String,
    pub service: Option<String>,
    pub operation: String,
    pub at: Instant,
    pub ms: f64,
    pub spans: i64,
    pub errors: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    pub trace_id: String,
    pub started_at: Instant,
    pub ms: f64,
    /// Parents before children, siblings by start.
    pub spans: Vec<Span>,
    pub critical_path: Vec<String>,
    pub bottleneck: Option<Bottleneck>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    pub span_id: String,
    pub parent_id: Option<String>,
    pub service: Option<String>,
    pub operation: String,
    pub kind: SpanKind,
    pub started_at: Instant,
    /// Offset from the start of the trace.
    pub start_ms: f64,
    pub ms: f64,
    /// Duration without the union of the children's intervals.
    pub self_ms: f64,
    pub error: bool,
    pub status: Option<i64>,
    pub depth: usize,
    pub critical: bool,
    pub attributes: BTreeMap<String, String>,
    pub events: Vec<SpanEvent>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpanEvent {
    pub name: String,
    pub at: Instant,
    pub attributes: BTreeMap<String, String>,
}

/// The largest self-time on the critical path (contract rule G5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bottleneck {
    pub service: Option<String>,
    pub operation: String,
    pub span_id: String,
    pub self_ms: f64,
    /// Of the trace's duration, 0 to 1.
    pub share: f64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issues {
    #[serde(default)]
    pub status: Option<IssueStatus>,
    #[serde(default)]
    pub sort: IssueSort,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IssueStatus {
    New,
    Ongoing,
    Escalating,
    Regressed,
    Archived,
    Resolved,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssueSort {
    #[default]
    People,
    Count,
    LastSeen,
    FirstSeen,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct IssuesAnswer {
    pub rows: Vec<IssueRow>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IssueRow {
    pub id: String,
    pub title: String,
    pub service: Option<String>,
    pub count: i64,
    pub people: i64,
    pub first_seen: Instant,
    pub last_seen: Instant,
    pub status: IssueStatus,
    pub versions: Vec<String>,
}
