//! Spans.

use super::answer::Outcome;
use super::attributes::{self, Attributes, Source};
use crate::ingest::admit::Sender;
use crate::ingest::gathered::Gathered;
use crate::machine::Machine;
use crate::privacy::gate::{Fate, Gate};
use crate::record::{Exception, Span, Who};
use crate::store::submission::Repeat;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span as WireSpan;
use opentelemetry_proto::tonic::trace::v1::span::{Event as WireEvent, Link as WireLink};
use parallax_domain::category::Refusals;
use parallax_domain::signal::SpanKind;
use parallax_domain::{Category, Problem, Signal};
use serde_json::{Value, json};

/// Characters of a stack trace.
const LONGEST_STACK: usize = 32 * 1024;

pub async fn take(
    machine: &Machine,
    sender: &Sender,
    request: ExportTraceServiceRequest,
    repeat: Repeat,
) -> Result<Outcome, Problem> {
    let gate = sender.gate(machine, None);
    let mut spans = Gathered::default();
    for resource in request.resource_spans {
        let source = Source::read(&gate, Signal::Span, resource.resource);
        for scope in resource.scope_spans {
            let name = gate.optional_name(scope.scope.as_ref().map(|scope| scope.name.as_str()));
            for span in scope.spans {
                spans.note(read(&gate, sender, &source, name.clone(), span));
            }
        }
    }
    super::limit(spans.len())?;
    Ok(super::outcome(machine.intake.spans.submit(spans.submission(sender, Some(repeat))).await?))
}

fn read(
    gate: &Gate<'_>,
    sender: &Sender,
    source: &Source,
    scope: Option<String>,
    span: WireSpan,
) -> Result<Span, Fate> {
    let trace_id =
        attributes::trace_id(&span.trace_id).ok_or_else(|| Fate::because("traceId must be 16 bytes, not all zero"))?;
    let span_id =
        attributes::span_id(&span.span_id).ok_or_else(|| Fate::because("spanId must be 8 bytes, not all zero"))?;
    let (at, flags) = gate.time_of_nanos(span.start_time_unix_nano)?;
    let duration = span.end_time_unix_nano.saturating_sub(span.start_time_unix_nano);
    let attributes = attributes::read(span.attributes);
    let (who, refusals) = person(gate, sender, source, &attributes, Category::Performance)?;
    let kind = SpanKind::from_number(span.kind);
    let status = attributes::number(
        &attributes,
        &["http.response.status_code", "http.status_code", "rpc.response.status_code", "rpc.grpc.status_code"],
    );
    let http = attributes::number(&attributes, &["http.response.status_code", "http.status_code"]);
    let told_error = span.status.as_ref().is_some_and(|status| status.code == 2);
    let peer = matches!(kind, SpanKind::Client | SpanKind::Producer).then(|| peer(gate, &attributes)).flatten();
    let message = span.status.map(|status| status.message).filter(|message| !message.is_empty());
    let keeps_errors = !(is_page(sender, source) && refusals.refuses(Category::Errors));
    let wire = span.events.into_iter().filter(|event| keeps_errors || event.name != "exception").collect();
    let (events, exceptions) = events(gate, refusals, wire);
    let mut attributes = attributes;
    if let Some(message) = message {
        attributes.push(("status.message".to_owned(), Value::String(message)));
    }
    Ok(Span {
        at,
        duration: i64::try_from(duration).unwrap_or(i64::MAX),
        trace_id,
        span_id,
        parent_id: attributes::span_id(&span.parent_span_id),
        service: source.service.clone(),
        operation: gate.name(if span.name.is_empty() { "unnamed" } else { &span.name }),
        kind,
        error: told_error || http.is_some_and(|code| code >= 500),
        status: status.and_then(|code| i16::try_from(code).ok()),
        version: source.version.clone(),
        environment: source.environment.clone(),
        host: source.host.clone(),
        who,
        resource: source.shared.clone(),
        scope,
        weight: 1.0,
        flags,
        attributes: gate.fields_under(Signal::Span, refusals, attributes).json(),
        events,
        links: links(gate, refusals, span.links),
        peer,
        exceptions,
    })
}

