//! What is told beside telemetry: deployments, tickets, feedback, surveys, spend, known totals, targets.
//! Small in number, upserted by their ids, in the words of the contract.

use super::Peer;
use super::admit::{Sender, admit, bearer};
use super::body::{self, Limits};
use super::event::{instant, micros};
use super::json::{self, DuplicateKeys};
use crate::identity::keys::KeyKind;
use crate::machine::Machine;
use crate::privacy::gate::Gate;
use crate::rest::answer::Refusal;
use crate::store::records::{Deployment, Feedback, Population, Spend, Survey, Target, Ticket};
use crate::store::submission::Rejection;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use chrono::{DateTime, NaiveDate, Utc};
use parallax_domain::{Kind, Problem};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Longest text of a ticket or an answer.
const LONGEST: usize = 16 * 1024;

#[derive(Serialize)]
pub struct Taken {
    accepted: usize,
    rejected: Vec<Rejection>,
}

type Answer = Result<Json<Taken>, Refusal>;
type Door = (State<Arc<Machine>>, Peer, HeaderMap, Body);

pub async fn deployments(state: State<Arc<Machine>>, peer: Peer, headers: HeaderMap, body: Body) -> Answer {
    let (machine, sender, values) = open((state, peer, headers, body)).await?;
    let gate = sender.gate(&machine, None);
    let (rows, rejected) = each(values, |members| {
        Ok(Deployment {
            service: gate.name(required(members, "service")?),
            version: gate.name(required(members, "version")?),
            environment: gate.name(text(members, "environment").unwrap_or_default()),
            at: time(members, "at")?.unwrap_or(gate.received_at),
            author: text(members, "author").map(|author| gate.text(author, 200)),
            url: text(members, "url").and_then(http_link),
        })
    });
    machine.store.write_deployments(sender.policy.project, &rows).await?;
    Ok(Json(Taken { accepted: rows.len(), rejected }))
}

pub async fn tickets(state: State<Arc<Machine>>, peer: Peer, headers: HeaderMap, body: Body) -> Answer {
    let (machine, sender, values) = open((state, peer, headers, body)).await?;
    let gate = sender.gate(&machine, None);
    let (mut rows, rejected) = each(values, |members| {
        Ok(Ticket {
            id: gate.record_id(&identifier(members)?),
            at: time(members, "at")?.unwrap_or(gate.received_at),
            user: text(members, "user").and_then(|user| gate.linked(user)),
            person: None,
            title: gate.text(text(members, "subject").unwrap_or_default(), 500),
            body: gate.text(text(members, "text").unwrap_or_default(), LONGEST),
            status: gate.name(text(members, "status").unwrap_or("open")),
            url: text(members, "url").and_then(http_link),
            rating: number(members, "rating")?,
        })
    });
    machine
        .store
        .name(
            &machine.intake.commit.people,
            sender.policy.project,
            rows.iter_mut().map(|row| (&row.user, &mut row.person)),
        )
        .await?;
    machine.store.write_tickets(sender.policy.project, &rows).await?;
    Ok(Json(Taken { accepted: rows.len(), rejected }))
}

pub async fn feedback(state: State<Arc<Machine>>, peer: Peer, headers: HeaderMap, body: Body) -> Answer {
    let (machine, sender, values) = open((state, peer, headers, body)).await?;
    let gate = sender.gate(&machine, None);
    let (mut rows, rejected) = each(values, |members| {
        Ok(Feedback {
            id: gate.record_id(&identifier(members)?),
            at: time(members, "at")?.unwrap_or(gate.received_at),
            user: text(members, "user").and_then(|user| gate.linked(user)),
            person: None,
            body: gate.text(text(members, "text").unwrap_or_default(), LONGEST),
            rating: number(members, "rating")?,
            url: text(members, "url").map(|url| crate::privacy::scrub::url(url).address()),
            status: gate.name(text(members, "status").unwrap_or("new")),
        })
    });
    machine
        .store
        .name(
            &machine.intake.commit.people,
            sender.policy.project,
            rows.iter_mut().map(|row| (&row.user, &mut row.person)),
        )
        .await?;
    machine.store.write_feedback(sender.policy.project, &rows).await?;
    Ok(Json(Taken { accepted: rows.len(), rejected }))
}

