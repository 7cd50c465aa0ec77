//! Projections made again from the raw rows answer the same, and without what was erased as if it had never been.

use super::{counts, rest};
use crate::support::{TestApp, payload};
use parallax_domain::Signal;
use parallax_server::projection::refold::{self, Unit};
use serde_json::{Value, json};

async fn answers(app: &TestApp) -> Vec<Value> {
    let mut all = Vec::new();
    for (question, body) in [
        (
            "trend",
            json!({ "series": [{ "measure": "total" }, { "measure": "unique" }, { "measure": "revenue" }, { "measure": "sum:items" }], "breakdown": "country" }),
        ),
        ("trend", json!({ "series": [{ "event": "bought", "measure": "p95:nested.deep" }], "interval": "hour" })),
        ("funnel", json!({ "steps": [{ "event": "seen" }, { "event": "bought" }], "hold": ["items"] })),
        ("retention", json!({ "unit": "day", "periods": 3 })),
        ("sessions", json!({ "by": "device" })),
        ("requests", json!({ "by": "operation", "interval": "hour" })),
        ("metrics", json!({ "name": "system.cpu.utilization", "aggregate": "avg", "interval": "hour" })),
        ("logs", json!({ "search": "order" })),
    ] {
        let mut answer = app.answer(question, body).await;
        for moving in ["fresh_as_of", "gaps"] {
            answer["quality"][moving] = Value::Null;
        }
        all.push(answer);
    }
    all
}

fn events() -> Value {
    let event = |n: usize| {
        let (name, country) = (["bought", "seen", "seen"][n % 3], ["DE", "FR"][n % 2]);
        json!({ "name": name, "user": format!("u-{}", n % 5), "session": format!("s-{}", n / 4),
            "at": format!("2026-11-22T{:02}:{:02}:00.{:03}Z", 8 + n % 4, n, n * 7),
            "properties": { "items": n % 4, "vip": n.is_multiple_of(2), "nested": { "deep": n } },
            "revenue": { "amount": n, "currency": "EUR" },
            "context": { "country": country, "device": "mobile", "url": format!("https://shop.example/p/{n}") } })
    };
    json!((0..40).map(event).collect::<Vec<_>>())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_from_raw_rows_answers_the_same() {
    let app = TestApp::start().await;
    app.events(events()).await;
    for (path, file) in [
        ("/v1/traces", "otlp/python_traces.pb"),
        ("/v1/metrics", "otlp/python_metrics.pb"),
        ("/v1/logs", "otlp/python_logs.pb"),
    ] {
        assert_eq!(app.otlp(path, "application/x-protobuf", payload(file)).await.status, 200);
    }
    app.settle().await;
    let before = answers(&app).await;
    let units = refold::days_of_project(&app.machine.database, app.project).await.expect("days");
    assert!(units.len() >= 4, "{units:?}");
    for round in 0..2 {
        let rows = refold::refold_all(&app.machine.database, &units).await.expect("a rebuild");
        assert!(rows >= 40);
        assert_eq!(answers(&app).await, before, "round {round}");
        rest(&app).await;
        assert_eq!(answers(&app).await, before, "compacted, round {round}");
    }
    // What is committed and not folded yet is folded once, before or after.
    app.events(json!([{ "name": "seen", "user": "u-9", "at": "2026-11-22T12:00:00Z" }])).await;
    refold::refold_all(&app.machine.database, &units).await.expect("a rebuild");
    app.settle().await;
    assert_eq!(counts(&app).await, (41.0, 6.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_erased_was_never_there() {
    let app = TestApp::start().await;
    let kept: Vec<Value> =
        events().as_array().expect("events").iter().filter(|event| event["user"] != "u-3").cloned().collect();
    app.events(json!(kept)).await;
    app.settle().await;
    let before = answers(&app).await;
    let known: Vec<i32> = numbers(&app).await;
    let gone: Vec<Value> =
        events().as_array().expect("events").iter().filter(|event| event["user"] == "u-3").cloned().collect();
    app.events(json!(gone)).await;
    app.events(json!([{ "name": "seen", "user": "u-3", "at": "2026-11-20T12:00:00Z" }])).await;
    app.settle().await;
    rest(&app).await;
    assert_eq!(counts(&app).await.1, 5.0);

    let erased: Vec<i32> = numbers(&app).await.into_iter().filter(|number| !known.contains(number)).collect();
    let database = &app.machine.database;
    let units = refold::days_of_people(database, app.project, &erased).await.expect("days");
    let days: Vec<(Signal, String)> = units.iter().map(|unit: &Unit| (unit.signal, unit.day.to_string())).collect();
    assert_eq!(days.len(), 2, "exactly the days of that person: {days:?}");
    sqlx::query("delete from event where project = $1 and subject = any($2)")
        .bind(app.project)
        .bind(&erased)
        .execute(&database.admin)
        .await
        .expect("rows are deleted");
    refold::refold_all(database, &units).await.expect("folded again");
    app.machine.store.forget(app.project);
    assert_eq!(answers(&app).await, before);
    let answer = app
        .answer("trend", json!({ "from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z", "series": [{}] }))
        .await;
    assert_eq!(answer["result"]["series"][0]["total"], 0.0);
}

async fn numbers(app: &TestApp) -> Vec<i32> {
    sqlx::query_scalar("select number from subject order by 1")
        .fetch_all(&app.machine.database.admin)
        .await
        .expect("subjects")
}

#[tokio::test(flavor = "multi_thread")]
async fn people_who_turn_out_to_be_one_are_one_in_every_answer_at_once() {
    let app = TestApp::start().await;
    let seen = |who: &str, id: &str, at: &str| json!({ "name": "seen", who: id, "at": format!("2026-11-22T{at}Z") });
    app.events(json!([
        seen("anonymous", "a-1", "08:00:00"),
        seen("anonymous", "a-2", "09:00:00"),
        seen("user", "u", "10:00:00")
    ]))
    .await;
    app.settle().await;
    rest(&app).await;
    assert_eq!(counts(&app).await, (3.0, 3.0));
    app.events(json!([{ "name": "signed in", "user": "u", "anonymous": "a-1", "at": "2026-11-22T11:00:00Z" }])).await;
    app.settle().await;
    assert_eq!(counts(&app).await, (4.0, 2.0));
    app.events(json!([{ "name": "signed in", "user": "u", "anonymous": "a-2", "at": "2026-11-22T11:30:00Z" }])).await;
    app.settle().await;
    rest(&app).await;
    assert_eq!(counts(&app).await, (5.0, 1.0));
    let sticky = app.answer("stickiness", json!({ "unit": "day" })).await;
    assert_eq!(sticky["result"]["days"][0]["people"], 1);
}
