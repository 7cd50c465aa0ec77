//! Lines that are JSON objects or `key=value` pairs.

use super::{ATTRIBUTES, Parsed, Received, inside, level, time};
use chrono::{DateTime, Utc};
use parallax_domain::Severity;
use serde_json::{Map, Value};

/// Nested objects become attributes with dotted names down to this depth; deeper ones stay JSON.
const NESTING: usize = 6;

const MESSAGES: [&str; 7] = ["msg", "message", "@m", "@message", "body", "text", "log"];
const LEVELS: [&str; 10] = [
    "level",
    "lvl",
    "severity",
    "log.level",
    "loglevel",
    "levelname",
    "severitytext",
    "severity_text",
    "@l",
    "priority",
];
const TIMES: [&str; 9] = ["time", "ts", "timestamp", "@timestamp", "@t", "datetime", "eventtime", "asctime", "t"];
const SERVICES: [&str; 9] = [
    "service.name",
    "service",
    "service_name",
    "servicename",
    "app",
    "application",
    "appname",
    "app_name",
    "dd.service",
];
const HOSTS: [&str; 5] = ["host.name", "hostname", "host", "host_name", "node_name"];

/// What the well-known fields of a line say; everything else goes to the attributes.
#[derive(Default)]
struct Fields {
    parsed: Parsed,
    message: Option<String>,
}

impl Fields {
    /// Takes a field if its name is known and its value fits.
    fn take(&mut self, name: &str, value: &Value, received: Received) -> bool {
        let lower = name.to_ascii_lowercase();
        let known = |names: &[&str]| names.contains(&lower.as_str());
        if known(&MESSAGES) && self.message.is_none() {
            self.message = value.as_str().map(str::to_owned);
            return self.message.is_some();
        }
        if known(&LEVELS) && self.parsed.severity.is_none() {
            self.parsed.severity = severity(value);
            return self.parsed.severity.is_some();
        }
        if known(&TIMES) && self.parsed.at.is_none() {
            self.parsed.at = instant(value, received);
            return self.parsed.at.is_some();
        }
        let slot = match () {
            () if known(&SERVICES) => &mut self.parsed.service,
            () if known(&HOSTS) => &mut self.parsed.host,
            () => return false,
        };
        let named = value.as_str().or_else(|| value.get("name")?.as_str()).filter(|name| !name.is_empty());
        match (slot.is_none(), named) {
            (true, Some(name)) => {
                *slot = Some(name.to_owned());
                value.is_string()
            }
            _ => false,
        }
    }

    fn keep(&mut self, name: &str, value: &Value, nesting: usize) {
        if self.parsed.attributes.len() >= ATTRIBUTES {
            return;
        }
        match value {
            Value::Null => {}
            Value::Object(members) if nesting > 0 => {
                for (key, member) in members {
                    self.keep(&format!("{name}.{key}"), member, nesting - 1);
                }
            }
            Value::String(text) => self.parsed.attributes.push((name.to_owned(), text.clone())),
            other => self.parsed.attributes.push((name.to_owned(), other.to_string())),
        }
    }

    fn is_a_log_line(&self) -> bool {
        let signs = [self.message.is_some(), self.parsed.severity.is_some(), self.parsed.at.is_some()];
        signs.iter().filter(|sign| **sign).count() >= 2 || self.message.is_some() && self.parsed.service.is_some()
    }
}

/// A line that is one JSON object with the fields of a log record.
pub(super) fn json(line: &str, received: Received, depth: usize) -> Option<Parsed> {
    if !(line.starts_with('{') && line.ends_with('}')) {
        return None;
    }
    let object: Map<String, Value> = serde_json::from_str(line).ok()?;
    let mut fields = Fields::default();
    for (name, value) in &object {
        if !fields.take(name, value, received) {
            fields.keep(name, value, NESTING);
        }
    }
    if !fields.is_a_log_line() {
        return None;
    }
    // A container's runtime wraps the program's own line.
    let wrapped = object.contains_key("log") && object.contains_key("stream");
    match fields.message.take() {
        Some(text) if wrapped => Some(inside(fields.parsed, &text, received, depth)),
        Some(message) => Some(Parsed { message, ..fields.parsed }),
        None => Some(Parsed { message: line.to_owned(), ..fields.parsed }),
    }
}

/// A line of nothing but pairs, among them a message or a level.
pub(super) fn logfmt(line: &str, received: Received) -> Option<Parsed> {
    let mut fields = Fields::default();
    let mut rest = line;
    let mut count = 0;
    while !rest.is_empty() {
        let (name, value, after) = pair(rest)?;
        let value = Value::String(value);
        if !fields.take(name, &value, received) {
            fields.keep(name, &value, 0);
        }
        rest = after.trim_start();
        count += 1;
    }
    let telling = fields.message.is_some() || fields.parsed.severity.is_some();
    if count < 2 || !telling {
        return None;
    }
    let message = fields.message.take().unwrap_or_else(|| line.to_owned());
    Some(Parsed { message, ..fields.parsed })
}

/// `name=value` or `name="value"`, and what follows it.
fn pair(text: &str) -> Option<(&str, String, &str)> {
    let end = text
        .bytes()
        .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@' | b'/')))?;
    let name = text
        .get(..end)
        .filter(|name| name.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '_' | '@')))?;
    let rest = text.get(end..)?.strip_prefix('=')?;
    let Some(quoted) = rest.strip_prefix('"') else {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (value, after) = rest.split_at(end);
        return (!value.contains('"')).then(|| (name, value.to_owned(), after));
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((index, letter)) = letters.next() {
        match letter {
            '"' => {
                let after = quoted.get(index + 1..)?;
                return (after.is_empty() || after.starts_with(char::is_whitespace)).then_some((name, value, after));
            }
            '\\' => value.push(match letters.next()?.1 {
                'n' => '\n',
                't' => '\t',
                other => other,
            }),
            other => value.push(other),
        }
    }
    None
}

/// A word, or the numbers of pino and bunyan.
fn severity(value: &Value) -> Option<Severity> {
    match value {
        Value::String(word) => level::field(word),
        Value::Number(number) => match number.as_u64()? {
            10 => Some(Severity::Trace),
            20 => Some(Severity::Debug),
            30 => Some(Severity::Info),
            40 => Some(Severity::Warn),
            50 => Some(Severity::Error),
            60 => Some(Severity::Fatal),
            _ => None,
        },
        _ => None,
    }
}

fn instant(value: &Value, received: Received) -> Option<DateTime<Utc>> {
    match value {
        Value::String(text) => time::whole(text, received).or_else(|| time::since_1970(text.trim().parse().ok()?)),
        Value::Number(number) => time::since_1970(number.as_f64()?),
        _ => None,
    }
}
