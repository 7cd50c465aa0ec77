//! Attributes and properties at the gate.

use super::{Gate, cut};
use crate::privacy::catalogue::State;
use crate::privacy::catalogue::action::Action;
use crate::privacy::catalogue::shape::Shape;
use crate::privacy::policy::Known;
use crate::privacy::policy::tally::ByName;
use crate::privacy::{agent, names, pseudonym, scrub};
use crate::record::Scalar;
use parallax_domain::Signal;
use parallax_domain::category::Refusals;
use serde_json::Value;
use std::sync::Arc;

/// Depth of a decoded value; what lies deeper is cut off.
const DEEPEST: usize = 16;

impl Gate<'_> {
    /// Attributes and properties: catalogue, personal names, masked values, and what the catalogue does to each. Keys keep
    /// their order.
    pub fn fields(&self, signal: Signal, fields: Vec<(String, Value)>) -> Fields {
        self.fields_under(signal, Refusals::default(), fields)
    }

    /// As [`Gate::fields`], without those whose category is refused.
    pub fn fields_under(&self, signal: Signal, refusals: Refusals, fields: Vec<(String, Value)>) -> Fields {
        let mut kept = Fields::default();
        for (key, value) in fields.into_iter().take(names::PROPERTIES_LIMIT) {
            if let Some((known, value)) = self.field(signal, refusals, &key, value) {
                kept.push(&known.name, value);
            }
        }
        kept
    }

    /// What is said of a person or a group: the same steps, under a name of its own in the catalogue (`person.plan`).
    pub fn property(&self, of: &str, name: &str, value: Value) -> Option<(String, Value)> {
        let (known, value) = self.field(Signal::Event, Refusals::default(), &format!("{of}.{name}"), value)?;
        let name = known.name.strip_prefix(of)?.strip_prefix('.')?.trim();
        (!name.is_empty()).then(|| (name.to_owned(), value))
    }

    /// What is known of a field and what may be stored of its value.
    fn field(&self, signal: Signal, refusals: Refusals, key: &str, value: Value) -> Option<(Arc<Known>, Value)> {
        if value.is_null() && signal == Signal::Event {
            return None;
        }
        let key = cut(key, names::KEY_LIMIT);
        let known = self.policy.field(signal, key, self.received_at, self.newcomers)?;
        let value = self.treated(&known, refusals, value)?;
        Some((known, value))
    }

    fn treated(&self, known: &Known, refusals: Refusals, value: Value) -> Option<Value> {
        if known.rule.state == State::Proposed {
            known.rule.counts.shape(Shape::of(&value), self.key);
        }
        self.policy.keeps(known, refusals, self.received_at).ok()?;
        let value = self.value(&known.name, known.told, value, 0)?;
        // What a name told to hash is a hash already.
        if known.rule.action.keeps() || known.rule.action == Action::Hash && known.told == Some(names::Action::Hash) {
            return Some(value);
        }
        known.rule.counts.treated();
        known.rule.action.apply(value, &|text| self.hash(&known.name, text))
    }

    /// What may be stored of a value under this name; none where nothing may.
    fn value(&self, key: &str, action: Option<names::Action>, value: Value, depth: usize) -> Option<Value> {
        let tells = matches!(value, Value::String(_) | Value::Number(_));
        match action.filter(|_| tells) {
            Some(names::Action::Drop) => {
                self.policy.tally.by_name(ByName::Dropped);
                return None;
            }
            Some(names::Action::Mask(mask)) => {
                self.policy.tally.by_name(ByName::Masked);
                return Some(Value::String(mask.to_owned()));
            }
            Some(names::Action::Hash) => {
                self.policy.tally.by_name(ByName::Hashed);
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                return Some(Value::String(self.hash(key, &text)));
            }
            Some(names::Action::Address) => return Some(self.address(key, value)),
            Some(names::Action::Agent) => return Some(self.agent(value)),
            None => {}
        }
        Some(match value {
            Value::String(text) => Value::String(self.text_value(key, &text, depth)),
            Value::Array(values) if depth < DEEPEST => {
                let values = values.into_iter().take(names::PROPERTIES_LIMIT);
                Value::Array(values.filter_map(|value| self.value(key, action, value, depth + 1)).collect())
            }
            Value::Object(members) if depth < DEEPEST => Value::Object(
                members
                    .into_iter()
                    .take(names::PROPERTIES_LIMIT)
                    .filter_map(|(name, value)| {
                        let name = names::property_key(cut(&name, names::KEY_LIMIT)).ok()?;
                        // A name means what it says together with the names around it.
                        let full = format!("{key}.{name}");
                        let value = self.value(&full, names::action(&full), value, depth + 1)?;
                        Some((name, value))
                    })
                    .collect(),
            ),
            Value::Array(_) | Value::Object(_) => Value::String("[too deep]".to_owned()),
            other => other,
        })
    }

    /// A keyed hash of the value of a field, in hexadecimal.
    fn hash(&self, key: &str, text: &str) -> String {
        hex::encode(pseudonym::value_ref(&self.policy.secret, key, text))
    }

    /// An address of a page, where it looks like one.
    fn address(&self, key: &str, value: Value) -> Value {
        let Value::String(text) = value else { return value };
        let text = super::cut_bytes(&text, names::VALUE_LIMIT);
        let looks = text.starts_with(['/', '?']) || text.contains("://") && !text.contains(char::is_whitespace);
        if !looks {
            return Value::String(self.text_value(key, text, 0));
        }
        let clean = scrub::url(text).address();
        if clean != text {
            self.policy.tally.by_name(ByName::Shortened);
        }
        Value::String(clean)
    }

    fn text_value(&self, key: &str, text: &str, depth: usize) -> String {
        if let Some(clean) = self.packed(key, text, depth) {
            return clean;
        }
        let text = self.text(text, names::VALUE_LIMIT);
        if is_url(&text) { scrub::url(&text).address() } else { text }
    }

    /// JSON that was sent as text, if it is that: names in it mean what they mean elsewhere.
    fn packed(&self, key: &str, text: &str, depth: usize) -> Option<String> {
        let trimmed = text.trim();
        let looks =
            trimmed.starts_with('{') && trimmed.ends_with('}') || trimmed.starts_with("[{") && trimmed.ends_with("}]");
        if !looks || depth >= DEEPEST || trimmed.len() > names::VALUE_LIMIT {
            return None;
        }
        let value: Value = serde_json::from_str(trimmed).ok()?;
        // The detectors go over the whole once more: something may stand where a name and a value meet.
        Some(self.text(&self.value(key, None, value, depth + 1)?.to_string(), names::VALUE_LIMIT))
    }

    /// Browser and system of a user agent; the full text may single somebody out.
    fn agent(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&agent::short(&text), names::VALUE_LIMIT)),
            other => other,
        }
    }
}

