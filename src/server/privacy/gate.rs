//! The gate: what a record must pass before it may be stored. Pure functions of a record and a policy;
//! raw input is consumed here and never reaches disk or logs.

use super::names;
use super::policy::{Newcomers, Policy};
use super::pseudonym;
use super::scrub;
use crate::record::{FLAG_AHEAD, FLAG_SHIFTED, FLAG_UNTIMED, Identifier, IdentifierKind, Scalar, Who};
use chrono::{DateTime, Duration, Utc};
use parallax_domain::category::Refusals;
use parallax_domain::{Category, Signal};
use serde_json::Value;
use std::borrow::Cow;
use uuid::Uuid;

/// Depth of a decoded value; what lies deeper is cut off.
const DEEPEST: usize = 16;

/// Why a record is not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    Rejected(String),
    Dropped(Category),
}

impl Fate {
    pub fn because(reason: impl Into<String>) -> Fate {
        Fate::Rejected(reason.into())
    }
}

/// Everything about a request that its records are judged by.
pub struct Gate<'a> {
    pub policy: &'a Policy,
    pub newcomers: &'a Newcomers,
    pub received_at: DateTime<Utc>,
    /// Oldest time that this sender may tell: 400 days, 7 for browser keys.
    pub oldest: Duration,
    /// Added to every time of the request: the error of the sender's clock.
    pub skew: Option<Duration>,
    /// Categories that a `Sec-GPC` or `DNT` header refuses.
    pub header: Refusals,
}

impl Gate<'_> {
    /// The sender's clock error, where it told when it sent: used between 5 s and 24 h (contract rule A7).
    pub fn skew_of(sent_at: Option<DateTime<Utc>>, received_at: DateTime<Utc>) -> Option<Duration> {
        let skew = received_at - sent_at?;
        (skew.abs() > Duration::seconds(5) && skew.abs() <= Duration::hours(24)).then_some(skew)
    }

    /// The time that a record is stored under, and what was done to it.
    pub fn time(&self, told: Option<DateTime<Utc>>) -> Result<(DateTime<Utc>, i16), Fate> {
        let Some(told) = told else { return Ok((self.received_at, FLAG_UNTIMED)) };
        let (at, mut flags) = match self.skew {
            Some(skew) => (told.checked_add_signed(skew).unwrap_or(told), FLAG_SHIFTED),
            None => (told, 0),
        };
        if at < self.received_at - self.oldest {
            return Err(Fate::because("too_old"));
        }
        if at > self.received_at + Duration::minutes(10) {
            flags |= FLAG_AHEAD;
            return Ok((self.received_at, flags));
        }
        Ok((at, flags))
    }

    /// Nanoseconds since 1970 as senders of OpenTelemetry spell it; 0 is no time.
    pub fn time_of_nanos(&self, nanos: u64) -> Result<(DateTime<Utc>, i16), Fate> {
        if nanos == 0 {
            return self.time(None);
        }
        let told = i64::try_from(nanos).map(DateTime::from_timestamp_nanos).map_err(|_| Fate::because("too_old"))?;
        self.time(Some(told))
    }

    pub fn user(&self, id: &str) -> Option<Identifier> {
        self.identifier(IdentifierKind::User, id)
    }

    pub fn anonymous(&self, id: &str) -> Option<Identifier> {
        self.identifier(IdentifierKind::Anonymous, id)
    }

    fn identifier(&self, kind: IdentifierKind, id: &str) -> Option<Identifier> {
        let id = id.trim();
        if id.is_empty() {
            return None;
        }
        let spelled = match kind {
            IdentifierKind::User => pseudonym::Subject::User,
            _ => pseudonym::Subject::Anonymous,
        };
        let reference = Uuid::from_bytes(pseudonym::subject_ref(&self.policy.secret, spelled, id));
        Some(Identifier { kind, reference, clear: Some(id.to_owned()) })
    }

    pub fn session(&self, id: &str) -> Option<i64> {
        (!id.is_empty()).then(|| pseudonym::session_ref(&self.policy.secret, id))
    }

    /// Categories that this record's people, its own words or its headers refuse.
    pub fn refusals(&self, own: Refusals, who: &Who) -> Refusals {
        let subjects = who.user.iter().chain(&who.anonymous).map(|identifier| &identifier.reference);
        self.policy.refusals(own, self.header, subjects)
    }

    /// Consent: a refused category is not stored.
    pub fn consent(&self, category: Category, refusals: Refusals) -> Result<(), Fate> {
        if refusals.refuses(category) { Err(Fate::Dropped(category)) } else { Ok(()) }
    }

    /// A short text such as an event or operation name: readable, limited, masked. Empty if nothing is left.
    pub fn name(&self, name: &str) -> String {
        names::event_name(cut(name, names::NAME_LIMIT)).unwrap_or_default()
    }

    pub fn optional_name(&self, name: Option<&str>) -> Option<String> {
        name.map(|name| self.name(name)).filter(|name| !name.is_empty())
    }

    /// A longer text such as a log message: limited to so many bytes, masked, without NUL.
    pub fn text(&self, text: &str, longest: usize) -> String {
        let text = cut_bytes(text, longest);
        let text = if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) };
        scrub::in_text_urls(&text).into_owned()
    }

    /// Attributes and properties: catalogue, personal names, masked values. Keys keep their order.
    pub fn fields(&self, signal: Signal, fields: Vec<(String, Value)>) -> Fields {
        let mut kept = Fields::default();
        for (key, value) in fields.into_iter().take(names::PROPERTIES_LIMIT) {
            let Some(spelling) = self.policy.spelling(cut(&key, names::KEY_LIMIT)) else { continue };
            if value.is_null() && signal == Signal::Event {
                continue;
            }
            if !self.policy.keeps(signal, &spelling.name, self.received_at, self.newcomers) {
                continue;
            }
            if let Some(value) = self.value(&spelling.name, spelling.action, value, 0) {
                kept.push(&spelling.name, value);
            }
        }
        kept
    }

    /// What may be stored of a value under this name; none where nothing may.
    fn value(&self, key: &str, action: Option<names::Action>, value: Value, depth: usize) -> Option<Value> {
        let tells = matches!(value, Value::String(_) | Value::Number(_));
        match action.filter(|_| tells) {
            Some(names::Action::Drop) => return None,
            Some(names::Action::Mask(mask)) => return Some(Value::String(mask.to_owned())),
            Some(names::Action::Hash) => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                return Some(Value::String(hex::encode(pseudonym::value_ref(&self.policy.secret, key, &text))));
            }
            None => {}
        }
        Some(match value {
            Value::String(text) => Value::String(self.text_value(&text)),
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

    fn text_value(&self, text: &str) -> String {
        let text = self.text(text, names::VALUE_LIMIT);
        if is_url(&text) { scrub::url(&text).address() } else { text }
    }
}

fn is_url(text: &str) -> bool {
    (text.starts_with("http://") || text.starts_with("https://")) && !text.contains(char::is_whitespace)
}

/// The first so many characters.
fn cut(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).map_or(text, |(end, _)| &text[..end])
}

/// At most so many bytes, whole characters only.
fn cut_bytes(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
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
