//! Projects.

use super::keys::random;
use crate::database::Database;
use crate::database::fault::Told;
use crate::privacy::policy::announce;
use crate::projection::rewrite::Guard;
use parallax_domain::{Kind, Problem};
use sqlx::AssertSqlSafe;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ProjectRow {
    pub id: i32,
    pub name: String,
    pub kind: String,
    pub zone: String,
    pub currency: String,
    pub catalogue: String,
}

pub async fn insert(
    database: &Database,
    name: &str,
    kind: &str,
    zone: &str,
    catalogue: &str,
) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar(
        "insert into project (name, kind, zone, catalogue, secret) values ($1, $2, $3, $4, $5) returning id",
    )
    .bind(name)
    .bind(kind)
    .bind(zone)
    .bind(catalogue)
    .bind(random::<32>().to_vec())
    .fetch_one(&database.admin)
    .await
}

/// Makes a project of a customer; its name must be free.
pub async fn create(database: &Database, name: &str, zone: &str, catalogue: &str) -> Result<i32, Problem> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Problem::invalid("name", "A project has a name of at most 100 characters."));
    }
    crate::engine::calendar::zone(zone)?;
    if find(database, name).await?.is_some_and(|project| project.name == name) {
        let taken = Problem::new(Kind::Conflict, format!("There is a project {name:?} already."));
        return Err(Problem { field: Some("name".into()), ..taken });
    }
    insert(database, name, "product", zone, catalogue).await.told()
}

pub async fn list(database: &Database) -> Result<Vec<ProjectRow>, Problem> {
    sqlx::query_as("select id, name, kind, zone, currency, catalogue from project order by kind = 'own', id")
        .fetch_all(&database.admin)
        .await
        .told()
}

/// By name or by id; a name wins over an id that looks the same.
pub async fn find(database: &Database, name_or_id: &str) -> Result<Option<ProjectRow>, Problem> {
    let all = list(database).await?;
    let by_name = all.iter().find(|project| project.name == name_or_id).cloned();
    let by_id = || name_or_id.parse().ok().and_then(|id: i32| all.iter().find(|project| project.id == id).cloned());
    Ok(by_name.or_else(by_id))
}

/// Removes a project with everything that was stored for it; the audit log keeps that it was there.
pub async fn remove(database: &Database, project: i32) -> anyhow::Result<()> {
    // What is on its way to the projections is folded before, or never.
    let guard = Guard::take(database, project).await?;
    for word in ["event", "span", "log", "metric"] {
        sqlx::query(AssertSqlSafe(format!("drop table if exists {word}_p{project}"))).execute(&database.admin).await?;
    }
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.relname::text from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'project' \
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition \
           and c.relname not in ('event', 'span', 'log', 'metric', 'audit')",
    )
    .fetch_all(&database.admin)
    .await?;
    for table in tables {
        sqlx::query(AssertSqlSafe(format!("delete from \"{table}\" where project = $1")))
            .bind(project)
            .execute(&database.admin)
            .await?;
    }
    sqlx::query("delete from project where id = $1").bind(project).execute(&database.admin).await?;
    guard.release().await?;
    announce(database, "project").await?;
    Ok(announce(database, "key").await?)
}
