//! One person, as support meets one: found by the id that a customer tells, opened, and named. All of it audited.

use super::{demand_in, note, place};
use crate::database::fault::Told;
use crate::identity::accounts::Viewer;
use crate::identity::shown::Secret;
use crate::machine::Machine;
use crate::privacy::pseudonym::{self, Subject};
use crate::store::question::{person_id, person_reference};
use parallax_domain::{Permission, Problem};
use serde_json::json;
use uuid::Uuid;

/// Path of the page of the person whom a sender calls `id`, or who wrote the ticket of this number. Exact matches only:
/// the id is hashed with the project's secret and forgotten.
pub async fn find(machine: &Machine, viewer: &Viewer, project: i32, id: &str) -> Result<String, Problem> {
    demand_in(viewer, Permission::ReadRawText, project)?;
    let id = id.trim();
    if id.is_empty() || id.len() > 500 {
        return Err(Problem::invalid(
            "id",
            "Type the id exactly as the customer's account has it, or the number of a ticket.",
        ));
    }
    let reference = match person_reference(id) {
        Some(reference) => known(machine, project, &[reference]).await?,
        None => by_identifier(machine, project, id).await?,
    };
    let (reference, how) = match reference {
        Some(reference) => (Some(reference), "id"),
        None => (machine.store.writer_of_ticket(project, id).await?, "ticket"),
    };
    let Some(reference) = reference else {
        // The id itself stays out of the log: it may be somebody's address.
        note(machine, viewer, Some(project), "person looked for", "nobody", json!({})).await?;
        return Err(Problem::invalid(
            "id",
            "Nobody with exactly this id has been seen, and no ticket has this number. Who shares nothing is not known here.",
        ));
    };
    let person = person_id(reference);
    note(machine, viewer, Some(project), "person found", &person, json!({ "by": how })).await?;
    Ok(format!("/support/people/{person}"))
}

async fn by_identifier(machine: &Machine, project: i32, id: &str) -> Result<Option<Uuid>, Problem> {
    let policy = machine.policies.of(project).await.told()?.ok_or_else(|| Problem::not_found("project"))?;
    let of = |kind| Uuid::from_bytes(pseudonym::subject_ref(&policy.secret, kind, id));
    known(machine, project, &[of(Subject::User), of(Subject::Anonymous)]).await
}

/// The first of these references that is somebody's.
async fn known(machine: &Machine, project: i32, references: &[Uuid]) -> Result<Option<Uuid>, Problem> {
    sqlx::query_scalar(
        "select ref from subject where project = $1 and ref = any($2) order by array_position($2, ref) limit 1",
    )
    .bind(project)
    .bind(references)
    .fetch_optional(&machine.database.admin)
    .await
    .told()
}

/// Opening a timeline is written down before anything of it is shown.
pub async fn opened(
    machine: &Machine,
    viewer: &Viewer,
    project: i32,
    person: &str,
    period: &str,
) -> Result<(), Problem> {
    demand_in(viewer, Permission::ReadRawText, project)?;
    note(machine, viewer, Some(project), "person opened", person, json!({ "period": period })).await
}

/// Opens what was sealed when the person was first seen, and shows it on the page of the person.
pub async fn resolve(
    machine: &Machine,
    viewer: &Viewer,
    project: i32,
    person: &str,
    reason: &str,
) -> Result<String, Problem> {
    demand_in(viewer, Permission::ResolvePerson, project)?;
    let reason = reason.trim();
    if reason.chars().count() < 5 || reason.chars().count() > 500 {
        return Err(Problem::invalid("reason", "Say why, in 5 to 500 characters: it is written down with your name."));
    }
    let reference = person_reference(person).ok_or_else(|| Problem::not_found("person"))?;
    let sealed: Vec<(i16, Vec<u8>, Vec<u8>)> = sqlx::query_as(
        "select other.kind, other.person_key, other.sealed from subject self \
         join subject other on other.project = self.project and other.person = self.person \
         where self.project = $1 and self.ref = $2 and other.person_key is not null and other.sealed is not null \
         order by other.kind, other.number",
    )
    .bind(project)
    .bind(reference)
    .fetch_all(&machine.database.admin)
    .await
    .told()?;
    // Written down first: what cannot be audited is not shown.
    note(
        machine,
        viewer,
        Some(project),
        "person resolved",
        person,
        json!({ "reason": reason, "identifiers": sealed.len() }),
    )
    .await?;
    let names: Vec<String> = sealed
        .into_iter()
        .filter_map(|(kind, key, sealed)| {
            let id = pseudonym::open(&key.try_into().ok()?, &sealed)?;
            Some(if kind == 0 { id } else { format!("{id} (made by the browser)") })
        })
        .collect();
    if names.is_empty() {
        return Err(Problem::invalid(
            "reason",
            "Nothing is sealed for this person: the identity was made up for a day, or erased.",
        ));
    }
    let secret = Secret {
        title: "Identity".to_owned(),
        text: names.join("\n"),
        note: format!("Shown for a minute. Reason written down: {reason}"),
    };
    machine.shown.keep(viewer.account, &place::person(person), secret, machine.clock.now());
    Ok("Identity shown; the reading is written down".to_owned())
}
