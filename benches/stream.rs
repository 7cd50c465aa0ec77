//! A stream of events for ten minutes, with dashboards open and a checkpoint inside: whether the rate is kept, and how
//! long it takes from the first byte of a request until its events are in every answer.
//!
//! PARALLAX_BENCH_RATE says how many events a second (10,000 unless told), PARALLAX_BENCH_SECONDS for how long (600).

use crate::figure::{Figure, quantile};
use crate::process::block_on;
use crate::program::Program;
use chrono::{DateTime, Utc};
use serde_json::json;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Events of one request, as the batches of SDKs are.
const BATCH: usize = 100;
const SENDERS: usize = 4;
const PAGES: [&str; 3] = ["/product", "/marketing", "/explore/events"];
/// Between two looks of an open page.
const REFRESH: Duration = Duration::from_secs(5);

fn told(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|told| told.parse().ok()).unwrap_or(usual)
}

/// Bodies of requests; each event says who, what and with which properties, its time is that of receipt.
fn bodies() -> Vec<String> {
    let names = ["page_view", "page_view", "view_item", "search", "add_to_cart", "purchase"];
    let event = |n: usize| {
        let plan = ["free", "plus", "pro"][n % 3];
        let (country, device) = (["DE", "FR", "US", "GB"][n * 13 % 4], ["desktop", "mobile"][n % 2]);
        json!({ "name": names[n * 7 % 6], "user": format!("customer-{}", n * 7919 % 20_000), "session": format!("s-{}", n * 7919 % 20_000 + n / 50_000),
            "properties": { "item": format!("item-{}", n * 31 % 200), "price": n % 190, "plan": plan },
            "context": { "url": format!("https://shop.example/p/{}", n % 400), "country": country,
                "device": device, "browser": "Firefox", "version": "2.4.1" } })
    };
    let body = |number: usize| json!({ "events": (0..BATCH).map(|n| event(number * BATCH + n)).collect::<Vec<_>>() });
    (0..400).map(|number| body(number).to_string()).collect()
}

/// When a request began and when it was answered, in seconds since the start.
type Sent = (f64, f64);

pub fn measure() -> Vec<Figure> {
    let (rate, seconds) = (told("PARALLAX_BENCH_RATE", 10_000), told("PARALLAX_BENCH_SECONDS", 600));
    let bodies = bodies();
    let program = Program::start(&["--own-telemetry", "off"]);
    let session = program.session();
    for body in &bodies[..20] {
        program.send("/api/v1/events", "application/json", body.as_bytes());
    }
    program.settle();
    let before = program.cpu();
    let (begun, clock) = (Instant::now(), Utc::now());
    let over = AtomicBool::new(false);
    let sent: Mutex<Vec<Sent>> = Mutex::default();
    let fresh: Mutex<Vec<(f64, f64)>> = Mutex::default();
    let pages: Mutex<Vec<f64>> = Mutex::default();
    std::thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let (program, bodies, sent) = (&program, &bodies, &sent);
                scope.spawn(move || {
                    let every = BATCH as f64 * SENDERS as f64 / rate as f64;
                    let mut own = Vec::new();
                    for number in 0.. {
                        let due = (number as f64 + sender as f64 / SENDERS as f64) * every;
                        if due >= seconds as f64 {
                            break;
                        }
                        std::thread::sleep(Duration::from_secs_f64((due - begun.elapsed().as_secs_f64()).max(0.0)));
                        program.send(
                            "/api/v1/events",
                            "application/json",
                            bodies[(number * SENDERS + sender) % bodies.len()].as_bytes(),
                        );
                        // Counted from when it was due: whoever is late because of the server waited for it.
                        own.push((due, begun.elapsed().as_secs_f64()));
                    }
                    sent.lock().expect("no panic").extend(own);
                })
            })
            .collect();
        for page in PAGES {
            let (program, session, over, pages) = (&program, &session, &over, &pages);
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    let since = Instant::now();
                    program.page(session, page);
                    pages.lock().expect("no panic").push(since.elapsed().as_secs_f64() * 1000.0);
                    std::thread::sleep(REFRESH);
                }
            });
        }
        scope.spawn(|| {
            block_on(async {
                let mut connection = program.connect().await;
                let mut checkpoint = seconds as f64 / 2.0;
                while !over.load(Ordering::Relaxed) {
                    let as_of: DateTime<Utc> =
                        sqlx::query_scalar("select coalesce(min(committed_at), clock_timestamp()) from batch")
                            .fetch_one(&mut connection)
                            .await
                            .expect("freshness");
                    let now = begun.elapsed().as_secs_f64();
                    fresh.lock().expect("no panic").push((now, (as_of - clock).as_seconds_f64()));
                    if now > checkpoint {
                        checkpoint = f64::INFINITY;
                        let mut other = program.connect().await;
                        tokio::spawn(async move {
                            sqlx::query("checkpoint").execute(&mut other).await.expect("checkpoint")
                        });
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            });
        });
        for sender in senders {
            sender.join().expect("a sender");
        }
        let sending = begun.elapsed();
        program.settle();
        std::thread::sleep(Duration::from_millis(300));
        over.store(true, Ordering::Relaxed);
        println!("stream: sent in {:.1} s", sending.as_secs_f64());
    });
    let after = program.cpu();
    let mut sent = sent.into_inner().expect("no panic");
    let fresh = fresh.into_inner().expect("no panic");
    let events = sent.len() * BATCH;
    sent.sort_by(|a, b| a.1.total_cmp(&b.1));
    // Visible at the first look that was as of a later instant than the answer.
    let mut look = 0;
    let mut lags = Vec::with_capacity(sent.len());
    for (due, answered) in &sent {
        while fresh.get(look).is_some_and(|(_, as_of)| as_of <= answered) {
            look += 1;
        }
        lags.push(fresh.get(look).map_or(f64::NAN, |(now, _)| now - due));
    }
    let last = sent.last().map_or(1.0, |sent| sent.1);
    let mut pages = pages.into_inner().expect("no panic");
    let stored: i64 = block_on(async {
        sqlx::query_scalar("select sum(stored)::bigint from accounting")
            .fetch_one(&mut program.connect().await)
            .await
            .expect("an account")
    });
    assert_eq!(stored as usize, events + 20 * BATCH, "every event is stored once");
    let note = format!(
        "{events} events in {last:.0} s; Parallax {:.1}, Postgres {:.1} µs of processor an event; {} pages, p95 {:.0} ms",
        (after.0 - before.0) * 1e6 / events as f64,
        (after.1 - before.1) * 1e6 / events as f64,
        pages.len(),
        quantile(&mut pages, 0.95),
    );
    vec![
        Figure {
            name: "Events a second, HTTP and JSON",
            value: events as f64 / last,
            unit: "/s",
            floor: Some(10_000.0),
            aim: Some(30_000.0),
            note,
        },
        Figure {
            name: "From arrival to every answer, p95",
            value: quantile(&mut lags.clone(), 0.95),
            unit: "s",
            floor: Some(1.5),
            aim: None,
            note: String::new(),
        },
        Figure {
            name: "From arrival to every answer, p99.9",
            value: quantile(&mut lags, 0.999),
            unit: "s",
            floor: Some(3.0),
            aim: None,
            note: String::new(),
        },
    ]
}
