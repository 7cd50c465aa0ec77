//! Numbers of resources and metric series: written once, then remembered.

use super::generations::Generations;
use crate::database::Database;
use crate::record::{SeriesKey, Shared};
use parking_lot::Mutex;
use std::collections::HashMap;
use uuid::Uuid;

pub struct SharedNumbers {
    database: Database,
    resources: Mutex<Generations<(i32, Uuid), i32>>,
    series: Mutex<Generations<(i32, Uuid), i32>>,
}

impl SharedNumbers {
    pub fn new(database: Database) -> SharedNumbers {
        SharedNumbers {
            database,
            resources: Mutex::new(Generations::new(50_000)),
            series: Mutex::new(Generations::new(200_000)),
        }
    }

    pub async fn resources<'a>(
        &self,
        project: i32,
        wanted: impl Iterator<Item = &'a Shared>,
    ) -> Result<HashMap<Uuid, i32>, sqlx::Error> {
        let (mut found, missing) = split(&self.resources, project, wanted.map(|shared| (shared.hash, shared)));
        if missing.is_empty() {
            return Ok(found);
        }
        let hashes: Vec<Uuid> = missing.keys().copied().collect();
        let contents: Vec<&str> = missing.values().map(|shared| &*shared.content).collect();
        let rows: Vec<(Uuid, i32)> = sqlx::query_as(
            "with wanted as (select * from unnest($2::uuid[], $3::text[]) as w (hash, attributes)), \
             made as (insert into resource (project, hash, attributes) \
                      select $1, hash, attributes::jsonb from wanted order by hash \
                      on conflict (project, hash) do nothing returning hash, id) \
             select hash, id from made \
             union all select hash, id from resource where project = $1 and hash = any($2)",
        )
        .bind(project)
        .bind(hashes)
        .bind(contents)
        .fetch_all(&self.database.writer)
        .await?;
        remember(&self.resources, project, rows, &mut found);
        Ok(found)
    }

    pub async fn series<'a>(
        &self,
        project: i32,
        wanted: impl Iterator<Item = &'a SeriesKey>,
        resources: &HashMap<Uuid, i32>,
    ) -> Result<HashMap<Uuid, i32>, sqlx::Error> {
        let (mut found, missing) = split(&self.series, project, wanted.map(|key| (key.hash, key)));
        if missing.is_empty() {
            return Ok(found);
        }
        let mut insert = sqlx::QueryBuilder::new(
            "insert into series (project, hash, name, unit, description, kind, cumulative, monotonic, service, host, resource, labels) ",
        );
        let mut keys: Vec<&SeriesKey> = missing.into_values().collect();
        keys.sort_by_key(|key| key.hash);
        for some in keys.chunks(1000) {
            insert.push_values(some, |mut row, key| {
                let of = &key.of;
                row.push_bind(project)
                    .push_bind(key.hash)
                    .push_bind(&of.name)
                    .push_bind(&of.unit)
                    .push_bind(&of.description)
                    .push_bind(of.kind as i16)
                    .push_bind(of.cumulative)
                    .push_bind(of.monotonic)
                    .push_bind(&of.service)
                    .push_bind(&of.host)
                    .push_bind(resources.get(&of.resource.hash).copied().unwrap_or(0))
                    .push_bind(&of.labels)
                    .push_unseparated("::jsonb");
            });
            insert.push(" on conflict (project, hash) do nothing");
            insert.build().persistent(false).execute(&self.database.writer).await?;
            insert.reset();
        }
        let hashes: Vec<Uuid> = keys.iter().map(|key| key.hash).collect();
        let rows: Vec<(Uuid, i32)> =
            sqlx::query_as("select hash, id from series where project = $1 and hash = any($2)")
                .bind(project)
                .bind(hashes)
                .fetch_all(&self.database.writer)
                .await?;
        remember(&self.series, project, rows, &mut found);
        Ok(found)
    }

    pub fn forget(&self) {
        self.resources.lock().clear();
        self.series.lock().clear();
    }
}

fn split<'a, T>(
    known: &Mutex<Generations<(i32, Uuid), i32>>,
    project: i32,
    wanted: impl Iterator<Item = (Uuid, &'a T)>,
) -> (HashMap<Uuid, i32>, HashMap<Uuid, &'a T>) {
    let mut found = HashMap::new();
    let mut missing = HashMap::new();
    let mut known = known.lock();
    for (hash, item) in wanted {
        if found.contains_key(&hash) || missing.contains_key(&hash) {
            continue;
        }
        match known.get(&(project, hash)) {
            Some(number) => {
                found.insert(hash, number);
            }
            None => {
                missing.insert(hash, item);
            }
        }
    }
    (found, missing)
}

fn remember(
    known: &Mutex<Generations<(i32, Uuid), i32>>,
    project: i32,
    rows: Vec<(Uuid, i32)>,
    found: &mut HashMap<Uuid, i32>,
) {
    let mut known = known.lock();
    for (hash, number) in rows {
        known.insert((project, hash), number);
        found.insert(hash, number);
    }
}
