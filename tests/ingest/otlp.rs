//! Every captured OpenTelemetry request, against the reviewed file of what is stored of it.

use crate::support::golden::assert_golden;
use crate::support::{TestApp, payload};
use serde_json::{Value, json};

/// Path of the door, and whether the request was protobuf.
fn door(file: &str) -> (&'static str, &'static str) {
    let path = if file.contains("traces") {
        "/v1/traces"
    } else if file.contains("metrics") {
        "/v1/metrics"
    } else {
        "/v1/logs"
    };
    (path, if file.contains(".pb") { "application/x-protobuf" } else { "application/json" })
}

/// Everything stored, without what depends on the run: keys of the project, order, time of receipt.
async fn stored(app: &TestApp) -> Value {
    let spans = app
        .rows(
            "select to_jsonb(s) - 'seq' - 'received_at' - 'resource' - 'project' - 'shard' \
                    || jsonb_build_object('resource', r.attributes - 'process.pid') \
             from span s join resource r on r.project = s.project and r.id = s.resource order by s.at, s.span_id",
        )
        .await;
    let logs = app
        .rows(
            "select to_jsonb(l) - 'seq' - 'received_at' - 'resource' - 'project' - 'shard' - 'session' \
                    || jsonb_build_object('resource', r.attributes, 'in_session', l.session is not null) \
             from log l join resource r on r.project = l.project and r.id = l.resource order by l.at, l.seq",
        )
        .await;
    let metrics = app
        .rows(
            "select to_jsonb(m) - 'seq' - 'series' - 'project' - 'shard' \
                    || jsonb_build_object('name', s.name, 'unit', s.unit, 'kind', s.kind, 'cumulative', s.cumulative, \
                                          'monotonic', s.monotonic, 'service', s.service, 'host', s.host, 'labels', s.labels) \
             from metric m join series s on s.project = m.project and s.id = m.series order by s.name, s.labels::text, m.at",
        )
        .await;
    let events = app
        .rows(
            "select jsonb_strip_nulls(to_jsonb(e) - 'seq' - 'received_at' - 'project' - 'shard' - 'session') from event e order by at, seq",
        )
        .await;
    // Pseudonyms depend on the project's secret; that there is one, and the same one, is what counts.
    let mut all = json!({ "spans": spans, "logs": logs, "metrics": metrics, "events": events });
    hide_pseudonyms(&mut all);
    all
}

fn hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn hide_pseudonyms(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if members.contains_key("span_id") && members.contains_key("session") {
                let known = !members["session"].is_null();
                members.insert("session".into(), json!(known));
            }
            for (key, value) in members.iter_mut() {
                let keyed = ["user.id", "enduser.id", "session.id"].contains(&key.as_str());
                if keyed && value.as_str().is_some_and(|text| text.len() == 32 && hex(text)) {
                    *value = json!("[hashed]");
                } else {
                    hide_pseudonyms(value);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(hide_pseudonyms),
        _ => {}
    }
}

async fn sample(file: &str) {
    let app = TestApp::start().await;
    let (path, content_type) = door(file);
    let answer = app.otlp(path, content_type, payload(&format!("otlp/{file}"))).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    assert_eq!(answer.headers["content-type"], content_type);
    let empty: &[u8] = if content_type == "application/json" { b"{}" } else { b"" };
    assert_eq!(answer.body, empty, "full success says nothing");
    assert_golden(&format!("otlp/{file}.json"), &stored(&app).await);
    app.assert_balanced().await;
}

macro_rules! samples {
    ($($name:ident: $file:literal,)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            sample($file).await;
        })*

        #[test]
        fn every_captured_file_is_a_test() {
            let tested = [$($file),*];
            let folder = format!("{}/tests/payloads/otlp", env!("CARGO_MANIFEST_DIR"));
            for entry in std::fs::read_dir(folder).expect("payloads") {
                let name = entry.expect("entry").file_name().into_string().expect("name");
                assert!(tested.contains(&name.as_str()), "{name} is not tested");
            }
        }
    };
}

samples! {
    browser_logs_1: "browser_logs_1.json",
    browser_logs_3: "browser_logs_3.json",
    browser_traces: "browser_traces.json",
    host_metrics_python: "host_metrics_python.pb",
    node_logs_json: "node_logs.json",
    node_logs: "node_logs.pb",
    node_metrics: "node_metrics.pb",
    node_traces_json: "node_traces.json",
    node_traces: "node_traces.pb",
    python_logs: "python_logs.pb",
    python_metrics: "python_metrics.pb",
    python_traces: "python_traces.pb",
    python_traces_gzip: "python_traces_gzip.pb.gz",
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_is_answered_alike_and_stored_once() {
    let app = TestApp::start().await;
    for _ in 0..3 {
        let answer = app.otlp("/v1/traces", "application/x-protobuf", payload("otlp/node_traces.pb")).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 0));
    }
    assert_eq!(app.one::<i64>("select count(*) from span").await, 2);
    app.assert_balanced().await;
    assert_eq!(app.one::<i64>("select sum(duplicate)::bigint from accounting").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_request_is_a_success() {
    let app = TestApp::start().await;
    for (content_type, body, told) in
        [("application/json", "{}", "{}"), ("application/json", "[]", "{}"), ("application/x-protobuf", "", "")]
    {
        let answer = app.otlp("/v1/traces", content_type, body).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_slice()), (200, told.as_bytes()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_spans_are_refused_one_by_one_and_the_good_ones_kept() {
    let app = TestApp::start().await;
    let span = |trace: &str, span: &str, start: &str| json!({ "traceId": trace, "spanId": span, "name": "GET /", "kind": 2, "startTimeUnixNano": start, "endTimeUnixNano": start });
    let now = "1795352000000000000";
    let body = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [
        span("5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174", now),
        span("00000000000000000000000000000000", "eee19b7ec3c1b174", now),
        span("5b8efff798038103d269b633813fc60c", "eee19b7e", now),
        span("5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b175", "1"),
    ] }] }] });
    let answer = app.otlp("/v1/traces", "application/json", body.to_string()).await;
    assert_eq!(answer.status, 200);
    let partial = &answer.json()["partialSuccess"];
    assert_eq!(partial["rejectedSpans"], "3");
    assert!(partial["errorMessage"].as_str().expect("a message").contains("too_old"));
    assert_eq!(app.one::<i64>("select count(*) from span").await, 1);
    app.assert_balanced().await;
}
