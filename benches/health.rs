//! The health page over a million spans: a fresh process, and a period that shifts with every call, so
//! that nothing can be answered from memory alone.

use crate::figure::{Figure, quantile};
use crate::program::Program;
use crate::telemetry;
use chrono::{DateTime, Duration, DurationRound, Utc};
use std::time::Instant;

const SPANS: usize = 1_000_000;
const CALLS: usize = 40;

pub fn measure() -> Vec<Figure> {
    let end = Utc::now().duration_trunc(Duration::hours(1)).expect("an hour");
    let (bodies, spans) = telemetry::spans(SPANS, end, 12.0);
    let program = Program::start(&["--own-telemetry", "off"]);
    let since = Instant::now();
    for body in &bodies {
        program.send("/v1/traces", "application/x-protobuf", body);
    }
    program.settle();
    println!("health: {spans} spans sent and folded in {:.0} s", since.elapsed().as_secs_f64());
    let program = program.fresh(&["--own-telemetry", "off"]);
    let session = program.session();
    let at = |minutes: i64| end - Duration::minutes(minutes);
    let spelled = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut times = Vec::new();
    let mut first = 0.0;
    for call in 0..CALLS as i64 {
        // Every call another period of 24 hours.
        let path = format!("/engineering?range={}..{}", spelled(at(24 * 60 + call)), spelled(at(call)));
        let since = Instant::now();
        let page = program.page(&session, &path);
        let time = since.elapsed().as_secs_f64() * 1000.0;
        assert!(page.contains("payment"), "the page shows the services");
        if call == 0 {
            first = time;
        } else {
            times.push(time);
        }
    }
    let p95 = quantile(&mut times, 0.95);
    let note = format!("{spans} spans, 24 h shifted by a minute per call; first call {first:.0} ms, p95 {p95:.0} ms");
    vec![Figure {
        name: "Health page, p50",
        value: quantile(&mut times, 0.5),
        unit: "ms",
        floor: Some(80.0),
        aim: Some(30.0),
        note,
    }]
}
