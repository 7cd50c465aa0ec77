//! OpenTelemetry over HTTP: protobuf and JSON on the same paths, partial success, exact answers
//! (protocols §1).

mod answer;
mod attributes;
mod logs;
mod metrics;
mod normal;
mod traces;

use super::Peer;
use super::admit::{Sender, admit, bearer};
use super::body::{self, Limits, Taken};
use crate::identity::keys::KeyKind;
use crate::machine::Machine;
use answer::{Encoding, Outcome};
pub use attributes::{hash, shared};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use parallax_domain::Problem;
use prost::Message;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::sync::Arc;

use crate::store::submission::Repeat;
use opentelemetry_proto::tonic::collector::{
    logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest, trace::v1::ExportTraceServiceRequest,
};

pub async fn traces(state: State<Arc<Machine>>, peer: Peer, headers: HeaderMap, body: Body) -> Response<Body> {
    handle(state.0, peer, headers, body, "Spans", traces::take).await
}

pub async fn metrics(state: State<Arc<Machine>>, peer: Peer, headers: HeaderMap, body: Body) -> Response<Body> {
    handle(state.0, peer, headers, body, "DataPoints", metrics::take).await
}

pub async fn logs(state: State<Arc<Machine>>, peer: Peer, headers: HeaderMap, body: Body) -> Response<Body> {
    handle(state.0, peer, headers, body, "LogRecords", logs::take).await
}

/// One request's worth of records of one kind, decoded.
trait Export: Message + Default + DeserializeOwned {}
impl Export for ExportTraceServiceRequest {}
impl Export for ExportMetricsServiceRequest {}
impl Export for ExportLogsServiceRequest {}

async fn handle<T, F>(
    machine: Arc<Machine>,
    peer: Peer,
    headers: HeaderMap,
    body: Body,
    rejected: &'static str,
    take: F,
) -> Response<Body>
where
    T: Export,
    F: AsyncFnOnce(&Machine, &Sender, T, Repeat) -> Result<Outcome, Problem>,
{
    let Some(encoding) = Encoding::of(&headers) else {
        return answer::unsupported();
    };
    let outcome = async {
        let sender =
            admit(&machine, &headers, bearer(&headers), &[KeyKind::Ingest, KeyKind::Browser], peer.address()).await?;
        let limits = if sender.is_browser() { Limits::BROWSER } else { Limits::SERVER };
        let taken = body::read(&headers, body, limits, &machine.budget).await?;
        let request: T = decode(encoding, &taken)?;
        let hash = Sha256::digest(&taken.bytes).to_vec();
        take(&machine, &sender, request, Repeat { key: hash.clone(), body: hash }).await
    };
    match outcome.await {
        Ok(outcome) => outcome.respond(encoding, rejected),
        Err(problem) => answer::refuse(encoding, &problem),
    }
}

fn decode<T: Export>(encoding: Encoding, taken: &Taken) -> Result<T, Problem> {
    match encoding {
        Encoding::Protobuf => T::decode(&taken.bytes[..])
            .map_err(|_| Problem::malformed("The body is not the protobuf message of this path.")),
        Encoding::Json => {
            let value =
                super::json::parse(&taken.bytes, super::json::DuplicateKeys::LastWins).map_err(Problem::malformed)?;
            let value = normal::normalise(value).map_err(Problem::malformed)?;
            serde_json::from_value(value)
                .map_err(|_| Problem::malformed("The body is not the JSON message of this path."))
        }
    }
}

/// More records than one request may carry.
fn limit(records: usize) -> Result<(), Problem> {
    if records > Limits::SERVER.records {
        let detail = format!("At most {} records may be sent at once.", Limits::SERVER.records);
        return Err(Problem::new(parallax_domain::Kind::TooLarge, detail));
    }
    Ok(())
}

/// The receipt in the words of the protocol: what was refused counts, what a person refused does not.
fn outcome(receipt: crate::store::submission::Receipt) -> Outcome {
    let mut outcome = Outcome::default();
    for rejection in receipt.rejected {
        outcome.refuse(1, &rejection.reason);
    }
    outcome
}
