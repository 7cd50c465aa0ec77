//! `/api/v1/exports`: what is recorded about one person. Asking needs a write key, because it is written down as a request;
//! reading needs a read key; both of an admin.

use super::answer::Refusal;
use super::who::{administers, body, changes};
use crate::admin::requests;
use crate::database::fault::Told;
use crate::erasure::export::{self, Format};
use crate::erasure::request::{self, Channel, Right};
use crate::erasure::{Scope, subject};
use crate::machine::Machine;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use parallax_domain::Problem;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

const LISTED: i64 = 200;

pub async fn list(State(machine): State<Arc<Machine>>, headers: HeaderMap) -> Result<Json<Value>, Refusal> {
    let (project, _) = administers(&machine, &headers)?;
    let rows = request::list(&machine, project, LISTED).await?;
    let exports = rows.iter().filter(|row| row.kind == Right::Access.word());
    Ok(Json(json!({
        "exports": exports.map(|row| json!({
            "id": row.id, "channel": row.channel, "received_at": row.received_at, "due_at": row.due_at,
            "answered_at": row.answered_at, "state": row.state, "counts": row.counts,
        })).collect::<Vec<_>>(),
    })))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    /// As senders or screens spell the person.
    subject: String,
    user: String,
    anonymous: String,
}

pub async fn ask(State(machine): State<Arc<Machine>>, headers: HeaderMap, given: Body) -> Result<Json<Value>, Refusal> {
    let (project, viewer) = changes(&machine, &headers)?;
    let wanted: Wanted = body(&machine, &headers, given).await?;
    let scope = find(&machine, project, &wanted).await?;
    let id = request::receive(&machine, &scope, Right::Access, Channel::Key, &viewer.email).await?;
    let counts = export::count(&machine, &scope).await.told()?;
    Ok(Json(json!({
        "id": id, "counts": counts,
        "json": format!("/api/v1/exports/{id}?format=json"), "csv": format!("/api/v1/exports/{id}?format=csv"),
    })))
}

async fn find(machine: &Machine, project: i32, wanted: &Wanted) -> Result<Scope, Problem> {
    let nobody = |field: &str| Problem::invalid(field, "Nobody with exactly this id has been seen.");
    match (wanted.subject.trim(), wanted.user.trim(), wanted.anonymous.trim()) {
        (id, "", "") if !id.is_empty() => {
            subject::of_identifier(machine, project, id).await?.ok_or_else(|| nobody("subject"))
        }
        ("", user, "") if !user.is_empty() => {
            let [reference, _] = subject::references(machine, project, user).await?;
            subject::of_reference(machine, project, reference, false).await?.ok_or_else(|| nobody("user"))
        }
        ("", "", anonymous) if !anonymous.is_empty() => {
            let [_, reference] = subject::references(machine, project, anonymous).await?;
            subject::of_reference(machine, project, reference, false).await?.ok_or_else(|| nobody("anonymous"))
        }
        _ => Err(Problem::invalid("subject", "Name one of subject, user and anonymous.")),
    }
}

#[derive(Deserialize)]
pub struct Asking {
    format: Option<String>,
}

pub async fn read(
    State(machine): State<Arc<Machine>>,
    Path(id): Path<i64>,
    Query(asking): Query<Asking>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (project, viewer) = administers(&machine, &headers)?;
    let format = Format::parse(asking.format.as_deref().unwrap_or("json"));
    let format = format.ok_or_else(|| Problem::invalid("format", "The format is json or csv."))?;
    let scope = requests::hand_over(&machine, &viewer, project, id).await?;
    let body = export::body(machine, scope, format);
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()))], body).into_response())
}
