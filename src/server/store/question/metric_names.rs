//! Which metrics there are.

use crate::database::fault::Told;
use crate::store::{Look, Store};
use chrono::{DateTime, Utc};
use parallax_domain::Problem;

/// A metric over all its series.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct MetricName {
    pub name: String,
    pub unit: String,
    pub description: String,
    /// 0 gauge, 1 sum, 2 histogram, 3 exponential histogram, 4 summary.
    pub kind: i16,
    pub monotonic: bool,
    pub series: i64,
    pub services: Vec<String>,
    pub hosts: i64,
    pub first_seen: DateTime<Utc>,
    /// Of all metrics that fit.
    pub total: i64,
}

impl Store {
    /// Metrics whose name or description contains `search` (any, if empty), by name, from `offset` on.
    pub async fn metric_names(
        &self,
        look: &mut Look,
        search: &str,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<MetricName>, Problem> {
        sqlx::query_as(
            "select name, max(unit) as unit, max(description) as description, min(kind) as kind, bool_or(monotonic) as monotonic, \
                    count(*) as series, count(distinct host) as hosts, min(first_seen) as first_seen, \
                    coalesce(array_agg(distinct service) filter (where service is not null), '{}') as services, \
                    count(*) over () as total \
             from series where project = $1 and (name ilike $2 or description ilike $2) \
             group by name order by name limit $3 offset $4",
        )
        .bind(look.project)
        .bind(super::search::like(search.trim()))
        .bind(limit)
        .bind(offset)
        .fetch_all(&mut *look.connection)
        .await
        .told()
    }
}
