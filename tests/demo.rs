//! The simulated company through the real doors: whole, interrupted, removed while it comes in, and without anybody's name.

use crate::support::{TestApp, noon};
use chrono::Duration;
use parallax_server::demo::load::{self, State, Wish};
use parallax_server::demo::scenario::FERNHILL;
use parallax_server::demo::{Company, Counts, Options, Scenario};
use parallax_server::privacy::pseudonym::{self, ProjectSecret, Subject};
use serde_json::{Value, json};
use sqlx::types::Uuid;

fn wish() -> Wish {
    Wish { seed: 5, days: 1, scale: 0.05, scenario: None }
}

/// The built-in scenario with another hour for the new banner text.
fn with_a_wave_today() -> String {
    let mut document: Value = serde_json::from_str(FERNHILL).expect("JSON");
    let incidents = document["incidents"].as_array_mut().expect("a list");
    let wave = incidents.iter_mut().find(|incident| incident["kind"] == "opt_out_wave").expect("a wave");
    (wave["before_end"], wave["loss"]) = (json!(500), json!(0.5));
    document.to_string()
}

async fn tell(app: &TestApp, wish: &Wish) -> State {
    let loading = load::begin(&app.machine, wish).await.expect("a demo begins");
    loading.run(&app.machine, |_| {}).await.expect("it is told")
}

/// What the company of a state sends, by kind.
fn sent(state: &State, scenario: &str) -> Counts {
    let options = Options { seed: state.seed, days: state.days, scale: state.scale, end: state.end };
    let scenario = Scenario::parse(scenario).expect("a sound scenario");
    let company = Company::with_scenario(options, scenario).expect("a sound scenario");
    company.slice(state.begins(), state.end).counts()
}

/// Stored, duplicate and lost records of the demo's project by signal: event, span, log, metric.
async fn accounts(app: &TestApp, project: i32) -> Vec<(i64, i64, i64)> {
    app.settle().await;
    let mut accounts = Vec::new();
    for signal in 0..4i16 {
        let sums: (i64, i64, i64) = sqlx::query_as(
            "select coalesce(sum(stored), 0)::bigint, coalesce(sum(duplicate), 0)::bigint, \
                    coalesce(sum(rejected + dropped + quarantined), 0)::bigint \
             from accounting where project = $1 and signal = $2",
        )
        .bind(project)
        .bind(signal)
        .fetch_one(&app.machine.database.admin)
        .await
        .expect("accounts");
        accounts.push(sums);
    }
    accounts
}

