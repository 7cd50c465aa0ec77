//! Log search finds what a look at every message finds, whatever is folded, compacted or not yet.

use super::rest;
use crate::support::TestApp;
use serde_json::{Value, json};

const WORDS: [&str; 12] = [
    "Order",
    "timed out",
    "retry",
    "Größe",
    "payment",
    "x",
    "FAILED",
    "user-4711",
    "cache miss",
    "ÄRGER",
    "a%b_c",
    "00ff",
];

fn message(n: usize) -> String {
    let word = |place: usize| WORDS[(n * 7 + place * 5 + n / 3) % WORDS.len()];
    format!("{} {} {n} {}", word(0), word(1), word(2))
}

async fn send(app: &TestApp, from: usize, to: usize) {
    let base = 1_795_345_200_000_000_000_i64; // 2026-11-22T11:00:00Z
    let record = |n: usize| json!({ "timeUnixNano": (base + n as i64 * 37_000_000).to_string(), "severityNumber": 9, "body": { "stringValue": message(n) } });
    let body = json!({ "resourceLogs": [{ "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": "shop" } }] },
        "scopeLogs": [{ "logRecords": (from..to).map(record).collect::<Vec<_>>() }] }] });
    assert_eq!(app.otlp("/v1/logs", "application/json", body.to_string()).await.status, 200);
}

async fn check(app: &TestApp, records: usize) {
    for needle in ["order", "TIMED OUT", "größe", "ärger", "a%b_c", "x", "user-4711", "nothing like it", "ff", "miss 1"]
    {
        let mut expected: Vec<String> =
            (0..records).map(message).filter(|text| text.to_lowercase().contains(&needle.to_lowercase())).collect();
        expected.reverse();
        let mut found = Vec::new();
        let mut after = Value::Null;
        loop {
            let body = json!({ "search": format!("{needle:?}"), "limit": 40, "after": after });
            let answer = app.answer("logs", body).await["result"].clone();
            assert_eq!(answer["total"], json!(expected.len()), "{needle}");
            found.extend(
                answer["rows"]
                    .as_array()
                    .expect("rows")
                    .iter()
                    .map(|row| row["message"].as_str().expect("text").to_owned()),
            );
            after = answer["next"].clone();
            if after.is_null() {
                break;
            }
        }
        assert_eq!(found, expected, "{needle}");
    }
    let both = app.answer("logs", json!({ "search": "order NOT retry level:info" })).await;
    let fits = |text: &String| text.contains("Order") && !text.contains("retry");
    assert_eq!(both["result"]["total"], json!((0..records).map(message).filter(fits).count()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_what_is_there_in_every_state_of_folding() {
    let app = TestApp::start().await;
    send(&app, 0, 150).await;
    check(&app, 150).await;
    app.settle().await;
    check(&app, 150).await;
    rest(&app).await;
    send(&app, 150, 260).await;
    check(&app, 260).await;
    app.settle().await;
    send(&app, 260, 300).await;
    app.settle().await;
    check(&app, 300).await;
    rest(&app).await;
    check(&app, 300).await;
}
