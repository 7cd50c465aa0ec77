//! Spans and log records of one day: ten services with five operations each.

use super::chance::Chance;
use chrono::{DateTime, Duration, Utc};
use parallax_domain::Severity;
use parallax_domain::signal::SpanKind;
use parallax_server::record::{Log, Shared, Span, Who};
use uuid::Uuid;

const SERVICES: [&str; 10] =
    ["web", "basket", "payment", "catalogue", "search", "stock", "account", "mail", "shipping", "pricing"];
const ROUTES: [&str; 5] = ["GET /list", "GET /one", "POST /new", "PUT /change", "DELETE /one"];
const HOSTS: [&str; 8] = ["node-1", "node-2", "node-3", "node-4", "node-5", "node-6", "node-7", "node-8"];
/// Spans of one trace.
pub const OF_A_TRACE: u64 = 8;

fn resource() -> Shared {
    Shared { hash: Uuid::nil(), content: "{}".into() }
}

/// The id of a trace by its number.
pub fn trace_id(number: u64) -> Uuid {
    let mut chance = Chance::new(number ^ 0x7ACE);
    Uuid::from_u64_pair(chance.word(), chance.word())
}

/// Spans of the traces from one number up to another of `all` that share the day between them.
pub fn spans(day: DateTime<Utc>, from: u64, to: u64, all: u64) -> Vec<Span> {
    let mut spans = Vec::with_capacity(((to - from) * OF_A_TRACE) as usize);
    for number in from..to {
        let mut chance = Chance::new(number);
        let begun = day + Duration::microseconds((number as f64 / all as f64 * 86_400e6) as i64);
        let mut parent = None;
        for place in 0..OF_A_TRACE {
            let operation = chance.skewed(50);
            let service = SERVICES[operation as usize / 5];
            // Log-normal, slower for some operations.
            let z = (0..6).map(|_| chance.share()).sum::<f64>() - 3.0;
            let millis = (3.0 + operation as f64) * (z * 1.1).exp();
            let error = chance.happens(0.01);
            let id = chance.word() as i64;
            spans.push(Span {
                at: begun + Duration::microseconds(place as i64 * 350 + chance.below(300) as i64),
                duration: (millis * 1e6) as i64,
                trace_id: trace_id(number),
                span_id: id,
                parent_id: parent,
                service: Some(service.to_owned()),
                operation: format!("{} {service}", ROUTES[operation as usize % 5]),
                kind: SpanKind::Server,
                error,
                status: Some(if error { 500 } else { 200 }),
                version: Some("2.4.1".to_owned()),
                environment: Some("production".to_owned()),
                host: Some(chance.of(&HOSTS).to_owned()),
                who: Who::default(),
                resource: resource(),
                scope: None,
                weight: 1.0,
                flags: 0,
                attributes: Some(format!("{{\"http.route\":\"/{place}\",\"http.request.method\":\"GET\"}}")),
                events: None,
                links: None,
                peer: None,
                exceptions: Vec::new(),
            });
            parent = parent.or(Some(id));
        }
    }
    spans
}

/// Ten rows of all say this.
pub const RARE: &str = "flux-capacitor";
/// One row in ten says this.
pub const FREQUENT: &str = "timed out";
/// No row says this.
pub const ABSENT: &str = "quetzalcoatl";

/// Log records from one number up to another of `all` that share the day between them.
pub fn logs(day: DateTime<Utc>, from: u64, to: u64, all: u64) -> Vec<Log> {
    let rare = (all / 10).max(1);
    let mut logs = Vec::with_capacity((to - from) as usize);
    for number in from..to {
        let mut chance = Chance::new(number ^ 0x10C5);
        let service = chance.of(&SERVICES);
        let (severity, message) = match chance.below(10) {
            _ if number % rare == rare / 2 => (Severity::Warn, format!("the {RARE} of order {} is cold", number)),
            0 => (
                Severity::Error,
                format!("call to {} {FREQUENT} after {} ms", chance.of(&SERVICES), chance.below(9000)),
            ),
            1 => (Severity::Warn, format!("retry {} for customer {:08x}", chance.below(5), chance.word() as u32)),
            2 | 3 => (Severity::Debug, format!("cache miss for key session:{:016x}", chance.word())),
            4 | 5 => (
                Severity::Info,
                format!(
                    "order {} accepted, {} items, total {}.{:02} EUR",
                    chance.below(1_000_000),
                    chance.below(9),
                    chance.below(400),
                    chance.below(100)
                ),
            ),
            _ => (Severity::Info, format!("GET /p/{} 200 {} ms", chance.skewed(5000), chance.below(300))),
        };
        logs.push(Log {
            at: day + Duration::microseconds((number as f64 / all as f64 * 86_400e6) as i64),
            severity,
            service: Some(service.to_owned()),
            host: Some(chance.of(&HOSTS).to_owned()),
            message,
            name: None,
            trace_id: chance.happens(0.3).then(|| trace_id(chance.below(all / OF_A_TRACE))),
            span_id: None,
            version: Some("2.4.1".to_owned()),
            environment: Some("production".to_owned()),
            who: Who::default(),
            resource: resource(),
            scope: None,
            flags: 0,
            attributes: Some(format!("{{\"thread\":\"worker-{}\"}}", chance.below(16))),
            exceptions: Vec::new(),
        });
    }
    logs
}
