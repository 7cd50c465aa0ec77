//! The door of our own script in other people's pages: `/i/v1/events` and `/i/v1/consent`. The key is in the body, because a
//! page that closes can send no header; what becomes of the records is the same as at the public door.

mod batch;
mod compact;
mod consent;
mod item;
mod stack;
mod views;
mod voice;

pub use consent::{decide, texts};

use super::Peer;
use super::admit::{Sender, admit};
use super::body::{self, Limits};
use super::json::{self, DuplicateKeys};
use super::native::content_type;
use super::tracker::{self, Item};
use crate::identity::keys::{KeyBits, KeyKind};
use crate::machine::Machine;
use crate::privacy::gate::{Fate, Gate};
use crate::record::Metric;
use crate::rest::answer::Refusal;
use crate::store::records::{Feedback, Survey};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use batch::Batch;
use chrono::{DateTime, Utc};
use parallax_domain::Problem;
use serde_json::{Map, Value};
use std::sync::Arc;
use uuid::Uuid;

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
    batch.events.into_iter().for_each(|record| told.take(&sender, &gate, record));
    told.store(&machine, &sender, batch.sent_at).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the records of a batch become.
#[derive(Default)]
struct Told {
    items: Vec<Result<Item, Fate>>,
    /// Page views that are nobody's.
    views: Vec<(Option<Uuid>, Metric)>,
    feedback: Vec<Feedback>,
    surveys: Vec<Survey>,
}

impl Told {
    /// Names that the script keeps for what is no product event; all others are one.
    fn take(&mut self, sender: &Sender, gate: &Gate<'_>, record: Map<String, Value>) {
        let text = |key: &str| record.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let essential = text("category") == "essential";
        let taken = match text("name").as_str() {
            "page_view" if essential => views::count(sender, gate, record).map(|view| self.views.push(view)),
            "feedback" => voice::feedback(gate, record).map(|feedback| self.feedback.push(feedback)),
            "survey_answer" => voice::survey(gate, record).map(|survey| self.surveys.push(survey)),
            _ => item::read(record).map(|item| self.items.push(Ok(item))),
        };
        // Whatever a record would have been, what was refused is counted with the events.
        self.items.extend(taken.err().map(Err));
    }

    async fn store(
        mut self,
        machine: &Machine,
        sender: &Sender,
        sent_at: Option<DateTime<Utc>>,
    ) -> Result<(), Problem> {
        let project = sender.policy.project;
        if !self.feedback.is_empty() {
            let people = self.feedback.iter_mut().map(|row| (&row.user, &mut row.person));
            machine.store.name(&machine.intake.commit.people, project, people).await?;
            machine.store.write_feedback(project, &self.feedback).await?;
        }
        if !self.surveys.is_empty() {
            machine.store.write_surveys(project, &self.surveys).await?;
        }
        // If one of these fails the script repeats the batch, and what was stored is known by the ids of its records.
        tracker::submit(&machine.intake.metrics, sender, self.views).await?;
        tracker::deliver(machine, sender, sent_at, self.items).await?;
        Ok(())
    }
}
