//! Questions about people: the events that a question needs are gathered person by person from the
//! timelines and shown to the engine.

use super::Store;
use super::as_of::{self, AsOf};
use super::days::{ByDay, reading};
use super::gather::{Material, Reading, answer};
use super::matching::Matcher;
use super::persons::Persons;
use crate::database::Reader;
use crate::database::fault::Told;
use crate::engine::calendar::Span;
use crate::engine::{Needs, Question};
use crate::identity::accounts::Viewer;
use crate::projection::projector::fresh_as_of;
use crate::projection::timeline::{CURRENCY, DAY, REVENUE, SESSION, WEIGHT, part_of};
use parallax_domain::{Instant, Problem, Quality};
use std::collections::HashMap;
use std::sync::Arc;

impl Store {
    /// Opens a look at one project for this viewer: nothing is read for nobody.
    pub async fn look(&self, viewer: &Viewer, project: i32) -> Result<Look, Problem> {
        if !viewer.sees(project) {
            return Err(Problem::not_found("project"));
        }
        let mut connection = self.database.reader(project).await.told()?;
        let fresh_as_of = fresh_as_of(&mut connection).await.told()?;
        Ok(Look { connection, project, fresh_as_of, as_of: None })
    }

    /// Asks the engine's question of every person of the project; with the answer the number of events it rests on.
    pub async fn ask<Q: Question + Send + 'static>(
        &self,
        look: &mut Look,
        question: Q,
    ) -> Result<(Q::Answer, i64), Problem>
    where
        Q::Answer: Send,
    {
        let needs = question.needs().clone();
        let matcher = Matcher::of(&needs)?;
        let parts = Parts::of(&needs, &matcher);
        let known = look.as_of.as_ref().and_then(|as_of| as_of.reassignment);
        let persons = match known {
            Some(reassignment) => Persons::before(&mut look.connection, look.project, reassignment).await.told()?,
            None => self.persons.of(&mut look.connection, look.project).await.told()?,
        };
        let _turn = self.turns.acquire().await.map_err(|_| Problem::unavailable("The server is shutting down."))?;
        let material = self.material(look, &needs, &parts, &persons).await?;
        tokio::task::spawn_blocking(move || answer(&question, &needs, &matcher, &parts, &material, &persons))
            .await
            .map_err(|_| Problem::unavailable("The answer was interrupted."))
    }

    /// Everything that a question reads.
    async fn material(
        &self,
        look: &mut Look,
        needs: &Needs,
        parts: &Parts,
        persons: &Persons,
    ) -> Result<Material, Problem> {
        let reach = Span { from: needs.reach.from.unwrap_or(EARLIEST), to: needs.reach.to.unwrap_or(LATEST) };
        let first = reach.from.max(EARLIEST).div_euclid(DAY) * DAY / 1000;
        let last = reach.to.min(LATEST).div_euclid(1000) + 1;
        let as_of = look.as_of.clone();
        let since = match &as_of {
            Some(as_of) => as_of::since(&mut look.connection, look.project, as_of, first, last).await?,
            None => Arc::default(),
        };
        // Presence does not know what came when.
        let by_day = if as_of.is_none() { ByDay::of(needs) } else { None };
        for _ in 0..3 {
            let pieces = self.pieces(&mut look.connection, look.project, first, last).await?;
            let presence = match &by_day {
                Some(by_day) => self.presence(&mut look.connection, look.project, &pieces, by_day).await?,
                None => HashMap::new(),
            };
            let mut material = Material { since: since.clone(), ..Material::default() };
            let mut read = Vec::new();
            for piece in pieces {
                let parts = presence.get(&piece).map(Vec::as_slice);
                let (present, rows) = reading(by_day.as_ref().zip(parts), piece.start * 1000, reach, persons);
                for day in present {
                    material.readings.push(Reading::Day { present: material.present.len() });
                    material.present.push(day);
                }
                if !rows.is_empty() {
                    material.readings.push(Reading::Rows { sheet: read.len(), spans: rows });
                    read.push(piece);
                }
            }
            if let Some(sheets) = self.sheets(&mut look.connection, look.project, &read, &parts.names).await? {
                return Ok(Material { sheets, ..material });
            }
        }
        Err(Problem::unavailable("The figures are being rearranged right now."))
    }
}

/// One reader connection at one project, and how fresh what it sees is.
pub struct Look {
    pub connection: Reader,
    pub project: i32,
    pub fresh_as_of: Instant,
    /// Answers are of this moment instead of now.
    pub as_of: Option<AsOf>,
}

impl Look {
    pub fn quality(&self, n: i64, source: &str) -> Quality {
        Quality::measured(n, self.fresh_as_of, source)
    }
}

/// Years 1 to 9999, the range of Postgres' and chrono's calendars alike, in milliseconds.
const EARLIEST: i64 = -62_135_596_800_000;
const LATEST: i64 = 253_402_214_400_000;

/// Which columns are loaded, and where each is found among them.
pub struct Parts {
    pub names: Vec<String>,
    pub fields: Vec<Source>,
    pub numbers: Vec<Source>,
    pub session: Option<usize>,
    /// Amount and currency.
    pub revenue: Option<(usize, usize)>,
    pub weight: Option<usize>,
}

/// Where the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Name,
    Category,
    Column(usize),
}

impl Parts {
    pub fn of(needs: &Needs, matcher: &Matcher) -> Parts {
        let mut names = matcher.parts.clone();
        let mut place = |part: String| match names.iter().position(|known| *known == part) {
            Some(at) => at,
            None => {
                names.push(part);
                names.len() - 1
            }
        };
        let mut source = |field: &str| match field {
            "event" => Source::Name,
            "category" => Source::Category,
            other => Source::Column(place(part_of(other))),
        };
        let fields = needs.fields.iter().map(|field| source(field)).collect();
        let numbers = needs.numbers.iter().map(|field| source(field)).collect();
        let session = needs.sessions.then(|| place(SESSION.to_owned()));
        let revenue = needs.revenue.then(|| (place(REVENUE.to_owned()), place(CURRENCY.to_owned())));
        let weight = needs.weights.then(|| place(WEIGHT.to_owned()));
        Parts { names, fields, numbers, session, revenue, weight }
    }
}

/// Turns the numbers of people in an answer into their references.
impl Store {
    pub async fn references(&self, look: &mut Look, numbers: &[i32]) -> Result<Vec<(i32, uuid::Uuid)>, Problem> {
        sqlx::query_as("select number, ref from subject where project = $1 and number = any($2)")
            .bind(look.project)
            .bind(numbers)
            .fetch_all(&mut *look.connection)
            .await
            .told()
    }
}
