//! The simulated company.

use super::{Done, Fault};
use leptos::prelude::*;

/// Begins to bring in the demo, newest hours first.
#[server(prefix = "/fn", endpoint = "demo/load")]
pub async fn load_demo(days: u32) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::Administer).await?;
    Ok(Done::new(parallax_server::admin::demo::begin(&machine, &viewer, days).await?))
}

/// Goes on where a restart stopped it.
#[server(prefix = "/fn", endpoint = "demo/resume")]
pub async fn resume_demo() -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::Administer).await?;
    Ok(Done::new(parallax_server::admin::demo::resume(&machine, &viewer).await?))
}

/// Takes the demo away with all its data.
#[server(prefix = "/fn", endpoint = "demo/remove")]
pub async fn remove_demo() -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::Administer).await?;
    Ok(Done::new(parallax_server::admin::demo::remove(&machine, &viewer).await?))
}
