//! What the gate keeps from every door: bounded names of what it saw, and reasons that repeat nothing.

use crate::support::TestApp;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_does_not_repeat_what_somebody_wrote() {
    let app = TestApp::start().await;
    let body = json!({ "events": [{ "name": "x", "user": "u", "category": "jane@example.org" }] }).to_string();
    let send = async || {
        app.post_with(
            "/api/v1/events",
            &app.ingest_key,
            "application/json",
            body.clone(),
            &[("idempotency-key", "of jane@example.org")],
        )
        .await
    };
    let first = String::from_utf8(send().await.body).expect("text");
    assert!(first.contains("[email]") && !first.contains("jane@"), "{first}");
    let again = send().await.json();
    assert_eq!(again["duplicate"], true);
    let kept = app.rows("select to_jsonb(s) from submission s").await;
    assert!(!format!("{kept:?}").contains("jane"), "{kept:?}");
    let body = json!({ "user": "u", "decisions": { "jane@example.org": true } }).to_string();
    let refused = app.post("/api/v1/consent", &app.ingest_key, "application/json", body).await;
    assert_eq!(refused.status, 400);
    assert!(!String::from_utf8_lossy(&refused.body).contains("jane"));
}

#[tokio::test(flavor = "multi_thread")]
async fn records_beside_telemetry_are_masked_in_every_field() {
    let app = TestApp::start().await;
    let send = async |path: &str, body: serde_json::Value| {
        let answer = app.post(path, &app.ingest_key, "application/json", body.to_string()).await;
        assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
        answer.json()
    };
    let who = "jane@example.org";
    send(
        "/api/v1/population",
        json!([{ "from": "2026-11-01T00:00:00Z", "to": "2026-11-02T00:00:00Z",
        "strata": { who: who, "device": "mobile", "list": [who] }, "people": 5 }]),
    )
    .await;
    send("/api/v1/targets", json!([{ "measure": who, "value": 1 }])).await;
    let refused = send("/api/v1/spend", json!([{ "day": "2026-11-01", "amount": 1, "currency": who }])).await;
    assert_eq!(refused["rejected"][0]["reason"], "currency must be an ISO 4217 code");
    send(
        "/api/v1/tickets",
        json!([{ "id": format!("from {who}"), "user": who, "subject": who, "text": who, "status": who }]),
    )
    .await;
    let strata = app.rows("select strata from population").await;
    assert_eq!(strata, [json!({ "[email]": "[email]", "device": "mobile", "list": "[\"[email]\"]" })]);
    assert_eq!(app.rows("select to_jsonb(measure) from target").await, [json!("[email]")]);
    let ticket = app.rows("select jsonb_build_array(length(id), title, body, status) from ticket").await;
    assert_eq!(ticket, [json!([32, "[email]", "[email]", "[email]"])]);
    // The same ticket is found again by the same id.
    send("/api/v1/tickets", json!([{ "id": format!("from {who}"), "subject": "again" }])).await;
    assert_eq!(app.one::<i64>("select count(*) from ticket").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_metric_of_somebody_who_refused_is_of_nobody() {
    let app = TestApp::start().await;
    let decision = json!({ "user": "quiet", "decisions": { "performance": false } }).to_string();
    assert_eq!(app.post("/api/v1/consent", &app.ingest_key, "application/json", decision).await.status, 200);
    let point = |user: &str| {
        json!({ "asDouble": 1.0, "timeUnixNano": "0", "attributes": [
        { "key": "user.id", "value": { "stringValue": user } }, { "key": "route", "value": { "stringValue": "/cart" } } ] })
    };
    let body = json!({ "resourceMetrics": [{ "scopeMetrics": [{ "metrics": [
        { "name": "page.load", "unit": "s", "gauge": { "dataPoints": [point("quiet"), point("open")] } } ] }] }] });
    assert_eq!(app.otlp("/v1/metrics", "application/json", body.to_string()).await.status, 200);
    let labels = app.rows("select labels from series order by id").await;
    assert_eq!(labels.len(), 2);
    assert_eq!(labels.iter().filter(|labels| labels.get("user.id").is_some()).count(), 1, "{labels:?}");
    app.assert_balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_a_page_go_with_their_own_category() {
    let app = TestApp::start().await;
    let decision = json!({ "user": "quiet", "decisions": { "errors": false } }).to_string();
    assert_eq!(app.post("/api/v1/consent", &app.ingest_key, "application/json", decision).await.status, 200);
    let log = |user: &str, severity: i32| {
        json!({ "severityNumber": severity, "body": { "stringValue": "it broke" },
        "attributes": [{ "key": "user.id", "value": { "stringValue": user } }] })
    };
    let of = |resource: serde_json::Value| {
        json!({ "resourceLogs": [{ "resource": { "attributes": resource },
            "scopeLogs": [{ "logRecords": [log("quiet", 17), log("quiet", 9), log("open", 17)] }] }] })
    };
    let page = of(json!([{ "key": "browser.platform", "value": { "stringValue": "Linux" } }]));
    assert_eq!(app.otlp("/v1/logs", "application/json", page.to_string()).await.status, 200);
    let kept = app.rows("select jsonb_build_array(severity, subject is not null) from log order by seq").await;
    assert_eq!(kept, [json!([2, true]), json!([4, true])], "of the page only what was not refused");
    let server = of(json!([{ "key": "service.name", "value": { "stringValue": "cart" } }]));
    assert_eq!(app.otlp("/v1/logs", "application/json", server.to_string()).await.status, 200);
    let kept = app
        .rows("select jsonb_build_array(severity, subject is not null) from log where service = 'cart' order by seq")
        .await;
    assert_eq!(
        kept,
        [json!([4, false]), json!([2, true]), json!([4, true])],
        "of the server everything, one without the person"
    );
    app.assert_balanced().await;
}
