//! The catalogue: over HTTP, on the screen, and at the door.

use crate::support::{TestApp, noon};
use chrono::Duration;
use parallax_domain::Role;
use parallax_server::identity::keys::KeyKind;
use serde_json::{Value, json};

async fn import(app: &TestApp, fields: Value) -> Value {
    let key = app.key(KeyKind::Write, Role::Admin, &[]).await;
    let body = json!({ "fields": fields }).to_string();
    let answer = app.post("/api/v1/catalogue", &key, "application/json", body).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    app.machine.policies.follow().await.expect("follow");
    answer.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_imported_is_exported_and_held_to_at_the_door() {
    let app = TestApp::start_with("strict").await;
    let fields = json!([
        { "signal": "event", "name": "plan", "type": "word", "category": "usage", "sensitivity": "interaction",
          "purpose": "which plans are used", "owner": "billing", "expires": "2027-01-01", "retention_days": 90,
          "action": "generalise(team = paid, pro = paid, * = free)", "roles": ["product", "admin"] },
        { "signal": "event", "name": "basket", "action": "bucket(0, 50, 100)" },
        { "signal": "event", "name": "note", "action": "drop" },
        { "signal": "event", "name": "old", "state": "blocked" },
        { "signal": "event", "item": "name", "name": "spied", "state": "blocked", "category": "marketing" }
    ]);
    assert_eq!(import(&app, fields.clone()).await, json!({ "added": 5, "changed": 0 }));
    assert_eq!(import(&app, fields).await, json!({ "added": 0, "changed": 5 }));
    let document = app.get("/api/v1/catalogue", &app.read_key).await.json();
    let plan =
        document["fields"].as_array().expect("fields").iter().find(|field| field["name"] == "plan").expect("plan");
    assert_eq!(plan["action"], "generalise(team = paid, pro = paid, * = free)");
    assert_eq!((&plan["owner"], &plan["expires"]), (&json!("billing"), &json!("2027-01-01")));

    let properties = json!({ "plan": "pro", "basket": 72.5, "note": "secret", "old": 1, "mood": "good" });
    let receipt = app
        .events(json!([{ "name": "x", "user": "u", "properties": properties }, { "name": "spied", "user": "u" }]))
        .await;
    assert_eq!((&receipt["accepted"], &receipt["dropped"]), (&json!(1), &json!({ "marketing": 1 })));
    assert_eq!(app.rows("select properties from event").await, [json!({ "plan": "paid", "basket": "50 to 100" })]);
    app.assert_balanced().await;

    // What was not stored is counted with its reason, and the shape of what nobody declared is kept, not its value.
    app.machine.policies.follow().await.expect("follow");
    let counted = app
        .rows("select jsonb_build_object('what', what, 'name', name, 'count', count) from gate_count where name <> '' order by what, name")
        .await;
    assert_eq!(
        counted,
        [
            json!({ "what": "field blocked", "name": "old", "count": 1 }),
            json!({ "what": "field dropped", "name": "note", "count": 1 }),
            json!({ "what": "field treated", "name": "basket", "count": 1 }),
            json!({ "what": "field treated", "name": "plan", "count": 1 }),
            json!({ "what": "field undeclared", "name": "mood", "count": 1 }),
            json!({ "what": "name blocked", "name": "spied", "count": 1 }),
        ]
    );
    let shapes = app.rows("select jsonb_build_array(name, type, length, records) from field_shape").await;
    assert_eq!(shapes, [json!(["mood", "word", "short", 1])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_that_cannot_be_is_refused_as_a_whole_and_keys_are_held_to_their_kind() {
    let app = TestApp::start().await;
    let write = app.key(KeyKind::Write, Role::Admin, &[]).await;
    let post = async |key: &str, body: Value| {
        let answer = app.post("/api/v1/catalogue", key, "application/json", body.to_string()).await;
        (answer.status.as_u16(), answer.json())
    };
    let (status, said) = post(
        &write,
        json!({ "fields": [
        { "signal": "event", "name": "fine" }, { "signal": "event", "name": "x", "retention_days": 0 } ] }),
    )
    .await;
    assert_eq!((status, &said["field"]), (400, &json!("fields.1.retention_days")));
    let (status, said) =
        post(&write, json!({ "fields": [{ "signal": "event", "name": "x", "action": "shred" }] })).await;
    assert!(status == 400 && said["detail"].as_str().is_some_and(|text| text.contains("truncate")), "{said}");
    assert_eq!(app.one::<i64>("select count(*) from field").await, 0);
    let (product, read) = (app.key(KeyKind::Write, Role::Product, &[]).await, app.read_key.clone());
    assert_eq!(post(&product, json!({ "fields": [] })).await.0, 403);
    assert_eq!(post(&read, json!({ "fields": [] })).await.0, 403);
    assert_eq!(app.get("/api/v1/catalogue", &write).await.status, 403);
    assert_eq!(app.get("/api/v1/catalogue", "none").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_and_a_name_end_on_their_day_and_are_counted() {
    let app = TestApp::start().await;
    import(
        &app,
        json!([
            { "signal": "event", "name": "trial", "expires": "2026-11-23" },
            { "signal": "event", "item": "name", "name": "beta", "expires": "2026-11-23" }
        ]),
    )
    .await;
    let send = async || {
        app.events(json!([{ "name": "x", "user": "u", "properties": { "trial": 1 } }, { "name": "beta", "user": "u" }]))
            .await
    };
    assert_eq!(send().await["accepted"], 2);
    // The last instant of the day before, and the first of the day itself.
    app.machine.clock.hold(noon() + Duration::hours(11) - Duration::milliseconds(1));
    assert_eq!(send().await["accepted"], 2);
    app.machine.clock.hold(noon() + Duration::hours(11));
    let receipt = send().await;
    assert_eq!((&receipt["accepted"], &receipt["dropped"]), (&json!(1), &json!({ "usage": 1 })));
    let kept = app.rows("select coalesce(properties, 'null'::jsonb) from event where name = 'x' order by seq").await;
    assert_eq!(kept, [json!({ "trial": 1 }), json!({ "trial": 1 }), Value::Null]);
    app.machine.policies.follow().await.expect("follow");
    let counted = app.rows("select jsonb_build_array(what, name, count) from gate_count order by what").await;
    assert_eq!(counted, [json!(["field expired", "trial", 1]), json!(["name expired", "beta", 1])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_fields_are_known_with_what_they_are_for_and_others_are_proposed() {
    let app = TestApp::start_with("strict").await;
    let body = json!({ "resourceSpans": [{ "resource": { "attributes": [
            { "key": "service.name", "value": { "stringValue": "cart" } },
            { "key": "process.command_line", "value": { "stringValue": "run --password hunter2" } } ] },
        "scopeSpans": [{ "spans": [{ "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331",
            "name": "GET /cart", "startTimeUnixNano": "0", "endTimeUnixNano": "0", "attributes": [
                { "key": "http.route", "value": { "stringValue": "/cart" } },
                { "key": "tenant.colour", "value": { "stringValue": "green" } } ] }] }] }] });
    let answer = app.otlp("/v1/traces", "application/json", body.to_string()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(app.rows("select attributes from span").await, [json!({ "http.route": "/cart" })]);
    assert_eq!(app.rows("select attributes from resource").await, [json!({ "service.name": "cart" })]);
    app.machine.policies.follow().await.expect("follow");
    let known = app
        .rows("select jsonb_build_array(name, state, source, purpose is not null, expires_at is not null) from field order by name")
        .await;
    assert_eq!(
        known,
        [
            json!(["http.route", "declared", "starter", true, true]),
            json!(["process.command_line", "declared", "starter", true, true]),
            json!(["service.name", "declared", "starter", true, true]),
            json!(["tenant.colour", "proposed", "seen", false, false]),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_decided_at_once_as_proposed_and_it_is_taken_back() {
    let app = TestApp::start().await;
    let person = app.person(&[Role::Admin], None).await;
    let note = "Please ring twice, the bell is broken";
    app.events(json!([{ "name": "bought", "user": "u", "properties": { "weight_g": 7, "delivery_note": note, "order_id": "o-1" } }])).await;
    app.machine.policies.follow().await.expect("follow");
    let states =
        async || app.rows("select jsonb_build_array(item, name, state, action) from field order by item, name").await;
    let form = format!(
        "project={}&state=as+proposed&category=&fields[]=event+field+weight_g&fields[]=event+field+delivery_note\
         &fields[]=event+field+order_id&fields[]=event+name+bought",
        app.project
    );
    let done = person.change(&app, "/fn/catalogue/decide", &form).await;
    assert_eq!(done.status, 200, "{}", String::from_utf8_lossy(&done.body));
    assert_eq!(
        states().await,
        [
            json!(["field", "delivery_note", "blocked", "drop"]),
            json!(["field", "order_id", "declared", "hash"]),
            json!(["field", "weight_g", "declared", "keep"]),
            json!(["name", "bought", "declared", "keep"]),
        ]
    );
    // The way back is in the answer, as the toast would send it.
    let undo = done.json()["undo"].clone();
    let pairs: Vec<String> = undo["fields"]
        .as_array()
        .expect("fields")
        .iter()
        .map(|pair| {
            format!("{}={}", pair[0].as_str().expect("name"), pair[1].as_str().expect("value").replace(' ', "+"))
        })
        .collect();
    let back = person.change(&app, undo["action"].as_str().expect("action"), &pairs.join("&")).await;
    assert_eq!(back.status, 200, "{}", String::from_utf8_lossy(&back.body));
    assert!(states().await.iter().all(|row| row[2] == "proposed"));
    let audited = app.rows("select to_jsonb(action) from audit order by seq").await;
    assert!(
        audited.contains(&json!("fields decided as proposed")) && audited.contains(&json!("fields taken back")),
        "{audited:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_an_entry_tries_a_rule_and_stores_nothing_of_it() {
    let app = TestApp::start().await;
    let events: Vec<Value> =
        (0..30).map(|number| json!({ "name": "x", "user": "u", "properties": { "age": number } })).collect();
    app.events(json!(events)).await;
    app.machine.policies.follow().await.expect("follow");
    let mut person = app.person(&[Role::Admin], None).await;
    let page = |rule: &str| format!("/admin/catalogue/entry?project={}&entry=event+field+age&try={rule}", app.project);
    let text = String::from_utf8(person.page(&app, &page("bucket(0,+18)")).await.body).expect("HTML");
    assert!(text.contains("30 different values become 2"), "{text}");
    let before = app.rows("select to_jsonb(f) from field f where name = 'age'").await;
    let wrong = String::from_utf8(person.page(&app, &page("shred")).await.body).expect("HTML");
    assert!(wrong.contains("An action is keep, drop, hash"), "{wrong}");
    assert_eq!(app.rows("select to_jsonb(f) from field f where name = 'age'").await, before);
    for path in ["/admin/catalogue", "/admin/consent", "/admin/consent/notice", "/admin/privacy"] {
        let answer = person.page(&app, &format!("{path}?project={}", app.project)).await;
        assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
    }
}
