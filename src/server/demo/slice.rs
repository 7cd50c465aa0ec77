//! A stretch of time as the batches that would have been sent in it.

use super::calendar;
use super::cluster;
use super::estate::{self, Access, Counted};
use super::events;
use super::journal::{self, Entry};
use super::machines;
use super::meter::{self, Meter, ticks};
use super::otlp::{self, text};
use super::records::{self, Day, Decision, Sent};
use super::requests;
use super::session::Session;
use super::topology::{Instance, Role};
use super::trace::{Kind, Trace};
use super::walk;
use super::world::World;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that is sent in `from` (inclusive) to `to` (exclusive). Events, lines and readings belong to the slice
/// that holds their own time; a trace belongs, as a whole, to the slice that holds the end of its last span; records
/// such as tickets to the one that holds the instant at which they are sent. So slices that meet never repeat
/// anything and never lose anything, however time is cut.
///
/// No batch holds more than 2,000 records or 1 MiB.
#[derive(Clone, Debug, Default)]
pub struct Slice {
    pub from: parallax_domain::Instant,
    pub to: parallax_domain::Instant,
    /// Lists for the member `events` of `POST /api/v1/events`; ordered by time, and within a visit by step.
    pub events: Vec<Vec<Value>>,
    pub traces: Vec<ExportTraceServiceRequest>,
    pub logs: Vec<ExportLogsServiceRequest>,
    pub metrics: Vec<ExportMetricsServiceRequest>,
    /// Elements of the array of `POST /api/v1/consent`.
    pub consents: Vec<Value>,
    /// Of these, decisions that take back an earlier one. Nothing that the person did before may be sent after them.
    pub withdrawals: Vec<Value>,
    /// Bodies of `POST /api/v1/deployments`, one each.
    pub deployments: Vec<Value>,
    /// Elements of the array of `POST /api/v1/tickets`; a ticket comes again when its state changes.
    pub tickets: Vec<Value>,
    /// Elements of the array of `POST /api/v1/feedback`.
    pub feedback: Vec<Value>,
    /// Bodies of `POST /api/v1/population`, one each, at the end of every UTC day.
    pub population: Vec<Value>,
    /// For `POST /api/v1/spend`, at the end of every UTC day.
    pub spend: Vec<Value>,
    /// For `POST /api/v1/surveys`.
    pub surveys: Vec<Value>,
}

/// Records by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    pub events: usize,
    pub spans: usize,
    pub logs: usize,
    pub points: usize,
    /// Decisions, tickets, feedback, deployments, totals, spend and answers.
    pub others: usize,
}

impl Counts {
    pub fn sum(&self) -> usize {
        self.events + self.spans + self.logs + self.points + self.others
    }

    pub fn add(&mut self, other: &Counts) {
        self.events += other.events;
        self.spans += other.spans;
        self.logs += other.logs;
        self.points += other.points;
        self.others += other.others;
    }
}

impl Slice {
    /// Puts a later slice behind this one.
    pub fn append(&mut self, later: Slice) {
        self.to = later.to;
        self.events.extend(later.events);
        self.traces.extend(later.traces);
        self.logs.extend(later.logs);
        self.metrics.extend(later.metrics);
        self.consents.extend(later.consents);
        self.withdrawals.extend(later.withdrawals);
        self.deployments.extend(later.deployments);
        self.tickets.extend(later.tickets);
        self.feedback.extend(later.feedback);
        self.population.extend(later.population);
        self.spend.extend(later.spend);
        self.surveys.extend(later.surveys);
    }

    pub fn counts(&self) -> Counts {
        let spans = |request: &ExportTraceServiceRequest| {
            let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
            scopes.map(|scope| scope.spans.len()).sum::<usize>()
        };
        let lines = |request: &ExportLogsServiceRequest| {
            let scopes = request.resource_logs.iter().flat_map(|resource| &resource.scope_logs);
            scopes.map(|scope| scope.log_records.len()).sum::<usize>()
        };
        Counts {
            events: self.events.iter().map(Vec::len).sum(),
            spans: self.traces.iter().map(spans).sum(),
            logs: self.logs.iter().map(lines).sum(),
            points: self.metrics.iter().map(meter::count).sum(),
            others: self.consents.len()
                + self.withdrawals.len()
                + self.deployments.len()
                + self.tickets.len()
                + self.feedback.len()
                + self.population.len()
                + self.spend.len()
                + self.surveys.len(),
        }
    }
}

/// A request as its service measures it.
struct Served {
    at: i64,
    instance: Instance,
    seconds: f64,
    method: String,
    status: i64,
}

/// Requests are measured over this many seconds.
const WINDOW: i64 = 600;

