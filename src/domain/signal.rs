//! The five kinds of telemetry and the words that describe their records.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Signal {
    Event = 0,
    Span = 1,
    Log = 2,
    Metric = 3,
}

impl Signal {
    pub const ALL: [Signal; 4] = [Signal::Event, Signal::Span, Signal::Log, Signal::Metric];

    pub fn word(self) -> &'static str {
        match self {
            Signal::Event => "event",
            Signal::Span => "span",
            Signal::Log => "log",
            Signal::Metric => "metric",
        }
    }

    /// As the reader calls a heap of them.
    pub fn plural(self) -> &'static str {
        match self {
            Signal::Event => "events",
            Signal::Span => "traces",
            Signal::Log => "logs",
            Signal::Metric => "metrics",
        }
    }

    pub fn from_number(number: i16) -> Option<Signal> {
        Signal::ALL.get(usize::try_from(number).ok()?).copied()
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Signal {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Signal::ALL
            .into_iter()
            .find(|signal| signal.word() == word || signal.plural() == word)
            .ok_or_else(|| format!("unknown signal {word:?}"))
    }
}

/// Level of a log record; OpenTelemetry's severity numbers 1-24 in steps of four (contract rule G9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Severity {
    Trace = 0,
    Debug = 1,
    Info = 2,
    Warn = 3,
    Error = 4,
    Fatal = 5,
}

impl Severity {
    pub const ALL: [Severity; 6] =
        [Severity::Trace, Severity::Debug, Severity::Info, Severity::Warn, Severity::Error, Severity::Fatal];

    pub fn word(self) -> &'static str {
        match self {
            Severity::Trace => "trace",
            Severity::Debug => "debug",
            Severity::Info => "info",
            Severity::Warn => "warn",
            Severity::Error => "error",
            Severity::Fatal => "fatal",
        }
    }

    /// The level of an OpenTelemetry severity number; 0 and anything above 24 say nothing.
    pub fn from_otel(number: i32) -> Option<Severity> {
        match number {
            1..=4 => Some(Severity::Trace),
            5..=8 => Some(Severity::Debug),
            9..=12 => Some(Severity::Info),
            13..=16 => Some(Severity::Warn),
            17..=20 => Some(Severity::Error),
            21..=24 => Some(Severity::Fatal),
            _ => None,
        }
    }

    /// The level that a sender's own word means: `WARNING`, `crit`, `err`, `Information`, …
    pub fn from_word(word: &str) -> Option<Severity> {
        let lower = word.trim().to_ascii_lowercase();
        let severity = match lower.as_str() {
            "trace" | "finest" | "finer" => Severity::Trace,
            "debug" | "dbug" | "fine" | "verbose" => Severity::Debug,
            "info" | "information" | "informational" | "notice" | "log" | "config" => Severity::Info,
            "warn" | "warning" => Severity::Warn,
            "error" | "err" | "severe" | "fail" => Severity::Error,
            "fatal" | "critical" | "crit" | "alert" | "emerg" | "emergency" | "panic" => Severity::Fatal,
            _ => return None,
        };
        Some(severity)
    }

    pub fn from_number(number: i16) -> Option<Severity> {
        Severity::ALL.get(usize::try_from(number).ok()?).copied()
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Role of a span in its request. The numbers are OpenTelemetry's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum SpanKind {
    Unspecified = 0,
    Internal = 1,
    Server = 2,
    Client = 3,
    Producer = 4,
    Consumer = 5,
}

impl SpanKind {
    pub const ALL: [SpanKind; 6] = [
        SpanKind::Unspecified,
        SpanKind::Internal,
        SpanKind::Server,
        SpanKind::Client,
        SpanKind::Producer,
        SpanKind::Consumer,
    ];

    pub fn from_number(number: i32) -> SpanKind {
        usize::try_from(number).ok().and_then(|n| SpanKind::ALL.get(n)).copied().unwrap_or(SpanKind::Unspecified)
    }

    pub fn word(self) -> &'static str {
        match self {
            SpanKind::Unspecified => "unspecified",
            SpanKind::Internal => "internal",
            SpanKind::Server => "server",
            SpanKind::Client => "client",
            SpanKind::Producer => "producer",
            SpanKind::Consumer => "consumer",
        }
    }

    /// Whether this span is a request that a service answered (contract rule G1).
    pub fn is_request(self) -> bool {
        matches!(self, SpanKind::Server | SpanKind::Consumer)
    }
}
