//! Saved pages, and what a person marks as theirs.

use super::{Done, Fault};
use leptos::prelude::*;

/// Keeps a page under a name, with what it says now. With `view` the name, place and content of one that is saved; an
/// empty `page` keeps its content; else it is a path with its query. `audience` is `everybody`, `me` or a role.
#[server(prefix = "/fn", endpoint = "view/save")]
pub async fn save_view(
    project: i32,
    #[server(default)] view: Option<i64>,
    name: String,
    #[server(default)] folder: String,
    #[server(default)] description: String,
    #[server(default)] audience: String,
    #[server(default)] page: String,
) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::{Address, Permission};
    use parallax_server::views::{PageForm, SavedPage};
    let (machine, viewer) = require(Permission::OwnViews).await?;
    let (path, query) = page.split_once('?').unwrap_or((&page, ""));
    let address = crate::ui::address::read(path, query);
    let page = SavedPage::of(&Address { project: None, ..address });
    let form = PageForm {
        project,
        view,
        name: &name,
        description: &description,
        folder: &folder,
        audience: &audience,
        page: &page,
    };
    let row = parallax_screens::saved::save(&machine, &viewer, form).await?;
    Ok(Done::new(format!("{} saved", row.name)).next(row.address(project).href()))
}

/// Takes a saved page out of all lists; nothing of it is lost.
#[server(prefix = "/fn", endpoint = "view/remove")]
pub async fn remove_view(project: i32, view: i64) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::OwnViews).await?;
    let row = parallax_server::views::set_page_removed(&machine.database, &viewer, project, view, true).await?;
    let fields = vec![("project".to_owned(), project.to_string()), ("view".to_owned(), view.to_string())];
    Ok(Done::new(format!("{} removed", row.name)).undo("/fn/view/bring_back", fields))
}

/// Undoes a removal.
#[server(prefix = "/fn", endpoint = "view/bring_back")]
pub async fn bring_back_view(project: i32, view: i64) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::OwnViews).await?;
    let row = parallax_server::views::set_page_removed(&machine.database, &viewer, project, view, false).await?;
    Ok(Done::new(format!("{} is back", row.name)))
}

/// Marks a saved view of any kind as a favourite of the person, or takes the mark away.
#[server(prefix = "/fn", endpoint = "view/favourite")]
pub async fn favourite_view(project: i32, view: i64, #[server(default)] favourite: bool) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::OwnViews).await?;
    parallax_server::views::set_favourite(&machine.database, &viewer, project, view, favourite).await?;
    Ok(Done::new(if favourite { "Added to your favourites" } else { "Taken from your favourites" }))
}