/// A person who refused this category of data: a page's record is not stored, a server's record is stored
/// without the person, because it is first of all about the server. Answers the person as stored, and what they refuse.
pub fn person(
    gate: &Gate<'_>,
    sender: &Sender,
    source: &Source,
    attributes: &Attributes,
    category: Category,
) -> Result<(Who, Refusals), Fate> {
    let mut who = attributes::who(gate, attributes);
    if !who.is_known() && source.who.is_known() {
        who = source.who.clone();
    }
    let refusals = gate.refusals(Default::default(), &who);
    if is_page(sender, source) {
        gate.consent(category, refusals)?;
    } else if refusals.refuses(category) {
        return Ok((Who::default(), refusals));
    }
    Ok((gate.lasting(category, who), refusals))
}

/// Whether a record is about somebody's page or app rather than about a server.
pub fn is_page(sender: &Sender, source: &Source) -> bool {
    sender.is_browser() || source.browser
}

/// What the request went to.
fn peer(gate: &Gate<'_>, attributes: &Attributes) -> Option<String> {
    gate.optional_name(crate::record::peer(|name| attributes::text(attributes, &[name])).as_deref())
}

fn events(gate: &Gate<'_>, refusals: Refusals, events: Vec<WireEvent>) -> (Option<String>, Vec<Exception>) {
    let mut told = Vec::new();
    let mut exceptions = Vec::new();
    for event in events.into_iter().take(1_000) {
        let attributes = attributes::read(event.attributes);
        if event.name == "exception" {
            exceptions.extend(exception(gate, &attributes));
        }
        let at = gate.time_of_nanos(event.time_unix_nano).map(|(at, _)| at).unwrap_or(gate.received_at);
        let fields = gate.fields_under(Signal::Span, refusals, attributes).json();
        let fields: Value = fields.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_else(|| json!({}));
        told.push(json!({ "name": gate.name(&event.name), "at": at, "attributes": fields }));
    }
    ((!told.is_empty()).then(|| Value::Array(told).to_string()), exceptions)
}

/// The exception that these attributes tell of, if they do.
pub fn exception(gate: &Gate<'_>, attributes: &Attributes) -> Option<Exception> {
    let told = |key: &str| attributes::text(attributes, &[key]);
    let (r#type, message) = (told("exception.type"), told("exception.message"));
    if r#type.is_none() && message.is_none() {
        return None;
    }
    let escaped = attributes.iter().find(|(key, _)| key == "exception.escaped").and_then(|(_, value)| match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) => text.to_ascii_lowercase().parse().ok(),
        _ => None,
    });
    Some(Exception {
        r#type: gate.name(r#type.unwrap_or("Error")),
        message: gate.text(message.unwrap_or_default(), 4096),
        stack: told("exception.stacktrace").map(|stack| gate.text(stack, LONGEST_STACK)),
        handled: !escaped.unwrap_or(false),
    })
}

fn links(gate: &Gate<'_>, refusals: Refusals, links: Vec<WireLink>) -> Option<String> {
    let told: Vec<Value> = links
        .into_iter()
        .take(128)
        .filter_map(|link| {
            let trace = attributes::trace_id(&link.trace_id)?;
            let span = attributes::span_id(&link.span_id)?;
            let fields = gate.fields_under(Signal::Span, refusals, attributes::read(link.attributes)).json();
            let fields: Value = fields.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_else(|| json!({}));
            Some(json!({ "trace_id": trace.simple().to_string(), "span_id": format!("{span:016x}"), "attributes": fields }))
        })
        .collect();
    (!told.is_empty()).then(|| Value::Array(told).to_string())
}
