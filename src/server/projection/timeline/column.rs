//! One column: values by number, or plain integers where values seldom repeat.

use crate::projection::bytes::{ByteReader, ByteWriter, read_runs, write_runs};
use crate::record::Scalar;
use anyhow::bail;
use std::collections::HashMap;

/// The integer that stands for "no value" in an integer column.
pub const MISSING: i64 = i64::MIN;

#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// 0 is missing; n is `values[n - 1]`.
    Dictionary {
        values: Vec<Scalar>,
        ids: Vec<u32>,
    },
    Integers(Vec<i64>),
}

impl Column {
    pub fn len(&self) -> usize {
        match self {
            Column::Dictionary { ids, .. } => ids.len(),
            Column::Integers(values) => values.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn value(&self, row: usize) -> Option<&Scalar> {
        match self {
            Column::Dictionary { values, ids } => ids[row].checked_sub(1).map(|id| &values[id as usize]),
            Column::Integers(_) => None,
        }
    }

    pub fn integer(&self, row: usize) -> Option<i64> {
        match self {
            Column::Integers(values) => Some(values[row]).filter(|value| *value != MISSING),
            Column::Dictionary { .. } => None,
        }
    }

    pub fn permuted(&self, order: &[u32]) -> Column {
        match self {
            Column::Dictionary { values, ids } => {
                Column::Dictionary { values: values.clone(), ids: order.iter().map(|row| ids[*row as usize]).collect() }
            }
            Column::Integers(values) => Column::Integers(order.iter().map(|row| values[*row as usize]).collect()),
        }
    }

    pub fn write(&self, out: &mut ByteWriter) {
        match self {
            Column::Dictionary { values, ids } => {
                out.unsigned(0);
                out.unsigned(values.len() as u64);
                for value in values {
                    write_scalar(value, out);
                }
                let changes = ids.windows(2).filter(|pair| pair[0] != pair[1]).count();
                // A run costs two numbers, a plain value one.
                if changes * 2 < ids.len() {
                    out.unsigned(0);
                    write_runs(ids, out);
                } else {
                    out.unsigned(1);
                    ids.iter().for_each(|id| out.unsigned(u64::from(*id)));
                }
            }
            Column::Integers(values) => {
                out.unsigned(1);
                let mut at = 0;
                while at < values.len() {
                    let length = values[at..].iter().take_while(|value| **value == values[at]).count();
                    out.unsigned(length as u64);
                    out.word(values[at]);
                    at += length;
                }
            }
        }
    }

    pub fn read(rows: usize, reader: &mut ByteReader<'_>) -> anyhow::Result<Column> {
        match reader.unsigned()? {
            0 => {
                let count = reader.count()?;
                let values = (0..count).map(|_| read_scalar(reader)).collect::<anyhow::Result<Vec<_>>>()?;
                let ids = match reader.unsigned()? {
                    0 => read_runs(rows, reader)?,
                    _ => (0..rows).map(|_| Ok(u32::try_from(reader.unsigned()?)?)).collect::<anyhow::Result<_>>()?,
                };
                if ids.iter().any(|id| *id as usize > values.len()) {
                    bail!("a column refers to a value that it does not have");
                }
                Ok(Column::Dictionary { values, ids })
            }
            _ => {
                let mut values = Vec::with_capacity(rows);
                while values.len() < rows {
                    let length = reader.unsigned()? as usize;
                    let value = reader.word()?;
                    if length == 0 || values.len() + length > rows {
                        bail!("a run in a column is impossible");
                    }
                    values.resize(values.len() + length, value);
                }
                Ok(Column::Integers(values))
            }
        }
    }
}

/// Puts columns of several tables below each other; a table without the column has no values there.
pub fn concatenate(parts: &[(usize, Option<&Column>)]) -> Column {
    let integers = parts.iter().any(|(_, column)| matches!(column, Some(Column::Integers(_))));
    if integers {
        let mut all = Vec::new();
        for (rows, column) in parts {
            match column {
                Some(Column::Integers(values)) => all.extend_from_slice(values),
                _ => all.resize(all.len() + rows, MISSING),
            }
        }
        return Column::Integers(all);
    }
    let mut all = DictionaryBuilder::default();
    for (rows, column) in parts {
        match column {
            Some(Column::Dictionary { values, ids }) => {
                let map: Vec<u32> = values.iter().map(|value| all.id(value)).collect();
                all.ids.extend(ids.iter().map(|id| id.checked_sub(1).map_or(0, |id| map[id as usize])));
            }
            _ => all.ids.resize(all.ids.len() + rows, 0),
        }
    }
    all.finish()
}

#[derive(Default)]
pub struct DictionaryBuilder {
    known: HashMap<Key, u32>,
    values: Vec<Scalar>,
    pub ids: Vec<u32>,
}

/// Numbers by their bits, so that they can be looked up.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Bool(bool),
    Number(u64),
    Text(String),
}

impl DictionaryBuilder {
    pub fn id(&mut self, value: &Scalar) -> u32 {
        let key = match value {
            Scalar::Bool(value) => Key::Bool(*value),
            Scalar::Number(value) => Key::Number(value.to_bits()),
            Scalar::Text(text) => Key::Text(text.clone()),
        };
        let values = &mut self.values;
        *self.known.entry(key).or_insert_with(|| {
            values.push(value.clone());
            values.len() as u32
        })
    }

    pub fn text(&mut self, text: &str) -> u32 {
        self.id(&Scalar::Text(text.to_owned()))
    }

    /// Fills up with "missing" until there are as many rows.
    pub fn pad(&mut self, rows: usize) {
        self.ids.resize(rows, 0);
    }

    pub fn finish(self) -> Column {
        Column::Dictionary { values: self.values, ids: self.ids }
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
