//! Questions about people: the events that a question needs are gathered person by person from the
//! timelines and shown to the engine.

use super::Store;
use super::as_of::{self, AsOf, Since};
use super::matching::{Dictionary, Matcher};
use super::persons::Persons;
use super::timelines::{DAY, Day};
use crate::database::Reader;
use crate::database::fault::Told;
use crate::engine::{Moments, Names, Needs, Question};
use crate::identity::accounts::Viewer;
use crate::projection::projector::fresh_as_of;
use crate::projection::timeline::{CURRENCY, REVENUE, SESSION, WEIGHT, part_of};
use parallax_domain::{Instant, Problem, Quality};
use std::sync::Arc;

/// Events of many people, sorted by person; `starts` has one entry more than there are people.
#[derive(Default)]
struct Gathered {
    people: Vec<u32>,
    starts: Vec<usize>,
    at: Vec<i64>,
    matches: Vec<u64>,
    values: Vec<u32>,
    numbers: Vec<f64>,
    session: Vec<u32>,
    amount: Vec<f64>,
    currency: Vec<u32>,
    weight: Vec<f64>,
}

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

    /// Asks the engine's question of every person of the project.
    pub async fn ask<Q: Question + Send + 'static>(
        &self,
        look: &mut Look,
        question: Q,
    ) -> Result<(Q::Answer, i64), Problem>
    where
        Q::Answer: Send,
    {
        let needs = question.needs().clone();
        let from = needs.reach.from.map_or(i64::MIN / 2_000_000, |ms| ms.div_euclid(1000).div_euclid(DAY) * DAY);
        let to = needs.reach.to.map_or(i64::MAX / 2_000_000, |ms| ms.div_euclid(1000) + 1);
        let matcher = Matcher::of(&needs)?;
        let parts = Parts::of(&needs, &matcher);
        let known = look.as_of.as_ref().and_then(|as_of| as_of.reassignment);
        let persons = match known {
            Some(reassignment) => Persons::before(&mut look.connection, look.project, reassignment).await.told()?,
            None => self.persons.of(&mut look.connection, look.project).await.told()?,
        };
        let since = match &look.as_of {
            Some(as_of) => as_of::since(&mut look.connection, look.project, as_of, clamp(from), clamp(to)).await?,
            None => Arc::default(),
        };
        let days = self.days(&mut look.connection, look.project, clamp(from), clamp(to), &parts.names).await?;
        tokio::task::spawn_blocking(move || {
            answer(&question, &needs, &matcher, &parts, &days, &Known { persons: &persons, since: &since })
        })
        .await
        .map_err(|_| Problem::unavailable("The answer was interrupted."))
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

/// What is known of people and of the order of records.
struct Known<'a> {
    persons: &'a Persons,
    since: &'a Since,
}

impl Known<'_> {
    /// Whether the row came after the moment of which the answer is.
    fn leaves_out(&self, day: &Day, row: usize) -> bool {
        if self.since.is_empty() {
            return false;
        }
        let (subject, at) = (day.core.subject[row], day.core.at[row]);
        let alike = |other: &usize| day.core.subject[*other] == subject && day.core.at[*other] == at;
        let after = (row + 1..day.core.rows()).take_while(alike).count();
        self.since.holds(subject, day.start * 1000 + i64::from(at), after)
    }
}

impl Look {
    pub fn quality(&self, n: i64, source: &str) -> Quality {
        Quality::measured(n, self.fresh_as_of, source)
    }
}

/// Years 1 to 9999, the range of Postgres' and chrono's calendars alike.
fn clamp(seconds: i64) -> i64 {
    seconds.clamp(-62_135_596_800, 253_402_214_400)
}

/// Which columns are loaded, and where each is found among them.
struct Parts {
    names: Vec<String>,
    fields: Vec<Source>,
    numbers: Vec<Source>,
    session: Option<usize>,
    revenue: Option<(usize, usize)>,
    weight: Option<usize>,
}

/// Where the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Name,
    Category,
    Column(usize),
}

