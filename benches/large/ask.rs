//! Questions in fresh processes: each process asks one question several times, its period shifted with every call, and
//! prints how long it took and what the answer was.

use super::load::{Large, last_day};
use super::{operations, shop};
use crate::figure::{Figure, quantile};
use crate::process::{block_on, seconds_of};
use chrono::{DateTime, Duration, Utc};
use parallax_domain::question::{
    Attribution, Breakdown, Cohort, Frame, Funnel, Lifecycle, Logs, Model, Paths, Requests, RequestsBy, Retention,
    RetentionInterval, RetentionMode, Step, Stickiness, Touch, Trend, TrendSeries,
};
use parallax_domain::{Filter, Interval, Op, Role};
use parallax_server::database::Database;
use parallax_server::identity::accounts::Viewer;
use parallax_server::store::{Look, Store};
use serde_json::{Value, json};
use std::io::Write;
use std::process::Command;
use std::time::Instant;

/// Processes for every question, and calls in each.
const PROCESSES: usize = 3;
const CALLS: i64 = 8;

/// A question with what is promised for it in milliseconds: the first call of a process, and the later ones.
struct Asked {
    name: &'static str,
    about: &'static str,
    cold: Promise,
    warm: Promise,
}

type Promise = (Option<f64>, Option<f64>);

const DAYS: Promise = (Some(50.0), Some(20.0));
const FIRST_PAGE: Promise = (Some(1000.0), Some(300.0));

const QUESTIONS: [Asked; 18] = [
    Asked { name: "active", about: "DAU + rolling 28-day MAU", cold: DAYS, warm: DAYS },
    Asked { name: "active-de", about: "the same, country DE", cold: DAYS, warm: DAYS },
    Asked { name: "retention", about: "12-week retention", cold: DAYS, warm: DAYS },
    Asked { name: "retention-de", about: "the same, country DE", cold: DAYS, warm: DAYS },
    Asked { name: "stickiness", about: "stickiness of 28 days", cold: DAYS, warm: DAYS },
    Asked { name: "stickiness-de", about: "the same, country DE", cold: DAYS, warm: DAYS },
    Asked { name: "lifecycle", about: "lifecycle by week", cold: DAYS, warm: DAYS },
    Asked { name: "lifecycle-de", about: "the same, country DE", cold: DAYS, warm: DAYS },
    Asked {
        name: "funnel",
        about: "4 steps, 7 days, by country",
        cold: (Some(600.0), None),
        warm: (Some(100.0), None),
    },
    Asked {
        name: "funnel-held",
        about: "4 steps, 2 property filters, hold",
        cold: (Some(2500.0), Some(1000.0)),
        warm: (Some(500.0), Some(150.0)),
    },
    Asked { name: "paths", about: "paths, 5 events deep", cold: (Some(600.0), None), warm: (Some(100.0), None) },
    Asked { name: "attribution", about: "linear, 30 days back", cold: (Some(600.0), None), warm: (Some(100.0), None) },
    Asked { name: "trend", about: "total by day and country", cold: (Some(600.0), None), warm: (Some(100.0), None) },
    Asked {
        name: "p95",
        about: "p95 of 50 operations, 24 h",
        cold: (Some(20.0), Some(10.0)),
        warm: (Some(20.0), Some(10.0)),
    },
    Asked { name: "log-absent", about: "log search, no hit", cold: FIRST_PAGE, warm: FIRST_PAGE },
    Asked { name: "log-rare", about: "log search, 10 hits", cold: FIRST_PAGE, warm: FIRST_PAGE },
    Asked { name: "log-frequent", about: "log search, every tenth row", cold: FIRST_PAGE, warm: FIRST_PAGE },
    Asked { name: "trace", about: "trace by its id", cold: (Some(50.0), Some(15.0)), warm: (Some(50.0), Some(15.0)) },
];

