//! `/api/v1/holds`: what must not be deleted. Reading needs a read key, changing a write key, both of an admin.

use super::answer::Refusal;
use super::who::{administers, body, changes};
use crate::admin::retention::{self, NewHold};
use crate::machine::Machine;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use parallax_domain::Category;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

pub async fn list(State(machine): State<Arc<Machine>>, headers: HeaderMap) -> Result<Json<Value>, Refusal> {
    let (project, _) = administers(&machine, &headers)?;
    let lines = retention::holds(&machine, project).await?;
    Ok(Json(json!({
        "holds": lines.iter().map(|line| json!({
            "id": line.hold.id, "name": line.hold.name, "reason": line.hold.reason, "owner": line.hold.owner,
            "signal": line.hold.signal, "category": line.hold.category.and_then(Category::from_number),
            "from": line.hold.from, "to": line.hold.to, "one_person": line.hold.subjects.is_some(),
            "review": line.hold.review_at, "made_by": line.hold.made_by, "made_at": line.hold.made_at, "rows": line.rows,
        })).collect::<Vec<_>>(),
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub struct Wanted {
    name: String,
    reason: String,
    owner: String,
    signal: String,
    category: Option<Category>,
    /// Days (UTC), both within it.
    from: String,
    to: String,
    /// Id of one person, as a sender spells it.
    subject: String,
    review: String,
}

pub async fn place(
    State(machine): State<Arc<Machine>>,
    headers: HeaderMap,
    given: Body,
) -> Result<Json<Value>, Refusal> {
    let (project, viewer) = changes(&machine, &headers)?;
    let wanted: Wanted = body(&machine, &headers, given).await?;
    let new = NewHold {
        name: &wanted.name,
        reason: &wanted.reason,
        owner: &wanted.owner,
        signal: &wanted.signal,
        category: wanted.category,
        from: &wanted.from,
        to: &wanted.to,
        person: &wanted.subject,
        review: &wanted.review,
    };
    let id = retention::place(&machine, &viewer, project, new).await?;
    Ok(Json(json!({ "id": id })))
}

pub async fn release(
    State(machine): State<Arc<Machine>>,
    Path(id): Path<i64>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let (project, viewer) = changes(&machine, &headers)?;
    retention::release(&machine, &viewer, project, id).await?;
    Ok(Json(json!({ "id": id, "released": true })))
}
