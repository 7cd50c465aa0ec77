//! Plausible's tracker and what sends as it does.

use super::{AGENT, Call};
use crate::support::{Answer, TestApp};
use parallax_domain::Role;
use parallax_server::identity::keys::KeyKind;
use serde_json::{Value, json};

async fn send(app: &TestApp, event: Value) -> Answer {
    let call =
        Call::post("/api/event", event.to_string()).header("content-type", "text/plain").header("user-agent", AGENT);
    call.from("203.0.113.1").send(app).await
}

fn dropped(answer: &Answer) -> bool {
    answer.headers.get("x-plausible-dropped").is_some_and(|value| value == "1")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_domain_is_a_key_or_the_host_of_its_pages_and_may_be_several() {
    let app = TestApp::start().await;
    let key = app.browser_key().await;
    let other = parallax_server::identity::projects::create(&app.machine.database, "Roll-up", "UTC", "learn")
        .await
        .expect("project");
    app.key_of(other, KeyKind::Browser, Role::Admin, &["https://all.example"]).await;
    for (domain, stored) in [(key.as_str(), 1), ("shop.example", 1), ("shop.example,all.example", 2)] {
        let before: i64 = app.one("select count(*) from event").await;
        let answer = send(&app, json!({ "n": "pageview", "d": domain, "u": "https://shop.example/" })).await;
        assert_eq!((answer.status.as_u16(), &answer.body[..], dropped(&answer)), (202, &b"ok"[..], false));
        assert_eq!(app.one::<i64>("select count(*) from event").await - before, stored, "{domain}");
    }
    let answer =
        send(&app, json!({ "n": "pageview", "d": "shop.example,unknown.example", "u": "https://shop.example/" })).await;
    assert!(dropped(&answer), "one of them did not take it");
    // Without a domain it is the page's host.
    let answer = send(&app, json!({ "name": "pageview", "url": "https://shop.example/" })).await;
    assert!(!dropped(&answer));
    assert!(app.stored_names().await.iter().all(|name| name == "page_view"));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_money_and_engagement_are_stored_as_what_they_are() {
    let app = TestApp::start().await;
    let key = app.ingest_key.clone();
    let of = |more: Value| {
        let mut event = json!({ "d": key, "u": "https://shop.example/cart", "r": "https://search.example/?q=tent" });
        event.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        event
    };
    for event in [
        of(json!({ "n": "Purchase", "p": { "plan": "pro" }, "$": { "amount": "149.99", "currency": "USD" } })),
        of(json!({ "n": "engagement", "e": 4200, "sd": 80, "v": 36 })),
        of(json!({ "n": "Outbound Link: Click", "p": "{\"url\":\"https://a.example/x?token=secret\"}", "i": false })),
    ] {
        assert!(!dropped(&send(&app, event).await));
    }
    let stored = app
        .rows("select jsonb_build_array(name, revenue, currency, referrer, properties) from event order by seq")
        .await;
    assert_eq!(
        json!(stored),
        json!([
            ["Purchase", 149_990_000, "USD", "search.example", { "plan": "pro" }],
            ["engagement", null, null, "search.example", { "engaged_ms": 4200, "scroll_percent": 80 }],
            ["Outbound Link: Click", null, null, "search.example", { "url": "https://a.example/x", "interactive": false }],
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_speaks_for_visitors_says_whose_request_it_was() {
    let app = TestApp::start().await;
    let (key, page_key) = (app.ingest_key.clone(), app.browser_key().await);
    for (key, visitors) in [(key, 2_i64), (page_key, 1)] {
        let before: i64 = app.one("select count(distinct subject) from event").await;
        for address in ["198.51.100.1", "198.51.100.2, 10.0.0.1", "198.51.100.2"] {
            let event = json!({ "n": "pageview", "d": key, "u": "https://shop.example/" });
            let call = Call::post("/api/event", event.to_string()).header("user-agent", AGENT).from("203.0.113.1");
            assert_eq!(call.header("x-forwarded-for", address).send(&app).await.status, 202);
        }
        assert_eq!(app.one::<i64>("select count(distinct subject) from event").await - before, visitors);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_an_event_is_named_and_a_robot_dropped() {
    let app = TestApp::start().await;
    let key = app.ingest_key.clone();
    for (event, field) in [
        (json!({ "d": key, "u": "https://shop.example/" }), "event_name"),
        (json!({ "n": "a" }), "domain"),
        (json!({ "n": "a", "d": key, "$": { "amount": "much" } }), "revenue_source"),
        (json!([]), "request"),
    ] {
        let answer = send(&app, event).await;
        assert_eq!(answer.status, 400);
        assert!(answer.json()["errors"][field].is_array(), "{}", answer.json());
    }
    let event = json!({ "n": "pageview", "d": key, "u": "https://shop.example/" }).to_string();
    let robot = Call::post("/api/event", event).header("user-agent", "bingbot/2.0").send(&app).await;
    assert!(robot.status == 202 && dropped(&robot));
    assert_eq!(app.one::<i64>("select count(*) from event").await, 0);
}
