//! Legal holds: they win over every deletion, and what they keep goes when they end.

use super::{rule, rules, swept};
use crate::api::holds as described;
use crate::support::{TestApp, noon, viewer};
use chrono::Duration;
use parallax_domain::Role;
use parallax_server::admin::retention::{NewHold, holds, place, release};
use parallax_server::identity::keys::KeyKind;
use parallax_server::retention::{plan, run};
use serde_json::json;

const HOLD: NewHold<'static> = NewHold {
    name: "Case 7",
    reason: "a dispute about an order",
    owner: "Legal",
    signal: "event",
    category: None,
    from: "",
    to: "",
    person: "",
    review: "2027-02-01",
};

async fn old_events(app: &TestApp) {
    let at = noon() - Duration::days(9);
    app.events(json!([
        { "name": "x", "user": "ada", "at": at, "category": "usage" },
        { "name": "x", "user": "eve", "at": at, "category": "marketing" },
        { "name": "x", "user": "eve", "at": at, "category": "usage" },
    ]))
    .await;
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn held_rows_of_a_dropped_table_are_copied_and_go_when_the_hold_ends() {
    let app = TestApp::start().await;
    old_events(&app).await;
    let admin = viewer("law@shop.example", Role::Admin);
    let id = place(&app.machine, &admin, app.project, NewHold { person: "ada", ..HOLD }).await.expect("a hold");
    rule(&app, "event", 7).await;
    let planned = plan::make(&app.machine.database, &rules(&app).await, noon()).await.expect("a plan");
    assert_eq!((planned.rows(), planned.held()), (2, 1), "the preview says what is held");
    let deleted = swept(&app).await;
    assert_eq!(deleted.tables, 1);
    assert_eq!(app.one::<i64>("select count(*) from event").await, 0);
    assert_eq!(app.one::<i64>("select count(*) from held").await, 1);
    let lines = holds(&app.machine, app.project).await.expect("holds");
    assert_eq!((lines[0].rows, lines[0].people), (1, 1));
    release(&app.machine, &admin, app.project, id).await.expect("released");
    assert_eq!(app.one::<i64>("select count(*) from held").await, 0);
    assert!(release(&app.machine, &admin, app.project, id).await.is_err(), "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_table_that_stays_stay_where_they_are_while_they_are_held() {
    let app = TestApp::start().await;
    old_events(&app).await;
    let admin = viewer("law@shop.example", Role::Admin);
    let hold = NewHold { category: Some(parallax_domain::Category::Marketing), ..HOLD };
    let id = place(&app.machine, &admin, app.project, hold).await.expect("a hold");
    rule(&app, "event.marketing", 3).await;
    rule(&app, "event.usage", 3).await;
    assert_eq!(swept(&app).await.rows, 2);
    assert_eq!(app.one::<i64>("select count(*) from event where category = 5").await, 1);
    assert_eq!(swept(&app).await.rows, 0);
    release(&app.machine, &admin, app.project, id).await.expect("released");
    assert_eq!(swept(&app).await.rows, 1, "the next run takes what the hold kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_is_placed_while_rows_are_being_deleted_wins() {
    let app = TestApp::start().await;
    let at = noon() - Duration::days(9);
    let events: Vec<_> = (0..400).map(|n| json!({ "name": "x", "user": format!("u{n}"), "at": at })).collect();
    app.events(json!(events)).await;
    app.settle().await;
    rule(&app, "event", 7).await;
    let admin = viewer("law@shop.example", Role::Admin);
    // Somebody reads the day: the run cannot take its table away yet, although its plan is made.
    let mut reading = app.machine.database.admin.begin().await.expect("a transaction");
    sqlx::query("select count(*) from event").execute(&mut *reading).await.expect("a long question");
    let machine = app.machine.clone();
    let running = tokio::spawn(async move { run::run(&machine).await });
    for _ in 0..400 {
        if app.one::<i64>("select count(*) from deletion").await > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    place(&app.machine, &admin, app.project, HOLD).await.expect("a hold");
    reading.rollback().await.expect("the question ends");
    running.await.expect("the run").expect("ends well");
    let kept = app.one::<i64>("select (select count(*) from held) + (select count(*) from event)").await;
    assert_eq!(kept, 400, "not one is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_says_why_who_and_until_when_and_wrong_ones_name_their_field() {
    let app = TestApp::start().await;
    let admin = viewer("law@shop.example", Role::Admin);
    for (hold, field) in [
        (NewHold { name: " ", ..HOLD }, "name"),
        (NewHold { reason: "", ..HOLD }, "reason"),
        (NewHold { owner: "", ..HOLD }, "owner"),
        (NewHold { signal: "events", ..HOLD }, "signal"),
        (NewHold { from: "yesterday", ..HOLD }, "from"),
        (NewHold { from: "2026-11-20", to: "2026-11-19", ..HOLD }, "to"),
        (NewHold { review: "", ..HOLD }, "review"),
        (NewHold { review: "2026-11-22", ..HOLD }, "review"),
        (NewHold { review: "2027-06-01", ..HOLD }, "review"),
        (NewHold { person: "nobody", ..HOLD }, "person"),
    ] {
        let refused = place(&app.machine, &admin, app.project, hold.clone()).await.expect_err("refused");
        assert_eq!(refused.field.as_deref(), Some(field), "{hold:?}");
    }
    assert_eq!(app.one::<i64>("select count(*) from hold").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_over_rest_are_placed_listed_and_released() {
    let app = TestApp::start().await;
    let write = app.key(KeyKind::Write, Role::Admin, &[]).await;
    let wish =
        json!({ "name": "Case 7", "reason": "a dispute", "owner": "Legal", "signal": "log", "review": "2027-01-15" });
    let placed = app.post("/api/v1/holds", &write, "application/json", wish.to_string()).await;
    assert_eq!(placed.status, 200, "{}", placed.json());
    described("/api/v1/holds", "post", &placed.json());
    let id = placed.json()["id"].as_i64().expect("a number");
    let send = async |method: axum::http::Method, path: String, key: &str| {
        let request =
            axum::http::Request::builder().method(method).uri(path).header("authorization", format!("Bearer {key}"));
        app.send(request.body(axum::body::Body::empty()).expect("a request")).await
    };
    let list = send(axum::http::Method::GET, "/api/v1/holds".into(), &app.read_key).await.json();
    described("/api/v1/holds", "get", &list);
    assert_eq!((list["holds"][0]["id"].clone(), list["holds"][0]["signal"].clone()), (json!(id), json!("log")));
    let path = format!("/api/v1/holds/{id}");
    assert_eq!(send(axum::http::Method::DELETE, path.clone(), &app.read_key).await.status, 403);
    assert_eq!(send(axum::http::Method::DELETE, path.clone(), &write).await.status, 200);
    assert_eq!(send(axum::http::Method::DELETE, path, &write).await.status, 404);
    let empty = send(axum::http::Method::GET, "/api/v1/holds".into(), &app.read_key).await.json();
    assert_eq!(empty["holds"], json!([]));
}
