//! Records as they are stored: past the gate, nothing personal in them but pseudonyms.

use chrono::{DateTime, Utc};
use parallax_domain::{Category, Severity, signal::SpanKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Time of an event was ahead of receipt and was replaced by it.
pub const FLAG_AHEAD: i16 = 1;
/// Time was shifted by the sender's clock error.
pub const FLAG_SHIFTED: i16 = 2;
/// Time was missing or came from the receipt.
pub const FLAG_UNTIMED: i16 = 4;

/// An identifier that a client sent, on its way to its number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identifier {
    pub kind: IdentifierKind,
    pub reference: Uuid,
    /// In clear only until it is sealed; none where it was made up for the day.
    pub clear: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(i16)]
pub enum IdentifierKind {
    User = 0,
    Anonymous = 1,
    Daily = 2,
}

/// Who a record is about. The numbers are filled in by the writer.
#[derive(Clone, Debug, Default)]
pub struct Who {
    pub user: Option<Identifier>,
    pub anonymous: Option<Identifier>,
    pub session: Option<i64>,
    pub subject: Option<i32>,
    pub anonymous_subject: Option<i32>,
    /// Other names of this person, by an explicit statement of the sender (contract rule P15).
    pub also: Vec<Identifier>,
}

impl Who {
    pub fn is_known(&self) -> bool {
        self.user.is_some() || self.anonymous.is_some()
    }
}

/// What a record says of its person, and of groups, beside what happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// The person belongs to these.
    pub groups: Vec<Group>,
    pub statements: Vec<Statement>,
}

/// A company, a team, an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Group {
    /// Such as `company`.
    pub kind: String,
    pub key: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// None: about the person of the record.
    pub of: Option<Group>,
    pub name: String,
    pub change: Change,
}

/// What is said of a property.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    Set(Value),
    /// Unless something is known.
    Once(Value),
    Unset,
    Add(f64),
    Append(Value),
    /// Appends those that are not in the list.
    Union(Vec<Value>),
    Remove(Value),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Scalar {
    Bool(bool),
    Number(f64),
    Text(String),
}

impl Scalar {
    /// As it appears in filters and breakdowns: always text.
    pub fn text(&self) -> String {
        match self {
            Scalar::Bool(value) => value.to_string(),
            Scalar::Number(value) if value.fract() == 0.0 && value.abs() < 9e15 => format!("{}", *value as i64),
            Scalar::Number(value) => value.to_string(),
            Scalar::Text(text) => text.clone(),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Context {
    pub country: Option<String>,
    pub device: Option<String>,
    pub os: Option<String>,
    pub browser: Option<String>,
    pub locale: Option<String>,
    pub network: Option<String>,
    pub theme: Option<String>,
    pub screen: Option<String>,
    pub version: Option<String>,
    pub environment: Option<String>,
    pub service: Option<String>,
    pub url_host: Option<String>,
    pub url_path: Option<String>,
    pub title: Option<String>,
    pub referrer: Option<String>,
    pub campaign_source: Option<String>,
    pub campaign_medium: Option<String>,
    pub campaign_name: Option<String>,
    pub campaign_term: Option<String>,
    pub campaign_content: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Event {
    pub at: DateTime<Utc>,
    pub name: String,
    pub category: Category,
    pub who: Who,
    pub id: Option<Uuid>,
    pub context: Context,
    pub trace_id: Option<Uuid>,
    /// Millionths of the currency's unit.
    pub revenue: Option<i64>,
    pub currency: Option<String>,
    pub weight: f32,
    pub flags: i16,
    /// JSON text of all properties, and the scalar ones flat.
    pub properties: Option<String>,
    pub scalars: Vec<(String, Scalar)>,
    pub profile: Option<Box<Profile>>,
}

#[derive(Clone, Debug)]
pub struct Span {
    pub at: DateTime<Utc>,
    pub duration: i64,
    pub trace_id: Uuid,
    pub span_id: i64,
    pub parent_id: Option<i64>,
    pub service: Option<String>,
    pub operation: String,
    pub kind: SpanKind,
    pub error: bool,
    pub status: Option<i16>,
    pub version: Option<String>,
    pub environment: Option<String>,
    pub host: Option<String>,
    pub who: Who,
    pub resource: Shared,
    pub scope: Option<String>,
    pub weight: f32,
    pub flags: i16,
    pub attributes: Option<String>,
    pub events: Option<String>,
    pub links: Option<String>,
    /// What the request went to, for client and producer spans.
    pub peer: Option<String>,
    pub exceptions: Vec<Exception>,
}

#[derive(Clone, Debug)]
pub struct Log {
    pub at: DateTime<Utc>,
    pub severity: Severity,
    pub service: Option<String>,
    pub host: Option<String>,
    pub message: String,
    pub name: Option<String>,
    pub trace_id: Option<Uuid>,
    pub span_id: Option<i64>,
    pub version: Option<String>,
    pub environment: Option<String>,
    pub who: Who,
    pub resource: Shared,
    pub scope: Option<String>,
    pub flags: i16,
    pub attributes: Option<String>,
    pub exceptions: Vec<Exception>,
}

#[derive(Clone, Debug)]
pub struct Metric {
    pub at: DateTime<Utc>,
    pub series: SeriesKey,
    pub started_at: Option<DateTime<Utc>>,
    pub value: Option<f64>,
    pub count: Option<i64>,
    pub sum: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub flags: i16,
    pub buckets: Option<String>,
}

/// What is stored once and referred to by number: hash of the content, and the content for the first time.
#[derive(Clone, Debug)]
pub struct Shared {
    pub hash: Uuid,
    pub content: std::sync::Arc<str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[repr(i16)]
pub enum MetricKind {
    Gauge = 0,
    Sum = 1,
    Histogram = 2,
    ExponentialHistogram = 3,
    Summary = 4,
}

#[derive(Clone, Debug)]
pub struct SeriesKey {
    pub hash: Uuid,
    pub of: std::sync::Arc<Series>,
}

#[derive(Clone, Debug)]
pub struct Series {
    pub name: String,
    pub unit: String,
    pub description: String,
    pub kind: MetricKind,
    pub cumulative: bool,
    pub monotonic: bool,
    pub service: Option<String>,
    pub host: Option<String>,
    pub resource: Shared,
    /// JSON text, keys sorted.
    pub labels: String,
}

/// What a call went to, by its attributes: a database, another service, a queue.
pub fn peer<'a>(attribute: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    let first = |names: &[&str]| names.iter().find_map(|name| attribute(name));
    let told = first(&["peer.service", "db.system.name", "db.system", "messaging.system", "rpc.system"])
        .or_else(|| first(&["server.address", "net.peer.name", "http.host"]));
    let place = first(&["db.namespace", "db.name", "messaging.destination.name"]);
    match (told, place) {
        (Some(told), Some(place)) => Some(format!("{told} {place}")),
        (Some(told), None) => Some(told.to_owned()),
        (None, _) => first(&["url.full", "http.url"]).and_then(|url| crate::privacy::scrub::url(url).host),
    }
}

/// An exception as a span event or a log record tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exception {
    pub r#type: String,
    pub message: String,
    pub stack: Option<String>,
    pub handled: bool,
}
