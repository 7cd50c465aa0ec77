//! Counts, errors and durations per slot of time and key. Requests, calls to dependencies and log
//! records are all kept in this form, by the minute and by the hour.

use super::bytes::{ByteReader, ByteWriter, Words, read_words, unpack};
use super::sketch::Sketch;
use anyhow::{Context, bail};
use std::collections::BTreeMap;

/// Satisfied up to this, tolerating up to four times as much (Apdex; contract rule G1). Microseconds.
pub const APDEX_T: f64 = 500_000.0;

/// Which words make a key: of a request its service, operation, version and environment; of a dependency
/// the peer stands for the operation, of a log record the level does.
pub const WORDS: usize = 4;
pub type Key = [u32; WORDS];

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    pub count: u64,
    pub errors: u64,
    pub satisfied: u64,
    pub tolerating: u64,
    /// Microseconds.
    pub sum: u64,
    pub max: u64,
    pub sketch: Sketch,
}

impl Cell {
    /// One request of this duration in microseconds; a failed one is frustrated however fast it was.
    pub fn request(&mut self, micros: u64, error: bool, weight: u32) {
        self.count += u64::from(weight);
        self.sum += micros * u64::from(weight);
        self.max = self.max.max(micros);
        self.sketch.add(micros as f64, weight);
        if error {
            self.errors += u64::from(weight);
        } else if micros as f64 <= APDEX_T {
            self.satisfied += u64::from(weight);
        } else if micros as f64 <= 4.0 * APDEX_T {
            self.tolerating += u64::from(weight);
        }
    }

    pub fn merge(&mut self, other: &Cell) {
        self.count += other.count;
        self.errors += other.errors;
        self.satisfied += other.satisfied;
        self.tolerating += other.tolerating;
        self.sum += other.sum;
        self.max = self.max.max(other.max);
        self.sketch.merge(&other.sketch);
    }

    /// (satisfied + tolerating / 2) / all; none without requests.
    pub fn apdex(&self) -> Option<f64> {
        (self.count > 0).then(|| (self.satisfied as f64 + self.tolerating as f64 / 2.0) / self.count as f64)
    }
}

/// One period's cells, by slot (minute of the hour, hour of the day) and key.
#[derive(Default)]
pub struct Rollup {
    words: Words,
    pub cells: BTreeMap<(u16, Key), Cell>,
}

impl Rollup {
    pub fn cell(&mut self, slot: u16, words: [Option<&str>; WORDS]) -> &mut Cell {
        let key = words.map(|word| self.words.optional(word));
        self.cells.entry((slot, key)).or_default()
    }

    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    pub fn word(&self, id: u32) -> Option<&str> {
        id.checked_sub(1).and_then(|id| self.words.list.get(id as usize)).map(String::as_str)
    }

    pub fn merge(&mut self, other: &Rollup) {
        for ((slot, key), cell) in &other.cells {
            let words = key.map(|id| other.word(id));
            self.cell(*slot, words).merge(cell);
        }
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut out = ByteWriter::default();
        self.words.write(&mut out);
        out.unsigned(self.cells.len() as u64);
        let mut before = 0;
        for ((slot, key), cell) in &self.cells {
            out.unsigned(u64::from(slot - before));
            before = *slot;
            key.iter().for_each(|id| out.unsigned(u64::from(*id)));
            for number in [cell.count, cell.errors, cell.satisfied, cell.tolerating, cell.sum, cell.max] {
                out.unsigned(number);
            }
            cell.sketch.write(&mut out);
        }
        out.pack()
    }

    pub fn decode(packed: &[u8]) -> anyhow::Result<Rollup> {
        let bytes = unpack(packed)?;
        let mut reader = ByteReader::new(&bytes);
        let mut rollup = Rollup::default();
        for word in read_words(&mut reader)? {
            rollup.words.id(&word);
        }
        let known = rollup.words.list.len() as u32;
        let mut slot = 0u16;
        for _ in 0..reader.count()? {
            slot = slot.checked_add(u16::try_from(reader.unsigned()?)?).context("slots overflow")?;
            let mut key = Key::default();
            for id in &mut key {
                *id = u32::try_from(reader.unsigned()?)?;
                if *id > known {
                    bail!("a key refers to a word that the chunk does not have");
                }
            }
            let mut number = || reader.unsigned();
            let mut cell = Cell {
                count: number()?,
                errors: number()?,
                satisfied: number()?,
                tolerating: number()?,
                sum: number()?,
                max: number()?,
                sketch: Sketch::default(),
            };
            cell.sketch = Sketch::read(&mut reader)?;
            rollup.cells.insert((slot, key), cell);
        }
        Ok(rollup)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn requests() -> impl Strategy<Value = Vec<(u16, usize, u64, bool)>> {
        prop::collection::vec((0u16..60, 0usize..4, 1u64..5_000_000, any::<bool>()), 0..60)
    }

    fn rollup(requests: &[(u16, usize, u64, bool)]) -> Rollup {
        let mut rollup = Rollup::default();
        for (slot, operation, micros, error) in requests {
            let words = [
                Some("shop"),
                Some(["GET /", "GET /cart", "POST /pay", "PUT /x"][*operation]),
                None,
                Some("production"),
            ];
            rollup.cell(*slot, words).request(*micros, *error, 1);
        }
        rollup
    }

    fn told(rollup: &Rollup) -> Vec<(u16, Vec<Option<&str>>, Cell)> {
        let mut all: Vec<_> = rollup
            .cells
            .iter()
            .map(|((slot, key), cell)| (*slot, key.iter().map(|id| rollup.word(*id)).collect(), cell.clone()))
            .collect();
        all.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        all
    }

    proptest! {
        #[test]
        fn pieces_add_up_and_survive_their_bytes(all in requests(), cut in 0usize..60) {
            let cut = cut.min(all.len());
            let mut merged = Rollup::decode(&rollup(&all[..cut]).encode()).unwrap();
            merged.merge(&Rollup::decode(&rollup(&all[cut..]).encode()).unwrap());
            let whole = rollup(&all);
            prop_assert_eq!(told(&merged), told(&whole));
        }
    }

    #[test]
    fn apdex_follows_its_definition() {
        let mut cell = Cell::default();
        assert_eq!(cell.apdex(), None);
        (0..60).for_each(|_| cell.request(100_000, false, 1));
        (0..30).for_each(|_| cell.request(1_000_000, false, 1));
        (0..5).for_each(|_| cell.request(9_000_000, false, 1));
        (0..5).for_each(|_| cell.request(1_000, true, 1));
        assert_eq!(cell.apdex(), Some(0.75));
    }
}
