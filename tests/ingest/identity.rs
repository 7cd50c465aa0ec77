//! Who a record is about (contract rule A9), whatever arrives first.

use crate::support::TestApp;
use serde_json::{Value, json};

async fn unique(app: &TestApp) -> Value {
    app.settle().await;
    let answer = app.answer("trend", json!({ "series": [{ "measure": "unique" }], "interval": "day" })).await;
    answer["result"]["series"][0]["total"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_anonymous_visitor_becomes_the_user_retroactively() {
    let app = TestApp::start().await;
    app.events(json!([{ "name": "a", "anonymous": "x", "at": "2026-11-22T10:00:00Z" }])).await;
    app.events(json!([{ "name": "b", "user": "u", "at": "2026-11-22T11:00:00Z" }])).await;
    assert_eq!(unique(&app).await, 2.0);
    app.events(json!([{ "name": "c", "user": "u", "anonymous": "x", "at": "2026-11-22T12:00:00Z" }])).await;
    assert_eq!(unique(&app).await, 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_anonymous_id_belongs_to_the_user_it_met_first_by_event_time() {
    let met = |user: &str, at: &str| json!({ "name": "m", "user": user, "anonymous": "x", "at": at });
    let alone = json!({ "name": "alone", "anonymous": "x", "at": "2026-11-22T09:00:00Z" });
    let early = met("early", "2026-11-22T10:00:00Z");
    let late = met("late", "2026-11-22T11:00:00Z");
    let mut owners = Vec::new();
    for order in [[&alone, &early, &late], [&late, &early, &alone], [&late, &alone, &early]] {
        let app = TestApp::start().await;
        for event in order {
            app.events(json!([event])).await;
        }
        // Two users are never merged by an anonymous id that they share.
        assert_eq!(unique(&app).await, 2.0);
        let owner: bool = app
            .one(
                "select (select person from subject where kind = 1) = \
                        (select s.number from subject s join event e on e.subject = s.number where e.at = '2026-11-22T10:00:00Z')",
            )
            .await;
        owners.push(owner);
    }
    assert_eq!(owners, [true, true, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn ties_in_time_go_to_the_smaller_id() {
    for order in [["b", "a"], ["a", "b"]] {
        let app = TestApp::start().await;
        for user in order {
            app.events(json!([{ "name": user, "user": user, "anonymous": "x", "at": "2026-11-22T10:00:00Z" }])).await;
        }
        let to_a: bool = app
            .one(
                "select (select person from subject where kind = 1) = \
                        (select s.number from subject s join event e on e.subject = s.number where e.name = 'a')",
            )
            .await;
        assert!(to_a, "{order:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_span_with_a_user_joins_the_person_of_native_events() {
    let app = TestApp::start().await;
    app.events(json!([{ "name": "a", "user": "u-1" }])).await;
    let spans = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [{
        "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "GET /", "kind": 2,
        "startTimeUnixNano": "1795352000000000000", "endTimeUnixNano": "1795352000100000000",
        "attributes": [{ "key": "user.id", "value": { "stringValue": "u-1" } }] }] }] }] });
    app.otlp("/v1/traces", "application/json", spans.to_string()).await;
    assert!(app.one::<bool>("select (select subject from span) = (select subject from event)").await);
    let stored = app.rows("select to_jsonb(span) from span").await;
    assert!(!stored[0].to_string().contains("u-1"), "the id is not stored in clear");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_in_two_projects_is_two_people_with_other_pseudonyms() {
    let app = TestApp::start().await;
    let other = parallax_server::identity::projects::create(&app.machine.database, "Other", "UTC", "learn")
        .await
        .expect("project");
    let key =
        app.key_of(other, parallax_server::identity::keys::KeyKind::Ingest, parallax_domain::Role::Admin, &[]).await;
    let body = json!({ "events": [{ "name": "a", "user": "u" }] }).to_string();
    app.events(json!([{ "name": "a", "user": "u" }])).await;
    assert_eq!(app.post("/api/v1/events", &key, "application/json", body).await.json()["accepted"], 1);
    assert_eq!(app.one::<i64>("select count(distinct ref) from subject").await, 2);
    app.settle().await;
    assert_eq!(unique(&app).await, 1.0);
}
