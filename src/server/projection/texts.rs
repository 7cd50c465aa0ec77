//! What log messages may say, block by block: of every three neighbouring characters whether they occur. A search looks
//! only into blocks that have all of its own; that a block has them does not yet mean that a message says it.
//!
//! A block is a run of records in order of ingestion. Stored as a matrix, a row for every three characters and a bit for
//! every block, so that a search reads the few rows that it asks for.

use super::bytes::{ByteReader, ByteWriter, pack, unpack};
use super::fold::LogFold;
use anyhow::{Context, bail};

/// Parts of a compacted chunk: its blocks, and the matrix, which is not packed so that rows can be read alone.
pub const BLOCKS: &str = "blocks";
pub const MATRIX: &str = "matrix";

/// Small blocks are joined up to so many records.
const RECORDS: u32 = 4_096;
/// Threes of characters share this many numbers.
pub const NUMBERS: usize = 1 << 14;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// Order of ingestion of the first and of the last record.
    pub first: i64,
    pub last: i64,
    pub records: u32,
    /// Microseconds since 1970 of the earliest and of the latest record.
    pub from: i64,
    pub to: i64,
}

/// A set of numbers of threes.
#[derive(Clone, Debug, PartialEq)]
pub struct Threes(Box<[u64; NUMBERS / 64]>);

impl Default for Threes {
    fn default() -> Self {
        Threes(Box::new([0; NUMBERS / 64]))
    }
}

impl Threes {
    fn insert(&mut self, number: u16) {
        self.0[usize::from(number) / 64] |= 1 << (number % 64);
    }

    pub fn contains(&self, number: u16) -> bool {
        self.0[usize::from(number) / 64] >> (number % 64) & 1 != 0
    }

    fn extend(&mut self, other: &Threes) {
        self.0.iter_mut().zip(other.0.iter()).for_each(|(ours, theirs)| *ours |= theirs);
    }

    fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        (0..NUMBERS as u16).filter(|number| self.contains(*number))
    }
}

/// Blocks of one day, each with the numbers of its threes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Texts {
    pub blocks: Vec<(Block, Threes)>,
}

/// Numbers of the threes of a text, in lower case. Only of characters that have one case everywhere: of ASCII.
pub fn numbers(text: &str, mut note: impl FnMut(u16)) {
    // Some characters beyond ASCII become ASCII in lower case.
    let lower = if text.is_ascii() { None } else { Some(text.to_lowercase()) };
    let bytes = lower.as_deref().unwrap_or(text).as_bytes();
    for three in bytes.windows(3).filter(|three| three.is_ascii()) {
        let [a, b, c] = [three[0], three[1], three[2]].map(|byte| u32::from(byte.to_ascii_lowercase()));
        let mixed = (a << 16 | b << 8 | c).wrapping_mul(0x9E37_79B1);
        note((mixed >> 18) as u16);
    }
}

impl Texts {
    pub fn push(&mut self, log: &LogFold<'_>) {
        let (seq, at) = (log.head.seq, log.head.at);
        if self.blocks.last().is_none_or(|(block, _)| block.records >= RECORDS) {
            self.blocks.push((Block { first: seq, last: seq, records: 0, from: at, to: at }, Threes::default()));
        }
        if let Some((block, threes)) = self.blocks.last_mut() {
            block.first = block.first.min(seq);
            block.last = block.last.max(seq);
            block.records += 1;
            (block.from, block.to) = (block.from.min(at), block.to.max(at));
            numbers(log.message, |number| threes.insert(number));
        }
    }

    /// Neighbours are joined while they are small.
    pub fn merge(pieces: Vec<Texts>) -> Texts {
        let mut all: Vec<(Block, Threes)> = pieces.into_iter().flat_map(|piece| piece.blocks).collect();
        all.sort_by_key(|(block, _)| block.first);
        let mut joined: Vec<(Block, Threes)> = Vec::new();
        for (block, threes) in all {
            match joined.last_mut() {
                Some((last, known)) if last.records + block.records <= RECORDS => {
                    last.last = last.last.max(block.last);
                    last.records += block.records;
                    (last.from, last.to) = (last.from.min(block.from), last.to.max(block.to));
                    known.extend(&threes);
                }
                _ => joined.push((block, threes)),
            }
        }
        Texts { blocks: joined }
    }

