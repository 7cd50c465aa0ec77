//! Requests of people as an admin handles them: written down, answered, refused, held up by a hold; and over REST.

use super::{rows_with, scope};
use crate::api::holds as described;
use crate::support::person::Person;
use crate::support::stream::{user, visits};
use crate::support::{Answer, TestApp, noon};
use axum::body::Body;
use axum::http::Request;
use chrono::Duration;
use parallax_domain::Role;
use parallax_server::admin::retention::{NewHold, place};
use parallax_server::erasure::request::{self, RequestRow};
use parallax_server::erasure::resume;
use parallax_server::identity::keys::KeyKind;
use parallax_server::retention::proof;
use serde_json::{Value, json};

async fn received(app: &TestApp, admin: &Person, id: &str, kind: &str) -> i64 {
    let body = format!("project={}&id={id}&kind={kind}", app.project);
    let answer = admin.change(app, "/fn/request/receive", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let next = answer.json()["next"].as_str().expect("where to go").to_owned();
    next.rsplit('=').next().and_then(|id| id.parse().ok()).expect("a number")
}

async fn find(app: &TestApp, id: i64) -> RequestRow {
    request::find(&app.machine, app.project, id).await.expect("a look").expect("the request")
}

/// Waits for the erasure that runs in the background.
async fn ended(app: &TestApp, id: i64) -> RequestRow {
    for _ in 0..600 {
        resume(&app.machine).await.expect("taken up");
        let row = find(app, id).await;
        if row.answered_at.is_some() {
            return row;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the request is not answered");
}

async fn fetch(app: &TestApp, key: &str, path: &str) -> Answer {
    let request = Request::get(path).header("authorization", format!("Bearer {key}")).body(Body::empty());
    app.send(request.expect("a request")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_is_written_down_confirmed_and_answered_with_a_receipt_that_verifies_elsewhere() {
    let app = TestApp::start().await;
    app.replay(&visits(31, 4, 24)).await;
    let mut admin = app.person(&[Role::Admin], None).await;
    let id = received(&app, &admin, &user(1), "erasure").await;
    let waiting = find(&app, id).await;
    assert_eq!((waiting.state.as_str(), waiting.answered_at), ("open", None));
    assert_eq!(waiting.due_at, noon() + chrono::Months::new(1));
    let page = admin.page(&app, &format!("/admin/requests?project={}&request={id}", app.project)).await;
    let html = String::from_utf8_lossy(&page.body).into_owned();
    assert!(html.contains("Erase this person") && !html.contains(&user(1)), "the id is forgotten");
    let body = format!("project={}&request={id}", app.project);
    assert_eq!(admin.change(&app, "/fn/request/erase", &body).await.status, 200);
    let row = ended(&app, id).await;
    assert_eq!((row.state.as_str(), row.reference), ("done", None));
    let receipt = row.receipt.expect("a receipt");
    let key = app.machine.keyring.public_key().expect("a key");
    let statement = proof::verify(&receipt, &key).expect("signed by this installation");
    assert!(statement.rows > 0 && statement.rows_left == 0, "{statement:?}");
    assert!(proof::verify(&receipt.replace("\"rows_left\":0", "\"rows_left\":1"), &key).is_err(), "changed");
    assert!(proof::verify(&receipt, &"00".repeat(32)).is_err(), "another key");
    assert_eq!(admin.change(&app, "/fn/request/erase", &body).await.status, 409, "once only");
    assert_eq!(received_status(&app, &admin, &user(1)).await, 400, "nobody of this id is known any more");
}

async fn received_status(app: &TestApp, admin: &Person, id: &str) -> u16 {
    let body = format!("project={}&id={id}&kind=access", app.project);
    admin.change(app, "/fn/request/receive", &body).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_hold_keeps_goes_out_of_sight_and_the_request_is_answered_as_restricted() {
    let app = TestApp::start().await;
    app.replay(&visits(32, 4, 30)).await;
    let viewer = crate::support::viewer("law@shop.example", Role::Admin);
    let held_id = user(2);
    let hold = NewHold {
        name: "Case 7",
        reason: "a dispute about an order",
        owner: "Legal",
        signal: "event",
        person: &held_id,
        review: "2027-02-01",
        ..NewHold::default()
    };
    let hold = place(&app.machine, &viewer, app.project, hold).await.expect("a hold");
    let subjects = scope(&app, &user(2)).await.subjects;
    let of_person = "select count(*) from event where subject = any($1)";
    let events: i64 =
        sqlx::query_scalar(of_person).bind(&subjects).fetch_one(&app.machine.database.admin).await.expect("count");
    let admin = app.person(&[Role::Admin], None).await;
    let id = received(&app, &admin, &user(2), "erasure").await;
    let body = format!("project={}&request={id}", app.project);
    assert_eq!(admin.change(&app, "/fn/request/erase", &body).await.status, 200);
    let row = ended(&app, id).await;
    assert_eq!(row.state, "restricted");
    assert!(row.note.contains("Case 7"), "{}", row.note);
    assert_eq!(row.counts.expect("counts").0.held, events);
    assert_eq!(app.one::<i64>("select count(*) from held").await, events);
    let left: i64 =
        sqlx::query_scalar(of_person).bind(&subjects).fetch_one(&app.machine.database.admin).await.expect("count");
    assert_eq!(left, 0, "out of sight");
    let said = parallax_server::admin::retention::release(&app.machine, &viewer, app.project, hold).await;
    assert!(said.is_ok());
    assert_eq!(app.one::<i64>("select count(*) from held").await, 0);
    assert_eq!(find(&app, id).await.state, "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_needs_a_reason_and_a_late_request_is_named() {
    let app = TestApp::start().await;
    app.events(json!([{ "name": "viewed", "user": "ada" }])).await;
    let admin = app.person(&[Role::Admin], None).await;
    let id = received(&app, &admin, "ada", "objection").await;
    app.machine.clock.hold(noon() + Duration::days(32));
    let tally = request::tally(&app.machine, app.project).await.expect("a tally");
    assert_eq!((tally.open, tally.late), (1, 1));
    let mut admin = app.admin_again().await;
    let page = admin.page(&app, &format!("/admin/requests?project={}", app.project)).await;
    let html = String::from_utf8_lossy(&page.body).into_owned();
    assert!(html.contains("1 overdue"), "{html}");
    let body = |reason: &str| format!("project={}&request={id}&reason={reason}", app.project);
    assert_eq!(admin.change(&app, "/fn/request/refuse", &body("")).await.status, 400);
    assert_eq!(admin.change(&app, "/fn/request/refuse", &body("it+is+not+you")).await.status, 200);
    assert_eq!(find(&app, id).await.state, "refused");
    assert_eq!(admin.change(&app, "/fn/request/refuse", &body("again")).await.status, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_objection_refuses_every_category_for_what_comes_after() {
    let app = TestApp::start().await;
    app.events(json!([{ "name": "viewed", "user": "ada" }])).await;
    let admin = app.person(&[Role::Admin], None).await;
    let id = received(&app, &admin, "ada", "objection").await;
    let body = format!("project={}&request={id}", app.project);
    app.machine.policies.follow().await.expect("as it was before");
    assert_eq!(admin.change(&app, "/fn/request/object", &body).await.status, 200);
    assert_eq!(find(&app, id).await.state, "done");
    app.machine.policies.follow().await.expect("what every process does once a second");
    let receipt = app.events(json!([{ "name": "viewed", "user": "ada" }, { "name": "viewed", "user": "eve" }])).await;
    assert_eq!(receipt["accepted"], 1, "{receipt}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_over_rest_holds_every_record_in_both_forms() {
    let app = TestApp::start().await;
    app.replay(&visits(33, 4, 24)).await;
    let write = app.key(KeyKind::Write, Role::Admin, &[]).await;
    let asked = app.post("/api/v1/exports", &write, "application/json", json!({ "user": user(0) }).to_string()).await;
    assert_eq!(asked.status, 200, "{}", asked.json());
    let told = asked.json();
    described("/api/v1/exports", "post", &told);
    let counts = &told["counts"];
    let path = told["json"].as_str().expect("a path").to_owned();
    let file = fetch(&app, &app.read_key, &path).await;
    assert_eq!(file.status, 200);
    let export: Value = file.json();
    described("/api/v1/exports/{id}", "get", &export);
    let mut records = 0;
    for section in ["events", "requests", "lines", "exceptions"] {
        let rows = export[section].as_array().unwrap_or_else(|| panic!("{section} in {export}"));
        assert_eq!(rows.len() as i64, counts[section].as_i64().expect("a count"), "{section}");
        records += rows.len();
    }
    assert!(counts["events"].as_i64() > Some(0));
    let csv = fetch(&app, &app.read_key, told["csv"].as_str().expect("a path")).await;
    let text = String::from_utf8(csv.body).expect("text");
    assert_eq!(text.matches("\r\n").count(), records + 2, "a head, a line about the person, a line for every record");
    let list = fetch(&app, &app.read_key, "/api/v1/exports").await.json();
    described("/api/v1/exports", "get", &list);
    assert_eq!(list["exports"][0]["state"], "done");
    // Only a key of an admin, only of the right kind, only somebody who is known.
    let of = async |key: &str, body: Value| {
        app.post("/api/v1/exports", key, "application/json", body.to_string()).await.status.as_u16()
    };
    let product = app.key(KeyKind::Write, Role::Product, &[]).await;
    assert_eq!(of(&product, json!({ "user": user(0) })).await, 403);
    assert_eq!(of(&app.read_key, json!({ "user": user(0) })).await, 403);
    assert_eq!(of("plx_write_0", json!({ "user": user(0) })).await, 401);
    for (body, field) in [(json!({ "user": "nobody" }), "user"), (json!({}), "subject"), (json!({ "usr": "x" }), "usr")]
    {
        let answer = app.post("/api/v1/exports", &write, "application/json", body.to_string()).await;
        assert_eq!((answer.status.as_u16(), answer.json()["field"].as_str()), (400, Some(field)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_and_answers_of_a_person_are_taken_along_and_erased() {
    let app = TestApp::start().await;
    app.events(json!([{ "name": "viewed", "user": "ada" }])).await;
    let scope = scope(&app, "ada").await;
    sqlx::query("insert into feedback (project, id, at, person, body, status) values ($1, 'f-1', $2, $3, 'the cart is slow', 'new')")
        .bind(app.project)
        .bind(noon())
        .bind(scope.subjects[0])
        .execute(&app.machine.database.admin)
        .await
        .expect("an answer to a survey");
    let mut pieces = parallax_server::erasure::export::begin(
        app.machine.clone(),
        scope.clone(),
        parallax_server::erasure::export::Format::Json,
    );
    let mut text = String::new();
    while let Some(piece) = pieces.recv().await {
        text.push_str(std::str::from_utf8(&piece.expect("whole")).expect("text"));
    }
    assert!(text.contains("the cart is slow"), "{text}");
    super::erased(&app, "ada").await;
    assert_eq!(rows_with(&app, "the cart is slow").await, Vec::<String>::new());
}
