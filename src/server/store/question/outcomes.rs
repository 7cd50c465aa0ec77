//! What became of people who met errors.

use crate::database::fault::Told;
use crate::engine::outcome::{Aftermath, AftermathAnswer, Exposure, ExposureAnswer};
use crate::store::{Look, Store};
use parallax_domain::question::Frame;
use parallax_domain::{Instant, Period, Problem};
use std::collections::HashMap;

/// The error that somebody met last.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LastError {
    /// Number of the person.
    pub person: i32,
    pub reference: uuid::Uuid,
    pub at: Instant,
    pub issue: i64,
    pub title: String,
    /// Errors of this person in the period.
    pub count: i64,
}

impl Store {
    /// Each known person's last error of a period, the newest first.
    pub async fn last_errors(&self, look: &mut Look, period: Period) -> Result<Vec<LastError>, Problem> {
        sqlx::query_as(
            "select met.person, own.ref as reference, met.at, met.issue, i.title, met.count from \
               (select distinct on (s.person) s.person, o.at, o.issue, count(*) over (partition by s.person) as count \
                from occurrence o join subject s on s.project = o.project and s.number = o.subject \
                where o.project = $1 and o.at >= $2 and o.at < $3 order by s.person, o.at desc) met \
             join subject own on own.project = $1 and own.number = met.person \
             join issue i on i.project = $1 and i.id = met.issue \
             order by met.at desc, met.person",
        )
        .bind(look.project)
        .bind(period.from)
        .bind(period.to)
        .fetch_all(&mut *look.connection)
        .await
        .told()
    }

    /// Whether these people came back after their last error.
    pub async fn aftermath(&self, look: &mut Look, errors: &[LastError]) -> Result<AftermathAnswer, Problem> {
        let moments: HashMap<u32, i64> =
            errors.iter().map(|error| (error.person as u32, error.at.timestamp_millis())).collect();
        if moments.is_empty() {
            return Ok(AftermathAnswer::default());
        }
        let now = look.fresh_as_of;
        Ok(self.ask(look, Aftermath::new(moments, now)).await?.0)
    }

    /// Conversion from `start` to `goal` of people who met an error before the goal, against the others.
    pub async fn exposure(
        &self,
        look: &mut Look,
        frame: &Frame,
        start: &str,
        goal: &str,
    ) -> Result<ExposureAnswer, Problem> {
        let first: Vec<(i32, Instant)> = sqlx::query_as(
            "select s.person, min(o.at) from occurrence o join subject s on s.project = o.project and s.number = o.subject \
             where o.project = $1 and o.at >= $2 and o.at < $3 group by 1",
        )
        .bind(look.project)
        .bind(frame.from)
        .bind(frame.to)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        let exposed = first.into_iter().map(|(person, at)| (person as u32, at.timestamp_millis())).collect();
        Ok(self.ask(look, Exposure::new(exposed, start, goal, frame)?).await?.0)
    }
}
