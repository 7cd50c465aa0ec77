//! How long things are kept.

use super::{Done, Fault};
use leptos::prelude::*;

/// Sets the days of one kind of data; what is older goes within the hour.
#[server(prefix = "/fn", endpoint = "retention/set")]
pub async fn set_retention(project: i32, signal: String, days: i32) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::Administer).await?;
    Ok(Done::new(parallax_server::admin::retention::set(&machine, &viewer, project, &signal, days).await?))
}
