//! What has to hold for every story that the company tells.

mod coherence;
mod determinism;
mod estate;
mod evidence;
mod privacy;
mod scenario;
mod seasons;
mod story;
mod volume;

use super::{Company, Options, Slice};
use chrono::{DateTime, Duration, Utc};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::{Metric, metric::Data, number_data_point};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::Value;
use std::collections::BTreeMap;

/// A Thursday.
pub(super) fn end() -> DateTime<Utc> {
    "2026-11-19T15:58:00Z".parse().expect("an instant")
}

pub(super) fn company(seed: u64, scale: f64) -> Company {
    Company::new(Options { seed, days: 30, scale, end: end() }).expect("the scenario that is built in")
}

pub(super) fn before_end(minutes: i64) -> DateTime<Utc> {
    end() - Duration::minutes(minutes)
}

pub(super) fn at(event: &Value) -> DateTime<Utc> {
    event["at"].as_str().and_then(|text| text.parse().ok()).expect("a time")
}

pub(super) fn events(slice: &Slice) -> impl Iterator<Item = &Value> {
    slice.events.iter().flatten()
}

pub(super) fn named<'a>(slice: &'a Slice, name: &'a str) -> impl Iterator<Item = &'a Value> {
    events(slice).filter(move |event| event["name"] == name)
}

pub(super) fn spans(slice: &Slice) -> Vec<(&Resource, &Span)> {
    let resources = slice.traces.iter().flat_map(|request| &request.resource_spans);
    let scopes = resources.flat_map(|r| r.scope_spans.iter().map(move |scope| (r.resource.as_ref(), scope)));
    scopes.flat_map(|(r, scope)| scope.spans.iter().filter_map(move |span| Some((r?, span)))).collect()
}

pub(super) fn lines(slice: &Slice) -> Vec<(&Resource, &LogRecord)> {
    let resources = slice.logs.iter().flat_map(|request| &request.resource_logs);
    let scopes = resources.flat_map(|r| r.scope_logs.iter().map(move |scope| (r.resource.as_ref(), scope)));
    scopes.flat_map(|(r, scope)| scope.log_records.iter().filter_map(move |line| Some((r?, line)))).collect()
}

pub(super) fn metrics(slice: &Slice) -> Vec<(&Resource, &Metric)> {
    let resources = slice.metrics.iter().flat_map(|request| &request.resource_metrics);
    let scopes = resources.flat_map(|r| r.scope_metrics.iter().map(move |scope| (r.resource.as_ref(), scope)));
    scopes.flat_map(|(r, scope)| scope.metrics.iter().filter_map(move |metric| Some((r?, metric)))).collect()
}

pub(super) fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    let value = attributes.iter().find(|attribute| attribute.key == key)?.value.as_ref()?;
    match value.value.as_ref()? {
        any_value::Value::StringValue(text) => Some(text),
        _ => None,
    }
}

pub(super) fn body(line: &LogRecord) -> &str {
    match line.body.as_ref().and_then(|body| body.value.as_ref()) {
        Some(any_value::Value::StringValue(text)) => text,
        _ => "",
    }
}

/// Readings of a gauge or sum: time in seconds and value, of points whose labels pass.
pub(super) fn readings(slice: &Slice, name: &str, host: &str, passes: impl Fn(&[KeyValue]) -> bool) -> Vec<(i64, f64)> {
    let mut found = Vec::new();
    for (resource, metric) in metrics(slice) {
        if metric.name != name || !(host.is_empty() || text(&resource.attributes, "host.name") == Some(host)) {
            continue;
        }
        let points = match metric.data.as_ref() {
            Some(Data::Gauge(gauge)) => &gauge.data_points,
            Some(Data::Sum(sum)) => &sum.data_points,
            _ => continue,
        };
        for point in points.iter().filter(|point| passes(&point.attributes)) {
            if let Some(number_data_point::Value::AsDouble(value)) = point.value {
                found.push(((point.time_unix_nano / 1_000_000_000) as i64, value));
            }
        }
    }
    found.sort_by_key(|(at, _)| *at);
    found
}

pub(super) fn average(values: &[(i64, f64)]) -> f64 {
    values.iter().map(|(_, value)| value).sum::<f64>() / values.len() as f64
}

pub(super) fn percentile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share) as usize]
}

/// Checkouts started before `to`, and those of them that were paid.
pub(super) fn paid(company: &Company, from: DateTime<Utc>, to: DateTime<Utc>) -> (usize, usize) {
    let slice = company.slice(from, to + Duration::minutes(45));
    let mut started: BTreeMap<&str, bool> = BTreeMap::new();
    for event in events(&slice) {
        let session = event["session"].as_str().expect("a session");
        if event["name"] == "checkout_start" && at(event) < to {
            started.insert(session, false);
        } else if event["name"] == "Purchase_Completed"
            && let Some(done) = started.get_mut(session)
        {
            *done = true;
        }
    }
    (started.len(), started.values().filter(|done| **done).count())
}
