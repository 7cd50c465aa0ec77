//! What people keep that looks further back than the data will.

use crate::database::Database;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Loss {
    pub id: i64,
    pub kind: String,
    pub name: String,
    /// None when the account is gone.
    pub owner: Option<String>,
    /// The first day of the answer that was saved with it.
    pub looks_back_to: DateTime<Utc>,
}

/// Saved views whose saved answer begins before the first day that stays. Only events feed them.
pub async fn of_views(
    database: &Database,
    project: i32,
    word: &str,
    first_kept: NaiveDate,
) -> Result<Vec<Loss>, sqlx::Error> {
    if !word.starts_with("event") && word != super::rule::CAP {
        return Ok(Vec::new());
    }
    sqlx::query_as(
        "select v.id, v.kind, v.name, a.name as owner, (v.answer ->> 'from')::timestamptz as looks_back_to \
         from saved_view v left join account a on a.id = v.owner \
         where v.project = $1 and v.removed_at is null and (v.answer ->> 'from')::timestamptz < $2 order by v.name",
    )
    .bind(project)
    .bind(first_kept.and_time(NaiveTime::MIN).and_utc())
    .fetch_all(&database.admin)
    .await
}
