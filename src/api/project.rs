//! Projects and their settings.

use super::{Done, Fault};
use leptos::prelude::*;

/// Makes a project. The zone is of the IANA list, the currency ISO 4217, the catalogue `learn` or `strict`.
#[server(prefix = "/fn", endpoint = "project/create")]
pub async fn create_project(name: String, zone: String, currency: String, catalogue: String) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    use parallax_server::admin::projects::{self, Settings};
    let (machine, viewer) = require(Permission::Administer).await?;
    let settings = Settings { zone: &zone, currency: &currency, catalogue: &catalogue };
    Ok(Done::new(projects::create(&machine, &viewer, &name, settings).await?))
}

/// Changes the settings of a project.
#[server(prefix = "/fn", endpoint = "project/change")]
pub async fn change_project(project: i32, zone: String, currency: String, catalogue: String) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    use parallax_server::admin::projects::{self, Settings};
    let (machine, viewer) = require(Permission::Administer).await?;
    let settings = Settings { zone: &zone, currency: &currency, catalogue: &catalogue };
    Ok(Done::new(projects::change(&machine, &viewer, project, settings).await?))
}
