//! Which metrics there are.

use crate::database::fault::Told;
use crate::store::{Look, Store};
use chrono::{DateTime, Utc};
use parallax_domain::Problem;
use sqlx::QueryBuilder;

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

const OF_SERIES: &str = "select name, max(unit) as unit, max(description) as description, min(kind) as kind, bool_or(monotonic) as monotonic, \
            count(*) as series, count(distinct host) as hosts, min(first_seen) as first_seen, \
            coalesce(array_agg(distinct service) filter (where service is not null), '{}') as services, \
            count(*) over () as total from series where project = ";

impl Store {
    /// Metrics whose name or description contains `search` (any, if empty), by name, from `offset` on.
    pub async fn metric_names(
        &self,
        look: &mut Look,
        search: &str,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<MetricName>, Problem> {
        let pattern = super::search::like(search.trim());
        let mut query = QueryBuilder::new(OF_SERIES);
        query.push_bind(look.project);
        query.push(" and (name ilike ").push_bind(&pattern).push(" or description ilike ").push_bind(&pattern);
        query.push(") group by name order by name limit ").push_bind(limit).push(" offset ").push_bind(offset);
        query.build_query_as().fetch_all(&mut *look.connection).await.told()
    }

    /// One metric by its exact name; none if it never came.
    pub async fn metric_name(&self, look: &mut Look, name: &str) -> Result<Option<MetricName>, Problem> {
        let mut query = QueryBuilder::new(OF_SERIES);
        query.push_bind(look.project).push(" and name = ").push_bind(name).push(" group by name");
        query.build_query_as().fetch_optional(&mut *look.connection).await.told()
    }
}
