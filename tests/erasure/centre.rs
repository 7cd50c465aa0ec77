//! The personal page: in by a signed link or a receipt, without an account and without scripts.

use super::scope;
use crate::support::person::Person;
use crate::support::stream::{user, visits};
use crate::support::{TestApp, noon};
use axum::http::header;
use chrono::Duration;
use parallax_domain::Role;
use parallax_server::centre::link::{self, Payload};
use parallax_server::erasure::resume;
use parallax_server::identity::keys::{KeyKind, NewKey};
use parallax_server::retention::proof;

/// The way into the page that the host application makes for whoever is signed in there.
async fn link_for(app: &TestApp, id: &str, minutes: i64) -> String {
    let new = NewKey { project: app.project, kind: KeyKind::Write, role: Role::Admin, name: "links", origins: &[] };
    let (_, bits) = app.machine.keys.create(new).await.expect("a key");
    let key = app.machine.keys.find(bits).expect("the key");
    let exp = (noon() + Duration::minutes(minutes)).timestamp();
    let payload = Payload { key: key.id, user: Some(id.to_owned()), anonymous: None, exp };
    format!("/privacy/{}", link::made(key.signing_secret(), &payload))
}

async fn enter(app: &TestApp, link: &str) -> (Person, String) {
    let mut person = Person::nobody();
    let answer = person.page(app, link).await;
    assert!(answer.status.is_redirection(), "{}", answer.status);
    let to = answer.headers[header::LOCATION].to_str().expect("ASCII").to_owned();
    (person, to)
}

