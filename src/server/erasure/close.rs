//! The end of an erasure: signed, answered, and what led to the person forgotten.

use super::run::Row;
use super::{Counts, request};
use crate::identity::audit::{self, Entry};
use crate::machine::Machine;
use crate::retention::proof::{self, Statement, not_covered};
use serde_json::json;
use sqlx::Connection;
use sqlx::types::Json;

/// Signs what was done, answers the request, and forgets what led to the person.
pub(super) async fn close(machine: &Machine, id: i64, row: &Row) -> anyhow::Result<String> {
    let mut connection = machine.database.admin.acquire().await?;
    let mut transaction = connection.begin().await?;
    let counts: Json<Counts> = sqlx::query_scalar("select counts from erasure where id = $1 for update")
        .bind(id)
        .fetch_one(&mut *transaction)
        .await?;
    let counts = counts.0;
    let project_name: String = sqlx::query_scalar("select name from project where id = $1")
        .bind(row.project)
        .fetch_one(&mut *transaction)
        .await?;
    let held: Vec<String> = sqlx::query_scalar(
        "select distinct h.name from held join hold h on h.id = held.hold where held.erasure = $1 order by 1",
    )
    .bind(id)
    .fetch_all(&mut *transaction)
    .await?;
    let ended_at = machine.clock.now();
    let name = format!("E-{id}");
    let what = format!(
        "one person: {} events, {} spans, {} log records, {} exceptions, {} tickets, {} answers, {} properties, \
         {} older decisions",
        counts.events,
        counts.requests,
        counts.lines,
        counts.exceptions,
        counts.tickets,
        counts.feedback,
        counts.properties,
        counts.decisions
    );
    let entry = Entry {
        project: Some(row.project),
        actor: &row.asked_by,
        action: "person erased",
        object: &name,
        detail: json!({ "records": counts.records(), "held": counts.held }),
    };
    let audit = audit::append(&mut transaction, entry).await?;
    let mut not_covered = not_covered(ended_at);
    not_covered.push("counts and rates of days whose records were deleted before, which name nobody".to_owned());
    not_covered
        .push("your decision in force about what is collected, without which it would be collected again".to_owned());
    not_covered
        .push("the audit log's note that somebody looked at the entries, under a number that leads nowhere".to_owned());
    if counts.held > 0 {
        not_covered.push(format!(
            "{} rows under a legal hold ({}), out of sight until it ends",
            counts.held,
            held.join(", ")
        ));
    }
    let statement = Statement {
        version: 1,
        name,
        project: row.project,
        project_name,
        subject: "person".to_owned(),
        what: what.clone(),
        table_oid: None,
        days: None,
        rows: counts.records(),
        bytes: 0,
        oldest: counts.oldest,
        newest: counts.newest,
        people: Some(1),
        held: counts.held,
        plan: None,
        because: "request of the person".to_owned(),
        started_at: row.started_at,
        ended_at,
        verified_by: "count of the person's rows in events, spans, logs, exceptions, tickets, feedback, properties and identifiers"
            .to_owned(),
        rows_left: 0,
        audit,
        not_covered,
    };
    let proof = proof::signed(&machine.keyring, &statement)?;
    sqlx::query(
        "insert into deletion (project, signal, what, rows, bytes, oldest, newest, policy_days, started_at, ended_at, verified, \
                               kind, people, proof) \
         values ($1, 'person', $2, $3, 0, $4, $5, 0, $6, $7, true, 'erasure', 1, $8)",
    )
    .bind(row.project)
    .bind(what)
    .bind(counts.records())
    .bind(counts.oldest)
    .bind(counts.newest)
    .bind(row.started_at)
    .bind(ended_at)
    .bind(&proof)
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "update erasure set ended_at = $2, refs = '{}', sessions = '{}', traces = '{}', mixed = '{}', days = '{}', oldest = $3, \
                            newest = $4 where id = $1",
    )
    .bind(id)
    .bind(ended_at)
    .bind(counts.oldest)
    .bind(counts.newest)
    .execute(&mut *transaction)
    .await?;
    if let Some(request) = row.request {
        let (state, note) = if counts.held > 0 {
            (
                "restricted",
                format!("{} rows are kept out of sight under {} until it ends.", counts.held, held.join(", ")),
            )
        } else {
            ("done", String::new())
        };
        request::answer(&mut transaction, request, state, &note, &counts, Some(&proof), ended_at).await?;
    }
    transaction.commit().await?;
    proof::keep(&machine.keyring, &proof)?;
    Ok(proof)
}
