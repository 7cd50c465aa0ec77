//! Random rules, promises, holds and data: after a run nothing expired is there that is not held, and nothing else is gone.

use super::{rule, swept};
use crate::support::stream::{Seeded, nanos};
use crate::support::{TestApp, noon, viewer};
use chrono::{DateTime, Duration, Utc};
use parallax_domain::{Category, Role, Severity};
use parallax_server::admin::retention::{NewHold, place};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a record is, as far as a rule or a hold can be about it.
#[derive(Clone, Debug)]
struct Record {
    mark: String,
    leaf: String,
    at: DateTime<Utc>,
    person: Option<u64>,
}

fn level(severity: u64) -> &'static str {
    // OpenTelemetry counts from 1 to 24, four to a level.
    match Severity::from_otel(severity as i32).expect("a level") {
        Severity::Trace | Severity::Debug => "log.debug",
        Severity::Info => "log.info",
        Severity::Warn => "log.warn",
        Severity::Error | Severity::Fatal => "log.error",
    }
}

async fn fill(app: &TestApp, random: &mut Seeded) -> Vec<Record> {
    let mut all = Vec::new();
    let (mut events, mut lines, mut spans): (Vec<Value>, Vec<Value>, Vec<Value>) = Default::default();
    for n in 0..240u64 {
        let at = noon() - Duration::seconds(random.below(40 * 86_400) as i64);
        let mark = format!("record-{n}");
        let person = (!random.one_in(4)).then(|| random.below(4));
        let attribute = |person: u64| json!([{ "key": "user.id", "value": { "stringValue": format!("u{person}") } }]);
        let leaf = match random.below(3) {
            0 => {
                let category = random.pick(&Category::ALL);
                let mut event = json!({ "name": mark, "at": at, "category": category });
                match person {
                    Some(person) => event["user"] = json!(format!("u{person}")),
                    None => event["anonymous"] = json!(format!("a{n}")),
                }
                events.push(event);
                format!("event.{category}")
            }
            1 => {
                let severity = 1 + random.below(24);
                lines.push(
                    json!({ "timeUnixNano": nanos(at), "severityNumber": severity, "body": { "stringValue": mark },
                    "attributes": person.map(attribute).unwrap_or(json!([])) }),
                );
                level(severity).to_owned()
            }
            _ => {
                spans.push(json!({ "traceId": format!("{:032x}", n + 1), "spanId": format!("{:016x}", n + 1), "name": mark, "kind": 2,
                    "startTimeUnixNano": nanos(at), "endTimeUnixNano": nanos(at), "attributes": person.map(attribute).unwrap_or(json!([])) }));
                "span".to_owned()
            }
        };
        all.push(Record { mark, leaf, at, person });
    }
    app.events(json!(events)).await;
    let body = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": lines }] }] });
    assert_eq!(app.otlp("/v1/logs", "application/json", body.to_string()).await.status, 200);
    let body = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": spans }] }] });
    assert_eq!(app.otlp("/v1/traces", "application/json", body.to_string()).await.status, 200);
    app.settle().await;
    all
}

/// Marks of records in the tables and under holds.
async fn stored(app: &TestApp) -> (BTreeSet<String>, BTreeSet<String>) {
    let of = async |sql: &'static str| -> BTreeSet<String> {
        let rows: Vec<String> = sqlx::query_scalar(sql).fetch_all(&app.machine.database.admin).await.expect(sql);
        rows.into_iter().collect()
    };
    let there =
        of("select name from event union all select message from log union all select operation from span").await;
    let held = of("select coalesce(row ->> 'message', row ->> 'operation', row ->> 'name') from held").await;
    (there, held)
}

struct Held {
    signal: Option<&'static str>,
    category: Option<Category>,
    person: Option<u64>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
}

impl Held {
    fn keeps(&self, record: &Record) -> bool {
        let signal = record.leaf.split('.').next().unwrap_or_default();
        self.signal.is_none_or(|own| own == signal)
            && self.category.is_none_or(|own| record.leaf == format!("event.{own}"))
            && self.person.is_none_or(|own| record.person == Some(own))
            && self.from.is_none_or(|from| record.at >= from)
            && self.to.is_none_or(|to| record.at < to)
    }
}

