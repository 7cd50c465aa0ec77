//! What everybody may know: the public page and its file, and that small groups are in neither.

use crate::support::person::Person;
use crate::support::{TestApp, noon, viewer};
use chrono::Duration;
use parallax_domain::Role;
use parallax_server::admin::trust::{self, Said};
use parallax_server::centre::choice;
use parallax_server::erasure::Scope;
use parallax_server::retention::{proof, run};
use parallax_server::transparency;
use serde_json::{Value, json};

async fn file(app: &TestApp) -> Value {
    let answer = Person::nobody().read(app, "/.well-known/telemetry.json").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    answer.json()
}

async fn page(app: &TestApp) -> String {
    let answer = Person::nobody().page(app, "/transparency").await;
    assert_eq!(answer.status, 200);
    String::from_utf8(answer.body).expect("text")
}

async fn people(app: &TestApp, from: usize, to: usize, category: &str) {
    let events: Vec<Value> = (from..to)
        .map(|n| json!({ "name": "x", "user": format!("u{n}"), "at": noon() - Duration::hours(3), "category": category }))
        .collect();
    app.events(json!(events)).await;
    app.settle().await;
}

fn of<'a>(file: &'a Value, list: &str, category: &str) -> &'a Value {
    let all = file[list]["categories"].as_array().expect("categories");
    all.iter().find(|one| one["category"] == category).expect("the category")
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_reads_what_is_collected_why_and_for_how_long_without_an_account() {
    let app = TestApp::start().await;
    transparency::record(&app.machine).await.expect("recorded");
    let html = page(&app).await;
    for words in [
        "What is collected, and why",
        "Rests on",
        "Who sees it",
        "Without it",
        "How long it is kept",
        "What is not kept",
        "Who else gets it",
        "What one record becomes",
        "What changed",
        "Limits of these numbers",
        "Your choice",
        "first version",
    ] {
        assert!(html.contains(words), "{words}");
    }
    let file = file(&app).await;
    assert_eq!(file["format"], "parallax-telemetry/1");
    assert_eq!(file["policy"]["categories"].as_array().map(Vec::len), Some(8));
    assert_eq!(file["policy"]["categories"][0]["choice"], false);
    assert_eq!(file["version"]["number"], 1);
    // The sample went through the gate: nothing of a person is left of it.
    let after = file["sample"]["after"].to_string();
    for personal in ["ada.lovelace", "4111", "203.0.113.7", "customer_12345", "88231477"] {
        assert!(file["sample"]["before"].to_string().contains(personal), "{personal} is in what arrives");
        assert!(!after.contains(personal), "{personal} is in what is stored: {after}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_of_fewer_than_fifty_are_not_told_and_counts_are_rounded() {
    let app = TestApp::start().await;
    people(&app, 0, 49, "usage").await;
    people(&app, 0, 52, "errors").await;
    transparency::record(&app.machine).await.expect("recorded");
    let told = file(&app).await;
    assert_eq!(of(&told, "collected", "usage")["records"], Value::Null);
    assert_eq!(
        (&of(&told, "collected", "errors")["records"], &of(&told, "collected", "errors")["people"]),
        (&json!(50), &json!(50))
    );
    // A day later it is counted anew.
    people(&app, 49, 60, "usage").await;
    app.machine.clock.hold(noon() + Duration::hours(25));
    transparency::record(&app.machine).await.expect("recorded");
    assert_eq!(of(&file(&app).await, "collected", "usage")["people"], 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn opt_out_rates_are_of_those_who_decided_and_told_when_both_sides_are_large() {
    let app = TestApp::start().await;
    let decide = async |from: usize, to: usize, usage: bool| {
        for n in from..to {
            let body = json!({ "anonymous": format!("d{n}"), "decisions": { "usage": usage } }).to_string();
            assert_eq!(app.post("/api/v1/consent", &app.ingest_key, "application/json", body).await.status, 200);
        }
    };
    decide(0, 150, true).await;
    decide(150, 190, false).await;
    transparency::record(&app.machine).await.expect("recorded");
    assert_eq!(of(&file(&app).await, "opt_out", "usage")["opted_out"], Value::Null, "forty said no");
    decide(190, 200, false).await;
    app.machine.clock.hold(noon() + Duration::hours(2));
    transparency::record(&app.machine).await.expect("recorded");
    assert_eq!(of(&file(&app).await, "opt_out", "usage")["opted_out"], 0.25);
    assert!(page(&app).await.contains("75.0% of those who decided share their usage"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_admin_says_makes_a_new_version_that_tells_what_changed() {
    let app = TestApp::start().await;
    transparency::record(&app.machine).await.expect("recorded");
    let before = file(&app).await["policy_hash"]["value"].clone();
    let admin = viewer("ada@shop.example", Role::Admin);
    let said = Said {
        responsible: "Fernhill Ltd",
        contact: "privacy@fernhill.example",
        place: "Frankfurt",
        processors: "Mailjet; mail; France",
        ..Said::default()
    };
    trust::say(&app.machine, &admin, app.project, said).await.expect("said");
    transparency::record(&app.machine).await.expect("recorded");
    let told = file(&app).await;
    assert_ne!(told["policy_hash"]["value"], before);
    assert_eq!(told["version"]["number"], 2);
    let changes = told["changes"][0]["changes"].to_string();
    assert!(
        changes.contains("Responsible: Fernhill Ltd") && changes.contains("Mailjet gets data, for mail"),
        "{changes}"
    );
    transparency::record(&app.machine).await.expect("recorded");
    assert_eq!(file(&app).await["changes"].as_array().map(Vec::len), Some(2), "nothing changed, nothing is written");
    let html = page(&app).await;
    assert!(
        html.contains("Responsible: Fernhill Ltd, privacy@fernhill.example.")
            && html.contains("stored in Frankfurt, by us")
    );
    let wrong = Said { processors: "Mailjet", ..Said::default() };
    let refused = trust::say(&app.machine, &admin, app.project, wrong).await.expect_err("refused");
    assert_eq!(refused.field.as_deref(), Some("processors"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_proof_of_deletion_is_public_and_signed() {
    let app = TestApp::start().await;
    assert_eq!(Person::nobody().read(&app, "/.well-known/telemetry-proof.json").await.status, 404);
    app.events(json!([{ "name": "x", "user": "u", "at": noon() - Duration::days(9) }])).await;
    app.settle().await;
    crate::retention::rule(&app, "event", 7).await;
    run::run(&app.machine).await.expect("a run");
    let answer = Person::nobody().read(&app, "/.well-known/telemetry-proof.json").await;
    assert_eq!(answer.status, 200);
    let text = String::from_utf8(answer.body).expect("text");
    let key = file(&app).await["deletion"]["public_key"].as_str().expect("a key").to_owned();
    assert_eq!(proof::verify(&text, &key).expect("signed").rows, 1);
    assert!(page(&app).await.contains("The last deletion"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_improvement_is_told_with_its_version_and_only_with_what_exists() {
    let app = TestApp::start().await;
    let admin = app.person(&[Role::Admin], None).await;
    let add = async |rest: &str| {
        let answer = admin.change(&app, "/fn/improvement/add", &format!("project={}&{rest}", app.project)).await;
        (answer.status.as_u16(), answer.json())
    };
    let good = "title=Paying+works+again&story=Errors+pointed+to+one+release.&day=2026-11-19&category=errors&service=payment&version=2.8.1&url=https%3A%2F%2Fshop.example%2Fnews";
    assert_eq!(add(good).await.0, 200);
    for (rest, field) in [
        ("title=&day=2026-11-19", "title"),
        ("title=T&day=soon", "day"),
        ("title=T&day=2026-12-01", "day"),
        ("title=T&day=2026-11-19&issue=0000000000000001", "issue"),
        ("title=T&day=2026-11-19&url=javascript:alert(1)", "url"),
        ("title=T&day=2026-11-19&service=payment", "version"),
        ("title=T&day=2026-11-19&category=everything", "category"),
    ] {
        let (status, said) = add(rest).await;
        assert_eq!((status, said["field"].as_str()), (400, Some(field)), "{rest}: {said}");
    }
    let html = page(&app).await;
    assert!(html.contains("Paying works again") && html.contains("Came with payment 2.8.1."), "{html}");
    assert!(html.contains("see the latest 1"));
    assert_eq!(file(&app).await["improvements"][0]["category"], "errors");
    let id: i64 = app.one("select id from improvement").await;
    let body = format!("project={}&improvement={id}", app.project);
    assert_eq!(admin.change(&app, "/fn/improvement/remove", &body).await.status, 200);
    assert!(!page(&app).await.contains("Paying works again"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_everything_counts_for_every_identifier_of_a_person() {
    let app = TestApp::start().await;
    app.events(json!([{ "name": "x", "user": "ada", "anonymous": "phone" }])).await;
    app.settle().await;
    let scope: Scope = crate::erasure::scope(&app, "ada").await;
    assert_eq!(scope.references.len(), 2);
    app.machine.policies.follow().await.expect("as it was");
    choice::refuse_all(&app.machine, &scope, "test").await.expect("decided");
    app.machine.policies.follow().await.expect("followed");
    let receipt = app.events(json!([{ "name": "x", "user": "ada" }, { "name": "x", "anonymous": "phone" }])).await;
    assert_eq!(receipt["accepted"], 0, "{receipt}");
}
