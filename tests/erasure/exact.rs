//! Answers after an erasure are those of a store that has never seen the person.

use super::{erased, rows_with, scope};
use crate::support::TestApp;
use crate::support::stream::{Record, user, visits};
use parallax_server::erasure::{carry_out, erase};
use serde_json::{Value, json};

const PEOPLE: u64 = 6;

/// Questions whose answers hold no name that another project would spell otherwise.
fn questions() -> Vec<(&'static str, Value)> {
    let steps = json!([{ "event": "viewed" }, { "event": "added" }]);
    vec![
        (
            "trend",
            json!({ "series": [{ "event": "viewed" }, { "event": "paid", "measure": "unique" }], "interval": "day" }),
        ),
        ("trend", json!({ "series": [{ "measure": "unique" }], "breakdown": "properties.plan", "interval": "day" })),
        ("trend", json!({ "series": [{ "event": "added", "measure": "sum:amount" }], "interval": "day" })),
        ("funnel", json!({ "steps": steps, "window": 86_400 })),
        (
            "funnel",
            json!({ "steps": steps, "window": 3_600, "order": "any", "breakdown": { "field": "campaign.source" } }),
        ),
        ("retention", json!({ "unit": "day", "periods": 7 })),
        ("stickiness", json!({ "unit": "day" })),
        ("lifecycle", json!({ "interval": "day" })),
        ("paths", json!({ "start": "viewed" })),
        ("sessions", json!({})),
        ("attribution", json!({ "conversion": "paid" })),
        ("requests", json!({ "interval": "hour", "by": "service" })),
        ("requests", json!({ "interval": "day", "by": "operation" })),
        ("logs", json!({ "search": "took", "limit": 1 })),
        ("issues", json!({})),
    ]
}

async fn answers(app: &TestApp) -> Vec<Value> {
    let mut all = Vec::new();
    for (question, mut body) in questions() {
        body["from"] = json!("2026-11-08T00:00:00Z");
        body["to"] = json!("2026-11-23T00:00:00Z");
        let answer = app.ask(question, body.clone()).await;
        assert_eq!(answer.status, 200, "{question} {body}: {}", answer.json());
        let mut result = answer.json()["result"].clone();
        if question == "logs" {
            // Rows have places in the store; the figures are compared.
            result = json!([result["total"], result["patterns"], result["facets"]]);
        }
        all.push(json!({ "question": question, "body": body, "result": result }));
    }
    // What the pages about requests, dependencies and traces are made of, by the row.
    for sql in [
        "select coalesce(jsonb_agg(t order by t::text), '[]') from (select started_at, spans, errors, service, operation from trace) as t",
        "select coalesce(jsonb_agg(t order by t::text), '[]') from (select at, service, operation, handled from occurrence) as t",
        "select to_jsonb(count(*)) from event_key",
        "select to_jsonb(count(*)) from subject",
    ] {
        all.push(json!({ "question": sql, "result": app.one::<Value>(sql).await }));
    }
    all
}

