//! One person, as support meets one.

use super::{Done, Fault};
use leptos::prelude::*;

/// Opens the page of the person whom a sender calls `id`, or who wrote the ticket of this number.
#[server(prefix = "/fn", endpoint = "person/find")]
pub async fn find_person(project: i32, id: String) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::ReadRawText).await?;
    let page = parallax_server::admin::person::find(&machine, &viewer, project, &id).await;
    Ok(Done::default().next(format!("{}?project={project}", page?)))
}

/// Shows who this is, once, and writes down who asked and why.
#[server(prefix = "/fn", endpoint = "person/resolve")]
pub async fn resolve_person(project: i32, person: String, reason: String) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::ResolvePerson).await?;
    Ok(Done::new(parallax_server::admin::person::resolve(&machine, &viewer, project, &person, &reason).await?))
}
