//! What travels from the writer to the projector: the parts of a record that projections are made of.
//! Written beside the raw rows in their transaction, read back in commit order, then deleted.

use crate::record::{Event, Exception, Log, Metric, Scalar, Span};
use crate::store::rows::Place;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use uuid::Uuid;

/// Fields of an event that are columns of their own, in the order of [`EventFold::dimensions`].
pub const DIMENSIONS: [&str; 19] = [
    "country",
    "device",
    "os",
    "browser",
    "locale",
    "network",
    "theme",
    "screen",
    "version",
    "environment",
    "service",
    "url.host",
    "url.path",
    "referrer",
    "campaign.source",
    "campaign.medium",
    "campaign.name",
    "campaign.term",
    "campaign.content",
];

/// A [`Scalar`] that is only looked at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ScalarFold<'a> {
    Bool(bool),
    Number(f64),
    Text(&'a str),
}

impl<'a> ScalarFold<'a> {
    pub fn of(scalar: &'a Scalar) -> ScalarFold<'a> {
        match scalar {
            Scalar::Bool(value) => ScalarFold::Bool(*value),
            Scalar::Number(value) => ScalarFold::Number(*value),
            Scalar::Text(text) => ScalarFold::Text(text),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub struct EventFold<'a> {
    /// Milliseconds since 1970.
    pub at: i64,
    pub seq: i64,
    pub subject: Option<i32>,
    pub session: Option<i64>,
    #[serde(borrow)]
    pub name: &'a str,
    pub category: i16,
    #[serde(borrow)]
    pub dimensions: [Option<&'a str>; DIMENSIONS.len()],
    /// Name and value of each property that is a single value.
    #[serde(borrow)]
    pub scalars: Vec<(&'a str, ScalarFold<'a>)>,
    pub revenue: Option<i64>,
    #[serde(borrow)]
    pub currency: Option<&'a str>,
    pub weight: f32,
    pub trace_id: Option<[u8; 16]>,
}

impl<'a> EventFold<'a> {
    pub fn of(event: &'a Event, place: Place) -> EventFold<'a> {
        let context = &event.context;
        let dimensions = [
            &context.country,
            &context.device,
            &context.os,
            &context.browser,
            &context.locale,
            &context.network,
            &context.theme,
            &context.screen,
            &context.version,
            &context.environment,
            &context.service,
            &context.url_host,
            &context.url_path,
            &context.referrer,
            &context.campaign_source,
            &context.campaign_medium,
            &context.campaign_name,
            &context.campaign_term,
            &context.campaign_content,
        ];
        EventFold {
            at: event.at.timestamp_millis(),
            seq: place.seq,
            subject: event.who.subject,
            session: event.who.session,
            name: &event.name,
            category: event.category as i16,
            dimensions: dimensions.map(|value| value.as_deref()),
            scalars: event.scalars.iter().map(|(name, value)| (name.as_str(), ScalarFold::of(value))).collect(),
            revenue: event.revenue,
            currency: event.currency.as_deref(),
            weight: event.weight,
            trace_id: event.trace_id.map(Uuid::into_bytes),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub struct SpanFold<'a> {
    /// Microseconds since 1970.
    pub at: i64,
    /// Nanoseconds.
    pub duration: i64,
    pub trace_id: [u8; 16],
    pub span_id: i64,
    pub parent_id: Option<i64>,
    #[serde(borrow)]
    pub service: Option<&'a str>,
    #[serde(borrow)]
    pub operation: &'a str,
    pub kind: u8,
    pub error: bool,
    pub status: Option<i16>,
    #[serde(borrow)]
    pub version: Option<&'a str>,
    #[serde(borrow)]
    pub environment: Option<&'a str>,
    #[serde(borrow)]
    pub peer: Option<&'a str>,
    pub subject: Option<i32>,
    pub session: Option<i64>,
    pub weight: f32,
    #[serde(borrow)]
    pub exceptions: Cow<'a, [Exception]>,
}

impl<'a> SpanFold<'a> {
    pub fn of(span: &'a Span, _place: Place) -> SpanFold<'a> {
        SpanFold {
            at: span.at.timestamp_micros(),
            duration: span.duration,
            trace_id: span.trace_id.into_bytes(),
            span_id: span.span_id,
            parent_id: span.parent_id,
            service: span.service.as_deref(),
            operation: &span.operation,
            kind: span.kind as u8,
            error: span.error,
            status: span.status,
            version: span.version.as_deref(),
            environment: span.environment.as_deref(),
            peer: span.peer.as_deref(),
            subject: span.who.subject,
            session: span.who.session,
            weight: span.weight,
            exceptions: Cow::Borrowed(&span.exceptions),
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct LogHead<'a> {
    /// Microseconds since 1970.
    pub at: i64,
    pub seq: i64,
    pub severity: u8,
    #[serde(borrow)]
    pub service: Option<&'a str>,
    #[serde(borrow)]
    pub version: Option<&'a str>,
    #[serde(borrow)]
    pub environment: Option<&'a str>,
    pub trace_id: Option<[u8; 16]>,
    pub span_id: Option<i64>,
    pub subject: Option<i32>,
    pub session: Option<i64>,
    #[serde(borrow)]
    pub exceptions: Cow<'a, [Exception]>,
}

/// Batches of [`FORMAT`] 0 held the head alone.
#[derive(Debug, Serialize, Deserialize)]
pub struct LogFold<'a> {
    #[serde(borrow)]
    pub head: LogHead<'a>,
    pub message: &'a str,
}

/// How payloads are written now.
pub const FORMAT: i16 = 1;

impl<'a> LogFold<'a> {
    pub fn of(log: &'a Log, place: Place) -> LogFold<'a> {
        let head = LogHead {
            at: log.at.timestamp_micros(),
            seq: place.seq,
            severity: log.severity as u8,
            service: log.service.as_deref(),
            version: log.version.as_deref(),
            environment: log.environment.as_deref(),
            trace_id: log.trace_id.map(Uuid::into_bytes),
            span_id: log.span_id,
            subject: log.who.subject,
            session: log.who.session,
            exceptions: Cow::Borrowed(&log.exceptions),
        };
        LogFold { head, message: &log.message }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub struct MetricFold<'a> {
    /// Milliseconds since 1970.
    pub at: i64,
    pub series: i32,
    #[serde(borrow)]
    pub name: &'a str,
    pub started_at: Option<i64>,
    pub value: Option<f64>,
    pub count: Option<i64>,
    pub sum: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
}

impl<'a> MetricFold<'a> {
    pub fn of(metric: &'a Metric, place: Place) -> MetricFold<'a> {
        MetricFold {
            at: metric.at.timestamp_millis(),
            series: place.numbers.series,
            name: &metric.series.of.name,
            started_at: metric.started_at.map(|at| at.timestamp_millis()),
            value: metric.value,
            count: metric.count,
            sum: metric.sum,
            low: metric.low,
            high: metric.high,
        }
    }
}

/// The payload of a batch: sections of one project each, compressed as a whole.
#[derive(Default)]
pub struct Packer {
    bytes: Vec<u8>,
}

impl Packer {
    pub fn begin(&mut self, project: i32, records: usize) {
        self.push(&(project, records as u32));
    }

    pub fn push<T: Serialize>(&mut self, value: &T) {
        // Serialising plain data into memory has no way to fail.
        if let Ok(bytes) = postcard::to_extend(value, std::mem::take(&mut self.bytes)) {
            self.bytes = bytes;
        }
    }

    pub fn finish(self) -> Vec<u8> {
        super::bytes::pack(&self.bytes)
    }
}

/// Reads a payload back, section by section.
pub struct Unpacker<'a> {
    rest: &'a [u8],
}

impl<'a> Unpacker<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Unpacker { rest: bytes }
    }

    /// Project and number of records of the next section.
    pub fn section(&mut self) -> anyhow::Result<Option<(i32, u32)>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.take().map(Some)
    }

    pub fn take<T: Deserialize<'a>>(&mut self) -> anyhow::Result<T> {
        let (value, rest) = postcard::take_from_bytes(self.rest)?;
        self.rest = rest;
        Ok(value)
    }
}

/// What a stored call went to; as it was told when it came in.
pub fn peer_of(attributes: &serde_json::Map<String, serde_json::Value>) -> Option<String> {
    let text = |key: &str| attributes.get(key).and_then(serde_json::Value::as_str).filter(|text| !text.is_empty());
    crate::privacy::names::event_name(&crate::record::peer(text)?).ok()
}
