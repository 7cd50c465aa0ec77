//! Listens to the program's own spans and log lines.
//!
//! Only spans that were opened for it become telemetry: one per request ([`request_span`]) and one per
//! question to the database (`query …`). Anything that happens while own telemetry is stored is not heard,
//! because the writers run outside of any request.

use super::{SERVICE, Source, VERSION};
use crate::privacy::gate::Gate;
use crate::record::{Log, Span, Who};
use chrono::{DateTime, Utc};
use parallax_domain::signal::SpanKind;
use parallax_domain::{Severity, Signal};
use parking_lot::Mutex;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use uuid::Uuid;

/// Spans of this target are requests and queries.
pub const TARGET: &str = "parallax::own";
/// What is waiting to be handed in is bounded; a flood is cut, not queued.
const MOST: usize = 20_000;

/// The span of one request. `route` is the pattern, never the path itself.
pub fn request_span(method: &str, route: &str) -> tracing::Span {
    tracing::info_span!(
        target: TARGET, "request",
        otel.name = %format!("{method} {route}"),
        otel.kind = "server",
        http.request.method = %method,
        http.route = %route,
        http.response.status_code = tracing::field::Empty,
        error = tracing::field::Empty,
    )
}

#[derive(Default)]
pub struct Heard {
    spans: Mutex<Vec<HeardSpan>>,
    logs: Mutex<Vec<HeardLog>>,
}

impl Heard {
    pub fn take(&self) -> (Vec<HeardSpan>, Vec<HeardLog>) {
        (std::mem::take(&mut *self.spans.lock()), std::mem::take(&mut *self.logs.lock()))
    }
}

pub struct HeardSpan {
    at: DateTime<Utc>,
    nanos: i64,
    place: Place,
    parent: Option<i64>,
    fields: BTreeMap<&'static str, Value>,
}

pub struct HeardLog {
    at: DateTime<Utc>,
    level: Level,
    target: String,
    message: String,
    fields: BTreeMap<&'static str, Value>,
    place: Option<Place>,
}

#[derive(Clone, Copy)]
struct Place {
    trace: Uuid,
    span: i64,
}

pub struct OwnLayer {
    heard: Arc<Heard>,
}

impl OwnLayer {
    pub fn new() -> (OwnLayer, Arc<Heard>) {
        let heard = Arc::new(Heard::default());
        (OwnLayer { heard: heard.clone() }, heard)
    }
}

/// Kept with a span while it is open.
struct Open {
    at: DateTime<Utc>,
    since: Instant,
    place: Place,
    parent: Option<i64>,
    fields: BTreeMap<&'static str, Value>,
}

impl<S> Layer<S> for OwnLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().target() != TARGET {
            return;
        }
        let Some(span) = context.span(id) else { return };
        let parent = span.parent().and_then(|parent| parent.extensions().get::<Open>().map(|open| open.place));
        let fresh = Uuid::new_v4();
        let place = Place {
            trace: parent.map_or_else(Uuid::new_v4, |parent| parent.trace),
            span: i64::from_be_bytes(fresh.as_bytes()[..8].try_into().unwrap_or([1; 8])),
        };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(Open {
            at: Utc::now(),
            since: Instant::now(),
            place,
            parent: parent.map(|parent| parent.span),
            fields: fields.0,
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(open) = span.extensions_mut().get_mut::<Open>() {
            let mut fields = Fields(std::mem::take(&mut open.fields));
            values.record(&mut fields);
            open.fields = fields.0;
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        if *metadata.level() > Level::INFO || !metadata.target().starts_with("parallax") {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let message = match fields.0.remove("message") {
            Some(Value::String(text)) => text,
            other => other.map(|value| value.to_string()).unwrap_or_default(),
        };
        let place = context
            .event_scope(event)
            .and_then(|mut scope| scope.find_map(|span| span.extensions().get::<Open>().map(|open| open.place)));
        let mut logs = self.heard.logs.lock();
        if logs.len() < MOST {
            logs.push(HeardLog {
                at: Utc::now(),
                level: *metadata.level(),
                target: metadata.target().to_owned(),
                message,
                fields: fields.0,
                place,
            });
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(open) = span.extensions_mut().remove::<Open>() else { return };
        let mut spans = self.heard.spans.lock();
        if spans.len() < MOST {
            spans.push(HeardSpan {
                at: open.at,
                nanos: i64::try_from(open.since.elapsed().as_nanos()).unwrap_or(i64::MAX),
                place: open.place,
                parent: open.parent,
                fields: open.fields,
            });
        }
    }
}

#[derive(Default)]
struct Fields(BTreeMap<&'static str, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.insert(field.name(), Value::String(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), Value::String(value.to_owned()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name(), value.into());
    }
}

impl HeardSpan {
    pub fn record(mut self, gate: &Gate<'_>, source: &Source) -> Span {
        let mut text = |key: &str| match self.fields.remove(key) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let name = text("otel.name").unwrap_or_else(|| "unnamed".to_owned());
        let kind = match text("otel.kind").as_deref() {
            Some("server") => SpanKind::Server,
            Some("client") => SpanKind::Client,
            _ => SpanKind::Internal,
        };
        let status = self.fields.get("http.response.status_code").and_then(Value::as_i64);
        let error = self.fields.remove("error").and_then(|value| value.as_bool()).unwrap_or(false);
        let peer = (kind == SpanKind::Client).then(|| "postgresql parallax".to_owned());
        let fields = self.fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        Span {
            at: self.at,
            duration: self.nanos,
            trace_id: self.place.trace,
            span_id: self.place.span,
            parent_id: self.parent,
            service: Some(SERVICE.to_owned()),
            operation: gate.name(&name),
            kind,
            error: error || status.is_some_and(|status| status >= 500),
            status: status.and_then(|status| i16::try_from(status).ok()),
            version: Some(VERSION.to_owned()),
            environment: None,
            host: Some(source.host.clone()),
            who: Who::default(),
            resource: source.resource.clone(),
            scope: None,
            weight: 1.0,
            flags: 0,
            attributes: gate.fields(Signal::Span, fields).json(),
            events: None,
            links: None,
            peer,
            exceptions: Vec::new(),
        }
    }
}

impl HeardLog {
    pub fn record(self, gate: &Gate<'_>, source: &Source) -> Log {
        let severity = match self.level {
            Level::ERROR => Severity::Error,
            Level::WARN => Severity::Warn,
            Level::INFO => Severity::Info,
            _ => Severity::Debug,
        };
        let fields = self.fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        Log {
            at: self.at,
            severity,
            service: Some(SERVICE.to_owned()),
            host: Some(source.host.clone()),
            message: gate.text(&self.message, 8 * 1024),
            name: None,
            trace_id: self.place.map(|place| place.trace),
            span_id: self.place.map(|place| place.span),
            version: Some(VERSION.to_owned()),
            environment: None,
            who: Who::default(),
            resource: source.resource.clone(),
            scope: Some(self.target),
            flags: 0,
            attributes: gate.fields(Signal::Log, fields).json(),
            exceptions: Vec::new(),
        }
    }
}
