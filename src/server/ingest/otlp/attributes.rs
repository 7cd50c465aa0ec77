//! Attributes: from wire values to JSON, and the ones that have a column of their own.

use crate::privacy::gate::Gate;
use crate::record::{Shared, Who};
use base64::Engine;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Wire;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use parallax_domain::Signal;
use serde_json::{Map, Number, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const DEEPEST: usize = 16;

pub type Attributes = Vec<(String, Value)>;

pub fn read(attributes: Vec<KeyValue>) -> Attributes {
    attributes.into_iter().map(|pair| (pair.key, value(pair.value, 0))).collect()
}

pub fn value(any: Option<AnyValue>, depth: usize) -> Value {
    match any.and_then(|any| any.value) {
        None => Value::Null,
        Some(Wire::StringValue(text)) => Value::String(text),
        Some(Wire::BoolValue(value)) => Value::Bool(value),
        Some(Wire::IntValue(value)) => Value::Number(value.into()),
        Some(Wire::DoubleValue(value)) => {
            Number::from_f64(value).map_or_else(|| Value::String(value.to_string()), Value::Number)
        }
        Some(Wire::BytesValue(bytes)) => Value::String(base64::engine::general_purpose::STANDARD.encode(bytes)),
        Some(Wire::ArrayValue(array)) if depth < DEEPEST => {
            Value::Array(array.values.into_iter().map(|any| value(Some(any), depth + 1)).collect())
        }
        Some(Wire::KvlistValue(list)) if depth < DEEPEST => Value::Object(
            list.values.into_iter().map(|pair| (pair.key, value(pair.value, depth + 1))).collect::<Map<_, _>>(),
        ),
        Some(_) => Value::String("[too deep]".to_owned()),
    }
}

/// The first of these attributes that says something, as text.
pub fn text<'a>(attributes: &'a Attributes, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| {
        attributes
            .iter()
            .find(|(name, _)| name == key)
            .and_then(|(_, value)| value.as_str())
            .filter(|text| !text.is_empty())
    })
}

/// A whole number, also where it was sent as text.
pub fn number(attributes: &Attributes, keys: &[&str]) -> Option<i64> {
    keys.iter().find_map(|key| {
        let (_, value) = attributes.iter().find(|(name, _)| name == key)?;
        value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
    })
}

/// What the sender says of itself, once per resource of a request.
pub struct Source {
    pub shared: Shared,
    pub service: Option<String>,
    pub version: Option<String>,
    pub environment: Option<String>,
    pub host: Option<String>,
    /// Where the sender is one person's device, the person is known for all its records.
    pub who: Who,
    pub browser: bool,
}

impl Source {
    pub fn read(gate: &Gate<'_>, signal: Signal, resource: Option<Resource>) -> Source {
        let attributes = read(resource.map(|resource| resource.attributes).unwrap_or_default());
        let name = |keys: &[&str]| gate.optional_name(text(&attributes, keys));
        let service = name(&["service.name"]);
        let version = name(&["service.version"]);
        let environment = name(&["deployment.environment.name", "deployment.environment"]);
        let host = name(&["host.name", "k8s.node.name", "host.id"]);
        let who = who(gate, &attributes);
        let browser = attributes.iter().any(|(key, _)| key.starts_with("browser."));
        let json = gate.fields(signal, attributes).json().unwrap_or_else(|| "{}".to_owned());
        Source { shared: shared(json), service, version, environment, host, who, browser }
    }
}

/// Content that many rows refer to, known by its hash.
pub fn shared(content: String) -> Shared {
    Shared { hash: hash(&[content.as_bytes()]), content: content.into() }
}

/// 128 bits of SHA-256 over length-prefixed parts.
pub fn hash(parts: &[&[u8]]) -> Uuid {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.finalize()[..16]);
    Uuid::from_bytes(bytes)
}

const USERS: [&str; 4] = ["user.id", "enduser.id", "enduser.pseudo.id", "user.hash"];
const ANONYMOUS: &str = "app.installation.id";
const SESSION: &str = "session.id";

/// Who a record is about: the first attribute of each list that is there (protocols §5).
pub fn who(gate: &Gate<'_>, attributes: &Attributes) -> Who {
    Who {
        user: text(attributes, &USERS).and_then(|id| gate.user(id)),
        anonymous: text(attributes, &[ANONYMOUS]).and_then(|id| gate.anonymous(id)),
        session: text(attributes, &[SESSION]).and_then(|id| gate.session(id)),
        ..Who::default()
    }
}

/// Whether an attribute of this name tells who a record is about.
pub fn names_person(key: &str) -> bool {
    USERS.contains(&key) || key == ANONYMOUS || key == SESSION
}

pub fn trace_id(bytes: &[u8]) -> Option<Uuid> {
    let id: [u8; 16] = bytes.try_into().ok()?;
    (id != [0; 16]).then(|| Uuid::from_bytes(id))
}

pub fn span_id(bytes: &[u8]) -> Option<i64> {
    let id: [u8; 8] = bytes.try_into().ok()?;
    (id != [0; 8]).then(|| i64::from_be_bytes(id))
}
