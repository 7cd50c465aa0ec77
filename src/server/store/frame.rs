//! What the frame of a screen needs to know: environments, deployments, what has arrived.

use super::{Look, Store};
use crate::database::fault::Told;
use crate::engine::calendar::Buckets;
use crate::projection::chunk::Kind;
use crate::store::question::requests::CellFilter;
use chrono::{DateTime, Utc};
use parallax_domain::{Period, Problem};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct DeploymentRow {
    pub service: String,
    pub version: String,
    pub environment: String,
    pub at: DateTime<Utc>,
    pub author: Option<String>,
    pub url: Option<String>,
    pub source: String,
}

impl Store {
    /// Environments that services report from.
    pub async fn environments(&self, look: &mut Look) -> Result<Vec<String>, Problem> {
        sqlx::query_scalar(
            "select distinct environment from deployment where project = $1 and environment <> '' order by 1 limit 20",
        )
        .bind(look.project)
        .fetch_all(&mut *look.connection)
        .await
        .told()
    }

    /// The newest deployments of a period, in order of time. A version that a pipeline told of is not repeated as seen.
    pub async fn deployments(
        &self,
        look: &mut Look,
        period: Period,
        limit: i64,
    ) -> Result<Vec<DeploymentRow>, Problem> {
        let mut rows: Vec<DeploymentRow> = sqlx::query_as(
            "select service, version, environment, at, author, url, source from deployment d \
             where project = $1 and at >= $2 and at < $3 \
               and (source = 'told' \
                    or (not exists (select from deployment t where t.project = d.project and t.service = d.service \
                                    and t.version = d.version and t.source = 'told') \
                        and exists (select from deployment o where o.project = d.project and o.service = d.service \
                                    and o.version <> d.version and o.at < d.at))) \
             order by at desc limit $4",
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

    /// Services that answered requests in the period, by number of requests.
    pub async fn services(
        &self,
        look: &mut Look,
        period: Period,
        buckets: &Buckets,
    ) -> Result<Vec<(String, u64)>, Problem> {
        let table = self
            .cells(look, Kind::Requests, period, buckets, &CellFilter::default(), |words| {
                words[0].unwrap_or("").to_owned()
            })
            .await?;
        let mut services: Vec<(String, u64)> =
            table.into_iter().map(|(name, cells)| (name, cells.iter().map(|cell| cell.count).sum())).collect();
        services.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(services)
    }
}
