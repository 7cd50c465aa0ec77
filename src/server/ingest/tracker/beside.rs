//! What a tracker tells beside events: exceptions become log records, measurements of pages metric points, words about
//! people and groups are kept as such.

use super::exception::Thrown;
use super::vitals::Vital;
use crate::ingest::admit::Sender;
use crate::ingest::gathered::Gathered;
use crate::ingest::otlp::shared;
use crate::machine::Machine;
use crate::privacy::gate::Gate;
use crate::record::{Event, Log, Metric, Profile};
use crate::store::profiles::Loose;
use crate::store::rows::Row;
use crate::store::submission::Repeat;
use crate::store::writer::Writer;
use futures_util::future::try_join_all;
use parallax_domain::{Problem, Severity, Signal};
use serde_json::{Value, json};
use uuid::Uuid;

/// Records with the id of the record that they came with.
#[derive(Default)]
pub struct Beside {
    logs: Vec<(Option<Uuid>, Log)>,
    metrics: Vec<(Option<Uuid>, Metric)>,
    profiles: Vec<Loose>,
}

impl Beside {
    pub fn vitals(&mut self, event: &Event, vitals: Vec<(Vital, f64)>) {
        let points = vitals.into_iter().filter_map(|(vital, value)| vital.point(event, value));
        self.metrics.extend(points.map(|point| (event.id, point)));
    }

    pub fn exception(&mut self, gate: &Gate<'_>, event: &Event, thrown: Thrown) {
        let level = thrown.level.as_deref().and_then(Severity::from_word);
        let severity = level.unwrap_or(if thrown.handled { Severity::Error } else { Severity::Fatal });
        let exception = thrown.pass(gate);
        let context = &event.context;
        let text = |told: &Option<String>| told.as_deref().map(Value::from);
        let told = [
            ("exception.type", Some(Value::from(exception.r#type.as_str()))),
            ("exception.message", Some(Value::from(exception.message.as_str()))),
            ("exception.stacktrace", exception.stack.as_deref().map(Value::from)),
            ("exception.escaped", Some(json!(!exception.handled))),
            ("url.path", text(&context.url_path)),
            ("device", text(&context.device)),
            ("os", text(&context.os)),
            ("browser", text(&context.browser)),
            ("network", text(&context.network)),
            ("screen", text(&context.screen)),
            ("locale", text(&context.locale)),
            ("country", text(&context.country)),
        ];
        let attributes = told.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect();
        let log = Log {
            at: event.at,
            severity,
            service: event.context.service.clone(),
            host: None,
            message: format!("{}: {}", exception.r#type, exception.message),
            name: Some("exception".to_owned()),
            trace_id: event.trace_id,
            span_id: None,
            version: event.context.version.clone(),
            environment: event.context.environment.clone(),
            who: event.who.clone(),
            resource: shared("{}".to_owned()),
            scope: None,
            flags: event.flags,
            attributes: gate.fields(Signal::Log, attributes).json(),
            exceptions: vec![exception],
        };
        self.logs.push((event.id, log));
    }

    pub fn profile(&mut self, event: &Event, profile: Profile) {
        self.profiles.push(Loose { who: event.who.clone(), at: event.at, profile });
    }

    pub async fn store(mut self, machine: &Machine, sender: &Sender) -> Result<(), Problem> {
        submit(&machine.intake.logs, sender, self.logs).await?;
        submit(&machine.intake.metrics, sender, self.metrics).await?;
        if self.profiles.is_empty() {
            return Ok(());
        }
        let commit = &machine.intake.commit;
        let project = sender.policy.project;
        machine.store.write_profiles(&commit.people, &commit.groups, project, &mut self.profiles).await
    }
}

/// Those that came with one record are known by its id when it is repeated, alone or among others.
pub async fn submit<R: Row>(writer: &Writer<R>, sender: &Sender, rows: Vec<(Option<Uuid>, R)>) -> Result<(), Problem> {
    let mut parts: Vec<(Option<Uuid>, Vec<R>)> = Vec::new();
    for (id, row) in rows {
        match parts.last_mut().filter(|(last, _)| *last == id) {
            Some((_, rows)) => rows.push(row),
            None => parts.push((id, vec![row])),
        }
    }
    let submissions = parts.into_iter().map(|(id, rows)| {
        let repeat = id.map(|id| Repeat { key: id.as_bytes().to_vec(), body: id.as_bytes().to_vec() });
        writer.submit(Gathered::of(rows).submission(sender, repeat))
    });
    try_join_all(submissions).await.map(drop)
}