/// `days` tells a day.
pub fn slice(world: &World, from: i64, to: i64, days: impl Fn(i64) -> Arc<Day>) -> Slice {
    let mut slice = Slice { from: calendar::instant(from), to: calendar::instant(to), ..Slice::default() };
    let window = ticks(from, to, WINDOW, 0).next().map_or(from, |first| first - WINDOW * calendar::SECOND);
    let mut events: Vec<(i64, u64, Value)> = Vec::new();
    let mut spans: Vec<(i64, Vec<(Instance, Span)>)> = Vec::new();
    let mut entries = journal::of_machines(world, from, to);
    let mut served: Vec<Served> = Vec::new();
    let mut orders = estate::shop_meter(world);
    let mut counted: Vec<Counted> = Vec::new();
    let earliest = window - walk::LONGEST;
    for day in calendar::day_of(earliest)..=calendar::day_of(to - 1) {
        let told = days(day);
        let visits = &told.plan.visits;
        let first = visits.partition_point(|visit| visit.start < earliest);
        for visit in visits[first..].iter().take_while(|visit| visit.start < to) {
            let session = walk::walk(world, visit);
            for (at, value, items) in session.orders.iter().filter(|(at, ..)| (from..to).contains(at)) {
                estate::order(world, &mut orders, *at, *value, *items, session.person.country);
            }
            write(world, &session, from, to, &mut events);
            for step in &session.steps {
                let Some(call) = &step.call else { continue };
                if step.at >= to || step.at < window - LONGEST_CALL {
                    continue;
                }
                let mut trace = requests::trace(world, &session, call, step.at);
                measure(&trace, &mut served);
                counted.extend(Counted::of(step.at, &call.kind));
                entries.extend(reads(world, &trace).filter(|entry| within(entry, from, to)));
                entries.extend(journal::of_trace(&mut trace).into_iter().filter(|entry| within(entry, from, to)));
                let end = trace.end();
                if (from..to).contains(&end) {
                    spans.push((end, trace.encode()));
                }
            }
        }
    }
    slice.events = batches(events);
    slice.traces = traces(world, spans);
    slice.logs = journal::requests(world, entries);
    slice.metrics = readings(world, from, to, served, &counted, orders);
    records(world, from, to, &days, &mut slice);
    slice
}

/// No request, receipt included, lasts longer.
pub const LONGEST_CALL: i64 = calendar::MINUTE;

fn within(entry: &Entry, from: i64, to: i64) -> bool {
    (meter::nanos(from)..meter::nanos(to)).contains(&entry.at)
}

/// The lines of the storage account about what a request read.
fn reads<'a>(world: &'a World, trace: &'a Trace) -> impl Iterator<Item = Entry> + 'a {
    trace.reads.iter().map(move |read| {
        let bytes = if read.status == 200 { estate::size_of(&read.key) } else { 0 };
        let (at, status, server_ms) = (trace.at + read.after as i64, read.status, read.server_ms);
        let access = Access { at, account: MEDIA, key: &read.key, bytes, status, server_ms };
        estate::access_line(world, access)
    })
}

/// The account that product images are read from: the first of the scenario.
const MEDIA: u8 = 0;

fn write(world: &World, session: &Session, from: i64, to: i64, events: &mut Vec<(i64, u64, Value)>) {
    let steps = session.steps.iter().enumerate().filter(|(_, step)| (from..to).contains(&step.at));
    let mut writer = None;
    for (number, step) in steps {
        let Some(event) = &step.event else { continue };
        if writer.is_none() {
            writer = events::Writer::new(world, session);
        }
        let Some(writer) = &writer else { return };
        if let Some(value) = writer.write(number, step.at, event) {
            events.push((step.at, session.visit.key, value));
        }
    }
}

/// What the services' own clocks say about a request: the server spans.
fn measure(trace: &Trace, served: &mut Vec<Served>) {
    for span in trace.spans.iter().filter(|span| span.kind == Kind::Server) {
        served.push(Served {
            at: trace.at + span.to as i64,
            instance: span.instance,
            seconds: (span.to - span.from) / 1_000.0,
            method: span.name.split(' ').next().unwrap_or("GET").to_owned(),
            status: span.status.unwrap_or(200),
        });
    }
}

fn batches(mut events: Vec<(i64, u64, Value)>) -> Vec<Vec<Value>> {
    events.sort_by_key(|(at, visit, _)| (*at, *visit));
    let values = events.into_iter().map(|(_, _, value)| value).collect();
    otlp::cut(values, |value| length(value) + 1, |_| 1)
}

/// At least the bytes of the JSON text, without making it: nothing in this company's words needs to be escaped, and
/// no number has more than 20 digits.
fn length(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(true) => 4,
        Value::Bool(false) => 5,
        Value::Number(_) => 20,
        Value::String(text) => text.len() + 2,
        Value::Array(items) => 2 + items.iter().map(|item| length(item) + 1).sum::<usize>(),
        Value::Object(members) => {
            2 + members.iter().map(|(name, member)| name.len() + 4 + length(member)).sum::<usize>()
        }
    }
}

