//! Rows of one day in memory: built from folds, or decoded, or merged from several.

use super::column::{Column, DictionaryBuilder, IntegerBuilder, assembled};
use super::{CURRENCY, REVENUE, SESSION, WEIGHT};
use crate::projection::fold::{DIMENSIONS, EventFold, ScalarFold};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

pub const DAY: i64 = 86_400_000;

/// Sorted by subject, then time, then order of ingestion.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Each once, ascending; 0: nobody.
    pub subjects: Vec<u32>,
    /// The first row of each subject, and last the number of rows.
    pub starts: Vec<u32>,
    /// Milliseconds since the start of the day.
    pub at: Vec<u32>,
    /// By row: the order among rows of the same millisecond, whatever their subject. Rows that are not in it come first
    /// in theirs.
    pub ranks: Vec<(u32, u32)>,
    pub category: Vec<u8>,
    /// Event names.
    pub name: Column,
    /// Everything else, as far as it was loaded.
    pub columns: BTreeMap<String, Column>,
}

impl Table {
    pub fn rows(&self) -> usize {
        self.at.len()
    }

    /// Rows of the subject at this place.
    pub fn rows_of(&self, place: usize) -> Range<usize> {
        self.starts[place] as usize..self.starts[place + 1] as usize
    }

    pub fn rank(&self, row: usize) -> u32 {
        let place = self.ranks.binary_search_by_key(&(row as u32), |(row, _)| *row);
        place.map_or(0, |place| self.ranks[place].1)
    }

    /// Bytes that it takes in memory without its columns.
    pub fn weight(&self) -> usize {
        self.subjects.len() * 8 + self.rows() * 5 + self.ranks.len() * 8 + self.name.weight()
    }
}

/// Collects folds of one day in the order of ingestion.
#[derive(Default)]
pub struct Builder {
    subject: Vec<u32>,
    at: Vec<u32>,
    category: Vec<u8>,
    name: DictionaryBuilder,
    session: IntegerBuilder,
    revenue: IntegerBuilder,
    dimensions: [DictionaryBuilder; DIMENSIONS.len()],
    currency: DictionaryBuilder,
    weight: DictionaryBuilder,
    properties: HashMap<String, DictionaryBuilder>,
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
        self.name.put(row, ScalarFold::Text(event.name));
        if let Some(session) = event.session {
            self.session.put(row, session);
        }
        if let Some(revenue) = event.revenue {
            self.revenue.put(row, revenue);
        }
        for (column, value) in self.dimensions.iter_mut().zip(&event.dimensions) {
            if let Some(value) = value {
                column.put(row, ScalarFold::Text(value));
            }
        }
        if let Some(currency) = event.currency {
            self.currency.put(row, ScalarFold::Text(currency));
        }
        if event.weight != 1.0 {
            self.weight.put(row, ScalarFold::Number(f64::from(event.weight)));
        }
        for (name, value) in &event.scalars {
            if let Some(column) = self.properties.get_mut(*name) {
                column.put(row, *value);
            } else {
                self.properties.entry((*name).to_owned()).or_default().put(row, *value);
            }
        }
    }

    pub fn finish(self) -> Table {
        let rows = self.rows();
        let mut order: Vec<u32> = (0..rows as u32).collect();
        order.sort_by_key(|row| (u64::from(self.subject[*row as usize]) << 32) | u64::from(self.at[*row as usize]));
        let at: Vec<u32> = order.iter().map(|row| self.at[*row as usize]).collect();
        let mut table = Table {
            ranks: ranks(&at, |row| u64::from(order[row])),
            category: order.iter().map(|row| self.category[*row as usize]).collect(),
            name: self.name.finish(&order),
            at,
            ..Table::default()
        };
        for (row, from) in order.iter().enumerate() {
            let subject = self.subject[*from as usize];
            if table.subjects.last() != Some(&subject) {
                table.subjects.push(subject);
                table.starts.push(row as u32);
            }
        }
        table.starts.push(rows as u32);
        let mut keep = |name: String, column: Column| {
            if !column.values.is_empty() {
                table.columns.insert(name, column);
            }
        };
        keep(SESSION.to_owned(), self.session.finish(&order));
        keep(REVENUE.to_owned(), self.revenue.finish(&order));
        keep(CURRENCY.to_owned(), self.currency.finish(&order));
        keep(WEIGHT.to_owned(), self.weight.finish(&order));
        for (name, column) in DIMENSIONS.iter().zip(self.dimensions) {
            keep((*name).to_owned(), column.finish(&order));
        }
        for (name, column) in self.properties {
            keep(format!("properties.{name}"), column.finish(&order));
        }
        table
    }
}

