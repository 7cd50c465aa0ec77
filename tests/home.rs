//! The administrator's home: keys that are replaced, an audit log that shows every tampering, places that are called.

use crate::support::person::Person;
use crate::support::{TestApp, noon};
use chrono::Duration;
use parallax_domain::Role;
use parallax_server::identity::audit_head::{self, Found};
use parallax_server::identity::keys::KeyKind;
use serde_json::json;

async fn found(app: &TestApp) -> Found {
    audit_head::verify(&app.machine.database, &app.machine.keyring).await.expect("verified")
}

async fn signed(app: &TestApp) {
    audit_head::sign(&app.machine.database, &app.machine.keyring, noon()).await.expect("signed").expect("a head");
}

async fn run(app: &TestApp, sql: &'static str) {
    sqlx::query(sql).execute(&app.machine.database.admin).await.expect(sql);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_a_cut_and_a_rewritten_audit_log_all_show() {
    let admin_acts = async || {
        let app = TestApp::start().await;
        let admin = app.person(&[Role::Admin], None).await;
        for name in ["One", "Two", "Three"] {
            let body = format!("name={name}&zone=UTC&currency=EUR&catalogue=learn");
            assert_eq!(admin.change(&app, "/fn/project/create", &body).await.status, 200);
        }
        signed(&app).await;
        app
    };
    let app = admin_acts().await;
    let Found::Whole { entries, heads, .. } = found(&app).await else { panic!("it is whole") };
    assert!(entries >= 3 && heads == 1);
    run(&app, "update audit set actor = 'nobody' where seq = (select max(seq) from audit) - 1").await;
    assert!(matches!(found(&app).await, Found::Broken(_)));

    let app = admin_acts().await;
    run(&app, "delete from audit where seq > (select max(seq) - 2 from audit)").await;
    assert!(matches!(found(&app).await, Found::Rewritten(_)), "its end was cut off");

    let app = admin_acts().await;
    let file = app.folder.path().join("audit/heads.jsonl");
    let head = std::fs::read_to_string(&file).expect("heads");
    std::fs::write(&file, head.replace("\"seq\":", "\"seq\":1")).expect("written");
    assert!(matches!(found(&app).await, Found::Forged(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_key_works_until_its_overlap_ends_and_a_revoked_one_ends_in_every_process() {
    let app = TestApp::start().await;
    let other = TestApp::open(&app.one::<String>("select current_database()::text").await, app.folder.clone()).await;
    let mut admin = app.person(&[Role::Admin], None).await;
    let old = app.key(KeyKind::Ingest, Role::Admin, &[]).await;
    let id: i32 = app.one("select max(id) from api_key").await;
    let rotate = |hours: i64| format!("project={}&key={id}&hours={hours}", app.project);
    let send = async |app: &TestApp, key: &str| {
        let body = json!({ "events": [{ "name": "x", "user": "u" }] }).to_string();
        app.post("/api/v1/events", key, "application/json", body).await.status.as_u16()
    };
    assert_eq!(admin.change(&app, "/fn/key/rotate", &rotate(3)).await.status, 400, "an overlap of the list");
    assert_eq!(admin.change(&app, "/fn/key/rotate", &rotate(24)).await.status, 200);
    let page = admin.page(&app, &format!("/admin/keys?project={}", app.project)).await;
    let html = String::from_utf8_lossy(&page.body).into_owned();
    let digits = html
        .split("plx_ingest_")
        .find_map(|rest| rest.get(..32)?.chars().all(|c| c.is_ascii_hexdigit()).then(|| &rest[..32]));
    let new = format!("plx_ingest_{}", digits.expect("the new key is shown"));
    assert_eq!((send(&app, &old).await, send(&app, &new).await), (200, 200));
    app.machine.clock.hold(noon() + Duration::hours(24));
    assert_eq!((send(&app, &old).await, send(&app, &new).await), (401, 200), "the overlap is over");

    other.machine.keys.follow().await.expect("every process follows twice a second");
    assert_eq!(send(&other, &new).await, 200);
    let newest: i32 = app.one("select max(id) from api_key").await;
    // A day later an admin signs in anew.
    let admin = app.admin_again().await;
    let body = format!("project={}&key={newest}", app.project);
    assert_eq!(admin.change(&app, "/fn/key/revoke", &body).await.status, 200);
    assert_eq!(send(&app, &new).await, 401);
    other.machine.keys.follow().await.expect("followed");
    assert_eq!(send(&other, &new).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_inside_a_network_is_neither_saved_nor_called_and_a_secret_is_sealed() {
    let app = TestApp::start().await;
    let admin = app.person(&[Role::Admin], None).await;
    for inside in [
        "https://127.0.0.1/x",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://localhost/",
        "https://[::ffff:10.0.0.1]/",
        "https://0x7f.1/",
        "https://[fd00::1]/",
        "http://203.0.113.9/",
        "ftp://203.0.113.9/",
        "https://u:p@203.0.113.9/",
    ] {
        let answer = admin.change(&app, "/fn/delivery/webhook", &format!("url={}", encoded(inside))).await;
        assert_eq!((answer.status.as_u16(), answer.json()["field"].as_str()), (400, Some("url")), "{inside}");
    }
    let answer = admin
        .change(&app, "/fn/delivery/webhook", &format!("url={}&secret=hunter2hunter2", encoded("https://8.8.8.8/in")))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    assert_eq!(crate::erasure::rows_with(&app, "hunter2").await, Vec::<String>::new(), "sealed at rest");
    // Somebody who writes into the database gains nothing: the call is checked like the form.
    run(
        &app,
        "update delivery set settings = jsonb_set(settings, '{url}', '\"https://127.0.0.1/x\"') where kind = 'webhook'",
    )
    .await;
    let tried = admin.change(&app, "/fn/delivery/try_webhook", "").await;
    assert_eq!((tried.status.as_u16(), tried.json()["field"].as_str()), (400, Some("url")));
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { (byte as char).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_names_what_waits_and_how_the_machine_is() {
    let app = TestApp::start().await;
    app.events(json!([{ "name": "x", "user": "ada", "properties": { "plan": "team" } }])).await;
    app.settle().await;
    app.machine.policies.follow().await.expect("fields are proposed");
    let mut admin = app.person(&[Role::Admin], None).await;
    let body = format!("project={}&id=ada&kind=access", app.project);
    assert_eq!(admin.change(&app, "/fn/request/receive", &body).await.status, 200);
    let page = admin.page(&app, &format!("/admin?project={}", app.project)).await;
    let html = String::from_utf8_lossy(&page.body).into_owned();
    for words in ["1 request of a person", "Waits for you", "Connections", "Tables of days", "Slow questions"] {
        assert!(html.contains(words), "{words}");
    }
    assert_eq!(Person::nobody().page(&app, "/admin").await.status, 302);
}
