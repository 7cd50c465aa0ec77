//! What people are asked, and what holds until they answer.

use super::{Done, Fault};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// Puts a version of the notice into force. `anew`: categories that are new in it or have a wider purpose.
#[server(prefix = "/fn", endpoint = "consent/publish")]
pub async fn publish_notice(
    project: i32,
    #[server(default)] version: String,
    #[server(default)] note: String,
    #[server(default)] categories: Vec<String>,
    #[server(default)] anew: Vec<String>,
) -> Result<Done, Fault> {
    use super::require::{categories_of, require};
    use parallax_domain::Permission;
    use parallax_server::admin::consent::{self, NewVersion};
    let (machine, viewer) = require(Permission::Administer).await?;
    let (categories, anew) = (categories_of("categories", &categories)?, categories_of("anew", &anew)?);
    let new = NewVersion { version, note, categories, anew };
    Ok(Done::new(consent::publish(&machine, &viewer, project, new).await?))
}

/// Writes what people read in a language, by the place of each text, as `texts[categories.usage.name]=Clicks`. An empty
/// text is the built-in one.
#[server(prefix = "/fn", endpoint = "consent/texts")]
pub async fn write_consent_texts(
    project: i32,
    language: String,
    #[server(default)] texts: BTreeMap<String, String>,
) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    use parallax_server::admin::consent;
    let (machine, viewer) = require(Permission::Administer).await?;
    Ok(Done::new(consent::write_texts(&machine, &viewer, project, &language, &texts).await?))
}

/// Sets what holds in a region until somebody decided about a category; no region is everywhere else.
#[server(prefix = "/fn", endpoint = "consent/default")]
pub async fn set_consent_default(
    project: i32,
    #[server(default)] region: String,
    category: String,
    #[server(default)] allowed: bool,
    #[server(default)] reason: String,
) -> Result<Done, Fault> {
    use super::require::{category_of, require};
    use parallax_domain::{Permission, Problem};
    use parallax_server::admin::consent;
    let (machine, viewer) = require(Permission::Administer).await?;
    let category = category_of(&category)?.ok_or_else(|| Problem::invalid("category", "Choose a category."))?;
    Ok(Done::new(consent::set_default(&machine, &viewer, project, &region, category, allowed, &reason).await?))
}

/// Takes a rule of a region away; `rule` is region and category, as `DE marketing`.
#[server(prefix = "/fn", endpoint = "consent/default_remove")]
pub async fn remove_consent_default(project: i32, #[server(default)] rule: String) -> Result<Done, Fault> {
    use super::require::{category_of, require};
    use parallax_domain::{Permission, Problem};
    use parallax_server::admin::consent;
    let (machine, viewer) = require(Permission::Administer).await?;
    let wrong = || Problem::invalid("rule", "Choose a rule.");
    let (region, category) = rule.split_once(' ').ok_or_else(wrong)?;
    let category = category_of(category)?.ok_or_else(wrong)?;
    Ok(Done::new(consent::remove_default(&machine, &viewer, project, region, category).await?))
}
