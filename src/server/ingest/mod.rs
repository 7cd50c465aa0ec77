//! Doors: one file per wire format, each turning what a client sent into records at the gate.
//! HTTP ends here; what goes on to the writer is past consent, catalogue and anonymisation.

pub mod admit;
pub mod body;
pub mod consent;
mod cors;
pub mod event;
mod json;
pub mod lines;
mod native;
pub mod otlp;
mod records;

use crate::machine::Machine;
use axum::Router;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::routing::post;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

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
        .route("/v1/traces", post(otlp::traces))
        .route("/v1/metrics", post(otlp::metrics))
        .route("/v1/logs", post(otlp::logs))
        .layer(axum::middleware::from_fn(cors::answer))
        .with_state(machine)
}

/// The address a request came from.
#[derive(Clone, Copy, Debug)]
pub struct Peer(Option<IpAddr>);

impl Peer {
    pub fn address(self) -> Option<IpAddr> {
        self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Peer(parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())))
    }
}
