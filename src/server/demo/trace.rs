//! A request on its way through the services, span by span. Times are milliseconds from its arrival.

use super::exceptions::Exception;
use super::otlp;
use super::random;
use super::topology::Instance;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::{Span, Status, span};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Internal = 1,
    Server = 2,
    Client = 3,
    Producer = 4,
    Consumer = 5,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Debug = 5,
    Info = 9,
    Warn = 13,
    Error = 17,
    Fatal = 21,
}

impl Level {
    pub fn word(self) -> &'static str {
        match self {
            Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Warn => "WARN",
            Level::Error => "ERROR",
            Level::Fatal => "FATAL",
        }
    }
}

#[derive(Debug)]
pub struct Draft {
    pub instance: Instance,
    pub parent: Option<usize>,
    pub name: &'static str,
    pub kind: Kind,
    pub from: f64,
    pub to: f64,
    pub attributes: Vec<KeyValue>,
    pub failed: Option<&'static str>,
    pub exception: Option<(f64, &'static Exception)>,
    pub status: Option<i64>,
}

/// A log line that belongs to a span.
#[derive(Debug)]
pub struct Line {
    pub span: usize,
    pub after: f64,
    pub level: Level,
    pub body: String,
    pub attributes: Vec<KeyValue>,
    /// Written by an old logger: the text carries time and level, the record does not.
    pub plain: bool,
}

/// An object that was read from storage meanwhile.
#[derive(Debug)]
pub struct Read {
    pub key: String,
    pub after: f64,
    pub status: i64,
    pub server_ms: f64,
}

#[derive(Debug)]
pub struct Trace {
    pub key: u64,
    /// Arrival, ms since 1970.
    pub at: i64,
    pub spans: Vec<Draft>,
    pub lines: Vec<Line>,
    pub reads: Vec<Read>,
}

/// The 16 bytes of the trace that a key stands for.
pub fn trace_id(key: u64) -> [u8; 16] {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&random::key(&[key, 41]).to_be_bytes());
    id[8..].copy_from_slice(&random::key(&[key, 42]).to_be_bytes());
    id
}

pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    digits.map(char::from).collect()
}

impl Trace {
    pub fn new(key: u64, at: i64) -> Trace {
        Trace { key, at, spans: Vec::with_capacity(8), lines: Vec::new(), reads: Vec::new() }
    }

    /// A span whose end follows from its children; see [`Trace::close`].
    pub fn open(
        &mut self,
        parent: Option<usize>,
        instance: Instance,
        kind: Kind,
        name: &'static str,
        from: f64,
    ) -> usize {
        self.spans.push(Draft {
            instance,
            parent,
            name,
            kind,
            from,
            to: from,
            attributes: Vec::with_capacity(6),
            failed: None,
            exception: None,
            status: None,
        });
        self.spans.len() - 1
    }

    /// The end of a span; answers it, so that the parent can go on from there.
    pub fn close(&mut self, span: usize, to: f64) -> f64 {
        self.spans[span].to = to.max(self.spans[span].from + 0.05);
        self.spans[span].to
    }

    /// A server span of HTTP.
    pub fn serve(&mut self, parent: Option<usize>, instance: Instance, name: &'static str, from: f64) -> usize {
        let span = self.open(parent, instance, Kind::Server, name, from);
        if let Some((method, route)) = name.split_once(' ') {
            self.set(span, otlp::text("http.request.method", method));
            self.set(span, otlp::text("http.route", route));
        }
        span
    }

    /// The answer of a server span; 500 and above is a failure.
    pub fn answer(&mut self, span: usize, status: i64, to: f64) -> f64 {
        self.set(span, otlp::int("http.response.status_code", status));
        self.spans[span].status = Some(status);
        if status >= 500 {
            self.spans[span].failed = Some("");
            self.set(span, otlp::text("error.type", status.to_string()));
        }
        self.close(span, to)
    }