async fn hold(app: &TestApp, random: &mut Seeded) -> Held {
    let signal = random.pick(&[None, Some("event"), Some("log"), Some("span")]);
    let category = (signal == Some("event") && random.one_in(2)).then(|| random.pick(&Category::ALL));
    let person = random.one_in(2).then(|| random.below(4));
    let day = |ago: u64| (noon() - Duration::days(ago as i64)).date_naive();
    let (from, to) =
        (random.one_in(2).then(|| day(20 + random.below(20))), random.one_in(2).then(|| day(random.below(20))));
    let (written_from, written_to) = (from.map(|day| day.to_string()), to.map(|day| day.to_string()));
    let name = person.map(|person| format!("u{person}"));
    let new = NewHold {
        name: "H",
        reason: "some reason",
        owner: "Legal",
        signal: signal.unwrap_or(""),
        category,
        from: written_from.as_deref().unwrap_or(""),
        to: written_to.as_deref().unwrap_or(""),
        person: name.as_deref().unwrap_or(""),
        review: "2027-01-01",
    };
    place(&app.machine, &viewer("law@shop.example", Role::Admin), app.project, new).await.expect("a hold");
    let midnight = |day: chrono::NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc();
    Held { signal, category, person, from: from.map(midnight), to: to.and_then(|to| to.succ_opt()).map(midnight) }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_rules_and_holds_exactly_what_is_past_its_time_and_not_held_goes() {
    for seed in 1..=6 {
        eprintln!("seed {seed}");
        let mut random = Seeded::new(seed);
        let app = TestApp::start().await;
        let records = fill(&app, &mut random).await;
        let mut days: BTreeMap<String, i64> = BTreeMap::new();
        let (events, logs, spans) = (1 + random.below(40), 1 + random.below(40), 1 + random.below(40));
        for (word, own) in [("event", events), ("log", logs), ("span", spans)] {
            rule(&app, word, own as i32).await;
        }
        let parts = Category::ALL.into_iter().map(|category| format!("event.{category}"));
        let parts = parts.chain(["log.debug", "log.info", "log.warn", "log.error"].map(str::to_owned));
        for leaf in parts {
            let whole = if leaf.starts_with("event") { events } else { logs };
            let usual = if leaf == "log.debug" { 3 } else { whole };
            let own = if random.one_in(2) { Some(1 + random.below(40)) } else { None };
            if let Some(own) = own {
                rule(&app, &leaf, own as i32).await;
            }
            days.insert(leaf, own.unwrap_or(usual) as i64);
        }
        days.insert("span".to_owned(), spans as i64);
        // Some were promised less, for what came before a day.
        let until = noon() - Duration::days(random.below(30) as i64);
        let promised = (random.pick(&["event.usage", "log.error", "span"]), 1 + random.below(20) as i64);
        sqlx::query("insert into promise (project, signal, days, until) values ($1, $2, $3, $4)")
            .bind(app.project)
            .bind(promised.0)
            .bind(promised.1 as i32)
            .bind(until)
            .execute(&app.machine.database.admin)
            .await
            .expect("a promise");
        let mut holds = Vec::new();
        for _ in 0..random.below(3) {
            holds.push(hold(&app, &mut random).await);
        }

        let today = noon().date_naive();
        let expired = |record: &Record| {
            let day = record.at.date_naive();
            let promise = (promised.0 == record.leaf && day <= until.date_naive()).then_some(promised.1);
            let days = promise.into_iter().chain([days[&record.leaf]]).min().unwrap_or_default();
            (today - day).num_days() > days
        };
        swept(&app).await;
        let (there, held) = stored(&app).await;
        for record in &records {
            let (here, kept) = (there.contains(&record.mark), held.contains(&record.mark));
            let is_held = holds.iter().any(|hold| hold.keeps(record));
            match (expired(record), is_held) {
                (false, _) => assert!(here && !kept, "seed {seed}: {record:?} is gone before its time"),
                (true, false) => assert!(!here && !kept, "seed {seed}: {record:?} is kept too long"),
                (true, true) => assert!(here != kept, "seed {seed}: {record:?} is held, here {here}, copied {kept}"),
            }
        }
        assert_eq!(swept(&app).await.rows, 0, "seed {seed}: a second run finds nothing");
    }
}
