//! What people change on the screens: one method per form. Each asks whether the person may, checks the values, does
//! it, and writes it down; it answers what is said afterwards, in the past tense.

pub mod annotations;
pub mod catalogue;
pub mod demo;
pub mod keys;
pub mod notices;
pub mod people;
pub mod person;
pub mod projects;
pub mod retention;
pub mod targets;

use crate::database::fault::Told;
use crate::identity::accounts::Viewer;
use crate::identity::audit::{self, Entry};
use crate::machine::Machine;
use parallax_domain::{Permission, Problem};
use serde_json::Value;

/// Pages that show a secret after the form that made it.
pub mod place {
    pub const PEOPLE: &str = "people";
    pub const KEYS: &str = "keys";
    pub const START: &str = "start";

    /// The page of one person.
    pub fn person(id: &str) -> String {
        format!("person {id}")
    }
}

fn demand(viewer: &Viewer, permission: Permission) -> Result<(), Problem> {
    if viewer.may(permission) { Ok(()) } else { Err(Problem::forbidden(permission.held_by())) }
}

/// The permission, and the project among those that the person sees.
fn demand_in(viewer: &Viewer, permission: Permission, project: i32) -> Result<(), Problem> {
    demand(viewer, permission)?;
    if viewer.sees(project) { Ok(()) } else { Err(Problem::not_found("project")) }
}

/// A change that cannot be written down is said to have failed, so that somebody looks.
async fn note(
    machine: &Machine,
    viewer: &Viewer,
    project: Option<i32>,
    action: &str,
    object: &str,
    detail: Value,
) -> Result<(), Problem> {
    audit::write(&machine.database, Entry { project, actor: &viewer.email, action, object, detail }).await.told()
}
