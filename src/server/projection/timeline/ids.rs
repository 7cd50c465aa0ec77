//! Numbers of values, one a row, in as few bytes as the largest needs.

use crate::projection::bytes::ByteReader;
use anyhow::bail;

#[derive(Clone, Debug, PartialEq)]
pub struct Ids {
    /// Largest number that may occur.
    most: u32,
    rows: Width,
}

#[derive(Clone, Debug, PartialEq)]
enum Width {
    One(Vec<u8>),
    Two(Vec<u16>),
    Four(Vec<u32>),
}

impl Default for Ids {
    fn default() -> Self {
        Ids::with_room(0, 0)
    }
}

impl Ids {
    /// For numbers up to `most`.
    pub fn with_room(most: usize, rows: usize) -> Ids {
        let width = match most {
            0..=0xff => Width::One(Vec::with_capacity(rows)),
            0x100..=0xffff => Width::Two(Vec::with_capacity(rows)),
            _ => Width::Four(Vec::with_capacity(rows)),
        };
        Ids { most: most as u32, rows: width }
    }

    /// Of numbers that are known to be at most `most`.
    pub fn of(most: usize, numbers: impl Iterator<Item = u32>) -> Ids {
        let mut ids = Ids::with_room(most, numbers.size_hint().0);
        match &mut ids.rows {
            Width::One(rows) => rows.extend(numbers.map(|number| number as u8)),
            Width::Two(rows) => rows.extend(numbers.map(|number| number as u16)),
            Width::Four(rows) => rows.extend(numbers),
        }
        ids
    }

    pub fn len(&self) -> usize {
        match &self.rows {
            Width::One(rows) => rows.len(),
            Width::Two(rows) => rows.len(),
            Width::Four(rows) => rows.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    pub fn get(&self, row: usize) -> u32 {
        match &self.rows {
            Width::One(rows) => u32::from(rows[row]),
            Width::Two(rows) => u32::from(rows[row]),
            Width::Four(rows) => rows[row],
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.len()).map(|row| self.get(row))
    }

    /// How often a row's number is another than that of the row before.
    pub fn changes(&self) -> usize {
        (1..self.len()).filter(|row| self.get(row - 1) != self.get(*row)).count()
    }

    pub fn weight(&self) -> usize {
        match &self.rows {
            Width::One(rows) => rows.len(),
            Width::Two(rows) => rows.len() * 2,
            Width::Four(rows) => rows.len() * 4,
        }
    }

    /// The same number for the next `length` rows, if it is one that may be.
    pub fn push_known(&mut self, number: u64, length: usize) -> anyhow::Result<()> {
        if number > u64::from(self.most) {
            bail!("a column refers to a value that it does not have");
        }
        match &mut self.rows {
            Width::One(rows) => rows.resize(rows.len() + length, number as u8),
            Width::Two(rows) => rows.resize(rows.len() + length, number as u16),
            Width::Four(rows) => rows.resize(rows.len() + length, number as u32),
        }
        Ok(())
    }

    /// One number after the other.
    pub fn read_plain(&mut self, rows: usize, reader: &mut ByteReader<'_>) -> anyhow::Result<()> {
        if let (Width::One(numbers), 0..0x80) = (&mut self.rows, self.most) {
            // Such numbers are written as the bytes that they are.
            numbers.extend_from_slice(reader.take(rows)?);
            if numbers.iter().any(|number| u32::from(*number) > self.most) {
                bail!("a column refers to a value that it does not have");
            }
            return Ok(());
        }
        for _ in 0..rows {
            let number = reader.unsigned()?;
            self.push_known(number, 1)?;
        }
        Ok(())
    }
}
