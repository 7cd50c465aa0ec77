//! Spans as real services send them: those of the simulated company, in batches of the SDKs' usual size.

use chrono::{DateTime, Utc};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use parallax_server::demo::{Company, Options};
use prost::Message;

/// Spans of one request; the default of OpenTelemetry's batch processor.
const BATCH: usize = 512;

/// Encoded requests with `wanted` spans or a few more, of the last hours before `end`, oldest first.
pub fn spans(wanted: usize, end: DateTime<Utc>, scale: f64) -> (Vec<Vec<u8>>, usize) {
    let company = Company::new(Options { seed: 7, days: 30, scale, end }).expect("the built-in scenario");
    let (mut bodies, mut count) = (Vec::new(), 0);
    let mut batch = ExportTraceServiceRequest::default();
    let mut held = 0;
    for (from, to) in company.pieces() {
        for request in company.slice(from, to).traces {
            held += spans_of(&request);
            batch.resource_spans.extend(request.resource_spans);
            if held >= BATCH {
                bodies.push(std::mem::take(&mut batch).encode_to_vec());
                count += held;
                held = 0;
            }
            if count >= wanted {
                bodies.reverse();
                return (bodies, count);
            }
        }
    }
    (bodies, count)
}

fn spans_of(request: &ExportTraceServiceRequest) -> usize {
    request.resource_spans.iter().flat_map(|resource| &resource.scope_spans).map(|scope| scope.spans.len()).sum()
}
