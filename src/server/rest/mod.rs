//! The public JSON API: the same questions as the screens.

pub mod answer;
mod figures;
mod funnels;
mod health;
pub mod openapi;
mod query;

use crate::machine::Machine;
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;

pub fn routes(machine: Arc<Machine>) -> Router {
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/api/v1/query/{*question}", post(query::ask))
        .route("/api/v1/traces/{id}", get(query::trace))
        .route("/api/v1/funnels", get(funnels::list).post(funnels::save))
        .route("/api/v1/openapi.json", get(openapi::openapi))
        .route("/metrics", get(figures::metrics))
        .with_state(machine)
}
