//! The catalogue: which fields and names are declared, blocked, or still proposed, and everything that is said of them.

use super::{demand_in, note};
use crate::identity::accounts::Viewer;
use crate::machine::Machine;
use crate::privacy::catalogue::file::Document;
use crate::privacy::catalogue::propose::propose;
use crate::privacy::catalogue::{self, Entry, Key, LegalBasis, Saved, Sensitivity, State};
use chrono::NaiveDate;
use parallax_domain::{Category, Permission, Problem};
use serde_json::json;
use std::collections::HashMap;

/// A form marks at most a page of fields.
const MOST: usize = 500;

/// What was done, and how to take it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    pub message: String,
    /// Each entry with the state it had before, as [`restore`] reads them.
    pub before: Vec<String>,
}

/// What is decided about chosen entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    State(State),
    /// To each what is proposed for it: declared or blocked, with an action and what is known of it.
    AsProposed,
}

impl Decision {
    /// # Errors
    /// A word that is none.
    pub fn parse(word: &str) -> Result<Decision, Problem> {
        if word == "as proposed" {
            return Ok(Decision::AsProposed);
        }
        word.parse().map(Decision::State).map_err(|said: String| Problem::invalid("state", said))
    }
}

/// Puts entries into a state. Declaring may name the category whose refusal also stops them.
pub async fn decide(
    machine: &Machine,
    viewer: &Viewer,
    project: i32,
    chosen: &[String],
    decision: Decision,
    category: Option<Category>,
) -> Result<Changed, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    let keys = keys(chosen)?;
    let (before, words) = match decision {
        Decision::State(state) => {
            let before =
                catalogue::set_state(&machine.database, project, &keys, state, category, &viewer.email).await?;
            (before, state.word().to_owned())
        }
        Decision::AsProposed => {
            (as_proposed(machine, viewer, project, &keys, category).await?, "decided as proposed".to_owned())
        }
    };
    if before.is_empty() {
        return Err(Problem::not_found("field"));
    }
    let names: Vec<String> = before.iter().map(|(key, _)| key.to_string()).collect();
    let detail = json!({ "fields": names, "category": category.map(Category::word) });
    note(machine, viewer, Some(project), &format!("fields {words}"), "catalogue", detail).await?;
    Ok(Changed {
        message: format!("{} {words}", counted(before.len())),
        before: before.into_iter().map(|(key, state)| format!("{state} {key}")).collect(),
    })
}

async fn as_proposed(
    machine: &Machine,
    viewer: &Viewer,
    project: i32,
    keys: &[Key],
    category: Option<Category>,
) -> Result<Vec<(Key, State)>, Problem> {
    let known = known(machine, project).await?;
    let shapes = catalogue::shapes(&machine.database, project).await?;
    let mut before = Vec::new();
    let mut entries = Vec::new();
    for key in keys {
        let Some(now) = known.get(key) else { continue };
        let seen: Vec<_> = shapes.get(key).into_iter().flatten().map(|row| row.shape).collect();
        let proposed = propose(key, &seen).entry;
        before.push((key.clone(), now.state));
        // What somebody has said already stays.
        entries.push(Entry {
            state: proposed.state,
            action: proposed.action,
            kind: now.kind.or(proposed.kind),
            category: category.or(now.category).or(proposed.category),
            sensitivity: now.sensitivity.or(proposed.sensitivity),
            purpose: if now.purpose.is_empty() { proposed.purpose } else { now.purpose.clone() },
            legal_basis: now.legal_basis.or(proposed.legal_basis),
            ..now.clone()
        });
    }
    catalogue::put(&machine.database, project, &entries, "person", &viewer.email).await?;
    Ok(before)
}

async fn known(machine: &Machine, project: i32) -> Result<HashMap<Key, Entry>, Problem> {
    let rows = catalogue::entries(&machine.database, project).await?;
    Ok(rows.into_iter().map(|row| (row.key(), row.entry())).collect())
}

