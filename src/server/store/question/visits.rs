//! Where visits come from and what they lead to.

use super::Read;
use crate::database::fault::Told;
use crate::engine::calendar::Buckets;
use crate::engine::live::{self, Live};
use crate::engine::visits::{self, Visits};
use crate::engine::{Several, attribution};
use crate::store::{Look, Store};
use chrono::NaiveDate;
use parallax_domain::question::{Attribution, AttributionAnswer, Frame, Model};
use parallax_domain::{Instant, Problem};

/// What a campaign cost in some days.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct SpendRow {
    pub campaign: String,
    pub source: String,
    pub medium: String,
    pub currency: String,
    /// Millionths of the currency's unit.
    pub amount: i64,
    /// The newest day that was told.
    pub until: NaiveDate,
}

impl Store {
    /// Filters of the frame choose whole visits.
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question visits", otel.kind = "client"))]
    pub async fn visits(
        &self,
        look: &mut Look,
        frame: &Frame,
        goal: Option<&str>,
        facets: bool,
        buckets: Buckets,
    ) -> Result<Read<Visits>, Problem> {
        let asked = (frame, goal, facets, buckets.labels());
        self.run(look, "visits", &asked, visits::Plan::new(goal, facets, frame, buckets)?).await
    }

    /// Who is here now.
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question live", otel.kind = "client"))]
    pub async fn live(&self, look: &mut Look, frame: &Frame, now: Instant) -> Result<Read<Live>, Problem> {
        let (result, n) = self.ask(look, live::Plan::new(frame, now)?).await?;
        Ok(Read::projection(result, n))
    }

    /// The same conversions credited under several rules, in their order.
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question attribution", otel.kind = "client"))]
    pub async fn attributions(
        &self,
        look: &mut Look,
        frame: &Frame,
        asked: &Attribution,
        models: &[Model],
    ) -> Result<Read<Vec<AttributionAnswer>>, Problem> {
        let plans =
            models.iter().map(|model| attribution::Plan::new(&Attribution { model: *model, ..asked.clone() }, frame));
        let (result, n) = self.ask(look, Several::new(plans.collect::<Result<Vec<_>, Problem>>()?)?).await?;
        Ok(Read::projection(result, n))
    }

    /// Spend of these days, both included, by campaign and currency.
    pub async fn spend(&self, look: &mut Look, from: NaiveDate, to: NaiveDate) -> Result<Vec<SpendRow>, Problem> {
        sqlx::query_as(
            "select campaign, source, medium, currency, sum(amount)::bigint as amount, max(day) as until from spend \
             where project = $1 and day between $2 and $3 group by 1, 2, 3, 4 order by 5 desc, 1, 2, 3, 4",
        )
        .bind(look.project)
        .bind(from)
        .bind(to)
        .fetch_all(&mut *look.connection)
        .await
        .told()
    }
}
