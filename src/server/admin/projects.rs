//! Projects: make one, set its zone, currency and catalogue mode.

use super::{demand, demand_in, note};
use crate::database::fault::Told;
use crate::engine::calendar;
use crate::identity::accounts::Viewer;
use crate::identity::projects;
use crate::machine::Machine;
use crate::privacy::policy::announce;
use parallax_domain::{Permission, Problem};
use serde_json::json;

pub struct Settings<'a> {
    pub zone: &'a str,
    /// ISO 4217.
    pub currency: &'a str,
    /// `learn` or `strict` (contract rule A1).
    pub catalogue: &'a str,
}

impl Settings<'_> {
    fn check(&self) -> Result<(), Problem> {
        calendar::zone(self.zone)?;
        if self.currency.len() != 3 || !self.currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(Problem::invalid("currency", "A currency has three letters, such as EUR."));
        }
        if !["learn", "strict"].contains(&self.catalogue) {
            return Err(Problem::invalid("catalogue", "The catalogue is learn or strict."));
        }
        Ok(())
    }
}

pub async fn create(machine: &Machine, viewer: &Viewer, name: &str, settings: Settings<'_>) -> Result<String, Problem> {
    demand(viewer, Permission::Administer)?;
    settings.check()?;
    let id = projects::create(&machine.database, name, settings.zone, settings.catalogue).await?;
    write(machine, id, &settings).await?;
    let detail = json!({ "zone": settings.zone, "currency": settings.currency, "catalogue": settings.catalogue });
    note(machine, viewer, Some(id), "project made", &format!("project {id} {}", name.trim()), detail).await?;
    Ok(format!("Project {} made", name.trim()))
}

pub async fn change(
    machine: &Machine,
    viewer: &Viewer,
    project: i32,
    settings: Settings<'_>,
) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    settings.check()?;
    let before = projects::find(&machine.database, &project.to_string()).await?;
    let before = before.filter(|row| row.id == project).ok_or_else(|| Problem::not_found("project"))?;
    write(machine, project, &settings).await?;
    let detail = json!({
        "from": { "zone": before.zone, "currency": before.currency, "catalogue": before.catalogue },
        "to": { "zone": settings.zone, "currency": settings.currency, "catalogue": settings.catalogue },
    });
    note(machine, viewer, Some(project), "project changed", &format!("project {project} {}", before.name), detail)
        .await?;
    Ok(format!("{} saved", before.name))
}

async fn write(machine: &Machine, project: i32, settings: &Settings<'_>) -> Result<(), Problem> {
    sqlx::query("update project set zone = $2, currency = $3, catalogue = $4 where id = $1")
        .bind(project)
        .bind(settings.zone)
        .bind(settings.currency)
        .bind(settings.catalogue)
        .execute(&machine.database.admin)
        .await
        .told()?;
    announce(&machine.database, "project").await.told()
}
