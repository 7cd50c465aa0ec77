//! Administration: is the machine well, who may what, which keys, how long things are kept, what was done.

pub mod audit;
pub mod catalogue;
pub mod consent;
pub mod delivery;
pub mod keys;
pub mod overview;
pub mod people;
pub mod privacy;
pub mod projects;
pub mod requests;
pub mod retention;
pub mod trust;
mod waiting;

use crate::page::Page;
use parallax_domain::screen::{Screen, Text};

/// A page of settings with the tabs of administration.
fn screen(page: &Page, title: &str, lede: impl Into<Text>) -> Screen {
    let mut screen = page.settings(title);
    screen.crumbs = page.crumbs("Admin", "/admin");
    screen.lede = lede.into();
    screen.tabs = page.tabs(&[
        ("/admin", "Overview"),
        ("/admin/people", "People and roles"),
        ("/admin/projects", "Projects"),
        ("/admin/keys", "Keys"),
        ("/admin/privacy", "Privacy"),
        ("/admin/catalogue", "Catalogue"),
        ("/admin/consent", "Consent"),
        ("/admin/retention", "Retention"),
        ("/admin/requests", "Requests"),
        ("/admin/trust", "Public page"),
        ("/admin/delivery", "Mail and webhook"),
        ("/admin/audit", "Audit log"),
    ]);
    screen
}
