//! Mixpanel's clients (protocols §3.3): events, profiles of people and groups, imports; as a form, as base64, in the
//! query, as JSON, one document a line.

mod event;
mod profile;

use super::Peer;
use super::admit::{Sender, admit, basic, bearer};
use super::posthog;
use super::tracker::{self, Item, Members, SENDS, Wire, flag};
use crate::identity::keys::KeyBits;
use crate::machine::Machine;
use crate::privacy::gate::Fate;
use crate::store::submission::{Receipt, Rejection};
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use parallax_domain::{Kind, Problem};
use serde_json::{Value, json};
use std::sync::Arc;

pub fn routes() -> Router<Arc<Machine>> {
    let mut router = Router::new();
    for (path, to) in [("/engage", To::People), ("/groups", To::Groups), ("/import", To::Import)] {
        let door = move |state, peer, query, headers, body| receive(state, peer, query, headers, body, to);
        router = tracker::path(router, path, get(door).post(door));
    }
    tracker::path(router, "/track", get(track).post(track))
}

/// What a path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum To {
    Track,
    People,
    Groups,
    Import,
}

/// Old clients of PostHog send to this path too; what they send tells whose it is.
async fn track(
    State(machine): State<Arc<Machine>>,
    peer: Peer,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let taken = match tracker::read(&machine, &headers, body).await {
        Ok(taken) => taken,
        Err(problem) => return Manner::of(&[], query.as_deref()).refuse(&problem),
    };
    let wire = match Wire::read(query.as_deref(), &taken.bytes) {
        Ok(wire) => wire,
        Err(problem) => return Manner::of(&[], query.as_deref()).refuse(&problem),
    };
    if wire.documents.first().is_some_and(|first| first.as_ref().is_ok_and(posthog::owns)) {
        let bytes = taken.bytes.len();
        return posthog::answer(posthog::take(&machine, peer, &headers, query.as_deref(), wire, bytes).await);
    }
    finish(&machine, peer, query.as_deref(), &headers, wire, taken.bytes.len(), To::Track).await
}

async fn receive(
    State(machine): State<Arc<Machine>>,
    peer: Peer,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
    to: To,
) -> Response {
    let query = query.as_deref();
    let opened = async {
        let taken = tracker::read(&machine, &headers, body).await?;
        Ok((Wire::read(query, &taken.bytes)?, taken))
    };
    match opened.await {
        Ok((wire, taken)) => finish(&machine, peer, query, &headers, wire, taken.bytes.len(), to).await,
        Err(problem) => Manner::of(&[], query).refuse(&problem),
    }
}

async fn finish(
    machine: &Machine,
    peer: Peer,
    query: Option<&str>,
    headers: &HeaderMap,
    wire: Wire,
    bytes: usize,
    to: To,
) -> Response {
    let mut manner = Manner::of(&wire.parts, query);
    manner.import = to == To::Import && !wire.is_form;
    let records: Vec<_> = wire.flat().into_iter().map(|record| record.and_then(object)).collect();
    let told = records.iter().flatten().find_map(token);
    let ids: Vec<Option<String>> = records.iter().map(|record| record.as_ref().ok().and_then(insert_id)).collect();
    let outcome = async {
        let key = told.as_deref().and_then(KeyBits::parse).or_else(|| basic(headers)).or_else(|| bearer(headers));
        let sender = admit(machine, headers, key, &SENDS, peer.address()).await?;
        tracker::limits(&sender, bytes, records.len())?;
        let items = records.into_iter().map(|record| read(record, to, told.as_deref(), &sender)).collect();
        tracker::deliver(machine, &sender, None, items).await
    };
    match outcome.await {
        Ok(receipt) => manner.accept(&receipt, &ids),
        Err(problem) => manner.refuse(&problem),
    }
}

fn object(value: Value) -> Result<Members, String> {
    Members::of(value).ok_or_else(|| "a record must be an object".to_owned())
}

fn token(record: &Members) -> Option<String> {
    let inside = record.0.get("properties").and_then(|properties| properties.get("token")).and_then(Value::as_str);
    inside.map(str::to_owned).or_else(|| record.peek(&["$token", "token"]))
}

fn insert_id(record: &Members) -> Option<String> {
    record.0.get("properties")?.get("$insert_id")?.as_str().map(str::to_owned)
}

