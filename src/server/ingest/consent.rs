//! `POST /api/v1/consent`: what people decided. Append-only; the newest decision is in force. One decision is an object
//! and answers a receipt; an array of them imports what another system kept.

use super::Peer;
use super::admit::{Sender, admit, bearer};
use super::body::{self, Limits};
use super::event::instant;
use super::json::{self, DuplicateKeys};
use crate::database::fault::Told;
use crate::identity::keys::KeyKind;
use crate::machine::Machine;
use crate::privacy::policy::announce;
use crate::rest::answer::Refusal;
use crate::store::submission::Rejection;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use chrono::{DateTime, Months, Utc};
use parallax_domain::{Category, Kind, Problem};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use uuid::Uuid;

/// A decision is asked for again after so long (CNIL: at most 13 months).
const VALID: Months = Months::new(13);

#[derive(Serialize)]
#[serde(untagged)]
pub enum Answer {
    One { receipt: String },
    Many { receipts: Vec<String>, rejected: Vec<Rejection> },
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
) -> Result<Json<Answer>, Refusal> {
    let sender =
        admit(&machine, &headers, bearer(&headers), &[KeyKind::Ingest, KeyKind::Browser], peer.address()).await?;
    let taken = body::read(&headers, body, Limits::BROWSER, &machine.budget).await?;
    match json::parse(&taken.bytes, DuplicateKeys::Refuse).map_err(Problem::malformed)? {
        Value::Object(members) => {
            let decision = identified(&machine, &sender, &members)?;
            let receipts = record(&machine, sender.policy.project, vec![decision]).await?;
            Ok(Json(Answer::One { receipt: receipts.into_iter().next().unwrap_or_default() }))
        }
        Value::Array(_) if sender.is_browser() => {
            Err(Problem::new(Kind::Forbidden, "A browser key tells one decision at a time.").into())
        }
        Value::Array(values) if values.len() > Limits::BROWSER.records => {
            let detail = format!("At most {} decisions may be sent at once.", Limits::BROWSER.records);
            Err(Problem::new(Kind::TooLarge, detail).into())
        }
        Value::Array(values) => {
            let (mut decisions, mut rejected) = (Vec::with_capacity(values.len()), Vec::new());
            for (index, value) in values.iter().enumerate() {
                let decision = match value {
                    Value::Object(members) => {
                        identified(&machine, &sender, members).map_err(|problem| problem.to_string())
                    }
                    _ => Err("a decision must be an object".to_owned()),
                };
                match decision {
                    Ok(decision) => decisions.push(decision),
                    Err(reason) => rejected.push(Rejection { index, reason }),
                }
            }
            Ok(Json(Answer::Many { receipts: record(&machine, sender.policy.project, decisions).await?, rejected }))
        }
        _ => Err(Problem::malformed("The body must be an object, or an array of objects.").into()),
    }
}

/// A decision with the number that stands for its subject.
fn identified(machine: &Machine, sender: &Sender, members: &Map<String, Value>) -> Result<(Decision, Uuid), Problem> {
    let decision = read(members, sender.received_at)?;
    let gate = sender.gate(machine, None);
    let identifier = match &decision.subject {
        Subject::User(_) if sender.is_browser() => {
            // A page knows only its own visitor; a public key must not decide for somebody else.
            return Err(Problem::invalid("user", "A browser key decides only for an anonymous id."));
        }
        Subject::User(id) => gate.user(id),
        Subject::Anonymous(id) => gate.anonymous(id),
    };
    let identifier = identifier.ok_or_else(|| Problem::invalid("subject", "is empty"))?;
    Ok((decision, identifier.reference))
}

/// Writes decisions down, all or none, and tells every process; answers their receipts.
async fn record(machine: &Machine, project: i32, decisions: Vec<(Decision, Uuid)>) -> Result<Vec<String>, Problem> {
    let receipts: Vec<Uuid> = decisions.iter().map(|_| Uuid::now_v7()).collect();
    let until = |at: DateTime<Utc>| at.checked_add_months(VALID).unwrap_or(at);
    sqlx::query(
        "insert into consent (project, receipt, ref, decided_at, granted, denied, policy, source, expires_at) \
         select $1, * from unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::smallint[], $6::smallint[], $7::text[], \
                                  $8::text[], $9::timestamptz[])",
    )
    .bind(project)
    .bind(&receipts)
    .bind(decisions.iter().map(|(_, reference)| *reference).collect::<Vec<Uuid>>())
    .bind(decisions.iter().map(|(decision, _)| decision.at).collect::<Vec<_>>())
    .bind(decisions.iter().map(|(decision, _)| i16::from(decision.granted)).collect::<Vec<_>>())
    .bind(decisions.iter().map(|(decision, _)| i16::from(decision.denied)).collect::<Vec<_>>())
    .bind(decisions.iter().map(|(decision, _)| decision.policy.as_str()).collect::<Vec<_>>())
    .bind(decisions.iter().map(|(decision, _)| decision.source.as_str()).collect::<Vec<_>>())
    .bind(decisions.iter().map(|(decision, _)| until(decision.at)).collect::<Vec<_>>())
    .execute(&machine.database.admin)
    .await
    .told()?;
    announce(&machine.database, "consent").await.told()?;
    Ok(receipts.iter().map(Uuid::to_string).collect())
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
