//! Requests of people, as an admin handles them.

use super::{Done, Fault};
use leptos::prelude::*;

/// Writes a request down. `kind` is access, erasure or objection; `id` as the person's account has it.
#[server(prefix = "/fn", endpoint = "request/receive")]
pub async fn receive_request(project: i32, id: String, kind: String) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::Administer).await?;
    let request = parallax_server::admin::requests::receive(&machine, &viewer, project, &id, &kind).await?;
    let done = Done::new("Request written down; its clock runs");
    Ok(done.next(format!("/admin/requests?project={project}&request={request}")))
}

/// Erases the person of a request.
#[server(prefix = "/fn", endpoint = "request/erase")]
pub async fn erase_for_request(project: i32, request: i64) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::Administer).await?;
    Ok(Done::new(parallax_server::admin::requests::erase(&machine, &viewer, project, request).await?))
}

/// Refuses every category for the person of a request.
#[server(prefix = "/fn", endpoint = "request/object")]
pub async fn object_for_request(project: i32, request: i64) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::Administer).await?;
    Ok(Done::new(parallax_server::admin::requests::object(&machine, &viewer, project, request).await?))
}

/// Refuses a request, with the reason that the person is told.
#[server(prefix = "/fn", endpoint = "request/refuse")]
pub async fn refuse_request(project: i32, request: i64, reason: String) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::Administer).await?;
    Ok(Done::new(parallax_server::admin::requests::refuse(&machine, &viewer, project, request, &reason).await?))
}