/// One request is let in by one key; records of another are none of its business.
fn read(record: Result<Members, String>, to: To, key: Option<&str>, sender: &Sender) -> Result<Item, Fate> {
    let record = record.map_err(Fate::Rejected)?;
    if token(&record).is_some_and(|token| Some(token.as_str()) != key) {
        return Err(Fate::because("the token is not that of the other records of this request"));
    }
    match to {
        To::Track | To::Import => event::read(record, &sender.policy.currency),
        To::People => profile::of_person(record, &sender.policy.currency),
        To::Groups => profile::of_group(record),
    }
}

/// In which words the sender wants its answer.
#[derive(Clone, Copy, Debug, Default)]
struct Manner {
    verbose: bool,
    import: bool,
}

impl Manner {
    fn of(parts: &[(String, String)], query: Option<&str>) -> Manner {
        Manner { verbose: flag(parts, query, "verbose"), import: false }
    }

    fn accept(self, receipt: &Receipt, ids: &[Option<String>]) -> Response {
        let stored = receipt.accepted + receipt.duplicates;
        if self.import && !receipt.rejected.is_empty() {
            // A partial success is a 400 in this protocol; what was good is stored.
            let failed: Vec<Value> = receipt.rejected.iter().map(|one| failed(one, ids)).collect();
            let body = json!({
                "code": 400,
                "error": "some data points in the request failed validation",
                "failed_records": failed,
                "num_records_imported": stored,
                "status": "Bad Request",
            });
            return (StatusCode::BAD_REQUEST, Json(body)).into_response();
        }
        match tracker::nothing_taken(receipt) {
            Some(reason) => self.refuse(&Problem::malformed(reason)),
            None => self.success(stored),
        }
    }

    fn success(self, stored: i64) -> Response {
        match self {
            Manner { import: true, .. } => {
                Json(json!({ "code": 200, "num_records_imported": stored, "status": "OK" })).into_response()
            }
            Manner { verbose: true, .. } => Json(json!({ "status": 1, "error": null })).into_response(),
            _ => "1".into_response(),
        }
    }

    fn refuse(self, problem: &Problem) -> Response {
        // Over a quota the record is dropped and the sender left in peace (protocols §0.6).
        if problem.kind == Kind::TooMany {
            return self.success(0);
        }
        let (status, error) = (problem.kind.status(), problem.to_string());
        match self {
            Manner { import: true, .. } => {
                let word = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
                let body = json!({ "code": status, "error": error, "status": word });
                tracker::refusal(problem, status, Json(body))
            }
            Manner { verbose: true, .. } => {
                tracker::refusal(problem, status, Json(json!({ "status": 0, "error": error })))
            }
            _ => tracker::refusal(problem, status, "0"),
        }
    }
}

fn failed(rejection: &Rejection, ids: &[Option<String>]) -> Value {
    let field = if rejection.reason == "too_old" { "properties.time" } else { "" };
    json!({
        "index": rejection.index,
        "insert_id": ids.get(rejection.index).cloned().flatten(),
        "field": field,
        "message": rejection.reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    async fn told(response: Response) -> (u16, String) {
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn every_manner_has_its_words_for_success_and_failure() {
        let (plain, verbose, import) =
            (Manner::default(), Manner { verbose: true, import: false }, Manner { verbose: true, import: true });
        assert_eq!(told(plain.success(1)).await, (200, "1".into()));
        assert_eq!(told(verbose.success(1)).await, (200, r#"{"error":null,"status":1}"#.into()));
        assert_eq!(
            told(import.success(2)).await,
            (200, r#"{"code":200,"num_records_imported":2,"status":"OK"}"#.into())
        );
        let wrong = Problem::new(Kind::Unknown, "no");
        assert_eq!(told(plain.refuse(&wrong)).await, (401, "0".into()));
        assert_eq!(told(verbose.refuse(&wrong)).await, (401, r#"{"error":"no","status":0}"#.into()));
        assert_eq!(told(plain.refuse(&Problem::new(Kind::TooMany, "quota"))).await, (200, "1".into()));
        assert_eq!(plain.refuse(&Problem::unavailable("later")).headers()["retry-after"], "2");
    }
}
