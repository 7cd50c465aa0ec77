//! The beginning of an erasure: written down, then everything that leads to the person is taken away.

use super::own::Own;
use super::run::{forget_caches, remember};
use super::{Counts, Scope, ledger};
use crate::backup::keys;
use crate::identity::audit::{self, Entry};
use crate::machine::Machine;
use crate::store::people::{Reassigned, reassign};
use crate::store::question::person_id;
use parallax_domain::{Category, Problem};
use serde_json::json;
use sqlx::types::Json;
use sqlx::{Connection, PgConnection};

/// Writes the erasure down and takes away what leads to the person: the key, the references, who was seen with whom.
/// The number of the erasure, to be carried out.
pub async fn erase(machine: &Machine, scope: &Scope, asked_by: &str, request: Option<i64>) -> Result<i64, Problem> {
    begin(machine, scope, asked_by, request).await.map_err(|error| match error.downcast::<Problem>() {
        Ok(problem) => problem,
        Err(error) => {
            tracing::error!(%error, "an erasure could not be begun");
            Problem::unavailable(
                "The erasure could not be written down; nothing was erased. The reason is in the server's log.",
            )
        }
    })
}

async fn begin(machine: &Machine, scope: &Scope, asked_by: &str, request: Option<i64>) -> anyhow::Result<i64> {
    let now = machine.clock.now();
    let marks = scope
        .references
        .iter()
        .map(|reference| ledger::mark(&machine.keyring, scope.project, *reference))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut own = Own { subjects: scope.subjects.clone(), ..Own::default() };
    own.gather(&machine.database, scope.project).await?;
    // First on paper: from here on a restore erases as well, whatever becomes of this process.
    for mark in &marks {
        let line = ledger::Erased { project: scope.project, mark: hex::encode(mark), at: now };
        ledger::erased(&machine.keyring, &line)?;
    }
    let mut connection = machine.database.admin.acquire().await?;
    let mut transaction = connection.begin().await?;
    let id: i64 = sqlx::query_scalar(
        "insert into erasure (project, request, asked_by, subjects, refs, started_at) values ($1, $2, $3, $4, $5, $6) returning id",
    )
    .bind(scope.project)
    .bind(request)
    .bind(asked_by)
    .bind(&scope.subjects)
    .bind(&scope.references)
    .bind(now)
    .fetch_one(&mut *transaction)
    .await?;
    remember(&mut transaction, id, &own).await?;
    for mark in &marks {
        sqlx::query("insert into tombstone (project, mark, at) values ($1, $2, $3) on conflict do nothing")
            .bind(scope.project)
            .bind(mark.as_slice())
            .bind(now)
            .execute(&mut *transaction)
            .await?;
    }
    let counts = forget_identity(&mut transaction, scope).await?;
    sqlx::query("update erasure set counts = $2 where id = $1")
        .bind(id)
        .bind(Json(&counts))
        .execute(&mut *transaction)
        .await?;
    let entry = Entry {
        project: Some(scope.project),
        actor: asked_by,
        action: "erasure begun",
        object: &format!("E-{id}"),
        detail: json!({ "identifiers": scope.subjects.len(), "alone": scope.alone }),
    };
    audit::append(&mut transaction, entry).await?;
    transaction.commit().await?;
    keys::destroy(&machine.keyring, scope.project, &scope.subjects)?;
    forget_caches(machine, scope.project);
    Ok(id)
}

/// Removes what senders said of the person: properties, and which groups the person belongs to.
pub(super) async fn forget_profile(
    connection: &mut PgConnection,
    project: i32,
    subjects: &[i32],
) -> Result<i64, sqlx::Error> {
    let mut gone = 0;
    for sql in [
        "delete from person_property where project = $1 and subject = any($2)",
        "delete from group_member where project = $1 and subject = any($2)",
    ] {
        gone += sqlx::query(sql).bind(project).bind(subjects).execute(&mut *connection).await?.rows_affected() as i64;
    }
    Ok(gone)
}

/// Removes the key and every reference. From here on a record of the same id is of somebody new.
async fn forget_identity(transaction: &mut PgConnection, scope: &Scope) -> Result<Counts, sqlx::Error> {
    // Who stands for others that stay gives the place to the next.
    let heirs: Vec<(i32, i32)> = sqlx::query_as(
        "select other.number, min(other.number) over (partition by other.person) from subject other \
         where other.project = $1 and other.person = any($2) and other.number <> all($2)",
    )
    .bind(scope.project)
    .bind(&scope.subjects)
    .fetch_all(&mut *transaction)
    .await?;
    let moves: Vec<Reassigned> = heirs.into_iter().map(|(number, person)| Reassigned { number, person }).collect();
    reassign(transaction, scope.project, &moves).await?;
    for sql in [
        "update subject set person_key = null, sealed = null where project = $1 and number = any($2)",
        "delete from acquaintance where project = $1 and (anonymous = any($2) or \"user\" = any($2))",
        "delete from alias where project = $1 and (a = any($2) or b = any($2))",
        "delete from reassignment where project = $1 and (number = any($2) or person = any($2))",
        "delete from subject where project = $1 and number = any($2)",
    ] {
        sqlx::query(sql).bind(scope.project).bind(&scope.subjects).execute(&mut *transaction).await?;
    }
    let mut counts =
        Counts { properties: forget_profile(transaction, scope.project, &scope.subjects).await?, ..Counts::default() };
    for (sql, count) in [
        ("delete from ticket where project = $1 and person = any($2)", &mut counts.tickets),
        ("delete from feedback where project = $1 and person = any($2)", &mut counts.feedback),
    ] {
        let gone = sqlx::query(sql).bind(scope.project).bind(&scope.subjects).execute(&mut *transaction).await?;
        *count = gone.rows_affected() as i64;
    }
    // Decisions in force stay, the newest about each category: without them what was refused would be collected again.
    let gone = sqlx::query(
        "delete from consent where project = $1 and ref = any($2) and receipt not in \
            (select receipt from (select distinct on (ref, bit) receipt from consent, unnest($3::smallint[]) as bit \
                                  where project = $1 and ref = any($2) and (granted | denied) & bit <> 0 \
                                  order by ref, bit, decided_at desc, recorded_at desc) as newest)",
    )
    .bind(scope.project)
    .bind(&scope.references)
    .bind(Category::ALL.map(|category| i16::from(category.bit())).to_vec())
    .execute(&mut *transaction)
    .await?;
    counts.decisions = gone.rows_affected() as i64;
    sqlx::query("delete from visit where project = $1 and ref = any($2) and request is null")
        .bind(scope.project)
        .bind(&scope.references)
        .execute(&mut *transaction)
        .await?;
    // What somebody kept of the page about this person.
    let pages: Vec<String> =
        scope.references.iter().map(|reference| format!("%{}%", person_id(*reference).replace('_', "\\_"))).collect();
    for sql in [
        "delete from memory where project = $1 and page like any($2)",
        "delete from saved_view v where project = $1 and (definition::text like any($2) \
            or exists (select from saved_view_version o where o.view = v.id and o.definition::text like any($2)))",
    ] {
        sqlx::query(sql).bind(scope.project).bind(&pages).execute(&mut *transaction).await?;
    }
    Ok(counts)
}
