//! Answers in the encoding of the request. JSON is written by hand: the generated types would say
//! `"partialSuccess": null` and numbers where the protocol wants absence and strings.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, Response, StatusCode};
use parallax_domain::{Kind, Problem};
use prost::Message;
use serde_json::json;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Protobuf,
    Json,
}

impl Encoding {
    /// None for a type that is neither.
    pub fn of(headers: &HeaderMap) -> Option<Encoding> {
        let told = headers.get(CONTENT_TYPE)?.to_str().ok()?.to_ascii_lowercase();
        match told.split(';').next().unwrap_or_default().trim() {
            "application/x-protobuf" | "application/protobuf" => Some(Encoding::Protobuf),
            // Beacons of pages cannot set a type of their own.
            "application/json" | "text/plain" => Some(Encoding::Json),
            _ => None,
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Encoding::Protobuf => "application/x-protobuf",
            Encoding::Json => "application/json",
        }
    }
}

/// `google.rpc.Status`
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

#[derive(Clone, PartialEq, Message)]
struct PartialSuccess {
    #[prost(int64, tag = "1")]
    rejected: i64,
    #[prost(string, tag = "2")]
    message: String,
}

#[derive(Clone, PartialEq, Message)]
struct Success {
    #[prost(message, optional, tag = "1")]
    partial: Option<PartialSuccess>,
}

/// How many records were refused, and why.
#[derive(Debug, Default)]
pub struct Outcome {
    pub rejected: i64,
    pub reasons: Vec<String>,
}

impl Outcome {
    pub fn refuse(&mut self, records: i64, reason: &str) {
        self.rejected += records;
        if !self.reasons.iter().any(|known| known == reason) {
            self.reasons.push(reason.to_owned());
        }
    }

    pub fn respond(&self, encoding: Encoding, rejected: &str) -> Response<Body> {
        let message = self.reasons.iter().take(5).cloned().collect::<Vec<_>>().join("; ");
        let body = match encoding {
            Encoding::Protobuf => {
                let partial = (self.rejected > 0).then_some(PartialSuccess { rejected: self.rejected, message });
                Success { partial }.encode_to_vec()
            }
            Encoding::Json if self.rejected > 0 => {
                let mut partial = serde_json::Map::new();
                partial.insert(format!("rejected{rejected}"), self.rejected.to_string().into());
                partial.insert("errorMessage".to_owned(), message.into());
                json!({ "partialSuccess": partial }).to_string().into_bytes()
            }
            Encoding::Json => b"{}".to_vec(),
        };
        reply(StatusCode::OK, encoding, body)
    }
}

pub fn refuse(encoding: Encoding, problem: &Problem) -> Response<Body> {
    let status = StatusCode::from_u16(problem.kind.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let code = code(problem.kind);
    let message = crate::privacy::scrub::in_text_urls(&problem.to_string()).into_owned();
    let body = match encoding {
        Encoding::Protobuf => Status { code, message }.encode_to_vec(),
        Encoding::Json => json!({ "code": code, "message": message }).to_string().into_bytes(),
    };
    let mut response = reply(status, encoding, body);
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

pub fn unsupported() -> Response<Body> {
    let problem = Problem::new(Kind::Unsupported, "Content-Type must be application/x-protobuf or application/json.");
    refuse(Encoding::Json, &problem)
}

fn reply(status: StatusCode, encoding: Encoding, body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, axum::http::HeaderValue::from_static(encoding.content_type()));
    response
}

/// gRPC's code for the same situation.
pub fn code(kind: Kind) -> i32 {
    match kind {
        Kind::Invalid | Kind::Unprocessable | Kind::Unsupported => 3,
        Kind::NotFound => 5,
        Kind::Conflict => 6,
        Kind::Forbidden => 7,
        Kind::TooLarge | Kind::TooMany => 8,
        Kind::Unavailable => 14,
        Kind::Unknown => 16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    async fn body(response: Response<Body>) -> Vec<u8> {
        response.into_body().collect().await.unwrap().to_bytes().to_vec()
    }

    #[tokio::test]
    async fn full_success_is_empty_in_both_encodings() {
        let outcome = Outcome::default();
        assert_eq!(body(outcome.respond(Encoding::Protobuf, "Spans")).await, b"");
        assert_eq!(body(outcome.respond(Encoding::Json, "Spans")).await, b"{}");
    }

    #[tokio::test]
    async fn partial_success_has_the_bytes_of_the_specification() {
        let mut outcome = Outcome::default();
        outcome.refuse(3, "bad");
        assert_eq!(body(outcome.respond(Encoding::Protobuf, "Spans")).await, b"\x0a\x07\x08\x03\x12\x03bad");
        let json: serde_json::Value =
            serde_json::from_slice(&body(outcome.respond(Encoding::Json, "Spans")).await).unwrap();
        assert_eq!(json, json!({"partialSuccess": {"rejectedSpans": "3", "errorMessage": "bad"}}));
    }

    #[tokio::test]
    async fn a_passing_failure_asks_to_come_back() {
        let response = refuse(Encoding::Json, &Problem::unavailable("later"));
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[RETRY_AFTER], "2");
        let json: serde_json::Value = serde_json::from_slice(&body(response).await).unwrap();
        assert_eq!(json, json!({"code": 14, "message": "later"}));
    }
}
