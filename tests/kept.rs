//! Saved views remember what they said, and say why the same days say something else; pages as files and tables as CSV.

use crate::support::person::Person;
use crate::support::{TestApp, noon};
use chrono::{DateTime, Duration, Utc};
use parallax_domain::Role;
use parallax_screens::memory::{self, Cause};
use parallax_server::clock::Clock;
use parallax_server::identity::accounts::Viewer;
use parallax_server::views::memory::newest;
use serde_json::{Value, json};

fn hours_ago(hours: i64) -> DateTime<Utc> {
    noon() - Duration::hours(hours)
}

fn visit(who: Value, name: &str, at: DateTime<Utc>) -> Value {
    let mut event = json!({ "name": name, "at": at });
    for (key, value) in who.as_object().expect("members") {
        event[key] = value.clone();
    }
    event
}

fn user(name: &str) -> Value {
    json!({ "user": name })
}

async fn funnel(app: &TestApp, person: &Person) -> i64 {
    let form = format!("project={}&name=Buying&definition=step%3DVisit%26step%3DBuy%26range%3D7d", app.project);
    let answer = person.change(app, "/fn/funnel/save", &form).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let next = answer.json()["next"].as_str().expect("an address").to_owned();
    next.rsplit('/').next().and_then(|rest| rest.split('?').next()).and_then(|id| id.parse().ok()).expect("a number")
}

fn admin() -> Viewer {
    Viewer { account: 1, email: "a@b.example".into(), name: "A".into(), roles: vec![Role::Admin], projects: None }
}

/// Time passes until everything that was on its way has arrived, and the memory is completed.
async fn settle(app: &TestApp, clock: &Clock) {
    app.settle().await;
    clock.hold(clock.now() + Duration::seconds(30));
    memory::settle(&app.machine).await.expect("memories settle");
}