pub async fn surveys(state: State<Arc<Machine>>, peer: Peer, headers: HeaderMap, body: Body) -> Answer {
    let (machine, sender, values) = open((state, peer, headers, body)).await?;
    let gate = sender.gate(&machine, None);
    let (rows, rejected) = each(values, |members| {
        Ok(Survey {
            id: gate.record_id(&identifier(members)?),
            at: time(members, "at")?.unwrap_or(gate.received_at),
            source: gate.name(text(members, "source").unwrap_or("survey")),
            question: gate.text(text(members, "question").unwrap_or_default(), 1_000),
            answer: gate.text(text(members, "answer").unwrap_or_default(), LONGEST),
            rating: number(members, "rating")?,
            shares_usage: members.get("shares_usage").and_then(Value::as_bool),
        })
    });
    machine.store.write_surveys(sender.policy.project, &rows).await?;
    Ok(Json(Taken { accepted: rows.len(), rejected }))
}

pub async fn spend(state: State<Arc<Machine>>, peer: Peer, headers: HeaderMap, body: Body) -> Answer {
    let (machine, sender, values) = open((state, peer, headers, body)).await?;
    let gate = sender.gate(&machine, None);
    let currency = sender.policy.currency.clone();
    let (rows, rejected) = each(values, |members| {
        let day = required(members, "day")?;
        Ok(Spend {
            day: NaiveDate::parse_from_str(day, "%Y-%m-%d").map_err(|_| "day must be YYYY-MM-DD".to_owned())?,
            campaign: gate.name(text(members, "campaign").unwrap_or_default()),
            source: gate.name(text(members, "source").unwrap_or_default()),
            medium: gate.name(text(members, "medium").unwrap_or_default()),
            amount: number(members, "amount")?.and_then(micros).ok_or("amount is missing")?,
            currency: match text(members, "currency") {
                None => currency.clone(),
                Some(code) if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                    code.to_ascii_uppercase()
                }
                Some(_) => return Err("currency must be an ISO 4217 code".to_owned()),
            },
        })
    });
    machine.store.write_spend(sender.policy.project, &rows).await?;
    Ok(Json(Taken { accepted: rows.len(), rejected }))
}

pub async fn population(state: State<Arc<Machine>>, peer: Peer, headers: HeaderMap, body: Body) -> Answer {
    let (machine, sender, values) = open((state, peer, headers, body)).await?;
    let gate = sender.gate(&machine, None);
    let (rows, rejected) = each(values, |members| {
        let strata = match members.get("strata") {
            None | Some(Value::Null) => Value::Object(Map::new()),
            Some(Value::Object(strata)) => Value::Object(stratum(&gate, strata)),
            Some(_) => return Err("strata must be an object".to_owned()),
        };
        Ok(Population {
            from: time(members, "from")?.ok_or("from is missing")?,
            to: time(members, "to")?.ok_or("to is missing")?,
            strata,
            people: number(members, "people")?.map(|people| people as i64),
            requests: number(members, "requests")?.map(|requests| requests as i64),
        })
    });
    machine.store.write_population(sender.policy.project, &rows).await?;
    Ok(Json(Taken { accepted: rows.len(), rejected }))
}

pub async fn targets(state: State<Arc<Machine>>, peer: Peer, headers: HeaderMap, body: Body) -> Answer {
    let (machine, sender, values) = open((state, peer, headers, body)).await?;
    let gate = sender.gate(&machine, None);
    let (rows, rejected) = each(values, |members| {
        Ok(Target {
            measure: gate.name(required(members, "measure")?),
            value: number(members, "value")?.ok_or("value is missing")?,
        })
    });
    machine.store.write_targets(sender.policy.project, &rows, &format!("key {}", sender.key.id)).await?;
    Ok(Json(Taken { accepted: rows.len(), rejected }))
}

