//! What everybody may know: what is collected, why, who sees it, how long it is kept and what it led to. The public page,
//! the machine-readable file and the personal privacy centre say the same, from here.

mod collected;
pub mod history;
pub mod improvement;
mod policy;
mod public;
pub mod sample;
pub mod settings;

pub use collected::Month;
pub use policy::{CategoryPolicy, Policy, Telling, told};
pub use public::{Collected, LastProof, Public, ROUND, SMALLEST, SharedNow, of_project, shown};

use crate::machine::Machine;

/// Counts what is told in public and writes down every new version of the policy. Called once a minute; counting is due
/// more seldom.
pub async fn record(machine: &Machine) -> anyhow::Result<()> {
    let projects: Vec<i32> = sqlx::query_scalar("select id from project where kind <> 'own' order by id")
        .fetch_all(&machine.database.admin)
        .await?;
    for project in projects {
        history::record(machine, project).await?;
        collected::count(machine, project).await?;
    }
    Ok(())
}
