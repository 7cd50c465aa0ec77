//! The engine against the rules: by name (`vectors`, `funnel_rules`, `behaviour_rules`), against a second implementation (`against_naive`), and by what
//! must always hold (`identities`).

mod against_naive;
mod behaviour_rules;
mod calendar;
mod funnel_rules;
pub(crate) mod histories;
mod identities;
mod reader;
mod statistics;
mod vectors;

use super::naive::Event;
use chrono::{DateTime, Utc};
use parallax_domain::Problem;
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

pub(super) const START: &str = "2026-01-10T00:00:00Z";

/// Events of one person: `name@minutes`, in ingest order.
pub(super) fn person(name: &str, events: &str) -> Vec<Event> {
    let event = |(seq, text): (usize, &str)| {
        let (event, minute) = text.split_once('@').expect("name@minute");
        let at = ms(START) + (minute.parse::<f64>().expect("a number") * MINUTE as f64).round() as i64;
        Event { seq: seq as u64, ..Event::new(name, at, event) }
    };
    events.split_whitespace().enumerate().map(event).collect()
}

pub(super) fn january() -> Frame {
    frame("2026-01-10T00:00:00Z", "2026-01-20T00:00:00Z", "UTC")
}

#[track_caller]
pub(super) fn field(problem: Result<(), Problem>) -> String {
    problem.expect_err("it is not allowed").field.expect("the member at fault is named")
}

/// Answers are equal up to rounding of their fractions.
#[track_caller]
pub(crate) fn assert_same<T: serde::Serialize>(engine: &T, naive: &T, what: &str) {
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
