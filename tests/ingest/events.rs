//! Native events: the contract's example, times, consent, names, catalogue.

use crate::support::{TestApp, noon};
use chrono::Duration;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn the_contracts_example_is_stored_as_described() {
    let app = TestApp::start().await;
    let receipt = app
        .events(json!([{
            "id": "0194", "name": "Purchase Completed", "at": "2026-11-22T12:32:18.250Z",
            "user": "customer_12345", "anonymous": "a-77", "session": "s-9", "category": "usage",
            "properties": { "items": 3, "plan": "team" }, "revenue": { "amount": 149.99, "currency": "USD" },
            "context": { "url": "https://shop.example/cart?utm_source=news&token=secret", "referrer": "https://search.example/find?q=tent",
                "title": "Cart", "campaign": { "source": "news", "medium": "email", "name": "jan", "term": null, "content": null },
                "device": "mobile", "os": "iOS", "browser": "Safari", "country": "DE", "screen": "390x844", "locale": "de-DE",
                "theme": "dark", "network": "4g", "version": "2.4.1", "environment": "production",
                "trace_id": "5b8efff798038103d269b633813fc60c" },
            "consent": { "usage": true, "marketing": false } }]))
        .await;
    assert_eq!(receipt, json!({ "accepted": 1, "rejected": [], "dropped": {}, "duplicates": 0, "duplicate": false }));
    let rows = app.rows("select to_jsonb(event) from event").await;
    let event = &rows[0];
    assert_eq!(event["at"], "2026-11-22T12:32:18.25+00:00");
    assert_eq!(event["properties"], json!({ "items": 3, "plan": "team" }));
    assert_eq!((&event["revenue"], &event["currency"]), (&json!(149_990_000), &json!("USD")));
    assert_eq!((&event["url_host"], &event["url_path"]), (&json!("shop.example"), &json!("/cart")));
    // Marketing was refused: what is stored does not say where the person came from.
    assert_eq!((&event["referrer"], &event["campaign_source"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&event["device"], &event["country"], &event["theme"]),
        (&json!("mobile"), &json!("DE"), &json!("dark"))
    );
    let everything = event.to_string();
    for clear in ["customer_12345", "a-77", "s-9", "secret", "q=tent"] {
        assert!(!everything.contains(clear), "{clear} is stored in clear");
    }
    app.assert_balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn times_follow_the_contract() {
    let app = TestApp::start().await;
    let at = |offset: Duration| (noon() + offset).to_rfc3339();
    let event = |name: &str, at: &str| json!({ "name": name, "at": at, "user": "u" });
    let receipt = app
        .events(json!([
            event("400 days", &at(Duration::days(-400) + Duration::minutes(1))),
            event("401 days", &at(Duration::days(-401))),
            event("1970", "1970-01-01T00:00:00Z"),
            event("2262", "2262-04-11T23:47:16Z"),
            event("nonsense", "yesterday"),
            event("5 minutes ahead", &at(Duration::minutes(5))),
            event("2 hours ahead", &at(Duration::hours(2))),
            json!({ "name": "none", "user": "u" }),
        ]))
        .await;
    assert_eq!(receipt["accepted"], 5);
    let rejected: Vec<(u64, &str)> = receipt["rejected"]
        .as_array()
        .expect("rejected")
        .iter()
        .map(|one| (one["index"].as_u64().expect("index"), one["reason"].as_str().expect("reason")))
        .collect();
    assert_eq!(rejected, [(1, "too_old"), (2, "too_old"), (4, "too_old")]);
    let flags = app.rows("select jsonb_build_array(name, flags, at = received_at) from event order by name").await;
    assert_eq!(
        flags,
        [
            json!(["2 hours ahead", 1, true]),
            json!(["2262", 1, true]),
            json!(["400 days", 0, false]),
            json!(["5 minutes ahead", 0, false]),
            json!(["none", 4, true])
        ]
    );
    app.assert_balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_senders_clock_error_shifts_its_times_within_bounds() {
    let app = TestApp::start().await;
    for (name, sent_before, shifted) in [("3 s", 3, false), ("1 h", 3600, true), ("25 h", 90_000, false)] {
        let sent_at = noon() - Duration::seconds(sent_before);
        let at = noon() - Duration::hours(2);
        let body = json!({ "sent_at": sent_at, "events": [{ "name": name, "at": at, "user": "u" }] });
        let answer = app.post("/api/v1/events", &app.ingest_key, "application/json", body.to_string()).await;
        assert_eq!(answer.json()["accepted"], 1);
        let rows = app.rows("select to_jsonb(event) from event order by seq desc limit 1").await;
        let expected = if shifted { at + Duration::seconds(sent_before) } else { at };
        let stored: chrono::DateTime<chrono::Utc> = rows[0]["at"].as_str().expect("at").parse().expect("time");
        assert_eq!(stored, expected, "{name}");
        assert_eq!(rows[0]["flags"], if shifted { 2 } else { 0 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_only_takes_away() {
    let app = TestApp::start().await;
    let event = |consent: Value| json!({ "name": "x", "user": "u", "consent": consent });
    let receipt = app
        .events(json!([
            event(json!({ "usage": false })),
            event(json!({ "usage": true })),
            event(json!({})),
            event(json!({ "analytics": false })),
            event(json!({ "tracking": false })),
        ]))
        .await;
    assert_eq!(receipt["accepted"], 2);
    assert_eq!(receipt["dropped"], json!({ "usage": 2 }));
    assert_eq!(receipt["rejected"][0]["index"], 4);
    app.assert_balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_refusal_takes_effect_and_a_stored_grant_overrides_a_header() {
    let app = TestApp::start().await;
    let decide = async |body: Value| {
        let answer = app.post("/api/v1/consent", &app.ingest_key, "application/json", body.to_string()).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        assert!(answer.json()["receipt"].is_string());
        // Every process follows within a second; here there is only one, and it is told.
        app.machine.policies.follow().await.expect("follow");
    };
    app.machine.policies.follow().await.expect("follow");
    decide(json!({ "user": "refuser", "decisions": { "usage": false } })).await;
    decide(json!({ "user": "chooser", "decisions": { "marketing": true } })).await;
    let receipt = app.events(json!([{ "name": "x", "user": "refuser" }, { "name": "x", "user": "other" }])).await;
    assert_eq!((&receipt["accepted"], &receipt["dropped"]), (&json!(1), &json!({ "usage": 1 })));
    let body = json!({ "events": [
        { "name": "ad seen", "user": "chooser", "category": "marketing" },
        { "name": "ad seen", "user": "other", "category": "marketing" } ] });
    let answer = app
        .post_with("/api/v1/events", &app.ingest_key, "application/json", body.to_string(), &[("sec-gpc", "1")])
        .await
        .json();
    assert_eq!((&answer["accepted"], &answer["dropped"]), (&json!(1), &json!({ "marketing": 1 })));
    app.assert_balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_values_beyond_the_limits_are_rejected_with_the_reason() {
    let app = TestApp::start().await;
    let many: serde_json::Map<String, Value> = (0..129).map(|n| (format!("p{n}"), json!(n))).collect();
    let receipt = app
        .events(json!([
            { "name": "n".repeat(201), "user": "u" },
            { "name": "x", "user": "u", "properties": { "k".repeat(151): 1 } },
            { "name": "x", "user": "u", "properties": { "k": "v".repeat(8 * 1024 + 1) } },
            { "name": "x", "user": "u", "properties": many },
            { "name": "x" },
            { "user": "u" },
            "not an object",
            { "name": "fine", "user": "u", "properties": { "null": "a\u{0}b" } },
        ]))
        .await;
    assert_eq!(receipt["accepted"], 1);
    assert_eq!(receipt["rejected"].as_array().expect("rejected").len(), 7);
    let kept = app.rows("select properties from event").await;
    assert_eq!(kept, [json!({ "null": "ab" })]);
    app.assert_balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strict_project_stores_declared_fields_only() {
    let app = TestApp::start_with("strict").await;
    let fields = ["plan".to_owned()];
    parallax_server::privacy::catalogue::declare(
        &app.machine.database,
        app.project,
        parallax_domain::Category::Usage,
        &fields,
    )
    .await
    .expect("declared");
    app.events(json!([{ "name": "x", "user": "u", "properties": { "plan": "team", "mood": "good" } }])).await;
    assert_eq!(app.rows("select properties from event").await, [json!({ "plan": "team" })]);
    app.machine.policies.follow().await.expect("follow");
    let seen: Vec<Value> =
        app.rows("select to_jsonb(name) from field where state = 'proposed' and signal = 0 and item = 'field'").await;
    assert_eq!(seen, [json!("mood")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_learn_mode_values_stop_thirty_days_after_a_field_was_first_seen() {
    let app = TestApp::start().await;
    let send = async || app.events(json!([{ "name": "x", "user": "u", "properties": { "mood": "good" } }])).await;
    send().await;
    app.machine.policies.follow().await.expect("follow");
    app.machine.clock.hold(noon() + Duration::days(29));
    send().await;
    app.machine.clock.hold(noon() + Duration::days(31));
    send().await;
    let kept: Vec<Value> = app.rows("select coalesce(properties, 'null'::jsonb) from event order by seq").await;
    assert_eq!(kept, [json!({ "mood": "good" }), json!({ "mood": "good" }), Value::Null]);
}
