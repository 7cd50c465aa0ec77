//! The two example lines of the document, sent as plain log bodies.

use crate::support::TestApp;
use serde_json::{Value, json};

async fn send(app: &TestApp, line: &str) {
    let body = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [{ "body": { "stringValue": line } }] }] }] });
    let answer = app.otlp("/v1/logs", "application/json", body.to_string()).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({})));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_line_is_split_and_its_address_masked() {
    let app = TestApp::start().await;
    send(
        &app,
        "2026-01-15 14:32:18 ERROR UserService: Failed to authenticate user john.doe@example.com - Invalid credentials",
    )
    .await;
    let rows = app.rows("select to_jsonb(log) from log").await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["at"], "2026-01-15T14:32:18+00:00");
    assert_eq!(rows[0]["severity"], 4);
    assert_eq!(rows[0]["service"], "UserService");
    assert_eq!(rows[0]["message"], "Failed to authenticate user [email] - Invalid credentials");
    assert!(!rows[0].to_string().contains("john.doe"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_in_the_text_gives_way_to_the_records_own() {
    let app = TestApp::start().await;
    let body = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [{
        "timeUnixNano": "1795352000000000000",
        "body": { "stringValue": "2026-01-15 14:32:18 ERROR UserService: no" } }] }] }] });
    app.otlp("/v1/logs", "application/json", body.to_string()).await;
    let rows = app.rows("select to_jsonb(log) from log").await;
    assert_eq!(rows[0]["at"], "2026-11-22T12:53:20+00:00");
    assert_eq!(rows[0]["attributes"]["log.time"], "2026-01-15T14:32:18Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_infrastructure_line_is_a_record_and_three_points() {
    let app = TestApp::start().await;
    send(&app, "VM-WEB-01: CPU utilization 85%, Memory 92%, Disk I/O 1200 IOPS").await;
    let logs = app.rows("select to_jsonb(log) from log").await;
    assert_eq!((logs.len(), &logs[0]["host"]), (1, &json!("VM-WEB-01")));
    let points = app
        .rows(
            "select jsonb_build_object('name', s.name, 'value', m.value, 'labels', s.labels, 'kind', s.kind, 'unit', s.unit) \
             from metric m join series s on s.project = m.project and s.id = m.series order by s.name",
        )
        .await;
    let told: Vec<(&str, f64)> = points
        .iter()
        .map(|point| (point["name"].as_str().expect("name"), point["value"].as_f64().expect("value")))
        .collect();
    assert_eq!(
        told,
        [("system.cpu.utilization", 0.85), ("system.disk.operations", 1200.0), ("system.memory.utilization", 0.92)]
    );
    assert!(points.iter().all(|point| point["labels"] == json!({ "host.name": "VM-WEB-01" })));
    app.assert_balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_told_by_a_span_and_by_a_log_is_one_occurrence() {
    let app = TestApp::start().await;
    let exception = json!([
        { "key": "exception.type", "value": { "stringValue": "PoolTimeout" } },
        { "key": "exception.message", "value": { "stringValue": "no connection in 800 ms" } }
    ]);
    let (trace, span, at) = ("5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174", "1795352000000000000");
    let spans = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [{
        "traceId": trace, "spanId": span, "name": "POST /pay", "kind": 2, "startTimeUnixNano": at, "endTimeUnixNano": at,
        "events": [{ "name": "exception", "timeUnixNano": at, "attributes": exception }] }] }] }] });
    let logs = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [{
        "timeUnixNano": at, "traceId": trace, "spanId": span, "severityNumber": 17, "attributes": exception }] }] }] });
    app.otlp("/v1/traces", "application/json", spans.to_string()).await;
    app.otlp("/v1/logs", "application/json", logs.to_string()).await;
    app.settle().await;
    let issues: Value = app.answer("issues", json!({})).await;
    let rows = issues["result"]["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 1, "{issues}");
    assert_eq!(rows[0]["count"], 1);
    assert_eq!(rows[0]["title"], "PoolTimeout: no connection in <*> ms");
}
