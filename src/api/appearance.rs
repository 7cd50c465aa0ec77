//! Light, dark, or as the system says: kept in a cookie, so that the server draws the right one at once.

use super::Fault;
use leptos::prelude::*;

/// `light`, `dark`, or anything else to follow the system.
#[server(prefix = "/fn", endpoint = "appearance")]
pub async fn appearance(theme: String) -> Result<(), Fault> {
    crate::document::set_theme(&theme);
    Ok(())
}
