//! Targets of the executive's figures.

use super::{Done, Fault};
use leptos::prelude::*;

/// In the unit of the figure, shares in percent; nothing takes the target away.
#[server(prefix = "/fn", endpoint = "target/set")]
pub async fn set_target(project: i32, measure: String, #[server(default)] value: String) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::WriteTargets).await?;
    Ok(Done::new(parallax_server::admin::targets::set(&machine, &viewer, project, &measure, &value).await?))
}
