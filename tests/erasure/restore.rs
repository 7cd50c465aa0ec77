//! Backups: everything comes back, but nobody who was erased since, and nothing that was refused since.

use super::{erased, scope};
use crate::support::stream::{user, visits};
use crate::support::{TestApp, create_database, fresh_name, noon, options};
use parallax_domain::Role;
use parallax_server::backup::{self, Restored};
use parallax_server::centre::choice;
use parallax_server::clock::Clock;
use parallax_server::erasure::{ledger, subject};
use parallax_server::identity::audit_head::{self, Found};
use serde_json::{Value, json};
use std::path::Path;

async fn restore(file: &Path, folder: &Path, without_ledger: bool) -> (String, anyhow::Result<Restored>) {
    let name = fresh_name();
    create_database(&name, None).await;
    let clock = Clock::default();
    clock.hold(noon());
    let restored = backup::restore(options(&name, folder), clock, file, without_ledger).await;
    (name, restored)
}

/// Figures that need every part of the store: timelines, roll-ups, raw rows.
async fn figures(app: &TestApp) -> Vec<Value> {
    let range = |mut body: Value| {
        body["from"] = json!("2026-11-08T00:00:00Z");
        body["to"] = json!("2026-11-23T00:00:00Z");
        body
    };
    let mut all = Vec::new();
    for (question, body) in [
        ("trend", json!({ "series": [{ "measure": "unique" }, { "event": "paid" }] })),
        ("funnel", json!({ "steps": [{ "event": "viewed" }, { "event": "added" }] })),
        ("requests", json!({ "by": "operation", "interval": "day" })),
    ] {
        let answer = app.ask(question, range(body)).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        all.push(answer.json()["result"].clone());
    }
    all.push(json!(app.one::<i64>("select count(*) from log").await));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_brings_back_everything_but_who_was_erased_and_what_was_refused_since() {
    let app = TestApp::start().await;
    app.replay(&visits(51, 5, 30)).await;
    // Who signs in is written down: there is something to sign.
    app.person(&[Role::Admin], None).await;
    audit_head::sign(&app.machine.database, &app.machine.keyring, noon()).await.expect("signed").expect("a head");
    let file = app.folder.path().join("backup.tar");
    let written = backup::write(&app.machine, &file).await.expect("a backup");
    assert_eq!(written.bytes, std::fs::metadata(&file).expect("a file").len());

    let gone = scope(&app, &user(2)).await;
    erased(&app, &user(2)).await;
    let refusing = scope(&app, &user(4)).await;
    choice::refuse_all(&app.machine, &refusing, "test").await.expect("decided");
    ledger::copy_decisions(&app.machine).await.expect("copied");
    audit_head::sign(&app.machine.database, &app.machine.keyring, noon()).await.expect("signed").expect("a head");
    let expected = figures(&app).await;

    let (name, restored) = restore(&file, app.folder.path(), false).await;
    let restored = restored.expect("restored");
    assert_eq!(restored.erased, 1);
    assert_eq!(restored.decisions, refusing.references.len());
    assert_eq!(restored.new_secrets, 0);
    let mut again = TestApp::open(&name, app.folder.clone()).await;
    (again.project, again.read_key, again.ingest_key) = (app.project, app.read_key.clone(), app.ingest_key.clone());
    assert_eq!(figures(&again).await, expected, "as after the erasure");
    for (table, column) in [
        ("event", "subject"),
        ("span", "subject"),
        ("log", "subject"),
        ("occurrence", "subject"),
        ("subject", "number"),
    ] {
        let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table} where {column} = any($1)"));
        let rows: i64 =
            sqlx::query_scalar(sql).bind(&gone.subjects).fetch_one(&again.machine.database.admin).await.expect("count");
        assert_eq!(rows, 0, "{table}");
    }
    assert!(subject::of_identifier(&again.machine, again.project, &user(2)).await.expect("a look").is_none());
    let found = audit_head::verify(&again.machine.database, &again.machine.keyring).await.expect("verified");
    assert!(matches!(found, Found::Whole { .. }), "{found:?}");
    // Who was there before is the same person, and what was refused stays refused.
    let known = scope(&app, &user(1)).await.subjects;
    assert_eq!(scope(&again, &user(1)).await.subjects, known);
    let at = "2026-11-22T12:00:00Z";
    let receipt = again
        .events(
            json!([{ "name": "viewed", "user": user(4), "at": at }, { "name": "viewed", "user": user(1), "at": at }]),
        )
        .await;
    assert_eq!(receipt["accepted"], 1, "{receipt}");
    again.settle().await;
    assert_eq!(scope(&again, &user(1)).await.subjects, known);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_holds_no_secret_and_is_restored_only_where_erasures_are_known() {
    let app = TestApp::start().await;
    app.events(json!([{ "name": "viewed", "user": "ada" }])).await;
    app.settle().await;
    let file = app.folder.path().join("backup.tar");
    backup::write(&app.machine, &file).await.expect("a backup");
    let bytes = std::fs::read(&file).expect("a file");
    let secrets: Vec<(Vec<u8>, String)> = sqlx::query_as(
        "select secret, encode(secret, 'hex') from \
         (select secret from project union all select person_key from subject where person_key is not null) as kept",
    )
    .fetch_all(&app.machine.database.admin)
    .await
    .expect("secrets");
    assert!(secrets.len() >= 2);
    for (secret, spelled) in secrets {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret), "as bytes");
        assert!(!bytes.windows(spelled.len()).any(|window| window == spelled.as_bytes()), "as text");
    }
    let elsewhere = crate::support::Folder::new();
    let (_, refused) = restore(&file, elsewhere.path(), false).await;
    let said = format!("{:#}", refused.expect_err("no ledger"));
    assert!(said.contains("ledger"), "{said}");
    let (name, restored) = restore(&file, elsewhere.path(), true).await;
    assert_eq!(restored.expect("told to").new_secrets, 1, "without the key file nobody is known again");
    let clock = Clock::default();
    clock.hold(noon());
    let twice = backup::restore(options(&name, elsewhere.path()), clock, &file, true).await;
    assert!(format!("{:#}", twice.expect_err("not empty")).contains("empty"));
}
