//! `POST /api/v1/consent`: what one subject decided. Append-only; the newest decision is in force.

use super::Peer;
use super::admit::{admit, bearer};
use super::body::{self, Limits};
use super::event::instant;
use super::json::{self, DuplicateKeys};
use crate::database::fault::Told;
use crate::identity::keys::KeyKind;
use crate::machine::Machine;
use crate::privacy::policy::announce;
use crate::rest::answer::Refusal;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use chrono::{DateTime, Months, Utc};
use parallax_domain::{Category, Problem};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use uuid::Uuid;

/// A decision is asked for again after so long (CNIL: at most 13 months).
const VALID: Months = Months::new(13);

#[derive(Serialize)]
pub struct Receipt {
    receipt: String,
}

struct Decision {
    subject: Subject,
    granted: u8,
    denied: u8,
    at: DateTime<Utc>,
    policy: String,
    source: String,
}

enum Subject {
    User(String),
    Anonymous(String),
}

pub async fn decide(
    State(machine): State<Arc<Machine>>,
    peer: Peer,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Receipt>, Refusal> {
    let sender =
        admit(&machine, &headers, bearer(&headers), &[KeyKind::Ingest, KeyKind::Browser], peer.address()).await?;
    let taken = body::read(&headers, body, Limits::BROWSER, &machine.budget).await?;
    let Value::Object(members) = json::parse(&taken.bytes, DuplicateKeys::Refuse).map_err(Problem::malformed)? else {
        return Err(Problem::malformed("The body must be an object.").into());
    };
    let decision = read(&members, sender.received_at)?;
    let gate = sender.gate(&machine, None);
    let identifier = match &decision.subject {
        Subject::User(_) if sender.is_browser() => {
            // A page knows only its own visitor; a public key must not decide for somebody else.
            return Err(Problem::invalid("user", "A browser key decides only for an anonymous id.").into());
        }
        Subject::User(id) => gate.user(id),
        Subject::Anonymous(id) => gate.anonymous(id),
    };
    let identifier = identifier.ok_or_else(|| Problem::invalid("subject", "is empty"))?;
    let receipt = Uuid::now_v7();
    sqlx::query(
        "insert into consent (project, receipt, ref, decided_at, granted, denied, policy, source, expires_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(sender.policy.project)
    .bind(receipt)
    .bind(identifier.reference)
    .bind(decision.at)
    .bind(i16::from(decision.granted))
    .bind(i16::from(decision.denied))
    .bind(&decision.policy)
    .bind(&decision.source)
    .bind(decision.at.checked_add_months(VALID).unwrap_or(decision.at))
    .execute(&machine.database.admin)
    .await
    .told()?;
    announce(&machine.database, "consent").await.told()?;
    Ok(Json(Receipt { receipt: receipt.to_string() }))
}

fn read(members: &Map<String, Value>, received_at: DateTime<Utc>) -> Result<Decision, Problem> {
    let text = |key: &str| members.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let subject = match (text("user"), text("anonymous").or_else(|| text("subject"))) {
        (Some(user), _) => Subject::User(user.to_owned()),
        (None, Some(anonymous)) => Subject::Anonymous(anonymous.to_owned()),
        (None, None) => return Err(Problem::invalid("subject", "is missing")),
    };
    let Some(Value::Object(decisions)) = members.get("decisions") else {
        return Err(Problem::invalid("decisions", "must be an object of categories and true or false"));
    };
    let (mut granted, mut denied) = (0, 0);
    for (word, value) in decisions {
        let field = format!("decisions.{word}");
        let category: Category = word.parse().map_err(|error: String| Problem::invalid(&field, error))?;
        match value {
            Value::Bool(true) => granted |= category.bit(),
            Value::Bool(false) => denied |= category.bit(),
            _ => return Err(Problem::invalid(&field, "must be true or false")),
        }
    }
    let at = match text("at") {
        Some(told) => instant(told).ok_or_else(|| Problem::invalid("at", "is not an RFC 3339 time"))?.min(received_at),
        None => received_at,
    };
    let short = |key: &str| text(key).unwrap_or_default().chars().take(200).collect::<String>();
    Ok(Decision { subject, granted, denied, at, policy: short("policy"), source: short("source") })
}
