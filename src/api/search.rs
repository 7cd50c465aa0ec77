//! What the command palette and the filter menu look up while somebody types.

use super::Fault;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use parallax_domain::screen::PaletteEntry;

/// Services, operations, issues, funnels, people by opaque id: whatever the person may open.
/// `path` and `query` are the address of the page in front, so that links can keep its filters.
#[server(prefix = "/fn", endpoint = "search", input = GetUrl)]
pub async fn search(
    text: String,
    #[server(default)] path: String,
    #[server(default)] query: String,
) -> Result<Vec<PaletteEntry>, Fault> {
    let address = crate::ui::address::read(&path, &query);
    Ok(crate::document::search(address, text).await?)
}

/// The most frequent values of a field under the filters of the page, for the filter menu.
#[server(prefix = "/fn", endpoint = "values", input = GetUrl)]
pub async fn values(
    field: String,
    #[server(default)] path: String,
    #[server(default)] query: String,
) -> Result<Vec<String>, Fault> {
    let address = crate::ui::address::read(&path, &query);
    Ok(crate::document::values(address, field).await?)
}
