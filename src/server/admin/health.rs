//! What the machine is busy with, for whoever administers it.

use crate::database::data_dir;
use crate::database::fault::Told;
use crate::engine::calendar::Buckets;
use crate::identity::accounts::Viewer;
use crate::machine::Machine;
use crate::own;
use crate::projection::chunk::Kind;
use crate::retention::plan;
use crate::store::question::requests::CellFilter;
use chrono::{DateTime, Utc};
use parallax_domain::{Period, Problem};

#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    pub connections: i64,
    pub most_connections: i64,
    /// At work on a statement.
    pub active: i64,
    /// Milliseconds of the statement that runs longest; none when only this one does.
    pub longest_ms: Option<f64>,
    /// Tables of days of every project.
    pub tables: i64,
    /// Days that exist ahead, in the project that has fewest.
    pub days_ahead: i64,
    pub bytes: i64,
    /// Free and whole bytes of the data folder's disk; none where the database is somebody else's.
    pub disk: Option<(u64, u64)>,
}

pub async fn of(machine: &Machine) -> Result<Health, Problem> {
    let admin = &machine.database.admin;
    let (connections, active, longest_ms, most_connections, bytes): (i64, i64, Option<f64>, i64, i64) = sqlx::query_as(
        "select count(*), count(*) filter (where state = 'active' and pid <> pg_backend_pid()), \
                max(extract(epoch from clock_timestamp() - query_start) * 1000) \
                    filter (where state = 'active' and pid <> pg_backend_pid())::float8, \
                current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint, \
                pg_database_size(current_database()) \
         from pg_stat_activity where backend_type = 'client backend'",
    )
    .fetch_one(admin)
    .await
    .told()?;
    let projects: Vec<i32> = sqlx::query_scalar("select id from project").fetch_all(admin).await.told()?;
    let today = Utc::now().date_naive();
    let mut connection = admin.acquire().await.told()?;
    let (mut tables, mut days_ahead) = (0, i64::MAX);
    for project in projects {
        let there = plan::tables(&mut connection, project).await.told()?;
        tables += there.len() as i64;
        let newest = there.into_iter().map(|there| there.partition.day).max();
        days_ahead = days_ahead.min(newest.map_or(0, |day| (day - today).num_days()));
    }
    let days_ahead = if days_ahead == i64::MAX { 0 } else { days_ahead };
    Ok(Health { connections, most_connections, active, longest_ms, tables, days_ahead, bytes, disk: disk(machine) })
}

fn disk(machine: &Machine) -> Option<(u64, u64)> {
    let folder = data_dir(&machine.options).ok().filter(|_| machine.database.private)?;
    let folder = folder.canonicalize().unwrap_or(folder);
    let disks = sysinfo::Disks::new_with_refreshed_list();
    let disk = disks
        .list()
        .iter()
        .filter(|disk| folder.starts_with(disk.mount_point()))
        .max_by_key(|disk| disk.mount_point().as_os_str().len())?;
    Some((disk.available_space(), disk.total_space()))
}

/// Something that was asked of this server, and how long it took.
#[derive(Clone, Debug, PartialEq)]
pub struct SlowRow {
    /// Of own telemetry.
    pub project: i32,
    pub operation: String,
    pub count: u64,
    pub p95_ms: f64,
}

/// The slowest kinds of requests to this server; none where own telemetry is not kept or not this viewer's to see.
pub async fn slow(
    machine: &Machine,
    viewer: &Viewer,
    period: Period,
    most: usize,
) -> Result<Option<Vec<SlowRow>>, Problem> {
    let project: Option<i32> = sqlx::query_scalar("select id from project where kind = 'own' and name = $1")
        .bind(own::PROJECT)
        .fetch_optional(&machine.database.admin)
        .await
        .told()?;
    let Some(project) = project.filter(|project| viewer.sees(*project)) else { return Ok(None) };
    let mut look = machine.store.look(viewer, project).await?;
    let buckets = Buckets::for_chart("UTC", period)?;
    let cells = machine
        .store
        .cells(&mut look, Kind::Requests, period, &buckets, &CellFilter::default(), |words| {
            words[1].unwrap_or("").to_owned()
        })
        .await?;
    let mut rows: Vec<SlowRow> = cells
        .into_iter()
        .filter_map(|(operation, cells)| {
            let mut all = crate::projection::rollup::Cell::default();
            cells.iter().for_each(|cell| all.merge(cell));
            let p95_ms = all.sketch.quantile(0.95)? / 1000.0;
            Some(SlowRow { project, operation, count: all.count, p95_ms })
        })
        .collect();
    rows.sort_by(|a, b| b.p95_ms.total_cmp(&a.p95_ms));
    rows.truncate(most);
    Ok(Some(rows))
}

/// Fields that nobody decided about, and holds whose review is due.
pub async fn decisions(machine: &Machine, project: i32, now: DateTime<Utc>) -> Result<(i64, i64), Problem> {
    sqlx::query_as(
        "select (select count(*) from field where project = $1 and state = 'proposed'), \
                (select count(*) from hold where project = $1 and released_at is null and review_at <= $2::date)",
    )
    .bind(project)
    .bind(now.date_naive())
    .fetch_one(&machine.database.admin)
    .await
    .told()
}
