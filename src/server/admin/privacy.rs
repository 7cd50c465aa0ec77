//! Settings of privacy in one project.

use super::{demand_in, note};
use crate::database::fault::Told;
use crate::identity::accounts::Viewer;
use crate::machine::Machine;
use crate::privacy::policy::{Settings, announce};
use parallax_domain::{Permission, Problem};
use serde_json::json;

pub async fn set(machine: &Machine, viewer: &Viewer, project: i32, settings: Settings) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    if settings.owner.chars().count() > 200 {
        return Err(Problem::invalid("owner", "At most 200 characters."));
    }
    machine.store.set_privacy(project, &settings).await?;
    announce(&machine.database, "catalogue").await.told()?;
    let detail = json!({
        "owner": settings.owner,
        "header_refuses_all": settings.header_refuses_all,
        "identifiers": settings.identifiers(),
    });
    note(machine, viewer, Some(project), "privacy settings changed", "privacy", detail).await?;
    Ok("Privacy settings saved".to_owned())
}
