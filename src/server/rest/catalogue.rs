//! `GET|POST /api/v1/catalogue`: the catalogue as the document that `parallax catalogue export` writes.

use super::answer::Refusal;
use super::who::holder;
use crate::admin;
use crate::identity::keys::KeyKind;
use crate::ingest::body::{self, Limits};
use crate::machine::Machine;
use crate::privacy::catalogue::Saved;
use crate::privacy::catalogue::file::Document;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use parallax_domain::Problem;
use std::sync::Arc;

/// What is declared or blocked, with a read key of an admin.
pub async fn read(State(machine): State<Arc<Machine>>, headers: HeaderMap) -> Result<Json<Document>, Refusal> {
    let (key, viewer) = holder(&machine, &headers, &[KeyKind::Read])?;
    Ok(Json(admin::catalogue::export(&machine, &viewer, key.project).await?))
}

/// Adds and replaces entries, with a write key of an admin; what is not in the document stays.
pub async fn write(
    State(machine): State<Arc<Machine>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Saved>, Refusal> {
    let (key, viewer) = holder(&machine, &headers, &[KeyKind::Write])?;
    let taken = body::read(&headers, body, Limits::BROWSER, &machine.budget).await?;
    let text = std::str::from_utf8(&taken.bytes).map_err(|_| Problem::malformed("The body is not UTF-8."))?;
    let document = Document::read(text)?;
    Ok(Json(admin::catalogue::import(&machine, &viewer, key.project, &document).await?))
}
