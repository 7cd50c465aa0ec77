//! Telemetry of a few people over two weeks, made from a seed; of every record it is known whose it is.

use super::{TestApp, noon};
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

/// Random numbers that are the same for the same seed (SplitMix64).
pub struct Seeded(u64);

impl Seeded {
    pub fn new(seed: u64) -> Seeded {
        Seeded(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to `n` - 1.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }
}

#[derive(Clone, Debug)]
pub enum What {
    Event(Value),
    Span(Value),
    Line(Value),
}

#[derive(Clone, Debug)]
pub struct Record {
    /// Whose it is by what it says and by its session and trace; none: nobody's, or of several.
    pub whose: Option<u64>,
    pub what: What,
}

pub fn user(person: u64) -> String {
    format!("customer-{person}")
}

/// Visits of people, some of them told by an anonymous id first; requests of a visit with and without a person; traces of
/// two people; requests of nobody.
pub fn visits(seed: u64, people: u64, count: usize) -> Vec<Record> {
    let mut random = Seeded::new(seed);
    let mut all = Vec::new();
    for visit in 0..count as u64 {
        let start = noon() - Duration::days(1 + random.below(13) as i64) - Duration::minutes(random.below(600) as i64);
        match random.below(6) {
            0 => request(&mut random, &mut all, visit, start, &[], None),
            1 => {
                let two = [random.below(people), random.below(people)];
                request(&mut random, &mut all, visit, start, &two, None);
            }
            _ => {
                let person = random.below(people);
                browse(&mut random, &mut all, visit, start, person);
                request(&mut random, &mut all, visit, start, &[person], Some(visit));
            }
        }
    }
    all
}

fn browse(random: &mut Seeded, all: &mut Vec<Record>, visit: u64, start: DateTime<Utc>, person: u64) {
    for n in 0..2 + random.below(6) {
        let name = random.pick(&["viewed", "searched", "added", "paid"]);
        let mut event = json!({
            "name": name, "at": start + Duration::seconds(n as i64 * 20), "session": format!("s-{visit}"),
            "category": random.pick(&["usage", "performance", "errors"]),
            "properties": { "plan": random.pick(&["free", "team"]), "amount": random.below(90) },
            "context": { "url": format!("https://shop.example/{name}?utm_source={}", random.pick(&["mail", "search"])), "version": "2.1" },
        });
        let (known, anonymous) = (n > 1 || random.one_in(2), random.one_in(2));
        if known {
            event["user"] = json!(user(person));
        }
        if anonymous || !known {
            event["anonymous"] = json!(format!("device-{person}"));
        }
        all.push(Record { whose: Some(person), what: What::Event(event) });
    }
}

/// A request over three services with a line of a log. `named` are the people that its spans name.
fn request(
    random: &mut Seeded,
    all: &mut Vec<Record>,
    visit: u64,
    start: DateTime<Utc>,
    named: &[u64],
    session: Option<u64>,
) {
    let distinct = |named: &[u64]| named.iter().all(|one| *one == named[0]);
    let alone = (!named.is_empty() && distinct(named)).then(|| named[0]);
    let trace = format!("{:032x}", visit + 1);
    for n in 0..3u64 {
        let at = start + Duration::milliseconds(n as i64 * 15);
        let person = named.get(n as usize).copied();
        let fails = n == 2 && random.one_in(3);
        let mut attributes = vec![text("http.route", random.pick(&["/cart", "/pay"]))];
        attributes.extend(person.map(|person| text("user.id", &user(person))));
        if n == 1 {
            attributes.push(text("db.system", "postgresql"));
        }
        let exception = json!({ "name": "exception", "timeUnixNano": nanos(at), "attributes": [
            text("exception.type", "PoolTimeout"), text("exception.message", "no connection within 2 s"),
            text("exception.stacktrace", "at take (pool.rs:7)\nat pay (pay.rs:9)"),
        ] });
        let span = json!({
            "traceId": trace, "spanId": format!("{:016x}", visit * 4 + n + 1),
            "parentSpanId": if n == 0 { String::new() } else { format!("{:016x}", visit * 4 + n) },
            "name": random.pick(&["GET /cart", "POST /pay"]), "kind": if n == 1 { 3 } else { 2 },
            "startTimeUnixNano": nanos(at), "endTimeUnixNano": nanos(at + Duration::milliseconds(5 + random.below(400) as i64)),
            "attributes": attributes, "status": { "code": if fails { 2 } else { 0 } },
            "events": if fails { json!([exception]) } else { json!([]) },
        });
        // In a trace of several, only what names one of them is that one's.
        all.push(Record { whose: alone.or(person), what: What::Span(span) });
    }
    let mut attributes = Vec::new();
    attributes.extend(session.map(|session| text("session.id", &format!("s-{session}"))));
    let line = json!({
        "timeUnixNano": nanos(start + Duration::milliseconds(90)), "traceId": trace, "severityNumber": 1 + random.below(24),
        "body": { "stringValue": format!("order {} took long", random.below(9)) }, "attributes": attributes,
    });
    all.push(Record { whose: alone, what: What::Line(line) });
    if let (Some(session), Some(person)) = (session, alone) {
        // Nothing but the session says whose it is.
        let line = json!({
            "timeUnixNano": nanos(start + Duration::seconds(2)), "severityNumber": 9,
            "body": { "stringValue": "cart saved" }, "attributes": [text("session.id", &format!("s-{session}"))],
        });
        all.push(Record { whose: Some(person), what: What::Line(line) });
    }
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

pub fn nanos(at: DateTime<Utc>) -> String {
    at.timestamp_nanos_opt().expect("a time of this century").to_string()
}

impl TestApp {
    /// Sends records as their senders would, a few at a time, folding and compacting in between.
    pub async fn replay(&self, records: &[Record]) {
        for (n, piece) in records.chunks(60).enumerate() {
            self.send_records(piece).await;
            if n % 2 == 0 {
                self.settle().await;
            }
            if n % 3 == 2 {
                self.compact().await;
            }
        }
        self.settle().await;
    }

    pub async fn send_records(&self, records: &[Record]) {
        let of = |pick: fn(&What) -> Option<&Value>| -> Vec<Value> {
            records.iter().filter_map(|record| pick(&record.what)).cloned().collect()
        };
        let events = of(|what| if let What::Event(event) = what { Some(event) } else { None });
        let spans = of(|what| if let What::Span(span) = what { Some(span) } else { None });
        let lines = of(|what| if let What::Line(line) = what { Some(line) } else { None });
        if !events.is_empty() {
            let receipt = self.events(json!(events)).await;
            assert_eq!(receipt["accepted"], events.len(), "{receipt}");
        }
        let resource = json!({ "attributes": [text("service.name", "shop"), text("service.version", "2.1")] });
        if !spans.is_empty() {
            let body = json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": [{ "spans": spans }] }] });
            assert_eq!(self.otlp("/v1/traces", "application/json", body.to_string()).await.status, 200);
        }
        if !lines.is_empty() {
            let body = json!({ "resourceLogs": [{ "resource": resource, "scopeLogs": [{ "logRecords": lines }] }] });
            assert_eq!(self.otlp("/v1/logs", "application/json", body.to_string()).await.status, 200);
        }
    }
}
