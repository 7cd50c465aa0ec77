//! From the last byte of an event to a page that shows it.

use crate::figure::{Figure, quantile};
use crate::program::Program;
use chrono::Utc;
use std::time::Instant;

const ROUNDS: usize = 30;

pub fn measure() -> Vec<Figure> {
    let program = Program::start(&["--own-telemetry", "off"]);
    let session = program.session();
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let name = format!("round {round} reached");
        let event = format!(
            "{{\"events\":[{{\"name\":\"{name}\",\"user\":\"u{round}\",\"at\":\"{}\"}}]}}",
            Utc::now().to_rfc3339()
        );
        let since = Instant::now();
        program.send("/api/v1/events", "application/json", event.as_bytes());
        while !program.page(&session, "/explore/events?range=1h").contains(&name) {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        times.push(since.elapsed().as_secs_f64());
    }
    let note = format!(
        "{ROUNDS} rounds, p95 {:.2} s; the page itself reads again every few seconds",
        quantile(&mut times, 0.95)
    );
    vec![Figure {
        name: "Byte to screen, p50",
        value: quantile(&mut times, 0.5),
        unit: "s",
        floor: Some(2.0),
        aim: None,
        note,
    }]
}
