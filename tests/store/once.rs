//! Every committed batch is folded once, whatever happens around it.

use super::{Beside, counts, rest};
use crate::support::TestApp;
use parallax_server::projection::projector::Projector;
use serde_json::json;
use sqlx::Connection;
use std::time::Duration;

fn projector(app: &TestApp) -> Projector {
    Projector::new(app.machine.database.clone(), app.machine.intake.commit.committed.clone())
}

/// A batch like the one that waits, in a transaction of its own.
const AGAIN: &str = "insert into batch (id, signal, projects, accounts, payload, format) \
                     select nextval('batch_id'), signal, projects, '[]', payload, format from batch order by id limit 1";

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_transaction_is_waited_for_and_one_that_is_rolled_back_is_not_missed() {
    let app = TestApp::start().await;
    app.events(json!([{ "name": "seen", "user": "u-1", "at": "2026-11-22T10:00:00Z" }])).await;
    let database = &app.machine.database;
    let mut slow = database.admin.acquire().await.expect("a connection");
    let mut held = slow.begin().await.expect("a transaction");
    sqlx::query(AGAIN).execute(&mut *held).await.expect("a batch");
    let mut other = database.admin.acquire().await.expect("a connection");
    let mut undone = other.begin().await.expect("a transaction");
    sqlx::query(AGAIN).execute(&mut *undone).await.expect("a batch");
    // Commits later than both began, with a higher transaction id.
    app.events(json!([{ "name": "seen", "user": "u-2", "at": "2026-11-22T10:00:01Z" }])).await;
    projector(&app).tick().await.expect("a tick");
    undone.rollback().await.expect("rolled back");
    projector(&app).tick().await.expect("a tick");
    held.commit().await.expect("committed");
    app.settle().await;
    assert_eq!(counts(&app).await, (3.0, 2.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_of_different_speed_lose_nothing_and_add_nothing() {
    let app = TestApp::start().await;
    app.events(json!([{ "name": "seen", "user": "u-0", "at": "2026-11-22T10:00:00Z" }])).await;
    let mut writers = Vec::new();
    for writer in 0..4u64 {
        let database = app.machine.database.clone();
        writers.push(tokio::spawn(async move {
            let mut kept = 0;
            for round in 0..12u64 {
                let mut connection = database.admin.acquire().await.expect("a connection");
                let mut transaction = connection.begin().await.expect("a transaction");
                // Copies of a batch that may be folded meanwhile: then there is nothing to copy.
                let made = sqlx::query(AGAIN).execute(&mut *transaction).await.expect("a batch").rows_affected();
                tokio::time::sleep(Duration::from_millis((writer * 3 + round) % 7)).await;
                if (writer + round) % 4 == 0 {
                    transaction.rollback().await.expect("rolled back");
                } else {
                    transaction.commit().await.expect("committed");
                    kept += made;
                }
            }
            kept
        }));
    }
    let own = projector(&app);
    let mut copies = 0;
    for writer in writers {
        own.tick().await.expect("a tick");
        copies += writer.await.expect("a writer");
    }
    app.settle().await;
    assert_eq!(counts(&app).await, (1.0 + copies as f64, 1.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projector_that_is_stopped_anywhere_begins_again_without_loss_or_repetition() {
    let app = TestApp::start().await;
    for minute in 0..20 {
        let at = format!("2026-11-22T10:{minute:02}:00Z");
        app.events(json!([{ "name": "seen", "user": format!("u-{}", minute % 7), "at": at }])).await;
        // Dropped in the middle of whatever it does after so many microseconds: its connection ends with it.
        let patience = Duration::from_micros(300 * minute);
        tokio::time::timeout(patience, projector(&app).tick()).await.ok();
    }
    app.settle().await;
    assert_eq!(counts(&app).await, (20.0, 7.0));
    rest(&app).await;
    assert_eq!(counts(&app).await, (20.0, 7.0));
    app.assert_balanced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_projects_side_by_side_know_nothing_of_each_other() {
    let app = TestApp::start().await;
    let other = Beside::open(&app, "Other", "UTC").await;
    for number in 0..6 {
        let at = format!("2026-11-22T10:0{number}:00Z");
        app.events(json!([{ "name": "seen", "user": format!("u-{}", number % 2), "at": at }])).await;
        other
            .events(
                &app,
                json!([{ "name": "seen", "user": "u-0", "at": at }, { "name": "heard", "user": "u-9", "at": at }]),
            )
            .await;
        app.settle().await;
    }
    for _ in 0..2 {
        assert_eq!(counts(&app).await, (6.0, 2.0));
        let body = json!({ "from": "2026-11-22T00:00:00Z", "to": "2026-11-23T00:00:00Z",
            "series": [{ "measure": "total" }, { "event": "heard", "measure": "unique" }] });
        let answer = other.answer(&app, "trend", body).await;
        assert_eq!((&answer["series"][0]["total"], &answer["series"][1]["total"]), (&json!(12.0), &json!(1.0)));
        rest(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_beyond_the_memory_is_refused_with_the_reason() {
    let app = TestApp::start().await;
    app.events(json!([{ "name": "seen", "user": "u-1", "at": "2026-11-22T10:00:00Z" }])).await;
    app.settle().await;
    let small = parallax_server::store::Store::new(app.machine.database.clone(), 1);
    let viewer = parallax_server::identity::accounts::Viewer {
        account: 0,
        email: "small".to_owned(),
        name: "small".to_owned(),
        roles: vec![parallax_domain::Role::Admin],
        projects: None,
    };
    let mut look = small.look(&viewer, app.project).await.expect("a look");
    let frame = serde_json::from_value(json!({ "from": "2026-11-22T00:00:00Z", "to": "2026-11-23T00:00:00Z" }))
        .expect("a frame");
    let asked = serde_json::from_value(json!({ "series": [{}] })).expect("a trend");
    let problem = small.trend(&mut look, &frame, &asked).await.err().expect("refused");
    assert_eq!(problem.kind, parallax_domain::Kind::TooLarge);
    assert!(problem.detail.contains("--memory"), "{}", problem.detail);
}
