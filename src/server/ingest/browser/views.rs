//! Page views of people who have not agreed to anything: a number, and nobody's.

use crate::ingest::admit::Sender;
use crate::ingest::event::Draft;
use crate::ingest::{moment, otlp};
use crate::privacy::gate::{Fate, Gate};
use crate::privacy::{agent, pseudonym, scrub};
use crate::record::{Metric, MetricKind, Series, SeriesKey};
use parallax_domain::Signal;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use uuid::Uuid;

const NAME: &str = "web.page_views";

/// One page view before a decision, or after a refusal: where and on which kind of device, and nothing else. With the id
/// of its record, by which it is known again.
pub fn count(sender: &Sender, gate: &Gate<'_>, mut record: Map<String, Value>) -> Result<(Option<Uuid>, Metric), Fate> {
    let refused = record.get("properties").and_then(|told| told.get("refused")) == Some(&Value::Bool(true));
    // Whoever sends more than it should has it forgotten here.
    record.retain(|key, _| ["name", "id", "at", "category", "context"].contains(&key.as_str()));
    let draft = Draft::parse(Value::Object(record))?;
    let (at, flags) = gate.time(draft.at)?;
    let page = draft.said.url.as_deref().map(scrub::url).unwrap_or_default();
    let device = agent::family(sender.agent.as_deref().unwrap_or_default(), None).device.map(|device| device.word());
    let labels = [
        ("decision", Some(if refused { "refused" } else { "none" })),
        ("device", device),
        ("url.host", page.host.as_deref()),
        ("url.path", page.path.as_deref()),
    ];
    let labels = labels.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value?)))).collect();
    let labels = gate.fields(Signal::Metric, labels).json().unwrap_or_else(|| "{}".to_owned());
    let hash = otlp::hash(&[NAME.as_bytes(), labels.as_bytes()]);
    let series = Series {
        name: NAME.to_owned(),
        unit: "{page view}".to_owned(),
        description: "Page views without a person: before a decision, or after a refusal.".to_owned(),
        kind: MetricKind::Sum,
        cumulative: false,
        monotonic: true,
        service: None,
        host: None,
        resource: otlp::shared("{}".to_owned()),
        labels,
    };
    let metric = Metric {
        at: moment::free(hash, at),
        series: SeriesKey { hash, of: Arc::new(series) },
        started_at: None,
        value: Some(1.0),
        count: None,
        sum: None,
        low: None,
        high: None,
        flags,
        buckets: None,
    };
    Ok((draft.id.as_deref().map(|id| Uuid::from_bytes(pseudonym::event_key(id))), metric))
}