fn is_url(text: &str) -> bool {
    (text.starts_with("http://") || text.starts_with("https://")) && !text.contains(char::is_whitespace)
}

/// What is left of a record's fields: the JSON for its row, and the scalar values flat for projections.
#[derive(Debug, Default)]
pub struct Fields {
    json: String,
    pub scalars: Vec<(String, Scalar)>,
}

impl Fields {
    fn push(&mut self, key: &str, value: Value) {
        self.json.push(if self.json.is_empty() { '{' } else { ',' });
        // Writing to a String cannot fail, and neither can serialising plain JSON values.
        self.json.push_str(&serde_json::to_string(key).unwrap_or_default());
        self.json.push(':');
        self.json.push_str(&serde_json::to_string(&value).unwrap_or_else(|_| "null".to_owned()));
        flatten(key.to_owned(), value, &mut self.scalars);
    }

    pub fn is_empty(&self) -> bool {
        self.json.is_empty()
    }

    /// JSON text of an object, none when nothing is left.
    pub fn json(&mut self) -> Option<String> {
        if self.json.is_empty() {
            return None;
        }
        let mut json = std::mem::take(&mut self.json);
        json.push('}');
        Some(json)
    }
}

/// The single values of a property, which may be nested.
pub fn flatten(key: String, value: Value, out: &mut Vec<(String, Scalar)>) {
    if out.len() >= names::PROPERTIES_LIMIT * 2 {
        return;
    }
    match value {
        Value::Bool(value) => out.push((key, Scalar::Bool(value))),
        Value::Number(number) => out.extend(number.as_f64().map(|number| (key, Scalar::Number(number)))),
        Value::String(text) => out.push((key, Scalar::Text(text))),
        Value::Object(members) => {
            for (name, value) in members {
                flatten(format!("{key}.{name}"), value, out);
            }
        }
        Value::Null | Value::Array(_) => {}
    }
}
