//! Hostile and broken requests: the right status, the process alive, the good records kept.

use crate::support::{TestApp, payload};
use axum::body::Body;
use axum::http::Request;
use flate2::Compression;
use flate2::write::GzEncoder;
use parallax_domain::Role;
use parallax_server::identity::keys::KeyKind;
use serde_json::json;
use std::io::Write;

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).expect("gzip");
    encoder.finish().expect("gzip")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_bad_body_gets_its_status() {
    let app = TestApp::start().await;
    let protobuf = "application/x-protobuf";
    let bomb = gzip(&vec![0; 64 << 20]);
    assert!(bomb.len() < 128 << 10);
    let mut cut = gzip(&payload("otlp/node_traces.pb"));
    cut.truncate(cut.len() / 2);
    // What it is, its content type, the body, more headers, and the status it deserves.
    type Case<'a> = (&'a str, &'a str, Vec<u8>, &'a [(&'a str, &'a str)], u16);
    let cases: Vec<Case> = vec![
        ("broken gzip", protobuf, cut, &[("content-encoding", "gzip")], 400),
        ("not gzip at all", protobuf, b"plain".to_vec(), &[("content-encoding", "gzip")], 400),
        ("broken protobuf", protobuf, b"\xff\xff\xff\xff".to_vec(), &[], 400),
        ("4 GiB length in 20 bytes", protobuf, b"\x0a\xff\xff\xff\xff\x0f0123456789abcd".to_vec(), &[], 400),
        ("a bomb", protobuf, bomb, &[("content-encoding", "gzip")], 413),
        ("unknown encoding", protobuf, b"x".to_vec(), &[("content-encoding", "br")], 415),
        ("unknown type", "application/xml", b"<a/>".to_vec(), &[], 415),
        ("JSON 100,000 deep", "application/json", "[".repeat(100_000).into_bytes(), &[], 400),
        ("no JSON", "application/json", b"{".to_vec(), &[], 400),
        ("9 MiB", "application/json", vec![b' '; 9 << 20], &[], 413),
    ];
    for (name, content_type, body, headers, status) in cases {
        let answer = app.post_with("/v1/traces", &app.ingest_key, content_type, body, headers).await;
        assert_eq!(answer.status, status, "{name}");
    }
    assert_eq!(app.otlp("/v1/traces", protobuf, payload("otlp/node_traces.pb")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_speak_the_encoding_of_the_request() {
    let app = TestApp::start().await;
    let json = app.otlp("/v1/logs", "application/json", "{").await;
    assert_eq!(json.headers["content-type"], "application/json");
    assert_eq!(json.json()["code"], 3);
    let protobuf = app.otlp("/v1/logs", "application/x-protobuf", b"\xff".to_vec()).await;
    assert_eq!(protobuf.headers["content-type"], "application/x-protobuf");
    assert_eq!(protobuf.body[..2], [0x08, 3]);
    let native = app.post("/api/v1/events", &app.ingest_key, "application/json", "{}").await;
    assert_eq!(native.headers["content-type"], "application/problem+json");
    assert_eq!((native.status.as_u16(), &native.json()["field"]), (400, &json!("events")));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_asked_for_and_judged() {
    let app = TestApp::start().await;
    let body = json!({ "events": [{ "name": "a", "user": "u" }] }).to_string();
    let without = app.send(Request::post("/api/v1/events").body(Body::from(body.clone())).expect("request")).await;
    assert_eq!(without.status, 401);
    let wrong = app.post("/api/v1/events", "plx_ingest_00000000000000000000000000000000", "", body.clone()).await;
    assert_eq!(wrong.status, 401);
    let read = app.post("/api/v1/events", &app.read_key, "", body.clone()).await;
    assert_eq!(read.status, 403);
    let asks = app.post("/api/v1/query/trend", &app.ingest_key, "", "{}").await;
    assert_eq!(asks.status, 403);
    let browser = app.key(KeyKind::Browser, Role::Admin, &["https://shop.example"]).await;
    for (origin, status) in [
        ("https://shop.example", 200),
        ("https://shop.example.evil.example", 403),
        ("http://shop.example", 403),
        ("null", 403),
    ] {
        let answer = app.post_with("/api/v1/events", &browser, "", body.clone(), &[("origin", origin)]).await;
        assert_eq!(answer.status, status, "{origin}");
        assert_eq!(answer.headers["access-control-allow-origin"], origin);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_refused_at_once() {
    let app = TestApp::start().await;
    let body = json!({ "events": [] }).to_string();
    assert_eq!(app.post("/api/v1/events", &app.ingest_key, "", body.clone()).await.status, 200);
    let keys = app.machine.keys.list(Some(app.project)).await.expect("keys");
    let key = keys.iter().find(|key| key.kind == "ingest").expect("the ingest key");
    assert!(app.machine.keys.revoke(Some(app.project), key.id).await.expect("revoked"));
    assert_eq!(app.post("/api/v1/events", &app.ingest_key, "", body).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_content_type_of_native_events_is_one_of_three() {
    let app = TestApp::start().await;
    let body = json!({ "events": [] }).to_string();
    for (content_type, status) in [
        ("application/json; charset=utf-8", 200),
        ("text/plain", 200),
        ("", 200),
        ("application/x-www-form-urlencoded", 415),
        ("application/xml", 415),
    ] {
        assert_eq!(
            app.post("/api/v1/events", &app.ingest_key, content_type, body.clone()).await.status,
            status,
            "{content_type}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn duplicate_keys_and_huge_numbers_are_refused_in_native_events() {
    let app = TestApp::start().await;
    for body in [
        r#"{"events":[{"name":"a","name":"b","user":"u"}]}"#,
        r#"{"events":[{"name":"a","user":"u","properties":{"x":1e400}}]}"#,
        r#"[1]"#,
        r#"{"events":{}}"#,
    ] {
        assert_eq!(app.post("/api/v1/events", &app.ingest_key, "", body).await.status, 400, "{body}");
    }
    assert_eq!(app.one::<i64>("select count(*) from event").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_text_is_stored_as_text_and_secrets_are_masked_everywhere() {
    let app = TestApp::start().await;
    let canary = "canary.person@example.com";
    app.events(json!([{
        "name": format!("click {canary}"), "user": "u",
        "properties": { "note": format!("mail {canary}"), "card": "4111 1111 1111 1111", "email": canary, canary: 1,
            "deep": { "password": "hunter2", "list": [canary] }, "script": "<script>alert(1)</script>", "link": format!("https://a.example/?mail={canary}") },
        "context": { "url": format!("https://shop.example/users/{canary}/x?email={canary}#frag"), "title": format!("Hello {canary}") } }]))
    .await;
    app.settle().await;
    let stored = app.rows("select to_jsonb(event) from event").await[0].to_string();
    for secret in [canary, "4111", "hunter2"] {
        assert!(!stored.contains(secret), "{secret} is stored: {stored}");
    }
    assert!(stored.contains("<script>alert(1)</script>"));
    let fields: Vec<serde_json::Value> = app.rows("select to_jsonb(name) from field").await;
    assert!(!json!(fields).to_string().contains(canary));
}
