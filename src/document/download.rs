//! Files to keep: what is recorded about a person, and signed proofs.

use crate::api::require::{viewer_of, visit_of};
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use parallax_domain::{Permission, Problem};
use parallax_server::Machine;
use parallax_server::admin::{requests, retention};
use parallax_server::erasure::export::{self, Format};
use parallax_server::erasure::{Scope, request};
use std::sync::Arc;

/// Everything about the visitor of the privacy centre. Taking it along is a request for access, answered at once.
pub async fn of_visitor(machine: Arc<Machine>, parts: &Parts, format: &str) -> Response {
    let found = async {
        let format = Format::parse(format).ok_or_else(|| Problem::not_found("file"))?;
        let visit = visit_of(&machine, parts).await?.ok_or_else(|| Problem::not_found("visit"))?;
        let scope = visit.scope(&machine).await?.ok_or_else(|| Problem::not_found("entry about you"))?;
        request::take_along(&machine, &scope, visit.channel()).await?;
        Ok((scope, format))
    };
    match found.await {
        Ok((scope, format)) => export(machine, scope, format),
        Err(problem) => refused(&problem),
    }
}

/// Everything about the person of a request, for an admin.
pub async fn of_request(machine: Arc<Machine>, parts: &Parts, id: i64, format: &str) -> Response {
    let found = async {
        let format = Format::parse(format).ok_or_else(|| Problem::not_found("file"))?;
        let viewer = viewer_of(&machine, parts).await?;
        let project = project_of(parts)?;
        Ok((requests::hand_over(&machine, &viewer, project, id).await?, format))
    };
    match found.await {
        Ok((scope, format)) => export(machine, scope, format),
        Err(problem) => refused(&problem),
    }
}

/// The signed statement of one deletion, for an admin.
pub async fn proof(machine: &Machine, parts: &Parts, id: i64) -> Response {
    let found = async {
        let viewer = viewer_of(machine, parts).await?;
        let project = project_of(parts)?;
        if !viewer.may(Permission::Administer) {
            return Err(Problem::forbidden(Permission::Administer.held_by()));
        }
        if !viewer.sees(project) {
            return Err(Problem::not_found("project"));
        }
        let proof = retention::proof(machine, project, id).await?;
        proof.and_then(|proof| Some((proof.name(), proof.proof?))).ok_or_else(|| Problem::not_found("proof"))
    };
    match found.await {
        Ok((name, proof)) => file(Body::from(proof), "application/json", &format!("{name}.json")),
        Err(problem) => refused(&problem),
    }
}

fn project_of(parts: &Parts) -> Result<i32, Problem> {
    let query = parts.uri.query().unwrap_or_default();
    let project = query.split('&').find_map(|pair| pair.strip_prefix("project="));
    project.and_then(|id| id.parse().ok()).ok_or_else(|| Problem::invalid("project", "Name the project."))
}

fn export(machine: Arc<Machine>, scope: Scope, format: Format) -> Response {
    let body = export::body(machine, scope, format);
    file(body, format.media_type(), &format!("what-is-recorded.{}", format.ending()))
}

fn file(body: Body, media_type: &'static str, name: &str) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

fn refused(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.kind.status()).unwrap_or(StatusCode::BAD_REQUEST);
    (status, problem.detail.clone()).into_response()
}
