//! What everybody may read: the policy in force as a file for machines, and the newest proof of deletion.

use super::answer::Refusal;
use crate::machine::Machine;
use crate::transparency::{Public, of_project, sample, shown};
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use parallax_domain::Problem;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
pub struct Asking {
    project: Option<i32>,
}

/// `GET /.well-known/telemetry.json`
pub async fn file(State(machine): State<Arc<Machine>>, Query(asking): Query<Asking>) -> Result<Response, Refusal> {
    let public = public(&machine, asking.project).await?;
    let sample = sample::of(&machine, public.project).await?;
    Ok(open(serde_json::to_string_pretty(&public.json(&sample)).unwrap_or_default()))
}

/// `GET /.well-known/telemetry-proof.json`: the signed statement, exactly as it was signed.
pub async fn proof(State(machine): State<Arc<Machine>>, Query(asking): Query<Asking>) -> Result<Response, Refusal> {
    let last = public(&machine, asking.project).await?.last_deletion.ok_or_else(|| Problem::not_found("proof yet"))?;
    Ok(open(last.proof))
}

async fn public(machine: &Machine, project: Option<i32>) -> Result<Public, Problem> {
    let project = shown(machine, project).await?.ok_or_else(|| Problem::not_found("project"))?;
    of_project(machine, project.id).await
}

/// For every site and program.
fn open(json: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=60")),
    ];
    (headers, json).into_response()
}
