//! While nothing can be stored every client is asked to come back, in the one way that all that repeat at all repeat on.

use super::{AGENT, Call};
use crate::support::TestApp;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn every_door_says_503_and_when_to_come_back() {
    let app = TestApp::start().await;
    let key = app.ingest_key.clone();
    let bodies = [
        ("/batch/", json!({ "api_key": key, "batch": [{ "event": "a", "distinct_id": "u" }] })),
        ("/v1/batch", json!({ "writeKey": key, "batch": [{ "type": "track", "event": "a", "userId": "u" }] })),
        ("/track", json!([{ "event": "a", "properties": { "token": key, "distinct_id": "u" } }])),
        ("/engage", json!([{ "$token": key, "$distinct_id": "u", "$set": { "plan": "pro" } }])),
        ("/import", json!([{ "event": "a", "properties": { "token": key, "distinct_id": "u" } }])),
        ("/api/send", json!({ "type": "event", "payload": { "website": key, "url": "/", "id": "u" } })),
        ("/api/batch", json!([{ "type": "event", "payload": { "website": key, "url": "/", "id": "u" } }])),
        ("/api/event", json!({ "n": "pageview", "d": key, "u": "https://shop.example/" })),
    ];
    // The policy of the project is known, as in the middle of the day; then the store goes away.
    let first = Call::post("/batch/", bodies[0].1.to_string()).send(&app).await;
    assert_eq!(first.status, 200);
    app.machine.database.close().await;
    for (path, body) in &bodies {
        let answer = Call::post(path, body.to_string()).header("user-agent", AGENT).send(&app).await;
        let told = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, 503, "{path}: {told}");
        assert_eq!(answer.headers["retry-after"], "2", "{path}");
        for word in ["pool", "sqlx", "Postgres", "postgres", "insert"] {
            assert!(!told.contains(word), "{path}: {told}");
        }
    }
    for path in ["/flags/?v=2", "/array/x/config", "/s/"] {
        let call = if path.starts_with("/array") { Call::get(path) } else { Call::post(path, "{}") };
        assert_eq!(call.send(&app).await.status, 200, "{path}: side requests need no store");
    }
}
