//! What people keep: saved funnels with their history, saved pages, links that show a funnel to people who do not sign
//! in, and what each of them said when it was kept.
//!
//! Everybody opens saved views; only who may write them changes them. A version is never overwritten: saving makes the
//! next one, restoring makes a next one too, and removing can be undone.

mod funnel;
pub mod memory;
mod page;
mod share;

pub use funnel::{FunnelForm, Saved, SavedAnswer, SavedFunnel, save_funnel};
pub use page::{Audience, PageForm, PageRow, SavedPage, VIEW, all, page, save_page, set_favourite, set_page_removed};
pub use share::{LinkRow, Shared, links, open, place, share, unshare};

use crate::database::Database;
use crate::database::fault::Told;
use crate::identity::accounts::Viewer;
use crate::identity::audit::{self, Entry};
use chrono::{DateTime, Utc};
use parallax_domain::{Kind, Permission, Problem};
use serde_json::json;
use sqlx::types::Json;

pub const FUNNEL: &str = "funnel";
/// A saved page of any kind.
pub const PAGE: &str = "page";

/// A saved view in its current version.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ViewRow {
    pub id: i64,
    pub project: i32,
    pub kind: String,
    pub name: String,
    pub description: String,
    pub folder: String,
    pub owner: Option<i32>,
    /// None when the owner's account is gone.
    pub owner_name: Option<String>,
    pub version: i32,
    pub definition: Json<SavedFunnel>,
    /// The answer when this version was saved.
    pub answer: Option<Json<SavedAnswer>>,
    pub answered_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub changed_at: DateTime<Utc>,
    pub removed_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct VersionRow {
    pub version: i32,
    pub name: String,
    pub definition: Json<SavedFunnel>,
    pub changed_by: String,
    pub changed_at: DateTime<Utc>,
}

const COLUMNS: &str = "v.id, v.project, v.kind, v.name, v.description, v.folder, v.owner, a.name as owner_name, v.version, \
     v.definition, v.answer, v.answered_at, v.created_at, v.changed_at, v.removed_at";

const COLUMNS_OF_PAGE: &str = "v.id, v.kind, v.name, v.description, v.folder, v.owner, a.name as owner_name, \
     v.shared_role, v.version, case when v.kind = 'page' then v.definition end as page, v.changed_at, \
     f.account is not null as favourite from saved_view v left join account a on a.id = v.owner \
     left join favourite f on f.view = v.id and f.account = $2";

/// Whoever may open the project may open its views, except those that are kept for one role.
const VISIBLE: &str = "v.project = $1 and (v.shared_role is null or v.owner = $2 or v.shared_role = any($3))";

fn roles(viewer: &Viewer) -> Vec<String> {
    viewer.roles.iter().map(|role| role.word().to_owned()).collect()
}

/// Saved views of a kind, by folder and name.
pub async fn list(database: &Database, viewer: &Viewer, project: i32, kind: &str) -> Result<Vec<ViewRow>, Problem> {
    sees(viewer, project)?;
    let query = format!(
        "select {COLUMNS} from saved_view v left join account a on a.id = v.owner \
         where {VISIBLE} and v.kind = $4 and v.removed_at is null order by v.folder, lower(v.name), v.id"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(query))
        .bind(project)
        .bind(viewer.account)
        .bind(roles(viewer))
        .bind(kind)
        .fetch_all(&database.admin)
        .await
        .told()
}

/// One saved view; a removed one is not found.
pub async fn get(database: &Database, viewer: &Viewer, project: i32, id: i64) -> Result<ViewRow, Problem> {
    let row = find(database, viewer, project, id).await?;
    row.filter(|row| row.removed_at.is_none()).ok_or_else(|| Problem::not_found("saved view"))
}

async fn find(database: &Database, viewer: &Viewer, project: i32, id: i64) -> Result<Option<ViewRow>, Problem> {
    sees(viewer, project)?;
    let query = format!(
        "select {COLUMNS} from saved_view v left join account a on a.id = v.owner where {VISIBLE} and v.id = $4 and v.kind = '{FUNNEL}'"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(query))
        .bind(project)
        .bind(viewer.account)
        .bind(roles(viewer))
        .bind(id)
        .fetch_optional(&database.admin)
        .await
        .told()
}

/// All versions, newest first.
pub async fn versions(database: &Database, viewer: &Viewer, project: i32, id: i64) -> Result<Vec<VersionRow>, Problem> {
    get(database, viewer, project, id).await?;
    sqlx::query_as(
        "select version, name, definition, changed_by, changed_at from saved_view_version where view = $1 \
         order by version desc",
    )
    .bind(id)
    .fetch_all(&database.admin)
    .await
    .told()
}

/// Takes a view out of all lists; its links stop working. Nothing is lost: [`undo_removal`] brings it back.
pub async fn remove(database: &Database, viewer: &Viewer, project: i32, id: i64) -> Result<ViewRow, Problem> {
    set_removed(database, viewer, project, id, true).await
}

pub async fn undo_removal(database: &Database, viewer: &Viewer, project: i32, id: i64) -> Result<ViewRow, Problem> {
    set_removed(database, viewer, project, id, false).await
}

async fn set_removed(
    database: &Database,
    viewer: &Viewer,
    project: i32,
    id: i64,
    removed: bool,
) -> Result<ViewRow, Problem> {
    writes(viewer)?;
    let row = find(database, viewer, project, id).await?.ok_or_else(|| Problem::not_found("saved view"))?;
    sqlx::query("update saved_view set removed_at = case when $2 then coalesce(removed_at, now()) end where id = $1")
        .bind(id)
        .bind(removed)
        .execute(&database.admin)
        .await
        .told()?;
    let action = if removed { "view removed" } else { "view brought back" };
    note(database, viewer, &row, action, json!({})).await?;
    Ok(row)
}

fn sees(viewer: &Viewer, project: i32) -> Result<(), Problem> {
    if viewer.sees(project) { Ok(()) } else { Err(Problem::not_found("project")) }
}

fn writes(viewer: &Viewer) -> Result<(), Problem> {
    let permission = Permission::WriteProduct;
    if viewer.may(permission) { Ok(()) } else { Err(Problem::forbidden(permission.held_by())) }
}

async fn note(
    database: &Database,
    viewer: &Viewer,
    row: &ViewRow,
    action: &str,
    detail: serde_json::Value,
) -> Result<(), Problem> {
    let object = format!("{} {} {:?}", row.kind, row.id, row.name);
    note_on(database, viewer, row.project, &object, action, detail).await
}

async fn note_on(
    database: &Database,
    viewer: &Viewer,
    project: i32,
    object: &str,
    action: &str,
    detail: serde_json::Value,
) -> Result<(), Problem> {
    let entry = Entry { project: Some(project), actor: &viewer.email, action, object, detail };
    audit::write(database, entry).await.told()
}

fn conflict(field: &str, detail: impl Into<String>) -> Problem {
    Problem { field: Some(field.to_owned()), ..Problem::new(Kind::Conflict, detail) }
}
