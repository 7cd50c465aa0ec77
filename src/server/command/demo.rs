use super::say;
use crate::demo::load::{self, State, Wish};
use crate::demo::scenario::FERNHILL;
use crate::machine::Machine;
use crate::options::DemoVerb;
use crate::projection::compact;
use crate::projection::projector::Projector;
use anyhow::Context;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

pub async fn run(machine: &Arc<Machine>, verb: DemoVerb) -> anyhow::Result<()> {
    match verb {
        DemoVerb::Load { days, scale, seed, scenario } => {
            let scenario = scenario.map(read).transpose()?;
            load_all(machine, &Wish { seed, days, scale, scenario }).await
        }
        DemoVerb::Remove => {
            load::remove(machine).await?;
            say("the demo is gone")
        }
        DemoVerb::Truth => say(&serde_json::to_string_pretty(&load::truth(machine).await?)?),
        DemoVerb::Scenario => say(FERNHILL.trim_end()),
    }
}

fn read(file: PathBuf) -> anyhow::Result<String> {
    std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))
}

async fn load_all(machine: &Arc<Machine>, wish: &Wish) -> anyhow::Result<()> {
    let loading = load::begin(machine, wish).await?;
    if loading.state().records > 0 {
        eprintln!("goes on with day {} of {}", loading.state().day(), loading.state().days);
    }
    let (stop, stopped) = watch::channel(false);
    let projector = Projector::new(machine.database.clone(), machine.intake.commit.committed.clone());
    // Without a server beside it nobody else would fold what comes in, nor write down which fields it has.
    let beside = [
        tokio::spawn(projector.run(stopped.clone())),
        tokio::spawn(compact::run(machine.database.clone(), stopped.clone())),
        tokio::spawn(catalogue(machine.clone(), stopped)),
    ];
    let interrupted = machine.clone();
    let interrupt = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            eprintln!("stops after what is on its way; `demo load` goes on, `demo remove` takes it away");
            interrupted.demo.stop();
        }
    });
    let (before, started, mut said) = (loading.state().records, Instant::now(), Instant::now());
    let outcome = loading
        .run(machine, |state| {
            if said.elapsed() > Duration::from_secs(2) {
                said = Instant::now();
                eprintln!("{}", progress(state));
            }
        })
        .await;
    interrupt.abort();
    stop.send(true).ok();
    for task in beside {
        task.await.ok();
    }
    machine.policies.follow().await?;
    let state = outcome?;
    let told = started.elapsed().as_secs_f64();
    settle(machine).await?;
    let (records, seconds) = (state.records - before, started.elapsed().as_secs_f64());
    say(&format!(
        "{records} records in {told:.0} s, {:.0} a second; {:.0} s more until all of it was folded",
        records as f64 / told,
        seconds - told
    ))
}

/// `day 12 of 90 (17 Nov), 2104331 records, 61200 a second, 3 min left`.
fn progress(state: &State) -> String {
    let mut line = format!(
        "day {} of {} ({}), {} records",
        state.day(),
        state.days,
        state.told_from.format("%-d %b"),
        state.records
    );
    if let Some(rate) = state.rate() {
        line.push_str(&format!(", {rate:.0} a second"));
    }
    if let Some(seconds) = state.remaining() {
        line.push_str(&if seconds < 90.0 {
            format!(", {seconds:.0} s left")
        } else {
            format!(", {:.0} min left", seconds / 60.0)
        });
    }
    line
}

/// New fields become known, and changes of others are followed, as in a server.
async fn catalogue(machine: Arc<Machine>, mut stopped: watch::Receiver<bool>) {
    loop {
        if let Err(error) = machine.policies.follow().await {
            tracing::warn!(%error, "the catalogue could not be followed; it will be tried again");
        }
        tokio::select! {
            _ = stopped.changed() => return,
            _ = tokio::time::sleep(Duration::from_secs(5)) => {}
        }
    }
}

/// Folds what a running server has not folded: without one, nobody else would.
async fn settle(machine: &Machine) -> anyhow::Result<()> {
    let projector = Projector::new(machine.database.clone(), machine.intake.commit.committed.clone());
    loop {
        projector.tick().await?;
        let waiting: i64 = sqlx::query_scalar("select count(*) from batch").fetch_one(&machine.database.admin).await?;
        if waiting == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    while compact::round(&machine.database).await? > 0 {}
    Ok(())
}
