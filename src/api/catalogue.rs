//! The catalogue of fields.

use super::{Done, Fault};
use leptos::prelude::*;

/// Declares, blocks or proposes fields again, each written as `event plan`.
#[server(prefix = "/fn", endpoint = "catalogue/decide")]
pub async fn decide_fields(
    project: i32,
    #[server(default)] fields: Vec<String>,
    state: String,
    #[server(default)] category: String,
) -> Result<Done, Fault> {
    use super::require::category_of;
    use super::require::require;
    use parallax_domain::Permission;
    use parallax_server::admin::catalogue;
    let (machine, viewer) = require(Permission::Administer).await?;
    let category = category_of(&category)?;
    Ok(Done::new(catalogue::decide(&machine, &viewer, project, &fields, &state, category).await?))
}

/// Says of one field why it is collected, who answers for it, and how many days it is kept; no days: as long as its signal.
#[server(prefix = "/fn", endpoint = "catalogue/describe")]
pub async fn describe_field(
    project: i32,
    field: String,
    #[server(default)] purpose: String,
    #[server(default)] owner: String,
    #[server(default)] days: String,
    #[server(default)] category: String,
) -> Result<Done, Fault> {
    use super::require::require;
    use super::require::{category_of, days_of};
    use parallax_domain::Permission;
    use parallax_server::admin::catalogue::{self, Description};
    let (machine, viewer) = require(Permission::Administer).await?;
    let category = category_of(&category)?;
    let days = days_of(&days)?;
    let said = Description { purpose: &purpose, owner: &owner, days, category };
    Ok(Done::new(catalogue::describe(&machine, &viewer, project, &field, said).await?))
}
