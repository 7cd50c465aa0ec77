//! What is done to the values of a field before they are stored.

use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};
use std::fmt;
use std::str::FromStr;

/// Written as `keep`, `drop`, `hash`, `mask`, `truncate(20)`, `bucket(0, 10, 100)`, `round(5)`, `round(hour)`,
/// `generalise(DE = DACH, AT = DACH, * = elsewhere)`.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Action {
    #[default]
    Keep,
    Drop,
    /// A keyed hash: can be counted, cannot be read.
    Hash,
    /// The first letter of each word and stars.
    Mask,
    /// The first so many characters.
    Truncate(usize),
    /// The range between two edges that a number lies in. Edges rise.
    Bucket(Vec<f64>),
    Round(Rounding),
    /// Values by a table; what stands in none becomes `rest`.
    Generalise {
        table: Vec<(String, String)>,
        rest: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rounding {
    /// To the nearest multiple of a positive number.
    Step(f64),
    Hour,
    Day,
    Month,
}

/// Entries of a `generalise` table and edges of buckets; more is a list of values, not a generalisation.
const MOST_PARTS: usize = 200;
const OTHER: &str = "other";

impl Action {
    pub fn keeps(&self) -> bool {
        *self == Action::Keep
    }

    /// The first word of its spelling.
    pub fn word(&self) -> &'static str {
        match self {
            Action::Keep => "keep",
            Action::Drop => "drop",
            Action::Hash => "hash",
            Action::Mask => "mask",
            Action::Truncate(_) => "truncate",
            Action::Bucket(_) => "bucket",
            Action::Round(_) => "round",
            Action::Generalise { .. } => "generalise",
        }
    }

    /// What is left of a value; none where nothing may be stored. Lists and objects are treated part by part; a value that
    /// the action cannot make coarser (a text where a number is rounded) is not stored. `hash` is keyed by the caller.
    pub fn apply(&self, value: Value, hash: &dyn Fn(&str) -> String) -> Option<Value> {
        match (self, value) {
            (Action::Keep, value) => Some(value),
            (Action::Drop, _) => None,
            (_, Value::Null) => Some(Value::Null),
            (_, Value::Array(values)) => {
                Some(Value::Array(values.into_iter().filter_map(|value| self.apply(value, hash)).collect()))
            }
            (_, Value::Object(members)) => Some(Value::Object(
                members.into_iter().filter_map(|(name, value)| Some((name, self.apply(value, hash)?))).collect(),
            )),
            (Action::Hash, value) => Some(Value::String(hash(&plain(&value)))),
            (Action::Mask, Value::String(text)) => Some(Value::String(masked(&text))),
            (Action::Mask, _) => Some(Value::String("***".to_owned())),
            (Action::Truncate(length), Value::String(text)) => {
                Some(Value::String(text.chars().take(*length).collect()))
            }
            (Action::Truncate(_), value) => Some(value),
            (Action::Bucket(edges), value) => Some(Value::String(bucket(edges, number(&value)?))),
            (Action::Round(Rounding::Step(step)), value) => {
                let rounded = (number(&value)? / step).round() * step;
                Number::from_f64(rounded).map(Value::Number)
            }
            (Action::Round(rounding), value) => time(*rounding, value.as_str()?).map(Value::String),
            (Action::Generalise { table, rest }, value) => {
                let told = plain(&value);
                let coarse = table.iter().find(|(from, _)| *from == told).map_or(rest, |(_, to)| to);
                Some(Value::String(coarse.clone()))
            }
        }
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number: &f64| number.is_finite())
}

/// `j***@e***`, `J*** D***`.
fn masked(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for letter in text.chars() {
        if letter.is_whitespace() || letter == '@' {
            inside = false;
            out.push(letter);
        } else if !inside {
            inside = true;
            out.push(letter);
            out.push_str("***");
        }
    }
    out
}

fn bucket(edges: &[f64], value: f64) -> String {
    match edges.iter().rposition(|edge| *edge <= value) {
        None => format!("under {}", edges.first().copied().unwrap_or_default()),
        Some(at) => match edges.get(at + 1) {
            Some(next) => format!("{} to {next}", edges[at]),
            None => format!("{} or more", edges[at]),
        },
    }
}