/// The first step of the funnel: what it was, what it is, and why.
async fn first_step(app: &TestApp, view: i64) -> (f64, f64, Vec<(Cause, f64)>) {
    let kept = newest(&app.machine.database, view, None).await.expect("a question").expect("a memory");
    assert!(kept.base.is_some(), "the memory is settled");
    let all = memory::compare(&app.machine, &admin(), &kept).await.expect("a comparison");
    let first = all.iter().find(|one| one.was.id == "step-1").expect("the first step");
    let why = first.why.clone().expect("causes are known");
    let is = first.is.clone().and_then(|is| is.value).expect("a figure");
    (first.was.value.expect("a figure"), is, why.iter().map(|share| (share.cause, share.change)).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_funnel_says_what_changed_and_why() {
    let app = TestApp::start().await;
    let person = app.person(&[Role::Admin], None).await;
    let mut events: Vec<Value> = (0..40).map(|n| visit(user(&format!("u{n}")), "Visit", hours_ago(30 + n))).collect();
    // Two devices that nobody knows yet.
    events.push(visit(json!({ "anonymous": "phone" }), "Visit", hours_ago(20)));
    events.push(visit(json!({ "anonymous": "laptop" }), "Visit", hours_ago(21)));
    app.events(json!(events)).await;
    app.settle().await;
    let view = funnel(&app, &person).await;
    settle(&app, &app.machine.clock).await;
    assert_eq!(first_step(&app, view).await, (42.0, 42.0, vec![]));

    // Three people come in late, and the two devices turn out to be people that were there already.
    app.events(json!([
        visit(user("late-1"), "Visit", hours_ago(50)),
        visit(user("late-2"), "Visit", hours_ago(51)),
        visit(user("late-3"), "Visit", hours_ago(52)),
        visit(json!({ "user": "u1", "anonymous": "phone" }), "Look", hours_ago(10)),
        visit(json!({ "user": "u2", "anonymous": "laptop" }), "Look", hours_ago(10)),
    ]))
    .await;
    app.settle().await;
    let expected = vec![(Cause::Late, 3.0), (Cause::Merged, -2.0)];
    assert_eq!(first_step(&app, view).await, (42.0, 43.0, expected.clone()));
    // The same after the chunks were put together: nothing of the order was lost.
    app.compact().await;
    assert_eq!(first_step(&app, view).await, (42.0, 43.0, expected));

    let mut reader = app.person(&[Role::Product], None).await;
    let page = reader.page(&app, &format!("/product/funnels/{view}?project={}", app.project)).await;
    let html = String::from_utf8_lossy(&page.body).into_owned();
    assert!(html.contains("Since it was saved") && html.contains("+3 late, −2 merged"), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_event_at_the_same_moment_is_told_from_the_first() {
    let app = TestApp::start().await;
    let person = app.person(&[Role::Admin], None).await;
    let moment = hours_ago(30);
    app.events(json!([visit(user("a"), "Look", moment), visit(user("b"), "Visit", moment)])).await;
    app.settle().await;
    let view = funnel(&app, &person).await;
    settle(&app, &app.machine.clock).await;
    // Same person, same millisecond, later in the order of ingestion.
    app.events(json!([visit(user("a"), "Visit", moment)])).await;
    app.settle().await;
    assert_eq!(first_step(&app, view).await, (1.0, 2.0, vec![(Cause::Late, 1.0)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_after_saving_is_not_called_late() {
    let app = TestApp::start().await;
    let person = app.person(&[Role::Admin], None).await;
    app.events(json!([visit(user("a"), "Visit", hours_ago(30)), visit(user("b"), "Visit", hours_ago(31))])).await;
    app.settle().await;
    let view = funnel(&app, &person).await;
    settle(&app, &app.machine.clock).await;
    // The window of the funnel is still running: a purchase comes now.
    let now = app.machine.clock.now();
    app.events(json!([visit(user("a"), "Buy", now)])).await;
    app.settle().await;
    let kept = newest(&app.machine.database, view, None).await.expect("a question").expect("a memory");
    let all = memory::compare(&app.machine, &admin(), &kept).await.expect("a comparison");
    let bought = all.iter().find(|one| one.was.id == "step-2").expect("the second step");
    let why = bought.why.clone().expect("causes are known");
    assert_eq!(bought.was.value, Some(0.0));
    assert_eq!(why.iter().map(|share| (share.cause, share.change)).collect::<Vec<_>>(), [(Cause::Since, 1.0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_page_opens_as_it_was_and_belongs_to_its_owner() {
    let app = TestApp::start().await;
    let mut owner = app.person(&[Role::Product], None).await;
    let other = app.person(&[Role::Marketing], None).await;
    let page = "%2Fproduct%3Frange%3D7d%26f%3Dcountry%253Ais%253ADE";
    let form = format!("project={}&name=Germany&folder=Markets&audience=me&page={page}", app.project);
    let saved = owner.change(&app, "/fn/view/save", &form).await;
    assert_eq!(saved.status, 200, "{}", String::from_utf8_lossy(&saved.body));
    let address = saved.json()["next"].as_str().expect("an address").to_owned();
    assert!(address.contains("f=country:is:DE") && address.contains("range=7d"), "{address}");
    let opened = owner.page(&app, &address).await;
    assert!(String::from_utf8_lossy(&opened.body).contains("<title>Germany"), "the page has the view's name");
    let list = owner.page(&app, &format!("/views?project={}", app.project)).await;
    assert!(String::from_utf8_lossy(&list.body).contains("Markets / "), "the list names the folder");

    // Nobody else sees or changes a view that is only its owner's.
    let id: i64 = app.one("select id from saved_view").await;
    let mut reader = other;
    let list = reader.page(&app, &format!("/views?project={}", app.project)).await;
    assert!(!String::from_utf8_lossy(&list.body).contains("Germany"));
    let remove = format!("project={}&view={id}", app.project);
    assert_eq!(reader.change(&app, "/fn/view/remove", &remove).await.status, 404);
    let everybody = format!("project={}&view={id}&name=Germany&audience=everybody", app.project);
    assert_eq!(owner.change(&app, "/fn/view/save", &everybody).await.status, 200);
    assert_eq!(reader.change(&app, "/fn/view/remove", &remove).await.status, 403);
    let favourite = format!("project={}&view={id}&favourite=true", app.project);
    assert_eq!(reader.change(&app, "/fn/view/favourite", &favourite).await.status, 200);
    let home = reader.page(&app, &format!("/marketing?project={}", app.project)).await;
    assert!(String::from_utf8_lossy(&home.body).contains(">Germany<"), "a favourite stands at the side of every page");
    assert_eq!(owner.change(&app, "/fn/view/remove", &remove).await.status, 200);
    let back = owner.change(&app, "/fn/view/bring_back", &remove).await;
    assert_eq!(back.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_about_single_people_are_not_kept() {
    let app = TestApp::start().await;
    let person = app.person(&[Role::Support], None).await;
    for page in ["/support/people/p_1", "/admin", "//evil.example", "/nowhere"] {
        let form = format!("project={}&name=V&page={}", app.project, page.replace('/', "%2F"));
        assert_eq!(person.change(&app, "/fn/view/save", &form).await.status, 400, "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_stands_on_the_axis_in_its_zone_and_goes_with_its_author() {
    let app = TestApp::start().await;
    let mut author = app.person(&[Role::Marketing], None).await;
    app.otlp("/v1/traces", "application/json", crate::support::payload("otlp/node_traces.json")).await;
    app.settle().await;
    let add = |words: &str, at: &str| {
        format!("project={}&words={words}&at={}&zone=Europe%2FBerlin", app.project, at.replace(':', "%3A"))
    };
    let wrong = author.change(&app, "/fn/annotation/add", &add("W", "yesterday")).await;
    assert_eq!((wrong.status.as_u16(), wrong.json()["field"].clone()), (400, json!("at")));
    // 13:30 in Berlin is 12:30 UTC in November.
    assert_eq!(author.change(&app, "/fn/annotation/add", &add("Newsletter+out", "2026-11-22T13:30")).await.status, 200);
    let at: DateTime<Utc> = app.one("select at from annotation").await;
    assert_eq!(at.to_rfc3339(), "2026-11-22T12:30:00+00:00");
    let page = author.page(&app, &format!("/engineering?project={}&range=6h", app.project)).await;
    assert!(String::from_utf8_lossy(&page.body).contains("Newsletter out"), "the note stands above the charts");
    let other = app.person(&[Role::Product], None).await;
    let remove = format!("project={}&annotation=1", app.project);
    assert_eq!(other.change(&app, "/fn/annotation/remove", &remove).await.status, 403);
    assert_eq!(author.change(&app, "/fn/annotation/remove", &remove).await.status, 200);
    let page = author.page(&app, &format!("/engineering?project={}&range=6h", app.project)).await;
    assert!(!String::from_utf8_lossy(&page.body).contains("Newsletter out"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_saved_as_one_file_that_runs_and_loads_nothing() {
    let app = TestApp::start().await;
    let mut person = app.person(&[Role::Admin], None).await;
    app.events(json!([visit(user("a"), "Visit", hours_ago(2))])).await;
    app.settle().await;
    let file = person.page(&app, &format!("/file/product?project={}&range=7d", app.project)).await;
    assert_eq!(file.status, 200);
    let disposition = file.headers["content-disposition"].to_str().expect("ASCII");
    assert!(disposition.starts_with("attachment; filename=\"parallax-people-and-features"), "{disposition}");
    let html = String::from_utf8_lossy(&file.body).into_owned();
    assert!(html.starts_with("<!DOCTYPE html>") && html.contains("<h1"), "{html}");
    for forbidden in ["<script", "<link", "<form", "src=\"http", " href=\"/"] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    assert!(html.contains("Saved from http"), "the file says where it is from");
    let mut nobody = Person::nobody();
    assert_eq!(nobody.page(&app, "/file/product").await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_saved_as_csv_without_formulas() {
    let app = TestApp::start().await;
    let mut person = app.person(&[Role::Admin], None).await;
    app.events(json!([visit(user("a"), "=1+1", hours_ago(2)), visit(user("b"), "Visit", hours_ago(2))])).await;
    app.settle().await;
    let page = person.page(&app, &format!("/product/features?project={}&range=7d", app.project)).await;
    let html = String::from_utf8_lossy(&page.body).into_owned();
    let start = html.find("/csv/product/features").expect("the page offers its table as CSV");
    let href = html[start..].split('"').next().expect("a link").replace("&amp;", "&");
    let csv = person.page(&app, &href).await;
    assert_eq!(csv.status, 200, "{href}");
    assert!(csv.headers["content-type"].to_str().expect("ASCII").starts_with("text/csv"));
    let text = String::from_utf8_lossy(&csv.body).into_owned();
    assert!(text.contains("'=1+1") && text.lines().count() >= 3, "{text}");
    let none = person.page(&app, &format!("/csv/product/features?project={}&table=none", app.project)).await;
    assert_eq!(none.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_zone_moves_every_time_of_the_page_and_a_wrong_one_is_named() {
    let app = TestApp::start().await;
    let mut person = app.person(&[Role::Admin], None).await;
    let page = person.page(&app, &format!("/engineering?project={}&zone=Asia/Tokyo", app.project)).await;
    let html = String::from_utf8_lossy(&page.body).into_owned();
    assert!(html.contains("data-zone=\"Asia/Tokyo\""), "the bar names the zone");
    // 13:00 UTC is 22:00 in Tokyo.
    assert!(html.contains("22:00"), "{html}");
    let wrong = person.page(&app, &format!("/engineering?project={}&zone=Mars/Base", app.project)).await;
    assert_eq!(wrong.status, 400);
}
