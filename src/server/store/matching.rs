//! Filters and predicates over columns. Conditions are decided once per distinct value of a sheet, not once per row.

use super::behaviour::Source;
use super::sheets::Sheet;
use crate::engine::Needs;
use crate::projection::timeline::{Column, Table, part_of};
use crate::record::Scalar;
use parallax_domain::{Category, Filter, Op, Problem};
use std::collections::HashMap;

/// A question's predicates and filters, ready to be tried on sheets.
pub struct Matcher {
    /// Columns that conditions need, in the order in which sheets must have them.
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

    /// Decides every condition for the values of this sheet.
    pub fn prepare<'a>(&self, sheet: &'a Sheet) -> Marks<'a> {
        let names = sheet.core.name.scalars();
        let mut by_name = vec![0u64; names.len() + 1];
        let mut conditional = Vec::new();
        for (bit, (wanted, conditions)) in self.predicates.iter().enumerate() {
            let bit = 1u64 << bit;
            match wanted {
                None => by_name.iter_mut().for_each(|bits| *bits |= bit),
                Some(wanted) => {
                    let is_it = |value: &&Scalar| matches!(value, Scalar::Text(text) if text == wanted);
                    let places = names.iter().enumerate().filter(|(_, value)| is_it(value));
                    places.for_each(|(place, _)| by_name[place + 1] |= bit);
                }
            }
            if !conditions.is_empty() {
                conditional.push((bit, conditions.iter().map(|condition| condition.decide(sheet)).collect()));
            }
        }
        Marks {
            core: &sheet.core,
            asked: conditional.iter().map(|(bit, _)| bit).sum(),
            by_name,
            conditional,
            frame: self.frame.iter().map(|condition| condition.decide(sheet)).collect(),
        }
    }
}

/// Conditions decided for one sheet.
pub struct Marks<'a> {
    core: &'a Table,
    /// By number of the event's name: the predicates that ask for it.
    by_name: Vec<u64>,
    /// Bits of the predicates that ask for more.
    asked: u64,
    conditional: Vec<(u64, Vec<Decided<'a>>)>,
    frame: Vec<Decided<'a>>,
}

impl Marks<'_> {
    /// Bit k: the row satisfies predicate k. None if the frame's filters hide the row.
    #[inline]
    pub fn of(&self, row: usize) -> u64 {
        let mut matches = self.by_name[self.core.name.ids.get(row) as usize];
        if matches & self.asked != 0 {
            for (bit, conditions) in &self.conditional {
                if matches & bit != 0 && !conditions.iter().all(|condition| condition.holds(row)) {
                    matches &= !bit;
                }
            }
        }
        if matches != 0 && !self.frame.iter().all(|condition| condition.holds(row)) { 0 } else { matches }
    }

    /// Whether a row may satisfy anything at all.
    pub fn may_match(&self) -> bool {
        self.by_name.iter().any(|bits| *bits != 0)
    }
}

/// By local value number: does the condition hold? Number 0 is the missing value.
struct Decided<'a> {
    field: Field<'a>,
    holds: Vec<bool>,
}

impl Decided<'_> {
    fn holds(&self, row: usize) -> bool {
        self.holds[self.field.id(row) as usize]
    }
}

/// A field of a sheet's rows, by the numbers of its values.
#[derive(Clone, Copy)]
pub enum Field<'a> {
    Column(&'a Column),
    Category(&'a [u8]),
    /// No row has a value.
    Nothing,
}

impl<'a> Field<'a> {
    pub fn of(sheet: &'a Sheet, source: Source) -> Field<'a> {
        match source {
            Source::Name => Field::Column(&sheet.core.name),
            Source::Category => Field::Category(&sheet.core.category),
            Source::Column(at) => sheet.columns[at].as_deref().map_or(Field::Nothing, Field::Column),
        }
    }

    /// The number of a row's value among the values of its sheet; 0 is missing.
    #[inline]
    pub fn id(&self, row: usize) -> u32 {
        match self {
            Field::Column(column) => column.ids.get(row),
            Field::Category(categories) => u32::from(categories[row]) + 1,
            Field::Nothing => 0,
        }
    }

    /// By number: the value as a number; NaN where it is missing or none.
    pub fn numbers(&self) -> Vec<f64> {
        let number = |value: &Scalar| match value {
            Scalar::Number(number) => *number,
            Scalar::Text(text) => text.trim().parse().unwrap_or(f64::NAN),
            Scalar::Bool(_) => f64::NAN,
        };
        let values = if let Field::Column(column) = self { column.scalars() } else { &[] };
        std::iter::once(f64::NAN).chain(values.iter().map(number)).collect()
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

    fn decide<'a>(&self, sheet: &'a Sheet) -> Decided<'a> {
        let field = Field::of(sheet, self.source);
        let mut holds = vec![self.test(None)];
        match field {
            Field::Category(_) => {
                let word = |category: &Category| self.test(Some(&Scalar::Text(category.word().to_owned())));
                holds.extend(Category::ALL.iter().map(word));
            }
            Field::Column(column) => holds.extend(column.scalars().iter().map(|value| self.test(Some(value)))),
            Field::Nothing => {}
        }
        Decided { field, holds }
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

/// Words of one field over all sheets of an answer; 0 is missing.
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

    /// From a sheet's own numbers to those of the answer.
    pub fn translate(&mut self, field: Field<'_>) -> Vec<u32> {
        let mut map = vec![0];
        match field {
            Field::Category(_) => map.extend(Category::ALL.iter().map(|category| self.id(category.word().to_owned()))),
            Field::Column(column) => map.extend(column.scalars().iter().map(|value| self.id(value.text()))),
            Field::Nothing => {}
        }
        map
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

    pub fn clear(&mut self) {
        self.0.clear();
    }
}
