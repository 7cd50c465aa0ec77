//! The door of our own script: what a page sends, in its own words.

use crate::support::{Answer, TestApp, noon, payload};
use axum::body::Body;
use axum::http::{Request, header};
use chrono::Duration;
use parallax_domain::Role;
use parallax_server::identity::keys::KeyKind;
use parallax_server::privacy::consent_text::ConsentText;
use serde_json::{Value, json};

const SHOP: &str = "https://shop.example";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

async fn browser_key(app: &TestApp) -> String {
    app.key(KeyKind::Browser, Role::Admin, &[SHOP]).await
}

async fn post(app: &TestApp, path: &str, body: &Value, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::post(path).header(header::CONTENT_TYPE, "text/plain;charset=UTF-8");
    request = request.header(header::ORIGIN, SHOP).header(header::USER_AGENT, FIREFOX);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::from(body.to_string())).expect("request")).await
}

async fn send(app: &TestApp, key: &str, events: Value) -> Answer {
    let body = json!({ "key": key, "context": { "timezone": "Europe/Berlin" }, "anonymous": "a-1", "events": events });
    let answer = post(app, "/i/v1/events", &body, &[]).await;
    assert_eq!(answer.status, 204, "{}", String::from_utf8_lossy(&answer.body));
    assert!(answer.body.is_empty());
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_view_is_stored_as_at_the_public_door() {
    let app = TestApp::start().await;
    let key = browser_key(&app).await;
    let body = json!({
        "key": key, "id": "b-1", "sent_at": noon(),
        "context": { "screen": "1440x900", "locale": "de-DE", "timezone": "Europe/Berlin", "theme": "dark", "network": "4g" },
        "consent": { "usage": true, "marketing": true },
        "events": [{ "id": "e-1", "name": "page_view", "at": noon(), "category": "usage", "user": "ada", "anonymous": "a-1", "session": "s-1",
            "properties": { "viewport": "1200x800" },
            "context": { "url": "https://shop.example/cart?utm_source=news&gclid=", "title": "Cart",
                "referrer": "https://search.example/", "trace_id": "5b8efff798038103d269b633813fc60c" } }] });
    let answer = post(&app, "/i/v1/events", &body, &[]).await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
    assert_eq!(answer.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], SHOP);
    let rows = app.rows("select to_jsonb(event) from event").await;
    let event = &rows[0];
    let told = ["name", "url_host", "url_path", "title", "referrer", "campaign_source", "browser", "device", "theme"];
    let expected =
        ["page_view", "shop.example", "/cart", "Cart", "search.example", "news", "Firefox", "desktop", "dark"];
    assert_eq!(told.map(|column| event[column].clone()), expected.map(|word| json!(word)));
    assert_eq!(event["country"], "DE", "by the time zone: there is no address database");
    assert_eq!(event["trace_id"], "5b8efff7-9803-8103-d269-b633813fc60c");
    assert_eq!(event["properties"], json!({ "viewport": "1200x800", "ad_network": "google" }));
    assert!(event["subject"].is_number() && event["anonymous"].is_number() && event["session"].is_number());
    app.assert_balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_a_decision_a_page_view_is_a_number_and_nobodys() {
    let app = TestApp::start().await;
    let key = browser_key(&app).await;
    let seen = |refused: bool| {
        json!({ "id": "e", "name": "page_view", "category": "essential", "at": noon(), "user": "ada", "anonymous": "a-1",
                "properties": { "refused": refused }, "context": { "url": "https://shop.example/cart?utm_source=news" } })
    };
    send(&app, &key, json!([seen(false), seen(false), seen(true)])).await;
    assert_eq!(app.one::<i64>("select count(*) from event").await, 0);
    assert_eq!(app.one::<i64>("select count(*) from subject").await, 0, "nobody is known by it");
    let series = app
        .rows(
            "select jsonb_build_array(name, labels, count(*)) from metric join series on series.id = metric.series \
                           group by name, labels order by count(*)",
        )
        .await;
    let labels = |decision: &str| json!({ "decision": decision, "device": "desktop", "url.host": "shop.example", "url.path": "/cart" });
    assert_eq!(series, [json!(["web.page_views", labels("refused"), 1]), json!(["web.page_views", labels("none"), 2])]);
    app.assert_balanced().await;
    let answer = app
        .answer(
            "metrics",
            json!({ "name": "web.page_views", "aggregate": "sum", "by": ["url.path"], "interval": "day" }),
        )
        .await;
    assert_eq!(answer["result"]["series"][0]["values"], json!([3.0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_becomes_an_issue_with_its_person_page_and_trace() {
    let app = TestApp::start().await;
    let key = browser_key(&app).await;
    let thrown = |id: &str, stack: &str| {
        json!({ "id": id, "name": "exception", "category": "errors", "at": noon(), "session": "s-1",
                "properties": { "type": "TypeError", "message": "cart of jane@shop.example is gone", "stack": stack, "escaped": true },
                "context": { "url": "https://shop.example/cart?token=secret", "version": "2.4.1", "service": "shop-web",
                             "trace_id": "5b8efff798038103d269b633813fc60c" } })
    };
    send(&app, &key, json!([thrown("x-1", "TypeError: gone\n    at pay (https://shop.example/js/pay.js:10:5)")])).await;
    send(&app, &key, json!([thrown("x-2", "pay@https://shop.example/js/pay.js:10:5")])).await;
    app.assert_balanced().await;
    let rows = app.rows("select to_jsonb(log) from log").await;
    let log = &rows[0];
    assert_eq!((&log["service"], &log["version"], &log["severity"]), (&json!("shop-web"), &json!("2.4.1"), &json!(5)));
    assert_eq!((&log["attributes"]["url.path"], &log["attributes"]["browser"]), (&json!("/cart"), &json!("Firefox")));
    assert!(log["subject"].is_number());
    for clear in ["jane@shop.example", "secret"] {
        assert!(!log.to_string().contains(clear), "{clear}: {log}");
    }
    let issues = app.answer("issues", json!({})).await;
    let issues = issues["result"]["rows"].as_array().expect("rows");
    assert_eq!(issues.len(), 1, "Chromium and Firefox tell of the same mistake: {issues:?}");
    assert_eq!(
        (&issues[0]["count"], &issues[0]["people"], &issues[0]["service"]),
        (&json!(2), &json!(1), &json!("shop-web"))
    );
    assert!(issues[0]["title"].as_str().expect("title").starts_with("TypeError: cart of"));
    assert_eq!(app.one::<i64>("select count(*) from occurrence where trace_id is not null and not handled").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn vitals_are_metrics_by_page_and_no_page_views() {
    let app = TestApp::start().await;
    let key = browser_key(&app).await;
    let vitals = |told: Value| {
        json!({ "name": "web_vitals", "category": "performance", "at": noon(), "properties": told,
                "context": { "url": "https://shop.example/orders/4711234", "network": "3g" } })
    };
    let told = json!({ "lcp": 2500.5, "inp": 180, "cls": 0.05, "fcp": null, "ttfb": 90.1 });
    send(
        &app,
        &key,
        json!([vitals(told), vitals(json!({ "lcp": -1 })), vitals(json!({ "lcp": "fast" })), vitals(json!({}))]),
    )
    .await;
    app.assert_balanced().await;
    assert_eq!(app.one::<i64>("select count(*) from event").await, 0);
    let points = app.rows("select jsonb_build_array(name, unit, value, labels) from metric join series on series.id = metric.series order by name").await;
    let labels = json!({ "device": "desktop", "network": "3g", "url.host": "shop.example", "url.path": "/orders/:id" });
    let point = |name: &str, unit: &str, value: Value| json!([name, unit, value, labels]);
    let expected = [
        point("web.cls", "1", json!(0.05)),
        point("web.inp", "ms", json!(180)),
        point("web.lcp", "ms", json!(2500.5)),
        point("web.ttfb", "ms", json!(90.1)),
    ];
    assert_eq!(points, expected);
    let rejected: i64 = app.one("select sum(rejected)::bigint from accounting").await;
    assert_eq!(rejected, 3, "what cannot be a time on this earth is refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_sent_again_is_stored_once() {
    let app = TestApp::start().await;
    let key = browser_key(&app).await;
    let error = json!({ "id": "x-1", "name": "exception", "category": "errors", "at": noon(), "properties": { "message": "no" } });
    let vitals = json!({ "id": "v-1", "name": "web_vitals", "at": noon(), "properties": { "lcp": 900 } });
    let feedback = json!({ "id": "f-1", "name": "feedback", "category": "essential", "at": noon(), "properties": { "text": "good" } });
    let events = json!([error, vitals, feedback, { "id": "e-1", "name": "Added", "at": noon() }]);
    for minutes in [0, 3, 60] {
        let body = json!({ "key": key, "id": "b-1", "sent_at": noon() + Duration::minutes(minutes), "anonymous": "a", "events": events });
        app.machine.clock.hold(noon() + Duration::minutes(minutes));
        assert_eq!(post(&app, "/i/v1/events", &body, &[]).await.status, 204);
    }
    // The same event in another batch, as after a page that could not hear whether the first one arrived.
    let body = json!({ "key": key, "id": "b-2", "anonymous": "a", "events": [{ "id": "e-1", "name": "Added", "at": noon() }] });
    assert_eq!(post(&app, "/i/v1/events", &body, &[]).await.status, 204);
    for table in [
        "select count(*) from event",
        "select count(*) from log",
        "select count(*) from metric",
        "select count(*) from feedback",
    ] {
        assert_eq!(app.one::<i64>(table).await, 1, "{table}");
    }
    app.assert_balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_say_is_kept_and_linked_only_where_they_agreed() {
    let app = TestApp::start().await;
    let key = browser_key(&app).await;
    let said = |id: &str, category: &str, support: bool| {
        json!({ "id": id, "name": "feedback", "category": category, "at": noon(), "user": "ada", "consent": { "support": support },
                "properties": { "text": "my mail is jane@shop.example", "rating": 4 }, "context": { "url": "https://shop.example/cart?x=1" } })
    };
    let answer = |id: &str, usage: bool| {
        json!({ "id": id, "name": "survey_answer", "category": "research", "at": noon(), "consent": { "usage": usage },
                "properties": { "survey": "nps", "question": "Would you recommend us?", "answer": "9", "rating": 9 } })
    };
    let events = json!([said("f-1", "support", true), said("f-2", "support", false), answer("s-1", true), answer("s-2", false),
        { "id": "f-3", "name": "feedback", "properties": {} }]);
    send(&app, &key, events).await;
    let feedback = app
        .rows("select jsonb_build_array(id, person is null, body, rating, url, status) from feedback order by id")
        .await;
    let row = |id: &str, nobody: bool| json!([id, nobody, "my mail is [email]", 4, "https://shop.example/cart", "new"]);
    assert_eq!(feedback, [row("f-1", false), row("f-2", true)]);
    let surveys = app
        .rows("select jsonb_build_array(id, source, question, answer, rating, shares_usage) from survey order by id")
        .await;
    let row = |id: &str, shares: bool| json!([id, "nps", "Would you recommend us?", "9", 9, shares]);
    assert_eq!(surveys, [row("s-1", true), row("s-2", false)]);
    assert_eq!(app.one::<i64>("select count(*) from event").await, 0);
    app.assert_balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_reaches_every_kind_of_record() {
    let app = TestApp::start().await;
    let key = browser_key(&app).await;
    app.machine.policies.follow().await.expect("follow");
    let decision = json!({ "key": key, "anonymous": "a-1", "decisions": { "usage": false, "errors": false, "performance": false, "research": false },
        "policy": "7", "source": "dialog" });
    let answer = post(&app, "/i/v1/consent", &decision, &[]).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    assert!(!answer.json()["receipt"].as_str().expect("a receipt").is_empty());
    app.machine.policies.follow().await.expect("follow");
    let events = json!([{ "name": "Added", "at": noon() }, { "name": "exception", "at": noon(), "properties": { "message": "no" } },
        { "name": "web_vitals", "at": noon(), "properties": { "lcp": 1 } },
        { "id": "s", "name": "survey_answer", "properties": { "question": "?", "answer": "!" } }]);
    send(&app, &key, events).await;
    app.assert_balanced().await;
    for table in [
        "select count(*) from event",
        "select count(*) from log",
        "select count(*) from metric",
        "select count(*) from survey",
    ] {
        assert_eq!(app.one::<i64>(table).await, 0, "{table}");
    }
    assert_eq!(app.one::<i64>("select sum(dropped)::bigint from accounting").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browsers_own_signal_takes_marketing_away() {
    let app = TestApp::start().await;
    let key = browser_key(&app).await;
    let body = json!({ "key": key, "events": [{ "name": "page_view", "anonymous": "a", "at": noon(),
        "context": { "url": "https://shop.example/?utm_source=news", "referrer": "https://search.example/" } }] });
    for header in ["sec-gpc", "dnt"] {
        assert_eq!(post(&app, "/i/v1/events", &body, &[(header, "1")]).await.status, 204);
    }
    let rows = app.rows("select jsonb_build_array(campaign_source, referrer) from event").await;
    assert_eq!(rows, [json!([null, null]), json!([null, null])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_opens_for_keys_of_pages_and_from_their_origins_only() {
    let app = TestApp::start().await;
    let key = browser_key(&app).await;
    let status = async |key: &str, origin: &str| {
        let body = json!({ "key": key, "events": [] });
        post(&app, "/i/v1/events", &body, &[]).await.status.as_u16();
        let request = Request::post("/i/v1/events").header(header::ORIGIN, origin);
        app.send(request.body(Body::from(body.to_string())).expect("request")).await.status.as_u16()
    };
    assert_eq!(status(&key, SHOP).await, 204);
    assert_eq!(status(&key, "https://shop.example.evil.example").await, 403);
    assert_eq!(status(&app.ingest_key, SHOP).await, 403, "a secret key has no place in a page");
    assert_eq!(status("plx_browser_00000000000000000000000000000000", SHOP).await, 401);
    assert_eq!(status("", SHOP).await, 401);
    let preflight =
        Request::options("/i/v1/events").header(header::ORIGIN, SHOP).header("access-control-request-method", "POST");
    assert_eq!(app.send(preflight.body(Body::empty()).expect("request")).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_named_and_costs_nothing_else() {
    let app = TestApp::start().await;
    let key = browser_key(&app).await;
    let problem = async |content_type: &str, body: String| {
        let request = Request::post("/i/v1/events").header(header::CONTENT_TYPE, content_type);
        let answer = app.send(request.body(Body::from(body)).expect("request")).await;
        (answer.status.as_u16(), answer.json()["field"].as_str().map(str::to_owned))
    };
    let of = |value: Value| value.to_string();
    assert_eq!(problem("text/plain", "{".into()).await, (400, None));
    assert_eq!(problem("text/plain", of(json!({ "events": [] }))).await, (400, Some("key".into())));
    assert_eq!(problem("text/plain", of(json!({ "key": key, "events": 1 }))).await, (400, Some("events".into())));
    assert_eq!(
        problem("text/plain", of(json!({ "key": key, "events": [], "sent_at": 7 }))).await,
        (400, Some("sent_at".into()))
    );
    assert_eq!(problem("image/png", of(json!({ "key": key, "events": [] }))).await.0, 415);
    assert_eq!(problem("text/plain", " ".repeat((4 << 20) + 1)).await.0, 413);
    send(&app, &key, json!([7, {}, { "name": "good", "at": noon() }, { "name": "old", "at": noon() - Duration::days(8) }, { "name": "" }])).await;
    assert_eq!(app.rows("select to_jsonb(name) from event").await, [json!("good")]);
    app.assert_balanced().await;
    let rejected: i64 = app.one("select sum(rejected)::bigint from accounting").await;
    assert_eq!(rejected, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_compact_spelling_says_the_same() {
    let app = TestApp::start().await;
    let key = browser_key(&app).await;
    let batch = String::from_utf8(payload("own/tracker_batch.json")).expect("text").replace("pk_test", &key);
    let sent: Value = serde_json::from_str(&batch).expect("JSON");
    app.machine.clock.hold("2026-11-22T13:33:00Z".parse().expect("a time"));
    for _ in 0..2 {
        assert_eq!(post(&app, "/i/v1/events", &sent, &[]).await.status, 204);
    }
    app.assert_balanced().await;
    let stored = json!({
        "events": app.rows("select to_jsonb(event) - '{seq,shard,project,subject,anonymous,session,received_at}'::text[] from event order by seq").await,
        "logs": app.rows("select to_jsonb(log) - '{seq,shard,project,subject,anonymous,session,resource,received_at}'::text[] from log order by seq limit 2").await,
        "metrics": app.rows("select jsonb_build_object('name', name, 'unit', unit, 'value', value, 'labels', labels) from metric \
                             join series on series.id = metric.series group by name, unit, value, labels order by name").await,
    });
    crate::support::golden::assert_golden("own/tracker_batch.json", &stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn visitors_are_asked_in_the_words_of_the_project() {
    let app = TestApp::start().await;
    let key = browser_key(&app).await;
    let ask = async |query: &str, language: &str| {
        let request = Request::get(format!("/i/v1/consent?{query}")).header(header::ORIGIN, SHOP);
        app.send(request.header(header::ACCEPT_LANGUAGE, language).body(Body::empty()).expect("request")).await
    };
    let built_in = ask(&format!("key={key}"), "de-AT,de;q=0.9").await;
    assert_eq!(
        (built_in.status.as_u16(), &built_in.headers[header::CACHE_CONTROL]),
        (200, &"private, max-age=300".parse().expect("ASCII"))
    );
    let built_in = built_in.json();
    assert_eq!((&built_in["language"], &built_in["texts"]["refuse"]), (&json!("de"), &json!("Nur das Nötige")));
    let text = ConsentText { language: "de".into(), texts: json!({ "title": "Hallo" }), policy: "2026-11".into() };
    app.machine.store.write_consent_text(app.project, &text, "Ada").await.expect("written");
    app.machine.store.write_consent_text(app.project, &text, "Ada").await.expect("written again");
    let own = ask(&format!("key={key}&lang=de"), "en").await.json();
    assert_eq!(
        (&own["policy"], &own["texts"]["title"], &own["texts"]["refuse"]),
        (&json!("2026-11"), &json!("Hallo"), &json!("Nur das Nötige"))
    );
    assert_eq!(ask("lang=de", "en").await.status, 401);
    assert_eq!(ask(&format!("key={}", app.ingest_key), "en").await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_decides_only_for_its_own_visitor() {
    let app = TestApp::start().await;
    let key = browser_key(&app).await;
    let problem = async |body: Value| {
        let answer = post(&app, "/i/v1/consent", &body, &[]).await;
        (answer.status.as_u16(), answer.json()["field"].as_str().map(str::to_owned))
    };
    let decisions = json!({ "usage": true });
    assert_eq!(problem(json!({ "key": key, "user": "ada", "decisions": decisions })).await, (400, Some("user".into())));
    assert_eq!(problem(json!({ "key": key, "decisions": decisions })).await, (400, Some("subject".into())));
    assert_eq!(problem(json!({ "anonymous": "a", "decisions": decisions })).await, (400, Some("key".into())));
    assert_eq!(
        problem(json!({ "key": "a\nb", "anonymous": "a", "decisions": decisions })).await,
        (400, Some("key".into()))
    );
    assert_eq!(problem(json!({ "key": "plx_browser_0", "anonymous": "a", "decisions": decisions })).await.0, 401);
    assert_eq!(app.one::<i64>("select count(*) from consent").await, 0);
    assert_eq!(
        post(&app, "/i/v1/consent", &json!({ "key": key, "anonymous": "a", "decisions": decisions }), &[]).await.status,
        200
    );
    assert_eq!(app.one::<i64>("select count(*) from consent").await, 1);
}
