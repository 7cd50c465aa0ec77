//! The events of people, gathered person by person from all sheets and shown to the engine.
//!
//! Every sheet is sorted by subject and time. People are taken in ranges of their numbers, so that what is at hand of
//! all sheets is small; within a range the events are dealt out to their people in the order of the sheets, which is
//! that of time. Only people with late events, or with several subjects, have to be sorted.

use super::as_of::Since;
use super::behaviour::Parts;
use super::days::Present;
use super::matching::{Dictionary, Field, Integers, Marks, Matcher};
use super::persons::Persons;
use super::sheets::Sheet;
use super::workers::share;
use crate::engine::calendar::Span;
use crate::engine::{Moments, Names, Needs, Question};
use std::sync::Arc;

/// Number of the person that stands for nobody.
pub const NOBODY: u32 = 0;
/// Pieces of work of an answer: a fixed number, so that sums are added up in the same order on every machine.
const SHARES: usize = 4;
/// Rows that are taken at once, about.
const ROWS_AT_ONCE: u64 = 32_768;

/// What a question reads.
#[derive(Default)]
pub struct Material {
    /// In order of time and, within a day, of commit.
    pub sheets: Vec<Sheet>,
    pub readings: Vec<Reading>,
    pub present: Vec<Present>,
    /// Rows that came after the moment of which the answer is.
    pub since: Arc<Since>,
}

impl Material {
    /// Whether a row of a sheet came since: so do the last rows of its subject at its millisecond.
    fn leaves_out(&self, sheet: usize, place: usize, row: usize) -> bool {
        if self.since.is_empty() {
            return false;
        }
        let own = &self.sheets[sheet];
        let (subject, at) = (own.core.subjects[place], own.core.at[row]);
        let instant = own.start * 1000 + i64::from(at);
        if !self.since.holds(subject, instant, 0) {
            return false;
        }
        let of_the_day = self.sheets[sheet..].iter().take_while(|other| other.start == own.start);
        let alike = of_the_day.map(|other| {
            let Ok(place) = other.core.subjects.binary_search(&subject) else { return 0 };
            other.core.at[other.core.rows_of(place)].iter().filter(|time| **time == at).count()
        });
        let before = own.core.at[own.core.rows_of(place).start..row].iter().filter(|time| **time == at).count();
        self.since.holds(subject, instant, alike.sum::<usize>() - before - 1)
    }
}

/// Something to read; readings are in order of time.
pub enum Reading {
    /// Of a sheet the rows that lie in one of these spans, which are ascending.
    Rows { sheet: usize, spans: Vec<Span> },
    /// Of the days of presence the one at this place.
    Day { present: usize },
}

/// The answer, and the number of events that it rests on.
pub fn answer<Q: Question>(
    question: &Q,
    needs: &Needs,
    matcher: &Matcher,
    parts: &Parts,
    material: &Material,
    persons: &Persons,
) -> (Q::Answer, i64) {
    let mut words =
        Words { fields: (0..needs.fields.len()).map(|_| Dictionary::default()).collect(), ..Words::default() };
    let sources: Vec<Source<'_>> =
        material.sheets.iter().map(|sheet| Source::new(sheet, matcher, parts, persons, &mut words)).collect();
    let reader = Reader { parts, material, sources: &sources, nobody: question.counts_nobody() };
    let shares = shares(material, &sources);
    let done = share(shares.len(), |place| {
        let mut tally = question.begin();
        let mut read = 0i64;
        let mut hands = Hands::default();
        for (first, end) in &shares[place] {
            read += reader.deal(&mut hands, *first, *end);
            hands.show(reader.parts, |person, moments| question.actor(&mut tally, person, moments));
        }
        (tally, read)
    });
    let mut read = material.present.iter().map(|day| day.events as i64).sum();
    let mut sum = question.begin();
    for (tally, rows) in done {
        question.merge(&mut sum, tally);
        read += rows;
    }
    (question.finish(sum, &words), read)
}

