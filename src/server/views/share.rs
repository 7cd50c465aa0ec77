//! Links that show one saved view, read-only, to whoever has them.

use super::{COLUMNS, ViewRow, get, note, writes};
use crate::database::Database;
use crate::database::fault::Told;
use crate::identity::accounts::Viewer;
use crate::identity::keys::random;
use crate::identity::shown::Secret;
use crate::machine::Machine;
use chrono::{DateTime, Utc};
use parallax_domain::Problem;
use serde_json::json;
use sha2::{Digest, Sha256};

/// A link as its owner sees it. The token itself was shown once and is not kept.
#[derive(Clone, Debug)]
pub struct LinkRow {
    /// Names the link in forms: its hash, in hexadecimal digits.
    pub id: String,
    pub created_by: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// What a link opens, and for whom questions are asked: nobody with a role, one project.
#[derive(Clone, Debug)]
pub struct Shared {
    pub view: ViewRow,
    pub viewer: Viewer,
}

/// Makes a link; the page of the view shows it once.
pub async fn share(machine: &Machine, viewer: &Viewer, project: i32, id: i64) -> Result<String, Problem> {
    writes(viewer)?;
    let database = &machine.database;
    let view = get(database, viewer, project, id).await?;
    let token = hex::encode(random::<32>());
    sqlx::query("insert into share_link (token, view, created_by) values ($1, $2, $3)")
        .bind(hash(&token))
        .bind(id)
        .bind(viewer.account)
        .execute(&database.admin)
        .await
        .told()?;
    note(database, viewer, &view, "link made", json!({ "link": &hex::encode(hash(&token))[..12] })).await?;
    let secret = Secret {
        title: format!("Link to {}", view.name),
        text: format!("{}/shared/{token}", machine.public_url()),
        note: "Whoever has it sees this funnel, read-only, until you end the link.".to_owned(),
    };
    machine.shown.keep(viewer.account, &place(id), secret, machine.clock.now());
    Ok("Link made".to_owned())
}

/// The page that shows a new link.
pub fn place(view: i64) -> String {
    format!("view {view}")
}

/// Links that work, newest first.
pub async fn links(database: &Database, viewer: &Viewer, project: i32, id: i64) -> Result<Vec<LinkRow>, Problem> {
    get(database, viewer, project, id).await?;
    let rows: Vec<(Vec<u8>, Option<String>, DateTime<Utc>)> = sqlx::query_as(
        "select l.token, a.name, l.created_at from share_link l left join account a on a.id = l.created_by \
         where l.view = $1 and l.revoked_at is null order by l.created_at desc",
    )
    .bind(id)
    .fetch_all(&database.admin)
    .await
    .told()?;
    let row = |(token, created_by, created_at)| LinkRow { id: hex::encode(token), created_by, created_at };
    Ok(rows.into_iter().map(row).collect())
}

/// Ends a link, named by its id, or all links of a view. Returns how many were ended.
pub async fn unshare(
    database: &Database,
    viewer: &Viewer,
    project: i32,
    id: i64,
    link: Option<&str>,
) -> Result<u64, Problem> {
    writes(viewer)?;
    let view = get(database, viewer, project, id).await?;
    let token = match link {
        Some(link) => Some(hex::decode(link).map_err(|_| Problem::not_found("link"))?),
        None => None,
    };
    let ended = sqlx::query(
        "update share_link set revoked_at = now() where view = $1 and revoked_at is null and ($2::bytea is null or token = $2)",
    )
    .bind(id)
    .bind(token)
    .execute(&database.admin)
    .await
    .told()?
    .rows_affected();
    note(database, viewer, &view, "link ended", json!({ "links": ended })).await?;
    Ok(ended)
}

/// The view behind a link. An ended link, a removed view and a made-up token look alike.
pub async fn open(database: &Database, token: &str) -> Result<Shared, Problem> {
    let query = format!(
        "select {COLUMNS} from share_link l join saved_view v on v.id = l.view \
         join account m on m.id = l.created_by left join account a on a.id = v.owner \
         where l.token = $1 and l.revoked_at is null and v.removed_at is null and m.disabled_at is null"
    );
    let view: Option<ViewRow> =
        sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(hash(token)).fetch_optional(&database.admin).await.told()?;
    let view = view.ok_or_else(|| Problem::not_found("shared page"))?;
    let viewer = Viewer {
        account: 0,
        email: "shared link".to_owned(),
        name: "shared link".to_owned(),
        roles: Vec::new(),
        projects: Some(vec![view.project]),
    };
    Ok(Shared { view, viewer })
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
