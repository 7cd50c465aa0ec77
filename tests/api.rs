//! The document of the public API: whole, unchanged unless somebody says so, and true of real answers.

use crate::support::{TestApp, noon, payload};
use axum::body::Body;
use axum::http::{Request, header};
use chrono::Duration;
use parallax_domain::Role;
use parallax_server::identity::keys::KeyKind;
use parallax_server::rest::openapi::document;
use serde_json::{Value, json};

const COPY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/openapi.json");

fn described() -> Value {
    serde_json::to_value(document()).expect("JSON")
}

#[test]
fn nothing_of_the_api_changes_unsaid() {
    let now = serde_json::to_string_pretty(&described()).expect("JSON") + "\n";
    if std::env::var_os("PARALLAX_WRITE_GOLDEN").is_some() {
        std::fs::write(COPY, &now).expect("the copy is written");
    }
    let copy = std::fs::read_to_string(COPY).expect("tests/openapi.json");
    assert!(
        copy == now,
        "the API changed: look at the difference, then write the copy anew with PARALLAX_WRITE_GOLDEN=1"
    );
}

#[test]
fn every_endpoint_says_what_it_refuses_with() {
    let document = described();
    let mut endpoints = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            endpoints += 1;
            for status in ["400", "401", "403", "503"] {
                assert!(operation["responses"].get(status).is_some(), "{method} {path} says nothing of {status}");
            }
        }
    }
    assert!(endpoints > 20);
}

/// Fails unless the answer is what the document says of it.
fn holds(path: &str, method: &str, answer: &Value) {
    let document = described();
    let mut schema =
        document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"].clone();
    assert!(schema.is_object(), "{method} {path} is described");
    schema["components"] = document["components"].clone();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let wrong: Vec<String> =
        validator.iter_errors(answer).map(|error| format!("{} at {}", error, error.instance_path())).collect();
    assert!(wrong.is_empty(), "{path}: {wrong:#?}\n{answer:#}");
}

