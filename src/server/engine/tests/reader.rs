//! A reader for tests: shows a question what it needs of plain events, and of that as little as it may.

use crate::engine::calendar::{local_day, next_local_day};
use crate::engine::naive::{Event, passes};
use crate::engine::{Days, Moments, Names, Needs, Predicate, Question};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

/// How the events are shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::engine) enum Showing {
    /// Only events on which a predicate holds and that lie within reach.
    Least,
    /// All events of the actor.
    All,
    /// As [`Showing::Least`], and of whole days only one event per predicate at their start, where the question allows.
    Days,
}

#[derive(Default)]
struct Dictionary {
    ids: RefCell<HashMap<String, u32>>,
    words: RefCell<Vec<String>>,
}

impl Dictionary {
    fn id(&self, word: &str) -> u32 {
        *self.ids.borrow_mut().entry(word.to_owned()).or_insert_with(|| {
            self.words.borrow_mut().push(word.to_owned());
            self.words.borrow().len() as u32
        })
    }
}

impl Names for Dictionary {
    fn value(&self, _field: usize, id: u32) -> String {
        self.words.borrow()[id as usize - 1].clone()
    }

    fn currency(&self, id: u32) -> String {
        self.value(0, id)
    }

    fn person(&self, number: u32) -> String {
        self.value(0, number)
    }
}

fn satisfies(event: &Event, predicate: &Predicate) -> bool {
    predicate.event.as_ref().is_none_or(|name| *name == event.name)
        && predicate.filters.iter().all(|filter| passes(event, filter))
}

#[derive(Default)]
struct Columns {
    at: Vec<i64>,
    matches: Vec<u64>,
    values: Vec<u32>,
    numbers: Vec<f64>,
    session: Vec<u32>,
    amount: Vec<f64>,
    currency: Vec<u32>,
    weight: Vec<f64>,
}

impl Columns {
    fn push(&mut self, event: &Event, matches: u64, needs: &Needs, dictionary: &Dictionary) {
        let id = |word: &str| dictionary.id(word);
        self.at.push(event.at);
        self.matches.push(matches);
        self.values.extend(needs.fields.iter().map(|field| event.field(field).map_or(0, id)));
        let number = |field: &String| event.field(field).and_then(|value| value.parse().ok()).unwrap_or(f64::NAN);
        self.numbers.extend(needs.numbers.iter().map(number));
        if needs.sessions {
            self.session.push(event.session.as_deref().map_or(0, id));
        }
        if needs.revenue {
            self.amount.push(event.revenue.as_ref().map_or(f64::NAN, |(amount, _)| *amount));
            self.currency.push(event.revenue.as_ref().map_or(0, |(_, currency)| id(currency)));
        }
        if needs.weights {
            self.weight.push(event.weight);
        }
    }

    fn moments(&self) -> Moments<'_> {
        Moments {
            at: &self.at,
            matches: &self.matches,
            values: &self.values,
            numbers: &self.numbers,
            session: &self.session,
            amount: &self.amount,
            currency: &self.currency,
            weight: &self.weight,
        }
    }
}

/// The start of the local day, if the question lets one event stand for all of it.
fn whole_day(days: &Days, needs: &Needs, at: i64) -> Option<i64> {
    let (day, next) = (local_day(days.zone, at), next_local_day(days.zone, at));
    let cut = days.cuts.iter().any(|cut| day < *cut && *cut < next);
    let reached = needs.reach.from.is_none_or(|from| from <= day) && needs.reach.to.is_none_or(|to| next <= to);
    (!cut && reached).then_some(day)
}

/// Asks the question of all events, shared between two tallies that are merged in the end.
pub(in crate::engine) fn ask<Q: Question>(question: &Q, events: &[Event], showing: Showing) -> Q::Answer {
    let needs = question.needs();
    assert!(needs.predicates.len() <= 64);
    let dictionary = Dictionary::default();
    let mut people: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in events.iter().filter(|event| needs.filters.iter().all(|filter| passes(event, filter))) {
        people.entry(&event.person).or_default().push(event);
    }
    let mut tallies = [question.begin(), question.begin()];
    // Not in the order of their names: nothing may depend on it.
    for (number, (person, mut history)) in people.into_iter().rev().enumerate() {
        history.sort_by_key(|event| (event.at, event.seq));
        let mut columns = Columns::default();
        let days = needs.days.as_ref().filter(|_| showing == Showing::Days);
        let mut shown: Option<i64> = None;
        let mut bits = 0;
        for event in history {
            let holds = |(bit, predicate): (usize, &Predicate)| u64::from(satisfies(event, predicate)) << bit;
            let matches = needs.predicates.iter().enumerate().map(holds).sum();
            let reached =
                needs.reach.from.is_none_or(|from| from <= event.at) && needs.reach.to.is_none_or(|to| event.at < to);
            if showing == Showing::All || (reached && matches != 0) {
                match days.and_then(|days| whole_day(days, needs, event.at)) {
                    // One predicate after the other, each once.
                    Some(day) => {
                        if shown != Some(day) {
                            (shown, bits) = (Some(day), 0);
                        }
                        for bit in (0..64).map(|bit| 1u64 << bit).filter(|bit| matches & bit & !bits != 0) {
                            columns.push(&Event { at: day, ..event.clone() }, bit, needs, &dictionary);
                        }
                        bits |= matches;
                    }
                    None => columns.push(event, matches, needs, &dictionary),
                }
            }
        }
        question.actor(&mut tallies[number % 2], dictionary.id(person), &columns.moments());
    }
    let [mut first, second] = tallies;
    question.merge(&mut first, second);
    question.finish(first, &dictionary)
}
