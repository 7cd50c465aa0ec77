//! Withdrawal holds on every process: nothing is stored afterwards, whichever one is asked.

use crate::program::{Folder, Server, wait};
use crate::support::TestApp;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_stored_after_a_withdrawal_on_either_of_two_processes() {
    let app = TestApp::start().await;
    let twin = app.twin().await;
    app.machine.keys.reload().await.expect("keys");
    twin.machine.keys.reload().await.expect("keys");
    let send = async |at: &TestApp| at.events(json!([{ "name": "x", "user": "u" }])).await["accepted"].clone();
    assert_eq!((send(&app).await, send(&twin).await), (json!(1), json!(1)));
    twin.machine.policies.follow().await.expect("follow");
    let body = json!({ "user": "u", "decisions": { "usage": false } }).to_string();
    let answer = app.post("/api/v1/consent", &app.ingest_key, "application/json", body).await;
    assert_eq!(answer.status, 200);
    // The process that was told holds to it before it answers.
    assert_eq!(send(&app).await, 0);
    // The other follows once a second.
    twin.machine.policies.follow().await.expect("follow");
    assert_eq!(send(&twin).await, 0);
    for at in [&app, &twin] {
        for _ in 0..20 {
            assert_eq!(send(at).await, 0);
        }
    }
    assert_eq!(app.one::<i64>("select count(*) from event").await, 2);
    app.assert_balanced().await;
}

/// The program, twice, on one database of the test server.
#[test]
fn two_running_programs_hold_to_a_withdrawal_that_one_of_them_was_told() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let app = runtime.block_on(TestApp::start());
    let url = app.machine.options.database_url.clone().expect("a database");
    let (first, second) = (Folder::new("withdrawal-a"), Folder::new("withdrawal-b"));
    let (first, second) = (Server::start_on(&first, &url), Server::start_on(&second, &url));
    let post = |server: &Server, path: &str, body: Value| -> Value {
        let request = server.agent.post(format!("{}{path}", server.address));
        let request = request.header("authorization", format!("Bearer {}", app.ingest_key));
        let mut answer = request.content_type("application/json").send(body.to_string()).expect("an answer");
        assert_eq!(answer.status(), 200);
        let text = answer.body_mut().read_to_string().expect("text");
        serde_json::from_str(&text).expect("JSON")
    };
    let send = |server: &Server| post(server, "/api/v1/events", json!({ "events": [{ "name": "x", "user": "u" }] }));
    assert_eq!((&send(&first)["accepted"], &send(&second)["accepted"]), (&json!(1), &json!(1)));
    post(&first, "/api/v1/consent", json!({ "user": "u", "decisions": { "usage": false } }));
    assert_eq!(send(&first)["dropped"], json!({ "usage": 1 }));
    // Within the 60 seconds that are promised; it is about one.
    let since = std::time::Instant::now();
    wait("the other program to follow", || send(&second)["dropped"] == json!({ "usage": 1 }));
    assert!(since.elapsed().as_secs() < 60);
    let stored = || runtime.block_on(app.one::<i64>("select count(*) from event"));
    let before = stored();
    for _ in 0..50 {
        for server in [&first, &second] {
            assert_eq!(send(server)["accepted"], 0);
        }
    }
    assert_eq!(stored(), before);
    first.stop();
    second.stop();
}
