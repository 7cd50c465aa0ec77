//! Filters and predicates over columns. Conditions are decided once per distinct value of a day, not once per row.

use super::behaviour::Source;
use super::timelines::Day;
use crate::engine::Needs;
use crate::projection::timeline::{Column, part_of};
use crate::record::Scalar;
use parallax_domain::{Category, Filter, Op, Problem};
use std::collections::HashMap;

/// A question's predicates and filters, ready to be tried on days.
pub struct Matcher {
    /// Columns that conditions need, in the order in which days must have them.
    pub parts: Vec<String>,
    /// Conditions of the frame: a row that fails one does not exist.
    frame: Vec<Condition>,
    /// Name (none = any) and further conditions of each predicate.
    predicates: Vec<(Option<String>, Vec<Condition>)>,
}

#[derive(Clone)]
struct Condition {
    source: Source,
    filter: Filter,
    numbers: Vec<f64>,
}

impl Matcher {
    pub fn of(needs: &Needs) -> Result<Matcher, Problem> {
        let mut parts = Vec::new();
        let mut conditions = |filters: &[Filter]| {
            filters.iter().map(|filter| Condition::of(filter, &mut parts)).collect::<Result<Vec<_>, _>>()
        };
        let frame = conditions(&needs.filters)?;
        let predicates = needs
            .predicates
            .iter()
            .map(|predicate| Ok((predicate.event.clone(), conditions(&predicate.filters)?)))
            .collect::<Result<Vec<_>, Problem>>()?;
        Ok(Matcher { parts, frame, predicates })
    }

    /// Decides every condition for the values of this day.
    pub fn prepare(&self, day: &Day) -> Marks {
        let names = day.core.name.as_ref();
        let by_name = |wanted: &Option<String>| {
            wanted.as_ref().map(|wanted| match names {
                Some(Column::Dictionary { values, .. }) => values
                    .iter()
                    .position(|value| matches!(value, Scalar::Text(text) if text == wanted))
                    .map_or(u32::MAX, |at| at as u32 + 1),
                _ => u32::MAX,
            })
        };
        let decide = |conditions: &[Condition]| conditions.iter().map(|condition| condition.decide(day)).collect();
        Marks {
            frame: decide(&self.frame),
            predicates: self.predicates.iter().map(|(name, conditions)| (by_name(name), decide(conditions))).collect(),
        }
    }
}

/// Conditions decided for one day.
pub struct Marks {
    frame: Vec<Decided>,
    predicates: Vec<(Option<u32>, Vec<Decided>)>,
}

impl Marks {
    /// Bit k: the row satisfies predicate k. None if the frame's filters hide the row.
    pub fn of(&self, day: &Day, row: usize) -> u64 {
        let name = local_id(day, Source::Name, row);
        let mut matches = 0;
        for (bit, (wanted, conditions)) in self.predicates.iter().enumerate() {
            let fits = wanted.is_none_or(|wanted| wanted == name);
            if fits && conditions.iter().all(|condition| condition.holds(day, row)) {
                matches |= 1 << bit;
            }
        }
        if matches != 0 && !self.frame.iter().all(|condition| condition.holds(day, row)) {
            return 0;
        }
        matches
    }
}

/// By local value number: does the condition hold? Number 0 is the missing value.
struct Decided {
    source: Source,
    holds: Vec<bool>,
}

impl Decided {
    fn holds(&self, day: &Day, row: usize) -> bool {
        self.holds[local_id(day, self.source, row) as usize]
    }
}

impl Condition {
    fn of(filter: &Filter, parts: &mut Vec<String>) -> Result<Condition, Problem> {
        if filter.op.takes_values() && filter.values.is_empty() {
            return Err(Problem::invalid("filters", format!("The filter on {:?} needs a value.", filter.field)));
        }
        let numbers = match filter.op.compares_numbers() {
            false => Vec::new(),
            true => filter
                .values
                .iter()
                .map(|value| value.trim().parse::<f64>().ok().filter(|number| number.is_finite()))
                .collect::<Option<Vec<f64>>>()
                .ok_or_else(|| {
                    Problem::invalid("filters", format!("{} on {:?} needs a number.", filter.op.word(), filter.field))
                })?,
        };
        let source = match filter.field.as_str() {
            "event" => Source::Name,
            "category" => Source::Category,
            other => {
                let part = part_of(other);
                let at = parts.iter().position(|known| *known == part).unwrap_or_else(|| {
                    parts.push(part);
                    parts.len() - 1
                });
                Source::Column(at)
            }
        };
        Ok(Condition { source, filter: filter.clone(), numbers })
    }

