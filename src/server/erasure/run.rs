//! The course of an erasure: day by day, until nothing is left. Killed at any point it is taken up again.

use super::begin::forget_profile;
use super::close::close;
use super::day::Work;
use super::own::{Own, SIGNALS};
use crate::database::fault::Told;
use crate::machine::Machine;
use crate::projection::projector::Projector;
use anyhow::{Context, bail};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use parallax_domain::Problem;
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use uuid::Uuid;

/// Passes over what is left. A second one finds what was on its way while the first one went.
const PASSES: usize = 6;
/// A record that was on its way when its person was erased is swept up within this time.
const SWEEP: Duration = Duration::hours(48);

pub(super) fn forget_caches(machine: &Machine, project: i32) {
    machine.intake.commit.people.forget();
    machine.store.forget(project);
}

pub(super) async fn remember(transaction: &mut PgConnection, erasure: i64, own: &Own) -> Result<(), sqlx::Error> {
    sqlx::query("update erasure set sessions = $2, traces = $3, mixed = $4, days = $5 where id = $1")
        .bind(erasure)
        .bind(own.sessions.iter().copied().collect::<Vec<i64>>())
        .bind(own.traces.iter().copied().collect::<Vec<Uuid>>())
        .bind(own.mixed.iter().copied().collect::<Vec<Uuid>>())
        .bind(own.days.iter().copied().collect::<Vec<NaiveDate>>())
        .execute(transaction)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub project: i32,
    pub request: Option<i64>,
    pub asked_by: String,
    subjects: Vec<i32>,
    sessions: Vec<i64>,
    traces: Vec<Uuid>,
    mixed: Vec<Uuid>,
    days: Vec<NaiveDate>,
    pub started_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl Row {
    fn own(&self) -> Own {
        Own {
            subjects: self.subjects.clone(),
            sessions: self.sessions.iter().copied().collect(),
            traces: self.traces.iter().copied().collect(),
            mixed: self.mixed.iter().copied().collect(),
            days: self.days.iter().copied().collect(),
        }
    }
}

async fn find(machine: &Machine, id: i64) -> anyhow::Result<Row> {
    let row = sqlx::query_as(
        "select project, request, asked_by, subjects, sessions, traces, mixed, days, started_at, ended_at from erasure where id = $1",
    )
    .bind(id)
    .fetch_optional(&machine.database.admin)
    .await?;
    row.with_context(|| format!("there is no erasure {id}"))
}

/// Carries an erasure out to its end. Somebody else who does it already is left alone; then there is no proof yet.
pub async fn carry_out(machine: &Machine, id: i64) -> anyhow::Result<Option<String>> {
    let mut lock = machine.database.admin.acquire().await?;
    let ours: bool = sqlx::query_scalar("select pg_try_advisory_lock(hashtextextended('erasure', $1))")
        .bind(id)
        .fetch_one(&mut *lock)
        .await?;
    if !ours {
        return Ok(None);
    }
    lock.close_on_drop();
    let row = find(machine, id).await?;
    if row.ended_at.is_some() {
        return Ok(None);
    }
    let mut own = row.own();
    let mut left = 0;
    for _ in 0..PASSES {
        pass(machine, &row, id, &mut own).await?;
        left = rows_left(machine, row.project, &own).await?;
        if left == 0 {
            break;
        }
    }
    if left > 0 {
        bail!("{left} rows of erasure {id} are still on their way; it will be taken up again");
    }
    forget_caches(machine, row.project);
    close(machine, id, &row).await.map(Some)
}

/// Once over everything that is known to be the person's.
async fn pass(machine: &Machine, row: &Row, id: i64, own: &mut Own) -> anyhow::Result<()> {
    settle(machine, row.project).await?;
    own.gather(&machine.database, row.project).await?;
    let mut connection = machine.database.admin.acquire().await?;
    remember(&mut connection, id, own).await?;
    // What was on its way when the erasure began.
    forget_profile(&mut connection, row.project, &own.subjects).await?;
    drop(connection);
    let work = Work { database: &machine.database, project: row.project, erasure: id, own, now: machine.clock.now() };
    for day in &work.own.days {
        work.erase(*day).await?;
    }
    Ok(())
}

/// Waits until everything that is committed now is folded; folds it where no server does.
async fn settle(machine: &Machine, project: i32) -> anyhow::Result<()> {
    let newest: Option<i64> = sqlx::query_scalar("select max(id) from batch where $1 = any(projects)")
        .bind(project)
        .fetch_one(&machine.database.admin)
        .await?;
    let Some(newest) = newest else { return Ok(()) };
    let projector = Projector::new(machine.database.clone(), machine.intake.commit.committed.clone());
    for _ in 0..1_200 {
        projector.tick().await?;
        let waits: bool = sqlx::query_scalar("select exists (select from batch where id <= $2 and $1 = any(projects))")
            .bind(project)
            .bind(newest)
            .fetch_one(&machine.database.admin)
            .await?;
        if !waits {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    bail!("the projector does not get through")
}

/// Rows anywhere that still name the person.
async fn rows_left(machine: &Machine, project: i32, own: &Own) -> Result<i64, sqlx::Error> {
    let mut left = 0;
    for signal in SIGNALS {
        let sql = format!("select count(*) from {signal} where project = $1 and subject = any($2)");
        left += sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql))
            .bind(project)
            .bind(&own.subjects)
            .fetch_one(&machine.database.admin)
            .await?;
    }
    for (table, column) in [
        ("occurrence", "subject"),
        ("ticket", "person"),
        ("feedback", "person"),
        ("person_property", "subject"),
        ("group_member", "subject"),
        ("subject", "number"),
    ] {
        let sql = format!("select count(*) from {table} where project = $1 and {column} = any($2)");
        left += sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql))
            .bind(project)
            .bind(&own.subjects)
            .fetch_one(&machine.database.admin)
            .await?;
    }
    Ok(left)
}

