//! PostHog's clients.

use super::Call;
use crate::support::TestApp;
use base64::Engine;
use serde_json::{Value, json};

async fn batch(app: &TestApp, events: Value) -> u16 {
    let body = json!({ "api_key": app.ingest_key, "batch": events }).to_string();
    Call::post("/batch/", body).send(app).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_batch_is_a_success_and_stored_once() {
    let app = TestApp::start().await;
    let events = json!([
        { "uuid": "01a20329-08ed-7be5-9f2a-d1b7c164b271", "event": "a", "distinct_id": "u" },
        { "uuid": "01a20329-08ed-7be5-9f2a-d1b7c164b272", "event": "$exception", "distinct_id": "u",
          "properties": { "$exception_list": [{ "type": "TypeError", "value": "boom" }] } },
        { "uuid": "01a20329-08ed-7be5-9f2a-d1b7c164b273", "event": "$web_vitals", "distinct_id": "u",
          "properties": { "$web_vitals_LCP_value": 1200.5, "$web_vitals_CLS_value": 0.02 } },
    ]);
    for _ in 0..3 {
        assert_eq!(batch(&app, events.clone()).await, 200);
    }
    // One of them again, among others.
    assert_eq!(batch(&app, json!([events[1], { "event": "b", "distinct_id": "u" }])).await, 200);
    let rows = (app.one::<i64>("select count(*) from event").await, app.one::<i64>("select count(*) from log").await);
    assert_eq!(rows, (3, 1));
    let points = app
        .rows("select jsonb_build_array(s.name, s.unit, m.value) from metric m join series s on s.id = m.series order by 1")
        .await;
    assert_eq!(points, [json!(["web.cls", "1", 0.02]), json!(["web.lcp", "ms", 1200.5])]);
    app.assert_balanced().await;
    let issue = app.rows("select jsonb_build_array(title, (select count(*) from occurrence)) from issue").await;
    assert_eq!(issue, [json!(["TypeError: boom", 1])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_event_costs_itself_only_and_nothing_but_bad_ones_is_an_error() {
    let app = TestApp::start().await;
    let good = json!({ "event": "good", "distinct_id": "u" });
    let bad = [
        json!("not an object"),
        json!({ "distinct_id": "u" }),
        json!({ "event": "nobody" }),
        json!({ "event": "old", "distinct_id": "u", "timestamp": "1970-01-01T00:00:00Z" }),
        json!({ "event": "n".repeat(201), "distinct_id": "u" }),
        json!({ "event": "v", "distinct_id": "u", "properties": { "k": "v".repeat(8 * 1024 + 1) } }),
    ];
    for one in &bad {
        assert_eq!(batch(&app, json!([good, one, good])).await, 200, "{one}");
        assert_eq!(batch(&app, json!([one])).await, 400, "{one}");
    }
    assert_eq!(app.one::<i64>("select count(*) from event").await, 2 * bad.len() as i64);
    app.assert_balanced().await;
    assert_eq!(app.one::<i64>("select sum(rejected)::bigint from accounting").await, 2 * bad.len() as i64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_becomes_the_user_and_two_users_of_a_device_stay_two() {
    let app = TestApp::start().await;
    let web = |event: &str, distinct: &str, identified: bool, at: &str, more: Value| {
        let mut properties = json!({ "$device_id": "device-1", "$is_identified": identified, "$lib": "web" });
        properties.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        json!({ "event": event, "distinct_id": distinct, "timestamp": at, "properties": properties })
    };
    let identify = |user: &str, at: &str| web("$identify", user, true, at, json!({ "$anon_distinct_id": "device-1" }));
    let events = json!([
        web("$pageview", "device-1", false, "2026-11-22T10:00:00Z", json!({})),
        identify("anna", "2026-11-22T10:05:00Z"),
        web("bought", "anna", true, "2026-11-22T10:06:00Z", json!({})),
        identify("bert", "2026-11-22T11:00:00Z"),
    ]);
    assert_eq!(batch(&app, events).await, 200);
    let people = app.people().await;
    assert_eq!(people, [vec!["anonymous device-1", "user anna"], vec!["user bert"]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_has_no_direction_and_follows_no_order() {
    let alias = |distinct: &str, alias: &str| json!({ "event": "$create_alias", "distinct_id": distinct, "properties": { "distinct_id": distinct, "alias": alias } });
    let seen = json!({ "event": "$pageview", "distinct_id": "d-1", "properties": { "$device_id": "d-1", "$is_identified": false } });
    let bought = json!({ "event": "bought", "distinct_id": "anna" });
    let python = alias("d-1", "anna");
    let node = alias("anna", "d-1");
    for events in [json!([seen, bought, python]), json!([node, bought, seen]), json!([bought, node, python, seen])] {
        let app = TestApp::start().await;
        assert_eq!(batch(&app, events.clone()).await, 200);
        app.settle().await;
        let unique = app.answer("trend", json!({ "series": [{ "measure": "unique" }] })).await;
        assert_eq!(unique["result"]["series"][0]["total"], 1.0, "{events}");
        assert_eq!(app.people().await.len(), 1, "{events}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_wins_over_whom_the_device_was_seen_with_first() {
    let app = TestApp::start().await;
    let met = |user: &str, at: &str| json!({ "name": "m", "user": user, "anonymous": "tablet", "at": at });
    app.events(json!([met("anna", "2026-11-22T09:00:00Z"), { "name": "x", "user": "anna", "anonymous": "phone" }]))
        .await;
    let alias = json!([{ "event": "$create_alias", "distinct_id": "bert", "properties": { "alias": "tablet" } }]);
    assert_eq!(batch(&app, alias).await, 200);
    app.events(json!([met("anna", "2026-11-22T08:00:00Z")])).await;
    let people = app.people().await;
    let together = |one: &str, other: &str| {
        people.iter().any(|names| names.iter().any(|name| name == one) && names.iter().any(|name| name == other))
    };
    assert!(together("user bert", "anonymous tablet") && together("user anna", "anonymous phone"), "{people:?}");
    assert!(!together("user anna", "user bert"), "a device that two people used does not make them one");
}

#[tokio::test(flavor = "multi_thread")]
async fn aliases_of_aliases_are_one_person() {
    let app = TestApp::start().await;
    let alias = |one: &str, other: &str| json!({ "event": "$create_alias", "distinct_id": one, "properties": { "alias": other } });
    assert_eq!(batch(&app, json!([alias("a", "b"), alias("c", "d")])).await, 200);
    assert_eq!(app.people().await.len(), 2);
    assert_eq!(batch(&app, json!([alias("b", "c")])).await, 200);
    assert_eq!(app.people().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_people_and_groups_is_kept_beside_their_events() {
    let app = TestApp::start().await;
    let events = json!([
        { "event": "a", "distinct_id": "u", "timestamp": "2026-11-22T12:00:00Z", "properties": { "$set": { "plan": "free" }, "$set_once": { "first": "ad" } } },
        { "event": "$set", "distinct_id": "u", "timestamp": "2026-11-22T12:10:00Z", "$set": { "plan": "pro", "mail": "a@example.com" } },
        { "event": "$set_once", "distinct_id": "u", "timestamp": "2026-11-22T11:00:00Z", "$set_once": { "first": "search", "plan": "none" } },
        { "event": "b", "distinct_id": "u", "timestamp": "2026-11-22T12:05:00Z", "properties": { "$set": { "plan": "late" }, "$groups": { "company": "acme" } } },
        { "event": "$groupidentify", "distinct_id": "$company_acme", "properties": { "$group_type": "company", "$group_key": "acme", "$group_set": { "name": "Acme", "seats": 5 } } },
    ]);
    assert_eq!(batch(&app, events).await, 200);
    let said = app.rows("select jsonb_build_array(name, value, once) from person_property order by name").await;
    assert_eq!(
        said,
        [json!(["first", "search", true]), json!(["mail", "[email]", false]), json!(["plan", "pro", false])]
    );
    let groups = app
        .rows(
            "select jsonb_build_array(g.kind, g.key, p.name, p.value) from customer_group g \
             join group_property p on p.project = g.project and p.\"group\" = g.number order by p.name",
        )
        .await;
    assert_eq!(groups, [json!(["company", "acme", "name", "Acme"]), json!(["company", "acme", "seats", 5])]);
    assert_eq!(app.people().await, [vec!["user u"]], "a stand-in for a group is nobody");
    assert_eq!(app.one::<i64>("select count(*) from group_member").await, 1);
    let by_group = app.answer(
        "trend",
        json!({ "series": [{ "event": "b", "measure": "total" }], "breakdown": "properties.group.company" }),
    );
    app.settle().await;
    assert_eq!(by_group.await["result"]["series"][0]["value"], "acme");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_page_tells_what_was_said_under_all_their_names() {
    let app = TestApp::start().await;
    let set = |user: &str, at: &str, plan: &str| json!({ "event": "$set", "distinct_id": user, "timestamp": at, "$set": { "plan": plan }, "properties": { "$groups": { "company": "acme" } } });
    let events = json!([
        set("anna", "2026-11-22T12:00:00Z", "free plan"),
        set("anna-before", "2026-11-22T12:30:00Z", "team plan"),
        { "event": "$create_alias", "distinct_id": "anna", "properties": { "alias": "anna-before" } },
    ]);
    assert_eq!(batch(&app, events).await, 200);
    app.settle().await;
    let reference: uuid::Uuid = app.one("select ref from subject where number = person").await;
    let mut support = app.person(&[parallax_domain::Role::Support], None).await;
    let id = parallax_server::store::question::person_id(reference);
    let page = support.page(&app, &format!("/support/people/{id}?project={}&range=24h", app.project)).await;
    let text = String::from_utf8_lossy(&page.body).into_owned();
    assert_eq!(page.status, 200);
    assert!(text.contains("team plan") && !text.contains("free plan"), "the newest word counts");
    assert!(text.contains("acme"));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_wrappings_of_the_browser_library_are_read() {
    let app = TestApp::start().await;
    let event = |name: &str| json!({ "api_key": app.ingest_key, "event": name, "distinct_id": "u" }).to_string();
    let base64 = |name: &str| base64::engine::general_purpose::STANDARD.encode(event(name));
    let form =
        |name: &str| url::form_urlencoded::Serializer::new(String::new()).append_pair("data", &base64(name)).finish();
    let packed = |name: &str| {
        use std::io::Write;
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(event(name).as_bytes()).expect("gzip");
        packer.finish().expect("gzip")
    };
    let calls = [
        Call::post("/e/?compression=base64", form("form")).header("content-type", "application/x-www-form-urlencoded"),
        Call::post("/e/?compression=gzip-js", packed("packed")).header("content-type", "text/plain"),
        Call::post("/e/", packed("told")).header("content-encoding", "gzip"),
        Call::get(&format!("/e/?{}", form("query"))),
        Call::post("/e/", format!("[{},{}]", event("first"), event("second"))),
    ];
    for call in calls {
        assert_eq!(call.send(&app).await.status, 200);
    }
    assert_eq!(app.stored_names().await, ["form", "packed", "told", "query", "first", "second"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn times_are_told_in_three_ways_and_a_wrong_clock_is_set_right() {
    let app = TestApp::start().await;
    // It is 13:00; the sender believes it is 11:30.
    let body = json!({ "api_key": app.ingest_key, "sent_at": "2026-11-22T11:30:00Z", "batch": [
        { "event": "told", "distinct_id": "u", "timestamp": "2026-11-22T11:20:00Z" },
        { "event": "ago", "distinct_id": "u", "offset": 120_000 },
        { "event": "untold", "distinct_id": "u" } ] });
    assert_eq!(Call::post("/batch/", body.to_string()).send(&app).await.status, 200);
    let old =
        json!({ "api_key": app.ingest_key, "event": "query", "distinct_id": "u", "timestamp": "2026-11-22T11:00:00Z" });
    let sent: chrono::DateTime<chrono::Utc> = "2026-11-22T11:30:00Z".parse().expect("a time");
    let path = format!("/e/?_={}", sent.timestamp_millis());
    assert_eq!(Call::post(&path, old.to_string()).send(&app).await.status, 200);
    let times = app
        .rows("select jsonb_build_array(name, to_char(at at time zone 'UTC', 'HH24:MI')) from event order by name")
        .await;
    assert_eq!(
        times,
        [json!(["ago", "12:58"]), json!(["query", "12:30"]), json!(["told", "12:50"]), json!(["untold", "13:00"])]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn side_requests_are_answered_politely() {
    let app = TestApp::start().await;
    for path in ["/flags/?v=2", "/flags/?v=4", "/decide/?v=3", "/decide"] {
        let answer = Call::post(path, "data=e30%3D").header("origin", "https://shop.example").send(&app).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["access-control-allow-origin"], "https://shop.example");
        let told = answer.json();
        assert_eq!((&told["featureFlags"], &told["errorsWhileComputingFlags"]), (&json!({}), &json!(false)));
        assert!(told["requestId"].as_str().is_some_and(|id| id.len() == 36));
    }
    let config = Call::get(&format!("/array/{}/config", app.ingest_key)).send(&app).await;
    assert_eq!((config.status.as_u16(), &config.json()["sessionRecording"]), (200, &json!(false)));
    let script = Call::get(&format!("/array/{}/config.js", app.ingest_key)).send(&app).await;
    assert_eq!(script.headers["content-type"], "text/javascript; charset=utf-8");
    assert!(String::from_utf8_lossy(&script.body).contains(&app.ingest_key));
    let hostile = Call::get("/array/%22]=alert(1);%2F%2F/config.js").send(&app).await;
    assert_eq!((hostile.status.as_u16(), hostile.body.len()), (200, 0), "what is no key is not written into a script");
    assert_eq!(Call::post("/s/?compression=gzip-js", vec![0; 100_000]).send(&app).await.json()["status"], "Ok");
    assert_eq!(app.one::<i64>("select count(*) from event").await, 0);
}
