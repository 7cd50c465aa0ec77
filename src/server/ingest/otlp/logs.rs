//! Log records. A record that is an event is also a product event where a person or session is known;
//! a plain line is read for its time, level and service; a utilisation line is also metric points.

use super::answer::Outcome;
use super::attributes::{self, Attributes, Source};
use super::traces::{exception, person};
use crate::ingest::admit::Sender;
use crate::ingest::event::{self, Draft};
use crate::ingest::gathered::Gathered;
use crate::ingest::lines;
use crate::ingest::names;
use crate::machine::Machine;
use crate::privacy::gate::{Fate, Gate};
use crate::record::{Event, Log, Metric, MetricKind, Series, SeriesKey};
use crate::store::submission::Repeat;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use parallax_domain::{Category, Problem, Severity, Signal};
use serde_json::{Value, json};
use std::sync::Arc;

const LONGEST_MESSAGE: usize = 32 * 1024;

/// What is derived from the records of one request.
#[derive(Default)]
struct Derived {
    events: Vec<Event>,
    metrics: Vec<Metric>,
}

pub async fn take(
    machine: &Machine,
    sender: &Sender,
    request: ExportLogsServiceRequest,
    repeat: Repeat,
) -> Result<Outcome, Problem> {
    let gate = sender.gate(machine, None);
    let (mut logs, mut derived) = (Gathered::default(), Derived::default());
    for resource in request.resource_logs {
        let source = Source::read(&gate, Signal::Log, resource.resource);
        for scope in resource.scope_logs {
            let name = gate.optional_name(scope.scope.as_ref().map(|scope| scope.name.as_str()));
            for record in scope.log_records {
                logs.note(read(machine, &gate, sender, &source, name.clone(), record, &mut derived));
            }
        }
    }
    super::limit(logs.len())?;
    // What is derived is stored first: if the rest fails, the sender repeats and the derived part is known.
    if !derived.events.is_empty() {
        let events = Gathered::of(derived.events).submission(sender, Some(repeat.clone()));
        machine.intake.events.submit(events).await?;
    }
    if !derived.metrics.is_empty() {
        let metrics = Gathered::of(derived.metrics).submission(sender, Some(repeat.clone()));
        machine.intake.metrics.submit(metrics).await?;
    }
    Ok(super::outcome(machine.intake.logs.submit(logs.submission(sender, Some(repeat))).await?))
}

fn read(
    machine: &Machine,
    gate: &Gate<'_>,
    sender: &Sender,
    source: &Source,
    scope: Option<String>,
    record: LogRecord,
    derived: &mut Derived,
) -> Result<Log, Fate> {
    let mut attributes = attributes::read(record.attributes);
    let body = attributes::value(record.body, 0);
    let line = body.as_str().map(|text| lines::parse_received(text, gate.received_at));
    let nanos = if record.time_unix_nano != 0 { record.time_unix_nano } else { record.observed_time_unix_nano };
    let own_time = line.as_ref().and_then(|line| line.at);
    let (at, flags) = match (nanos, own_time) {
        (0, Some(text)) => gate.time(Some(text))?,
        _ => gate.time_of_nanos(nanos)?,
    };
    if let (true, Some(text)) = (nanos != 0, own_time) {
        attributes.push(("log.time".to_owned(), json!(text)));
    }
    if let Some(line) = &line {
        attributes.extend(line.attributes.iter().map(|(key, value)| (key.clone(), Value::String(value.clone()))));
    }
    let name = Some(record.event_name.as_str())
        .filter(|name| !name.is_empty())
        .or_else(|| attributes::text(&attributes, &["event.name", "microsoft.custom_event.name"]))
        .map(str::to_owned);
    let severity = Severity::from_otel(record.severity_number)
        .or_else(|| Severity::from_word(&record.severity_text))
        .or_else(|| line.as_ref().and_then(|line| line.severity))
        .unwrap_or(Severity::Info);
    let tells_error = severity >= Severity::Error
        || attributes::text(&attributes, &["exception.type", "exception.message"]).is_some();
    let category = if tells_error { Category::Errors } else { Category::Performance };
    let (who, refusals) = person(gate, sender, source, &attributes, category)?;
    let exceptions = exception(gate, &attributes).into_iter().collect();
    let host = line.as_ref().and_then(|line| gate.optional_name(line.host.as_deref())).or_else(|| source.host.clone());
    let service =
        line.as_ref().and_then(|line| gate.optional_name(line.service.as_deref())).or_else(|| source.service.clone());
    if let Some(line) = &line {
        derived.metrics.extend(line.metrics.iter().map(|point| metric(source, host.as_deref(), at, flags, point)));
    }
    let message = match (&body, &line, &name) {
        (_, Some(line), _) if !line.message.is_empty() => line.message.clone(),
        (Value::Null, _, Some(name)) => name.clone(),
        (Value::Null, _, None) => attributes::text(&attributes, &["exception.message"]).unwrap_or_default().to_owned(),
        (Value::String(text), _, _) => text.clone(),
        (other, _, _) => other.to_string(),
    };
    if let Some(name) = &name {
        let event = as_event(machine, gate, sender, source, name, &attributes, &body, record.trace_id.as_slice(), at);
        derived.events.extend(event);
    }
    Ok(Log {
        at,
        severity,
        service,
        host,
        message: gate.text(&message, LONGEST_MESSAGE),
        name: gate.optional_name(name.as_deref()),
        trace_id: attributes::trace_id(&record.trace_id),
        span_id: attributes::span_id(&record.span_id),
        version: source.version.clone(),
        environment: source.environment.clone(),
        who,
        resource: source.shared.clone(),
        scope,
        flags,
        attributes: gate.fields_under(Signal::Log, refusals, attributes).json(),
        exceptions,
    })
}