    fn decide(&self, day: &Day) -> Decided {
        let mut holds = vec![self.test(None)];
        match self.source {
            Source::Category => {
                holds.extend(
                    Category::ALL.iter().map(|category| self.test(Some(&Scalar::Text(category.word().to_owned())))),
                );
            }
            source => {
                if let Some(Column::Dictionary { values, .. }) = column(day, source) {
                    holds.extend(values.iter().map(|value| self.test(Some(value))));
                }
            }
        }
        Decided { source: self.source, holds }
    }

    /// Contract rule Q3.
    fn test(&self, value: Option<&Scalar>) -> bool {
        let values = &self.filter.values;
        let Some(value) = value else {
            return matches!(self.filter.op, Op::IsNot | Op::NotContains | Op::NotSet);
        };
        let text = value.text();
        let contains = || {
            let lower = text.to_lowercase();
            values.iter().any(|wanted| lower.contains(&wanted.to_lowercase()))
        };
        let number = || match value {
            Scalar::Number(number) => Some(*number),
            Scalar::Text(text) => text.trim().parse().ok(),
            Scalar::Bool(_) => None,
        };
        let compare = |holds: fn(f64, f64) -> bool| {
            number().is_some_and(|number| self.numbers.iter().any(|wanted| holds(number, *wanted)))
        };
        match self.filter.op {
            Op::Is => values.contains(&text),
            Op::IsNot => !values.contains(&text),
            Op::Contains => contains(),
            Op::NotContains => !contains(),
            Op::Gt => compare(|a, b| a > b),
            Op::Gte => compare(|a, b| a >= b),
            Op::Lt => compare(|a, b| a < b),
            Op::Lte => compare(|a, b| a <= b),
            Op::Set => true,
            Op::NotSet => false,
        }
    }
}

fn column(day: &Day, source: Source) -> Option<&Column> {
    match source {
        Source::Name => day.core.name.as_ref(),
        Source::Category => None,
        Source::Column(at) => day.columns[at].as_deref(),
    }
}

/// The number of a row's value among the values of its day; 0 is missing.
pub fn local_id(day: &Day, source: Source, row: usize) -> u32 {
    match source {
        Source::Category => u32::from(day.core.category[row]) + 1,
        source => match column(day, source) {
            Some(Column::Dictionary { ids, .. }) => ids[row],
            _ => 0,
        },
    }
}

/// A row's value as a number; NaN where it is missing or none.
pub fn number(day: &Day, source: Source, row: usize) -> f64 {
    match column(day, source).and_then(|column| column.value(row)) {
        Some(Scalar::Number(number)) => *number,
        Some(Scalar::Text(text)) => text.trim().parse().unwrap_or(f64::NAN),
        _ => f64::NAN,
    }
}

/// Words of one field over all days of an answer; 0 is missing.
#[derive(Default)]
pub struct Dictionary {
    ids: HashMap<String, u32>,
    words: Vec<String>,
}

impl Dictionary {
    fn id(&mut self, word: String) -> u32 {
        if let Some(id) = self.ids.get(&word) {
            return *id;
        }
        self.words.push(word.clone());
        let id = self.words.len() as u32;
        self.ids.insert(word, id);
        id
    }

    pub fn word(&self, id: u32) -> String {
        id.checked_sub(1).and_then(|at| self.words.get(at as usize)).cloned().unwrap_or_default()
    }

    /// From a day's own numbers to those of the answer. None where the day has no values.
    pub fn translate(&mut self, day: &Day, source: Source) -> Option<Vec<u32>> {
        let mut map = vec![0];
        match source {
            Source::Category => map.extend(Category::ALL.iter().map(|category| self.id(category.word().to_owned()))),
            source => match column(day, source)? {
                Column::Dictionary { values, .. } => map.extend(values.iter().map(|value| self.id(value.text()))),
                Column::Integers(_) => return None,
            },
        }
        Some(map)
    }
}

/// Small numbers for integers that are only compared, such as session ids.
#[derive(Default)]
pub struct Integers(HashMap<i64, u32>);

impl Integers {
    pub fn id(&mut self, integer: i64) -> u32 {
        let next = self.0.len() as u32 + 1;
        *self.0.entry(integer).or_insert(next)
    }
}