impl Parts {
    fn of(needs: &Needs, matcher: &Matcher) -> Parts {
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

fn answer<Q: Question>(
    question: &Q,
    needs: &Needs,
    matcher: &Matcher,
    parts: &Parts,
    days: &[Day],
    known: &Known<'_>,
) -> (Q::Answer, i64) {
    let mut words =
        Words { fields: (0..needs.fields.len()).map(|_| Dictionary::default()).collect(), ..Words::default() };
    let gathered = gather(needs, matcher, parts, days, known, &mut words);
    let mut tally = question.begin();
    for (index, person) in gathered.people.iter().enumerate() {
        let (a, b) = (gathered.starts[index], gathered.starts[index + 1]);
        let (f, n) = (needs.fields.len(), needs.numbers.len());
        let some = |values: &'_ Vec<f64>| if values.is_empty() { 0..0 } else { a..b };
        let moments = Moments {
            at: &gathered.at[a..b],
            matches: &gathered.matches[a..b],
            values: &gathered.values[a * f..b * f],
            numbers: &gathered.numbers[a * n..b * n],
            session: if gathered.session.is_empty() { &[] } else { &gathered.session[a..b] },
            amount: &gathered.amount[some(&gathered.amount)],
            currency: if gathered.currency.is_empty() { &[] } else { &gathered.currency[a..b] },
            weight: &gathered.weight[some(&gathered.weight)],
        };
        question.actor(&mut tally, *person, &moments);
    }
    (question.finish(tally, &words), gathered.at.len() as i64)
}

/// Values by the numbers that this answer gave them.
#[derive(Default)]
struct Words {
    fields: Vec<Dictionary>,
    currencies: Dictionary,
}

impl Names for Words {
    fn value(&self, field: usize, id: u32) -> String {
        self.fields[field].word(id)
    }

    fn currency(&self, id: u32) -> String {
        self.currencies.word(id)
    }

    /// Replaced by the person's reference before it leaves the store.
    fn person(&self, number: u32) -> String {
        number.to_string()
    }
}

/// A row that matters, before the people are sorted.
#[derive(Clone, Copy)]
struct Hit {
    person: u32,
    rank: u32,
    at: i64,
    matches: u64,
    day: u32,
    row: u32,
}

fn gather(
    needs: &Needs,
    matcher: &Matcher,
    parts: &Parts,
    days: &[Day],
    known: &Known<'_>,
    words: &mut Words,
) -> Gathered {
    let mut hits: Vec<Hit> = Vec::new();
    let (from, to) = (needs.reach.from.unwrap_or(i64::MIN), needs.reach.to.unwrap_or(i64::MAX));
    for (number, day) in days.iter().enumerate() {
        let marks = matcher.prepare(day);
        let base = day.start * 1000;
        for row in 0..day.core.rows() {
            let matches = marks.of(day, row);
            if matches == 0 {
                continue;
            }
            let at = base + i64::from(day.core.at[row]);
            if at < from || at >= to || known.leaves_out(day, row) {
                continue;
            }
            let person = known.persons.of(day.core.subject[row]);
            hits.push(Hit { person, rank: day.core.rank[row], at, matches, day: number as u32, row: row as u32 });
        }
    }
    // Rows come by day, subject and time; people with several subjects make a full sort necessary.
    hits.sort_by_key(|hit| (hit.person, hit.at, hit.rank));
    fill(parts, days, &hits, words)
}

fn fill(parts: &Parts, days: &[Day], hits: &[Hit], words: &mut Words) -> Gathered {
    let mut gathered = Gathered::default();
    let mut sessions = super::matching::Integers::default();
    let mut fields: Vec<Vec<Option<Vec<u32>>>> = Vec::with_capacity(parts.fields.len());
    for (index, source) in parts.fields.iter().enumerate() {
        fields.push(days.iter().map(|day| words.fields[index].translate(day, *source)).collect());
    }
    let currencies: Vec<Option<Vec<u32>>> = match parts.revenue {
        Some((_, currency)) => {
            days.iter().map(|day| words.currencies.translate(day, Source::Column(currency))).collect()
        }
        None => Vec::new(),
    };
    for hit in hits {
        if gathered.people.last() != Some(&hit.person) {
            gathered.people.push(hit.person);
            gathered.starts.push(gathered.at.len());
        }
        let (day, row) = (&days[hit.day as usize], hit.row as usize);
        gathered.at.push(hit.at);
        gathered.matches.push(hit.matches);
        for (index, source) in parts.fields.iter().enumerate() {
            let local = super::matching::local_id(day, *source, row);
            let id = fields[index][hit.day as usize].as_ref().map_or(0, |map| map[local as usize]);
            gathered.values.push(id);
        }
        for source in &parts.numbers {
            gathered.numbers.push(super::matching::number(day, *source, row));
        }
        if let Some(session) = parts.session {
            let id = day.columns[session].as_ref().and_then(|column| column.integer(row));
            gathered.session.push(id.map_or(0, |id| sessions.id(id)));
        }
        if let Some((revenue, currency)) = parts.revenue {
            let micros = day.columns[revenue].as_ref().and_then(|column| column.integer(row));
            gathered.amount.push(micros.map_or(f64::NAN, |micros| micros as f64 / 1e6));
            let local = super::matching::local_id(day, Source::Column(currency), row);
            gathered.currency.push(currencies[hit.day as usize].as_ref().map_or(0, |map| map[local as usize]));
        }
        if let Some(weight) = parts.weight {
            let told = super::matching::number(day, Source::Column(weight), row);
            gathered.weight.push(if told.is_nan() { 1.0 } else { told });
        }
    }
    gathered.starts.push(gathered.at.len());
    gathered
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
