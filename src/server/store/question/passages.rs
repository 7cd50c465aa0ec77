//! Around the steps of a funnel: what people do next, and what those met who left.

use super::Read;
use crate::database::fault::Told;
use crate::engine::funnel::{CausesPlan, Next, NextPlan, StepSigns};
use crate::store::{Look, Store};
use chrono::{DateTime, Utc};
use parallax_domain::question::{Frame, Funnel};
use parallax_domain::{Period, Problem};
use std::collections::HashMap;

/// Exceptions read for one question; more would not change what they say.
const MOST_EXCEPTIONS: i64 = 200_000;

/// An exception that people met.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct MetIssue {
    pub id: i64,
    pub title: String,
}

/// What people met between the steps, and the issues that its signs name by their place.
pub struct Causes {
    pub steps: Vec<StepSigns>,
    pub issues: Vec<MetIssue>,
}

impl Store {
    /// What people do after the last step.
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question next step", otel.kind = "client"))]
    pub async fn next_steps(&self, look: &mut Look, frame: &Frame, funnel: &Funnel) -> Result<Read<Next>, Problem> {
        let plan = NextPlan::new(funnel, frame, look.fresh_as_of)?;
        let (result, n) = self.ask(look, plan).await?;
        Ok(Read::projection(result, n))
    }

    /// What those met who left before each step, against those who reached it.
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question causes", otel.kind = "client"))]
    pub async fn causes(&self, look: &mut Look, frame: &Frame, funnel: &Funnel) -> Result<Read<Causes>, Problem> {
        let reach = Period { from: frame.from, to: frame.to + chrono::Duration::seconds(funnel.window) };
        let (met, issues) = self.exceptions_of_people(look, reach).await?;
        let plan = CausesPlan::new(funnel, frame, look.fresh_as_of, met)?;
        let (steps, n) = self.ask(look, plan).await?;
        Ok(Read::projection(Causes { steps, issues }, n))
    }

    /// By person: when each met which issue (by its place in the list), in order of time.
    async fn exceptions_of_people(
        &self,
        look: &mut Look,
        period: Period,
    ) -> Result<(HashMap<u32, Vec<(i64, u32)>>, Vec<MetIssue>), Problem> {
        let rows: Vec<(i32, DateTime<Utc>, i64)> = sqlx::query_as(
            "select s.person, o.at, o.issue from occurrence o \
             join subject s on s.project = o.project and s.number = o.subject \
             where o.project = $1 and o.at >= $2 and o.at < $3 and o.subject is not null order by o.at limit $4",
        )
        .bind(look.project)
        .bind(period.from)
        .bind(period.to)
        .bind(MOST_EXCEPTIONS)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        let mut ids: Vec<i64> = rows.iter().map(|(_, _, issue)| *issue).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut met: HashMap<u32, Vec<(i64, u32)>> = HashMap::new();
        for (person, at, issue) in rows {
            let Ok(place) = ids.binary_search(&issue) else { continue };
            met.entry(person as u32).or_default().push((at.timestamp_millis(), place as u32));
        }
        let known: Vec<MetIssue> = sqlx::query_as("select id, title from issue where project = $1 and id = any($2)")
            .bind(look.project)
            .bind(&ids)
            .fetch_all(&mut *look.connection)
            .await
            .told()?;
        let titles: HashMap<i64, String> = known.into_iter().map(|issue| (issue.id, issue.title)).collect();
        let issues = ids
            .into_iter()
            .map(|id| MetIssue { id, title: titles.get(&id).cloned().unwrap_or_else(|| "An exception".to_owned()) })
            .collect();
        Ok((met, issues))
    }
}