async fn html(app: &TestApp, person: &mut Person, path: &str) -> String {
    let answer = person.page(app, path).await;
    assert_eq!(answer.status, 200, "{path}");
    String::from_utf8(answer.body).expect("text")
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_with_a_signed_link_sees_decides_takes_along_and_erases_without_scripts() {
    let app = TestApp::start().await;
    app.replay(&visits(61, 4, 24)).await;
    let (mut person, to) = enter(&app, &link_for(&app, &user(1), 10).await).await;
    assert_eq!(to, "/privacy", "the id stands in no address");
    let page = html(&app, &mut person, "/privacy").await;
    for words in [
        "What was recorded about you",
        "Exactly what is stored",
        "Delete everything about me",
        "What cannot be found",
        "Turn all off",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains(&user(1)), "the id is not shown");
    // Everything that is shown is this person's.
    let own = scope(&app, &user(1)).await;
    let events: i64 = sqlx::query_scalar("select count(*) from event where subject = any($1)")
        .bind(&own.subjects)
        .fetch_one(&app.machine.database.admin)
        .await
        .expect("count");
    assert!(page.contains(&format!("Events {events}")), "{events} events");

    // Switches: errors stay on, everything else goes off.
    app.machine.policies.follow().await.expect("as it was");
    let back = person.submit(&app, "/privacy", "/fn/privacy/choose", "categories[]=errors").await;
    assert_eq!(back.status, 302);
    app.machine.policies.follow().await.expect("what every process does once a second");
    let page = html(&app, &mut person, "/privacy").await;
    assert!(page.contains("Yes to errors; no to performance"), "the history tells it");
    let receipt = app.events(serde_json::json!([
        { "name": "viewed", "user": user(1), "category": "usage" },
        { "name": "viewed", "user": user(1), "category": "errors" },
    ]));
    assert_eq!(receipt.await["accepted"], 1);

    let file = person.page(&app, "/download/recorded/json").await;
    assert_eq!(file.status, 200);
    assert!(file.headers[header::CONTENT_DISPOSITION].to_str().expect("ASCII").starts_with("attachment"));
    let export: serde_json::Value = file.json();
    assert!(export["events"].as_array().expect("events").len() as i64 > events);
    assert_eq!(person.page(&app, "/download/recorded/csv").await.status, 200);
    assert_eq!(Person::nobody().page(&app, "/download/recorded/json").await.status, 404);

    assert_eq!(person.submit(&app, "/privacy", "/fn/privacy/erase", "").await.status, 302);
    let mut page = String::new();
    for _ in 0..600 {
        resume(&app.machine).await.expect("taken up");
        page = html(&app, &mut person, "/privacy").await;
        if page.contains("Everything about you is deleted.") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(page.contains("Everything about you is deleted."));
    assert!(page.contains("No to performance") || page.contains("no to performance"), "the decision in force stays");
    let receipt: String = app.one("select receipt from data_request where kind = 'erasure'").await;
    proof::verify(&receipt, &app.machine.keyring.public_key().expect("a key")).expect("a receipt that verifies");
    assert_eq!(person.submit(&app, "/privacy", "/fn/privacy/leave", "").await.status, 302);
    assert!(html(&app, &mut person, "/privacy").await.contains("With a receipt"), "nobody is inside any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_old_forged_or_of_another_key_leads_to_the_door() {
    let app = TestApp::start().await;
    app.events(serde_json::json!([{ "name": "viewed", "user": "ada" }])).await;
    let good = link_for(&app, "ada", 10).await;
    let (mut cut, mut other) = (good.clone(), good.clone());
    cut.truncate(good.len() - 4);
    other.replace_range(other.len() - 6.., "AAAAAA");
    for wrong in [cut, other, link_for(&app, "ada", -1).await, link_for(&app, "ada", 60 * 25).await] {
        let (mut person, to) = enter(&app, &wrong).await;
        assert_eq!(to, "/privacy?link=refused");
        assert!(html(&app, &mut person, &to).await.contains("This link does not work"));
    }
    let (_, to) = enter(&app, &good).await;
    assert_eq!(to, "/privacy");
    // A key that was taken back signs nothing any more.
    let keys = &app.machine.keys;
    for row in keys.list(Some(app.project)).await.expect("keys") {
        keys.revoke(Some(app.project), row.id).await.expect("revoked");
    }
    assert_eq!(enter(&app, &good).await.1, "/privacy?link=refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_opens_its_own_device_and_guessing_is_slowed_down() {
    let app = TestApp::start().await;
    app.events(serde_json::json!([
        { "name": "viewed", "anonymous": "phone", "at": "2026-11-22T10:00:00Z" },
        { "name": "viewed", "anonymous": "phone", "user": "ada", "at": "2026-11-22T10:01:00Z" },
        { "name": "secret of ada", "user": "ada", "at": "2026-11-22T10:02:00Z" },
    ]))
    .await;
    app.settle().await;
    let body = serde_json::json!({ "anonymous": "phone", "decisions": { "usage": true, "marketing": false } });
    let answer = app.post("/api/v1/consent", &app.ingest_key, "application/json", body.to_string()).await;
    assert!(answer.status.is_success(), "{}", String::from_utf8_lossy(&answer.body));
    let receipt: String = app.one("select receipt::text from consent").await;
    let mut person = Person::nobody();
    let form = format!("receipt={receipt}");
    assert_eq!(person.submit(&app, "/privacy", "/fn/privacy/enter", &form).await.status, 302);
    let page = html(&app, &mut person, "/privacy").await;
    assert!(page.contains("of this device") && !page.contains("secret of ada"), "{page}");
    let stranger = Person::nobody();
    let mut statuses = Vec::new();
    for _ in 0..40 {
        let guess = "receipt=0193a5b2-7c1e-7000-8000-000000000001";
        statuses.push(stranger.change(&app, "/fn/privacy/enter", guess).await.status.as_u16());
    }
    assert_eq!(statuses[0], 400);
    assert_eq!(*statuses.last().expect("some"), 429, "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_ends_by_itself() {
    let app = TestApp::start().await;
    app.events(serde_json::json!([{ "name": "viewed", "user": "ada" }])).await;
    let (mut person, _) = enter(&app, &link_for(&app, "ada", 10).await).await;
    assert!(html(&app, &mut person, "/privacy").await.contains("Your choices"));
    app.machine.clock.hold(noon() + Duration::minutes(31));
    assert!(!html(&app, &mut person, "/privacy").await.contains("Your choices"));
    assert_eq!(person.change(&app, "/fn/privacy/erase", "").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_turned_page_by_page_without_losing_an_entry() {
    let app = TestApp::start().await;
    // 130 entries, many of one moment.
    let events: Vec<_> = (0..130)
        .map(|n| serde_json::json!({ "name": format!("entry {n}."), "user": "ada", "at": format!("2026-11-22T10:{:02}:00Z", n / 20) }))
        .collect();
    app.events(serde_json::json!(events)).await;
    app.settle().await;
    let (mut person, _) = enter(&app, &link_for(&app, "ada", 10).await).await;
    let (mut path, mut seen, mut pages) = ("/privacy".to_owned(), std::collections::BTreeSet::new(), 0);
    loop {
        let page = html(&app, &mut person, &path).await;
        seen.extend((0..130).filter(|n| page.contains(&format!("<b>entry {n}.</b>"))));
        pages += 1;
        let Some(older) = page.split("href=\"").find(|part| part.contains("Older entries")) else { break };
        path = older.split('"').next().expect("an address").split('#').next().expect("a page").replace("&amp;", "&");
    }
    assert_eq!((seen.len(), pages), (130, 3));
}