fn traces(world: &World, mut ended: Vec<(i64, Vec<(Instance, Span)>)>) -> Vec<ExportTraceServiceRequest> {
    ended.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| trace_id(&a.1).cmp(&trace_id(&b.1))));
    let bytes = |trace: &Vec<(Instance, Span)>| trace.iter().map(|(_, span)| span.encoded_len() + 16).sum();
    let traces = ended.into_iter().map(|(_, trace)| trace).collect();
    otlp::cut(traces, bytes, Vec::len).into_iter().map(|run| trace_request(world, run)).collect()
}

fn trace_id(trace: &[(Instance, Span)]) -> Option<&[u8]> {
    trace.first().map(|(_, span)| span.trace_id.as_slice())
}

fn trace_request(world: &World, run: Vec<Vec<(Instance, Span)>>) -> ExportTraceServiceRequest {
    let mut groups: BTreeMap<Instance, Vec<Span>> = BTreeMap::new();
    for (instance, span) in run.into_iter().flatten() {
        groups.entry(instance).or_default().push(span);
    }
    let encode = |(instance, spans): (Instance, Vec<Span>)| ResourceSpans {
        resource: Some(otlp::service_resource(world, instance)),
        scope_spans: vec![ScopeSpans {
            scope: Some(otlp::scope(otlp::scope_name(instance.role))),
            spans,
            ..ScopeSpans::default()
        }],
        ..ResourceSpans::default()
    };
    ExportTraceServiceRequest { resource_spans: groups.into_iter().map(encode).collect() }
}

fn readings(
    world: &World,
    from: i64,
    to: i64,
    served: Vec<Served>,
    counts: &[Counted],
    orders: Meter,
) -> Vec<ExportMetricsServiceRequest> {
    let mut meters = vec![orders];
    machines::machines(world, from, to, &mut meters);
    cluster::cluster(world, from, to, &mut meters);
    estate::estate(world, from, to, &mut meters);
    estate::counted(world, from, to, WINDOW, counts, &mut meters);
    durations(world, from, to, served, &mut meters);
    meter::requests(meters)
}

/// `http.server.request.duration` of each service, from the requests themselves.
fn durations(world: &World, from: i64, to: i64, mut served: Vec<Served>, meters: &mut Vec<Meter>) {
    served.sort_by(|a, b| (a.at, a.instance).cmp(&(b.at, b.instance)).then(a.seconds.total_cmp(&b.seconds)));
    let mut by_role: BTreeMap<Role, Meter> = BTreeMap::new();
    for at in ticks(from, to, WINDOW, 0) {
        let start = at - WINDOW * calendar::SECOND;
        let first = served.partition_point(|request| request.at < start);
        let mut groups: BTreeMap<(Role, &str, i64), Vec<f64>> = BTreeMap::new();
        for request in served[first..].iter().take_while(|request| request.at < at) {
            let key = (request.instance.role, request.method.as_str(), request.status);
            groups.entry(key).or_default().push(request.seconds);
        }
        for ((role, method, status), seconds) in groups {
            let labels = vec![text("http.request.method", method), otlp::int("http.response.status_code", status)];
            let meter = by_role.entry(role).or_insert_with(|| {
                let resource = otlp::resource(vec![
                    text("service.name", role.name()),
                    text("deployment.environment.name", world.scenario.company.environment.as_str()),
                ]);
                Meter::new(resource, otlp::scope_name(role))
            });
            meter.measured("http.server.request.duration", at, WINDOW, &seconds, labels);
        }
    }
    meters.extend(by_role.into_values());
}

fn records(world: &World, from: i64, to: i64, days: &impl Fn(i64) -> Arc<Day>, slice: &mut Slice) {
    // A ticket is closed after a day and a half at the latest.
    for day in calendar::day_of(from) - 2..=calendar::day_of(to - 1) {
        let told = days(day);
        let book = &told.book;
        let take = |list: &[Sent]| {
            let mut due: Vec<&Sent> = list.iter().filter(|sent| (from..to).contains(&sent.at)).collect();
            due.sort_by_key(|sent| sent.at);
            due.into_iter().map(|sent| sent.value.clone()).collect::<Vec<Value>>()
        };
        let mut decisions: Vec<&Decision> =
            book.consents.iter().filter(|decision| (from..to).contains(&decision.sent.at)).collect();
        decisions.sort_by_key(|decision| decision.sent.at);
        for decision in decisions {
            let list = if decision.withdraws { &mut slice.withdrawals } else { &mut slice.consents };
            list.push(decision.sent.value.clone());
        }
        slice.tickets.extend(take(&book.tickets));
        slice.feedback.extend(take(&book.feedback));
        slice.population.extend(take(&book.population));
    }
    let values = |sent: Vec<Sent>| sent.into_iter().map(|sent| sent.value).collect();
    slice.deployments = values(records::deployments(world, from, to));
    slice.surveys = values(records::surveys(world, from, to));
    slice.spend = values(records::spend(world, from, to));
}
