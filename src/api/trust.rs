//! What the public page says, and what people's data improved.

#![expect(clippy::too_many_arguments, reason = "the fields of one form")]

use super::{Done, Fault};
use leptos::prelude::*;

/// Who answers for what is collected, where it is, who else gets it. Processors are `name; purpose; place`, one a line;
/// legal bases by category.
#[server(prefix = "/fn", endpoint = "trust/say")]
pub async fn say_trust(
    project: i32,
    #[server(default)] responsible: String,
    #[server(default)] contact: String,
    #[server(default)] place: String,
    #[server(default)] never: String,
    #[server(default)] processors: String,
    #[server(default)] legal_bases: std::collections::BTreeMap<String, String>,
) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    use parallax_server::admin::trust::{self, Said};
    let (machine, viewer) = require(Permission::Administer).await?;
    let said = Said {
        responsible: &responsible,
        contact: &contact,
        place: &place,
        never: &never,
        processors: &processors,
        legal_bases,
    };
    Ok(Done::new(trust::say(&machine, &viewer, project, said).await?))
}

/// Tells what the data of a category improved. `issue` is the number in the address of an issue's page.
#[server(prefix = "/fn", endpoint = "improvement/add")]
pub async fn add_improvement(
    project: i32,
    title: String,
    day: String,
    #[server(default)] category: String,
    #[server(default)] story: String,
    #[server(default)] issue: String,
    #[server(default)] service: String,
    #[server(default)] version: String,
    #[server(default)] url: String,
) -> Result<Done, Fault> {
    use super::require::{category_of, require};
    use parallax_domain::Permission;
    use parallax_server::admin::trust;
    use parallax_server::transparency::improvement::New;
    let (machine, viewer) = require(Permission::Administer).await?;
    let new = New {
        category: category_of(&category)?,
        title: &title,
        story: &story,
        day: &day,
        issue: &issue,
        service: &service,
        version: &version,
        url: &url,
    };
    Ok(Done::new(trust::improve(&machine, &viewer, project, new).await?))
}

/// Takes an improvement from every page.
#[server(prefix = "/fn", endpoint = "improvement/remove")]
pub async fn remove_improvement(project: i32, improvement: i64) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::Administer).await?;
    Ok(Done::new(parallax_server::admin::trust::forget(&machine, &viewer, project, improvement).await?))
}
