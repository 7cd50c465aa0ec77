//! What runs beside requests: thin shells that call the parts on time.

use crate::demo;
use crate::machine::Machine;
use crate::projection::compact;
use crate::projection::projector::Projector;
use crate::retention;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Starts everything; it ends when `stop` turns true.
pub fn start(machine: &Arc<Machine>, stop: &watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
    let projector = Projector::new(machine.database.clone(), machine.intake.commit.committed.clone());
    vec![
        tokio::spawn(projector.run(stop.clone())),
        tokio::spawn(compact::run(machine.database.clone(), stop.clone())),
        every(machine, stop, Duration::from_millis(400), "keys", |machine| async move {
            let outcome = machine.keys.follow().await;
            // The cheapest question there is also tells whether the database is there.
            match &outcome {
                Ok(()) => machine.intake.availability().up(),
                Err(_) => machine.intake.availability().down(),
            }
            Ok(outcome?)
        }),
        every(machine, stop, Duration::from_secs(2), "database", |machine| async move {
            match machine.intake.availability().away_since() {
                None => Ok(()),
                Some(_) => machine.database.revive().await,
            }
        }),
        every(machine, stop, Duration::from_secs(1), "policies", |machine| async move {
            Ok(machine.policies.follow().await?)
        }),
        every(
            machine,
            stop,
            Duration::from_secs(5),
            "demo",
            |machine| async move { demo::load::go_on(&machine).await },
        ),
        every(machine, stop, Duration::from_secs(5), "memory", |machine| async move {
            machine.remember().await.map_err(|problem| anyhow::anyhow!(problem.detail))
        }),
        every(machine, stop, Duration::from_secs(3600), "retention", |machine| async move {
            retention::ahead::make(&machine.database).await?;
            retention::run::run(&machine).await?;
            Ok(())
        }),
        every(machine, stop, Duration::from_secs(600), "tidying", |machine| async move {
            retention::tidy::tidy(&machine.database).await?;
            Ok(machine.accounts.tidy().await?)
        }),
    ]
}

fn every<F>(
    machine: &Arc<Machine>,
    stop: &watch::Receiver<bool>,
    period: Duration,
    name: &'static str,
    job: impl Fn(Arc<Machine>) -> F + Send + 'static,
) -> JoinHandle<()>
where
    F: Future<Output = anyhow::Result<()>> + Send,
{
    let (machine, mut stop) = (machine.clone(), stop.clone());
    tokio::spawn(async move {
        let mut failing = false;
        loop {
            match job(machine.clone()).await {
                Ok(()) => failing = false,
                // Once is enough to know; the next minutes would only repeat it.
                Err(error) if !failing => {
                    failing = true;
                    tracing::warn!(job = name, %error, "a job did not get through; it will try again");
                }
                Err(_) => {}
            }
            tokio::select! {
                _ = stop.changed() => return,
                _ = tokio::time::sleep(period) => {}
            }
        }
    })
}
