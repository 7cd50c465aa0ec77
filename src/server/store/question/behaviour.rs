//! Questions about people.

use super::Read;
use crate::engine::{attribution, funnel, lifecycle, paths, retention, sessions, stickiness, trend};
use crate::store::{Look, Store};
use parallax_domain::Problem;
use parallax_domain::question::{
    Attribution, AttributionAnswer, Frame, Funnel, FunnelAnswer, FunnelPeople, FunnelPeopleAnswer, Lifecycle,
    LifecycleAnswer, Paths, PathsAnswer, Retention, RetentionAnswer, Sessions, SessionsAnswer, Stickiness,
    StickinessAnswer, Trend, TrendAnswer,
};
use std::collections::HashMap;

impl Store {
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question trend", otel.kind = "client"))]
    pub async fn trend(&self, look: &mut Look, frame: &Frame, asked: &Trend) -> Result<Read<TrendAnswer>, Problem> {
        let plan = trend::Plan::new(asked, frame)?;
        self.run(look, "trend", &(frame, asked), plan).await
    }

    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question funnel", otel.kind = "client"))]
    pub async fn funnel(&self, look: &mut Look, frame: &Frame, asked: &Funnel) -> Result<Read<FunnelAnswer>, Problem> {
        let plan = funnel::Plan::new(asked, frame, look.fresh_as_of)?;
        self.run(look, "funnel", &(frame, asked), plan).await
    }

    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question funnel people", otel.kind = "client"))]
    pub async fn funnel_people(
        &self,
        look: &mut Look,
        frame: &Frame,
        asked: &Funnel,
        people: &FunnelPeople,
    ) -> Result<Read<FunnelPeopleAnswer>, Problem> {
        let plan = funnel::PeoplePlan::new(asked, people, frame, look.fresh_as_of)?;
        let Read { mut result, n, .. } = self.run(look, "funnel people", &(frame, asked, people), plan).await?;
        let numbers: Vec<i32> = result.people.iter().filter_map(|person| person.person.parse().ok()).collect();
        let references: HashMap<String, String> = self
            .references(look, &numbers)
            .await?
            .into_iter()
            .map(|(number, reference)| (number.to_string(), person_id(reference)))
            .collect();
        for person in &mut result.people {
            if let Some(reference) = references.get(&person.person) {
                person.person.clone_from(reference);
            }
        }
        Ok(Read::projection(result, n))
    }

    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question retention", otel.kind = "client"))]
    pub async fn retention(
        &self,
        look: &mut Look,
        frame: &Frame,
        asked: &Retention,
    ) -> Result<Read<RetentionAnswer>, Problem> {
        let plan = retention::Plan::new(asked, frame, look.fresh_as_of)?;
        self.run(look, "retention", &(frame, asked), plan).await
    }

    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question stickiness", otel.kind = "client"))]
    pub async fn stickiness(
        &self,
        look: &mut Look,
        frame: &Frame,
        asked: &Stickiness,
    ) -> Result<Read<StickinessAnswer>, Problem> {
        self.run(look, "stickiness", &(frame, asked), stickiness::Plan::new(asked, frame)?).await
    }

    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question lifecycle", otel.kind = "client"))]
    pub async fn lifecycle(
        &self,
        look: &mut Look,
        frame: &Frame,
        asked: &Lifecycle,
    ) -> Result<Read<LifecycleAnswer>, Problem> {
        self.run(look, "lifecycle", &(frame, asked), lifecycle::Plan::new(asked, frame)?).await
    }

    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question paths", otel.kind = "client"))]
    pub async fn paths(&self, look: &mut Look, frame: &Frame, asked: &Paths) -> Result<Read<PathsAnswer>, Problem> {
        self.run(look, "paths", &(frame, asked), paths::Plan::new(asked, frame)?).await
    }

    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question attribution", otel.kind = "client"))]
    pub async fn attribution(
        &self,
        look: &mut Look,
        frame: &Frame,
        asked: &Attribution,
    ) -> Result<Read<AttributionAnswer>, Problem> {
        self.run(look, "attribution", &(frame, asked), attribution::Plan::new(asked, frame)?).await
    }

    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question sessions", otel.kind = "client"))]
    pub async fn sessions(
        &self,
        look: &mut Look,
        frame: &Frame,
        asked: &Sessions,
    ) -> Result<Read<SessionsAnswer>, Problem> {
        self.run(look, "sessions", &(frame, asked), sessions::Plan::new(asked, frame)?).await
    }
}

/// A person as programs and screens name one: opaque and stable.
pub fn person_id(reference: uuid::Uuid) -> String {
    format!("p_{}", reference.simple())
}

/// The reference behind the name of a person.
pub fn person_reference(id: &str) -> Option<uuid::Uuid> {
    let hex = id.strip_prefix("p_").filter(|hex| hex.len() == 32)?;
    uuid::Uuid::try_parse(hex).ok()
}
