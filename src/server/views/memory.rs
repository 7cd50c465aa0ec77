//! What a saved view or a shared link said at the moment it was kept, and what is needed to ask exactly that again.
//!
//! A figure that is different later has one of few causes: records that came late, people recognised as one, people
//! erased or records expired, or a new rule. They are told apart by asking the same question of growing sets of rows:
//!
//! 1. `base`: the rows of batches up to the mark, with the people known then; kept while it can still be asked.
//! 2. the same, asked now: what is missing against `base` was erased or expired.
//! 3. with the people known now: the difference is people who turned out to be one.
//! 4. with rows that came since but happened before the moment of keeping: the difference came late.
//! 5. as it is now: the difference happened since, such as the end of a funnel's window.
//!
//! The differences are signed and add up to the whole change.

use crate::database::Database;
use crate::database::fault::Told;
use crate::store::as_of::{AsOf, Mark};
use chrono::{DateTime, Utc};
use parallax_domain::Problem;
use parallax_domain::screen::Kept;
use sqlx::types::Json;

/// Version of the rules by which questions are answered. Raised when an answer to the same question over the same
/// records would be another one; a kept figure of another version says so instead of guessing causes.
pub const RULES: i32 = 1;

/// Seconds after which every transaction that was open at the mark has ended: writers give up earlier.
const SETTLED_AFTER: f64 = 10.0;

/// Where a memory belongs.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub project: i32,
    pub view: i64,
    pub version: i32,
    /// Hash of the shared link; none for the view itself.
    pub link: Option<&'a [u8]>,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Memory {
    pub id: i64,
    pub project: i32,
    pub view: i64,
    pub version: i32,
    pub page: String,
    pub query: String,
    pub rules: i32,
    pub figures: Json<Vec<Kept>>,
    pub batch: i64,
    pub reassignment: i64,
    pub base: Option<Json<Vec<Kept>>>,
    pub made_at: DateTime<Utc>,
}

impl Memory {
    /// Rows up to the mark, people of then.
    pub fn then(&self) -> AsOf {
        AsOf { batch: self.batch, happened_from: None, reassignment: Some(self.reassignment) }
    }

    /// Rows up to the mark, people of now.
    pub fn merged(&self) -> AsOf {
        AsOf { batch: self.batch, happened_from: None, reassignment: None }
    }

    /// Also the rows that came since and had happened before.
    pub fn late(&self) -> AsOf {
        AsOf { batch: self.batch, happened_from: Some(self.made_at), reassignment: None }
    }
}

const COLUMNS: &str =
    "id, project, view, version, page, query, rules, figures, batch, reassignment, base, made_at from memory";

/// Writes down what a page said. `page` and `query` name it over absolute times.
pub async fn write(
    database: &Database,
    place: Place<'_>,
    (page, query): (&str, &str),
    figures: &[Kept],
    mark: Mark,
    now: DateTime<Utc>,
) -> Result<i64, Problem> {
    sqlx::query_scalar(
        "insert into memory (project, view, version, link, page, query, rules, figures, batch, reassignment, made_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning id",
    )
    .bind(place.project)
    .bind(place.view)
    .bind(place.version)
    .bind(place.link)
    .bind(page)
    .bind(query)
    .bind(RULES)
    .bind(Json(figures))
    .bind(mark.batch)
    .bind(mark.reassignment)
    .bind(now)
    .fetch_one(&database.admin)
    .await
    .told()
}

/// The newest memory of a view, or of one link to it.
pub async fn newest(database: &Database, view: i64, link: Option<&[u8]>) -> Result<Option<Memory>, Problem> {
    let query = format!(
        "select {COLUMNS} where view = $1 and link is not distinct from $2 order by made_at desc, id desc limit 1"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(view).bind(link).fetch_optional(&database.admin).await.told()
}

/// Memories whose base can be asked by now.
pub async fn due(database: &Database, now: DateTime<Utc>) -> Result<Vec<Memory>, Problem> {
    let query = format!(
        "select {COLUMNS} where base is null and made_at < $1 - make_interval(secs => $2) \
         and made_at > $1 - interval '1 hour' order by made_at limit 10"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(now).bind(SETTLED_AFTER).fetch_all(&database.admin).await.told()
}

pub async fn write_base(database: &Database, id: i64, base: &[Kept]) -> Result<(), Problem> {
    sqlx::query("update memory set base = $2 where id = $1 and base is null")
        .bind(id)
        .bind(Json(base))
        .execute(&database.admin)
        .await
        .told()?;
    Ok(())
}

/// Whether anybody was erased or events expired since the memory was made.
pub async fn removed_since(database: &Database, memory: &Memory) -> Result<bool, Problem> {
    sqlx::query_scalar(
        "select exists (select from subject where project = $1 and erased_at >= $2) \
             or exists (select from deletion where project = $1 and ended_at >= $2 and signal in ('event', 'chunk'))",
    )
    .bind(memory.project)
    .bind(memory.made_at)
    .fetch_one(&database.admin)
    .await
    .told()
}
