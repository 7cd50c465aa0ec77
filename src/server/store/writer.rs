//! Group commit: one writer per signal gathers submissions for up to 5 ms, 32 of them, 1,000 rows or 1 MiB, commits
//! them in one transaction, and then answers everybody who waits. An answer means: committed.

use super::commit::{Commit, Failure};
use super::rows::Row;
use super::submission::{Receipt, Submission};
use crate::database::fault::{self, Fault};
use parallax_domain::{Kind, Problem};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

const GATHER: Duration = Duration::from_millis(5);
/// So many senders in a queue are not held up for more.
const ENOUGH: usize = 32;
const MOST_ROWS: usize = 1_000;
const MOST_BYTES: usize = 1 << 20;
/// A frozen server must not hold a sender longer than this.
const DEADLINE: Duration = Duration::from_millis(4_000);

pub struct Pending<R> {
    pub submission: Submission<R>,
    pub reply: oneshot::Sender<Result<Receipt, Problem>>,
}

pub struct Writer<R> {
    queue: parking_lot::Mutex<Option<mpsc::Sender<Pending<R>>>>,
}

impl<R: Row> Writer<R> {
    pub fn start(commit: Arc<Commit>) -> (Writer<R>, tokio::task::JoinHandle<()>) {
        let (queue, arrivals) = mpsc::channel(1024);
        let task = tokio::spawn(run(commit, arrivals));
        (Writer { queue: parking_lot::Mutex::new(Some(queue)) }, task)
    }

    /// Returns when the rows are committed, or with the reason why they are not.
    pub async fn submit(&self, submission: Submission<R>) -> Result<Receipt, Problem> {
        let (reply, answer) = oneshot::channel();
        let draining = || Problem::unavailable("The server is shutting down.");
        let queue = self.queue.lock().clone().ok_or_else(draining)?;
        queue.send(Pending { submission, reply }).await.map_err(|_| draining())?;
        drop(queue);
        answer.await.map_err(|_| draining())?
    }

    /// Takes no more; the writer ends when it has committed what it has.
    pub fn close(&self) {
        self.queue.lock().take();
    }
}

async fn run<R: Row>(commit: Arc<Commit>, mut arrivals: mpsc::Receiver<Pending<R>>) {
    while let Some(first) = arrivals.recv().await {
        let group = gather(first, &mut arrivals).await;
        settle(&commit, group).await;
    }
}

async fn gather<R: Row>(first: Pending<R>, arrivals: &mut mpsc::Receiver<Pending<R>>) -> Vec<Pending<R>> {
    let until = Instant::now() + GATHER;
    let size = |pending: &Pending<R>| pending.submission.rows.iter().map(Row::weight).sum::<usize>();
    let mut rows = first.submission.rows.len();
    let mut bytes = size(&first);
    let mut group = vec![first];
    while rows < MOST_ROWS && bytes < MOST_BYTES {
        let pending = match arrivals.try_recv() {
            Ok(pending) => pending,
            // What came while the last group was committed is worth a commit of its own.
            Err(_) if group.len() >= ENOUGH => break,
            Err(_) => match tokio::time::timeout_at(until, arrivals.recv()).await {
                Ok(Some(pending)) => pending,
                Ok(None) | Err(_) => break,
            },
        };
        rows += pending.submission.rows.len();
        bytes += size(&pending);
        group.push(pending);
    }
    group
}

/// Commits a group and answers. When the database refuses the rows themselves, each submission is tried
/// alone, so that one sender's bad record never costs another's good ones.
async fn settle<R: Row>(commit: &Commit, mut group: Vec<Pending<R>>) {
    let outcome = attempt(commit, &mut group).await;
    match outcome {
        Ok(receipts) => {
            for (pending, receipt) in group.into_iter().zip(receipts) {
                pending.reply.send(receipt).ok();
            }
        }
        Err(Fault::Data) if group.len() > 1 => {
            for pending in group {
                Box::pin(settle(commit, vec![pending])).await;
            }
        }
        Err(Fault::Data) => {
            for mut pending in group {
                let receipt = match commit.quarantine(&mut pending.submission).await {
                    Ok(()) => {
                        let mut alone = vec![pending];
                        let again = attempt(commit, &mut alone).await;
                        let receipt = again.map(|mut receipts| receipts.remove(0)).unwrap_or_else(|_| Err(busy()));
                        pending = alone.remove(0);
                        receipt
                    }
                    Err(error) => Err(fault::problem(error)),
                };
                pending.reply.send(receipt).ok();
            }
        }
        Err(_) => {
            for pending in group {
                pending.reply.send(Err(busy())).ok();
            }
        }
    }
}

async fn attempt<R: Row>(commit: &Commit, group: &mut [Pending<R>]) -> Result<Vec<Result<Receipt, Problem>>, Fault> {
    let mut submissions: Vec<&mut Submission<R>> = group.iter_mut().map(|pending| &mut pending.submission).collect();
    for last in [false, true] {
        match tokio::time::timeout(DEADLINE, commit.group(&mut submissions)).await {
            Ok(Ok(receipts)) => {
                commit.availability.up();
                return Ok(receipts.into_iter().map(|receipt| receipt.map_err(other_content)).collect());
            }
            Ok(Err(Failure::MissingPartition)) if !last => continue,
            Ok(Err(Failure::MissingPartition)) => return Err(Fault::NoPartition),
            Ok(Err(Failure::Database(error))) => {
                let kind = fault::classify(&error);
                if kind == Fault::Passing {
                    commit.availability.down();
                }
                fault::problem(error);
                return Err(kind);
            }
            Err(_) => {
                tracing::warn!(signal = R::SIGNAL.word(), "a commit took too long; senders are asked to try again");
                commit.availability.down();
                return Err(Fault::Passing);
            }
        }
    }
    Err(Fault::Passing)
}

fn other_content(_: super::commit::OtherContent) -> Problem {
    Problem::new(Kind::Unprocessable, "This idempotency key came before with other content.")
}

fn busy() -> Problem {
    Problem::unavailable("The database is not available right now; nothing was stored.")
}
