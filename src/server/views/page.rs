//! Saved pages: any screen with its filters, range and comparison, under a name. Whoever is signed in keeps their own;
//! only the owner and admins change one.

use super::{COLUMNS_OF_PAGE, PAGE, VISIBLE, note_on, roles, sees};
use crate::database::Database;
use crate::database::fault::Told;
use crate::identity::accounts::Viewer;
use crate::machine::Machine;
use chrono::{DateTime, Utc};
use parallax_domain::{Address, Permission, Problem, Role};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::types::Json;

const LONGEST_NAME: usize = 200;
const LONGEST_DESCRIPTION: usize = 2000;
const LONGEST_QUERY: usize = 8000;

/// Everything of a page's address but its project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedPage {
    pub path: String,
    pub query: String,
}

impl SavedPage {
    pub fn of(address: &Address) -> SavedPage {
        let bare = Address { project: None, ..address.without(VIEW) };
        SavedPage { path: bare.path.clone(), query: bare.query() }
    }

    pub fn address(&self, project: i32) -> Address {
        Address { project: Some(project), ..Address::parse(&self.path, &self.query) }
    }
}

/// Names the saved view in the address of its page.
pub const VIEW: &str = "view";

/// Whom a saved page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Whoever may open the project.
    Everybody,
    Role(Role),
    /// Only its owner.
    Owner,
}

impl Audience {
    /// `everybody`, `me` or the word of a role.
    ///
    /// # Errors
    /// Any other word.
    pub fn parse(word: &str) -> Result<Audience, Problem> {
        match word {
            "" | "everybody" => Ok(Audience::Everybody),
            "me" => Ok(Audience::Owner),
            role => role.parse().map(Audience::Role).map_err(|said: String| Problem::invalid("audience", said)),
        }
    }

    fn stored(self) -> Option<&'static str> {
        match self {
            Audience::Everybody => None,
            Audience::Role(role) => Some(role.word()),
            // No role has this name, so nobody but the owner fits.
            Audience::Owner => Some("me"),
        }
    }
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PageRow {
    pub id: i64,
    pub kind: String,
    pub name: String,
    pub description: String,
    pub folder: String,
    pub owner: Option<i32>,
    /// None when the owner's account is gone.
    pub owner_name: Option<String>,
    pub shared_role: Option<String>,
    pub version: i32,
    /// None for the kinds of views that have a page of their own.
    pub page: Option<Json<SavedPage>>,
    pub changed_at: DateTime<Utc>,
    pub favourite: bool,
}

impl PageRow {
    /// Where it opens.
    pub fn address(&self, project: i32) -> Address {
        match &self.page {
            Some(page) => page.address(project).with(VIEW, &self.id.to_string()),
            None => Address { project: Some(project), ..Address::parse(&format!("/product/funnels/{}", self.id), "") },
        }
    }

    pub fn may_change(&self, viewer: &Viewer) -> bool {
        viewer.may(Permission::Administer) || (self.owner == Some(viewer.account) && viewer.account != 0)
    }
}

/// What a form says about a saved page.
#[derive(Clone, Copy, Debug)]
pub struct PageForm<'a> {
    pub project: i32,
    /// None makes a new one.
    pub view: Option<i64>,
    pub name: &'a str,
    pub description: &'a str,
    pub folder: &'a str,
    pub audience: &'a str,
    /// Path and query; an empty path keeps what is saved.
    pub page: &'a SavedPage,
}

/// Saved views of every kind that this viewer may open: favourites first, then by folder and name.
pub async fn all(database: &Database, viewer: &Viewer, project: i32) -> Result<Vec<PageRow>, Problem> {
    sees(viewer, project)?;
    let query = format!(
        "select {COLUMNS_OF_PAGE} where {VISIBLE} and v.removed_at is null \
         order by f.account is null, v.folder, lower(v.name), v.id limit 1000"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(query))
        .bind(project)
        .bind(viewer.account)
        .bind(roles(viewer))
        .fetch_all(&database.admin)
        .await
        .told()
}

/// One saved page. A removed one, and one that is for others, is not found.
pub async fn page(database: &Database, viewer: &Viewer, project: i32, id: i64) -> Result<PageRow, Problem> {
    find(database, viewer, project, id, false).await
}

async fn find(database: &Database, viewer: &Viewer, project: i32, id: i64, removed: bool) -> Result<PageRow, Problem> {
    sees(viewer, project)?;
    let query = format!(
        "select {COLUMNS_OF_PAGE} where {VISIBLE} and v.id = $4 and (v.removed_at is null or $5) and v.kind = '{PAGE}'"
    );
    let row = sqlx::query_as(sqlx::AssertSqlSafe(query))
        .bind(project)
        .bind(viewer.account)
        .bind(roles(viewer))
        .bind(id)
        .bind(removed)
        .fetch_optional(&database.admin)
        .await
        .told()?;
    row.ok_or_else(|| Problem::not_found("saved view"))
}

