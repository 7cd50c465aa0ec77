//! What happens in the shop after the end of the told past: a little every few seconds.

use super::lock::Lock;
use super::parcel::Parcels;
use super::{State, Teller, resume, save, state};
use crate::machine::Machine;
use chrono::{DateTime, Duration, Utc};
use std::sync::Arc;

/// Called every few seconds. Takes up a demo that was interrupted and that nobody loads.
pub async fn go_on(machine: &Arc<Machine>) -> anyhow::Result<()> {
    let Some(known) = state(machine).await? else { return Ok(()) };
    if machine.demo.is_stopping() {
        return Ok(());
    }
    if known.is_loading() {
        if let Some(loading) = resume(machine).await? {
            tokio::spawn(loading.run_in_background(machine.clone()));
        }
        return Ok(());
    }
    let Some(lock) = Lock::take(machine).await? else { return Ok(()) };
    let outcome = go_on_alone(machine).await;
    lock.release().await;
    outcome
}

async fn go_on_alone(machine: &Arc<Machine>) -> anyhow::Result<()> {
    // Read again: whoever had the lock before may have told some of it.
    let Some(mut told) = state(machine).await? else { return Ok(()) };
    let teller = machine.demo.teller(machine, &told).await?;
    tell(machine, &mut told, &teller).await.map(|_| ())
}

/// Tells what happened since it was last told. False: the demo was removed meanwhile.
pub(super) async fn tell(machine: &Arc<Machine>, told: &mut State, teller: &Arc<Teller>) -> anyhow::Result<bool> {
    if let Some(to) = told.telling
        && !tell_until(machine, told, teller, to).await?
    {
        return Ok(false);
    }
    let now = machine.clock.now();
    if now - told.told_until < Duration::seconds(4) {
        return Ok(true);
    }
    // After a long pause the hours in between are told as well, but not more of them than a day at a time.
    let to = now.min(told.told_until + Duration::hours(24));
    told.telling = Some(to);
    if !save(machine, told).await? {
        return Ok(false);
    }
    tell_until(machine, told, teller, to).await
}

async fn tell_until(
    machine: &Arc<Machine>,
    told: &mut State,
    teller: &Arc<Teller>,
    to: DateTime<Utc>,
) -> anyhow::Result<bool> {
    let (company, from) = (teller.clone(), told.told_until);
    let mut parcels = tokio::task::spawn_blocking(move || Parcels::of(company.company.slice(from, to))).await??;
    let withdrawals = std::mem::take(&mut parcels.withdrawals);
    teller.sender.send(parcels).await?;
    teller.sender.withdraw(&withdrawals).await?;
    (told.told_until, told.telling) = (to, None);
    Ok(save(machine, told).await?)
}
