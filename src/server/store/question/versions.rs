//! Versions of services: which there were, since when, and who brought them.

use crate::database::fault::Told;
use crate::store::{Look, Store};
use chrono::{DateTime, Utc};
use parallax_domain::{Period, Problem};

/// A version that came. The first one known of a service came before anybody looked.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct VersionRow {
    pub service: String,
    pub version: String,
    pub environment: String,
    pub at: DateTime<Utc>,
    pub author: Option<String>,
    pub url: Option<String>,
    /// `told` by a pipeline, or `seen`.
    pub source: String,
    /// What ran before it came; none for the first.
    pub before: Option<String>,
    /// When the next version of the service came.
    pub until: Option<DateTime<Utc>>,
}

impl Store {
    /// Versions that came until the end of the period, newest first. What a pipeline told is not repeated as seen.
    pub async fn versions(
        &self,
        look: &mut Look,
        period: Period,
        service: Option<&str>,
        environment: Option<&str>,
        limit: i64,
    ) -> Result<Vec<VersionRow>, Problem> {
        sqlx::query_as(
            "select service, version, environment, at, author, url, source, \
                    lag(version) over one_after_another as before, lead(at) over one_after_another as until \
             from deployment d \
             where project = $1 and at < $2 and ($3::text is null or service = $3) \
               and ($4::text is null or environment in ($4, '')) \
               and (source = 'told' or not exists (select from deployment t where t.project = d.project and t.service = d.service \
                                                   and t.version = d.version and t.source = 'told' \
                                                   and t.at < d.at + interval '1 hour')) \
             window one_after_another as (partition by service, environment order by at, id) \
             order by at desc, id desc limit $5",
        )
        .bind(look.project)
        .bind(period.to)
        .bind(service)
        .bind(environment)
        .bind(limit)
        .fetch_all(&mut *look.connection)
        .await
        .told()
    }
}
