//! Use: which events people do, how many people do each, how often, and over time.

use super::calendar::{Buckets, Span};
use super::hashing::NumberMap;
use super::{Moments, Names, Needs, Predicate, Question, Reach};
use parallax_domain::question::Frame;
use parallax_domain::{Instant, Problem};

/// The question, ready to be asked.
#[derive(Clone, Debug)]
pub struct Plan {
    span: Span,
    buckets: Buckets,
    name: usize,
    needs: Needs,
}

#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Usage {
    /// Starts of the buckets.
    pub buckets: Vec<Instant>,
    /// Everybody who did anything.
    pub people: i64,
    pub people_over_time: Vec<i64>,
    /// Weighted, of all kinds.
    pub events: f64,
    /// By people, most first; equal ones by name.
    pub rows: Vec<EventUse>,
}

/// One kind of event.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct EventUse {
    pub event: String,
    pub people: i64,
    pub people_over_time: Vec<i64>,
    /// Weighted.
    pub events: f64,
    /// Events that carried money, weighted.
    pub paid: f64,
    pub first_at: Instant,
    pub last_at: Instant,
}

#[derive(Clone)]
struct Row {
    people: i64,
    over_time: Vec<i64>,
    events: f64,
    paid: f64,
    first: i64,
    last: i64,
}

#[derive(Default)]
pub struct Tally {
    people: i64,
    over_time: Vec<i64>,
    rows: NumberMap<u32, Row>,
    /// By kind of event: the bucket in which the person at hand did it last.
    seen: NumberMap<u32, usize>,
}

impl Plan {
    /// `buckets` cover the period of the frame.
    pub fn new(frame: &Frame, buckets: Buckets) -> Result<Plan, Problem> {
        let span = Span::new(frame.period())?;
        let mut needs = Needs::of(frame);
        needs.predicate(Predicate::any());
        let name = needs.field("event".to_owned());
        needs.revenue = true;
        needs.weights = true;
        needs.reach = Reach { from: Some(span.from), to: Some(span.to) };
        Ok(Plan { span, buckets, name, needs })
    }
}

impl Question for Plan {
    type Tally = Tally;
    type Answer = Usage;

    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn counts_nobody(&self) -> bool {
        true
    }

    fn begin(&self) -> Tally {
        Tally { over_time: vec![0; self.buckets.len()], ..Tally::default() }
    }

    fn actor(&self, tally: &mut Tally, person: u32, moments: &Moments<'_>) {
        let width = self.needs.fields.len();
        // Nobody is no person, however much was done by nobody.
        let one = i64::from(person != 0);
        let mut active: Option<usize> = None;
        tally.seen.clear();
        for (event, &at) in moments.at.iter().enumerate() {
            if !self.span.contains(at) {
                continue;
            }
            let Some(bucket) = self.buckets.index_of(at) else { continue };
            if active.is_none() {
                tally.people += one;
            }
            if active != Some(bucket) {
                tally.over_time[bucket] += one;
                active = Some(bucket);
            }
            let name = moments.values[event * width + self.name];
            let row = tally.rows.entry(name).or_insert_with(|| Row {
                people: 0,
                over_time: vec![0; self.buckets.len()],
                events: 0.0,
                paid: 0.0,
                first: at,
                last: at,
            });
            let weight = moments.weight_of(event);
            row.events += weight;
            row.paid += if moments.amount.get(event).is_some_and(|amount| !amount.is_nan()) { weight } else { 0.0 };
            row.first = row.first.min(at);
            row.last = row.last.max(at);
            match tally.seen.insert(name, bucket) {
                Some(before) if before == bucket => {}
                before => {
                    row.people += if before.is_none() { one } else { 0 };
                    row.over_time[bucket] += one;
                }
            }
        }
    }

    fn merge(&self, into: &mut Tally, other: Tally) {
        into.people += other.people;
        into.over_time.iter_mut().zip(other.over_time).for_each(|(ours, theirs)| *ours += theirs);
        for (name, theirs) in other.rows {
            match into.rows.get_mut(&name) {
                Some(ours) => {
                    ours.people += theirs.people;
                    ours.over_time.iter_mut().zip(theirs.over_time).for_each(|(ours, theirs)| *ours += theirs);
                    ours.events += theirs.events;
                    ours.paid += theirs.paid;
                    ours.first = ours.first.min(theirs.first);
                    ours.last = ours.last.max(theirs.last);
                }
                None => {
                    into.rows.insert(name, theirs);
                }
            }
        }
    }

    fn finish(&self, tally: Tally, names: &dyn Names) -> Usage {
        let mut rows: Vec<EventUse> = tally
            .rows
            .into_iter()
            .map(|(name, row)| EventUse {
                event: if name == 0 { String::new() } else { names.value(self.name, name) },
                people: row.people,
                people_over_time: row.over_time,
                events: row.events,
                paid: row.paid,
                first_at: super::calendar::instant(row.first),
                last_at: super::calendar::instant(row.last),
            })
            .collect();
        rows.sort_by(|a, b| b.people.cmp(&a.people).then_with(|| a.event.cmp(&b.event)));
        Usage {
            buckets: self.buckets.labels(),
            people: tally.people,
            people_over_time: tally.over_time,
            events: rows.iter().map(|row| row.events).sum(),
            rows,
        }
    }
}
