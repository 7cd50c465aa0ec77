//! The four writers, one per signal.

use crate::database::Database;
use crate::record::{Event, Log, Metric, Span};
use crate::store::availability::Availability;
use crate::store::commit::Commit;
use crate::store::writer::Writer;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::JoinHandle;

pub struct Intake {
    pub events: Writer<Event>,
    pub spans: Writer<Span>,
    pub logs: Writer<Log>,
    pub metrics: Writer<Metric>,
    pub commit: Arc<Commit>,
    draining: AtomicBool,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Intake {
    pub fn start(database: Database) -> Intake {
        let commit = Arc::new(Commit::new(database));
        let (events, first) = Writer::start(commit.clone());
        let (spans, second) = Writer::start(commit.clone());
        let (logs, third) = Writer::start(commit.clone());
        let (metrics, fourth) = Writer::start(commit.clone());
        Intake {
            events,
            spans,
            logs,
            metrics,
            commit,
            draining: AtomicBool::new(false),
            tasks: Mutex::new(vec![first, second, third, fourth]),
        }
    }

    pub fn availability(&self) -> &Availability {
        &self.commit.availability
    }

    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Doors refuse from now on; what was taken in is committed.
    pub fn close_doors(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Waits until everything that was submitted is committed and answered.
    pub async fn drain(&self) {
        self.close_doors();
        self.events.close();
        self.spans.close();
        self.logs.close();
        self.metrics.close();
        let tasks: Vec<JoinHandle<()>> = self.tasks.lock().drain(..).collect();
        for task in tasks {
            task.await.ok();
        }
    }
}
