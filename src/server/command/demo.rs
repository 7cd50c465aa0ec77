use super::say;
use crate::demo::load;
use crate::machine::Machine;
use crate::options::DemoVerb;
use crate::projection::projector::Projector;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub async fn run(machine: &Arc<Machine>, verb: DemoVerb) -> anyhow::Result<()> {
    match verb {
        DemoVerb::Load { days, scale, seed } => {
            load::begin(machine, days, scale, seed).await?;
            let started = Instant::now();
            let mut said = Instant::now();
            let state = load::load(machine, |state| {
                if said.elapsed() > Duration::from_secs(2) {
                    said = Instant::now();
                    let rate = state.records as f64 / started.elapsed().as_secs_f64();
                    eprintln!(
                        "{} of {} hours, {} records, {rate:.0} a second",
                        state.hours_done, state.hours, state.records
                    );
                }
            })
            .await?;
            settle(machine).await?;
            let seconds = started.elapsed().as_secs_f64();
            say(&format!("{} records in {seconds:.0} s, {:.0} a second", state.records, state.records as f64 / seconds))
        }
        DemoVerb::Remove => {
            load::remove(machine).await?;
            say("the demo is gone")
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
    while crate::projection::compact::round(&machine.database).await? > 0 {}
    Ok(())
}
