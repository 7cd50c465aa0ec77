//! The questions over REST: shapes, errors, and a funnel through the whole path.

use crate::support::TestApp;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_funnel_through_the_whole_path_counts_what_its_list_holds() {
    let app = TestApp::start().await;
    let mut events = Vec::new();
    for person in 0..20 {
        for (step, name) in ["viewed", "added", "paid"].iter().enumerate() {
            if person % (step + 1) == 0 {
                events.push(json!({ "name": name, "user": format!("u{person}"), "at": format!("2026-11-22T10:{:02}:{:02}Z", step * 10, person) }));
            }
        }
    }
    app.events(json!(events)).await;
    app.settle().await;
    let steps = json!([{ "event": "viewed" }, { "event": "added" }, { "event": "paid" }]);
    let counts = async || {
        let answer = app.answer("funnel", json!({ "steps": steps, "window": 3600 })).await;
        let counts: Vec<i64> = answer["result"]["steps"]
            .as_array()
            .expect("steps")
            .iter()
            .map(|step| step["count"].as_i64().expect("count"))
            .collect();
        counts
    };
    assert_eq!(counts().await, [20, 10, 4]);
    let people =
        app.answer("funnel/people", json!({ "steps": steps, "window": 3600, "step": 2, "outcome": "dropped" })).await;
    assert_eq!(people["result"]["total"], 10);
    let first = people["result"]["people"][0]["person"].as_str().expect("a person");
    assert!(first.starts_with("p_") && first.len() == 34, "{first}");
    // Late events and compaction change nothing but what they say.
    app.events(json!([{ "name": "added", "user": "u1", "at": "2026-11-22T10:05:00Z" }])).await;
    app.settle().await;
    assert_eq!(counts().await, [20, 11, 4]);
    for n in 0..30 {
        app.events(json!([{ "name": "noise", "user": "u1", "at": format!("2026-11-22T11:00:{n:02}Z") }])).await;
        app.settle().await;
    }
    app.compact().await;
    assert_eq!(counts().await, [20, 11, 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_questions_name_the_member_at_fault() {
    let app = TestApp::start().await;
    let (from, to) = ("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z");
    for (question, body, field) in [
        ("trend", json!({ "to": to, "series": [] }), "from"),
        ("trend", json!({ "from": from, "to": to, "series": [], "wat": 1 }), "wat"),
        ("trend", json!({ "from": to, "to": from, "series": [{}] }), "to"),
        ("trend", json!({ "from": from, "to": to, "zone": "UTC'||pg_sleep(5)--", "series": [{}] }), "zone"),
        ("funnel", json!({ "from": from, "to": to, "steps": [{ "event": "a" }] }), "steps"),
        ("logs", json!({ "from": from, "to": to, "search": "(a" }), "search"),
    ] {
        let answer = app.ask(question, body.clone()).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.json()["field"], field, "{body}: {}", answer.json());
    }
    assert_eq!(app.ask("nonsense", json!({ "from": from, "to": to })).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn quality_is_always_whole_and_coverage_unknown() {
    let app = TestApp::start().await;
    let answer = app.answer("trend", json!({ "series": [{ "event": "x" }] })).await;
    let quality = answer["quality"].as_object().expect("quality");
    for member in
        ["coverage", "population", "n", "n_eff", "suppressed", "sampled", "fresh_as_of", "gaps", "source", "adjusted"]
    {
        assert!(quality.contains_key(member), "{member}");
    }
    assert_eq!(quality["coverage"], serde_json::Value::Null);
    assert_eq!(answer["compared"], serde_json::Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_exact_to_the_microsecond_of_the_range() {
    let app = TestApp::start().await;
    let start = 1_795_345_200_000_000_000_i64; // 2026-11-22T11:00:00Z
    let spans: Vec<_> = (0..600)
        .map(|n| {
            let at = start + n * 7_300_000_000;
            json!({ "traceId": format!("{:032x}", n + 1), "spanId": format!("{:016x}", n + 1), "name": "GET /", "kind": 2,
                "startTimeUnixNano": at.to_string(), "endTimeUnixNano": (at + 20_000_000 + n * 1_000_000).to_string(),
                "status": { "code": if n % 10 == 0 { 2 } else { 0 } } })
        })
        .collect();
    let body = json!({ "resourceSpans": [{ "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": "shop" } }] },
        "scopeSpans": [{ "spans": spans }] }] });
    assert_eq!(app.otlp("/v1/traces", "application/json", body.to_string()).await.status, 200);
    app.settle().await;
    for (from, to) in [
        ("2026-11-22T11:00:00Z", "2026-11-22T13:00:00Z"),
        ("2026-11-22T11:03:20.500Z", "2026-11-22T11:58:59.250Z"),
        ("2026-11-22T11:10:10Z", "2026-11-22T11:10:40Z"),
    ] {
        let answer =
            app.answer("requests", json!({ "from": from, "to": to, "interval": "hour", "by": "service" })).await;
        let sum = |member: &str| -> i64 {
            let rows = answer["result"]["rows"].as_array().expect("rows");
            rows.iter()
                .flat_map(|row| row[member].as_array().expect("array"))
                .map(|n| n.as_i64().expect("number"))
                .sum()
        };
        let sql = sqlx::AssertSqlSafe(format!(
            "select count(*), count(*) filter (where error) from span where at >= '{from}' and at < '{to}'"
        ));
        let (count, errors): (i64, i64) =
            sqlx::query_as(sql).fetch_one(&app.machine.database.admin).await.expect("raw");
        assert_eq!((sum("count"), sum("errors")), (count, errors), "{from} to {to}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_is_found_by_id_in_its_own_project_only() {
    let app = TestApp::start().await;
    let body = crate::support::payload("otlp/node_traces.pb");
    app.otlp("/v1/traces", "application/x-protobuf", body).await;
    app.settle().await;
    let id: String = app.one("select replace(trace_id::text, '-', '') from span limit 1").await;
    let get = async |key: &str| {
        let request = axum::http::Request::get(format!("/api/v1/traces/{id}"))
            .header("authorization", format!("Bearer {key}"))
            .body(axum::body::Body::empty())
            .expect("request");
        app.send(request).await
    };
    let trace = get(&app.read_key).await;
    assert_eq!(trace.status, 200);
    assert_eq!(trace.json()["trace_id"], id);
    assert!(trace.json()["bottleneck"]["share"].as_f64().expect("share") > 0.0);
    let other = parallax_server::identity::projects::create(&app.machine.database, "Other", "UTC", "learn")
        .await
        .expect("project");
    let key =
        app.key_of(other, parallax_server::identity::keys::KeyKind::Read, parallax_domain::Role::Admin, &[]).await;
    assert_eq!(get(&key).await.status, 404);
}
