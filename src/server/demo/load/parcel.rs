//! A slice of the company's life as the requests that would have carried it.

use crate::demo::Slice;
use bytes::Bytes;
use prost::Message;
use serde::Serialize;
use serde_json::Value;

/// A request to one of the doors.
#[derive(Clone, Debug)]
pub struct Parcel {
    pub path: &'static str,
    pub content_type: &'static str,
    pub body: Bytes,
}

#[derive(Serialize)]
struct Events<'a> {
    events: &'a [Value],
}

fn protobuf(path: &'static str, message: &impl Message) -> Parcel {
    Parcel { path, content_type: "application/x-protobuf", body: message.encode_to_vec().into() }
}

fn json(path: &'static str, value: &impl Serialize) -> serde_json::Result<Parcel> {
    Ok(Parcel { path, content_type: "application/json", body: serde_json::to_vec(value)?.into() })
}

/// What is sent of a slice: telemetry, whose order does not matter, then the records beside it.
pub struct Parcels {
    pub telemetry: Vec<Parcel>,
    pub records: Vec<Parcel>,
    /// Not before all that these people did is there.
    pub withdrawals: Vec<Value>,
    pub count: usize,
}

impl Parcels {
    pub fn of(slice: Slice) -> serde_json::Result<Parcels> {
        // They are counted when they are sent.
        let count = slice.counts().sum() - slice.withdrawals.len();
        let events: serde_json::Result<Vec<Parcel>> =
            slice.events.iter().map(|events| json("/api/v1/events", &Events { events })).collect();
        let signals: [Vec<Parcel>; 4] = [
            events?,
            slice.traces.iter().map(|request| protobuf("/v1/traces", request)).collect(),
            slice.logs.iter().map(|request| protobuf("/v1/logs", request)).collect(),
            slice.metrics.iter().map(|request| protobuf("/v1/metrics", request)).collect(),
        ];
        let mut records = Vec::new();
        for (path, values) in [
            ("/api/v1/deployments", &slice.deployments),
            ("/api/v1/population", &slice.population),
            ("/api/v1/tickets", &slice.tickets),
            ("/api/v1/feedback", &slice.feedback),
            ("/api/v1/spend", &slice.spend),
            ("/api/v1/surveys", &slice.surveys),
            ("/api/v1/consent", &slice.consents),
        ] {
            records.extend(arrays(path, values)?);
        }
        Ok(Parcels { telemetry: interleaved(signals), records, withdrawals: slice.withdrawals, count })
    }
}

/// Arrays of a size that any door takes.
pub fn arrays(path: &'static str, values: &[Value]) -> serde_json::Result<Vec<Parcel>> {
    values.chunks(1_000).map(|some| json(path, &some)).collect()
}

/// One of each signal after the other, so that their writers work at the same time.
fn interleaved(signals: [Vec<Parcel>; 4]) -> Vec<Parcel> {
    let all: usize = signals.iter().map(Vec::len).sum();
    let mut placed: Vec<(f64, Parcel)> = Vec::with_capacity(all);
    for parcels in signals {
        let count = parcels.len() as f64;
        placed.extend(parcels.into_iter().enumerate().map(|(number, parcel)| ((number as f64 + 0.5) / count, parcel)));
    }
    placed.sort_by(|a, b| a.0.total_cmp(&b.0));
    placed.into_iter().map(|(_, parcel)| parcel).collect()
}
