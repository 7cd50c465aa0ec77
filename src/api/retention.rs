//! How long things are kept, and what must stay.

#![expect(clippy::too_many_arguments, reason = "the fields of one form")]

use super::{Done, Fault};
use leptos::prelude::*;

/// Asks for other days of one kind of data. What deletes nothing holds at once; the rest waits a day, and for a second admin
/// where it deletes much. Keeping longer needs a reason.
#[server(prefix = "/fn", endpoint = "retention/set")]
pub async fn set_retention(
    project: i32,
    signal: String,
    days: i32,
    #[server(default)] reason: String,
) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    use parallax_server::admin::retention;
    let (machine, viewer) = require(Permission::Administer).await?;
    let asked = retention::ask(&machine, &viewer, project, &signal, days, &reason).await?;
    let done = Done::new(retention::said(asked, &signal, days));
    Ok(done.next(format!("/admin/retention?project={project}")))
}

/// The agreement of a second admin to a change.
#[server(prefix = "/fn", endpoint = "retention/approve")]
pub async fn approve_retention(project: i32, change: i64) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::Administer).await?;
    Ok(Done::new(parallax_server::admin::retention::approve(&machine, &viewer, project, change).await?))
}

/// Takes a change back before it is carried out.
#[server(prefix = "/fn", endpoint = "retention/cancel")]
pub async fn cancel_retention(project: i32, change: i64) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::Administer).await?;
    Ok(Done::new(parallax_server::admin::retention::cancel(&machine, &viewer, project, change).await?))
}

/// Places a legal hold. Empty fields are no bounds; days are UTC and both within it.
#[server(prefix = "/fn", endpoint = "hold/place")]
pub async fn place_hold(
    project: i32,
    name: String,
    reason: String,
    owner: String,
    review: String,
    #[server(default)] signal: String,
    #[server(default)] category: String,
    #[server(default)] from: String,
    #[server(default)] to: String,
    #[server(default)] person: String,
) -> Result<Done, Fault> {
    use super::require::{category_of, require};
    use parallax_domain::Permission;
    use parallax_server::admin::retention::{self, NewHold};
    let (machine, viewer) = require(Permission::Administer).await?;
    let new = NewHold {
        name: &name,
        reason: &reason,
        owner: &owner,
        signal: &signal,
        category: category_of(&category)?,
        from: &from,
        to: &to,
        person: &person,
        review: &review,
    };
    retention::place(&machine, &viewer, project, new).await?;
    let done = Done::new(format!("{} holds from now on", name.trim()));
    Ok(done.next(format!("/admin/retention?project={project}")))
}

/// Ends a hold.
#[server(prefix = "/fn", endpoint = "hold/release")]
pub async fn release_hold(project: i32, hold: i64) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::Administer).await?;
    Ok(Done::new(parallax_server::admin::retention::release(&machine, &viewer, project, hold).await?))
}
