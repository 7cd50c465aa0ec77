//! What a page costs beside its questions: eight panels of 400 points, from the request to the last byte of HTML.

use crate::figure::{Figure, quantile};
use crate::program::Program;
use std::time::Instant;

const CALLS: usize = 60;

pub fn measure() -> Vec<Figure> {
    let program = Program::start(&["--own-telemetry", "off"]);
    let session = program.session();
    let mut times = Vec::new();
    let mut size = 0;
    for call in 0..CALLS {
        let since = Instant::now();
        let page = program.page(&session, &format!("/admin/kit?part=eight&call={call}"));
        let time = since.elapsed().as_secs_f64() * 1000.0;
        assert!((0..8).all(|panel| page.contains(&format!("id=\"ch-eight-{panel}\""))), "eight charts");
        size = page.len();
        // The first calls warm what every server has warm.
        if call >= 10 {
            times.push(time);
        }
    }
    let note = format!(
        "8 panels x 400 points, three lines each, {} KB of HTML, p95 {:.1} ms",
        size / 1000,
        quantile(&mut times, 0.95)
    );
    vec![Figure {
        name: "Page of 8 panels x 400 points, p50",
        value: quantile(&mut times, 0.5),
        unit: "ms",
        floor: Some(25.0),
        aim: Some(10.0),
        note,
    }]
}