/// One table of several, which are given in order of commit. Only columns that at least one has are kept.
pub fn merge(tables: &[&Table]) -> Table {
    if let [only] = tables {
        return (*only).clone();
    }
    let mut first_row = 0u32;
    let mut first_rows = Vec::with_capacity(tables.len());
    // What was committed later comes later among equals.
    let mut first_rank = 0u64;
    let mut first_ranks = Vec::with_capacity(tables.len());
    let mut runs: Vec<(u32, u32, u32)> = Vec::new();
    for (number, table) in tables.iter().enumerate() {
        first_rows.push(first_row);
        first_ranks.push(first_rank);
        first_row += table.rows() as u32;
        first_rank += table.ranks.iter().map(|(_, rank)| u64::from(*rank) + 1).max().unwrap_or(1);
        let places = table.subjects.iter().enumerate();
        runs.extend(places.map(|(place, subject)| (*subject, number as u32, place as u32)));
    }
    runs.sort_unstable();

    let mut all = Table::default();
    let mut order: Vec<u32> = Vec::with_capacity(first_row as usize);
    let times: Vec<u32> = tables.iter().flat_map(|table| table.at.iter().copied()).collect();
    for same in runs.chunk_by(|a, b| a.0 == b.0) {
        all.subjects.push(same[0].0);
        let start = order.len();
        all.starts.push(start as u32);
        for &(_, number, place) in same {
            let (number, place) = (number as usize, place as usize);
            order.extend(tables[number].rows_of(place).map(|row| first_rows[number] + row as u32));
        }
        if same.len() > 1 {
            // Runs in order of commit, each sorted: a stable sort joins them.
            order[start..].sort_by_key(|row| times[*row as usize]);
        }
    }
    all.starts.push(order.len() as u32);

    all.at = order.iter().map(|row| times[*row as usize]).collect();
    let rank_of = |row: usize| {
        let row = order[row];
        let number = first_rows.partition_point(|first| *first <= row) - 1;
        first_ranks[number] + u64::from(tables[number].rank((row - first_rows[number]) as usize))
    };
    all.ranks = ranks(&all.at, rank_of);
    let categories: Vec<u8> = tables.iter().flat_map(|table| table.category.iter().copied()).collect();
    all.category = order.iter().map(|row| categories[*row as usize]).collect();
    let names: Vec<_> = tables.iter().map(|table| (table.rows(), Some(&table.name))).collect();
    all.name = assembled(&names, &order);
    let wanted: BTreeSet<&String> = tables.iter().flat_map(|table| table.columns.keys()).collect();
    for name in wanted {
        let parts: Vec<_> = tables.iter().map(|table| (table.rows(), table.columns.get(name))).collect();
        all.columns.insert(name.clone(), assembled(&parts, &order));
    }
    all
}

