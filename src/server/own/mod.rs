//! Telemetry of Parallax itself, in the project `parallax`: what it answers as spans, what it says as
//! logs, what its machine and database do as metrics, its starts as events. Taking it in makes none.

mod host;
mod layer;
mod points;
mod postgres;

pub use layer::{Heard, OwnLayer, request_span};

use crate::machine::Machine;
use crate::privacy::gate::Gate;
use crate::record::{Context, Event, Log, Shared, Span, Who};
use crate::store::rows::Row;
use crate::store::submission::{Fates, Submission};
use crate::store::writer::Writer;

use parallax_domain::Category;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

pub const PROJECT: &str = "parallax";
const VERSION: &str = env!("CARGO_PKG_VERSION");
const SERVICE: &str = "parallax";
const HOST_EVERY: Duration = Duration::from_secs(15);
const HAND_IN_EVERY: Duration = Duration::from_secs(1);

/// Hands in what was heard and measures the machine, until it is told to stop.
pub async fn run(machine: Arc<Machine>, heard: Arc<Heard>, mut stop: watch::Receiver<bool>) {
    let project = match ensure_project(&machine).await {
        Ok(project) => project,
        Err(error) => {
            tracing::warn!(%error, "there is no project for own telemetry");
            return;
        }
    };
    let source = Source::here();
    tell_start(&machine, project, &source).await;
    let mut host = host::Host::new();
    let mut next_host = tokio::time::Instant::now() + Duration::from_secs(1);
    loop {
        tokio::select! {
            _ = stop.changed() => break,
            _ = tokio::time::sleep(HAND_IN_EVERY) => {}
        }
        hand_in(&machine, project, &source, &heard).await;
        if tokio::time::Instant::now() >= next_host {
            next_host += HOST_EVERY;
            let now = machine.clock.now();
            let mut metrics = tokio::task::block_in_place(|| host.measure(&source, now));
            metrics.extend(postgres::measure(&machine.database, &source, now).await);
            submit(&machine.intake.metrics, project, &machine, metrics).await;
        }
    }
    hand_in(&machine, project, &source, &heard).await;
}

/// What every own record says of its sender.
pub struct Source {
    pub host: String,
    pub resource: Shared,
}

/// As this machine calls itself.
pub fn host_name() -> Option<String> {
    sysinfo::System::host_name()
}

impl Source {
    fn here() -> Source {
        let host = host_name().unwrap_or_else(|| "localhost".to_owned());
        let resource = serde_json::json!({
            "service.name": SERVICE,
            "service.version": VERSION,
            "host.name": host,
            "os.type": std::env::consts::OS,
            "process.runtime.name": "rust",
        });
        Source { host, resource: crate::ingest::otlp::shared(resource.to_string()) }
    }
}

async fn ensure_project(machine: &Machine) -> Result<i32, sqlx::Error> {
    let find = "select id from project where kind = 'own'";
    if let Some(id) = sqlx::query_scalar(find).fetch_optional(&machine.database.admin).await? {
        return Ok(id);
    }
    crate::identity::projects::insert(&machine.database, PROJECT, "own", "UTC", "learn").await
}

async fn tell_start(machine: &Machine, project: i32, source: &Source) {
    let now = machine.clock.now();
    let event = |name: &str, properties: serde_json::Value| Event {
        at: now,
        name: name.to_owned(),
        category: Category::Essential,
        who: Who::default(),
        id: None,
        context: Context { version: Some(VERSION.to_owned()), service: Some(SERVICE.to_owned()), ..Context::default() },
        trace_id: None,
        revenue: None,
        currency: None,
        weight: 1.0,
        flags: 0,
        properties: Some(properties.to_string()),
        scalars: Vec::new(),
        profile: None,
    };
    let mut events = vec![event(
        "service_started",
        serde_json::json!({ "host.name": source.host, "process.pid": std::process::id(), "service.version": VERSION }),
    )];
    let known: Result<bool, _> = sqlx::query_scalar(
        "select exists (select from deployment where project = $1 and service = $2 and version = $3)",
    )
    .bind(project)
    .bind(SERVICE)
    .bind(VERSION)
    .fetch_one(&machine.database.admin)
    .await;
    if matches!(known, Ok(false)) {
        events.push(event("deployment_completed", serde_json::json!({ "service.version": VERSION })));
    }
    submit(&machine.intake.events, project, machine, events).await;
}

async fn hand_in(machine: &Machine, project: i32, source: &Source, heard: &Heard) {
    let Ok(Some(policy)) = machine.policies.of(project).await else { return };
    let gate = Gate {
        policy: &policy,
        newcomers: &machine.policies.newcomers,
        received_at: machine.clock.now(),
        oldest: chrono::Duration::days(1),
        skew: None,
        header: Default::default(),
        key: 0,
    };
    let (spans, logs) = heard.take();
    let spans: Vec<Span> = spans.into_iter().map(|span| span.record(&gate, source)).collect();
    let logs: Vec<Log> = logs.into_iter().map(|log| log.record(&gate, source)).collect();
    submit(&machine.intake.spans, project, machine, spans).await;
    submit(&machine.intake.logs, project, machine, logs).await;
}

async fn submit<R: Row>(writer: &Writer<R>, project: i32, machine: &Machine, rows: Vec<R>) {
    if rows.is_empty() {
        return;
    }
    let submission = Submission {
        project,
        key: 0,
        received_at: machine.clock.now(),
        repeat: None,
        positions: (0..rows.len()).collect(),
        fates: Fates { given: rows.len() as i64, ..Fates::default() },
        rows,
    };
    // Own telemetry is a courtesy: when the database is away, it is let go.
    writer.submit(submission).await.ok();
}
