//! Retention: what is past its time goes, with a proof, and nothing else.

mod changes;
mod holds;
mod random;

use crate::support::{TestApp, noon};
use chrono::{DateTime, Duration, Utc};
use parallax_server::retention::rule::Rules;
use parallax_server::retention::{Deleted, plan, proof, run, watch};
use serde_json::json;

pub async fn rule(app: &TestApp, word: &str, days: i32) {
    sqlx::query("insert into retention (project, signal, days) values ($1, $2, $3)")
        .bind(app.project)
        .bind(word)
        .bind(days)
        .execute(&app.machine.database.admin)
        .await
        .expect("a rule");
}

pub async fn rules(app: &TestApp) -> Rules {
    let mut connection = app.machine.database.admin.acquire().await.expect("a connection");
    Rules::load(&mut connection, app.project).await.expect("rules")
}

pub async fn swept(app: &TestApp) -> Deleted {
    run::run(&app.machine).await.expect("a run")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_than_its_rule_is_dropped_and_proven_and_nothing_else() {
    let app = TestApp::start().await;
    for days in [1, 6, 8, 20] {
        app.events(json!([{ "name": "x", "user": "u", "at": noon() - Duration::days(days) }])).await;
    }
    app.settle().await;
    rule(&app, "event", 7).await;
    let plan = plan::make(&app.machine.database, &rules(&app).await, noon()).await.expect("a plan");
    assert_eq!((plan.tables(), plan.rows()), (2, 2));
    let deleted = swept(&app).await;
    assert_eq!((deleted.tables, deleted.rows), (2, 2));
    assert_eq!(app.one::<i64>("select count(*) from event").await, 2);
    assert_eq!(app.one::<i64>("select count(*) from deletion where verified and rows = 1").await, 2);
    assert_eq!(app.one::<i64>("select count(*) from pg_class where relname like 'doomed%'").await, 0);
    // The timelines of the dropped days are gone with them.
    let whole =
        json!({ "from": noon() - Duration::days(30), "to": noon() + Duration::days(1), "series": [{ "event": "x" }] });
    let answer = app.answer("trend", whole).await;
    assert_eq!(answer["result"]["series"][0]["total"], 2.0);
    assert_eq!(swept(&app).await, Deleted::default());
    // A late event of a dropped day makes its partition again.
    let receipt = app.events(json!([{ "name": "late", "user": "u", "at": noon() - Duration::days(8) }])).await;
    assert_eq!(receipt["accepted"], 1);
    assert_eq!(swept(&app).await.rows, 1, "and goes with the next run");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_ends_at_midnight_utc_to_the_second_whatever_the_zone_of_the_project() {
    let app = TestApp::start().await;
    // Clocks go back in this zone on 25 October.
    sqlx::query("update project set zone = 'Europe/Berlin'").execute(&app.machine.database.admin).await.expect("zone");
    let at = |text: &str| -> DateTime<Utc> { text.parse().expect("a time") };
    app.machine.clock.hold(at("2026-10-26T12:00:00Z"));
    for text in ["2026-10-17T23:59:59.999Z", "2026-10-18T00:00:00Z", "2026-10-18T23:59:59.999Z"] {
        app.events(json!([{ "name": text, "user": "u", "at": text }])).await;
    }
    app.settle().await;
    rule(&app, "event", 7).await;
    let left = "select count(*) from event";
    app.machine.clock.hold(at("2026-10-25T23:59:59.999Z"));
    swept(&app).await;
    assert_eq!(app.one::<i64>(left).await, 2, "one day is over");
    app.machine.clock.hold(at("2026-10-26T00:00:00Z"));
    swept(&app).await;
    assert_eq!(app.one::<i64>(left).await, 0, "a moment later the next one is");
}

#[tokio::test(flavor = "multi_thread")]
async fn categories_and_levels_go_row_by_row_and_answers_follow() {
    let app = TestApp::start().await;
    let at = noon() - Duration::days(5);
    app.events(json!([
        { "name": "x", "user": "u", "at": at, "category": "usage" },
        { "name": "x", "user": "v", "at": at, "category": "marketing" },
        { "name": "x", "user": "w", "at": at, "category": "marketing" },
    ]))
    .await;
    let line = |severity: u32| json!({ "timeUnixNano": crate::support::stream::nanos(at), "severityNumber": severity, "body": { "stringValue": "m" } });
    let body = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [line(5), line(5), line(17)] }] }] });
    app.otlp("/v1/logs", "application/json", body.to_string()).await;
    app.settle().await;
    rule(&app, "event.marketing", 3).await;
    let deleted = swept(&app).await;
    // Debug lines are kept three days without any rule of ours.
    assert_eq!((deleted.tables, deleted.rows), (0, 4));
    assert_eq!(app.one::<i64>("select count(*) from event where category = 3").await, 1);
    assert_eq!(app.one::<i64>("select count(*) from event").await, 1);
    assert_eq!(app.one::<i64>("select count(*) from log").await, 1);
    let day = json!({ "from": at - Duration::days(1), "to": at + Duration::days(1), "series": [{ "event": "x", "measure": "unique" }] });
    assert_eq!(app.answer("trend", day).await["result"]["series"][0]["total"], 1.0, "timelines as well");
    assert_eq!(swept(&app).await, Deleted::default(), "what was cleaned is not read again");
    // A late row of a cleaned day is found.
    app.events(json!([{ "name": "x", "user": "z", "at": at, "category": "marketing" }])).await;
    app.settle().await;
    // Postgres tells what came into a table with a delay of its own.
    while app.one::<i64>("select pg_stat_get_tuples_inserted('event_p1_20261117'::regclass)").await < 4 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(swept(&app).await.rows, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_promises_the_shorter_one_counts_and_a_longer_rule_does_not_reach_back() {
    let app = TestApp::start().await;
    let admin = crate::support::viewer("ada@shop.example", parallax_domain::Role::Admin);
    app.events(json!([{ "name": "x", "user": "u", "at": noon() - Duration::days(2) }])).await;
    app.settle().await;
    rule(&app, "event", 7).await;
    let ask = parallax_server::admin::retention::ask;
    let short = ask(&app.machine, &admin, app.project, "event", 90, "").await.expect_err("without a reason");
    assert_eq!(short.field.as_deref(), Some("reason"));
    ask(&app.machine, &admin, app.project, "event", 90, "we compare quarters").await.expect("a longer rule");
    // What came before is still under seven days, what comes now is not.
    app.machine.clock.hold(noon() + Duration::days(1));
    app.events(json!([{ "name": "x", "user": "u", "at": noon() + Duration::days(1) }])).await;
    app.settle().await;
    app.machine.clock.hold(noon() + Duration::days(6));
    assert_eq!(swept(&app).await.rows, 1);
    app.machine.clock.hold(noon() + Duration::days(60));
    assert_eq!(swept(&app).await.rows, 0);
    assert_eq!(app.one::<i64>("select count(*) from event").await, 1);
    // The limit for everything is shorter than any rule of its own.
    rule(&app, "cap", 30).await;
    assert_eq!(swept(&app).await.rows, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_deletion_is_signed_and_verifies_without_the_database() {
    let app = TestApp::start().await;
    app.events(json!([{ "name": "x", "user": "u", "at": noon() - Duration::days(9) }])).await;
    app.settle().await;
    rule(&app, "event", 7).await;
    swept(&app).await;
    let key = app.machine.keyring.public_key().expect("a key");
    let file =
        std::fs::read_to_string(proof::file(&app.machine.keyring).expect("a place")).expect("the file of proofs");
    let lines: Vec<&str> = file.lines().collect();
    assert_eq!(lines.len(), 1);
    assert_eq!(app.one::<String>("select proof from deletion").await, lines[0]);
    let statement = proof::verify(lines[0], &key).expect("signed");
    assert_eq!((statement.rows, statement.rows_left, statement.people), (1, 0, Some(1)));
    assert_eq!(statement.days, Some(7));
    assert!(statement.not_covered.iter().any(|line| line.contains("backup")), "{:?}", statement.not_covered);
    let audit: String = app.one("select action from audit order by seq desc limit 1").await;
    assert_eq!(audit, "rows deleted");
    let forged = lines[0].replace("\"rows\":1", "\"rows\":2");
    assert_ne!(forged, lines[0]);
    assert!(proof::verify(&forged, &key).is_err());
    // The public half lies beside the private one, for whoever verifies elsewhere.
    let public = std::fs::read_to_string(app.folder.path().join("keys/signing.pub")).expect("a public key");
    assert_eq!(public.trim(), key);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_at_any_step_ends_like_one_that_was_not() {
    let store = async || {
        let app = TestApp::start().await;
        for days in 1..12 {
            let at = noon() - Duration::days(days);
            let events: Vec<_> = (0..40)
                .map(|n| json!({ "name": "x", "user": format!("u{n}"), "at": at, "category": if n % 2 == 0 { "usage" } else { "marketing" } }))
                .collect();
            app.events(json!(events)).await;
        }
        app.settle().await;
        rule(&app, "event", 8).await;
        rule(&app, "event.marketing", 4).await;
        app
    };
    let (whole, killed) = (store().await, store().await);
    let all = swept(&whole).await;
    let mut kills = 0;
    for polls in (1..).step_by(5) {
        if crate::support::killed_after(polls, run::run(&killed.machine)).await.is_some_and(|outcome| outcome.is_ok()) {
            let plan = plan::make(&killed.machine.database, &rules(&killed).await, noon()).await.expect("a plan");
            let aside = killed.one::<i64>("select count(*) from pg_class where relname like 'doomed%'").await;
            if plan.items.is_empty() && aside == 0 {
                break;
            }
            // Another run holds the lock: the connection of the one that was killed is not closed yet.
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        } else {
            kills += 1;
        }
    }
    assert!(kills > 10, "it was killed in several steps, {kills} times");
    let state = async |app: &TestApp| -> Vec<serde_json::Value> {
        let mut state = app
            .rows("select to_jsonb(t) from (select at, category, count(*) from event group by 1, 2 order by 1, 2) as t")
            .await;
        state.extend(app.rows("select to_jsonb(t) from (select what, rows, verified from deletion order by replace(what, '_p', '')) as t").await);
        let range = json!({ "from": noon() - Duration::days(20), "to": noon(), "series": [{ "event": "x" }], "interval": "day" });
        state.push(app.answer("trend", range).await["result"].clone());
        state
    };
    assert_eq!(state(&killed).await, state(&whole).await);
    assert_eq!(killed.one::<i64>("select sum(rows)::bigint from deletion where kind = 'retention'").await, all.rows);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_has_not_run_for_a_day_raises_an_alarm() {
    let app = TestApp::start().await;
    swept(&app).await;
    let database = &app.machine.database;
    let missing =
        async |hours: i64| watch::missing_since(database, noon() + Duration::hours(hours)).await.expect("a look");
    assert_eq!(missing(23).await, None);
    assert_eq!(missing(25).await, Some(noon()));
    assert_eq!(missing(24 * 7).await, Some(noon()));
    app.machine.clock.hold(noon() + Duration::hours(25));
    let mut admin = app.person(&[parallax_domain::Role::Admin], None).await;
    for page in ["/admin", "/admin/retention"] {
        let html = admin.page(&app, &format!("{page}?project={}", app.project)).await;
        assert!(String::from_utf8_lossy(&html.body).contains("deleted since"), "{page}");
    }
    swept(&app).await;
    assert_eq!(missing(26).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_with_days_of_its_own_loses_its_values_before_its_event_goes() {
    let app = TestApp::start().await;
    let of = |days: i64| json!({ "name": "x", "user": "u", "at": noon() - Duration::days(days), "properties": { "plan": "team", "note": "short" } });
    app.events(json!([of(1), of(5)])).await;
    app.settle().await;
    app.machine.policies.follow().await.expect("the catalogue is written");
    sqlx::query("update field set retention_days = 3 where name = 'note'")
        .execute(&app.machine.database.admin)
        .await
        .expect("days");
    assert_eq!(swept(&app).await.rows, 1);
    let kept = app.rows("select properties from event order by at").await;
    assert_eq!(kept, [json!({ "plan": "team" }), json!({ "plan": "team", "note": "short" })]);
    let range = json!({ "from": noon() - Duration::days(8), "to": noon(), "series": [{ "event": "x" }], "breakdown": "properties.note" });
    let series = app.answer("trend", range).await["result"]["series"].clone();
    let of = |value: serde_json::Value| {
        series.as_array().expect("series").iter().find(|line| line["value"] == value).map(|line| line["total"].clone())
    };
    assert_eq!(of(json!("short")), Some(json!(1.0)), "{series}");
}
