//! Plain text log lines: what can be told from a line with certainty, and the rest of it left as it is.
//!
//! `2026-01-15 14:32:18 ERROR UserService: Failed …` has a time, a level, a service and a message;
//! `VM-WEB-01: CPU utilization 85%, Memory 92%` has a host and two points of metrics (contract rules G11, G12).
//! Nothing here is scrubbed: that is the step behind.

mod access;
mod gauge;
mod level;
mod prefix;
mod structured;
mod time;

use chrono::{DateTime, Utc};
use parallax_domain::Severity;

pub use gauge::LinePoint;

/// A line as far as it was understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// The line's own time; in UTC where it names no zone.
    pub at: Option<DateTime<Utc>>,
    pub severity: Option<Severity>,
    pub service: Option<String>,
    /// The machine that the line speaks of; label `host.name` of its points.
    pub host: Option<String>,
    pub message: String,
    /// All of them gauges.
    pub metrics: Vec<LinePoint>,
    /// What structured lines say besides, and what prefixes tell: process, thread, request.
    pub attributes: Vec<(String, String)>,
}

/// Lines within lines: a container's or syslog's line around that of the program.
const DEPTH: usize = 3;
/// Attributes of one line; what is more stays in the message only where the message is the whole line.
const ATTRIBUTES: usize = 128;

/// Reads a line. A time without a year says too little and stays in the text.
pub fn parse(line: &str) -> Parsed {
    parse_within(line, None, DEPTH)
}

/// As [`parse`]; a time without a year (syslog, klog) is taken for the one nearest to the time of receipt.
pub fn parse_received(line: &str, received: DateTime<Utc>) -> Parsed {
    parse_within(line, Some(received), DEPTH)
}

/// When the line was received, if that may supply a year.
type Received = Option<DateTime<Utc>>;

fn parse_within(line: &str, received: Received, depth: usize) -> Parsed {
    let line = line.trim_end();
    let text = line.trim_start();
    structured::json(text, received, depth)
        .or_else(|| structured::logfmt(text, received))
        .or_else(|| access::parse(text, received))
        .or_else(|| prefix::parse(text, received, depth))
        .unwrap_or_else(|| plain(line))
}

/// A line without any prefix; it may still speak of a machine.
fn plain(line: &str) -> Parsed {
    let mut parsed = Parsed { message: line.to_owned(), severity: level::opening_word(line), ..Parsed::default() };
    gauge::read(&mut parsed);
    parsed
}

/// The line inside tells more; what it does not tell stays as known from outside.
fn inside(mut outer: Parsed, text: &str, received: Received, depth: usize) -> Parsed {
    let inner = if depth == 0 { plain(text) } else { parse_within(text, received, depth - 1) };
    outer.attributes.extend(inner.attributes);
    outer.attributes.truncate(ATTRIBUTES);
    let mut parsed = Parsed {
        at: inner.at.or(outer.at),
        severity: inner.severity.or(outer.severity),
        service: inner.service.or(outer.service),
        host: inner.host.or(outer.host),
        message: inner.message,
        metrics: inner.metrics,
        attributes: outer.attributes,
    };
    if parsed.metrics.is_empty() {
        gauge::read(&mut parsed);
    }
    parsed
}

#[cfg(test)]
mod tests;
