//! The catalogue: which fields are declared, blocked, or still proposed.

use super::{demand_in, note};
use crate::database::fault::Told;
use crate::identity::accounts::Viewer;
use crate::machine::Machine;
use crate::privacy::policy::announce;
use parallax_domain::{Category, Permission, Problem, Signal};
use serde_json::json;

const STATES: [&str; 3] = ["proposed", "declared", "blocked"];
/// A form marks at most a page of fields.
const MOST: usize = 500;

/// A field as a form names it: `event plan`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldName {
    pub signal: Signal,
    pub name: String,
}

impl FieldName {
    pub fn parse(text: &str) -> Option<FieldName> {
        let (signal, name) = text.split_once(' ')?;
        Some(FieldName { signal: signal.parse().ok()?, name: name.to_owned() }).filter(|field| !field.name.is_empty())
    }
}

/// Puts fields into a state. Declaring needs the category whose refusal also stops them.
pub async fn decide(
    machine: &Machine,
    viewer: &Viewer,
    project: i32,
    fields: &[String],
    state: &str,
    category: Option<Category>,
) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    if !STATES.contains(&state) {
        return Err(Problem::invalid("state", "A field is proposed, declared or blocked."));
    }
    if fields.is_empty() || fields.len() > MOST {
        return Err(Problem::invalid("fields", format!("Choose 1 to {MOST} fields.")));
    }
    let wrong = |field: &String| Problem::invalid("fields", format!("{field:?} names no field."));
    let fields = fields
        .iter()
        .map(|field| FieldName::parse(field).ok_or_else(|| wrong(field)))
        .collect::<Result<Vec<_>, _>>()?;
    let signals: Vec<i16> = fields.iter().map(|field| field.signal as i16).collect();
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    let changed = sqlx::query(
        "update field set state = $4, category = coalesce($5, field.category) \
         from unnest($2::smallint[], $3::text[]) as chosen (signal, name) \
         where field.project = $1 and field.signal = chosen.signal and field.name = chosen.name",
    )
    .bind(project)
    .bind(&signals)
    .bind(&names)
    .bind(state)
    .bind(category.map(|category| category as i16))
    .execute(&machine.database.admin)
    .await
    .told()?
    .rows_affected();
    if changed == 0 {
        return Err(Problem::not_found("field"));
    }
    announce(&machine.database, "catalogue").await.told()?;
    let detail = json!({ "fields": names, "category": category.map(Category::word) });
    note(machine, viewer, Some(project), &format!("fields {state}"), "catalogue", detail).await?;
    Ok(format!("{changed} {} {state}", if changed == 1 { "field" } else { "fields" }))
}

/// What is said about one field: why it is collected, who answers for it, how long it may be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description<'a> {
    pub purpose: &'a str,
    pub owner: &'a str,
    /// None: as long as its signal.
    pub days: Option<i32>,
    pub category: Option<Category>,
}

pub async fn describe(
    machine: &Machine,
    viewer: &Viewer,
    project: i32,
    field: &str,
    said: Description<'_>,
) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    let field = FieldName::parse(field).ok_or_else(|| Problem::not_found("field"))?;
    for (name, text) in [("purpose", said.purpose), ("owner", said.owner)] {
        if text.chars().count() > 500 {
            return Err(Problem::invalid(name, "At most 500 characters."));
        }
    }
    if said.days.is_some_and(|days| !(1..=3650).contains(&days)) {
        return Err(Problem::invalid("days", "A field is kept 1 to 3650 days."));
    }
    let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let changed = sqlx::query(
        "update field set purpose = $4, owner = $5, retention_days = $6, category = coalesce($7, category) \
         where project = $1 and signal = $2 and name = $3",
    )
    .bind(project)
    .bind(field.signal as i16)
    .bind(&field.name)
    .bind(text(said.purpose))
    .bind(text(said.owner))
    .bind(said.days)
    .bind(said.category.map(|category| category as i16))
    .execute(&machine.database.admin)
    .await
    .told()?;
    if changed.rows_affected() == 0 {
        return Err(Problem::not_found("field"));
    }
    announce(&machine.database, "catalogue").await.told()?;
    let detail = json!({ "purpose": said.purpose, "owner": said.owner, "days": said.days, "category": said.category.map(Category::word) });
    note(machine, viewer, Some(project), "field described", &format!("{} {}", field.signal, field.name), detail)
        .await?;
    Ok(format!("{} saved", field.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_named_by_signal_and_name() {
        let field = FieldName::parse("event cart weight g").unwrap();
        assert_eq!((field.signal, field.name.as_str()), (Signal::Event, "cart weight g"));
        for text in ["event", "event ", "cookie x", ""] {
            assert_eq!(FieldName::parse(text), None, "{text}");
        }
    }
}
