//! Variable-length integers and local dictionaries: what chunks are written in.

use anyhow::{Context, bail};
use std::collections::HashMap;

#[derive(Default)]
pub struct ByteWriter {
    pub bytes: Vec<u8>,
}

impl ByteWriter {
    pub fn unsigned(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    pub fn signed(&mut self, value: i64) {
        self.unsigned(((value << 1) ^ (value >> 63)) as u64);
    }

    pub fn double(&mut self, value: f64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub fn word(&mut self, value: i64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub fn text(&mut self, text: &str) {
        self.unsigned(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Length first, then the bytes.
    pub fn section(&mut self, bytes: &[u8]) {
        self.unsigned(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    pub fn pack(self) -> Vec<u8> {
        pack(&self.bytes)
    }
}

/// Level 1: on these bytes higher levels are slower and not smaller.
pub fn pack(bytes: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(bytes, 1).unwrap_or_default()
}

pub fn unpack(packed: &[u8]) -> anyhow::Result<Vec<u8>> {
    zstd::stream::decode_all(packed).context("a chunk cannot be unpacked")
}

pub struct ByteReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> ByteReader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        ByteReader { bytes, at: 0 }
    }

    pub fn is_done(&self) -> bool {
        self.at >= self.bytes.len()
    }

    #[inline]
    pub fn unsigned(&mut self) -> anyhow::Result<u64> {
        // Most numbers are small.
        if let Some(&byte) = self.bytes.get(self.at).filter(|byte| **byte < 0x80) {
            self.at += 1;
            return Ok(u64::from(byte));
        }
        self.long()
    }

    fn long(&mut self) -> anyhow::Result<u64> {
        let mut value = 0u64;
        let mut shift = 0;
        loop {
            let byte = *self.bytes.get(self.at).context("a chunk ends early")?;
            self.at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
            shift += 7;
            if shift > 63 {
                bail!("a number in a chunk is too long");
            }
        }
    }

    pub fn signed(&mut self) -> anyhow::Result<i64> {
        let value = self.unsigned()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    pub fn count(&mut self) -> anyhow::Result<usize> {
        let count = self.unsigned()? as usize;
        // Every element takes at least one bit of what is left; more is damage, not data.
        if count > (self.bytes.len() + 1) * 4096 {
            bail!("a count in a chunk is impossible");
        }
        Ok(count)
    }

    pub fn double(&mut self) -> anyhow::Result<f64> {
        Ok(f64::from_le_bytes(self.take(8)?.try_into()?))
    }

    pub fn word(&mut self) -> anyhow::Result<i64> {
        Ok(i64::from_le_bytes(self.take(8)?.try_into()?))
    }

    pub fn text(&mut self) -> anyhow::Result<&'a str> {
        let length = self.unsigned()? as usize;
        Ok(std::str::from_utf8(self.take(length)?)?)
    }

    pub fn section(&mut self) -> anyhow::Result<&'a [u8]> {
        let length = self.unsigned()? as usize;
        self.take(length)
    }

    pub fn take(&mut self, length: usize) -> anyhow::Result<&'a [u8]> {
        let end = self.at.checked_add(length).context("a length in a chunk is impossible")?;
        let slice = self.bytes.get(self.at..end).context("a chunk ends early")?;
        self.at = end;
        Ok(slice)
    }
}

/// Words of one chunk, numbered by first appearance. 0 is "missing".
#[derive(Default)]
pub struct Words {
    ids: HashMap<String, u32>,
    pub list: Vec<String>,
}

impl Words {
    pub fn id(&mut self, word: &str) -> u32 {
        if let Some(id) = self.ids.get(word) {
            return *id;
        }
        self.list.push(word.to_owned());
        let id = self.list.len() as u32;
        self.ids.insert(word.to_owned(), id);
        id
    }

    pub fn optional(&mut self, word: Option<&str>) -> u32 {
        word.map_or(0, |word| self.id(word))
    }

    pub fn write(&self, out: &mut ByteWriter) {
        out.unsigned(self.list.len() as u64);
        for word in &self.list {
            out.text(word);
        }
    }
}

pub fn read_words(reader: &mut ByteReader<'_>) -> anyhow::Result<Vec<String>> {
    let count = reader.count()?;
    (0..count).map(|_| reader.text().map(str::to_owned)).collect()
}

/// Numbers that rarely change from one row to the next: runs of (length, value).
pub fn write_runs(values: impl IntoIterator<Item = u32>, out: &mut ByteWriter) {
    let mut values = values.into_iter().peekable();
    while let Some(value) = values.next() {
        let mut length = 1u64;
        while values.next_if_eq(&value).is_some() {
            length += 1;
        }
        out.unsigned(length);
        out.unsigned(u64::from(value));
    }
}

/// Shows each run as its length and value.
pub fn read_runs(
    rows: usize,
    reader: &mut ByteReader<'_>,
    mut show: impl FnMut(usize, u64) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut read = 0;
    while read < rows {
        let length = reader.unsigned()? as usize;
        let value = reader.unsigned()?;
        if length == 0 || length > rows - read {
            bail!("a run in a chunk is impossible");
        }
        show(length, value)?;
        read += length;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_survive(values in prop::collection::vec(any::<i64>(), 0..50)) {
            let mut out = ByteWriter::default();
            values.iter().for_each(|value| { out.signed(*value); out.unsigned(*value as u64); });
            let mut reader = ByteReader::new(&out.bytes);
            for value in values {
                prop_assert_eq!(reader.signed().unwrap(), value);
                prop_assert_eq!(reader.unsigned().unwrap(), value as u64);
            }
            prop_assert!(reader.is_done());
        }

        #[test]
        fn runs_survive(values in prop::collection::vec(0u32..4, 0..200)) {
            let mut out = ByteWriter::default();
            write_runs(values.iter().copied(), &mut out);
            let mut back = Vec::new();
            let mut show = |length: usize, value: u64| { back.resize(back.len() + length, value as u32); Ok(()) };
            read_runs(values.len(), &mut ByteReader::new(&out.bytes), &mut show).unwrap();
            prop_assert_eq!(back, values);
        }

        #[test]
        fn damage_is_an_error_and_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let mut reader = ByteReader::new(&bytes);
            read_words(&mut reader).ok();
            read_runs(10, &mut reader, |_, _| Ok(())).ok();
            reader.text().ok();
        }
    }
}
