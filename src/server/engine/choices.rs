//! What people chose: of each field the value that each person had last. A person counts once per field.

use super::calendar::Span;
use super::hashing::NumberMap;
use super::{Moments, Names, Needs, Predicate, Question, Reach, field};
use parallax_domain::Problem;
use parallax_domain::question::Frame;

/// The question, ready to be asked.
#[derive(Clone, Debug)]
pub struct Plan {
    span: Span,
    fields: Vec<(String, usize)>,
    needs: Needs,
}

/// One field. People without any value of it are `unknown`, not a value.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Chosen {
    pub field: String,
    /// By people, most first; equal ones by value.
    pub values: Vec<(String, i64)>,
    pub unknown: i64,
}

#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Choices {
    /// Everybody who did anything.
    pub people: i64,
    /// In the order of asking.
    pub fields: Vec<Chosen>,
}

#[derive(Default)]
pub struct Tally {
    people: i64,
    counts: Vec<NumberMap<u32, i64>>,
}

impl Plan {
    pub fn new(fields: &[&str], frame: &Frame) -> Result<Plan, Problem> {
        let span = Span::new(frame.period())?;
        let mut needs = Needs::of(frame);
        needs.predicate(Predicate::any());
        let mut found = Vec::with_capacity(fields.len());
        for name in fields {
            let name = field(name, "field")?;
            found.push((name.clone(), needs.field(name)));
        }
        needs.reach = Reach { from: Some(span.from), to: Some(span.to) };
        Ok(Plan { span, fields: found, needs })
    }
}

impl Question for Plan {
    type Tally = Tally;
    type Answer = Choices;

    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn begin(&self) -> Tally {
        Tally { people: 0, counts: self.fields.iter().map(|_| NumberMap::default()).collect() }
    }

    fn actor(&self, tally: &mut Tally, _person: u32, moments: &Moments<'_>) {
        let width = self.needs.fields.len();
        let inside = |event: &usize| self.span.contains(moments.at[*event]);
        let mut events = (0..moments.len()).filter(inside).peekable();
        if events.peek().is_none() {
            return;
        }
        tally.people += 1;
        for ((_, field), counts) in self.fields.iter().zip(&mut tally.counts) {
            let last = (0..moments.len())
                .rev()
                .filter(inside)
                .map(|event| moments.values[event * width + field])
                .find(|value| *value != 0);
            *counts.entry(last.unwrap_or(0)).or_default() += 1;
        }
    }

    fn merge(&self, into: &mut Tally, other: Tally) {
        into.people += other.people;
        for (ours, theirs) in into.counts.iter_mut().zip(other.counts) {
            theirs.into_iter().for_each(|(value, people)| *ours.entry(value).or_default() += people);
        }
    }

    fn finish(&self, tally: Tally, names: &dyn Names) -> Choices {
        let chosen = self.fields.iter().zip(tally.counts).map(|((name, field), mut counts)| {
            let unknown = counts.remove(&0).unwrap_or(0);
            let mut values: Vec<(String, i64)> =
                counts.into_iter().map(|(value, people)| (names.value(*field, value), people)).collect();
            values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            Chosen { field: name.clone(), values, unknown }
        });
        Choices { people: tally.people, fields: chosen.collect() }
    }
}
