//! Words of people on the time axis.

use crate::database::fault::Told;
use crate::store::{Look, Store};
use chrono::{DateTime, Utc};
use parallax_domain::{Period, Problem};

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct AnnotationRow {
    pub id: i64,
    pub at: DateTime<Utc>,
    /// None: a moment.
    pub until: Option<DateTime<Utc>>,
    pub words: String,
}

impl Store {
    /// The newest annotations that touch a period, in order of time.
    pub async fn annotations(
        &self,
        look: &mut Look,
        period: Period,
        limit: i64,
    ) -> Result<Vec<AnnotationRow>, Problem> {
        let mut rows: Vec<AnnotationRow> = sqlx::query_as(
            "select id, at, until, words from annotation \
             where project = $1 and at < $3 and coalesce(until, at) >= $2 and removed_at is null \
             order by at desc, id desc limit $4",
        )
        .bind(look.project)
        .bind(period.from)
        .bind(period.to)
        .bind(limit)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        rows.reverse();
        Ok(rows)
    }
}
