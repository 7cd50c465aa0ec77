//! Notes on the time axis.

use super::{Done, Fault};
use leptos::prelude::*;

/// Adds a note to every chart. `at` and `until` are local times of `zone`; an empty `at` is now, an empty `until` a moment.
#[server(prefix = "/fn", endpoint = "annotation/add")]
pub async fn annotate(
    project: i32,
    words: String,
    #[server(default)] at: String,
    #[server(default)] until: String,
    #[server(default)] zone: String,
) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::OwnViews).await?;
    let times = (at.as_str(), until.as_str());
    let id = parallax_server::admin::annotations::add(&machine, &viewer, project, &words, times, &zone).await?;
    let fields = vec![("project".to_owned(), project.to_string()), ("annotation".to_owned(), id.to_string())];
    Ok(Done::new("Note added to the time axis").undo("/fn/annotation/remove", fields))
}

/// Takes a note off the axis.
#[server(prefix = "/fn", endpoint = "annotation/remove")]
pub async fn remove_annotation(project: i32, annotation: i64) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::OwnViews).await?;
    parallax_server::admin::annotations::set_removed(&machine, &viewer, project, annotation, true).await?;
    let fields = vec![("project".to_owned(), project.to_string()), ("annotation".to_owned(), annotation.to_string())];
    Ok(Done::new("Note removed").undo("/fn/annotation/bring_back", fields))
}

/// Puts a note back.
#[server(prefix = "/fn", endpoint = "annotation/bring_back")]
pub async fn bring_back_annotation(project: i32, annotation: i64) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::OwnViews).await?;
    parallax_server::admin::annotations::set_removed(&machine, &viewer, project, annotation, false).await?;
    Ok(Done::new("Note is back"))
}

/// Everything that happened up to now has been seen by the person.
#[server(prefix = "/fn", endpoint = "notices/seen")]
pub async fn see_notices() -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::ReadViews).await?;
    parallax_server::admin::notices::see(&machine, &viewer).await?;
    Ok(Done::new("Nothing new"))
}
