//! Whom a right is asked for: a person with everything that was found to be this person, or one identifier alone.

use crate::database::fault::Told;
use crate::machine::Machine;
use crate::privacy::pseudonym::{self, Subject};
use crate::store::question::{person_id, person_reference};
use parallax_domain::Problem;
use uuid::Uuid;

/// Whose records are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    pub project: i32,
    /// The reference that was asked for.
    pub reference: Uuid,
    /// One identifier alone: who holds the receipt of a device knows what that device sent, not what the person behind it
    /// did elsewhere.
    pub alone: bool,
    /// Numbers and references of the subjects that are meant, in the same order.
    pub subjects: Vec<i32>,
    pub references: Vec<Uuid>,
}

impl Scope {
    /// As screens and lists call the person.
    pub fn name(&self) -> String {
        person_id(self.reference)
    }
}

/// The subjects behind a reference; none when nobody of the project has it.
pub async fn of_reference(
    machine: &Machine,
    project: i32,
    reference: Uuid,
    alone: bool,
) -> Result<Option<Scope>, Problem> {
    let rows: Vec<(i32, Uuid)> = sqlx::query_as(
        "select other.number, other.ref from subject self \
         join subject other on other.project = self.project and case when $3 then other.number = self.number else other.person = self.person end \
         where self.project = $1 and self.ref = $2 order by other.number",
    )
    .bind(project)
    .bind(reference)
    .bind(alone)
    .fetch_all(&machine.database.admin)
    .await
    .told()?;
    if rows.is_empty() {
        return Ok(None);
    }
    let (subjects, references) = rows.into_iter().unzip();
    Ok(Some(Scope { project, reference, alone, subjects, references }))
}

/// The person whom a sender calls `id`, as a user or else as an anonymous visitor, or whom the screens call so.
pub async fn of_identifier(machine: &Machine, project: i32, id: &str) -> Result<Option<Scope>, Problem> {
    if let Some(reference) = person_reference(id) {
        return of_reference(machine, project, reference, false).await;
    }
    for reference in references(machine, project, id).await? {
        if let Some(scope) = of_reference(machine, project, reference, false).await? {
            return Ok(Some(scope));
        }
    }
    Ok(None)
}

/// What an identifier would be known as: as a user, and as an anonymous visitor.
pub async fn references(machine: &Machine, project: i32, id: &str) -> Result<[Uuid; 2], Problem> {
    let policy = machine.policies.of(project).await.told()?.ok_or_else(|| Problem::not_found("project"))?;
    let of = |kind| Uuid::from_bytes(pseudonym::subject_ref(&policy.secret, kind, id));
    Ok([of(Subject::User), of(Subject::Anonymous)])
}
