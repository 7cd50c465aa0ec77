//! Answers as they would have been at an earlier moment: without the records that came since, and with the people
//! who were known as one then. With these a figure that changed can say why: `views::memory` asks the same question
//! several times, each time with one more of the changes.

use super::Look;
use crate::database::Reader;
use crate::database::fault::Told;
use chrono::{DateTime, Utc};
use parallax_domain::{Kind, Problem};
use std::collections::HashMap;
use std::sync::Arc;

/// Records that came since, beyond which telling them apart would cost more than it tells.
const MOST: i64 = 500_000;

/// A moment in the order of ingestion. Only questions about people know it; whoever answers one from anything else
/// than timelines must turn to the timelines while it is set.
#[derive(Clone, Debug, PartialEq)]
pub struct AsOf {
    /// Records of later batches are left out …
    pub batch: i64,
    /// … if they happened at this time or later; none leaves out all of them.
    pub happened_from: Option<DateTime<Utc>>,
    /// Changes of who is whom up to this one; none knows all of them.
    pub reassignment: Option<i64>,
}

/// The last batch and the last change of people, as of now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub batch: i64,
    pub reassignment: i64,
}

/// How many of the rows of one subject at one millisecond came since; they are the last in its order.
#[derive(Clone, Debug, Default)]
pub struct Since(HashMap<(u32, i64), u32>);

impl Since {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a row is left out that has `after` more rows of its subject at its millisecond behind it.
    pub fn holds(&self, subject: u32, at: i64, after: usize) -> bool {
        self.0.get(&(subject, at)).is_some_and(|came| after < *came as usize)
    }
}

/// The mark of this moment.
pub async fn mark(look: &mut Look) -> Result<Mark, Problem> {
    let (batch, reassignment) = sqlx::query_as(
        "select (select last_value from batch_id), (select coalesce(max(seq), 0) from reassignment where project = $1)",
    )
    .bind(look.project)
    .fetch_one(&mut *look.connection)
    .await
    .told()?;
    Ok(Mark { batch, reassignment })
}

/// The rows between two instants (seconds, the second exclusive) that came since.
pub async fn since(
    connection: &mut Reader,
    project: i32,
    as_of: &AsOf,
    from: i64,
    to: i64,
) -> Result<Arc<Since>, Problem> {
    let instant = |seconds: i64| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    let from = as_of.happened_from.map_or(instant(from), |happened| happened.max(instant(from)));
    let rows: Vec<(Option<i32>, DateTime<Utc>)> = sqlx::query_as(
        "select subject, at from event where project = $1 and at >= $2 and at < $3 and seq >= $4 limit $5",
    )
    .bind(project)
    .bind(from)
    .bind(instant(to))
    .bind((as_of.batch + 1) << 20)
    .bind(MOST + 1)
    .fetch_all(&mut **connection)
    .await
    .told()?;
    if rows.len() as i64 > MOST {
        return Err(Problem::new(Kind::TooLarge, "More records came since than can be told apart."));
    }
    let mut since = Since::default();
    for (subject, at) in rows {
        *since.0.entry((subject.unwrap_or(0) as u32, at.timestamp_millis())).or_default() += 1;
    }
    Ok(Arc::new(since))
}
