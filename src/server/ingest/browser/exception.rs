//! An error in a page is a log record with an exception, so that it becomes part of an issue like any other.

use super::stack;
use crate::ingest::admit::Sender;
use crate::ingest::event::{self, Draft};
use crate::ingest::otlp;
use crate::machine::Machine;
use crate::privacy::gate::{Fate, Gate};
use crate::record::{Exception, Log};
use parallax_domain::{Category, Severity, Signal};
use serde_json::{Map, Value, json};

/// Service of a page that does not name one.
pub const SERVICE: &str = "browser";
/// Bytes of a message and of a stack.
const LONGEST_MESSAGE: usize = 4 * 1024;
const LONGEST_STACK: usize = 32 * 1024;

pub fn read(machine: &Machine, sender: &Sender, gate: &Gate<'_>, mut record: Map<String, Value>) -> Result<Log, Fate> {
    let mut told = match record.get_mut("properties") {
        Some(Value::Object(properties)) => std::mem::take(properties),
        _ => Map::new(),
    };
    let mut text = |key: &str| match told.remove(key) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    let (r#type, message, stack) = (text("type"), text("message"), text("stack"));
    if r#type.is_none() && message.is_none() {
        return Err(Fate::because("properties.type or properties.message is missing"));
    }
    let handled = told.remove("escaped") != Some(Value::Bool(true));
    let draft = Draft::parse(Value::Object(record))?;
    let (at, flags) = gate.time(draft.at)?;
    let mut who = event::who(gate, &draft);
    gate.consent(Category::Errors, gate.refusals(draft.refusals, &who))?;
    who.session = draft.session.as_deref().and_then(|session| gate.session(session));
    let context = event::context(machine, sender, gate, &draft.said);
    let exception = Exception {
        r#type: gate.name(r#type.as_deref().unwrap_or("Error")),
        message: gate.text(message.as_deref().unwrap_or_default(), LONGEST_MESSAGE),
        stack: stack.map(|stack| gate.text(&stack::common(&stack), LONGEST_STACK)),
        handled,
    };
    let service = context.service.clone().unwrap_or_else(|| SERVICE.to_owned());
    let mut attributes: Vec<(String, Value)> = told.into_iter().collect();
    attributes.extend(draft.properties);
    let circumstances = [
        ("exception.type", Some(&exception.r#type)),
        ("exception.message", Some(&exception.message)),
        ("exception.stacktrace", exception.stack.as_ref()),
        ("url.path", context.url_path.as_ref()),
        ("server.address", context.url_host.as_ref()),
        ("device", context.device.as_ref()),
        ("os", context.os.as_ref()),
        ("browser", context.browser.as_ref()),
        ("network", context.network.as_ref()),
        ("screen", context.screen.as_ref()),
        ("locale", context.locale.as_ref()),
        ("country", context.country.as_ref()),
    ];
    attributes.extend(circumstances.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value?)))));
    let message = [exception.r#type.as_str(), exception.message.as_str()].join(": ");
    Ok(Log {
        at,
        severity: Severity::Error,
        host: None,
        message: message.trim_end_matches(": ").to_owned(),
        name: Some("exception".to_owned()),
        trace_id: draft.said.trace_id.as_deref().and_then(event::trace_id),
        span_id: None,
        version: context.version,
        environment: context.environment,
        who,
        resource: otlp::shared(json!({ "service.name": service }).to_string()),
        service: Some(service),
        scope: Some("parallax.js".to_owned()),
        flags,
        attributes: gate.fields(Signal::Log, attributes).json(),
        exceptions: vec![exception],
    })
}