fn stored(accounts: &[(i64, i64, i64)]) -> Vec<i64> {
    accounts.iter().map(|(stored, ..)| *stored).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_the_demo_arrives_whole_and_under_no_name() {
    let app = TestApp::start().await;
    let state = tell(&app, &wish()).await;
    assert!(state.is_whole() && !state.is_loading() && state.share() == 1.0);
    let sent = sent(&state, FERNHILL);
    assert_eq!(state.records, sent.sum());
    let accounts = accounts(&app, state.project).await;
    for (signal, (_, duplicate, lost)) in accounts.iter().enumerate() {
        assert_eq!((*duplicate, *lost), (0, 0), "signal {signal}");
    }
    // Each line about the use of a machine is three points as well.
    let uses: i64 = app.one("select count(*) from log where message like '%CPU utilization%'").await;
    let points = sent.points as i64 + 3 * uses;
    assert!(uses > 100);
    assert_eq!(stored(&accounts), [sent.events as i64, sent.spans as i64, sent.logs as i64, points]);
    app.assert_balanced().await;
    nothing_is_in_clear(&app, &state).await;
    nobody_who_shares_nothing_is_known(&app, &state).await;
}

/// Tables that hold what was sent. The scenario itself lies in `setting`, with its canaries.
async fn nothing_is_in_clear(app: &TestApp, state: &State) {
    let scenario = Scenario::fernhill().expect("built in");
    let canaries = scenario.canaries.emails.iter().chain(&scenario.canaries.addresses).chain(&scenario.canaries.cards);
    let mut needles: Vec<String> = canaries.map(|canary| format!("%{canary}%")).collect();
    // Numbers of accounts, browsers and visits, as the company spells them.
    needles.extend(["customer\\_%", "% customer\\_%", "a-____________", "s-____________"].map(str::to_owned));
    let columns: Vec<(String, String)> = sqlx::query_as(
        "select c.table_name::text, c.column_name::text from information_schema.columns c \
         join information_schema.tables t using (table_schema, table_name) \
         where table_schema = 'public' and t.table_type = 'BASE TABLE' and c.data_type in ('text', 'jsonb') \
           and c.table_name !~ '_p[0-9]+' and c.table_name <> 'setting'",
    )
    .fetch_all(&app.machine.database.admin)
    .await
    .expect("columns");
    assert!(columns.len() > 60, "{}", columns.len());
    for (table, column) in columns {
        let sql = format!("select \"{column}\"::text from \"{table}\" where \"{column}\"::text like any ($1) limit 1");
        let found: Option<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(&needles)
            .fetch_optional(&app.machine.database.admin)
            .await
            .expect("a search");
        assert_eq!(found, None, "{table}.{column} of project {}", state.project);
    }
    let masked: i64 =
        app.one("select count(*) from log where message like 'Failed to authenticate user [email]%'").await;
    assert!(masked > 0);
}

async fn nobody_who_shares_nothing_is_known(app: &TestApp, state: &State) {
    let secret: Vec<u8> = sqlx::query_scalar("select secret from project where id = $1")
        .bind(state.project)
        .fetch_one(&app.machine.database.admin)
        .await
        .expect("a secret");
    let secret = ProjectSecret::new(secret.try_into().expect("32 bytes"));
    let options = Options { seed: state.seed, days: state.days, scale: state.scale, end: state.end };
    let company = Company::new(options).expect("built in");
    // Who takes a decision back was known until then, and is known by that decision.
    let back = company.withdrawals(state.begins(), state.end);
    let mut silent = company.silent(state.end - Duration::hours(2));
    silent.retain(|person| back.iter().all(|decision| decision["anonymous"] != json!(person.anonymous)));
    assert!(silent.len() > 10, "{}", silent.len());
    let known = silent.iter().flat_map(|person| {
        [
            pseudonym::subject_ref(&secret, Subject::Anonymous, &person.anonymous),
            pseudonym::subject_ref(&secret, Subject::User, &person.user),
        ]
    });
    let references: Vec<Uuid> = known.map(Uuid::from_bytes).collect();
    for table in ["subject", "consent"] {
        let sql = format!("select count(*) from {table} where ref = any ($1)");
        let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(&references)
            .fetch_one(&app.machine.database.admin)
            .await
            .expect("a count");
        assert_eq!(found, 0, "{table}");
    }
    let refused: i64 = app.one("select count(*) from consent where denied <> 0").await;
    assert!(refused > 5, "their decisions are known all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_demo_goes_on_and_nothing_is_there_twice() {
    let app = TestApp::start().await;
    let loading = load::begin(&app.machine, &wish()).await.expect("a demo begins");
    let stopped = loading.run(&app.machine, |state| {
        assert!(state.told_from < state.end && state.remaining().is_none_or(|seconds| seconds >= 0.0));
        app.machine.demo.stop();
    });
    assert_eq!(stopped.await.expect_err("it was stopped").to_string(), "interrupted");
    let half = load::state(&app.machine).await.expect("a state").expect("a demo");
    assert!(!half.is_whole() && !half.is_loading() && half.failed.as_deref() == Some("interrupted"));
    assert!(half.records > 0 && half.told_from < half.end && half.told_from > half.begins());

    let other = Wish { days: 3, ..wish() };
    let refused = load::begin(&app.machine, &other).await.err().expect("another demo").to_string();
    assert!(refused.contains("demo of 1 days") && refused.contains("remove it first"), "{refused}");

    // What was on its way when it was stopped is sent again, and recognised.
    let whole = tell(&app, &wish()).await;
    assert_eq!((whole.project, whole.end), (half.project, half.end));
    let sent = sent(&whole, FERNHILL);
    let accounts = accounts(&app, whole.project).await;
    assert!(accounts.iter().any(|(_, duplicate, _)| *duplicate > 0), "{accounts:?}");
    assert_eq!(stored(&accounts)[..3], [sent.events as i64, sent.spans as i64, sent.logs as i64]);
    app.assert_balanced().await;

    let twice = load::begin(&app.machine, &wish()).await.err().expect("there is one").to_string();
    assert_eq!(twice, "there is a demo already; remove it first");
    assert!(load::resume(&app.machine).await.expect("nothing to do").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_program_tells_the_demo_and_removing_it_meanwhile_leaves_nothing() {
    let app = TestApp::start().await;
    let loading = load::begin(&app.machine, &Wish { days: 30, ..wish() }).await.expect("a demo begins");
    let project = loading.state().project;
    let busy = load::begin(&app.machine, &wish()).await.err().expect("it is being told").to_string();
    assert!(busy.contains("another program"), "{busy}");
    assert!(load::resume(&app.machine).await.expect("no fault").is_none(), "somebody is at it");

    let (begun, first) = tokio::sync::oneshot::channel();
    let mut begun = Some(begun);
    let machine = app.machine.clone();
    let telling = tokio::spawn(async move {
        let told = loading.run(&machine, |_| {
            begun.take().map(|begun| begun.send(()));
        });
        told.await.map(|_| ())
    });
    first.await.expect("something was told");
    load::remove(&app.machine).await.expect("removed");
    assert!(telling.await.expect("it ends").is_err());
    assert!(load::state(&app.machine).await.expect("no fault").is_none());
    app.settle().await;
    nothing_is_left(&app, project).await;
    // And it can be brought again.
    let again = load::begin(&app.machine, &wish()).await.expect("a new demo");
    assert!(again.state().project > project);
}

async fn nothing_is_left(app: &TestApp, project: i32) {
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.table_name::text from information_schema.columns c \
         join information_schema.tables t using (table_schema, table_name) \
         where table_schema = 'public' and t.table_type = 'BASE TABLE' and c.column_name = 'project'",
    )
    .fetch_all(&app.machine.database.admin)
    .await
    .expect("tables");
    for table in tables {
        assert!(!table.contains(&format!("_p{project}")), "{table} is left");
        let sql = format!("select count(*) from \"{table}\" where project = $1");
        let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(project)
            .fetch_one(&app.machine.database.admin)
            .await
            .expect("a count");
        // The audit keeps what was done, and to what.
        assert!(rows == 0 || table == "audit", "{rows} rows of {table} are left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_sharing_keeps_the_past_that_was_shared() {
    let app = TestApp::start().await;
    let wish = Wish { scale: 0.2, scenario: Some(with_a_wave_today()), ..wish() };
    let state = tell(&app, &wish).await;
    let sent = sent(&state, wish.scenario.as_deref().expect("a scenario"));
    let accounts = accounts(&app, state.project).await;
    assert_eq!((accounts[0].0, accounts[0].2), (sent.events as i64, 0), "no event was refused at the door");
    let taken_back: i64 = app
        .one("select count(*) from consent later join consent earlier using (project, ref) where earlier.decided_at < later.decided_at")
        .await;
    assert!(taken_back > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_stays_open_and_tells_no_second_twice() {
    let app = TestApp::start().await;
    let state = tell(&app, &wish()).await;
    let before = stored(&accounts(&app, state.project).await);
    for seconds in [120, 300, 301, 900] {
        app.machine.clock.hold(noon() + Duration::seconds(seconds));
        load::go_on(&app.machine).await.expect("it goes on");
    }
    // A program that ends between sending and writing it down sends the same again.
    let known = load::state(&app.machine).await.expect("no fault").expect("a demo");
    assert_eq!((known.told_until, known.telling), (noon() + Duration::seconds(900), None));
    sqlx::query("update setting set value = value || jsonb_build_object('told_until', $1::text, 'telling', $2::text) where key = 'demo'")
        .bind((noon() + Duration::seconds(300)).to_rfc3339())
        .bind((noon() + Duration::seconds(900)).to_rfc3339())
        .execute(&app.machine.database.admin)
        .await
        .expect("as if it had not been written down");
    load::go_on(&app.machine).await.expect("it goes on");
    let options = Options { seed: state.seed, days: state.days, scale: state.scale, end: state.end };
    let company = Company::new(options).expect("built in");
    let live = company.slice(noon(), noon() + Duration::seconds(900)).counts();
    let after = stored(&accounts(&app, state.project).await);
    let told: Vec<i64> = after.iter().zip(&before).map(|(after, before)| after - before).collect();
    assert_eq!(told[..3], [live.events as i64, live.spans as i64, live.logs as i64]);
}
