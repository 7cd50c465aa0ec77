//! Which events a project has, for choices on screens.

use crate::database::fault::Told;
use crate::store::{Look, Store};
use parallax_domain::{Instant, Problem};

/// Newest events that are looked at.
const SAMPLE: i64 = 50_000;

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct EventName {
    pub name: String,
    pub count: i64,
    /// How many of them carried money.
    pub paid: i64,
}

impl Store {
    /// Names among the newest events since an instant, the most frequent first.
    pub async fn event_names(&self, look: &mut Look, since: Instant) -> Result<Vec<EventName>, Problem> {
        sqlx::query_as(
            "select name, count(*) as count, count(revenue) as paid \
             from (select name, revenue from event where project = $1 and at >= $2 order by at desc limit $3) newest \
             group by 1 order by 2 desc, 1 limit 200",
        )
        .bind(look.project)
        .bind(since)
        .bind(SAMPLE)
        .fetch_all(&mut *look.connection)
        .await
        .told()
    }
}

/// What connects the signals of a project, judged by its newest records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Links {
    pub lines_with_trace: bool,
    pub requests_with_person: bool,
}

impl Store {
    pub async fn links(&self, look: &mut Look) -> Result<Links, Problem> {
        sqlx::query_as(
            "select exists (select from (select trace_id from log where project = $1 and at > now() - interval '1 day' \
                                         order by at desc limit 2000) l where trace_id is not null) as lines_with_trace, \
                    exists (select from span where project = $1 and at > now() - interval '1 day' and subject is not null) as requests_with_person",
        )
        .bind(look.project)
        .fetch_one(&mut *look.connection)
        .await
        .told()
    }
}
