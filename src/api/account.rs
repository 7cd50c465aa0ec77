//! Accounts: who comes in, in which roles, and in which projects.

use super::{Done, Fault};
use leptos::prelude::*;

/// Makes an account; the page shows the link that lets its owner in. Without projects: every project.
#[server(prefix = "/fn", endpoint = "account/invite")]
pub async fn invite(
    email: String,
    name: String,
    #[server(default)] roles: Vec<String>,
    #[server(default)] projects: Vec<i32>,
) -> Result<Done, Fault> {
    use super::require::require;
    use super::require::roles_of;
    use parallax_domain::Permission;
    use parallax_server::admin::people::{self, Invitation};
    let (machine, viewer) = require(Permission::Administer).await?;
    let roles = roles_of(&roles)?;
    let invitation = Invitation { email: &email, name: &name, roles: &roles, projects: &projects };
    Ok(Done::new(people::invite(&machine, &viewer, invitation).await?))
}

/// Replaces roles and projects of an account.
#[server(prefix = "/fn", endpoint = "account/roles")]
pub async fn set_roles(
    account: i32,
    #[server(default)] roles: Vec<String>,
    #[server(default)] projects: Vec<i32>,
) -> Result<Done, Fault> {
    use super::require::require;
    use super::require::roles_of;
    use parallax_domain::Permission;
    use parallax_server::admin::people;
    let (machine, viewer) = require(Permission::Administer).await?;
    let roles = roles_of(&roles)?;
    Ok(Done::new(people::set_roles(&machine, &viewer, account, &roles, &projects).await?))
}

/// A link to a new password, or the invitation anew; the page shows it once.
#[server(prefix = "/fn", endpoint = "account/link")]
pub async fn link_to_account(account: i32) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::Administer).await?;
    Ok(Done::new(parallax_server::admin::people::reset(&machine, &viewer, account).await?))
}

/// Closes an account with all its sessions.
#[server(prefix = "/fn", endpoint = "account/disable")]
pub async fn disable_account(account: i32) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::Administer).await?;
    Ok(Done::new(parallax_server::admin::people::set_disabled(&machine, &viewer, account, true).await?))
}

/// Opens a closed account again.
#[server(prefix = "/fn", endpoint = "account/enable")]
pub async fn enable_account(account: i32) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::Administer).await?;
    Ok(Done::new(parallax_server::admin::people::set_disabled(&machine, &viewer, account, false).await?))
}