/// Takes up erasures that nobody carries out right now.
pub async fn resume(machine: &Machine) -> anyhow::Result<()> {
    let open: Vec<i64> = sqlx::query_scalar("select id from erasure where ended_at is null order by id")
        .fetch_all(&machine.database.admin)
        .await?;
    for id in open {
        carry_out(machine, id).await?;
    }
    Ok(())
}

/// Sweeps up records that were on their way when their person was erased, and after two days lets go of the numbers.
pub async fn sweep(machine: &Machine) -> anyhow::Result<i64> {
    let now = machine.clock.now();
    let ended: Vec<(i64, DateTime<Utc>)> =
        sqlx::query_as("select id, ended_at from erasure where ended_at is not null and swept_at is null order by id")
            .fetch_all(&machine.database.admin)
            .await?;
    let mut swept = 0;
    for (id, ended_at) in ended {
        let row = find(machine, id).await?;
        let mut own = row.own();
        let left = rows_left(machine, row.project, &own).await?;
        if left > 0 {
            pass(machine, &row, id, &mut own).await?;
            remember(&mut *machine.database.admin.acquire().await?, id, &Own::default()).await?;
            forget_caches(machine, row.project);
            swept += left;
        }
        if now - ended_at > SWEEP {
            sqlx::query("update erasure set swept_at = $2, subjects = '{}' where id = $1")
                .bind(id)
                .bind(now)
                .execute(&machine.database.admin)
                .await?;
        }
    }
    Ok(swept)
}

/// The newest erasure that this process knows of.
#[derive(Debug, Default)]
pub struct Followed(AtomicI64);

/// Forgets numbers of people when another process erased somebody: what comes next under the same id is somebody new.
pub async fn follow(machine: &Machine) -> Result<(), Problem> {
    let since = machine.erasures.0.load(Ordering::Relaxed);
    let news: Vec<(i64, i32)> = sqlx::query_as("select id, project from erasure where id > $1")
        .bind(since)
        .fetch_all(&machine.database.admin)
        .await
        .told()?;
    let projects: BTreeSet<i32> = news.iter().map(|(_, project)| *project).collect();
    for project in projects {
        forget_caches(machine, project);
    }
    if let Some(newest) = news.iter().map(|(id, _)| *id).max() {
        machine.erasures.0.fetch_max(newest, Ordering::Relaxed);
    }
    Ok(())
}
