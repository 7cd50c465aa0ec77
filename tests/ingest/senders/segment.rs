//! Segment's clients.

use super::Call;
use crate::support::TestApp;
use base64::Engine;
use serde_json::{Value, json};

fn basic(key: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{key}:")))
}

async fn send(app: &TestApp, path: &str, body: Value) -> (u16, Value) {
    let answer = Call::post(path, body.to_string()).header("authorization", basic(&app.ingest_key)).send(app).await;
    (answer.status.as_u16(), answer.json())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_stands_in_the_header_or_in_the_body() {
    let app = TestApp::start().await;
    let message = json!({ "type": "track", "event": "a", "userId": "u" });
    assert_eq!(send(&app, "/v1/batch", json!({ "batch": [message] })).await, (200, json!({ "success": true })));
    let inside = json!({ "writeKey": app.ingest_key, "batch": [message] }).to_string();
    let calls = [
        Call::post("/v1/batch", inside.clone()),
        Call::post("/v1/batch", inside).header("authorization", basic("TESTWRITEKEY")),
        Call::post("/v1/batch", json!({ "batch": [message] }).to_string())
            .header("authorization", format!("Bearer {}", app.ingest_key)),
    ];
    for call in calls {
        assert_eq!(call.send(&app).await.status, 200);
    }
    let nowhere = Call::post("/v1/batch", json!({ "batch": [message] }).to_string()).send(&app).await;
    assert_eq!((nowhere.status.as_u16(), &nowhere.json()["code"]), (401, &json!("invalid_write_key")));
    assert_eq!(app.one::<i64>("select count(*) from event").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_short_path_is_for_its_type() {
    let app = TestApp::start().await;
    let message = json!({ "userId": "u", "event": "bought", "name": "Home", "groupId": "acme", "previousId": "before", "traits": { "plan": "pro" } });
    for (long, short, stored) in [
        ("track", "t", "bought"),
        ("identify", "i", "identify"),
        ("page", "p", "page_view"),
        ("screen", "s", "screen"),
        ("group", "g", "group"),
        ("alias", "a", "alias"),
    ] {
        for path in [long, short] {
            assert_eq!(send(&app, &format!("/v1/{path}"), message.clone()).await.0, 200, "{path}");
        }
        let names = app.stored_names().await;
        assert_eq!(names[names.len() - 2..], [stored, stored]);
    }
    assert_eq!(send(&app, "/v1/m", json!({ "series": [] })).await, (200, json!({ "success": true })));
    // Traits of a group are not those of its member.
    let person = app.rows("select jsonb_build_array(name, value) from person_property").await;
    let group = app.rows("select jsonb_build_array(name, value) from group_property").await;
    assert_eq!((person.len(), group.len()), (1, 1));
    assert_eq!(app.one::<i64>("select count(*) from group_member").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_message_is_stored_once_and_a_bad_one_costs_itself_only() {
    let app = TestApp::start().await;
    let body = json!({ "batch": [
        { "type": "track", "event": "a", "userId": "u", "messageId": "m-1" },
        { "type": "track", "event": "b" },
        "no message",
        { "type": "track", "event": "c", "anonymousId": "x", "messageId": "m-2" } ] });
    for _ in 0..2 {
        assert_eq!(send(&app, "/v1/batch", body.clone()).await.0, 200);
    }
    assert_eq!(app.stored_names().await, ["a", "c"]);
    let (status, told) = send(&app, "/v1/track", json!({ "event": "alone" })).await;
    assert_eq!((status, &told["success"]), (400, &json!(false)));
    assert!(told["message"].as_str().is_some_and(|text| text.contains("userId")), "{told}");
    // The same id as that of a native event is another event.
    app.events(json!([{ "id": "m-1", "name": "native", "user": "u" }])).await;
    assert_eq!(app.one::<i64>("select count(*) from event").await, 3);
    app.assert_balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn identify_and_alias_merge_and_a_shared_device_does_not() {
    let app = TestApp::start().await;
    let at = |minute: u32| format!("2026-11-22T10:{minute:02}:00Z");
    let body = json!({ "batch": [
        { "type": "page", "anonymousId": "laptop", "timestamp": at(0) },
        { "type": "identify", "userId": "anna", "anonymousId": "laptop", "timestamp": at(1) },
        { "type": "identify", "userId": "bert", "anonymousId": "laptop", "timestamp": at(2) },
        { "type": "track", "event": "x", "userId": "old-anna", "timestamp": at(3) },
        { "type": "alias", "userId": "anna", "previousId": "old-anna", "timestamp": at(4) } ] });
    assert_eq!(send(&app, "/v1/batch", body).await.0, 200);
    app.settle().await;
    let unique = app.answer("trend", json!({ "series": [{ "measure": "unique" }] })).await;
    assert_eq!(unique["result"]["series"][0]["total"], 2.0);
    let people = app.people().await;
    let anna = people.iter().find(|names| names.contains(&"user anna".to_owned())).expect("anna");
    assert!(anna.contains(&"user old-anna".to_owned()) && anna.contains(&"anonymous laptop".to_owned()), "{people:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_is_set_right_by_when_it_was_sent() {
    let app = TestApp::start().await;
    let body = json!({ "sentAt": "2026-11-22T12:00:00Z", "batch": [
        { "type": "track", "event": "a", "userId": "u", "timestamp": "2026-11-22T11:59:00Z" },
        { "type": "track", "event": "b", "userId": "u", "originalTimestamp": "2026-11-22T11:58:00Z", "timestamp": null } ] });
    assert_eq!(send(&app, "/v1/batch", body).await.0, 200);
    let times = app
        .rows(
            "select jsonb_build_array(name, to_char(at at time zone 'UTC', 'HH24:MI'), flags) from event order by name",
        )
        .await;
    assert_eq!(times, [json!(["a", "12:59", 2]), json!(["b", "12:58", 2])]);
}