/// The rows and columns that are kept; `keeps` is asked with the subject and the row. Values that only other rows had are
/// not in it any more, not even in its dictionaries.
pub fn only(table: &Table, keeps: impl Fn(u32, usize) -> bool, keeps_column: impl Fn(&str) -> bool) -> Table {
    let mut kept = Table::default();
    let mut rows: Vec<u32> = Vec::new();
    for (place, subject) in table.subjects.iter().enumerate() {
        let start = rows.len();
        rows.extend(table.rows_of(place).filter(|row| keeps(*subject, *row)).map(|row| row as u32));
        if rows.len() > start {
            kept.subjects.push(*subject);
            kept.starts.push(start as u32);
        }
    }
    kept.starts.push(rows.len() as u32);
    kept.at = rows.iter().map(|row| table.at[*row as usize]).collect();
    kept.ranks = ranks(&kept.at, |row| u64::from(table.rank(rows[row] as usize)));
    kept.category = rows.iter().map(|row| table.category[*row as usize]).collect();
    kept.name = table.name.only(&rows);
    let columns = table.columns.iter().filter(|(name, _)| keeps_column(name));
    kept.columns = columns
        .map(|(name, column)| (name.clone(), column.only(&rows)))
        .filter(|(_, column)| !column.values.is_empty())
        .collect();
    kept
}

/// Small numbers that keep the order among rows of the same millisecond; `order` is asked of those rows only.
fn ranks(at: &[u32], order: impl Fn(usize) -> u64) -> Vec<(u32, u32)> {
    let mut shared: Vec<(u32, u64, u32)> =
        sharing(at).into_iter().map(|row| (at[row as usize], order(row as usize), row)).collect();
    shared.sort_unstable();
    let mut ranks: Vec<(u32, u32)> = Vec::new();
    for rows in shared.chunk_by(|a, b| a.0 == b.0) {
        ranks.extend(rows.iter().enumerate().skip(1).map(|(rank, (_, _, row))| (*row, rank as u32)));
    }
    ranks.sort_unstable();
    ranks
}

/// Rows that may have their millisecond in common with another, and few that have not.
fn sharing(at: &[u32]) -> Vec<u32> {
    let bits = (at.len() * 16).next_power_of_two().max(64);
    let place = |at: u32| (at.wrapping_mul(0x9E37_79B1) as usize).rotate_right(7) & (bits - 1);
    let (mut seen, mut twice) = (vec![0u64; bits / 64], vec![0u64; bits / 64]);
    for &at in at {
        let (word, bit) = (place(at) / 64, 1u64 << (place(at) % 64));
        twice[word] |= seen[word] & bit;
        seen[word] |= bit;
    }
    (0..at.len() as u32)
        .filter(|row| twice[place(at[*row as usize]) / 64] >> (place(at[*row as usize]) % 64) & 1 != 0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event<'a>(subject: i32, at: i64, scalars: &[(&'a str, ScalarFold<'a>)]) -> EventFold<'a> {
        EventFold {
            at,
            seq: 0,
            subject: Some(subject),
            session: None,
            name: "viewed",
            category: 3,
            dimensions: Default::default(),
            scalars: scalars.to_vec(),
            revenue: None,
            currency: None,
            weight: 1.0,
            trace_id: None,
        }
    }

    fn build<'a>(events: impl IntoIterator<Item = &'a EventFold<'a>>) -> Table {
        let mut builder = Builder::default();
        events.into_iter().for_each(|event| builder.push(event));
        builder.finish()
    }

    #[test]
    fn a_table_without_a_person_is_the_table_of_the_others() {
        let plan = |text| [("plan", ScalarFold::Text(text))];
        let (a, secret, b) = (plan("a"), plan("secret"), plan("b"));
        let all =
            [event(1, 5, &a), event(2, 5, &secret), event(3, 5, &a), event(2, 6, &b), event(3, 7, &b), event(3, 7, &a)];
        let left = only(&build(&all), |subject, _| subject != 2, |_| true);
        assert_eq!(left, build(all.iter().filter(|event| event.subject != Some(2))));
        assert!(!format!("{left:?}").contains("secret"), "not even in a dictionary");
        assert_eq!(only(&build(&all), |_, _| false, |_| true).rows(), 0);
    }

    #[test]
    fn a_column_can_go_alone() {
        let left = only(&build(&[event(1, 5, &[("plan", ScalarFold::Bool(true))])]), |_, _| true, |_| false);
        assert!(left.columns.is_empty() && left.rows() == 1);
    }
}
