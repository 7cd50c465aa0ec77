//! The catalogue of fields and names.

#![expect(clippy::too_many_arguments, reason = "the fields of one form")]

use super::{Done, Fault};
use leptos::prelude::*;

/// Declares, blocks or proposes entries again, each written as `event field plan`; `as proposed` decides what is proposed
/// for each.
#[server(prefix = "/fn", endpoint = "catalogue/decide")]
pub async fn decide_fields(
    project: i32,
    #[server(default)] fields: Vec<String>,
    state: String,
    #[server(default)] category: String,
) -> Result<Done, Fault> {
    use super::require::{category_of, require};
    use parallax_domain::Permission;
    use parallax_server::admin::catalogue::{self, Decision};
    let (machine, viewer) = require(Permission::Administer).await?;
    let (decision, category) = (Decision::parse(&state)?, category_of(&category)?);
    let changed = catalogue::decide(&machine, &viewer, project, &fields, decision, category).await?;
    let mut back = vec![("project".to_owned(), project.to_string())];
    back.extend(changed.before.into_iter().map(|before| ("fields[]".to_owned(), before)));
    Ok(Done::new(changed.message).undo("/fn/catalogue/restore", back))
}

/// Takes a decision back: each entry is put into the state that stands before it, as in `proposed event field plan`.
#[server(prefix = "/fn", endpoint = "catalogue/restore")]
pub async fn restore_fields(project: i32, #[server(default)] fields: Vec<String>) -> Result<Done, Fault> {
    use super::require::require;
    use parallax_domain::Permission;
    let (machine, viewer) = require(Permission::Administer).await?;
    Ok(Done::new(parallax_server::admin::catalogue::restore(&machine, &viewer, project, &fields).await?))
}

/// Says everything of one entry; what is empty is not said.
#[server(prefix = "/fn", endpoint = "catalogue/describe")]
pub async fn describe_field(
    project: i32,
    field: String,
    #[server(default)] purpose: String,
    #[server(default)] owner: String,
    #[server(default)] kind: String,
    #[server(default)] category: String,
    #[server(default)] sensitivity: String,
    #[server(default)] legal_basis: String,
    #[server(default)] action: String,
    #[server(default)] days: String,
    #[server(default)] expires: String,
    #[server(default)] expiry_reason: String,
    #[server(default)] roles: Vec<String>,
    #[server(default)] review: String,
    #[server(default)] example: String,
) -> Result<Done, Fault> {
    use super::require::{category_of, days_of, require, role_of, word_of};
    use parallax_domain::{Permission, Problem};
    use parallax_server::admin::catalogue;
    use parallax_server::privacy::catalogue::{Entry, Key, State, day};
    let (machine, viewer) = require(Permission::Administer).await?;
    let key = Key::parse(&field).ok_or_else(|| Problem::not_found("field"))?;
    let entry = Entry {
        kind: word_of("kind", &kind)?,
        category: category_of(&category)?,
        sensitivity: word_of("sensitivity", &sensitivity)?,
        purpose,
        owner,
        legal_basis: word_of("legal_basis", &legal_basis)?,
        retention_days: days_of(&days)?,
        expires: day(&expires).map_err(|said| Problem::invalid("expires", said))?,
        expiry_reason,
        action: action.parse().map_err(|said: String| Problem::invalid("action", said))?,
        roles: roles.iter().map(|role| role_of(role)).collect::<Result<_, _>>()?,
        review,
        example,
        ..Entry::new(key, State::Proposed)
    };
    Ok(Done::new(catalogue::describe(&machine, &viewer, project, entry).await?))
}

/// Says the same of many entries; what is empty stays as it is.
#[server(prefix = "/fn", endpoint = "catalogue/complete")]
pub async fn complete_fields(
    project: i32,
    #[server(default)] fields: Vec<String>,
    #[server(default)] owner: String,
    #[server(default)] purpose: String,
    #[server(default)] expires: String,
    #[server(default)] legal_basis: String,
    #[server(default)] sensitivity: String,
) -> Result<Done, Fault> {
    use super::require::{require, word_of};
    use parallax_domain::{Permission, Problem};
    use parallax_server::admin::catalogue::{self, Common};
    use parallax_server::privacy::catalogue::day;
    let (machine, viewer) = require(Permission::Administer).await?;
    let common = Common {
        owner,
        purpose,
        expires: day(&expires).map_err(|said| Problem::invalid("expires", said))?,
        legal_basis: word_of("legal_basis", &legal_basis)?,
        sensitivity: word_of("sensitivity", &sensitivity)?,
    };
    Ok(Done::new(catalogue::complete(&machine, &viewer, project, &fields, common).await?))
}
