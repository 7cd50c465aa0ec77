//! Which page is made by what, and who may open it.

use crate::page::Page;
use crate::{admin, engineering, executive, explore, gallery, marketing, product, saved, start, support};
use parallax_domain::period::Range;
use parallax_domain::screen::Screen;
use parallax_domain::{Address, Permission, Problem};
use parallax_server::Machine;
use parallax_server::identity::accounts::Viewer;
use parallax_server::store::as_of::AsOf;
use std::sync::Arc;

/// Path patterns of the pages for people who are signed in, with what is needed to open them. `*` stands for one part;
/// of two that fit the earlier counts.
pub const PAGES: &[(&str, Permission)] = &[
    ("/engineering", Permission::ReadViews),
    ("/engineering/services", Permission::ReadViews),
    ("/engineering/issues", Permission::ReadViews),
    ("/engineering/issues/*", Permission::ReadViews),
    ("/engineering/machines", Permission::ReadViews),
    ("/engineering/machines/*", Permission::ReadViews),
    ("/engineering/deployments", Permission::ReadViews),
    ("/explore/traces", Permission::ReadViews),
    ("/explore/traces/*", Permission::ReadViews),
    ("/explore/logs", Permission::ReadViews),
    ("/explore/metrics", Permission::ReadViews),
    ("/explore/events", Permission::ReadViews),
    ("/product", Permission::ReadViews),
    ("/product/funnels", Permission::ReadViews),
    ("/product/funnels/new", Permission::ReadViews),
    ("/product/funnels/*", Permission::ReadViews),
    ("/product/features", Permission::ReadViews),
    ("/product/retention", Permission::ReadViews),
    ("/product/paths", Permission::ReadViews),
    ("/product/preferences", Permission::ReadViews),
    ("/marketing", Permission::ReadViews),
    ("/support", Permission::ReadViews),
    ("/support/people/*", Permission::ReadRawText),
    ("/executive", Permission::ReadViews),
    ("/admin", Permission::Administer),
    ("/admin/people", Permission::Administer),
    ("/admin/projects", Permission::Administer),
    ("/admin/keys", Permission::Administer),
    ("/admin/retention", Permission::Administer),
    ("/admin/requests", Permission::Administer),
    ("/admin/trust", Permission::Administer),
    ("/admin/delivery", Permission::Administer),
    ("/admin/privacy", Permission::Administer),
    ("/admin/catalogue", Permission::Administer),
    ("/admin/catalogue/entry", Permission::Administer),
    ("/admin/consent", Permission::Administer),
    ("/admin/consent/notice", Permission::Administer),
    ("/admin/consent/texts", Permission::Administer),
    ("/admin/audit", Permission::Administer),
    ("/start", Permission::ReadViews),
    ("/views", Permission::ReadViews),
    ("/annotations", Permission::ReadViews),
    ("/admin/kit", Permission::Administer),
];

/// The pattern that a path follows, and its permission.
pub fn permission_of(path: &str) -> Option<(&'static str, Permission)> {
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    PAGES.iter().copied().find(|(pattern, _)| {
        let pattern: Vec<&str> = pattern.split('/').collect();
        pattern.len() == parts.len()
            && pattern.iter().zip(&parts).all(|(want, have)| *want == "*" && !have.is_empty() || want == have)
    })
}

/// The pattern that a path follows, for counting; every path that is none of ours is one.
pub fn pattern_of(path: &str) -> &'static str {
    permission_of(path).map_or("unknown", |(pattern, _)| pattern)
}

/// Makes the page of this address for this viewer.
pub async fn compose(machine: Arc<Machine>, viewer: Viewer, address: Address) -> Result<Screen, Problem> {
    let screen = compose_as_of(machine.clone(), viewer.clone(), address.clone(), None).await?;
    crate::saved::opened(machine, viewer, address, screen).await
}