pub fn measure(large: &Large) -> Vec<Figure> {
    let chosen = std::env::var("PARALLAX_BENCH_QUESTIONS").ok();
    let wanted = |asked: &&Asked| chosen.as_ref().is_none_or(|names| names.split(',').any(|name| name == asked.name));
    let path = large.events.with_extension("answers.jsonl");
    let mut answers = std::fs::File::create(path).expect("a file");
    let mut figures = Vec::new();
    for asked in QUESTIONS.iter().filter(wanted) {
        let (mut cold, mut warm, mut cpu) = (Vec::new(), Vec::new(), Vec::new());
        for process in 0..PROCESSES {
            let mut child = Command::new(std::env::current_exe().expect("this program"));
            child.args(["--child", asked.name, &large.url, &large.project.to_string(), &large.size.events.to_string()]);
            let output = child.output().expect("a child");
            assert!(output.status.success(), "{}: {}", asked.name, String::from_utf8_lossy(&output.stderr));
            for line in String::from_utf8(output.stdout).expect("text").lines() {
                let told: Value = serde_json::from_str(line).expect("a line of the child");
                let ms = told["ms"].as_f64().expect("ms");
                if told["call"] == 0 {
                    cold.push(ms)
                } else {
                    warm.push(ms)
                }
                cpu.push(told["cpu"].as_f64().expect("cpu"));
                if process == 0 {
                    writeln!(answers, "{line}").expect("an answer");
                }
            }
        }
        let note =
            |times: &mut Vec<f64>| format!("{}; p50 {:.1} ms of {}", asked.about, quantile(times, 0.5), times.len());
        for (word, times, (floor, aim)) in [("cold", &mut cold, asked.cold), ("warm", &mut warm, asked.warm)] {
            let note = note(times);
            println!("large: {} {word} p95 {:.1} ms, {note}", asked.name, quantile(times, 0.95));
            figures.push(Figure {
                name: asked.name,
                value: quantile(times, 0.95),
                unit: "ms",
                floor,
                aim,
                note: format!("{word}: {note}"),
            });
        }
    }
    let (projections, raw) = block_on(large.bytes());
    figures.push(Figure {
        name: "Projections of events",
        value: projections,
        unit: "B/event",
        floor: Some(8.0),
        aim: Some(5.0),
        note: format!("raw rows take {raw:.0} B/event"),
    });
    figures
}

pub fn child(words: &[String]) {
    let [name, url, project, events] = words else { panic!("a question, a database, a project, a size") };
    let size = shop::Size { events: events.parse().expect("a number") };
    let project = project.parse().expect("a number");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let memory = std::env::var("PARALLAX_BENCH_MEMORY").ok().and_then(|told| told.parse().ok()).unwrap_or(512u64);
        let options = super::load::options(url, memory);
        let database = Database::open(&options).await.expect("opens");
        let store = Store::new(database, (memory * 3 / 4) << 20);
        let viewer = Viewer {
            account: 0,
            email: "bench".to_owned(),
            name: "bench".to_owned(),
            roles: vec![Role::Admin],
            projects: Some(vec![project]),
        };
        let own = std::process::id();
        for call in 0..CALLS {
            let before = seconds_of(own);
            let since = Instant::now();
            let mut look = store.look(&viewer, project).await.expect("a look");
            let (answer, n) = ask(&store, &mut look, name, call, size).await;
            let ms = since.elapsed().as_secs_f64() * 1000.0;
            let cpu = (seconds_of(own) - before) * 1000.0;
            let line = json!({ "question": name, "call": call, "ms": ms, "cpu": cpu, "n": n, "answer": answer });
            writeln!(std::io::stdout(), "{line}").expect("a line");
        }
    });
}

/// The period of a call: later by an hour and 17 minutes with every call.
fn frame(days: (i64, i64), call: i64, filters: Vec<Filter>) -> Frame {
    let shift = Duration::minutes(77 * call);
    let at = |day: i64| shop::start() + Duration::days(day) + shift;
    Frame { from: at(days.0), to: at(days.1), zone: "UTC".to_owned(), filters, compare: None }
}

