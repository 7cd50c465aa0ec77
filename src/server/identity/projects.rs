//! Projects.

use super::keys::random;
use crate::database::Database;
use crate::database::fault::Told;
use crate::privacy::policy::announce;
use parallax_domain::{Kind, Problem};

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

/// Removes a project with everything that was stored for it.
pub async fn remove(database: &Database, project: i32) -> Result<(), Problem> {
    let partitions: Vec<String> =
        ["event", "span", "log", "metric"].iter().map(|word| format!("{word}_p{project}")).collect();
    for table in partitions {
        sqlx::query(sqlx::AssertSqlSafe(format!("drop table if exists {table}")))
            .execute(&database.admin)
            .await
            .told()?;
    }
    for table in [
        "chunk",
        "trace",
        "occurrence",
        "issue",
        "deployment",
        "field",
        "field_shape",
        "gate_count",
        "retention",
        "deletion",
        "accounting",
        "quarantine",
        "submission",
        "event_key",
        "series",
        "resource",
        "person_property",
        "group_property",
        "group_member",
        "customer_group",
        "acquaintance",
        "alias",
        "reassignment",
        "consent",
        "subject",
        "ticket",
        "feedback",
        "survey",
        "spend",
        "population",
    ] {
        sqlx::query(sqlx::AssertSqlSafe(format!("delete from {table} where project = $1")))
            .bind(project)
            .execute(&database.admin)
            .await
            .told()?;
    }
    sqlx::query("delete from project where id = $1").bind(project).execute(&database.admin).await.told()?;
    announce(database, "project").await.told()?;
    announce(database, "key").await.told()
}
