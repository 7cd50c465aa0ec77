//! Problems as HTTP: `application/problem+json` (RFC 9457) with the field at fault.

use crate::privacy::scrub;
use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use parallax_domain::Problem;
use serde_json::json;

/// A [`Problem`] on its way out.
#[derive(Debug)]
pub struct Refusal(pub Problem);

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Refusal(problem)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Refusal(problem) = self;
        let status = StatusCode::from_u16(problem.kind.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        // A detail may repeat a word of the request; answers end up in logs of senders and proxies.
        let detail = scrub::in_text_urls(&problem.detail);
        let mut body = json!({ "title": problem.kind.title(), "status": status.as_u16(), "detail": detail });
        if let Some(field) = &problem.field {
            body["field"] = json!(scrub::in_text_urls(field));
        }
        let mut response = (status, Json(body)).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = problem.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}
