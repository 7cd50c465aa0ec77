//! The past, piece by piece from its end to its beginning.

use super::lock::Lock;
use super::parcel::Parcels;
use super::{State, Teller, present, save, state};
use crate::machine::Machine;
use anyhow::bail;
use chrono::{DateTime, Utc};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinHandle;

/// Pieces that are made and sent at a time.
const ABREAST: usize = 2;

/// A demo that this program has begun or taken up.
pub struct Loading {
    lock: Lock,
    state: State,
}

impl Loading {
    pub(super) fn new(lock: Lock, state: State) -> Loading {
        Loading { lock, state }
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    /// Tells everything that is not told yet; `progress` hears of every piece. A failure is written down.
    ///
    /// # Errors
    /// When the doors refuse, when the database is away for a long time, when it is asked to stop, and when the demo is
    /// removed meanwhile.
    pub async fn run(self, machine: &Arc<Machine>, progress: impl FnMut(&State)) -> anyhow::Result<State> {
        let Loading { lock, state: mut told } = self;
        let outcome = tell(machine, &mut told, progress).await;
        if let Err(error) = &outcome {
            note(machine, error).await;
        }
        lock.release().await;
        outcome.map(|()| told)
    }

    /// In the background of a server.
    pub async fn run_in_background(self, machine: Arc<Machine>) {
        let Err(error) = self.run(&machine, |_| {}).await else { return };
        // Removed while it came in: there is nothing to tell anybody.
        if !matches!(state(&machine).await, Ok(None)) {
            tracing::error!(%error, "the demo could not be loaded");
        }
    }
}

/// Writes a failure down, unless there is no demo any more to write it to.
async fn note(machine: &Machine, error: &anyhow::Error) {
    if let Ok(Some(mut state)) = state(machine).await
        && !state.is_whole()
    {
        state.failed = Some(error.to_string());
        save(machine, &state).await.ok();
    }
}

async fn tell(machine: &Arc<Machine>, told: &mut State, mut progress: impl FnMut(&State)) -> anyhow::Result<()> {
    let teller = machine.demo.teller(machine, told).await?;
    teller.sender.targets(&teller.company).await?;
    let before = told.told_from;
    let mut pieces = teller.company.pieces().into_iter().filter(|(from, _)| *from < before);
    let mut ahead: VecDeque<Piece> = VecDeque::with_capacity(ABREAST);
    let mut since = Instant::now();
    let outcome = loop {
        while ahead.len() < ABREAST
            && let Some((from, to)) = pieces.next()
        {
            ahead.push_back(Piece { from, task: tokio::spawn(tell_piece(teller.clone(), from, to)) });
        }
        let Some(piece) = ahead.pop_front() else { break Ok(()) };
        match settle(machine, told, &teller, piece, &mut since).await {
            Ok(()) => progress(told),
            Err(error) => break Err(error),
        }
    };
    // What is on its way must have arrived before anybody removes the demo or tells it again.
    for piece in ahead {
        piece.task.await.ok();
    }
    outcome?;
    withdraw(machine, told, &teller).await
}

struct Piece {
    from: DateTime<Utc>,
    task: JoinHandle<anyhow::Result<usize>>,
}

async fn tell_piece(teller: Arc<Teller>, from: DateTime<Utc>, to: DateTime<Utc>) -> anyhow::Result<usize> {
    let told = teller.clone();
    let parcels = tokio::task::spawn_blocking(move || Parcels::of(told.company.stretch(from, to))).await??;
    let count = parcels.count;
    teller.sender.send(parcels).await?;
    Ok(count)
}

/// Waits for a piece and writes it down.
async fn settle(
    machine: &Arc<Machine>,
    told: &mut State,
    teller: &Arc<Teller>,
    piece: Piece,
    since: &mut Instant,
) -> anyhow::Result<()> {
    told.records += piece.task.await??;
    told.told_from = piece.from;
    told.seconds += std::mem::replace(since, Instant::now()).elapsed().as_secs_f64();
    if !save(machine, told).await? {
        bail!("the demo was removed");
    }
    if machine.demo.is_stopping() {
        bail!("interrupted");
    }
    // The shop stays open while its past comes in.
    if !present::tell(machine, told, teller).await? {
        bail!("the demo was removed");
    }
    Ok(())
}

/// Who took a decision back did things before, which a door would not take after it. So these decisions come last.
async fn withdraw(machine: &Arc<Machine>, told: &mut State, teller: &Arc<Teller>) -> anyhow::Result<()> {
    let company = teller.clone();
    let (from, to) = (told.begins(), told.end);
    let decisions = tokio::task::spawn_blocking(move || company.company.withdrawals(from, to)).await?;
    teller.sender.withdraw(&decisions).await?;
    told.records += decisions.len();
    if !save(machine, told).await? {
        bail!("the demo was removed");
    }
    Ok(())
}