/// Takes a decision back: each entry is in the state again that it names, such as `proposed event field plan`.
pub async fn restore(machine: &Machine, viewer: &Viewer, project: i32, before: &[String]) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    if before.is_empty() || before.len() > MOST {
        return Err(Problem::invalid("fields", format!("1 to {MOST} fields.")));
    }
    let wrong = |text: &String| Problem::invalid("fields", format!("{text:?} names no field and state."));
    let states = before
        .iter()
        .map(|text| {
            let (state, key) = text.split_once(' ').ok_or_else(|| wrong(text))?;
            Ok((Key::parse(key).ok_or_else(|| wrong(text))?, state.parse().map_err(|_| wrong(text))?))
        })
        .collect::<Result<Vec<(Key, State)>, Problem>>()?;
    let changed = catalogue::restore(&machine.database, project, &states, &viewer.email).await?;
    if changed == 0 {
        return Err(Problem::not_found("field"));
    }
    note(machine, viewer, Some(project), "fields taken back", "catalogue", json!({ "fields": before })).await?;
    Ok(format!("{} as before", counted(changed as usize)))
}

/// Says everything of one entry. What is empty is not said any more.
pub async fn describe(machine: &Machine, viewer: &Viewer, project: i32, entry: Entry) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    let key = entry.key();
    let known = known(machine, project).await?;
    let before = known.get(&key).ok_or_else(|| Problem::not_found("field"))?;
    entry.check().map_err(|(member, said)| Problem::invalid(member, said))?;
    catalogue::put(&machine.database, project, std::slice::from_ref(&entry), "person", &viewer.email).await?;
    let detail = json!({ "before": before, "after": entry });
    note(machine, viewer, Some(project), "field described", &key.to_string(), detail).await?;
    Ok(format!("{} saved", key.name))
}

/// What many entries are given at once; what is none or empty stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Common {
    pub owner: String,
    pub purpose: String,
    pub expires: Option<NaiveDate>,
    pub legal_basis: Option<LegalBasis>,
    pub sensitivity: Option<Sensitivity>,
}

/// Says the same of many entries.
pub async fn complete(
    machine: &Machine,
    viewer: &Viewer,
    project: i32,
    chosen: &[String],
    common: Common,
) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    let keys = keys(chosen)?;
    let known = known(machine, project).await?;
    let or = |said: &str, known: &str| if said.trim().is_empty() { known.to_owned() } else { said.trim().to_owned() };
    let entries: Vec<Entry> = keys
        .iter()
        .filter_map(|key| known.get(key))
        .map(|entry| Entry {
            owner: or(&common.owner, &entry.owner),
            purpose: or(&common.purpose, &entry.purpose),
            expires: common.expires.or(entry.expires),
            legal_basis: common.legal_basis.or(entry.legal_basis),
            sensitivity: common.sensitivity.or(entry.sensitivity),
            ..entry.clone()
        })
        .collect();
    if entries.is_empty() {
        return Err(Problem::not_found("field"));
    }
    for entry in &entries {
        entry.check().map_err(|(member, said)| Problem::invalid(member, said))?;
    }
    catalogue::put(&machine.database, project, &entries, "person", &viewer.email).await?;
    let names: Vec<String> = entries.iter().map(|entry| entry.key().to_string()).collect();
    note(machine, viewer, Some(project), "fields described", "catalogue", json!({ "fields": names })).await?;
    Ok(format!("{} saved", counted(entries.len())))
}

/// Takes in a whole document; what is not in it stays as it is. `by` for the audit log: a person, a key, the command line.
pub async fn import(machine: &Machine, viewer: &Viewer, project: i32, document: &Document) -> Result<Saved, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    document.check()?;
    let saved = catalogue::put(&machine.database, project, &document.fields, "file", &viewer.email).await?;
    let detail = json!({ "added": saved.added, "changed": saved.changed });
    note(machine, viewer, Some(project), "catalogue imported", "catalogue", detail).await?;
    Ok(saved)
}

/// The whole catalogue as a document: what is declared or blocked, without what merely waits.
pub async fn export(machine: &Machine, viewer: &Viewer, project: i32) -> Result<Document, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    let rows = catalogue::entries(&machine.database, project).await?;
    let decided = rows.iter().map(catalogue::FieldRow::entry).filter(|entry| entry.state != State::Proposed);
    Ok(Document { fields: decided.collect() })
}

fn keys(chosen: &[String]) -> Result<Vec<Key>, Problem> {
    if chosen.is_empty() || chosen.len() > MOST {
        return Err(Problem::invalid("fields", format!("Choose 1 to {MOST} fields.")));
    }
    let wrong = |text: &String| Problem::invalid("fields", format!("{text:?} names no field."));
    chosen.iter().map(|text| Key::parse(text).ok_or_else(|| wrong(text))).collect()
}

fn counted(count: usize) -> String {
    format!("{count} {}", if count == 1 { "field" } else { "fields" })
}
