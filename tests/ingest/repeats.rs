//! What is a repeat (contract rules A10, A11, A19).

use crate::support::TestApp;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_key_gets_the_first_answer_and_stores_nothing() {
    let app = TestApp::start().await;
    let body = json!({ "events": [{ "name": "a", "user": "u" }, { "name": "" }] }).to_string();
    let send = async |body: &str| {
        app.post_with("/api/v1/events", &app.ingest_key, "application/json", body, &[("idempotency-key", "k-1")]).await
    };
    let first = send(&body).await.json();
    let second = send(&body).await.json();
    assert_eq!((&first["accepted"], &first["duplicate"]), (&json!(1), &json!(false)));
    assert_eq!((&second["accepted"], &second["duplicate"]), (&json!(1), &json!(true)));
    assert_eq!(second["rejected"], first["rejected"]);
    let other = send(&json!({ "events": [{ "name": "b", "user": "u" }] }).to_string()).await;
    assert_eq!(other.status, 422);
    assert_eq!(app.one::<i64>("select count(*) from event").await, 1);
    app.assert_balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_id_is_stored_once_across_days_and_the_first_content_wins() {
    let app = TestApp::start().await;
    let event = |name: &str, at: &str| json!({ "id": "e-1", "name": name, "user": "u", "at": at });
    let first =
        app.events(json!([event("first", "2026-11-20T10:00:00Z"), event("twin", "2026-11-20T10:00:00Z")])).await;
    assert_eq!((&first["accepted"], &first["duplicates"]), (&json!(1), &json!(1)));
    let again = app.events(json!([event("second", "2026-11-22T10:00:00Z")])).await;
    assert_eq!((&again["accepted"], &again["duplicates"], &again["duplicate"]), (&json!(0), &json!(1), &json!(false)));
    assert_eq!(app.rows("select to_jsonb(name) from event").await, [json!("first")]);
    app.assert_balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_without_an_id_are_never_taken_for_repeats() {
    let app = TestApp::start().await;
    for _ in 0..2 {
        let receipt = app.events(json!([{ "name": "a", "user": "u" }, { "name": "a", "user": "u" }])).await;
        assert_eq!(receipt["accepted"], 2);
    }
    assert_eq!(app.one::<i64>("select count(*) from event").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_batch_from_many_connections_at_once_is_stored_once() {
    let app = std::sync::Arc::new(TestApp::start().await);
    let body =
        json!({ "events": [{ "id": "x", "name": "a", "user": "u" }, { "name": "b", "anonymous": "q" }] }).to_string();
    let sends = (0..32).map(|_| {
        let (app, body) = (app.clone(), body.clone());
        tokio::spawn(async move {
            let answer = app
                .post_with("/api/v1/events", &app.ingest_key, "application/json", body, &[("idempotency-key", "storm")])
                .await;
            (answer.status.as_u16(), answer.json()["duplicate"] == json!(true))
        })
    });
    let mut fresh = 0;
    for send in sends.collect::<Vec<_>>() {
        let (status, duplicate) = send.await.expect("sent");
        assert_eq!(status, 200);
        fresh += usize::from(!duplicate);
    }
    assert_eq!(fresh, 1);
    assert_eq!(app.one::<i64>("select count(*) from event").await, 2);
    app.assert_balanced().await;
}
