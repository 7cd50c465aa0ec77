//! Which page is made by what, and who may open it.

use crate::page::Page;
use crate::{engineering, explore};
use parallax_domain::period::Range;
use parallax_domain::screen::Screen;
use parallax_domain::{Address, Permission, Problem};
use parallax_server::Machine;
use parallax_server::identity::accounts::Viewer;
use std::sync::Arc;

/// Path patterns of the pages for people who are signed in, with what is needed to open them. `*` stands for one part.
pub const PAGES: [(&str, Permission); 8] = [
    ("/engineering", Permission::ReadViews),
    ("/engineering/services", Permission::ReadViews),
    ("/engineering/issues", Permission::ReadViews),
    ("/engineering/machines", Permission::ReadViews),
    ("/engineering/machines/*", Permission::ReadViews),
    ("/engineering/deployments", Permission::ReadViews),
    ("/explore/traces", Permission::ReadViews),
    ("/explore/traces/*", Permission::ReadViews),
];

/// The pattern that a path follows, and its permission.
pub fn permission_of(path: &str) -> Option<(&'static str, Permission)> {
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    PAGES.into_iter().find(|(pattern, _)| {
        let pattern: Vec<&str> = pattern.split('/').collect();
        pattern.len() == parts.len() && pattern.iter().zip(&parts).all(|(want, have)| *want == "*" && !have.is_empty() || want == have)
    })
}

/// The pattern that a path follows, for counting; every path that is none of ours is one.
pub fn pattern_of(path: &str) -> &'static str {
    permission_of(path).map_or("unknown", |(pattern, _)| pattern)
}

/// A page that nobody needs to be signed in for; none if this address is not one.
pub async fn compose_public(_machine: &Machine, _address: &Address) -> Result<Option<Screen>, Problem> {
    Ok(None)
}

/// Makes the page of this address for this viewer.
pub async fn compose(machine: Arc<Machine>, viewer: Viewer, address: Address) -> Result<Screen, Problem> {
    let (pattern, permission) = permission_of(&address.path).ok_or_else(|| Problem::not_found("page"))?;
    if !viewer.may(permission) {
        return Err(Problem::forbidden(permission.held_by()));
    }
    let last = address.path.rsplit('/').next().map(parallax_domain::address::decode).unwrap_or_default();
    let usual = if pattern.starts_with("/engineering") || pattern.starts_with("/explore") { Range::Hours(6) } else { Range::Days(28) };
    let mut page = Page::open(machine, viewer, address, usual).await?;
    match pattern {
        "/engineering" => engineering::health::compose(&mut page).await,
        "/explore/traces/*" => explore::trace::compose(&mut page, &last).await,
        "/explore/traces" => explore::traces::compose(&mut page).await,
        _ => Err(Problem::not_found("page")),
    }
}
