//! Umami's tracker and clients.

use super::{AGENT, Call, as_uuid};
use crate::support::TestApp;
use parallax_domain::Role;
use parallax_server::identity::keys::KeyKind;
use serde_json::{Value, json};

fn page(website: &str, more: Value) -> Value {
    let mut payload = json!({ "website": website, "hostname": "shop.example", "url": "/pricing?utm_source=news" });
    payload.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    json!({ "type": "event", "payload": payload })
}

async fn send(app: &TestApp, from: &str, token: &str, record: &Value) -> Value {
    let call = Call::post("/api/send", record.to_string()).from(from).header("user-agent", AGENT);
    let answer = call.header("x-umami-cache", token).send(app).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()
}

async fn visitors(app: &TestApp) -> i64 {
    app.one("select count(distinct subject) from event").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_website_is_a_key_or_the_host_of_one() {
    let app = TestApp::start().await;
    let key = app.key(KeyKind::Browser, Role::Admin, &["https://www.shop.example", "http://localhost:8080"]).await;
    for website in [
        key.as_str(),
        &as_uuid(&key),
        "shop.example",
        "www.shop.example",
        "SHOP.example",
        "localhost",
        "localhost:8080",
    ] {
        let told = send(&app, "203.0.113.1", "", &page(website, json!({}))).await;
        for member in ["cache", "sessionId", "visitId"] {
            assert!(told[member].as_str().is_some_and(|text| !text.is_empty()), "{website}: {told}");
        }
    }
    let stored = app.rows("select jsonb_build_array(name, url_host, url_path, campaign_source, browser, os, device) from event limit 1").await;
    assert_eq!(stored, [json!(["page_view", "shop.example", "/pricing", "news", "Chrome", "Linux", "desktop"])]);
    for website in ["other.example", "hop.example", "localhost:9090"] {
        let call = Call::post("/api/send", page(website, json!({})).to_string()).header("user-agent", AGENT);
        assert_eq!(call.send(&app).await.status, 400, "{website}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_without_a_name_is_one_for_the_day_and_the_site() {
    let app = TestApp::start().await;
    let key = app.ingest_key.clone();
    let agent = json!({ "userAgent": AGENT });
    let record = page(&key, agent);
    for address in ["203.0.113.1", "203.0.113.1", "203.0.113.2"] {
        send(&app, address, "", &record).await;
    }
    assert_eq!(visitors(&app).await, 2);
    // The next day nobody is recognised.
    app.machine.clock.hold(crate::support::noon() + chrono::Duration::days(1));
    send(&app, "203.0.113.1", "", &record).await;
    assert_eq!(visitors(&app).await, 3);
    assert_eq!(
        app.one::<i64>("select count(*) from subject where sealed is not null").await,
        0,
        "there is no name to keep"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_keeps_a_visitor_whose_address_changes_and_no_other_text_does() {
    let app = TestApp::start().await;
    let record = page(&app.ingest_key, json!({}));
    let first = send(&app, "203.0.113.1", "", &record).await;
    let token = first["cache"].as_str().expect("a token").to_owned();
    let second = send(&app, "203.0.113.2", &token, &record).await;
    assert_eq!(second["sessionId"], first["sessionId"]);
    assert_eq!(visitors(&app).await, 1);
    let forged = format!("{}{}", &token[..32], "0".repeat(32));
    for text in [forged.as_str(), "x", "", &token[..40]] {
        send(&app, "203.0.113.3", text, &record).await;
    }
    assert_eq!(visitors(&app).await, 2);
    let tomorrow = crate::support::noon() + chrono::Duration::days(1);
    app.machine.clock.hold(tomorrow);
    let third = send(&app, "203.0.113.1", &token, &record).await;
    assert_ne!(third["sessionId"], first["sessionId"], "a token lives as long as its day");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_who_he_is_was_the_visitor_until_then() {
    let app = TestApp::start().await;
    let key = &app.ingest_key;
    send(&app, "203.0.113.1", "", &page(key, json!({}))).await;
    let identify =
        json!({ "type": "identify", "payload": { "website": key, "id": "anna", "data": { "plan": "pro" } } });
    send(&app, "203.0.113.1", "", &identify).await;
    send(
        &app,
        "203.0.113.9",
        "",
        &page(key, json!({ "id": "anna", "name": "bought", "data": { "revenue": 5, "currency": "usd" } })),
    )
    .await;
    assert_eq!(app.people().await, [vec!["user anna", "visitor of the day"]]);
    assert_eq!(app.stored_names().await, ["page_view", "identify", "bought"]);
    assert_eq!(app.rows("select jsonb_build_array(name, value) from person_property").await, [json!(["plan", "pro"])]);
    assert_eq!(
        app.rows("select jsonb_build_array(revenue, currency) from event where name = 'bought'").await,
        [json!([5_000_000, "USD"])]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn measurements_are_points_and_no_page_views() {
    let app = TestApp::start().await;
    let record = json!({ "type": "performance", "payload": { "website": app.ingest_key, "url": "https://shop.example/cart", "lcp": 900, "cls": 0.1, "inp": 40, "fcp": 500, "ttfb": 100 } });
    send(&app, "203.0.113.1", "", &record).await;
    let points = app.rows("select jsonb_build_array(s.name, s.labels->>'url.path', m.value) from metric m join series s on s.id = m.series order by 1").await;
    let expected = json!([
        ["web.cls", "/cart", 0.1],
        ["web.fcp", "/cart", 500],
        ["web.inp", "/cart", 40],
        ["web.lcp", "/cart", 900],
        ["web.ttfb", "/cart", 100]
    ]);
    assert_eq!(json!(points), expected);
    assert_eq!(app.one::<i64>("select count(*) from event").await, 0);
    app.assert_balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_says_of_each_record_what_became_of_it() {
    let app = TestApp::start().await;
    let other = parallax_server::identity::projects::create(&app.machine.database, "Other", "UTC", "learn")
        .await
        .expect("project");
    let second = app.key_of(other, KeyKind::Ingest, Role::Admin, &[]).await;
    let key = &app.ingest_key;
    let body = json!([
        page(key, json!({ "name": "first", "id": "u" })),
        page("nowhere.example", json!({})),
        { "type": "dance", "payload": { "website": key } },
        page(&second, json!({ "name": "second", "id": "u" })),
        page(key, json!({ "name": "old", "id": "u", "timestamp": 1 })),
        page(key, json!({ "name": "then", "id": "u", "timestamp": 1795348929 })),
    ]);
    let answer = Call::post("/api/batch", body.to_string()).header("user-agent", AGENT).send(&app).await;
    let told = answer.json();
    assert_eq!((&told["size"], &told["processed"], &told["errors"]), (&json!(6), &json!(3), &json!(3)), "{told}");
    let details: Vec<(u64, u64)> = told["details"]
        .as_array()
        .expect("details")
        .iter()
        .map(|one| {
            (one["index"].as_u64().expect("index"), one["response"]["error"]["status"].as_u64().expect("status"))
        })
        .collect();
    assert_eq!(details, [(1, 400), (2, 400), (4, 400)]);
    let stored = app.rows("select jsonb_build_array(name, project) from event order by at, name").await;
    assert_eq!(stored, [json!(["then", app.project]), json!(["first", app.project]), json!(["second", other])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_robot_is_greeted_and_not_counted() {
    let app = TestApp::start().await;
    let record = page(&app.ingest_key, json!({}));
    let call = Call::post("/api/send", record.to_string())
        .header("user-agent", "Googlebot/2.1 (+http://www.google.com/bot.html)");
    assert_eq!(call.send(&app).await.json(), json!({ "beep": "boop" }));
    // Its own server library is none.
    let call = Call::post("/api/send", record.to_string()).header("user-agent", "Mozilla/5.0 Umami/0.4.0");
    assert!(call.send(&app).await.json()["cache"].is_string());
    assert_eq!(app.one::<i64>("select count(*) from event").await, 1);
}
