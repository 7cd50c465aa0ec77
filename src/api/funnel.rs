//! Saved funnels: keep one, show it by link, take it away.

use super::{Done, Fault};
use leptos::prelude::*;

/// Saves a new funnel, the next version of one, or only its name and place. `definition` is the query of the page's
/// address; `base` the version that the person saw.
#[server(prefix = "/fn", endpoint = "funnel/save")]
pub async fn save_funnel(
    project: i32,
    #[server(default)] view: Option<i64>,
    #[server(default)] base: Option<i32>,
    name: String,
    #[server(default)] folder: String,
    #[server(default)] description: String,
    #[server(default)] definition: String,
) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    use parallax_server::views::{self, FunnelForm};
    let (machine, viewer) = require(Permission::WriteProduct).await?;
    let form = FunnelForm { project, view, base, name, folder, description, definition };
    let saved = views::save_funnel(&machine, &viewer, &form).await?;
    parallax_screens::saved::remember_funnel(&machine, &viewer, project, &saved).await;
    Ok(Done::new(saved.words()).next(format!("/product/funnels/{}?project={project}", saved.view)))
}

/// Makes a link that shows a saved funnel to whoever has it; the page shows the link once.
#[server(prefix = "/fn", endpoint = "funnel/share")]
pub async fn share_funnel(project: i32, view: i64) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::WriteProduct).await?;
    Ok(Done::new(parallax_server::views::share(&machine, &viewer, project, view).await?))
}

/// Ends one link, or all links of a funnel.
#[server(prefix = "/fn", endpoint = "funnel/unshare")]
pub async fn unshare_funnel(project: i32, view: i64, #[server(default)] link: Option<String>) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::WriteProduct).await?;
    let link = link.as_deref();
    let said = parallax_server::views::unshare(&machine.database, &viewer, project, view, link).await;
    said?;
    Ok(Done::new("Link ended"))
}

/// Takes a funnel out of all lists; nothing of it is lost.
#[server(prefix = "/fn", endpoint = "funnel/remove")]
pub async fn remove_funnel(project: i32, view: i64) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::WriteProduct).await?;
    let removed = parallax_server::views::remove(&machine.database, &viewer, project, view).await;
    let row = removed?;
    let fields = vec![("project".to_owned(), project.to_string()), ("view".to_owned(), view.to_string())];
    let done = Done::new(format!("{} removed", row.name)).next(format!("/product/funnels?project={project}"));
    Ok(done.undo("/fn/funnel/bring_back", fields))
}

/// Undoes a removal.
#[server(prefix = "/fn", endpoint = "funnel/bring_back")]
pub async fn bring_back_funnel(project: i32, view: i64) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::WriteProduct).await?;
    let back = parallax_server::views::undo_removal(&machine.database, &viewer, project, view).await;
    let row = back?;
    Ok(Done::new(format!("{} is back", row.name)).next(format!("/product/funnels/{view}?project={project}")))
}