/// Saves a page, or another name, place and content of one; its number.
pub async fn save_page(machine: &Machine, viewer: &Viewer, form: PageForm<'_>) -> Result<PageRow, Problem> {
    sees(viewer, form.project)?;
    let name = form.name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(Problem::invalid("name", format!("A name has 1 to {LONGEST_NAME} characters.")));
    }
    if form.description.chars().count() > LONGEST_DESCRIPTION {
        return Err(Problem::invalid("description", format!("At most {LONGEST_DESCRIPTION} characters.")));
    }
    if form.page.query.len() > LONGEST_QUERY {
        return Err(Problem::invalid("query", "This page has too many filters to be saved."));
    }
    if !form.page.path.is_empty() && (!form.page.path.starts_with('/') || form.page.path.starts_with("//")) {
        return Err(Problem::invalid("path", "A page of this server begins with one slash."));
    }
    let audience = Audience::parse(form.audience)?.stored();
    let database = &machine.database;
    let definition = (!form.page.path.is_empty()).then_some(Json(form.page));
    let id: i64 = match form.view {
        None => {
            let definition = definition.ok_or_else(|| Problem::invalid("path", "Which page is to be saved?"))?;
            sqlx::query_scalar(
                "insert into saved_view (project, kind, name, description, folder, owner, shared_role, definition) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8) returning id",
            )
            .bind(form.project)
            .bind(PAGE)
            .bind(name)
            .bind(form.description.trim())
            .bind(form.folder.trim())
            .bind(viewer.account)
            .bind(audience)
            .bind(definition)
            .fetch_one(&database.admin)
            .await
            .told()?
        }
        Some(id) => {
            changeable(&find(database, viewer, form.project, id, false).await?, viewer)?;
            sqlx::query(
                "update saved_view set name = $2, description = $3, folder = $4, shared_role = $5, changed_at = now(), \
                 version = version + case when $6::jsonb is null or $6 = definition then 0 else 1 end, \
                 definition = coalesce($6, definition) where id = $1",
            )
            .bind(id)
            .bind(name)
            .bind(form.description.trim())
            .bind(form.folder.trim())
            .bind(audience)
            .bind(definition)
            .execute(&database.admin)
            .await
            .told()?;
            id
        }
    };
    let row = find(database, viewer, form.project, id, false).await?;
    note_page(database, viewer, form.project, &row, "view saved").await?;
    Ok(row)
}

/// Takes a saved page out of all lists, or brings it back.
pub async fn set_page_removed(
    database: &Database,
    viewer: &Viewer,
    project: i32,
    id: i64,
    removed: bool,
) -> Result<PageRow, Problem> {
    let row = find(database, viewer, project, id, true).await?;
    changeable(&row, viewer)?;
    sqlx::query("update saved_view set removed_at = case when $2 then coalesce(removed_at, now()) end where id = $1")
        .bind(id)
        .bind(removed)
        .execute(&database.admin)
        .await
        .told()?;
    note_page(database, viewer, project, &row, if removed { "view removed" } else { "view brought back" }).await?;
    Ok(row)
}

/// Marks a view of any kind as the viewer's favourite, or takes the mark away.
pub async fn set_favourite(
    database: &Database,
    viewer: &Viewer,
    project: i32,
    id: i64,
    favourite: bool,
) -> Result<(), Problem> {
    if !all(database, viewer, project).await?.iter().any(|row| row.id == id) {
        return Err(Problem::not_found("saved view"));
    }
    let sql = match favourite {
        true => "insert into favourite (account, view) values ($1, $2) on conflict do nothing",
        false => "delete from favourite where account = $1 and view = $2",
    };
    sqlx::query(sql).bind(viewer.account).bind(id).execute(&database.admin).await.told()?;
    Ok(())
}

fn changeable(row: &PageRow, viewer: &Viewer) -> Result<(), Problem> {
    if row.may_change(viewer) { Ok(()) } else { Err(Problem::forbidden("its owner and admins")) }
}

async fn note_page(
    database: &Database,
    viewer: &Viewer,
    project: i32,
    row: &PageRow,
    action: &str,
) -> Result<(), Problem> {
    let object = format!("{} {} {:?}", row.kind, row.id, row.name);
    note_on(database, viewer, project, &object, action, json!({ "version": row.version })).await
}
