//! How fast texts are searched for personal data, on one core: lines as the simulated company logs them, in which there
//! is nothing to find, and the labelled corpus of the tests, which is made to be hard.

use crate::figure::{Figure, quantile};
use chrono::Utc;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use parallax_server::demo::{Company, Options};
use parallax_server::privacy::scrub;
use std::hint::black_box;
use std::time::Instant;

const BYTES: usize = 32 << 20;
const ROUNDS: usize = 7;
const CORPUS: &str = include_str!("../tests/corpus/personal-data.tsv");

pub fn measure() -> Vec<Figure> {
    let clean: Vec<String> = logged()
        .into_iter()
        .filter(|line| matches!(scrub::in_text_urls(line), std::borrow::Cow::Borrowed(_)))
        .collect();
    let hard: Vec<String> = CORPUS
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(_, text)| text.replace(['«', '»'], "").replace("{+}", ""))
        .collect();
    let length = |lines: &[String]| lines.iter().map(String::len).sum::<usize>() / lines.len().max(1);
    let note = format!("{} lines of {} bytes in the middle, borrowed when clean", clean.len(), length(&clean));
    vec![
        Figure {
            name: "Search for personal data, clean log lines, one core",
            value: speed(&clean),
            unit: "MB/s",
            floor: Some(50.0),
            aim: Some(100.0),
            note,
        },
        Figure {
            name: "The same, corpus of personal data and look-alikes",
            value: speed(&hard),
            unit: "MB/s",
            floor: None,
            aim: None,
            note: format!("{} lines of {} bytes in the middle", hard.len(), length(&hard)),
        },
    ]
}

/// Texts of log records of some hours.
fn logged() -> Vec<String> {
    let company =
        Company::new(Options { seed: 7, days: 3, scale: 5.0, end: Utc::now() }).expect("the built-in scenario");
    let mut lines = Vec::new();
    for (from, to) in company.pieces() {
        for request in company.slice(from, to).logs {
            let records = request.resource_logs.into_iter().flat_map(|resource| resource.scope_logs);
            for record in records.flat_map(|scope| scope.log_records) {
                if let Some(Value::StringValue(text)) = record.body.and_then(|body| body.value) {
                    lines.push(text);
                }
            }
        }
        if lines.len() > 20_000 {
            break;
        }
    }
    lines
}

/// Megabytes in a second; the middle of several rounds.
fn speed(lines: &[String]) -> f64 {
    let once: usize = lines.iter().map(String::len).sum();
    let repeats = BYTES / once.max(1) + 1;
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let since = Instant::now();
            for _ in 0..repeats {
                for line in lines {
                    black_box(scrub::in_text_urls(black_box(line)));
                }
            }
            (once * repeats) as f64 / 1e6 / since.elapsed().as_secs_f64()
        })
        .collect();
    quantile(&mut rounds, 0.5)
}
