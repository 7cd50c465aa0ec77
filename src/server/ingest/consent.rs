//! `POST /api/v1/consent`: what people decided. Append-only; per category the newest decision is in force. One decision is
//! an object and answers a receipt; an array of them imports what another system kept.

use super::Peer;
use super::admit::{Sender, admit, bearer};
use super::body::{self, Limits};
use super::event::instant;
use super::json::{self, DuplicateKeys};
use crate::identity::keys::KeyKind;
use crate::machine::Machine;
use crate::privacy::gate::Gate;
use crate::privacy::receipt::{self, Receipt};
use crate::rest::answer::Refusal;
use crate::store::consent::{NewDecision, Recorded};
use crate::store::submission::Rejection;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use parallax_domain::{Category, Kind, Problem};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;

#[derive(Serialize)]
#[serde(untagged)]
pub enum Answer {
    One { receipt: String },
    Many { receipts: Vec<String>, rejected: Vec<Rejection> },
}

pub async fn decide(
    State(machine): State<Arc<Machine>>,
    peer: Peer,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Answer>, Refusal> {
    let sender =
        admit(&machine, &headers, bearer(&headers), &[KeyKind::Ingest, KeyKind::Browser], peer.address()).await?;
    let taken = body::read(&headers, body, Limits::BROWSER, &machine.budget).await?;
    let gate = sender.gate(&machine, None);
    match json::parse(&taken.bytes, DuplicateKeys::Refuse).map_err(Problem::malformed)? {
        Value::Object(members) => {
            let decision = read(&members, &gate, &sender)?;
            let receipts = record(&machine, &gate, &[decision]).await?;
            let receipt = receipts.into_iter().next().unwrap_or_default();
            Ok(Json(Answer::One { receipt }))
        }
        Value::Array(values) => {
            if sender.is_browser() {
                return Err(Problem::new(Kind::Forbidden, "A browser key tells one decision at a time.").into());
            }
            if values.len() > Limits::BROWSER.records {
                let detail = format!("At most {} decisions may be sent at once.", Limits::BROWSER.records);
                return Err(Problem::new(Kind::TooLarge, detail).into());
            }
            let (decisions, rejected) = each(&values, &gate, &sender);
            Ok(Json(Answer::Many { receipts: record(&machine, &gate, &decisions).await?, rejected }))
        }
        _ => Err(Problem::malformed("The body must be an object, or an array of objects.").into()),
    }
}

fn each(values: &[Value], gate: &Gate<'_>, sender: &Sender) -> (Vec<NewDecision>, Vec<Rejection>) {
    let (mut decisions, mut rejected) = (Vec::new(), Vec::new());
    for (index, value) in values.iter().enumerate() {
        let decision = match value {
            Value::Object(members) => read(members, gate, sender).map_err(|problem| problem.to_string()),
            _ => Err("a decision must be an object".to_owned()),
        };
        match decision {
            Ok(decision) => decisions.push(decision),
            Err(reason) => rejected.push(Rejection { index, reason }),
        }
    }
    (decisions, rejected)
}

/// Writes decisions down, lets this process hold to them at once (the others follow within a second), and signs the
/// receipts.
pub async fn record(machine: &Machine, gate: &Gate<'_>, decisions: &[NewDecision]) -> Result<Vec<String>, Problem> {
    let policy = gate.policy;
    let recorded = machine.store.record_decisions(policy.project, decisions).await?;
    policy.ledger.take(decisions.iter().map(|decision| decision.decided(&policy.ledger)));
    let token = |(decision, recorded): (&NewDecision, Recorded)| {
        let bits = |bits: u8| Category::ALL.into_iter().filter(|category| bits & category.bit() != 0).collect();
        let receipt = Receipt {
            id: recorded.receipt.to_string(),
            project: policy.name.clone(),
            subject: decision.reference.to_string(),
            at: decision.at,
            policy: decision.policy.clone(),
            notice: recorded.notice,
            granted: bits(decision.granted),
            denied: bits(decision.denied),
            source: decision.source.clone(),
            language: decision.language.clone(),
            region: decision.region.clone(),
            expires_at: recorded.expires_at,
        };
        receipt::sign(&policy.secret, &receipt).unwrap_or_else(|| recorded.receipt.to_string())
    };
    Ok(decisions.iter().zip(recorded).map(token).collect())
}

/// Reads one decision.
///
/// # Errors
/// The member that is at fault.
pub fn read(members: &Map<String, Value>, gate: &Gate<'_>, sender: &Sender) -> Result<NewDecision, Problem> {
    if sender.is_browser() && members.get("user").is_some_and(|user| !user.is_null()) {
        // A page knows only its own visitor; a public key must not decide for somebody else.
        return Err(Problem::invalid("user", "A browser key decides only for an anonymous id."));
    }
    of_members(members, gate)
}

/// As [`read`], where it is known that the sender may decide for anybody.
///
/// # Errors
/// The member that is at fault.
pub fn of_members(members: &Map<String, Value>, gate: &Gate<'_>) -> Result<NewDecision, Problem> {
    let text = |key: &str| members.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let identifier = match (text("user"), text("anonymous").or_else(|| text("subject"))) {
        (Some(user), _) => gate.user(user),
        (None, Some(anonymous)) => gate.anonymous(anonymous),
        (None, None) => None,
    };
    let identifier = identifier.ok_or_else(|| Problem::invalid("subject", "is missing"))?;
    let Some(Value::Object(decisions)) = members.get("decisions") else {
        return Err(Problem::invalid("decisions", "must be an object of categories and true or false"));
    };
    let (mut granted, mut denied) = (0, 0);
    for (word, value) in decisions {
        let field = format!("decisions.{}", gate.name(word));
        let category: Category = word.parse().map_err(|_: String| Problem::invalid(&field, "is no category"))?;
        match value {
            Value::Bool(true) => granted |= category.bit(),
            // What the service cannot do without has no switch.
            Value::Bool(false) if category == Category::Essential => {
                return Err(Problem::invalid(&field, "cannot be refused"));
            }
            Value::Bool(false) => denied |= category.bit(),
            _ => return Err(Problem::invalid(&field, "must be true or false")),
        }
    }
    let at = match text("at") {
        Some(told) => {
            instant(told).ok_or_else(|| Problem::invalid("at", "is not an RFC 3339 time"))?.min(gate.received_at)
        }
        None => gate.received_at,
    };
    let region = text("region").unwrap_or_default().trim().to_ascii_uppercase();
    if !region.is_empty() && (region.len() != 2 || !region.bytes().all(|byte| byte.is_ascii_uppercase())) {
        return Err(Problem::invalid("region", "must be a country code of two letters"));
    }
    let short = |key: &str| gate.name(text(key).unwrap_or_default()).chars().take(200).collect::<String>();
    Ok(NewDecision {
        reference: identifier.reference,
        at,
        granted: granted & !Category::Essential.bit(),
        denied,
        policy: short("policy"),
        source: short("source"),
        language: short("language").to_lowercase(),
        region,
        platform: short("platform"),
        version: short("version"),
    })
}
