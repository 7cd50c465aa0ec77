//! Decisions: how they are told, what they prove, and what they stop.

use crate::support::person::Person;
use crate::support::{TestApp, noon};
use chrono::Duration;
use parallax_domain::Role;
use parallax_server::identity::keys::KeyKind;
use parallax_server::privacy::receipt;
use serde_json::{Value, json};

async fn decide(app: &TestApp, body: Value) -> Value {
    let answer = app.post("/api/v1/consent", &app.ingest_key, "application/json", body.to_string()).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()
}

async fn form(app: &TestApp, person: &Person, path: &str, rest: &str) -> Value {
    let answer = person.change(app, path, &format!("project={}&{rest}", app.project)).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    app.machine.policies.follow().await.expect("follow");
    answer.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_signed_and_says_what_was_decided() {
    let app = TestApp::start().await;
    let told = json!({ "user": "jane", "decisions": { "usage": true, "marketing": false }, "policy": "2026-11",
        "source": "banner", "language": "de", "region": "DE", "platform": "web", "version": "4.12" });
    let token = decide(&app, told).await["receipt"].as_str().expect("a receipt").to_owned();
    let policy = app.machine.policies.of(app.project).await.expect("policy").expect("project");
    let receipt = receipt::open(&policy.secret, &token).expect("signed by this project");
    assert_eq!((receipt.policy.as_str(), receipt.region.as_str()), ("2026-11", "DE"));
    assert_eq!(json!([receipt.granted, receipt.denied]), json!([["usage"], ["marketing"]]));
    assert_eq!(receipt.expires_at.to_rfc3339(), "2027-12-22T13:00:00+00:00");
    assert!(!token.contains("jane"));
    let other = parallax_server::privacy::pseudonym::ProjectSecret::new([0; 32]);
    assert_eq!(receipt::open(&other, &token), None);
    // A change of mind names the decision before it.
    decide(&app, json!({ "user": "jane", "decisions": { "usage": false }, "at": "2026-11-22T13:00:00Z" })).await;
    let chain = app
        .rows("select jsonb_build_array(platform, version, supersedes is null) from consent order by recorded_at")
        .await;
    assert_eq!(chain, [json!(["web", "4.12", true]), json!(["", "", false])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_decision_is_named() {
    let app = TestApp::start().await;
    let field = async |body: Value| {
        let answer = app.post("/api/v1/consent", &app.ingest_key, "application/json", body.to_string()).await;
        (answer.status.as_u16(), answer.json()["field"].clone())
    };
    assert_eq!(field(json!({ "decisions": {} })).await, (400, json!("subject")));
    assert_eq!(field(json!({ "user": "u" })).await, (400, json!("decisions")));
    assert_eq!(
        field(json!({ "user": "u", "decisions": { "tracking": true } })).await,
        (400, json!("decisions.tracking"))
    );
    assert_eq!(
        field(json!({ "user": "u", "decisions": { "essential": false } })).await,
        (400, json!("decisions.essential"))
    );
    assert_eq!(field(json!({ "user": "u", "decisions": { "usage": 1 } })).await, (400, json!("decisions.usage")));
    assert_eq!(field(json!({ "user": "u", "decisions": {}, "at": "soon" })).await, (400, json!("at")));
    assert_eq!(field(json!({ "user": "u", "decisions": {}, "region": "Bavaria" })).await, (400, json!("region")));
    let browser = app.key(KeyKind::Browser, Role::Admin, &["https://shop.example"]).await;
    let body = json!({ "user": "u", "decisions": { "usage": true } }).to_string();
    let answer = app.post("/api/v1/consent", &browser, "application/json", body).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["field"]), (400, &json!("user")));
    assert_eq!(app.one::<i64>("select count(*) from consent").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_of_another_system_are_taken_in_at_once() {
    let app = TestApp::start().await;
    let body = json!([
        { "user": "a", "decisions": { "usage": false }, "at": "2025-06-01T00:00:00Z", "source": "import" },
        { "user": "b", "decisions": { "usage": "no" } },
        { "anonymous": "c", "decisions": { "analytics": false }, "source": "import" }
    ]);
    let answer = decide(&app, body).await;
    assert_eq!(answer["receipts"].as_array().map(Vec::len), Some(2));
    assert_eq!(answer["rejected"][0]["index"], 1);
    let receipt = app
        .events(json!([{ "name": "x", "user": "a" }, { "name": "x", "user": "b" }, { "name": "x", "anonymous": "c" }]))
        .await;
    assert_eq!((&receipt["accepted"], &receipt["dropped"]), (&json!(1), &json!({ "usage": 2 })));
    let browser = app.key(KeyKind::Browser, Role::Admin, &["https://shop.example"]).await;
    assert_eq!(app.post("/api/v1/consent", &browser, "application/json", "[]").await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_word_on_one_category_leaves_the_refusal_of_another() {
    let app = TestApp::start().await;
    decide(&app, json!({ "user": "u", "decisions": { "usage": false }, "at": "2026-11-20T00:00:00Z" })).await;
    decide(&app, json!({ "user": "u", "decisions": { "marketing": true }, "at": "2026-11-21T00:00:00Z" })).await;
    let send = async || app.events(json!([{ "name": "x", "user": "u" }])).await;
    assert_eq!(send().await["dropped"], json!({ "usage": 1 }));
    // Not after the thirteen months either: the end of a question is no agreement.
    app.machine.clock.hold(noon() + Duration::days(399));
    assert_eq!(send().await["dropped"], json!({ "usage": 1 }));
    decide(&app, json!({ "user": "u", "decisions": { "usage": true } })).await;
    assert_eq!(send().await["accepted"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_and_a_region_refuse_until_somebody_agrees_on_purpose() {
    let app = TestApp::start().await;
    let admin = app.person(&[Role::Admin], None).await;
    form(&app, &admin, "/fn/consent/default", "region=de&category=research&allowed=false&reason=Rarely+needed").await;
    form(&app, &admin, "/fn/privacy/set", "owner=data+team&header=all&lasting[marketing]=daily").await;
    let browser = app.key(KeyKind::Browser, Role::Admin, &["https://shop.example"]).await;
    let send = async |key: &str, category: &str, context: Value, header: &str| {
        let event = json!({ "name": "x", "anonymous": "a", "category": category, "context": context });
        let body = json!({ "events": [event] }).to_string();
        let headers = [("origin", "https://shop.example"), ("sec-gpc", header)];
        app.post_with("/api/v1/events", key, "application/json", body, &headers).await.json()["accepted"].clone()
    };
    let german = json!({ "timezone": "Europe/Berlin" });
    assert_eq!(send(&browser, "research", german.clone(), "0").await, 0, "nobody agreed yet");
    assert_eq!(send(&browser, "research", json!({ "timezone": "Europe/Paris" }), "0").await, 1);
    assert_eq!(send(&app.ingest_key, "research", german.clone(), "0").await, 1, "a server sends what it sends");
    assert_eq!(send(&browser, "usage", german.clone(), "1").await, 0, "here the header refuses everything");
    assert_eq!(send(&browser, "essential", german.clone(), "1").await, 1);
    decide(&app, json!({ "anonymous": "a", "decisions": { "research": true, "usage": true }, "source": "banner" }))
        .await;
    assert_eq!(send(&browser, "research", german.clone(), "1").await, 1, "chosen on purpose");
    assert_eq!(send(&browser, "usage", german.clone(), "1").await, 1);
    // Whoever is known for a day only has no identifier that could be read back.
    decide(&app, json!({ "anonymous": "a", "decisions": { "marketing": true }, "source": "banner" })).await;
    assert_eq!(send(&app.ingest_key, "marketing", german, "0").await, 1);
    let of_a_day =
        app.rows("select jsonb_build_array(person_key is null, sealed is null) from subject where kind = 2").await;
    assert_eq!(of_a_day, [json!([true, true])]);
    form(&app, &admin, "/fn/consent/default_remove", "rule=DE+research").await;
    assert_eq!(app.one::<i64>("select count(*) from consent_default").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wider_purpose_is_asked_anew_and_refusals_are_carried_over() {
    let app = TestApp::start().await;
    decide(&app, json!({ "user": "yes", "decisions": { "marketing": true }, "at": "2026-11-20T00:00:00Z" })).await;
    decide(&app, json!({ "user": "no", "decisions": { "marketing": false }, "at": "2026-11-20T00:00:00Z" })).await;
    let send = async |user: &str| {
        let body = json!({ "events": [{ "name": "ad seen", "user": user, "category": "marketing" }] }).to_string();
        let answer = app.post_with("/api/v1/events", &app.ingest_key, "application/json", body, &[("dnt", "1")]).await;
        answer.json()["accepted"].clone()
    };
    assert_eq!((send("yes").await, send("no").await), (json!(1), json!(0)));
    let admin = app.person(&[Role::Admin], None).await;
    let done = form(
        &app,
        &admin,
        "/fn/consent/publish",
        "version=2&note=Partners+too&categories[]=usage&categories[]=marketing&anew[]=marketing",
    )
    .await;
    assert_eq!(done["message"], "Version 2 is in force; marketing is asked anew");
    assert_eq!(
        (send("yes").await, send("no").await),
        (json!(0), json!(0)),
        "the old agreement does not hold against the header"
    );
    app.machine.clock.hold(noon() + Duration::hours(1));
    decide(&app, json!({ "user": "yes", "decisions": { "marketing": true }, "policy": "2" })).await;
    assert_eq!(send("yes").await, 1);
    assert_eq!(
        app.rows("select to_jsonb(policy) from consent_text").await,
        [json!("2")],
        "pages ask with this version"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_category_takes_its_fields_titles_and_links_with_it() {
    let app = TestApp::start().await;
    let write = app.key(KeyKind::Write, Role::Admin, &[]).await;
    let body = json!({ "fields": [{ "signal": "event", "name": "term", "category": "content" }] }).to_string();
    assert_eq!(app.post("/api/v1/catalogue", &write, "application/json", body).await.status, 200);
    app.machine.policies.follow().await.expect("follow");
    decide(&app, json!({ "user": "quiet", "decisions": { "content": false, "support": false } })).await;
    let event = |user: &str| {
        json!({ "name": "searched", "user": user, "properties": { "term": "red shoes", "hits": 3 },
                "context": { "title": "red shoes", "campaign": { "source": "news", "term": "shoes" } } })
    };
    app.events(json!([event("quiet"), event("open")])).await;
    let kept = app
        .rows("select jsonb_build_array(title, campaign_source, campaign_term, properties) from event order by seq")
        .await;
    assert_eq!(
        kept,
        [
            json!([null, "news", null, { "hits": 3 }]),
            json!(["red shoes", "news", "shoes", { "term": "red shoes", "hits": 3 }]),
        ]
    );
    let ticket = |id: &str, user: &str| json!({ "id": id, "user": user, "subject": "Help", "text": "It broke" });
    let body = json!([ticket("t-1", "quiet"), ticket("t-2", "open")]).to_string();
    assert_eq!(app.post("/api/v1/tickets", &app.ingest_key, "application/json", body).await.status, 200);
    let linked = app.rows("select to_jsonb(person is not null) from ticket order by id").await;
    assert_eq!(linked, [json!(false), json!(true)]);
}
