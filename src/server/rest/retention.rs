//! `/api/v1/retention`: rules, changes of them, and proofs. Reading needs a read key, changing a write key, both of an admin.

use super::answer::Refusal;
use super::who::{administers, body, changes};
use crate::admin::retention;
use crate::machine::Machine;
use crate::retention::change::{self, Asked};
use crate::retention::rule::{name_of, subject};
use crate::retention::watch;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use parallax_domain::Problem;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Deletions that are listed.
const PROOFS: i64 = 100;

pub async fn tell(State(machine): State<Arc<Machine>>, headers: HeaderMap) -> Result<Json<Value>, Refusal> {
    let (project, _) = administers(&machine, &headers)?;
    let rules = retention::in_force(&machine, project).await?;
    let open = change::open(&machine, project).await?;
    let proofs = retention::proofs(&machine, project, PROOFS).await?;
    let last = watch::last_done(&machine.database).await.map_err(crate::database::fault::problem)?;
    Ok(Json(json!({
        "rules": rules.rules.iter().map(|rule| json!({
            "signal": rule.word, "name": name_of(rule.word), "days": rules.days(rule.word),
            "part_of": subject(rule.word).and_then(|subject| subject.part_of), "follows": rule.follows,
            "changed_by": rule.changed_by,
        })).collect::<Vec<_>>(),
        "promises": rules.promises.iter().map(|promise| json!({
            "signal": promise.leaf, "days": promise.days, "until": promise.until,
        })).collect::<Vec<_>>(),
        "changes": open.iter().map(|change| json!({
            "id": change.id, "signal": change.signal, "days_from": change.days_from, "days_to": change.days_to,
            "reason": change.reason, "state": change.state, "rows": change.rows, "share": change.share,
            "asked_by": change.asked_by, "asked_at": change.asked_at, "approved_by": change.approved_by,
            "effective_at": change.effective_at,
        })).collect::<Vec<_>>(),
        "last_run": last.and_then(|run| run.ended_at),
        "deletions": proofs.iter().map(|proof| json!({
            "id": proof.id, "name": proof.name(), "kind": proof.kind, "signal": proof.signal, "what": proof.what,
            "rows": proof.rows, "bytes": proof.bytes, "oldest": proof.oldest, "newest": proof.newest,
            "ended_at": proof.ended_at, "verified": proof.verified,
        })).collect::<Vec<_>>(),
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    signal: String,
    days: i32,
    #[serde(default)]
    reason: String,
}

pub async fn ask(State(machine): State<Arc<Machine>>, headers: HeaderMap, given: Body) -> Result<Json<Value>, Refusal> {
    let (project, viewer) = changes(&machine, &headers)?;
    let wanted: Wanted = body(&machine, &headers, given).await?;
    let asked = retention::ask(&machine, &viewer, project, &wanted.signal, wanted.days, &wanted.reason).await?;
    Ok(Json(match asked {
        Asked::InForce => json!({ "state": "in_force" }),
        Asked::Scheduled(id, at) => json!({ "state": "scheduled", "change": id, "effective_at": at }),
        Asked::Waiting(id) => json!({ "state": "waiting", "change": id }),
    }))
}

#[derive(Deserialize)]
pub struct Asking {
    signal: Option<String>,
    days: Option<i32>,
}

pub async fn preview(
    State(machine): State<Arc<Machine>>,
    headers: HeaderMap,
    Query(asking): Query<Asking>,
) -> Result<Json<Value>, Refusal> {
    let (project, _) = administers(&machine, &headers)?;
    let missing = |field: &str| Problem::invalid(field, "is missing");
    let signal = asking.signal.ok_or_else(|| missing("signal"))?;
    let days = asking.days.ok_or_else(|| missing("days"))?;
    let preview = retention::preview(&machine, project, &signal, days).await?;
    Ok(Json(json!({
        "signal": preview.word, "days_now": preview.days_now, "days_then": preview.days_then,
        "rows": preview.plan.rows(), "bytes": preview.plan.bytes(), "people": preview.people, "share": preview.share,
        "oldest": preview.plan.oldest(), "newest": preview.plan.newest(), "held": preview.plan.held(),
        "needs_second": preview.needs_second(), "effective_at": preview.effective_at, "plan": preview.plan.hash(),
        "items": preview.plan.items,
        "losses": preview.losses.iter().map(|loss| json!({
            "kind": loss.kind, "id": loss.id, "name": loss.name, "looks_back_to": loss.looks_back_to,
        })).collect::<Vec<_>>(),
    })))
}

pub async fn cancel(
    State(machine): State<Arc<Machine>>,
    Path(id): Path<i64>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let (project, viewer) = changes(&machine, &headers)?;
    retention::cancel(&machine, &viewer, project, id).await?;
    Ok(Json(json!({ "state": "cancelled", "change": id })))
}

/// The signed statement, exactly as it was signed.
pub async fn proof(
    State(machine): State<Arc<Machine>>,
    Path(id): Path<i64>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (project, _) = administers(&machine, &headers)?;
    let proof = retention::proof(&machine, project, id).await?.and_then(|proof| proof.proof);
    let proof = proof.ok_or_else(|| Problem::not_found("proof"))?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], proof).into_response())
}
