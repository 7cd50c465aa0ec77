//! What happened that somebody might want to know of: new issues, deployments, tickets. Each person has seen them up
//! to an instant of their own.

use crate::database::fault::Told;
use crate::identity::accounts::Viewer;
use crate::machine::Machine;
use chrono::{DateTime, Utc};
use parallax_domain::{Permission, Problem};

/// Shown at most.
const MOST: i64 = 20;
/// Older things are not news.
const DAYS: i32 = 7;

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct NoticeRow {
    /// `issue`, `deployment` or `ticket`.
    pub kind: String,
    pub id: String,
    pub words: String,
    pub at: DateTime<Utc>,
    pub new: bool,
}

/// The newest things of a project, newest first.
pub async fn list(machine: &Machine, viewer: &Viewer, project: i32) -> Result<Vec<NoticeRow>, Problem> {
    if !viewer.sees(project) {
        return Err(Problem::not_found("project"));
    }
    let since = machine.clock.now() - chrono::Duration::days(DAYS.into());
    sqlx::query_as(
        "select kind, id, words, at, at > coalesce((select notices_seen_at from account where id = $2), $3) as new from (\
           (select 'issue' as kind, lpad(to_hex(id), 16, '0') as id, title as words, first_seen as at from issue \
            where project = $1 and first_seen > $3 and state = 'open' order by first_seen desc limit $4) \
           union all \
           (select 'deployment', id::text, service || ' ' || version, at from deployment \
            where project = $1 and at > $3 and source = 'told' order by at desc limit $4) \
           union all \
           (select 'ticket', id, title, at from ticket where $6 and project = $1 and at > $3 order by at desc limit $4)) as found \
         where at <= $5 order by at desc limit $4",
    )
    .bind(project)
    .bind(viewer.account)
    .bind(since)
    .bind(MOST)
    .bind(machine.clock.now())
    // What people write to support is for those who answer it.
    .bind(viewer.may(Permission::WriteSupport))
    .fetch_all(&machine.database.admin)
    .await
    .told()
}

/// From now on everything up to now is seen.
pub async fn see(machine: &Machine, viewer: &Viewer) -> Result<(), Problem> {
    sqlx::query("update account set notices_seen_at = $2 where id = $1")
        .bind(viewer.account)
        .bind(machine.clock.now())
        .execute(&machine.database.admin)
        .await
        .told()?;
    Ok(())
}