async fn furnished() -> TestApp {
    let app = TestApp::start().await;
    let at = |minutes: i64| noon() - Duration::minutes(minutes);
    let mut events = Vec::new();
    for n in 0..40 {
        let who = format!("u{n}");
        let context =
            json!({ "url": "https://shop.example/cart?utm_source=news", "device": "mobile", "country": "DE" });
        events.push(json!({ "name": "page_view", "user": who, "at": at(300 - n), "context": context }));
        if n % 2 == 0 {
            events.push(json!({ "name": "Buy", "user": who, "at": at(200 - n), "properties": { "items": n },
                "revenue": { "amount": 10.5, "currency": "EUR" } }));
        }
    }
    app.events(json!(events)).await;
    for (path, file) in
        [("/v1/traces", "python_traces.pb"), ("/v1/metrics", "python_metrics.pb"), ("/v1/logs", "python_logs.pb")]
    {
        let answer = app.otlp(path, "application/x-protobuf", payload(&format!("otlp/{file}"))).await;
        assert_eq!(answer.status, 200, "{path}");
    }
    app.settle().await;
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_what_the_document_says() {
    let app = furnished().await;
    let metrics = app.answer("metrics", json!({ "name": "process.cpu.time" })).await;
    assert!(metrics["result"]["buckets"].is_array());
    let name: String = app.one("select name from series order by name limit 1").await;
    let asked = [
        (
            "trend",
            json!({ "series": [{ "event": "Buy", "measure": "revenue" }, { "measure": "unique" }], "interval": "hour", "breakdown": "country", "compare": "previous" }),
        ),
        (
            "funnel",
            json!({ "steps": [{ "event": "page_view" }, { "event": "Buy" }], "breakdown": { "field": "country" }, "trend": "day" }),
        ),
        (
            "funnel/people",
            json!({ "steps": [{ "event": "page_view" }, { "event": "Buy" }], "step": 2, "outcome": "dropped" }),
        ),
        ("retention", json!({ "unit": "day", "periods": 3 })),
        ("stickiness", json!({})),
        ("lifecycle", json!({ "compare": "year" })),
        ("paths", json!({})),
        ("attribution", json!({ "conversion": "Buy", "model": "u" })),
        ("sessions", json!({ "by": "device" })),
        ("requests", json!({ "by": "operation", "interval": "hour" })),
        ("metrics", json!({ "name": name, "aggregate": "last" })),
        ("logs", json!({ "search": "" })),
        ("traces", json!({})),
        ("issues", json!({})),
    ];
    for (question, body) in asked {
        let answer = app.answer(question, body).await;
        holds(&format!("/api/v1/query/{question}"), "post", &answer);
        let result = &answer["result"];
        assert!(
            !result.as_object().expect("a result").values().all(|part| part.as_array().is_some_and(Vec::is_empty)),
            "{question} answers something: {result}"
        );
    }
    let traces = app.answer("traces", json!({})).await;
    let id = traces["result"]["rows"][0]["trace_id"].as_str().expect("a trace").to_owned();
    let trace = get(&app, &format!("/api/v1/traces/{id}"), &app.read_key).await;
    holds("/api/v1/traces/{id}", "get", &trace);
}

async fn get(app: &TestApp, path: &str, key: &str) -> Value {
    let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {key}")).body(Body::empty());
    let answer = app.send(request.expect("request")).await;
    assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
    answer.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn funnels_are_saved_and_listed_by_programs() {
    let app = TestApp::start().await;
    let write = app.key(KeyKind::Write, Role::Product, &[]).await;
    let funnel = json!({ "steps": [{ "event": "A" }, { "event": "B" }], "window": 3600, "hold": ["items"] });
    let body = json!({ "name": "A to B", "folder": "Growth", "funnel": funnel,
        "filters": [{ "field": "country", "op": "is", "values": ["DE"] }] });
    let saved = app.post("/api/v1/funnels", &write, "application/json", body.to_string()).await;
    assert_eq!(saved.status, 200, "{}", String::from_utf8_lossy(&saved.body));
    holds("/api/v1/funnels", "post", &saved.json());
    let listed = get(&app, "/api/v1/funnels", &app.read_key).await;
    holds("/api/v1/funnels", "get", &listed);
    let first = &listed["funnels"][0];
    assert_eq!((first["funnel"]["window"].clone(), first["funnel"]["hold"].clone()), (json!(3600), json!(["items"])));
    assert_eq!(first["filters"][0]["values"], json!(["DE"]));

    let wrong = app
        .post(
            "/api/v1/funnels",
            &write,
            "application/json",
            json!({ "name": "F", "funnel": { "steps": [], "wndow": 3 } }).to_string(),
        )
        .await;
    assert_eq!((wrong.status.as_u16(), wrong.json()["field"].clone()), (400, json!("funnel.wndow")));
    let reader = app.post("/api/v1/funnels", &app.read_key, "application/json", body.to_string()).await;
    assert_eq!(reader.status, 403);
    let marketing = app.key(KeyKind::Write, Role::Marketing, &[]).await;
    assert_eq!(app.post("/api/v1/funnels", &marketing, "application/json", body.to_string()).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_of_the_server_are_for_holders_of_a_read_key() {
    let app = furnished().await;
    let ask = async |key: &str| {
        let request =
            Request::get("/metrics").header(header::AUTHORIZATION, format!("Bearer {key}")).body(Body::empty());
        app.send(request.expect("request")).await
    };
    assert_eq!(ask("plx_read_00000000000000000000000000000000").await.status, 401);
    assert_eq!(ask(&app.ingest_key).await.status, 403);
    let answer = ask(&app.read_key).await;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(text.contains("parallax_records_total{signal=\"event\",outcome=\"stored\"} 60"), "{text}");
    assert!(text.contains("parallax_batches_waiting 0\n"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_served_to_everybody() {
    let app = TestApp::start().await;
    let answer = app.send(Request::get("/api/v1/openapi.json").body(Body::empty()).expect("request")).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, described()));
}