    /// A query: a finished client span.
    pub fn query(
        &mut self,
        parent: usize,
        system: &'static str,
        server: &'static str,
        namespace: &'static str,
        summary: &'static str,
        (from, lasts): (f64, f64),
    ) -> (usize, f64) {
        let span = self.open(Some(parent), self.spans[parent].instance, Kind::Client, summary, from);
        let operation = summary.split(' ').next().unwrap_or(summary);
        self.spans[span].attributes = vec![
            otlp::text("db.system", system),
            otlp::text("db.system.name", system),
            otlp::text("db.namespace", namespace),
            otlp::text("db.operation.name", operation),
            otlp::text("db.query.summary", summary),
            otlp::text("server.address", server),
        ];
        let end = self.close(span, from + lasts);
        (span, end)
    }

    /// A call to another server by HTTP, still open.
    pub fn request(&mut self, parent: usize, name: &'static str, server: &'static str, from: f64) -> usize {
        let span = self.open(Some(parent), self.spans[parent].instance, Kind::Client, name, from);
        let method = name.split(' ').next().unwrap_or("GET");
        self.set(span, otlp::text("http.request.method", method));
        self.set(span, otlp::text("server.address", server));
        span
    }

    pub fn set(&mut self, span: usize, attribute: KeyValue) {
        self.spans[span].attributes.push(attribute);
    }

    pub fn fail(&mut self, span: usize, exception: &'static Exception, at: f64) {
        self.spans[span].failed = Some(exception.message);
        self.spans[span].exception = Some((at, exception));
    }

    pub fn say(&mut self, span: usize, after: f64, level: Level, body: String) {
        self.lines.push(Line { span, after, level, body, attributes: Vec::new(), plain: false });
    }

    /// The instant at which the last of it is over, ms since 1970.
    pub fn end(&self) -> i64 {
        self.at + self.spans.iter().map(|span| span.to.ceil() as i64).max().unwrap_or(0)
    }

    /// Whole microseconds after the arrival, as nanoseconds since 1970.
    pub fn nanos(&self, after: f64) -> u64 {
        (self.at * 1_000_000) as u64 + (after * 1_000.0) as u64 * 1_000
    }

    pub fn span_id(&self, span: usize) -> [u8; 8] {
        random::key(&[self.key, 43, span as u64]).to_be_bytes()
    }

    /// The wire's spans, each with the copy of the service that it belongs to.
    pub fn encode(self) -> Vec<(Instance, Span)> {
        let id = trace_id(self.key).to_vec();
        let ids: Vec<[u8; 8]> = (0..self.spans.len()).map(|span| self.span_id(span)).collect();
        let times: Vec<(u64, u64)> =
            self.spans.iter().map(|draft| (self.nanos(draft.from), self.nanos(draft.to))).collect();
        let arrived = self.nanos(0.0);
        let encode = |(number, draft): (usize, Draft)| {
            let events = draft.exception.map(|(after, exception)| span::Event {
                time_unix_nano: arrived + (after * 1_000.0) as u64 * 1_000,
                name: "exception".to_owned(),
                attributes: vec![
                    otlp::text("exception.type", exception.kind),
                    otlp::text("exception.message", exception.message),
                    otlp::text("exception.stacktrace", exception.stack),
                ],
                dropped_attributes_count: 0,
            });
            let status = draft.failed.map(|message| Status { message: message.to_owned(), code: 2 });
            let span = Span {
                trace_id: id.clone(),
                span_id: ids[number].to_vec(),
                parent_span_id: draft.parent.map(|parent| ids[parent].to_vec()).unwrap_or_default(),
                name: draft.name.to_owned(),
                kind: draft.kind as i32,
                start_time_unix_nano: times[number].0,
                end_time_unix_nano: times[number].1,
                attributes: draft.attributes,
                events: events.into_iter().collect(),
                status,
                flags: 1,
                ..Span::default()
            };
            (draft.instance, span)
        };
        self.spans.into_iter().enumerate().map(encode).collect()
    }
}
