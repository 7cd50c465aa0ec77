//! Changes of a rule: what deletes waits, what deletes much needs two, what is not what was approved does not happen.

use super::{rule, swept};
use crate::api::holds as described;
use crate::support::person::Person;
use crate::support::{TestApp, noon};
use chrono::Duration;
use parallax_domain::Role;
use parallax_server::identity::keys::KeyKind;
use parallax_server::retention::preview::preview;
use serde_json::{Value, json};

/// Ten days of events, so many a day.
async fn days_of_events(app: &TestApp, a_day: usize) {
    for day in 1..=10 {
        let at = noon() - Duration::days(day);
        let events: Vec<Value> =
            (0..a_day).map(|n| json!({ "name": "x", "user": format!("u{n}"), "at": at })).collect();
        app.events(json!(events)).await;
    }
    app.settle().await;
}

async fn set(app: &TestApp, who: &Person, days: i32) -> (u16, Value) {
    let answer =
        who.change(app, "/fn/retention/set", &format!("project={}&signal=event&days={days}", app.project)).await;
    (answer.status.as_u16(), answer.json())
}

async fn act(app: &TestApp, who: &Person, deed: &str, change: i64) -> (u16, Value) {
    let answer =
        who.change(app, &format!("/fn/retention/{deed}"), &format!("project={}&change={change}", app.project)).await;
    (answer.status.as_u16(), answer.json())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_deletes_much_waits_for_a_second_admin_and_then_a_day() {
    let app = TestApp::start().await;
    days_of_events(&app, 5).await;
    let first = app.person(&[Role::Admin], None).await;
    let second = app.person(&[Role::Admin, Role::Product], None).await;
    let shown = preview(&app.machine, app.project, "event", 4).await.expect("a preview");
    // Counted for the moment when it would be carried out, a day from now.
    assert_eq!((shown.plan.rows(), shown.plan.tables(), shown.people), (35, 7, Some(5)));
    assert!(shown.needs_second(), "{:?}", shown.share);
    assert_eq!(set(&app, &first, 4).await.0, 200);
    assert_eq!(app.one::<String>("select state from retention_change").await, "waiting");
    assert_eq!(app.one::<i64>("select count(*) from event").await, 50, "nothing is gone");
    let id: i64 = app.one("select id from retention_change").await;
    let (status, said) = act(&app, &first, "approve", id).await;
    assert_eq!(status, 409, "{said}");
    app.machine.clock.hold(noon() + Duration::days(2));
    swept(&app).await;
    assert_eq!(app.one::<i64>("select count(*) from event").await, 50, "it still waits");
    app.machine.clock.hold(noon());
    assert_eq!(act(&app, &second, "approve", id).await.0, 200);
    assert_eq!(act(&app, &second, "approve", id).await.0, 409, "once");
    app.machine.clock.hold(noon() + Duration::hours(23));
    swept(&app).await;
    assert_eq!(app.one::<i64>("select count(*) from event").await, 50, "the window is open");
    app.machine.clock.hold(noon() + Duration::hours(24));
    assert_eq!(swept(&app).await.rows, shown.plan.rows(), "as many as the preview said");
    assert_eq!(app.one::<String>("select state from retention_change").await, "done");
    assert_eq!(app.one::<i64>("select count(*) from deletion where change is not null and verified").await, 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_change_needs_nobody_else_and_can_be_taken_back() {
    let app = TestApp::start().await;
    days_of_events(&app, 5).await;
    rule(&app, "event", 12).await;
    let admin = app.person(&[Role::Admin], None).await;
    // Ten days of fifty rows: one day is a tenth.
    assert_eq!(set(&app, &admin, 10).await.0, 200);
    let state = "select state from retention_change order by id desc limit 1";
    assert_eq!(app.one::<String>(state).await, "scheduled");
    let (status, said) = set(&app, &admin, 9).await;
    assert_eq!((status, said["field"].as_str()), (409, Some("signal")), "one at a time");
    let id: i64 = app.one("select max(id) from retention_change").await;
    assert_eq!(act(&app, &admin, "cancel", id).await.0, 200);
    app.machine.clock.hold(noon() + Duration::hours(25));
    assert_eq!(swept(&app).await.rows, 0);
    assert_eq!(app.one::<String>(state).await, "cancelled");
    let admin = app.admin_again().await;
    assert_eq!(act(&app, &admin, "cancel", id).await.0, 409);
    assert_eq!(super::rules(&app).await.days("event"), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_refused_when_more_than_a_hundredth_more_would_go_than_was_approved() {
    for (late, state) in [(1, "done"), (3, "refused")] {
        let app = TestApp::start().await;
        days_of_events(&app, 100).await;
        rule(&app, "event", 12).await;
        let admin = app.person(&[Role::Admin], None).await;
        assert_eq!(set(&app, &admin, 10).await.0, 200);
        let events: Vec<Value> = (0..late)
            .map(|n| json!({ "name": "late", "user": format!("u{n}"), "at": noon() - Duration::days(10) }))
            .collect();
        app.events(json!(events)).await;
        app.settle().await;
        app.machine.clock.hold(noon() + Duration::hours(24));
        let deleted = swept(&app).await;
        assert_eq!(app.one::<String>("select state from retention_change").await, state, "{late} more");
        assert_eq!(deleted.rows, if state == "done" { 100 + late } else { 0 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_deletes_nothing_holds_at_once_and_wrong_wishes_name_their_field() {
    let app = TestApp::start().await;
    let admin = app.person(&[Role::Admin], None).await;
    assert_eq!(set(&app, &admin, 30).await.0, 200);
    assert_eq!(super::rules(&app).await.days("event"), 30);
    assert_eq!(app.one::<i64>("select count(*) from retention_change").await, 0);
    for (days, field) in [(0, "days"), (4000, "days"), (30, "days"), (60, "reason")] {
        let (status, said) = set(&app, &admin, days).await;
        assert_eq!((status, said["field"].as_str()), (400, Some(field)), "{days}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_view_that_looks_further_back_is_named_before_the_change() {
    let app = TestApp::start().await;
    days_of_events(&app, 2).await;
    let product = app.person(&[Role::Product], None).await;
    let body = format!("project={}&name=Long+look&page={}", app.project, "%2Fproduct%3Frange%3D90d");
    let saved = product.change(&app, "/fn/view/save", &body).await;
    assert_eq!(saved.status, 200, "{}", saved.json());
    let losses = async |days: i32| preview(&app.machine, app.project, "event", days).await.expect("a preview").losses;
    let short = losses(5).await;
    assert_eq!(short.iter().map(|loss| loss.name.as_str()).collect::<Vec<_>>(), ["Long look"]);
    assert_eq!(losses(365).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_over_rest_with_keys_of_an_admin() {
    let app = TestApp::start().await;
    days_of_events(&app, 5).await;
    let write = app.key(KeyKind::Write, Role::Admin, &[]).await;
    let get = async |key: &str, path: &str| {
        let request = axum::http::Request::get(path).header("authorization", format!("Bearer {key}"));
        app.send(request.body(axum::body::Body::empty()).expect("a request")).await
    };
    let told = get(&app.read_key, "/api/v1/retention/preview?signal=event&days=4").await;
    assert_eq!(told.status, 200, "{}", told.json());
    described("/api/v1/retention/preview", "get", &told.json());
    assert_eq!((told.json()["rows"].clone(), told.json()["needs_second"].clone()), (json!(35), json!(true)));
    let asked = app
        .post("/api/v1/retention", &write, "application/json", json!({ "signal": "event", "days": 4 }).to_string())
        .await;
    assert_eq!((asked.status.as_u16(), asked.json()["state"].as_str()), (200, Some("waiting")));
    described("/api/v1/retention", "post", &asked.json());
    let id = asked.json()["change"].as_i64().expect("a number");
    let rules = get(&app.read_key, "/api/v1/retention").await.json();
    described("/api/v1/retention", "get", &rules);
    assert_eq!(rules["changes"][0]["id"], id);
    let rule = |word: &str| {
        rules["rules"].as_array().expect("rules").iter().find(|rule| rule["signal"] == word).expect("a rule").clone()
    };
    assert_eq!((rule("event")["days"].clone(), rule("log.debug")["days"].clone()), (json!(400), json!(3)));
    let cancel = axum::http::Request::delete(format!("/api/v1/retention/changes/{id}"));
    let cancel = cancel.header("authorization", format!("Bearer {write}")).body(axum::body::Body::empty());
    let cancelled = app.send(cancel.expect("a request")).await;
    assert_eq!(cancelled.status, 200);
    described("/api/v1/retention/changes/{id}", "delete", &cancelled.json());
    // The wrong kind of key, the wrong role, no key, an unknown member.
    let product = app.key(KeyKind::Write, Role::Product, &[]).await;
    let wish = json!({ "signal": "event", "days": 4 }).to_string();
    for (key, status) in
        [(app.read_key.as_str(), 403), (product.as_str(), 403), (app.ingest_key.as_str(), 403), ("", 401)]
    {
        assert_eq!(app.post("/api/v1/retention", key, "application/json", wish.clone()).await.status.as_u16(), status);
    }
    let wrong = app
        .post("/api/v1/retention", &write, "application/json", json!({ "signal": "event", "dayz": 4 }).to_string())
        .await;
    assert_eq!((wrong.status.as_u16(), wrong.json()["field"].as_str()), (400, Some("dayz")));
}