/// Two stores: one has seen everybody and forgotten one, the other has never seen that one.
async fn compare(seed: u64, gone: u64, interrupted: bool) {
    eprintln!("seed {seed}, without person {gone}");
    let records = visits(seed, PEOPLE, 60);
    let others: Vec<Record> = records.iter().filter(|record| record.whose != Some(gone)).cloned().collect();
    assert!(others.len() < records.len(), "the person was there");
    let (all, never) = (TestApp::start().await, TestApp::start().await);
    all.replay(&records).await;
    never.replay(&others).await;
    let before = answers(&all).await;
    if interrupted {
        killed_and_resumed(&all, &user(gone)).await;
    } else {
        erased(&all, &user(gone)).await;
    }
    let (with, without) = (answers(&all).await, answers(&never).await);
    assert_ne!(before, with, "seed {seed}: the erasure changed something");
    for (with, without) in with.iter().zip(&without) {
        assert_eq!(with, without, "seed {seed}, without person {gone}");
    }
    // Compaction finds nothing that comes back.
    all.compact().await;
    assert_eq!(answers(&all).await, without, "seed {seed}: after compaction");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_after_an_erasure_are_those_of_a_store_that_never_saw_the_person() {
    for seed in 1..=4 {
        compare(seed, seed % PEOPLE, false).await;
    }
}

/// Begins the erasure and drops it at one point after the other, as a process that is killed would.
async fn killed_and_resumed(app: &TestApp, id: &str) {
    let scope = scope(app, id).await;
    let erasure = erase(&app.machine, &scope, "test", None).await.expect("begun");
    let mut kills = 0;
    for polls in (1..).step_by(41) {
        match crate::support::killed_after(polls, carry_out(&app.machine, erasure)).await {
            Some(outcome) if outcome.as_ref().is_ok_and(Option::is_some) => break,
            // Somebody else holds it: the connection of the one that was killed is not closed yet.
            Some(Ok(None)) => tokio::time::sleep(std::time::Duration::from_millis(5)).await,
            Some(Err(error)) => panic!("{error:#}"),
            _ => kills += 1,
        }
    }
    assert!(kills > 3, "it was killed in several steps, {kills} times");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_is_killed_at_any_step_ends_alike_when_it_is_taken_up_again() {
    compare(77, 2, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leads_back_to_an_erased_person() {
    let app = TestApp::start().await;
    app.replay(&visits(9, PEOPLE, 40)).await;
    let scope = scope(&app, &user(3)).await;
    let numbers = scope.subjects.clone();
    let references: Vec<String> = scope.references.iter().map(ToString::to_string).collect();
    for reference in &references {
        assert_eq!(rows_with(&app, reference).await, ["subject: 1"], "before");
    }
    // Somebody in support would keep the page about this person.
    let support = app.person(&[parallax_domain::Role::Support], None).await;
    let page = format!("project={}&name=The+case&audience=me&page=/support/people/{}", app.project, scope.name());
    assert_eq!(support.change(&app, "/fn/view/save", &page).await.status, 400, "pages about people are not kept");
    erased(&app, &user(3)).await;
    let names = scope.references.iter().map(|reference| format!("p_{}", reference.simple()));
    for text in references.iter().cloned().chain(names).chain([user(3)]) {
        assert_eq!(rows_with(&app, &text).await, Vec::<String>::new(), "{text}");
    }
    let left: i64 = sqlx::query_scalar(
        "select (select count(*) from event where subject = any($1) or anonymous = any($1)) \
              + (select count(*) from span where subject = any($1)) + (select count(*) from log where subject = any($1)) \
              + (select count(*) from occurrence where subject = any($1)) + (select count(*) from acquaintance where \"user\" = any($1))",
    )
    .bind(&numbers)
    .fetch_one(&app.machine.database.admin)
    .await
    .expect("a count");
    assert_eq!(left, 0);
    // Under the same id somebody new begins.
    app.events(json!([{ "name": "viewed", "user": user(3), "at": "2026-11-22T12:00:00Z" }])).await;
    app.settle().await;
    let again = super::scope(&app, &user(3)).await;
    assert!(again.subjects.iter().all(|number| !numbers.contains(number)), "another number");
    let days = app.answer("trend", json!({ "series": [{ "measure": "unique" }] })).await;
    assert_eq!(days["result"]["series"][0]["total"], 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_device_is_erased_alone_when_only_the_device_is_known() {
    let app = TestApp::start().await;
    app.events(json!([
        { "name": "viewed", "anonymous": "device", "at": "2026-11-22T10:00:00Z" },
        { "name": "viewed", "anonymous": "device", "user": "ada", "at": "2026-11-22T10:01:00Z" },
        { "name": "paid", "user": "ada", "at": "2026-11-22T10:02:00Z" },
    ]))
    .await;
    app.settle().await;
    let both = scope(&app, "device").await;
    assert_eq!(both.subjects.len(), 2, "they are one person");
    let reference = parallax_server::erasure::subject::references(&app.machine, app.project, "device")
        .await
        .expect("references")[1];
    let device = parallax_server::erasure::subject::of_reference(&app.machine, app.project, reference, true).await;
    let device = device.expect("a look").expect("the device");
    assert_eq!(device.subjects.len(), 1);
    let erasure = erase(&app.machine, &device, "test", None).await.expect("begun");
    carry_out(&app.machine, erasure).await.expect("carried out");
    assert_eq!(app.one::<i64>("select count(*) from event").await, 2, "what names the account stays");
    assert_eq!(app.one::<i64>("select count(*) from event where anonymous is not null").await, 0);
    assert_eq!(scope(&app, "ada").await.subjects.len(), 1);
}
