//! Retention: a real drop of a real partition, with its proof.

use crate::support::{TestApp, noon};
use chrono::Duration;
use parallax_server::retention;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_than_its_rule_is_dropped_and_proven_and_nothing_else() {
    let app = TestApp::start().await;
    for days in [1, 6, 8, 20] {
        app.events(json!([{ "name": "x", "user": "u", "at": noon() - Duration::days(days) }])).await;
    }
    app.settle().await;
    sqlx::query("insert into retention (project, signal, days) values ($1, 'event', 7)")
        .bind(app.project)
        .execute(&app.machine.database.admin)
        .await
        .expect("rule");
    let rules = retention::plan::rules(&app.machine.database, app.project).await.expect("rules");
    let planned = retention::plan::expired(&app.machine.database, &rules, noon()).await.expect("plan");
    assert_eq!(planned.len(), 2);
    let deleted = retention::run::run(&app.machine).await.expect("run");
    assert_eq!((deleted.partitions, deleted.rows), (2, 2));
    assert_eq!(app.one::<i64>("select count(*) from event").await, 2);
    assert_eq!(app.one::<i64>("select count(*) from deletion where verified and rows = 1").await, 2);
    // The timelines of the dropped days are gone with them.
    let answer = app
        .answer("trend", json!({ "from": noon() - Duration::days(30), "to": noon() + Duration::days(1), "series": [{ "event": "x" }] }))
        .await;
    assert_eq!(answer["result"]["series"][0]["total"], 2.0);
    assert_eq!(retention::run::run(&app.machine).await.expect("again"), retention::run::Deleted::default());
    // A late event of a dropped day makes its partition again.
    let receipt = app.events(json!([{ "name": "late", "user": "u", "at": noon() - Duration::days(8) }])).await;
    assert_eq!(receipt["accepted"], 1);
}
