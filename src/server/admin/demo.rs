//! The simulated company: bring it, take it away.

use super::{demand, note};
use crate::demo::load::{self, Wish};
use crate::identity::accounts::Viewer;
use crate::machine::Machine;
use parallax_domain::{Kind, Permission, Problem};
use serde_json::json;
use std::sync::Arc;

/// Days that can be chosen, with what they mean.
pub const DAYS: [(u32, &str); 3] = [(7, "7 days"), (30, "30 days"), (90, "90 days")];

/// Begins to tell the company's life in the background; the newest hours come first.
pub async fn begin(machine: &Arc<Machine>, viewer: &Viewer, days: u32) -> Result<String, Problem> {
    demand(viewer, Permission::Administer)?;
    if !DAYS.iter().any(|(known, _)| *known == days) {
        return Err(Problem::invalid("days", "Choose 7, 30 or 90 days."));
    }
    if load::state(machine).await?.is_some() {
        return Err(Problem::new(Kind::Conflict, "There is a demo already. Remove it first."));
    }
    let wish = Wish { seed: 1, days, scale: 1.0, scenario: None };
    let loading = load::begin(machine, &wish).await.map_err(told)?;
    note(machine, viewer, Some(loading.state().project), "demo loaded", "demo", json!({ "days": days })).await?;
    tokio::spawn(loading.run_in_background(machine.clone()));
    Ok("The demo is coming in, newest hours first".to_owned())
}

/// Goes on where a restart or a failure stopped it.
pub async fn resume(machine: &Arc<Machine>, viewer: &Viewer) -> Result<String, Problem> {
    demand(viewer, Permission::Administer)?;
    if load::state(machine).await?.is_none() {
        return Err(Problem::not_found("demo"));
    }
    if let Some(loading) = load::resume(machine).await.map_err(told)? {
        tokio::spawn(loading.run_in_background(machine.clone()));
    }
    Ok("The demo goes on".to_owned())
}

pub async fn remove(machine: &Arc<Machine>, viewer: &Viewer) -> Result<String, Problem> {
    demand(viewer, Permission::Administer)?;
    let state = load::state(machine).await?.ok_or_else(|| Problem::not_found("demo"))?;
    load::remove(machine).await.map_err(told)?;
    note(machine, viewer, None, "demo removed", "demo", json!({ "records": state.records })).await?;
    Ok("The demo is gone; your own data was not touched".to_owned())
}

fn told(error: anyhow::Error) -> Problem {
    match error.downcast::<Problem>() {
        Ok(problem) => problem,
        Err(error) => {
            tracing::error!(%error, "the demo did not obey");
            Problem::unavailable("This did not work, and the reason is in the server's log.")
        }
    }
}