async fn ask(store: &Store, look: &mut Look, name: &str, call: i64, size: shop::Size) -> (Value, i64) {
    let de = || vec![Filter::is("country", "DE")];
    let (name, filters) = match name.strip_suffix("-de") {
        Some(name) => (name, de()),
        None => (name, Vec::new()),
    };
    macro_rules! told {
        ($read:expr) => {{
            let read = $read.await.expect("an answer");
            (serde_json::to_value(&read.result).expect("JSON"), read.n)
        }};
    }
    match name {
        "active" => told!(store.active_people(look, &frame((28, 88), call, filters), None)),
        "retention" => {
            let asked = Retention {
                start: None,
                back: None,
                unit: Interval::Week,
                mode: RetentionMode::On,
                cohort: Cohort::Recurring,
                interval: RetentionInterval::Calendar,
                periods: 12,
            };
            told!(store.retention(look, &frame((0, 84), call, filters), &asked))
        }
        "stickiness" => {
            let asked = Stickiness { event: None, unit: Interval::Day };
            told!(store.stickiness(look, &frame((60, 88), call, filters), &asked))
        }
        "lifecycle" => {
            let asked = Lifecycle { event: None, interval: Interval::Week };
            told!(store.lifecycle(look, &frame((7, 84), call, filters), &asked))
        }
        "funnel" => told!(store.funnel(look, &frame((0, 83), call, filters), &funnel(false))),
        "funnel-held" => told!(store.funnel(look, &frame((0, 83), call, filters), &funnel(true))),
        "paths" => {
            let asked = Paths { start: None, end: None, depth: 5, limit: 50 };
            told!(store.paths(look, &frame((2, 87), call, filters), &asked))
        }
        "attribution" => {
            let asked = Attribution {
                conversion: "purchase".to_owned(),
                field: "campaign.source".to_owned(),
                model: Model::Linear,
                lookback_days: 30,
            };
            told!(store.attribution(look, &frame((30, 88), call, filters), &asked))
        }
        "trend" => {
            let series = vec![TrendSeries { event: Some("view_item".to_owned()), measure: "total".to_owned() }];
            let asked = Trend { series, interval: Interval::Day, breakdown: Some("country".to_owned()) };
            told!(store.trend(look, &frame((0, 88), call, filters), &asked))
        }
        "p95" => {
            let asked =
                Requests { service: None, operation: None, by: Some(RequestsBy::Operation), interval: Interval::Day };
            told!(store.requests(look, &day(call), &asked))
        }
        "log-absent" => told!(store.logs(look, &day(call), &logs(operations::ABSENT))),
        "log-rare" => told!(store.logs(look, &day(call), &logs(operations::RARE))),
        "log-frequent" => told!(store.logs(look, &day(call), &logs(&format!("{:?}", operations::FREQUENT)))),
        "trace" => {
            let number = size.events / operations::OF_A_TRACE / (CALLS as u64 + 1) * (call as u64 + 1);
            let trace = store.trace(look, operations::trace_id(number)).await.expect("an answer").expect("a trace");
            (json!(trace.spans.len()), trace.spans.len() as i64)
        }
        other => panic!("no question is called {other}"),
    }
}

/// 24 hours of spans and log records that begin some minutes later with every call.
fn day(call: i64) -> Frame {
    let from: DateTime<Utc> = last_day() + Duration::minutes(call);
    Frame { from, to: from + Duration::hours(24), zone: "UTC".to_owned(), filters: Vec::new(), compare: None }
}

fn logs(search: &str) -> Logs {
    serde_json::from_value(json!({ "search": search, "limit": 100 })).expect("a search")
}

fn funnel(held: bool) -> Funnel {
    let names = ["view_item", "add_to_cart", "begin_checkout", "purchase"];
    let mut funnel = Funnel { window: 7 * 86_400, ..Funnel::of(&names) };
    if held {
        funnel.steps[0].filters = vec![Filter::is("properties.plan", "pro")];
        let gte = Filter { field: "properties.price".to_owned(), op: Op::Gte, values: vec!["50".to_owned()] };
        funnel.steps[3] = Step { filters: vec![gte], ..funnel.steps[3].clone() };
        funnel.hold = vec!["item".to_owned()];
    } else {
        funnel.breakdown = Some(Breakdown { field: "country".to_owned(), attribution: Touch::First, step: None });
    }
    funnel
}
