//! Points of own metrics.

use super::Source;
use crate::record::{Metric, MetricKind, Series, SeriesKey};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Name and unit by OpenTelemetry's conventions.
#[derive(Clone, Copy)]
pub struct Shape<'a> {
    pub name: &'a str,
    pub unit: &'a str,
    /// A sum that only grows; else a gauge.
    pub counter: bool,
}

pub fn gauge<'a>(name: &'a str, unit: &'a str) -> Shape<'a> {
    Shape { name, unit, counter: false }
}

pub fn counter<'a>(name: &'a str, unit: &'a str) -> Shape<'a> {
    Shape { name, unit, counter: true }
}

pub fn metric(source: &Source, shape: Shape<'_>, labels: &[(&str, &str)], at: DateTime<Utc>, value: f64) -> Metric {
    // A Map keeps keys sorted, so the same labels always hash the same.
    let labels: Map<String, Value> =
        labels.iter().map(|(key, value)| ((*key).to_owned(), Value::String((*value).to_owned()))).collect();
    let labels = Value::Object(labels).to_string();
    let hash = crate::ingest::otlp::hash(&[
        shape.name.as_bytes(),
        shape.unit.as_bytes(),
        source.resource.hash.as_bytes(),
        labels.as_bytes(),
    ]);
    let series = Series {
        name: shape.name.to_owned(),
        unit: shape.unit.to_owned(),
        description: String::new(),
        kind: if shape.counter { MetricKind::Sum } else { MetricKind::Gauge },
        cumulative: shape.counter,
        monotonic: shape.counter,
        service: Some(super::SERVICE.to_owned()),
        host: Some(source.host.clone()),
        resource: source.resource.clone(),
        labels,
    };
    Metric {
        at,
        series: SeriesKey { hash, of: Arc::new(series) },
        started_at: None,
        value: Some(value),
        count: None,
        sum: None,
        low: None,
        high: None,
        flags: 0,
        buckets: None,
    }
}
