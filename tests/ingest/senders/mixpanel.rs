//! Mixpanel's clients.

use super::Call;
use crate::support::TestApp;
use base64::Engine;
use serde_json::{Value, json};

fn event(app: &TestApp, name: &str, more: Value) -> Value {
    let mut properties = json!({ "token": app.ingest_key, "distinct_id": "u" });
    properties.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    json!({ "event": name, "properties": properties })
}

fn base64(value: &Value) -> String {
    base64::engine::general_purpose::STANDARD.encode(value.to_string())
}

fn form(value: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new()).append_pair("data", value).finish()
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_queries_and_documents_are_read_and_answered_in_their_manner() {
    let app = TestApp::start().await;
    let json = event(&app, "json", json!({})).to_string();
    let verbose = json!({ "status": 1, "error": null });
    let calls = [
        (Call::post("/track", form(&json)), json!(1)),
        (
            Call::post("/track", format!("{}&verbose=1", form(&base64(&event(&app, "form", json!({})))))),
            verbose.clone(),
        ),
        (Call::post("/track?verbose=1", form(&base64(&json!([event(&app, "list", json!({}))])))), verbose.clone()),
        (Call::get(&format!("/track?ip=0&verbose=0&{}", form(&base64(&event(&app, "get", json!({})))))), json!(1)),
        (Call::post("/track?verbose=1", format!("[{json}]")), verbose),
    ];
    for (call, told) in calls {
        let answer = call.send(&app).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (200, told));
    }
    assert_eq!(app.stored_names().await, ["json", "form", "list", "get", "json"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shared_path_stores_each_products_events_as_its_own() {
    let app = TestApp::start().await;
    let posthog = json!({ "api_key": app.ingest_key, "event": "$pageview", "distinct_id": "u", "properties": { "$set": { "plan": "pro" } } });
    let answer = Call::post("/track/", posthog.to_string()).send(&app).await;
    assert_eq!(answer.json(), json!({ "status": "Ok" }));
    let mixpanel = event(&app, "$mp_web_page_view", json!({ "current_page_title": "Home" }));
    let answer = Call::post("/track/?verbose=1", mixpanel.to_string()).send(&app).await;
    assert_eq!(answer.json(), json!({ "status": 1, "error": null }));
    let stored = app.rows("select jsonb_build_array(name, title) from event order by seq").await;
    assert_eq!(stored, [json!(["page_view", null]), json!(["page_view", "Home"])]);
    assert_eq!(app.one::<i64>("select count(*) from person_property").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_tells_which_records_failed_and_keeps_the_others() {
    let app = TestApp::start().await;
    let lines = [
        event(&app, "a", json!({ "time": 1795348929, "$insert_id": "i-1" })).to_string(),
        "{\"event\": broken".to_owned(),
        event(&app, "old", json!({ "time": 0, "$insert_id": "i-2" })).to_string(),
        event(&app, "b", json!({ "time": 1795348929123_i64, "$insert_id": "i-3" })).to_string(),
    ];
    let packed = {
        use std::io::Write;
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(lines.join("\n").as_bytes()).expect("gzip");
        packer.finish().expect("gzip")
    };
    let import = async |body: Vec<u8>| {
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{}:", app.ingest_key));
        let call = Call::post("/import?strict=1", body).header("content-encoding", "gzip");
        call.header("content-type", "application/x-ndjson")
            .header("authorization", format!("Basic {basic}"))
            .send(&app)
            .await
    };
    let answer = import(packed).await;
    assert_eq!(answer.status, 400);
    let told = answer.json();
    assert_eq!(
        (&told["code"], &told["num_records_imported"], &told["status"]),
        (&json!(400), &json!(2), &json!("Bad Request"))
    );
    let failed: Vec<(u64, &Value)> = told["failed_records"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["index"].as_u64().expect("index"), &one["insert_id"]))
        .collect();
    assert_eq!(failed, [(1, &Value::Null), (2, &json!("i-2"))]);
    let good = event(&app, "c", json!({ "time": 1795348929 }));
    let answer = Call::post("/import", json!([good, good]).to_string()).send(&app).await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()),
        (200, json!({ "code": 200, "num_records_imported": 2, "status": "OK" }))
    );
    app.assert_balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_is_known_by_id_person_name_and_time() {
    let app = TestApp::start().await;
    let base = json!({ "time": 1795348929, "$insert_id": "i" });
    let same = event(&app, "a", base.clone());
    let other_time = event(&app, "a", json!({ "time": 1795348930, "$insert_id": "i" }));
    let other_person = event(&app, "a", json!({ "time": 1795348929, "$insert_id": "i", "distinct_id": "v" }));
    let other_name = event(&app, "b", base);
    for body in [json!([same, same]), json!([same, other_time, other_person, other_name])] {
        assert_eq!(Call::post("/track", body.to_string()).send(&app).await.json(), json!(1));
    }
    assert_eq!(app.one::<i64>("select count(*) from event").await, 4);
    app.assert_balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_of_people_and_groups_are_kept_without_events() {
    let app = TestApp::start().await;
    let person = |change: Value| {
        let mut record = json!({ "$token": app.ingest_key, "$distinct_id": "u" });
        record.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        record
    };
    let body = json!([
        person(json!({ "$set": { "plan": "pro", "$email": "a@example.com" } })),
        person(json!({ "$set_once": { "plan": "free", "first": "ad" } })),
        person(json!({ "$add": { "visits": 2 } })),
        person(json!({ "$add": { "visits": 3 } })),
        person(json!({ "$union": { "tags": ["a", "b"] } })),
        person(json!({ "$remove": { "tags": "a" } })),
        person(json!({ "$set": { "gone": 1 } })),
        person(json!({ "$unset": ["gone"] })),
    ]);
    assert_eq!(
        Call::post("/engage?verbose=1", body.to_string()).send(&app).await.json(),
        json!({ "status": 1, "error": null })
    );
    let said = app.rows("select jsonb_build_array(name, value) from person_property order by name").await;
    let expected = json!([
        ["$email", "[email]"],
        ["first", "ad"],
        ["gone", null],
        ["plan", "pro"],
        ["tags", ["b"]],
        ["visits", 5]
    ]);
    assert_eq!(json!(said), expected);
    let group =
        json!([{ "$token": app.ingest_key, "$group_key": "company", "$group_id": "acme", "$set": { "seats": 5 } }]);
    assert_eq!(Call::post("/groups", group.to_string()).send(&app).await.json(), json!(1));
    assert_eq!(app.one::<i64>("select count(*) from group_property").await, 1);
    assert_eq!(app.one::<i64>("select count(*) from event").await, 0);
    let charge = person(json!({ "$append": { "$transactions": { "$amount": 25.5, "$time": "2026-11-22T12:00:00" } } }));
    assert_eq!(Call::post("/engage", json!([charge]).to_string()).send(&app).await.json(), json!(1));
    let sale = app.rows("select jsonb_build_array(name, revenue, currency) from event").await;
    assert_eq!(sale, [json!(["charge", 25_500_000, "EUR"])]);
    let bad =
        Call::post("/engage?verbose=1", json!([{ "$token": app.ingest_key, "$set": {} }]).to_string()).send(&app).await;
    assert_eq!((bad.status.as_u16(), &bad.json()["status"]), (400, &json!(0)));
    app.assert_balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_is_for_one_project() {
    let app = TestApp::start().await;
    let other = parallax_server::identity::projects::create(&app.machine.database, "Other", "UTC", "learn")
        .await
        .expect("project");
    let key =
        app.key_of(other, parallax_server::identity::keys::KeyKind::Ingest, parallax_domain::Role::Admin, &[]).await;
    let stranger = json!({ "event": "b", "properties": { "token": key, "distinct_id": "u" } });
    let body = json!([event(&app, "a", json!({})), stranger]);
    assert_eq!(Call::post("/track", body.to_string()).send(&app).await.status, 200);
    assert_eq!(app.stored_names().await, ["a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_becomes_its_user() {
    let app = TestApp::start().await;
    let body = json!([
        event(&app, "a", json!({ "distinct_id": "$device:d", "$device_id": "d", "time": 1795348920 })),
        event(
            &app,
            "$identify",
            json!({ "distinct_id": "anna", "$user_id": "anna", "$anon_distinct_id": "$device:d", "time": 1795348921 })
        ),
        event(&app, "b", json!({ "distinct_id": "anna", "$user_id": "anna", "$device_id": "d", "time": 1795348922 })),
        event(&app, "$merge", json!({ "$distinct_ids": ["anna", "anna@old"] })),
    ]);
    assert_eq!(Call::post("/track", body.to_string()).send(&app).await.status, 200);
    assert_eq!(app.people().await.len(), 1, "{:?}", app.people().await);
}
