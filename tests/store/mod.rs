//! The store through the real doors and a real Postgres: exactly once, exact at every edge, the same after a rebuild.

mod days;
mod logs;
mod once;
mod rebuilt;

use crate::support::TestApp;
use parallax_domain::Role;
use parallax_server::identity::keys::KeyKind;
use parallax_server::identity::projects;
use parallax_server::projection::compact;
use serde_json::{Value, json};
use std::time::Duration;

/// A project beside the one of the test, with keys of its own.
pub struct Beside {
    ingest: String,
    read: String,
}

impl Beside {
    pub async fn open(app: &TestApp, name: &str, zone: &str) -> Beside {
        let project = projects::create(&app.machine.database, name, zone, "learn").await.expect("project");
        let ingest = app.key_of(project, KeyKind::Ingest, Role::Admin, &[]).await;
        let read = app.key_of(project, KeyKind::Read, Role::Admin, &[]).await;
        Beside { ingest, read }
    }

    pub async fn events(&self, app: &TestApp, events: Value) {
        let body = json!({ "events": events }).to_string();
        let answer = app.post("/api/v1/events", &self.ingest, "application/json", body).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    }

    pub async fn answer(&self, app: &TestApp, question: &str, body: Value) -> Value {
        let answer =
            app.post(&format!("/api/v1/query/{question}"), &self.read, "application/json", body.to_string()).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        answer.json()["result"].clone()
    }
}

/// Everything becomes one chunk with its presence.
pub async fn rest(app: &TestApp) {
    while compact::settle(&app.machine.database, Duration::ZERO).await.expect("compaction") > 0 {}
}

/// Events (total) and people of the day of the test.
pub async fn counts(app: &TestApp) -> (f64, f64) {
    let series = json!([{ "measure": "total" }, { "measure": "unique" }]);
    let answer = app.answer("trend", json!({ "series": series })).await;
    let total = |place: usize| answer["result"]["series"][place]["total"].as_f64().expect("a total");
    (total(0), total(1))
}