/// A sheet as this question reads it.
struct Source<'a> {
    sheet: &'a Sheet,
    marks: Marks<'a>,
    order: Order,
    /// Of every field: the column, and from its numbers to those of the answer.
    fields: Vec<(Field<'a>, Vec<u32>)>,
    /// Of every number: the column, and the number of each of its values.
    numbers: Vec<(Field<'a>, Vec<f64>)>,
    currency: (Field<'a>, Vec<u32>),
    weight: (Field<'a>, Vec<f64>),
}

impl<'a> Source<'a> {
    fn new(sheet: &'a Sheet, matcher: &Matcher, parts: &Parts, persons: &Persons, words: &mut Words) -> Source<'a> {
        let field = |source| Field::of(sheet, source);
        let currency = match parts.revenue {
            Some((_, currency)) => {
                let currency = field(super::behaviour::Source::Column(currency));
                (currency, words.currencies.translate(currency))
            }
            None => (Field::Nothing, vec![0]),
        };
        let weight = parts.weight.map_or(Field::Nothing, |weight| field(super::behaviour::Source::Column(weight)));
        Source {
            sheet,
            marks: matcher.prepare(sheet),
            order: Order::of(sheet, persons),
            fields: parts
                .fields
                .iter()
                .zip(&mut words.fields)
                .map(|(source, words)| (field(*source), words.translate(field(*source))))
                .collect(),
            numbers: parts.numbers.iter().map(|source| (field(*source), field(*source).numbers())).collect(),
            currency,
            weight: (weight, weight.numbers()),
        }
    }
}

/// The runs of a sheet's subjects in the order of people.
enum Order {
    /// Everybody stands for themselves.
    Plain,
    /// Person and place of the subject.
    Moved(Vec<(u32, u32)>),
}

impl Order {
    fn of(sheet: &Sheet, persons: &Persons) -> Order {
        let subjects = &sheet.core.subjects;
        if persons.is_plain() || subjects.iter().all(|subject| persons.of(*subject) == *subject) {
            return Order::Plain;
        }
        let mut order: Vec<(u32, u32)> =
            subjects.iter().zip(0..).map(|(subject, place)| (persons.of(*subject), place)).collect();
        order.sort_unstable();
        Order::Moved(order)
    }

    /// Places of subjects whose person is in the range, with the person.
    fn within<'a>(&'a self, sheet: &'a Sheet, first: u32, end: u32) -> impl Iterator<Item = (u32, usize)> + 'a {
        let subjects = &sheet.core.subjects;
        let (range, moved) = match self {
            Order::Plain => (
                subjects.partition_point(|subject| *subject < first)
                    ..subjects.partition_point(|subject| *subject < end),
                None,
            ),
            Order::Moved(order) => (
                order.partition_point(|(person, _)| *person < first)
                    ..order.partition_point(|(person, _)| *person < end),
                Some(order),
            ),
        };
        range.map(move |place| match moved {
            None => (subjects[place], place),
            Some(order) => (order[place].0, order[place].1 as usize),
        })
    }

    fn last(&self, sheet: &Sheet) -> u32 {
        match self {
            Order::Plain => sheet.core.subjects.last().copied().unwrap_or(0),
            Order::Moved(order) => order.last().map_or(0, |(person, _)| *person),
        }
    }
}

/// Ranges of people, in shares of about equal work.
fn shares(material: &Material, sources: &[Source<'_>]) -> Vec<Vec<(u32, u32)>> {
    let last_of_days = material.present.iter().filter_map(|day| day.people.max()).max().unwrap_or(0);
    let end = sources.iter().map(|source| source.order.last(source.sheet)).max().unwrap_or(0).max(last_of_days) + 1;
    let rows: u64 = sources.iter().map(|source| source.sheet.core.rows() as u64).sum::<u64>()
        + material.present.iter().map(|day| day.people.len()).sum::<u64>();
    let ranges = (rows / ROWS_AT_ONCE).clamp(SHARES as u64, u64::from(end).max(SHARES as u64));
    // Finer than the ranges, because the newest people have fewer events than the oldest.
    let bins = (ranges * 4).min(u64::from(end)).max(1);
    let bin = |person: u32| (u64::from(person) * bins / u64::from(end)) as usize;
    let mut weights = vec![0u64; bins as usize];
    for source in sources {
        for (person, place) in source.order.within(source.sheet, 0, end) {
            weights[bin(person)] += source.sheet.core.rows_of(place).len() as u64;
        }
    }
    for day in &material.present {
        let each = day.people.len() / bins;
        weights.iter_mut().for_each(|weight| *weight += each);
    }
    let total = weights.iter().sum::<u64>().max(1);
    let start = |bin: u64| (bin * u64::from(end)).div_ceil(bins) as u32;
    let mut shares = vec![Vec::new(); SHARES];
    let (mut first, mut held, mut before) = (0u64, 0u64, 0u64);
    for (bin, weight) in weights.iter().enumerate() {
        let next = bin as u64 + 1;
        held += weight;
        if held >= ROWS_AT_ONCE
            || next == bins
            || (before + held) * SHARES as u64 / total > before * SHARES as u64 / total
        {
            let share = ((before * SHARES as u64 / total) as usize).min(SHARES - 1);
            shares[share].push((start(first), start(next)));
            before += held;
            (first, held) = (next, 0);
        }
    }
    shares
}

/// An event at hand.
#[derive(Clone, Copy, Default)]
struct Hit {
    person: u32,
    /// Place of the source plus one; 0: a day of presence.
    source: u32,
    row: u32,
    at: i64,
    matches: u64,
}

struct Reader<'a> {
    parts: &'a Parts,
    material: &'a Material,
    sources: &'a [Source<'a>],
    nobody: bool,
}

/// Buffers that are used again for the next range.
#[derive(Default)]
struct Hands {
    found: Vec<Hit>,
    /// By person of the range: the first of their events, then the next free place.
    places: Vec<u32>,
    /// People with several subjects in one sheet.
    joined: Vec<bool>,
    hits: Vec<Hit>,
    at: Vec<i64>,
    matches: Vec<u64>,
    values: Vec<u32>,
    numbers: Vec<f64>,
    session: Vec<u32>,
    amount: Vec<f64>,
    currency: Vec<u32>,
    weight: Vec<f64>,
    sessions: Integers,
}

impl Reader<'_> {
    /// Takes up the events of the people from `first` to before `end`, in order of person and time; how many rows.
    fn deal(&self, hands: &mut Hands, first: u32, end: u32) -> i64 {
        let first = if self.nobody { first } else { first.max(NOBODY + 1) };
        hands.found.clear();
        hands.hits.clear();
        if first >= end {
            return 0;
        }
        let width = (end - first) as usize;
        hands.places.clear();
        hands.places.resize(width + 1, 0);
        hands.joined.clear();
        hands.joined.resize(width, false);
        let mut rows = 0;
        for reading in &self.material.readings {
            match reading {
                Reading::Rows { sheet, spans } => rows += self.rows(hands, *sheet, spans, first, end),
                Reading::Day { present } => {
                    let day = &self.material.present[*present];
                    for person in day.people.range(first..end) {
                        hands.places[(person - first) as usize + 1] += 1;
                        hands.found.push(Hit { person, source: 0, row: 0, at: day.at, matches: day.bits });
                    }
                }
            }
        }
        for place in 1..hands.places.len() {
            hands.places[place] += hands.places[place - 1];
        }
        hands.hits.resize(hands.found.len(), Hit::default());
        for hit in &hands.found {
            let place = &mut hands.places[(hit.person - first) as usize];
            hands.hits[*place as usize] = *hit;
            *place += 1;
        }
        self.sort(hands, first);
        self.fill(hands);
        rows
    }

    fn rows(&self, hands: &mut Hands, sheet: usize, spans: &[Span], first: u32, end: u32) -> i64 {
        let source = &self.sources[sheet];
        if !source.marks.may_match() {
            return 0;
        }
        let core = &source.sheet.core;
        let start = source.sheet.start * 1000;
        let whole =
            matches!(spans, [span] if span.from <= start && span.to >= start + crate::projection::timeline::DAY);
        let mut rows = 0;
        let mut before = None;
        for (person, place) in source.order.within(source.sheet, first, end) {
            if before == Some(person) {
                hands.joined[(person - first) as usize] = true;
            }
            before = Some(person);
            let count = hands.found.len();
            for row in core.rows_of(place) {
                let matches = source.marks.of(row);
                if matches == 0 {
                    continue;
                }
                let at = start + i64::from(core.at[row]);
                let inside = whole || spans.iter().any(|span| span.contains(at));
                if inside && !self.material.leaves_out(sheet, place, row) {
                    hands.found.push(Hit { person, source: sheet as u32 + 1, row: row as u32, at, matches });
                }
            }
            let count = hands.found.len() - count;
            hands.places[(person - first) as usize + 1] += count as u32;
            rows += count as i64;
        }
        rows
    }

    /// Puts right those whose events did not come in order.
    fn sort(&self, hands: &mut Hands, first: u32) {
        let rank = |hit: &Hit| match hit.source.checked_sub(1) {
            Some(source) => self.sources[source as usize].sheet.core.rank(hit.row as usize),
            None => 0,
        };
        let mut start = 0;
        while start < hands.hits.len() {
            let person = hands.hits[start].person;
            let place = (person - first) as usize;
            // Every place was moved on to the end of its person's events.
            let end = hands.places[place] as usize;
            let hits = &mut hands.hits[start..end];
            if hands.joined[place] || !hits.is_sorted_by_key(|hit| hit.at) {
                hits.sort_by_key(|hit| (hit.at, hit.source, rank(hit)));
            }
            start = end;
        }
    }

    fn fill(&self, hands: &mut Hands) {
        let Hands { hits, at, matches, values, numbers, session, amount, currency, weight, sessions, .. } = hands;
        at.clear();
        at.extend(hits.iter().map(|hit| hit.at));
        matches.clear();
        matches.extend(hits.iter().map(|hit| hit.matches));
        values.clear();
        numbers.clear();
        let source = |hit: &Hit| hit.source.checked_sub(1).map(|source| &self.sources[source as usize]);
        if !self.parts.fields.is_empty() {
            for hit in hits.iter() {
                match source(hit) {
                    Some(source) => {
                        values
                            .extend(source.fields.iter().map(|(field, map)| map[field.id(hit.row as usize) as usize]));
                    }
                    None => values.extend(self.parts.fields.iter().map(|_| 0)),
                }
            }
        }
        if !self.parts.numbers.is_empty() {
            for hit in hits.iter() {
                match source(hit) {
                    Some(source) => {
                        numbers
                            .extend(source.numbers.iter().map(|(field, of)| of[field.id(hit.row as usize) as usize]));
                    }
                    None => numbers.extend(self.parts.numbers.iter().map(|_| f64::NAN)),
                }
            }
        }
        if let Some(place) = self.parts.session {
            sessions.clear();
            session.clear();
            session.extend(hits.iter().map(|hit| {
                let column = source(hit).and_then(|source| source.sheet.columns[place].as_deref());
                column.and_then(|column| column.integer(hit.row as usize)).map_or(0, |id| sessions.id(id))
            }));
        }
        if let Some((place, _)) = self.parts.revenue {
            amount.clear();
            amount.extend(hits.iter().map(|hit| {
                let column = source(hit).and_then(|source| source.sheet.columns[place].as_deref());
                let micros = column.and_then(|column| column.integer(hit.row as usize));
                micros.map_or(f64::NAN, |micros| micros as f64 / 1e6)
            }));
            currency.clear();
            currency.extend(hits.iter().map(|hit| {
                source(hit).map_or(0, |source| source.currency.1[source.currency.0.id(hit.row as usize) as usize])
            }));
        }
        if self.parts.weight.is_some() {
            weight.clear();
            weight.extend(hits.iter().map(|hit| {
                let told = source(hit).map(|source| source.weight.1[source.weight.0.id(hit.row as usize) as usize]);
                told.filter(|told| !told.is_nan()).unwrap_or(1.0)
            }));
        }
    }
}

impl Hands {
    /// Shows everybody's events at hand.
    fn show(&self, parts: &Parts, mut show: impl FnMut(u32, &Moments<'_>)) {
        let (fields, numbers) = (parts.fields.len(), parts.numbers.len());
        let mut a = 0;
        while let Some(hit) = self.hits.get(a) {
            let person = hit.person;
            let b = a + self.hits[a..].iter().take_while(|hit| hit.person == person).count();
            let moments = Moments {
                at: &self.at[a..b],
                matches: &self.matches[a..b],
                values: &self.values[a * fields..b * fields],
                numbers: &self.numbers[a * numbers..b * numbers],
                session: if parts.session.is_some() { &self.session[a..b] } else { &[] },
                amount: if parts.revenue.is_some() { &self.amount[a..b] } else { &[] },
                currency: if parts.revenue.is_some() { &self.currency[a..b] } else { &[] },
                weight: if parts.weight.is_some() { &self.weight[a..b] } else { &[] },
            };
            show(person, &moments);
            a = b;
        }
    }
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