/// Traits of a part of the population: words and numbers, masked like any other.
fn stratum(gate: &Gate<'_>, strata: &Map<String, Value>) -> Map<String, Value> {
    let plain = |value: &Value| match value {
        Value::String(text) => Value::String(gate.name(text)),
        Value::Bool(_) | Value::Number(_) => value.clone(),
        other => Value::String(gate.name(&other.to_string())),
    };
    strata.iter().map(|(name, value)| (gate.name(name), plain(value))).collect()
}

/// The sender, and the records of the body: one object, or an array of them.
async fn open(door: Door) -> Result<(Arc<Machine>, Sender, Vec<Value>), Problem> {
    let (State(machine), peer, headers, body) = door;
    let sender =
        admit(&machine, &headers, bearer(&headers), &[KeyKind::Ingest, KeyKind::Write], peer.address()).await?;
    let taken = body::read(&headers, body, Limits::BROWSER, &machine.budget).await?;
    let values = match json::parse(&taken.bytes, DuplicateKeys::Refuse).map_err(Problem::malformed)? {
        Value::Array(values) => values,
        object @ Value::Object(_) => vec![object],
        _ => return Err(Problem::malformed("The body must be an object or an array of objects.")),
    };
    if values.len() > Limits::BROWSER.records {
        return Err(Problem::new(
            Kind::TooLarge,
            format!("At most {} records may be sent at once.", Limits::BROWSER.records),
        ));
    }
    Ok((machine, sender, values))
}

fn each<T>(values: Vec<Value>, read: impl Fn(&Map<String, Value>) -> Result<T, String>) -> (Vec<T>, Vec<Rejection>) {
    let (mut rows, mut rejected) = (Vec::new(), Vec::new());
    for (index, value) in values.into_iter().enumerate() {
        let read = match &value {
            Value::Object(members) => read(members),
            _ => Err("a record must be an object".to_owned()),
        };
        match read {
            Ok(row) => rows.push(row),
            Err(reason) => rejected.push(Rejection { index, reason }),
        }
    }
    (rows, rejected)
}

fn text<'a>(members: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    members.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
}

fn required<'a>(members: &'a Map<String, Value>, key: &str) -> Result<&'a str, String> {
    text(members, key).ok_or_else(|| format!("{key} is missing"))
}

fn identifier(members: &Map<String, Value>) -> Result<String, String> {
    let id = match members.get("id") {
        Some(Value::String(id)) => id.trim().to_owned(),
        Some(Value::Number(id)) => id.to_string(),
        _ => return Err("id is missing".to_owned()),
    };
    if id.is_empty() || id.chars().count() > 200 { Err("id must have 1 to 200 characters".to_owned()) } else { Ok(id) }
}

fn time(members: &Map<String, Value>, key: &str) -> Result<Option<DateTime<Utc>>, String> {
    match members.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => instant(text).map(Some).ok_or_else(|| format!("{key} is not an RFC 3339 time")),
        Some(_) => Err(format!("{key} must be a text with an RFC 3339 time")),
    }
}

fn number(members: &Map<String, Value>, key: &str) -> Result<Option<f64>, String> {
    match members.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => Ok(number.as_f64()),
        Some(Value::String(text)) => text.trim().parse().map(Some).map_err(|_| format!("{key} must be a number")),
        Some(_) => Err(format!("{key} must be a number")),
    }
}

/// Only links that a browser may follow safely.
fn http_link(url: &str) -> Option<String> {
    let parsed = url::Url::parse(url).ok()?;
    matches!(parsed.scheme(), "http" | "https").then(|| crate::privacy::scrub::url(parsed.as_str()).address())
}
