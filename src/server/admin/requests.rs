//! Requests of people, as an admin handles them: written down, carried out, refused.

use super::{demand_in, note};
use crate::erasure::export;
use crate::erasure::request::{self, Channel, RequestRow, Right};
use crate::erasure::{Scope, subject};
use crate::identity::accounts::Viewer;
use crate::machine::Machine;
use parallax_domain::{Permission, Problem};
use serde_json::json;
use std::sync::Arc;

/// Writes a request down that came by mail or telephone. `id` as the person's account has it; it is hashed and forgotten.
pub async fn receive(machine: &Machine, viewer: &Viewer, project: i32, id: &str, right: &str) -> Result<i64, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    let right = Right::parse(right)
        .ok_or_else(|| Problem::invalid("kind", "A request is about access, erasure or objection."))?;
    let id = id.trim();
    if id.is_empty() || id.len() > 500 {
        return Err(Problem::invalid("id", "Type the id exactly as the person's account has it."));
    }
    let scope = subject::of_identifier(machine, project, id).await?;
    let scope = scope.ok_or_else(|| {
        Problem::invalid("id", "Nobody with exactly this id has been seen. Answer the person that nothing is recorded.")
    })?;
    request::receive(machine, &scope, right, Channel::Admin, &viewer.email).await
}

/// Erases the person of a request.
pub async fn erase(machine: &Arc<Machine>, viewer: &Viewer, project: i32, id: i64) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    let (_, scope) = open(machine, project, id).await?;
    request::erase_for(machine, &scope, id, &viewer.email).await?;
    Ok("The person is being erased; the receipt stands in the request when it is done".to_owned())
}

/// Objection: everything that has a switch is refused from now on, under every identifier of the person.
pub async fn object(machine: &Machine, viewer: &Viewer, project: i32, id: i64) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    let (row, scope) = open(machine, project, id).await?;
    request::begin(machine, row.id, &viewer.email).await?;
    crate::centre::choice::refuse_all(machine, &scope, "admin").await?;
    request::handed_over(machine, row.id, &viewer.email, &Default::default()).await?;
    Ok("Nothing that has a switch is collected about this person from now on".to_owned())
}

pub async fn refuse(
    machine: &Machine,
    viewer: &Viewer,
    project: i32,
    id: i64,
    reason: &str,
) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    let reason = reason.trim();
    if !(5..=500).contains(&reason.chars().count()) {
        return Err(Problem::invalid("reason", "Say why, in 5 to 500 characters: the person is told."));
    }
    request::refuse(machine, project, id, &viewer.email, reason).await?;
    Ok("Request refused; the person is told why".to_owned())
}

/// The person of a request, for a download; handing it over answers the request.
pub async fn hand_over(machine: &Machine, viewer: &Viewer, project: i32, id: i64) -> Result<Scope, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    let row = request::find(machine, project, id).await?.ok_or_else(|| Problem::not_found("request"))?;
    let scope = scope(machine, &row).await?;
    if row.answered_at.is_none() && row.kind == Right::Access.word() {
        let counts = export::count(machine, &scope).await.map_err(crate::database::fault::problem)?;
        request::handed_over(machine, id, &viewer.email, &counts).await?;
    }
    note(machine, viewer, Some(project), "person exported", &format!("request {id}"), json!({})).await?;
    Ok(scope)
}

async fn open(machine: &Machine, project: i32, id: i64) -> Result<(RequestRow, Scope), Problem> {
    let row = request::find(machine, project, id).await?.ok_or_else(|| Problem::not_found("request"))?;
    let scope = scope(machine, &row).await?;
    Ok((row, scope))
}

/// Whose a request is.
pub async fn scope(machine: &Machine, row: &RequestRow) -> Result<Scope, Problem> {
    let gone = || Problem::new(parallax_domain::Kind::Conflict, "This person is erased; there is nothing any more.");
    let reference = row.reference.ok_or_else(gone)?;
    subject::of_reference(machine, row.project, reference, row.alone).await?.ok_or_else(gone)
}
