//! A day of ten million events goes while a sender goes on sending, and then a category of a day row by row.

use crate::figure::{Figure, quantile};
use crate::process::block_on;
use crate::program::Program;
use chrono::{DateTime, Duration, Utc};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

const ROWS: i64 = 10_000_000;
/// Rows of one category in a table that stays.
const STEPPED: i64 = 1_000_000;
/// People in them.
const PEOPLE: i64 = 100_000;
/// Events of one request of the sender.
const SENT: usize = 100;

pub fn measure() -> Vec<Figure> {
    let program = Program::start(&["--own-telemetry", "off"]);
    let whole = Utc::now() - Duration::days(20);
    let stepped = Utc::now() - Duration::days(5);
    fill(&program, whole, ROWS, 3);
    rule(&program, "event", 10);
    let mut waits = beside(&program, || program.command(&["retention", "run"]));
    let drop = taken(&program);
    fill(&program, stepped, STEPPED, 5);
    rule(&program, "event.marketing", 2);
    let mut stepped_waits = beside(&program, || program.command(&["retention", "run"]));
    let steps = taken(&program);
    let requests = waits.len();
    vec![
        Figure {
            name: "Day of 10 M events dropped",
            value: drop,
            unit: "s",
            floor: Some(1.0),
            aim: None,
            note: "from taking it out of sight to the signed proof; counted once more in between".to_owned(),
        },
        Figure {
            name: "Ingest p99 meanwhile",
            value: quantile(&mut waits, 0.99),
            unit: "s",
            floor: Some(1.0),
            aim: None,
            note: format!("{requests} requests of {SENT} events, over the whole run with its plan"),
        },
        Figure {
            name: "1 M rows of a category in steps",
            value: steps,
            unit: "s",
            floor: None,
            aim: None,
            note: format!("ingest p99 meanwhile {:.3} s", quantile(&mut stepped_waits, 0.99)),
        },
    ]
}

/// Rows of one day, made in the database of one that came through the door.
fn fill(program: &Program, at: DateTime<Utc>, rows: i64, category: i16) {
    let event = format!("{{\"events\":[{{\"name\":\"viewed\",\"user\":\"u\",\"at\":\"{}\"}}]}}", at.to_rfc3339());
    program.send("/api/v1/events", "application/json", event.as_bytes());
    program.settle();
    block_on(async {
        let mut connection = program.connect().await;
        let columns: Vec<String> = sqlx::query_scalar(
            "select attname::text from pg_attribute where attrelid = 'event'::regclass and attnum > 0 and not attisdropped order by attnum",
        )
        .fetch_all(&mut connection)
        .await
        .expect("columns");
        let value = |name: &String| match name.as_str() {
            "seq" => "e.seq + n".to_owned(),
            "subject" => format!("(n % {PEOPLE})::int + 100"),
            "category" => format!("{category}::smallint"),
            "at" => "date_trunc('day', e.at at time zone 'UTC') at time zone 'UTC' + (n % 86400) * interval '1 second'"
                .to_owned(),
            name => format!("e.{name}"),
        };
        let values: Vec<String> = columns.iter().map(value).collect();
        let sql = format!(
            "insert into event ({}) select {} from (select * from event where at >= '{}' and at < '{}' limit 1) as e, generate_series(1, {rows}) as n",
            columns.join(", "),
            values.join(", "),
            at.date_naive(),
            at.date_naive().succ_opt().expect("a day after")
        );
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.expect("rows");
        sqlx::query("analyze event").execute(&mut connection).await.expect("statistics");
        sqlx::query("checkpoint").execute(&mut connection).await.expect("a checkpoint");
    });
}

fn rule(program: &Program, word: &str, days: i32) {
    block_on(async {
        let mut connection = program.connect().await;
        sqlx::query(
            "insert into retention (project, signal, days) select id, $1, $2 from project where name = 'Bench'",
        )
        .bind(word)
        .bind(days)
        .execute(&mut connection)
        .await
        .expect("a rule");
    });
}

/// Seconds that the newest deletion took.
fn taken(program: &Program) -> f64 {
    block_on(async {
        let mut connection = program.connect().await;
        let sql = "select extract(epoch from ended_at - started_at)::float8 from deletion where verified order by id desc limit 1";
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.expect("a deletion")
    })
}

/// Seconds that each request of a sender waits while something is done.
fn beside(program: &Program, done: impl FnOnce() -> String) -> Vec<f64> {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let mut waits = Vec::new();
            for round in 0.. {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let at = Utc::now().to_rfc3339();
                let events: Vec<String> = (0..SENT)
                    .map(|n| format!("{{\"name\":\"viewed\",\"user\":\"s{round}-{n}\",\"at\":\"{at}\"}}"))
                    .collect();
                let since = Instant::now();
                program.send(
                    "/api/v1/events",
                    "application/json",
                    format!("{{\"events\":[{}]}}", events.join(",")).as_bytes(),
                );
                waits.push(since.elapsed().as_secs_f64());
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            waits
        });
        println!("retention: {}", done());
        over.store(true, Ordering::Relaxed);
        sender.join().expect("the sender")
    })
}
