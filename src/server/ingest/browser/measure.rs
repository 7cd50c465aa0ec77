//! What a page measures: its vitals, and how often it is seen by people who have not agreed to anything.

use super::exception::SERVICE;
use crate::ingest::admit::Sender;
use crate::ingest::event::{self, Draft};
use crate::ingest::otlp;
use crate::machine::Machine;
use crate::privacy::gate::{Fate, Gate};
use crate::privacy::{agent, scrub};
use crate::record::{Metric, MetricKind, Series, SeriesKey};
use chrono::{DateTime, TimeDelta, Utc};
use parallax_domain::{Category, Signal};
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use std::sync::{Arc, LazyLock};
use uuid::Uuid;

/// Names in an event, units, and the largest value that can be meant: ten minutes, a hundred screens.
const VITALS: [(&str, &str, f64); 5] =
    [("ttfb", "ms", 6e5), ("fcp", "ms", 6e5), ("lcp", "ms", 6e5), ("inp", "ms", 6e5), ("cls", "1", 100.0)];

/// Page views that belong to nobody.
const PAGE_VIEWS: &str = "web.page_views";

/// `web.<vital>` for each that the event tells, by page, device and network.
pub fn vitals(
    machine: &Machine,
    sender: &Sender,
    gate: &Gate<'_>,
    mut record: Map<String, Value>,
) -> Result<Vec<Metric>, Fate> {
    let told = match record.remove("properties") {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    };
    let draft = Draft::parse(Value::Object(record))?;
    let (at, flags) = gate.time(draft.at)?;
    gate.consent(Category::Performance, gate.refusals(draft.refusals, &event::who(gate, &draft)))?;
    let context = event::context(machine, sender, gate, &draft.said);
    let labels = [
        ("url.host", context.url_host),
        ("url.path", context.url_path),
        ("device", context.device),
        ("network", context.network),
    ];
    let service = context.service.unwrap_or_else(|| SERVICE.to_owned());
    let place = Place { gate, at, flags, service, labels: labels_of(gate, labels) };
    let mut metrics = Vec::new();
    for (name, unit, most) in VITALS {
        let value = match told.get(name) {
            None | Some(Value::Null) => continue,
            Some(value) => value.as_f64().filter(|value| (0.0..=most).contains(value)),
        };
        let value =
            value.ok_or_else(|| Fate::because(format!("properties.{name} must be a number from 0 to {most}")))?;
        metrics.push(place.point(&format!("web.{name}"), unit, MetricKind::Gauge, value));
    }
    if metrics.is_empty() {
        return Err(Fate::because("properties has none of ttfb, fcp, lcp, inp and cls"));
    }
    Ok(metrics)
}

/// A page view before a decision, or after a refusal: where and on which kind of device, and nothing else.
pub fn count(sender: &Sender, gate: &Gate<'_>, mut record: Map<String, Value>) -> Result<Metric, Fate> {
    let refused = record.get("properties").and_then(|told| told.get("refused")) == Some(&Value::Bool(true));
    // Whoever sends more than it should has it forgotten here.
    record.retain(|key, _| ["name", "at", "category", "context"].contains(&key.as_str()));
    let draft = Draft::parse(Value::Object(record))?;
    let (at, flags) = gate.time(draft.at)?;
    let page = draft.said.url.as_deref().map(scrub::url).unwrap_or_default();
    let device =
        agent::family(sender.agent.as_deref().unwrap_or_default(), None).device.map(|device| device.word().to_owned());
    let decision = if refused { "refused" } else { "none" };
    let labels =
        [("url.host", page.host), ("url.path", page.path), ("device", device), ("decision", Some(decision.to_owned()))];
    let place = Place { gate, at, flags, service: SERVICE.to_owned(), labels: labels_of(gate, labels) };
    Ok(place.point(PAGE_VIEWS, "{page view}", MetricKind::Sum, 1.0))
}

/// As JSON with sorted keys.
fn labels_of<const N: usize>(gate: &Gate<'_>, labels: [(&str, Option<String>); N]) -> String {
    let mut told: Vec<(String, Value)> =
        labels.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value?)))).collect();
    told.sort_by(|a, b| a.0.cmp(&b.0));
    gate.fields(Signal::Metric, told).json().unwrap_or_else(|| "{}".to_owned())
}

/// Points of one series at the same millisecond are one point, but visitors at the same millisecond are several: the later
/// one is told some milliseconds later.
fn moment(series: Uuid, at: DateTime<Utc>) -> DateTime<Utc> {
    const REMEMBERED: usize = 100_000;
    static TAKEN: LazyLock<Mutex<HashSet<(Uuid, i64)>>> = LazyLock::new(Mutex::default);
    let mut taken = TAKEN.lock();
    if taken.len() > REMEMBERED {
        taken.clear();
    }
    let mut free = at;
    while !taken.insert((series, free.timestamp_millis())) {
        free += TimeDelta::milliseconds(1);
    }
    free
}

/// When and where something was measured.
struct Place<'a> {
    gate: &'a Gate<'a>,
    at: DateTime<Utc>,
    flags: i16,
    service: String,
    labels: String,
}

impl Place<'_> {
    fn point(&self, name: &str, unit: &str, kind: MetricKind, value: f64) -> Metric {
        let resource = otlp::shared(json!({ "service.name": self.service }).to_string());
        let hash = otlp::hash(&[
            name.as_bytes(),
            unit.as_bytes(),
            &[kind as u8],
            resource.hash.as_bytes(),
            self.labels.as_bytes(),
            b"page",
        ]);
        let series = Series {
            name: self.gate.name(name),
            unit: unit.to_owned(),
            description: String::new(),
            kind,
            cumulative: false,
            monotonic: kind == MetricKind::Sum,
            service: Some(self.service.clone()),
            host: None,
            resource,
            labels: self.labels.clone(),
        };
        Metric {
            at: moment(hash, self.at),
            series: SeriesKey { hash, of: Arc::new(series) },
            started_at: None,
            value: Some(value),
            count: None,
            sum: None,
            low: None,
            high: None,
            flags: self.flags,
            buckets: None,
        }
    }
}