/// The same with figures about people as they would have been at an earlier moment.
pub async fn compose_as_of(
    machine: Arc<Machine>,
    viewer: Viewer,
    address: Address,
    as_of: Option<AsOf>,
) -> Result<Screen, Problem> {
    let (pattern, permission) = permission_of(&address.path).ok_or_else(|| Problem::not_found("page"))?;
    if !viewer.may(permission) {
        return Err(Problem::forbidden(permission.held_by()));
    }
    let last = address.path.rsplit('/').next().map(parallax_domain::address::decode).unwrap_or_default();
    let mut page = Page::open(machine, viewer, address, usual(pattern)).await?;
    page.look.as_of = as_of;
    page.mark().await?;
    match pattern.split('/').nth(1) {
        Some("engineering" | "explore") => engineers(pattern, &mut page, &last).await,
        Some("product" | "marketing") => builders(pattern, &mut page, &last).await,
        _ => keepers(pattern, &mut page, &last).await,
    }
}

/// The range of this page, if its address names none.
pub fn usual_of(address: &Address) -> Range {
    usual(pattern_of(&address.path))
}

/// The range of a page whose address names none.
fn usual(pattern: &str) -> Range {
    match pattern.split('/').nth(1) {
        _ if pattern == "/explore/events" => Range::Hours(24),
        Some("engineering" | "explore") => Range::Hours(6),
        Some("start" | "admin") => Range::Hours(24),
        Some("support") if pattern == "/support" => Range::Hours(24),
        Some("support") => Range::Days(7),
        _ => Range::Days(28),
    }
}

async fn engineers(pattern: &str, page: &mut Page, last: &str) -> Result<Screen, Problem> {
    match pattern {
        "/engineering" => engineering::health::compose(page).await,
        "/engineering/deployments" => engineering::deployments::compose(page).await,
        "/engineering/issues" => engineering::issues::compose(page).await,
        "/engineering/issues/*" => engineering::issues::one::compose(page, last).await,
        "/engineering/machines" => engineering::machines::compose(page).await,
        "/engineering/machines/*" => engineering::machines::host::compose(page, last).await,
        "/engineering/services" => engineering::services::compose(page).await,
        "/explore/traces" => explore::traces::compose(page).await,
        "/explore/traces/*" => explore::trace::compose(page, last).await,
        "/explore/logs" => explore::logs::compose(page).await,
        "/explore/metrics" => explore::metrics::compose(page).await,
        "/explore/events" => explore::events::compose(page).await,
        _ => Err(Problem::not_found("page")),
    }
}

async fn builders(pattern: &str, page: &mut Page, last: &str) -> Result<Screen, Problem> {
    match pattern {
        "/marketing" => marketing::compose(page).await,
        "/product" => product::overview::compose(page).await,
        "/product/funnels" => product::funnels::list::compose(page).await,
        "/product/funnels/new" => product::funnels::view::new(page).await,
        "/product/funnels/*" => product::funnels::view::saved(page, last).await,
        "/product/features" => product::features::compose(page).await,
        "/product/paths" => product::paths::compose(page).await,
        "/product/preferences" => product::preferences::compose(page).await,
        "/product/retention" => product::retention::compose(page).await,
        _ => Err(Problem::not_found("page")),
    }
}

async fn keepers(pattern: &str, page: &mut Page, last: &str) -> Result<Screen, Problem> {
    match pattern {
        "/support" => support::compose(page).await,
        "/support/people/*" => support::person::compose(page, last).await,
        "/executive" => executive::compose(page).await,
        "/admin" => admin::overview::compose(page).await,
        "/admin/people" => admin::people::compose(page).await,
        "/admin/projects" => admin::projects::compose(page).await,
        "/admin/keys" => admin::keys::compose(page).await,
        "/admin/retention" => admin::retention::compose(page).await,
        "/admin/requests" => admin::requests::compose(page).await,
        "/admin/trust" => admin::trust::compose(page).await,
        "/admin/delivery" => admin::delivery::compose(page).await,
        "/admin/privacy" => admin::privacy::compose(page).await,
        "/admin/catalogue" => admin::catalogue::compose(page).await,
        "/admin/catalogue/entry" => admin::catalogue::entry::compose(page).await,
        "/admin/consent" => admin::consent::compose(page).await,
        "/admin/consent/notice" => admin::consent::notice::compose(page).await,
        "/admin/consent/texts" => admin::consent::texts::compose(page).await,
        "/admin/audit" => admin::audit::compose(page).await,
        "/start" => start::compose(page).await,
        "/views" => saved::compose(page).await,
        "/annotations" => saved::annotations(page).await,
        "/admin/kit" => gallery::compose(page),
        _ => Err(Problem::not_found("page")),
    }
}
