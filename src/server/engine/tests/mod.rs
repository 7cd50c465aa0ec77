//! The engine against the rules: by name (`vectors`), against a second implementation (`against_naive`), and by what
//! must always hold (`identities`).

mod against_naive;
mod calendar;
mod histories;
mod identities;
mod reader;
mod rules;
mod statistics;
mod vectors;

use chrono::{DateTime, Utc};
use parallax_domain::question::Frame;
use serde_json::Value;

pub(super) const MINUTE: i64 = 60_000;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

pub(super) fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

pub(super) fn ms(text: &str) -> i64 {
    time(text).timestamp_millis()
}

pub(super) fn frame(from: &str, to: &str, zone: &str) -> Frame {
    Frame { from: time(from), to: time(to), zone: zone.to_owned(), filters: Vec::new(), compare: None }
}

/// Answers are equal up to rounding of their fractions.
#[track_caller]
pub(super) fn assert_same<T: serde::Serialize>(engine: &T, naive: &T, what: &str) {
    let [engine, naive] = [engine, naive].map(|answer| serde_json::to_value(answer).expect("an answer is JSON"));
    if let Some(place) = differs(&engine, &naive, "") {
        panic!("{what}\ndiffers at {place}\nengine: {engine}\nnaive:  {naive}");
    }
}

fn differs(a: &Value, b: &Value, place: &str) -> Option<String> {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => {
            let (x, y) = (x.as_f64()?, y.as_f64()?);
            ((x - y).abs() > 1e-9 * x.abs().max(y.abs()).max(1.0)).then(|| format!("{place}: {x} {y}"))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(index, (a, b))| differs(a, b, &format!("{place}[{index}]")))
        }
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().find_map(|(key, value)| differs(value, &b[key], &format!("{place}.{key}")))
        }
        _ => (a != b).then(|| place.to_owned()),
    }
}