    /// All in one, for a fresh delta.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = ByteWriter { bytes: self.blocks_plain() };
        for (_, threes) in &self.blocks {
            out.unsigned(threes.iter().count() as u64);
            let mut before = 0;
            for number in threes.iter() {
                out.unsigned(u64::from(number - before));
                before = number;
            }
        }
        out.pack()
    }

    pub fn decode(packed: &[u8]) -> anyhow::Result<Texts> {
        let bytes = unpack(packed)?;
        let mut reader = ByteReader::new(&bytes);
        let blocks = read_blocks(&mut reader)?;
        let mut texts = Texts::default();
        for block in blocks {
            let mut threes = Threes::default();
            let mut number = 0u16;
            for _ in 0..reader.count()? {
                number = number.checked_add(u16::try_from(reader.unsigned()?)?).context("numbers of texts overflow")?;
                if usize::from(number) >= NUMBERS {
                    bail!("a number of texts is impossible");
                }
                threes.insert(number);
            }
            texts.blocks.push((block, threes));
        }
        Ok(texts)
    }

    /// The two parts of a compacted chunk.
    pub fn parts(&self) -> Vec<(String, Vec<u8>)> {
        let width = self.blocks.len().div_ceil(8);
        let mut matrix = vec![0u8; NUMBERS * width];
        for (place, (_, threes)) in self.blocks.iter().enumerate() {
            for number in threes.iter() {
                matrix[usize::from(number) * width + place / 8] |= 1 << (place % 8);
            }
        }
        vec![(BLOCKS.to_owned(), pack(&self.blocks_plain())), (MATRIX.to_owned(), matrix)]
    }

    /// Back from both parts.
    pub fn of_parts(blocks: &[u8], matrix: &[u8]) -> anyhow::Result<Texts> {
        let blocks = decode_blocks(blocks)?;
        let width = blocks.len().div_ceil(8);
        if matrix.len() != NUMBERS * width {
            bail!("a matrix of texts does not fit its blocks");
        }
        let mut texts = Texts { blocks: blocks.into_iter().map(|block| (block, Threes::default())).collect() };
        for (number, row) in matrix.chunks_exact(width.max(1)).enumerate() {
            for (place, (_, threes)) in texts.blocks.iter_mut().enumerate() {
                if row[place / 8] >> (place % 8) & 1 != 0 {
                    threes.insert(number as u16);
                }
            }
        }
        Ok(texts)
    }

    fn blocks_plain(&self) -> Vec<u8> {
        let mut out = ByteWriter::default();
        out.unsigned(self.blocks.len() as u64);
        for (block, _) in &self.blocks {
            out.signed(block.first);
            out.unsigned((block.last - block.first) as u64);
            out.unsigned(u64::from(block.records));
            out.signed(block.from);
            out.unsigned((block.to - block.from) as u64);
        }
        out.bytes
    }
}

/// The blocks alone.
pub fn decode_blocks(packed: &[u8]) -> anyhow::Result<Vec<Block>> {
    read_blocks(&mut ByteReader::new(&unpack(packed)?))
}

fn read_blocks(reader: &mut ByteReader<'_>) -> anyhow::Result<Vec<Block>> {
    let count = reader.count()?;
    let mut blocks = Vec::with_capacity(count);
    for _ in 0..count {
        let first = reader.signed()?;
        let last = first.saturating_add_unsigned(reader.unsigned()?);
        let records = u32::try_from(reader.unsigned()?)?;
        let from = reader.signed()?;
        let to = from.saturating_add_unsigned(reader.unsigned()?);
        blocks.push(Block { first, last, records, from, to });
    }
    Ok(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::fold::LogHead;
    use proptest::prelude::*;

    fn texts(messages: &[String], first: i64) -> Texts {
        let mut texts = Texts::default();
        for (seq, message) in (first..).zip(messages) {
            let head = LogHead { seq, at: seq * 10, ..LogHead::default() };
            texts.push(&LogFold { head, message });
        }
        texts
    }

    fn may_say(threes: &Threes, needle: &str) -> bool {
        let mut all = true;
        numbers(needle, |number| all &= threes.contains(number));
        all
    }

    proptest! {
        #[test]
        fn whoever_says_it_is_found(messages in prop::collection::vec("[ -~äKß]{0,30}", 1..20), from in 0usize..30, length in 1usize..12) {
            let texts = texts(&messages, 5);
            for message in &messages {
                let needle: String = message.chars().skip(from).take(length).collect();
                for spelled in [needle.to_uppercase(), needle.to_lowercase(), needle] {
                    if message.to_lowercase().contains(&spelled.to_lowercase()) {
                        prop_assert!(texts.blocks.iter().any(|(_, threes)| may_say(threes, &spelled)), "{spelled:?} of {message:?}");
                    }
                }
            }
        }

        #[test]
        fn blocks_survive_their_bytes_and_joining(a in prop::collection::vec("[a-d]{0,9}", 1..9), b in prop::collection::vec("[a-d]{0,9}", 1..9)) {
            let (first, second) = (texts(&a, 1), texts(&b, 100));
            prop_assert_eq!(&Texts::decode(&first.encode()).unwrap(), &first);
            let joined = Texts::merge(vec![second, first]);
            let [(_, blocks), (_, matrix)] = &joined.parts()[..] else { panic!("two parts") };
            prop_assert_eq!(&Texts::of_parts(blocks, matrix).unwrap(), &joined);
            let together: Vec<String> = [a, b].concat();
            prop_assert_eq!(&joined.blocks[0].1, &texts(&together, 1).blocks[0].1);
            prop_assert_eq!(joined.blocks[0].0.records as usize, together.len());
        }
    }

    #[test]
    fn damage_is_an_error() {
        assert!(Texts::of_parts(&pack(&[1, 0, 0, 1, 0, 0]), &[0; 3]).is_err());
        assert!(Texts::decode(&pack(&[9, 9])).is_err());
    }
}
