//! One column: every row refers by number to a value of the column's own list.

use super::ids::Ids;
use crate::projection::bytes::{ByteReader, ByteWriter, read_runs, write_runs};
use crate::projection::fold::ScalarFold;
use crate::record::Scalar;
use anyhow::bail;
use std::collections::HashMap;

/// Stands in the stored form of integers for "no value".
const MISSING: i64 = i64::MIN;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    pub values: Values,
    /// 0 is missing; n is the value at place n - 1.
    pub ids: Ids,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Each once.
    Scalars(Vec<Scalar>),
    /// Numbers that are compared, not counted: sessions, amounts of money. The same may be there twice.
    Integers(Vec<i64>),
}

impl Default for Values {
    fn default() -> Self {
        Values::Scalars(Vec::new())
    }
}

impl Values {
    pub fn len(&self) -> usize {
        match self {
            Values::Scalars(values) => values.len(),
            Values::Integers(values) => values.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Column {
    pub fn value(&self, row: usize) -> Option<&Scalar> {
        let place = self.ids.get(row).checked_sub(1)? as usize;
        match &self.values {
            Values::Scalars(values) => values.get(place),
            Values::Integers(_) => None,
        }
    }

    pub fn integer(&self, row: usize) -> Option<i64> {
        let place = self.ids.get(row).checked_sub(1)? as usize;
        match &self.values {
            Values::Integers(values) => values.get(place).copied(),
            Values::Scalars(_) => None,
        }
    }

    /// What is known of it in words; nothing of integers.
    pub fn scalars(&self) -> &[Scalar] {
        match &self.values {
            Values::Scalars(values) => values,
            Values::Integers(_) => &[],
        }
    }

    /// Some of its rows. Values that only others had are not in it any more.
    pub fn only(&self, rows: &[u32]) -> Column {
        let mut used = vec![false; self.values.len()];
        for place in rows.iter().filter_map(|row| self.ids.get(*row as usize).checked_sub(1)) {
            used[place as usize] = true;
        }
        let mut number = 0;
        let renumbered = used.iter().map(|used| {
            number += u32::from(*used);
            if *used { number } else { 0 }
        });
        let map: Vec<u32> = std::iter::once(0).chain(renumbered).collect();
        let mut of_use = used.iter();
        let mut is_used = || of_use.next().is_some_and(|used| *used);
        let values = match &self.values {
            Values::Scalars(values) => Values::Scalars(values.iter().filter(|_| is_used()).cloned().collect()),
            Values::Integers(values) => Values::Integers(values.iter().filter(|_| is_used()).copied().collect()),
        };
        let ids = Ids::of(values.len(), rows.iter().map(|row| map[self.ids.get(*row as usize) as usize]));
        Column { values, ids }
    }

    /// Bytes that it takes in memory, about.
    pub fn weight(&self) -> usize {
        let text = |value: &Scalar| if let Scalar::Text(text) = value { text.len() } else { 0 };
        let values = match &self.values {
            Values::Scalars(values) => values.iter().map(|value| size_of::<Scalar>() + text(value)).sum(),
            Values::Integers(values) => values.len() * size_of::<i64>(),
        };
        self.ids.weight() + values
    }

    pub fn write(&self, out: &mut ByteWriter) {
        match &self.values {
            Values::Scalars(values) => {
                out.unsigned(0);
                out.unsigned(values.len() as u64);
                for value in values {
                    write_scalar(value, out);
                }
                // A run costs two numbers, a plain value one.
                if self.ids.changes() * 2 < self.ids.len() {
                    out.unsigned(0);
                    write_runs(self.ids.iter(), out);
                } else {
                    out.unsigned(1);
                    self.ids.iter().for_each(|id| out.unsigned(u64::from(id)));
                }
            }
            Values::Integers(values) => {
                out.unsigned(1);
                let mut ids = self.ids.iter().peekable();
                while let Some(id) = ids.next() {
                    let mut length = 1u64;
                    while ids.next_if_eq(&id).is_some() {
                        length += 1;
                    }
                    out.unsigned(length);
                    out.word(id.checked_sub(1).map_or(MISSING, |place| values[place as usize]));
                }
            }
        }
    }

    pub fn read(rows: usize, reader: &mut ByteReader<'_>) -> anyhow::Result<Column> {
        match reader.unsigned()? {
            0 => {
                let count = reader.count()?;
                let values = (0..count).map(|_| read_scalar(reader)).collect::<anyhow::Result<Vec<_>>>()?;
                let mut ids = Ids::with_room(count, rows);
                if reader.unsigned()? == 0 {
                    read_runs(rows, reader, |length, id| ids.push_known(id, length))?;
                } else {
                    ids.read_plain(rows, reader)?;
                }
                Ok(Column { values: Values::Scalars(values), ids })
            }
            _ => {
                let (mut values, mut runs) = (Vec::new(), Vec::new());
                let mut read = 0;
                while read < rows {
                    let length = reader.unsigned()? as usize;
                    let value = reader.word()?;
                    if length == 0 || length > rows - read {
                        bail!("a run in a column is impossible");
                    }
                    read += length;
                    if value != MISSING {
                        values.push(value);
                    }
                    runs.push((length, if value == MISSING { 0 } else { values.len() as u64 }));
                }
                let mut ids = Ids::with_room(values.len(), rows);
                for (length, id) in runs {
                    ids.push_known(id, length)?;
                }
                Ok(Column { values: Values::Integers(values), ids })
            }
        }
    }
}

/// Rows of several columns in a given order: `order` counts through the parts as if they stood below each other. A part
/// without the column has no values there.
pub fn assembled(parts: &[(usize, Option<&Column>)], order: &[u32]) -> Column {
    let rows: usize = parts.iter().map(|(rows, _)| rows).sum();
    let mut below = Vec::with_capacity(rows);
    let is_integer = |column: &Column| matches!(column.values, Values::Integers(_));
    let values = if parts.iter().any(|(_, column)| column.is_some_and(is_integer)) {
        let mut known: HashMap<i64, u32> = HashMap::new();
        let mut all = Vec::new();
        for (rows, column) in parts {
            let Some(Column { values: Values::Integers(values), ids }) = column else {
                below.resize(below.len() + rows, 0);
                continue;
            };
            let number = |value: &i64| {
                *known.entry(*value).or_insert_with(|| {
                    all.push(*value);
                    all.len() as u32
                })
            };
            let map: Vec<u32> = std::iter::once(0).chain(values.iter().map(number)).collect();
            below.extend(ids.iter().map(|id| map[id as usize]));
        }
        Values::Integers(all)
    } else {
        let mut all = DictionaryBuilder::default();
        for (rows, column) in parts {
            let Some(column) = column else {
                below.resize(below.len() + rows, 0);
                continue;
            };
            let number = |value: &Scalar| all.number(ScalarFold::of(value));
            let map: Vec<u32> = std::iter::once(0).chain(column.scalars().iter().map(number)).collect();
            below.extend(column.ids.iter().map(|id| map[id as usize]));
        }
        Values::Scalars(all.values)
    };
    let ids = Ids::of(values.len(), order.iter().map(|row| below[*row as usize]));
    Column { values, ids }
}

/// Gives every value its number in the order of first appearance.
#[derive(Default)]
pub struct DictionaryBuilder {
    texts: HashMap<String, u32>,
    /// Numbers by their bits, truth as 0 and 1 beside them.
    others: HashMap<(bool, u64), u32>,
    values: Vec<Scalar>,
    pub ids: Vec<u32>,
}

impl DictionaryBuilder {
    pub fn number(&mut self, value: ScalarFold<'_>) -> u32 {
        let next = self.values.len() as u32 + 1;
        match value {
            ScalarFold::Text(text) => {
                if let Some(known) = self.texts.get(text) {
                    return *known;
                }
                self.texts.insert(text.to_owned(), next);
                self.values.push(Scalar::Text(text.to_owned()));
                next
            }
            ScalarFold::Number(number) => {
                let values = &mut self.values;
                *self.others.entry((false, number.to_bits())).or_insert_with(|| {
                    values.push(Scalar::Number(number));
                    next
                })
            }
            ScalarFold::Bool(truth) => {
                let values = &mut self.values;
                *self.others.entry((true, u64::from(truth))).or_insert_with(|| {
                    values.push(Scalar::Bool(truth));
                    next
                })
            }
        }
    }

    /// The value of this row; rows between the last one and this have none.
    pub fn put(&mut self, row: usize, value: ScalarFold<'_>) {
        // The same name twice in one event: the last value stands.
        self.ids.resize(row, 0);
        let id = self.number(value);
        self.ids.push(id);
    }

    pub fn finish(mut self, order: &[u32]) -> Column {
        self.ids.resize(order.len(), 0);
        let ids = Ids::of(self.values.len(), order.iter().map(|row| self.ids[*row as usize]));
        Column { values: Values::Scalars(self.values), ids }
    }
}

#[derive(Default)]
pub struct IntegerBuilder {
    known: HashMap<i64, u32>,
    values: Vec<i64>,
    ids: Vec<u32>,
}

impl IntegerBuilder {
    pub fn put(&mut self, row: usize, value: i64) {
        self.ids.resize(row, 0);
        let values = &mut self.values;
        let id = *self.known.entry(value).or_insert_with(|| {
            values.push(value);
            values.len() as u32
        });
        self.ids.push(id);
    }

    pub fn finish(mut self, order: &[u32]) -> Column {
        self.ids.resize(order.len(), 0);
        let ids = Ids::of(self.values.len(), order.iter().map(|row| self.ids[*row as usize]));
        Column { values: Values::Integers(self.values), ids }
    }
}

fn write_scalar(value: &Scalar, out: &mut ByteWriter) {
    match value {
        Scalar::Bool(value) => out.unsigned(u64::from(*value)),
        Scalar::Number(value) if value.fract() == 0.0 && value.abs() < 1e15 => {
            out.unsigned(2);
            out.signed(*value as i64);
        }
        Scalar::Number(value) => {
            out.unsigned(3);
            out.double(*value);
        }
        Scalar::Text(text) => {
            out.unsigned(4);
            out.text(text);
        }
    }
}

fn read_scalar(reader: &mut ByteReader<'_>) -> anyhow::Result<Scalar> {
    Ok(match reader.unsigned()? {
        0 => Scalar::Bool(false),
        1 => Scalar::Bool(true),
        2 => Scalar::Number(reader.signed()? as f64),
        3 => Scalar::Number(reader.double()?),
        4 => Scalar::Text(reader.text()?.to_owned()),
        other => bail!("a value of kind {other} in a column"),
    })
}