fn time(rounding: Rounding, text: &str) -> Option<String> {
    let at = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
    let hour = if rounding == Rounding::Hour { at.hour() } else { 0 };
    let day = if rounding == Rounding::Month { 1 } else { at.day() };
    let start = at.date_naive().with_day(day)?.and_hms_opt(hour, 0, 0)?;
    Some(start.and_utc().to_rfc3339_opts(SecondsFormat::Secs, true))
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Truncate(length) => write!(f, "truncate({length})"),
            Action::Bucket(edges) => {
                let edges: Vec<String> = edges.iter().map(f64::to_string).collect();
                write!(f, "bucket({})", edges.join(", "))
            }
            Action::Round(Rounding::Step(step)) => write!(f, "round({step})"),
            Action::Round(Rounding::Hour) => f.write_str("round(hour)"),
            Action::Round(Rounding::Day) => f.write_str("round(day)"),
            Action::Round(Rounding::Month) => f.write_str("round(month)"),
            Action::Generalise { table, rest } => {
                let table: Vec<String> = table.iter().map(|(from, to)| format!("{from} = {to}")).collect();
                write!(f, "generalise({}, * = {rest})", table.join(", "))
            }
            plain => f.write_str(plain.word()),
        }
    }
}

impl FromStr for Action {
    type Err = String;

    /// Says what is wrong with a spelling, for the person who wrote it.
    fn from_str(text: &str) -> Result<Action, String> {
        let text = text.trim();
        let (word, parts) = match text.split_once('(') {
            None => (text, None),
            Some((word, rest)) => {
                let inside = rest.strip_suffix(')').ok_or("The bracket of an action is not closed.")?;
                (word.trim(), Some(inside.split(',').map(str::trim).collect::<Vec<_>>()))
            }
        };
        if parts.as_ref().is_some_and(|parts| parts.len() > MOST_PARTS) {
            return Err(format!("An action has at most {MOST_PARTS} parts."));
        }
        match (word, parts) {
            ("" | "keep", None) => Ok(Action::Keep),
            ("drop", None) => Ok(Action::Drop),
            ("hash", None) => Ok(Action::Hash),
            ("mask", None) => Ok(Action::Mask),
            ("truncate", Some(parts)) => match parts.as_slice() {
                [length] => match length.parse() {
                    Ok(length @ 1..=8192) => Ok(Action::Truncate(length)),
                    _ => Err("truncate takes 1 to 8192 characters, as in truncate(20).".to_owned()),
                },
                _ => Err("truncate takes one number, as in truncate(20).".to_owned()),
            },
            ("bucket", Some(parts)) => edges(&parts).map(Action::Bucket),
            ("round", Some(parts)) => match parts.as_slice() {
                ["hour"] => Ok(Action::Round(Rounding::Hour)),
                ["day"] => Ok(Action::Round(Rounding::Day)),
                ["month"] => Ok(Action::Round(Rounding::Month)),
                [step] => match step.parse::<f64>() {
                    Ok(step) if step.is_finite() && step > 0.0 => Ok(Action::Round(Rounding::Step(step))),
                    _ => Err("round takes a positive number, hour, day or month, as in round(5).".to_owned()),
                },
                _ => Err("round takes one step, as in round(5).".to_owned()),
            },
            ("generalise", Some(parts)) => table(&parts),
            ("truncate" | "bucket" | "round" | "generalise", None) => Err(format!(
                "{word} says how in brackets, as in truncate(20), bucket(0, 10), round(5), generalise(DE = Europe)."
            )),
            _ => {
                Err("An action is keep, drop, hash, mask, truncate(…), bucket(…), round(…) or generalise(…)."
                    .to_owned())
            }
        }
    }
}

fn edges(parts: &[&str]) -> Result<Vec<f64>, String> {
    let edges = parts.iter().map(|part| part.parse::<f64>().ok().filter(|edge| edge.is_finite()));
    let edges: Option<Vec<f64>> = edges.collect();
    match edges {
        Some(edges) if edges.windows(2).all(|pair| pair[0] < pair[1]) => Ok(edges),
        _ => Err("bucket takes numbers that rise, as in bucket(0, 10, 100).".to_owned()),
    }
}

fn table(parts: &[&str]) -> Result<Action, String> {
    let mut rest = OTHER.to_owned();
    let mut table = Vec::new();
    for part in parts {
        let (from, to) = part.split_once('=').map(|(from, to)| (from.trim(), to.trim())).unwrap_or_default();
        if from.is_empty() || to.is_empty() {
            return Err("generalise takes pairs, as in generalise(DE = Europe, * = elsewhere).".to_owned());
        }
        if from == "*" {
            rest = to.to_owned();
        } else {
            table.push((from.to_owned(), to.to_owned()));
        }
    }
    Ok(Action::Generalise { table, rest })
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[path = "action_test.rs"]
mod tests;
