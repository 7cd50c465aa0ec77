//! The run: one process at a time deletes what is past its time in every project, and says so.

use super::change::{self, Change};
use super::execute::{DOOMED, Deleted, Job};
use super::plan::{self, Doomed, Item, Plan};
use super::rule::Rules;
use super::{derived, watch};
use crate::machine::Machine;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;

/// Deletes what is past its time. A second run at the same time does nothing.
pub async fn run(machine: &Machine) -> anyhow::Result<Deleted> {
    let mut lock = machine.database.admin.acquire().await?;
    let leads: bool = sqlx::query_scalar("select pg_try_advisory_lock(hashtextextended('retention', 0))")
        .fetch_one(&mut *lock)
        .await?;
    if !leads {
        return Ok(Deleted::default());
    }
    // The lock goes with the connection, whatever happens in between.
    lock.close_on_drop();
    let run = watch::begin(&machine.database, machine.clock.now()).await?;
    let outcome = everywhere(machine).await;
    watch::end(&machine.database, run, machine.clock.now(), &outcome).await?;
    sqlx::query("select pg_advisory_unlock(hashtextextended('retention', 0))").execute(&mut *lock).await?;
    outcome
}

async fn everywhere(machine: &Machine) -> anyhow::Result<Deleted> {
    let projects: Vec<(i32, String)> =
        sqlx::query_as("select id, name from project order by id").fetch_all(&machine.database.admin).await?;
    let (mut all, mut failed) = (Deleted::default(), None);
    for (project, name) in projects {
        match sweep(machine, project, &name, machine.clock.now()).await {
            Ok(deleted) => add(&mut all, deleted),
            // One project's trouble is not another's.
            Err(error) => {
                tracing::error!(project, %error, "retention did not get through a project");
                failed = Some(error);
            }
        }
    }
    failed.map_or(Ok(all), Err)
}

fn add(all: &mut Deleted, one: Deleted) {
    all.tables += one.tables;
    all.rows += one.rows;
    all.bytes += one.bytes;
}

async fn sweep(machine: &Machine, project: i32, name: &str, now: DateTime<Utc>) -> anyhow::Result<Deleted> {
    let mut deleted = Deleted::default();
    let job = |plan: &Plan, because: String, change: Option<i64>| Job {
        machine,
        project,
        project_name: name.to_owned(),
        plan: plan.hash(),
        because,
        change,
    };
    let mut connection = machine.database.admin.acquire().await?;
    let left = set_aside(&mut connection, project).await?;
    drop(connection);
    for table in left {
        add(
            &mut deleted,
            job(&Plan::default(), "finished after an interruption".to_owned(), None).finish(&table).await?,
        );
    }
    for item in unfinished(machine, project).await? {
        let interrupted = job(&Plan::default(), "finished after an interruption".to_owned(), None);
        add(&mut deleted, interrupted.execute(&item).await?);
    }
    for (change, fresh) in change::due(machine, project, now).await? {
        if change::carry_out(machine, &change, &fresh).await? {
            let job = job(&fresh, told(&change), Some(change.id));
            for item in &fresh.items {
                add(&mut deleted, job.execute(item).await?);
            }
        }
    }
    let mut connection = machine.database.admin.acquire().await?;
    let rules = Rules::load(&mut connection, project).await?;
    drop(connection);
    let plan = plan::make(&machine.database, &rules, now).await?;
    let job = job(&plan, "scheduled run".to_owned(), None);
    for item in &plan.items {
        add(&mut deleted, job.execute(item).await?);
    }
    derived::forget(machine, &rules, now).await?;
    Ok(deleted)
}

fn told(change: &Change) -> String {
    let approved = change.approved_by.as_ref().map(|by| format!(", approved by {by}")).unwrap_or_default();
    format!("change {}, asked by {}{approved}", change.id, change.asked_by)
}

/// Names of tables of the project that were set aside and not dropped, as they were before.
async fn set_aside(connection: &mut PgConnection, project: i32) -> Result<Vec<String>, sqlx::Error> {
    let names: Vec<String> = sqlx::query_scalar(
        "select relname::text from pg_class where relkind = 'r' and relname ~ ('^' || $1 || '(event|span|log|metric)_p' || $2 || '_[0-9]{8}$')",
    )
    .bind(DOOMED)
    .bind(project.to_string())
    .fetch_all(connection)
    .await?;
    Ok(names.into_iter().filter_map(|name| name.strip_prefix(DOOMED).map(str::to_owned)).collect())
}

/// What an interrupted run began and did not prove. Its rows may all be gone, so that no plan names it any more, and still
/// stand in what was made of them.
async fn unfinished(machine: &Machine, project: i32) -> Result<Vec<Item>, sqlx::Error> {
    let items: Vec<Json<Item>> = sqlx::query_scalar(
        "select item from deletion where project = $1 and kind = 'retention' and proof is null and not verified \
            and item is not null order by id",
    )
    .bind(project)
    .fetch_all(&machine.database.admin)
    .await?;
    let mut left = Vec::new();
    for Json(item) in items {
        let there = match &item.what {
            // Set aside or not, it is found by its name.
            Doomed::Table(_) => false,
            Doomed::Rollups { .. } => true,
            Doomed::Rows { table, .. } | Doomed::Field { table, .. } => {
                sqlx::query_scalar("select to_regclass($1) is not null")
                    .bind(table)
                    .fetch_one(&machine.database.admin)
                    .await?
            }
        };
        if there {
            left.push(item);
        }
    }
    Ok(left)
}
