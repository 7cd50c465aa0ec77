//! The compact spelling of a batch (protocols §6.3): one or two letters for a name, milliseconds for a time.

use chrono::DateTime;
use serde_json::{Map, Value, json};

/// What a page says of itself in `ctx`, and the word of the contract for it.
const CIRCUMSTANCES: [(&str, &str); 5] =
    [("lang", "locale"), ("tz", "timezone"), ("theme", "theme"), ("net", "network"), ("rel", "version")];

pub fn is(batch: &Map<String, Value>) -> bool {
    batch.get("v").and_then(Value::as_i64) == Some(1)
}

/// In the words of the contract.
pub fn spelled_out(mut batch: Map<String, Value>) -> Map<String, Value> {
    if let Some(at) = batch.remove("sent").as_ref().and_then(time) {
        batch.insert("sent_at".to_owned(), at);
    }
    if let Some(Value::Object(around)) = batch.remove("ctx") {
        batch.insert("context".to_owned(), circumstances(&around));
    }
    if let Some(Value::Array(allowed)) = batch.remove("consent") {
        let told = |category: parallax_domain::Category| {
            let granted = allowed.iter().filter_map(Value::as_str).any(|word| word.parse() == Ok(category));
            (category.word().to_owned(), Value::Bool(granted))
        };
        batch.insert("consent".to_owned(), parallax_domain::Category::ALL.into_iter().map(told).collect());
    }
    if let Some(Value::Array(events)) = batch.get_mut("events") {
        events.iter_mut().filter_map(Value::as_object_mut).for_each(event);
    }
    batch
}

fn circumstances(around: &Map<String, Value>) -> Value {
    let mut context: Map<String, Value> = CIRCUMSTANCES
        .iter()
        .filter_map(|(short, word)| around.get(*short).map(|value| ((*word).to_owned(), value.clone())))
        .collect();
    if let (Some(width), Some(height)) = (around.get("sw"), around.get("sh")) {
        context.insert("screen".to_owned(), format!("{width}x{height}").into());
    }
    Value::Object(context)
}

fn event(event: &mut Map<String, Value>) {
    for (short, word) in [("n", "name"), ("c", "category"), ("s", "session")] {
        if let Some(value) = event.remove(short) {
            event.insert(word.to_owned(), value);
        }
    }
    if let Some(at) = event.remove("t").as_ref().and_then(time) {
        event.insert("at".to_owned(), at);
    }
    // Events are in the order of their numbers already.
    event.remove("q");
    let mut properties = match event.remove("p") {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    };
    let mut context = Map::new();
    if let Some(Value::String(path)) = event.remove("u") {
        let host = properties.remove("host");
        let url = host.as_ref().and_then(Value::as_str).map_or_else(|| path.clone(), |host| format!("//{host}{path}"));
        context.insert("url".to_owned(), url.into());
    }
    for (short, word) in [("title", "title"), ("ref", "referrer")] {
        if let Some(value) = properties.remove(short) {
            context.insert(word.to_owned(), value);
        }
    }
    // Told by the address already.
    properties.retain(|name, _| !name.starts_with("utm_") && !name.ends_with("clid"));
    if let (Some(amount @ Value::Number(_)), Some(currency @ Value::String(_))) =
        (properties.get("amount"), properties.get("currency"))
    {
        event.insert("revenue".to_owned(), json!({ "amount": amount, "currency": currency }));
        properties.retain(|name, _| name != "amount" && name != "currency");
    }
    if let Some(handled) = properties.remove("h").as_ref().and_then(Value::as_i64) {
        properties.insert("escaped".to_owned(), Value::Bool(handled == 0));
    }
    if let Some(message) = properties.remove("msg") {
        properties.insert("message".to_owned(), message);
    }
    event.insert("properties".to_owned(), Value::Object(properties));
    event.insert("context".to_owned(), Value::Object(context));
}

/// RFC 3339 of milliseconds since 1970.
fn time(value: &Value) -> Option<Value> {
    DateTime::from_timestamp_millis(value.as_i64()?).map(|at| json!(at))
}
