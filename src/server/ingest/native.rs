//! `POST /api/v1/events`: product events in Parallax' own words.

use super::admit::{Sender, admit, bearer};
use super::body::{self, Limits};
use super::event::{self, Draft};
use super::gathered::Gathered;
use super::json::{self, DuplicateKeys};
use crate::identity::keys::KeyKind;
use crate::machine::Machine;
use crate::privacy::gate::{Fate, Gate};
use crate::rest::answer::Refusal;
use crate::store::submission::{Receipt, Repeat};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use chrono::{DateTime, Utc};
use parallax_domain::{Kind, Problem};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::Arc;

use super::Peer;

pub async fn events(
    State(machine): State<Arc<Machine>>,
    peer: Peer,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Receipt>, Refusal> {
    let sender =
        admit(&machine, &headers, bearer(&headers), &[KeyKind::Ingest, KeyKind::Browser], peer.address()).await?;
    content_type(&headers)?;
    let limits = if sender.is_browser() { Limits::BROWSER } else { Limits::SERVER };
    let taken = body::read(&headers, body, limits, &machine.budget).await?;
    let value = json::parse(&taken.bytes, DuplicateKeys::Refuse).map_err(Problem::malformed)?;
    let batch = Batch::of(value, limits)?;
    let repeat = headers
        .get("idempotency-key")
        // Hashed: senders choose keys as they like, and what they put into one is not ours to keep.
        .map(|key| Repeat {
            key: Sha256::digest(key.as_bytes()).to_vec(),
            body: Sha256::digest(&taken.bytes).to_vec(),
        });
    let receipt = store(&machine, &sender, batch, repeat).await?;
    Ok(Json(receipt))
}

/// Any JSON-like type, or none (contract rule P4).
pub(super) fn content_type(headers: &HeaderMap) -> Result<(), Problem> {
    let told = headers.get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or("?").to_ascii_lowercase());
    let essence = told.as_deref().map(|value| value.split(';').next().unwrap_or_default().trim());
    match essence {
        None | Some("" | "application/json" | "text/plain") => Ok(()),
        Some(_) => Err(Problem::new(Kind::Unsupported, "Content-Type may be application/json, text/plain, or none.")),
    }
}

pub struct Batch {
    pub sent_at: Option<DateTime<Utc>>,
    pub events: Vec<Value>,
}

impl Batch {
    fn of(value: Value, limits: Limits) -> Result<Batch, Problem> {
        let Value::Object(mut members) = value else {
            return Err(Problem::malformed("The body must be an object with `events`."));
        };
        let sent_at = match members.remove("sent_at") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => {
                Some(event::instant(&text).ok_or_else(|| Problem::invalid("sent_at", "is not an RFC 3339 time"))?)
            }
            Some(_) => return Err(Problem::invalid("sent_at", "must be a text with an RFC 3339 time")),
        };
        let Some(Value::Array(events)) = members.remove("events") else {
            return Err(Problem::invalid("events", "must be an array of events"));
        };
        if events.len() > limits.records {
            let detail = format!("At most {} events may be sent at once.", limits.records);
            return Err(Problem { field: Some("events".into()), ..Problem::new(Kind::TooLarge, detail) });
        }
        Ok(Batch { sent_at, events })
    }
}

async fn store(machine: &Machine, sender: &Sender, batch: Batch, repeat: Option<Repeat>) -> Result<Receipt, Problem> {
    let gate = sender.gate(machine, batch.sent_at);
    let mut events = Gathered::default();
    for value in batch.events {
        events.note(pass(machine, sender, &gate, value));
    }
    machine.intake.events.submit(events.submission(sender, repeat)).await
}

fn pass(machine: &Machine, sender: &Sender, gate: &Gate<'_>, value: Value) -> Result<crate::record::Event, Fate> {
    let draft = Draft::read(value)?;
    event::admit(machine, sender, gate, draft)
}
