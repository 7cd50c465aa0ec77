//! PostHog's clients (protocols §3.1): batches and single events, and the side requests that they make.

mod event;
mod side;

use super::Peer;
use super::admit::{Sender, admit, bearer};
use super::event::instant;
use super::tracker::{self, Item, Members, SENDS, Wire, part};
use crate::identity::keys::KeyBits;
use crate::machine::Machine;
use crate::privacy::gate::Fate;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use parallax_domain::{Kind, Problem};
use serde_json::{Value, json};
use std::sync::Arc;

pub fn routes() -> Router<Arc<Machine>> {
    let capture = || get(capture).post(capture);
    let mut router = Router::new();
    for path in ["/batch", "/e", "/i/v0/e", "/capture"] {
        router = tracker::path(router, path, capture());
    }
    for path in ["/flags", "/decide"] {
        router = tracker::path(router, path, any(side::flags));
    }
    router = tracker::path(router, "/s", any(side::recording));
    router.route("/array/{key}/config", get(side::config)).route("/array/{key}/config.js", get(side::config_script))
}

async fn capture(
    State(machine): State<Arc<Machine>>,
    peer: Peer,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let outcome = async {
        let taken = tracker::read(&machine, &headers, body).await?;
        let wire = Wire::read(query.as_deref(), &taken.bytes)?;
        take(&machine, peer, &headers, query.as_deref(), wire, taken.bytes.len()).await
    };
    answer(outcome.await)
}

/// What a request holds, whatever its path.
pub async fn take(
    machine: &Machine,
    peer: Peer,
    headers: &HeaderMap,
    query: Option<&str>,
    wire: Wire,
    bytes: usize,
) -> Result<(), Problem> {
    let mut batch = Batch::read(wire, query)?;
    let key = batch.key.as_deref().and_then(KeyBits::parse).or_else(|| bearer(headers));
    let sender = admit(machine, headers, key, &SENDS, peer.address()).await?;
    tracker::limits(&sender, bytes, batch.events.len())?;
    let items = batch.items(&sender);
    let receipt = tracker::deliver(machine, &sender, batch.sent_at, items).await?;
    match tracker::nothing_taken(&receipt) {
        Some(reason) => Err(Problem::malformed(reason)),
        None => Ok(()),
    }
}

/// Whether a document is one of PostHog's: Mixpanel's have nothing but `event` and `properties` at the top, and its
/// libraries name themselves otherwise.
pub fn owns(document: &Value) -> bool {
    let first = document.as_array().and_then(|all| all.first()).unwrap_or(document);
    let top = ["api_key", "batch", "distinct_id", "uuid", "timestamp", "offset", "$set", "$set_once"];
    top.iter().any(|key| first.get(key).is_some()) || first.pointer("/properties/$lib").is_some()
}

struct Batch {
    key: Option<String>,
    sent_at: Option<DateTime<Utc>>,
    events: Vec<Result<Members, String>>,
}

impl Batch {
    fn read(wire: Wire, query: Option<&str>) -> Result<Batch, Problem> {
        let asked = part(&wire.parts, query, "api_key").or_else(|| part(&wire.parts, query, "token"));
        // Old clients tell in the query when they sent.
        let told = part(&wire.parts, query, "_").and_then(|text| text.parse().ok());
        let mut batch =
            Batch { key: asked, sent_at: told.and_then(DateTime::from_timestamp_millis), events: Vec::new() };
        for document in wire.flat() {
            batch.add(document);
        }
        if batch.events.is_empty() {
            return Err(Problem::malformed("The request holds no event."));
        }
        Ok(batch)
    }

    fn add(&mut self, document: Result<Value, String>) {
        let members =
            document.and_then(|value| Members::of(value).ok_or_else(|| "an event must be an object".to_owned()));
        let mut members = match members {
            Ok(members) => members,
            Err(reason) => return self.events.push(Err(reason)),
        };
        let key = members.text(&["api_key", "token"]);
        self.key = key.or(self.key.take());
        let sent_at = members.text(&["sent_at"]).as_deref().and_then(instant);
        self.sent_at = sent_at.or(self.sent_at);
        match members.list("batch") {
            Some(events) => {
                let read = |value| Members::of(value).ok_or_else(|| "an event must be an object".to_owned());
                self.events.extend(events.into_iter().map(read));
            }
            None => self.events.push(Ok(members)),
        }
        if self.key.is_none() {
            self.key = self.events.iter().flatten().find_map(event::key_inside);
        }
    }

    fn items(&mut self, sender: &Sender) -> Vec<Result<Item, Fate>> {
        let clock = self.sent_at.unwrap_or(sender.received_at);
        let currency = &sender.policy.currency;
        std::mem::take(&mut self.events).into_iter().map(|event| event::read(event, clock, currency)).collect()
    }
}

/// 200 and nothing else is what its browser library takes for success (protocols §0.4).
pub fn answer(outcome: Result<(), Problem>) -> Response {
    let ok = || Json(json!({ "status": "Ok" })).into_response();
    let problem = match outcome {
        Ok(()) => return ok(),
        // Over a quota the record is dropped and the sender left in peace: it would only repeat it (protocols §0.6).
        Err(problem) if problem.kind == Kind::TooMany => return ok(),
        Err(problem) => problem,
    };
    let (r#type, code) = match problem.kind {
        Kind::Unknown | Kind::Forbidden => ("authentication_error", "invalid_api_key"),
        Kind::Unavailable => ("server_error", "unavailable"),
        _ => ("validation_error", "invalid_payload"),
    };
    let body = json!({ "type": r#type, "code": code, "detail": problem.to_string(), "attr": problem.field });
    tracker::refusal(&problem, problem.kind.status(), Json(body))
}

fn script(text: String) -> Response {
    let kind = HeaderValue::from_static("text/javascript; charset=utf-8");
    ([(CONTENT_TYPE, kind)], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_of_the_shared_path_are_told_apart() {
        for own in [
            json!({ "api_key": "k", "batch": [] }),
            json!({ "event": "a", "distinct_id": "u", "properties": {} }),
            json!([{ "event": "a", "uuid": "x" }]),
            json!({ "event": "a", "properties": { "token": "k", "$lib": "web" } }),
        ] {
            assert!(owns(&own), "{own}");
        }
        for other in [
            json!({ "event": "a", "properties": { "token": "k", "distinct_id": "u", "mp_lib": "web", "$lib_version": "2" } }),
            json!([{ "event": "a", "properties": { "token": "k" } }]),
            json!([]),
            json!("a"),
        ] {
            assert!(!owns(&other), "{other}");
        }
    }

    #[test]
    fn over_quota_is_a_success_and_overload_is_not() {
        let status = |kind| answer(Err(Problem::new(kind, "x"))).status().as_u16();
        assert_eq!((status(Kind::TooMany), status(Kind::Unknown), status(Kind::Invalid)), (200, 401, 400));
        let busy = answer(Err(Problem::unavailable("later")));
        assert_eq!((busy.status().as_u16(), &busy.headers()["retry-after"]), (503, &HeaderValue::from_static("2")));
    }
}
