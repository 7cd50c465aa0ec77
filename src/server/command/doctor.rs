//! Is all well? Each line is one check; the exit code is 0 only if every one holds.

use super::say;
use crate::machine::Machine;
use crate::retention::{plan, watch};
use anyhow::bail;
use chrono::{DateTime, Utc};

pub async fn run(machine: &Machine) -> anyhow::Result<()> {
    let mut failed = 0;
    for (name, outcome) in checks(machine).await? {
        match outcome {
            Ok(words) => say(&format!("ok      {name}: {words}"))?,
            Err(words) => {
                failed += 1;
                say(&format!("FAILED  {name}: {words}"))?;
            }
        }
    }
    if failed > 0 {
        bail!("{failed} checks failed");
    }
    Ok(())
}

type Outcome = Result<String, String>;

/// Shared with the admin's page of system health.
pub async fn checks(machine: &Machine) -> anyhow::Result<Vec<(&'static str, Outcome)>> {
    let database = &machine.database;
    let (version, now): (String, DateTime<Utc>) =
        sqlx::query_as("select current_setting('server_version'), clock_timestamp()")
            .fetch_one(&database.admin)
            .await?;
    let skew = (Utc::now() - now).num_milliseconds().abs();
    let unbalanced: i64 = sqlx::query_scalar(
        "select count(*) from accounting where received <> stored + duplicate + rejected + dropped + quarantined",
    )
    .fetch_one(&database.admin)
    .await?;
    let (waiting, oldest): (i64, Option<f64>) =
        sqlx::query_as("select count(*), extract(epoch from clock_timestamp() - min(committed_at))::float8 from batch")
            .fetch_one(&database.admin)
            .await?;
    let projects: Vec<i32> = sqlx::query_scalar("select id from project").fetch_all(&database.admin).await?;
    let mut least_ahead = None;
    let mut connection = database.admin.acquire().await?;
    for project in projects {
        let tables = plan::tables(&mut connection, project).await?;
        let newest = tables.into_iter().map(|there| there.partition.day).max();
        let ahead = newest.map_or(-1, |day| (day - Utc::now().date_naive()).num_days());
        least_ahead = Some(least_ahead.map_or(ahead, |least: i64| least.min(ahead)));
    }
    drop(connection);
    let lag = oldest.unwrap_or(0.0);
    let last = watch::last_done(database).await?.and_then(|run| run.ended_at);
    let missing = watch::missing_since(database, machine.clock.now()).await?;
    let (used, most): (i64, i64) = sqlx::query_as(
        "select (select count(*) from pg_stat_activity where backend_type = 'client backend'), \
                current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint",
    )
    .fetch_one(&database.admin)
    .await?;
    Ok(vec![
        ("database", Ok(format!("Postgres {version}"))),
        (
            "roles",
            if database.single_role {
                Err("the login may not make the reader's role: row security does not stand between projects".to_owned())
            } else {
                Ok("reader and owner are apart".to_owned())
            },
        ),
        ("clock", check(skew < 2_000, format!("{skew} ms from the database's"))),
        ("accounting", check(unbalanced == 0, format!("{unbalanced} minutes do not add up"))),
        // Commands may run beside a stopped server, whose batches wait for it.
        ("lag", check(lag < 60.0 || waiting == 0, format!("{waiting} batches wait, the oldest for {lag:.1} s"))),
        (
            "partitions",
            match least_ahead {
                None => Ok("no project yet".to_owned()),
                Some(ahead) => check(ahead >= 3, format!("made {ahead} days ahead")),
            },
        ),
        ("connections", check(used * 10 <= most * 9, format!("{used} of {most} in use"))),
        (
            "retention",
            match (missing, last) {
                (Some(since), _) => Err(format!("no run got through since {}", since.format("%F %H:%M UTC"))),
                (None, Some(last)) => Ok(format!("the last run ended at {}", last.format("%F %H:%M UTC"))),
                (None, None) => Ok("no run yet".to_owned()),
            },
        ),
        ("disk", disk(machine)),
    ])
}

fn check(holds: bool, words: String) -> Outcome {
    if holds { Ok(words) } else { Err(words) }
}

fn disk(machine: &Machine) -> Outcome {
    let Ok(folder) = crate::database::data_dir(&machine.options) else {
        return Ok("the server keeps its own".to_owned());
    };
    if !machine.database.private {
        return Ok("the server keeps its own".to_owned());
    }
    let disks = sysinfo::Disks::new_with_refreshed_list();
    let folder = folder.canonicalize().unwrap_or(folder);
    let disk = disks
        .list()
        .iter()
        .filter(|disk| folder.starts_with(disk.mount_point()))
        .max_by_key(|disk| disk.mount_point().as_os_str().len());
    match disk {
        Some(disk) if disk.total_space() > 0 => {
            let free = disk.available_space() * 100 / disk.total_space();
            check(free >= 10, format!("{free} % free"))
        }
        _ => Ok("size unknown".to_owned()),
    }
}
