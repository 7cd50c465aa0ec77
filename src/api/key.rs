//! Keys of senders and readers.

use super::{Done, Fault};
use leptos::prelude::*;

/// Makes a key; the page shows it once. `origins` are the pages that may use a browser key.
#[server(prefix = "/fn", endpoint = "key/create")]
pub async fn create_key(
    project: i32,
    #[server(default)] name: String,
    kind: String,
    #[server(default)] role: String,
    #[server(default)] origins: String,
) -> Result<Done, Fault> {
    use super::require::require;
    use super::require::role_of;
    use parallax_domain::Permission;
    use parallax_domain::{Problem, Role};
    use parallax_server::admin::keys::{self, Wanted};
    let (machine, viewer) = require(Permission::Administer).await?;
    let kind = kind.parse().map_err(|said: String| Problem::invalid("kind", said))?;
    let role = if role.is_empty() { Role::Engineering } else { role_of(&role)? };
    let wanted = Wanted { kind, role, name: &name, origins: &origins };
    Ok(Done::new(keys::make(&machine, &viewer, project, wanted).await?))
}

/// Makes a key that stands in the lines to paste. `kind` is `ingest` or `browser`, the latter with the origin of its pages.
#[server(prefix = "/fn", endpoint = "key/snippet")]
pub async fn key_for_snippet(project: i32, kind: String, #[server(default)] origin: String) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    use parallax_domain::Problem;
    let (machine, viewer) = require(Permission::Administer).await?;
    let kind = kind.parse().map_err(|said: String| Problem::invalid("kind", said))?;
    Ok(Done::new(parallax_server::admin::keys::snippet(&machine, &viewer, project, kind, &origin).await?))
}

/// Ends a key; senders that use it are refused at once.
#[server(prefix = "/fn", endpoint = "key/revoke")]
pub async fn revoke_key(project: i32, key: i32) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::Administer).await?;
    Ok(Done::new(parallax_server::admin::keys::revoke(&machine, &viewer, project, key).await?))
}

/// Makes a key that may what an old one may; the old one works for `hours` more.
#[server(prefix = "/fn", endpoint = "key/rotate")]
pub async fn rotate_key(project: i32, key: i32, hours: i64) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::Administer).await?;
    Ok(Done::new(parallax_server::admin::keys::rotate(&machine, &viewer, project, key, hours).await?))
}
