//! Members of an object as senders in the field write them: a number may be a text, a text a number, and what is
//! neither is as good as missing.

use crate::ingest::event::instant;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

pub struct Members(pub Map<String, Value>);

impl Members {
    /// None for what is no object.
    pub fn of(value: Value) -> Option<Members> {
        match value {
            Value::Object(members) => Some(Members(members)),
            _ => None,
        }
    }

    /// A text that is not empty, of the first of these members that has one. They are taken out, all of them.
    pub fn text(&mut self, keys: &[&str]) -> Option<String> {
        let mut found = None;
        for key in keys {
            let told = self.0.remove(*key).as_ref().and_then(text_of);
            found = found.or(told);
        }
        found
    }

    /// As [`Members::text`], and the member stays.
    pub fn peek(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| self.0.get(*key).and_then(text_of))
    }

    pub fn number(&mut self, key: &str) -> Option<f64> {
        self.0.remove(key).as_ref().and_then(number_of)
    }

    pub fn truth(&mut self, key: &str) -> Option<bool> {
        match self.0.remove(key)? {
            Value::Bool(truth) => Some(truth),
            Value::Number(number) => Some(number.as_f64() != Some(0.0)),
            Value::String(text) => text.to_ascii_lowercase().parse().ok(),
            _ => None,
        }
    }

    pub fn object(&mut self, key: &str) -> Option<Members> {
        self.0.remove(key).and_then(Members::of)
    }

    pub fn list(&mut self, key: &str) -> Option<Vec<Value>> {
        match self.0.remove(key)? {
            Value::Array(values) => Some(values),
            _ => None,
        }
    }

    pub fn forget(&mut self, keys: &[&str]) {
        keys.iter().for_each(|key| drop(self.0.remove(*key)));
    }

    /// What is left, without what says nothing.
    pub fn rest(self) -> Vec<(String, Value)> {
        self.0.into_iter().filter(|(_, value)| !value.is_null()).collect()
    }
}

pub fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

pub fn number_of(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

/// A time in any of the spellings of the field: RFC 3339, seconds or milliseconds since 1970. The error is what the
/// sender is told.
pub fn time_of(value: &Value) -> Result<DateTime<Utc>, &'static str> {
    if let Value::String(text) = value
        && let Some(at) = instant(text.trim())
    {
        return Ok(at);
    }
    number_of(value).and_then(time_of_number).ok_or("too_old")
}

/// Beyond the year 5138 seconds are milliseconds (protocols §3.3).
fn time_of_number(number: f64) -> Option<DateTime<Utc>> {
    let seconds = if number.abs() > 1e11 { number / 1000.0 } else { number };
    let micros = (seconds * 1e6).round();
    (micros.abs() < 9e18).then(|| DateTime::UNIX_EPOCH.checked_add_signed(TimeDelta::microseconds(micros as i64)))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_are_read_in_all_spellings_of_the_field() {
        let read = |value: Value| time_of(&value).map(|at| at.to_rfc3339());
        for same in [
            json!("2026-11-22T12:02:09.962855Z"),
            json!("2026-11-22T12:02:09.962855"),
            json!(1795348929.962855),
            json!(1795348929962.855),
            json!("1795348929.962855"),
        ] {
            assert_eq!(read(same.clone()).unwrap(), "2026-11-22T12:02:09.962855+00:00", "{same}");
        }
        for none in [json!("yesterday"), json!(1e300), json!([]), json!("")] {
            assert_eq!(read(none.clone()), Err("too_old"), "{none}");
        }
    }

    #[test]
    fn the_first_text_is_taken_and_all_its_names_are() {
        let mut members = Members::of(json!({ "a": "", "b": 7, "c": "x", "d": null })).unwrap();
        assert_eq!(members.text(&["a", "b", "c"]), Some("7".to_owned()));
        assert!(members.rest().is_empty());
    }
}
