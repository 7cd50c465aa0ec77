//! What a page asks its visitors, and what they answer.

use crate::identity::keys::{KeyBits, KeyKind};
use crate::ingest::admit::admit;
use crate::ingest::body::{self, Limits};
use crate::ingest::json::{self, DuplicateKeys};
use crate::ingest::{Peer, consent};
use crate::machine::Machine;
use crate::privacy::consent_text::{self, Shown};
use crate::rest::answer::Refusal;
use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CACHE_CONTROL};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use parallax_domain::Problem;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    key: String,
    /// Such as `de-AT`; without it the browser's own first language.
    lang: Option<String>,
}

/// `GET /i/v1/consent?key=…&lang=de`: the texts of the project in that language, and their version.
pub async fn texts(
    State(machine): State<Arc<Machine>>,
    peer: Peer,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<([(axum::http::HeaderName, &'static str); 1], Json<Shown>), Refusal> {
    let sender = admit(&machine, &headers, KeyBits::parse(&asked.key), &[KeyKind::Browser], peer.address()).await?;
    let own = machine.store.consent_texts(sender.policy.project).await?;
    let language = asked.lang.unwrap_or_else(|| first_language(&headers));
    Ok(([(CACHE_CONTROL, "private, max-age=300")], Json(consent_text::shown(&own, &language))))
}

fn first_language(headers: &HeaderMap) -> String {
    let told = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    told.split([',', ';']).next().unwrap_or_default().to_owned()
}

/// `POST /i/v1/consent`: a decision as at the public door, which looks for the key where a closing page cannot put it.
pub async fn decide(
    state: State<Arc<Machine>>,
    peer: Peer,
    mut headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let taken = body::read(&headers, body, Limits::BROWSER, &state.budget).await?;
    let Value::Object(mut members) = json::parse(&taken.bytes, DuplicateKeys::Refuse).map_err(Problem::malformed)?
    else {
        return Err(Problem::malformed("The body must be an object.").into());
    };
    let spelled = match members.remove("key") {
        Some(Value::String(key)) => format!("Bearer {key}"),
        _ => return Err(Problem::invalid("key", "must be a text with the key of the page").into()),
    };
    let bearer = HeaderValue::from_str(&spelled).map_err(|_| Problem::invalid("key", "is no key"))?;
    headers.insert(AUTHORIZATION, bearer);
    headers.remove(axum::http::header::CONTENT_LENGTH);
    headers.remove(axum::http::header::CONTENT_ENCODING);
    let body = Body::from(Value::Object(members).to_string());
    Ok(consent::decide(state, peer, headers, body).await?.into_response())
}
