//! Who is active, with what, and who left.

use super::Read;
use crate::database::fault::Told;
use crate::engine::active::{self, Active};
use crate::engine::calendar::Buckets;
use crate::engine::choices::{self, Choices};
use crate::engine::growth::{self, Growth};
use crate::engine::usage::{self, Usage};
use crate::projection::chunk::Kind;
use crate::store::rows::shard;
use crate::store::{Look, Store};
use chrono::{DateTime, Utc};
use parallax_domain::question::{Frame, Lifecycle};
use parallax_domain::{Category, Instant, Problem};
use std::collections::HashMap;

impl Store {
    /// People per day, and within the 7 and 28 days that end with it.
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question active people", otel.kind = "client"))]
    pub async fn active_people(
        &self,
        look: &mut Look,
        frame: &Frame,
        event: Option<&str>,
    ) -> Result<Read<Active>, Problem> {
        self.run(look, "active people", &(frame, event), active::Plan::new(event, frame)?).await
    }

    /// Every kind of event with the people who did it.
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question usage", otel.kind = "client"))]
    pub async fn usage(&self, look: &mut Look, frame: &Frame, buckets: Buckets) -> Result<Read<Usage>, Problem> {
        let asked = (frame, buckets.labels());
        self.run(look, "usage", &asked, usage::Plan::new(frame, buckets)?).await
    }

    /// Of each field the value that each person had last.
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question choices", otel.kind = "client"))]
    pub async fn choices(&self, look: &mut Look, frame: &Frame, fields: &[&str]) -> Result<Read<Choices>, Problem> {
        self.run(look, "choices", &(frame, fields), choices::Plan::new(fields, frame)?).await
    }

    /// The lifecycle, with those apart who refused to be measured.
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question growth", otel.kind = "client"))]
    pub async fn growth(&self, look: &mut Look, frame: &Frame, asked: &Lifecycle) -> Result<Read<Growth>, Problem> {
        let said_no = self.refusals_of_usage(look, frame.from).await?;
        let (result, n) = self.ask(look, growth::Plan::new(asked, frame, said_no)?).await?;
        Ok(Read::projection(result, n))
    }

    /// The first day of which events are kept; none without any. Before it nothing is known, which is not zero.
    pub async fn events_begin(&self, look: &mut Look) -> Result<Option<Instant>, Problem> {
        sqlx::query_scalar("select min(period) from chunk where shard = $1 and project = $2 and kind = $3")
            .bind(shard(look.project))
            .bind(look.project)
            .bind(Kind::Timeline as i16)
            .fetch_one(&mut *look.connection)
            .await
            .told()
    }

    /// People (by number) whose newest decision refuses usage, and when they took it, as far as it is not older than
    /// two months before `from`.
    async fn refusals_of_usage(&self, look: &mut Look, from: Instant) -> Result<HashMap<u32, i64>, Problem> {
        let rows: Vec<(i32, DateTime<Utc>)> = sqlx::query_as(
            "select s.person, max(d.decided_at) from ( \
                 select distinct on (ref) ref, decided_at, denied from consent \
                 where project = $1 order by ref, decided_at desc \
             ) d join subject s on s.project = $1 and s.ref = d.ref \
             where d.denied & $2 <> 0 and d.decided_at >= $3 group by s.person",
        )
        .bind(look.project)
        .bind(i16::from(Category::Usage.bit()))
        .bind(from - chrono::Duration::days(62))
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        Ok(rows.into_iter().map(|(person, at)| (person as u32, at.timestamp_millis())).collect())
    }
}
