//! The public JSON API: the same questions as the screens.

pub mod answer;
mod catalogue;
mod exports;
mod figures;
mod funnels;
mod health;
mod holds;
pub mod openapi;
mod query;
mod retention;
mod transparency;
mod who;

use crate::machine::Machine;
use axum::Router;
use axum::routing::{delete, get, post};
use std::sync::Arc;

pub fn routes(machine: Arc<Machine>) -> Router {
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/api/v1/query/{*question}", post(query::ask))
        .route("/api/v1/traces/{id}", get(query::trace))
        .route("/api/v1/retention", get(retention::tell).post(retention::ask))
        .route("/api/v1/retention/preview", get(retention::preview))
        .route("/api/v1/retention/changes/{id}", delete(retention::cancel))
        .route("/api/v1/retention/proofs/{id}", get(retention::proof))
        .route("/api/v1/holds", get(holds::list).post(holds::place))
        .route("/api/v1/holds/{id}", delete(holds::release))
        .route("/api/v1/exports", get(exports::list).post(exports::ask))
        .route("/api/v1/exports/{id}", get(exports::read))
        .route("/.well-known/telemetry.json", get(transparency::file))
        .route("/.well-known/telemetry-proof.json", get(transparency::proof))
        .route("/api/v1/catalogue", get(catalogue::read).post(catalogue::write))
        .route("/api/v1/funnels", get(funnels::list).post(funnels::save))
        .route("/api/v1/openapi.json", get(openapi::openapi))
        .route("/metrics", get(figures::metrics))
        .with_state(machine)
}
