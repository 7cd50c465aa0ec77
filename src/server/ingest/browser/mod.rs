//! The door of our own script in other people's pages: `/i/v1/events` and `/i/v1/consent`. The key is in the body, because a
//! page that closes can send no header; what becomes of the records is the same as at the public door.

mod batch;
mod compact;
mod consent;
mod exception;
mod measure;
mod stack;
mod voice;

pub use consent::{decide, texts};

use super::Peer;
use super::admit::{Sender, admit};
use super::body::{self, Limits};
use super::event::{self, Draft};
use super::json::{self, DuplicateKeys};
use super::native::content_type;
use crate::identity::keys::{KeyBits, KeyKind};
use crate::machine::Machine;
use crate::privacy::gate::{Fate, Gate};
use crate::record::{Event, Log, Metric};
use crate::rest::answer::Refusal;
use crate::store::records::{Feedback, Survey};
use crate::store::submission::{Fates, Rejection, Repeat, Submission};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use batch::Batch;
use parallax_domain::Problem;
use serde_json::{Map, Value};
use std::sync::Arc;

/// 204 for every batch that could be read, whatever became of its records: a page can do nothing about it.
pub async fn events(
    State(machine): State<Arc<Machine>>,
    peer: Peer,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refusal> {
    content_type(&headers)?;
    let taken = body::read(&headers, body, Limits::BROWSER, &machine.budget).await?;
    let value = json::parse(&taken.bytes, DuplicateKeys::Refuse).map_err(Problem::malformed)?;
    let batch = Batch::read(value)?;
    let sender = admit(&machine, &headers, KeyBits::parse(&batch.key), &[KeyKind::Browser], peer.address()).await?;
    let gate = sender.gate(&machine, batch.sent_at);
    let mut told = Told::default();
    for (index, record) in batch.events.into_iter().enumerate() {
        told.take(&machine, &sender, &gate, index, record);
    }
    told.store(&machine, &sender, batch.repeat).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the records of a batch become.
#[derive(Default)]
struct Told {
    events: Sorted<Event>,
    logs: Sorted<Log>,
    metrics: Sorted<Metric>,
    feedback: Vec<Feedback>,
    surveys: Vec<Survey>,
}

impl Told {
    /// Names that the script keeps for what is no product event; all others are one.
    fn take(&mut self, machine: &Machine, sender: &Sender, gate: &Gate<'_>, index: usize, record: Map<String, Value>) {
        let text = |key: &str| record.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let essential = text("category") == "essential";
        match text("name").as_str() {
            "exception" => self.logs.note(index, exception::read(machine, sender, gate, record).map(|log| vec![log])),
            "web_vitals" => self.metrics.note(index, measure::vitals(machine, sender, gate, record)),
            // Nobody's page view is a number, not an event.
            "page_view" if essential => {
                self.metrics.note(index, measure::count(sender, gate, record).map(|one| vec![one]))
            }
            "feedback" => match voice::feedback(gate, record) {
                Ok(feedback) => self.feedback.push(feedback),
                Err(fate) => self.events.refuse(index, fate),
            },
            "survey_answer" => match voice::survey(gate, record) {
                Ok(survey) => self.surveys.push(survey),
                Err(fate) => self.events.refuse(index, fate),
            },
            _ => self.events.note(index, read(machine, sender, gate, record).map(|event| vec![event])),
        }
    }

    async fn store(mut self, machine: &Machine, sender: &Sender, repeat: Option<Repeat>) -> Result<(), Problem> {
        let project = sender.policy.project;
        if !self.feedback.is_empty() {
            let people = self.feedback.iter_mut().map(|row| (&row.user, &mut row.person));
            machine.store.name(&machine.intake.commit.people, project, people).await?;
            machine.store.write_feedback(project, &self.feedback).await?;
        }
        if !self.surveys.is_empty() {
            machine.store.write_surveys(project, &self.surveys).await?;
        }
        // If one of these fails, the script repeats the batch, and what was stored is known by it.
        if let Some(logs) = self.logs.submission(sender, &repeat) {
            machine.intake.logs.submit(logs).await?;
        }
        if let Some(metrics) = self.metrics.submission(sender, &repeat) {
            machine.intake.metrics.submit(metrics).await?;
        }
        if let Some(events) = self.events.submission(sender, &repeat) {
            machine.intake.events.submit(events).await?;
        }
        Ok(())
    }
}

fn read(machine: &Machine, sender: &Sender, gate: &Gate<'_>, record: Map<String, Value>) -> Result<Event, Fate> {
    event::admit(machine, sender, gate, Draft::read(Value::Object(record))?)
}

/// Records of one signal with what became of them.
struct Sorted<R> {
    rows: Vec<R>,
    positions: Vec<usize>,
    fates: Fates,
}

impl<R> Default for Sorted<R> {
    fn default() -> Self {
        Sorted { rows: Vec::new(), positions: Vec::new(), fates: Fates::default() }
    }
}

impl<R> Sorted<R> {
    fn note(&mut self, index: usize, read: Result<Vec<R>, Fate>) {
        match read {
            Ok(rows) => {
                self.fates.given += rows.len() as i64;
                self.positions.extend(rows.iter().map(|_| index));
                self.rows.extend(rows);
            }
            Err(fate) => self.refuse(index, fate),
        }
    }

    fn refuse(&mut self, index: usize, fate: Fate) {
        self.fates.given += 1;
        match fate {
            Fate::Rejected(reason) => self.fates.rejected.push(Rejection { index, reason }),
            Fate::Dropped(category) => *self.fates.dropped.entry(category).or_insert(0) += 1,
        }
    }

    /// None if the batch had nothing of this signal.
    fn submission(self, sender: &Sender, repeat: &Option<Repeat>) -> Option<Submission<R>> {
        (self.fates.given > 0).then(|| Submission {
            project: sender.policy.project,
            key: sender.key.id,
            received_at: sender.received_at,
            repeat: repeat.clone(),
            rows: self.rows,
            positions: self.positions,
            fates: self.fates,
        })
    }
}