/// Contract rule P12: an event for the person or session it names. None if nobody is named or the person refused.
#[expect(clippy::too_many_arguments, reason = "the parts of one log record, each used once")]
fn as_event(
    machine: &Machine,
    gate: &Gate<'_>,
    sender: &Sender,
    source: &Source,
    name: &str,
    attributes: &Attributes,
    body: &Value,
    trace_id: &[u8],
    at: chrono::DateTime<chrono::Utc>,
) -> Option<Event> {
    let said = |keys: &[&str]| attributes::text(attributes, keys).map(str::to_owned);
    let user = said(&["user.id", "enduser.id", "enduser.pseudo.id"]);
    let session = said(&["session.id"]);
    // Without a person the session is the actor.
    let anonymous = said(&["app.installation.id"]).or_else(|| user.is_none().then(|| session.clone()).flatten());
    if user.is_none() && anonymous.is_none() {
        return None;
    }
    let mut properties: Vec<(String, Value)> = attributes.clone();
    if let Value::Object(members) = body {
        properties.extend(members.clone());
    }
    let draft = Draft {
        name: names::canonical(name).to_owned(),
        at: Some(at),
        user,
        anonymous,
        session,
        properties,
        weight: 1.0,
        said: event::Said {
            url: said(&["url.full"]),
            version: source.version.clone(),
            environment: source.environment.clone(),
            service: source.service.clone(),
            trace_id: attributes::trace_id(trace_id).map(|id| id.simple().to_string()),
            ..event::Said::default()
        },
        ..Draft::default()
    };
    // The time was judged with the record; judging it again would shift it twice.
    let again = Gate { skew: None, ..*gate };
    event::admit(machine, sender, &again, draft).ok()
}

fn metric(
    source: &Source,
    host: Option<&str>,
    at: chrono::DateTime<chrono::Utc>,
    flags: i16,
    point: &lines::LinePoint,
) -> Metric {
    let mut labels: serde_json::Map<String, Value> =
        point.labels.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
    labels.insert("host.name".to_owned(), json!(host));
    let labels = Value::Object(labels).to_string();
    let hash = attributes::hash(&[point.name.as_bytes(), point.unit.as_bytes(), labels.as_bytes(), b"line"]);
    let series = Series {
        name: point.name.to_string(),
        unit: point.unit.to_string(),
        description: String::new(),
        kind: MetricKind::Gauge,
        cumulative: false,
        monotonic: false,
        service: source.service.clone(),
        host: host.map(str::to_owned),
        resource: source.shared.clone(),
        labels,
    };
    Metric {
        at,
        series: SeriesKey { hash, of: Arc::new(series) },
        started_at: None,
        value: Some(point.value),
        count: None,
        sum: None,
        low: None,
        high: None,
        flags,
        buckets: None,
    }
}
