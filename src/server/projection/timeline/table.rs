//! Rows of one day in memory: built from folds, or decoded, or merged from several.

use super::column::{Column, DictionaryBuilder, MISSING, concatenate};
use super::{CURRENCY, REVENUE, SESSION, TRACE, WEIGHT};
use crate::projection::fold::{DIMENSIONS, EventFold};
use crate::record::Scalar;
use std::collections::{BTreeMap, BTreeSet};

pub const DAY: i64 = 86_400_000;

/// Sorted by subject, then time, then order of ingestion.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// 0: nobody.
    pub subject: Vec<u32>,
    /// Milliseconds since the start of the day.
    pub at: Vec<u32>,
    /// Order among rows of the same millisecond in this table; 0 where the millisecond is the row's own.
    pub rank: Vec<u32>,
    pub category: Vec<u8>,
    /// Event names.
    pub name: Option<Column>,
    /// Everything else, as far as it was loaded.
    pub columns: BTreeMap<String, Column>,
}

impl Table {
    pub fn rows(&self) -> usize {
        self.subject.len()
    }
}

/// Collects folds of one day in the order of ingestion.
#[derive(Default)]
pub struct Builder {
    subject: Vec<u32>,
    at: Vec<u32>,
    category: Vec<u8>,
    name: DictionaryBuilder,
    integers: BTreeMap<&'static str, Vec<i64>>,
    dictionaries: BTreeMap<String, DictionaryBuilder>,
}

impl Builder {
    pub fn rows(&self) -> usize {
        self.subject.len()
    }

    pub fn push(&mut self, event: &EventFold<'_>) {
        let row = self.rows();
        self.subject.push(event.subject.map_or(0, |subject| subject as u32));
        self.at.push(event.at.rem_euclid(DAY) as u32);
        self.category.push(event.category as u8);
        let name = self.name.text(&event.name);
        self.name.ids.push(name);
        self.integer(SESSION, row, event.session);
        self.integer(REVENUE, row, event.revenue);
        let trace = event.trace_id.map(|id| id.split_at(8).0.try_into().map_or(MISSING, i64::from_be_bytes));
        self.integer(TRACE, row, trace);
        for (name, value) in DIMENSIONS.iter().zip(&event.dimensions) {
            if let Some(value) = value {
                self.value(name, row, &Scalar::Text(value.clone().into_owned()));
            }
        }
        if let Some(currency) = &event.currency {
            self.value(CURRENCY, row, &Scalar::Text(currency.clone().into_owned()));
        }
        if event.weight != 1.0 {
            self.value(WEIGHT, row, &Scalar::Number(f64::from(event.weight)));
        }
        for (name, value) in event.scalars.iter() {
            self.value(&format!("properties.{name}"), row, value);
        }
    }

    fn integer(&mut self, name: &'static str, row: usize, value: Option<i64>) {
        let Some(value) = value else { return };
        let column = self.integers.entry(name).or_default();
        column.resize(row, MISSING);
        column.push(value);
    }

    fn value(&mut self, name: &str, row: usize, value: &Scalar) {
        if !self.dictionaries.contains_key(name) {
            self.dictionaries.insert(name.to_owned(), DictionaryBuilder::default());
        }
        let Some(column) = self.dictionaries.get_mut(name) else { return };
        // The same name twice in one event: the last value stands.
        column.pad(row);
        let id = column.id(value);
        column.ids.push(id);
    }

    pub fn finish(mut self) -> Table {
        let rows = self.rows();
        let mut columns: BTreeMap<String, Column> = BTreeMap::new();
        for (name, mut column) in self.dictionaries {
            column.pad(rows);
            columns.insert(name, column.finish());
        }
        for (name, mut column) in std::mem::take(&mut self.integers) {
            column.resize(rows, MISSING);
            columns.insert(name.to_owned(), Column::Integers(column));
        }
        let rank = (0..rows as u32).collect();
        let unsorted = Table {
            subject: self.subject,
            at: self.at,
            rank,
            category: self.category,
            name: Some(self.name.finish()),
            columns,
        };
        sorted(unsorted)
    }
}

/// One table of several, which are given in order of commit. Only columns that at least one has are kept.
pub fn merge(tables: &[&Table]) -> Table {
    if let [only] = tables {
        return (*only).clone();
    }
    let mut all = Table::default();
    let mut first_rank = 0;
    for table in tables {
        all.subject.extend_from_slice(&table.subject);
        all.at.extend_from_slice(&table.at);
        all.category.extend_from_slice(&table.category);
        // What was committed later comes later among equals.
        all.rank.extend(table.rank.iter().map(|rank| rank + first_rank));
        first_rank += table.rank.iter().max().map_or(0, |rank| rank + 1);
    }
    let names: Vec<_> = tables.iter().map(|table| (table.rows(), table.name.as_ref())).collect();
    all.name = names.iter().any(|(_, name)| name.is_some()).then(|| concatenate(&names));
    let wanted: BTreeSet<&String> = tables.iter().flat_map(|table| table.columns.keys()).collect();
    for name in wanted {
        let parts: Vec<_> = tables.iter().map(|table| (table.rows(), table.columns.get(name))).collect();
        all.columns.insert(name.clone(), concatenate(&parts));
    }
    sorted(all)
}

fn sorted(table: Table) -> Table {
    let rows = table.rows();
    let mut order: Vec<u32> = (0..rows as u32).collect();
    order.sort_unstable_by_key(|row| {
        let row = *row as usize;
        (table.subject[row], table.at[row], table.rank[row])
    });
    let pick = |values: &[u32]| order.iter().map(|row| values[*row as usize]).collect::<Vec<u32>>();
    let mut result = Table {
        subject: pick(&table.subject),
        at: pick(&table.at),
        rank: pick(&table.rank),
        category: order.iter().map(|row| table.category[*row as usize]).collect(),
        name: table.name.as_ref().map(|name| name.permuted(&order)),
        columns: table.columns.iter().map(|(name, column)| (name.clone(), column.permuted(&order))).collect(),
    };
    result.rank = ranks(&result.at, &result.rank);
    result
}

/// Small numbers that keep the order among rows of the same millisecond, whatever their subject.
fn ranks(at: &[u32], order: &[u32]) -> Vec<u32> {
    let mut rows: Vec<u32> = (0..at.len() as u32).collect();
    rows.sort_unstable_by_key(|row| (at[*row as usize], order[*row as usize]));
    let mut ranks = vec![0; at.len()];
    let mut start = 0;
    while start < rows.len() {
        let time = at[rows[start] as usize];
        let end = start + rows[start..].iter().take_while(|row| at[**row as usize] == time).count();
        for (rank, row) in rows[start..end].iter().enumerate() {
            ranks[*row as usize] = rank as u32;
        }
        start = end;
    }
    ranks
}
