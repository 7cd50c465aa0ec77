//! Doors: one file per wire format, each turning what a client sent into records at the gate.
//! HTTP ends here; what goes on to the writer is past consent, catalogue and anonymisation.

pub mod admit;
pub mod body;
mod browser;
pub mod consent;
mod cors;
pub mod event;
mod gathered;
mod json;
pub mod lines;
mod mixpanel;
mod moment;
mod names;
mod native;
pub mod otlp;
mod peer;
mod plausible;
mod posthog;
mod records;
mod segment;
mod tracker;
mod umami;

use crate::machine::Machine;
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;

pub use peer::Peer;

/// The senders' paths. Cookies are never read here, so any origin may ask.
pub fn routes(machine: Arc<Machine>) -> Router {
    Router::new()
        .route("/api/v1/events", post(native::events))
        .route("/api/v1/consent", post(consent::decide))
        .route("/api/v1/deployments", post(records::deployments))
        .route("/api/v1/tickets", post(records::tickets))
        .route("/api/v1/feedback", post(records::feedback))
        .route("/api/v1/surveys", post(records::surveys))
        .route("/api/v1/spend", post(records::spend))
        .route("/api/v1/population", post(records::population))
        .route("/api/v1/targets", post(records::targets))
        .route("/i/v1/events", post(browser::events))
        .route("/i/v1/consent", get(browser::texts).post(browser::decide))
        .route("/v1/traces", post(otlp::traces))
        .route("/v1/metrics", post(otlp::metrics))
        .route("/v1/logs", post(otlp::logs))
        .merge(posthog::routes())
        .merge(segment::routes())
        .merge(mixpanel::routes())
        .merge(umami::routes())
        .merge(plausible::routes())
        .layer(axum::middleware::from_fn(cors::answer))
        .with_state(machine)
}
