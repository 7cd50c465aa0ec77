//! What is counted of one series.

use crate::engine::hashing::NumberMap;
use std::collections::HashSet;

/// (currency, value), 0 = none.
pub(super) type Line = (u32, u32);

#[derive(Clone, Copy, Default)]
pub(super) struct Cell {
    /// Weighted number of events.
    pub events: f64,
    /// Weighted sum of their numbers.
    pub sum: f64,
    pub people: i64,
}

impl Cell {
    pub fn add(&mut self, other: &Cell) {
        self.events += other.events;
        self.sum += other.sum;
        self.people += other.people;
    }
}

pub(super) struct Sample {
    pub bucket: usize,
    pub number: f64,
    pub weight: f64,
}

pub struct Tally {
    /// The place of the whole range, after the buckets.
    whole: usize,
    /// The line without value and currency, which most trends have only.
    plain: Vec<Cell>,
    cells: NumberMap<(Line, usize), Cell>,
    /// By value.
    pub(super) samples: NumberMap<u32, Vec<Sample>>,
    /// Wherever one person has several values in one bucket: bucket, number of values, the values. With it people can
    /// be counted once in a row that gathers values.
    pub(super) several: Vec<u32>,
    /// (bucket, value) of the person at hand.
    seen: Vec<(usize, u32)>,
}

impl Tally {
    pub(super) fn new(buckets: usize) -> Tally {
        Tally {
            whole: buckets,
            plain: vec![Cell::default(); buckets + 1],
            cells: NumberMap::default(),
            samples: NumberMap::default(),
            several: Vec::new(),
            seen: Vec::new(),
        }
    }

    fn cell(&mut self, line: Line, bucket: usize) -> &mut Cell {
        if line == (0, 0) { &mut self.plain[bucket] } else { self.cells.entry((line, bucket)).or_default() }
    }

    pub(super) fn add(&mut self, line: Line, bucket: usize, number: f64, weight: f64) {
        for place in [bucket, self.whole] {
            let cell = self.cell(line, place);
            cell.events += weight;
            cell.sum += weight * number;
        }
    }

    pub(super) fn sample(&mut self, value: u32, bucket: usize, number: f64, weight: f64) {
        self.samples.entry(value).or_default().push(Sample { bucket, number, weight });
    }

    /// The person at hand did it in this bucket with this value.
    pub(super) fn saw(&mut self, bucket: usize, value: u32) {
        if self.seen.last() != Some(&(bucket, value)) {
            self.seen.push((bucket, value));
        }
    }

    /// The person at hand is done.
    pub(super) fn leave(&mut self) {
        if self.seen.is_empty() {
            return;
        }
        let mut seen = std::mem::take(&mut self.seen);
        for over_all in [false, true] {
            if over_all {
                seen.iter_mut().for_each(|(bucket, _)| *bucket = self.whole);
            }
            seen.sort_unstable();
            seen.dedup();
            for values in seen.chunk_by(|a, b| a.0 == b.0) {
                for &(bucket, value) in values {
                    self.cell((0, value), bucket).people += 1;
                }
                if values.len() > 1 {
                    self.several.extend([values[0].0 as u32, values.len() as u32]);
                    self.several.extend(values.iter().map(|(_, value)| *value));
                }
            }
        }
        seen.clear();
        self.seen = seen;
    }

    pub(super) fn merge(&mut self, other: Tally) {
        self.plain.iter_mut().zip(&other.plain).for_each(|(ours, theirs)| ours.add(theirs));
        for (key, cell) in other.cells {
            self.cells.entry(key).or_default().add(&cell);
        }
        for (value, samples) in other.samples {
            self.samples.entry(value).or_default().extend(samples);
        }
        self.several.extend(other.several);
    }

    /// Every line in which anything was counted, with its cell of the whole range.
    pub(super) fn wholes(&self) -> impl Iterator<Item = (Line, &Cell)> {
        let plain = self.plain.last().filter(|cell| cell.events != 0.0).map(|cell| ((0, 0), cell));
        let others = self.cells.iter().filter(|((_, bucket), _)| *bucket == self.whole);
        plain.into_iter().chain(others.map(|((line, _), cell)| (*line, cell)))
    }

    /// All buckets and, last, the whole range, of lines taken together.
    pub(super) fn together(&self, currency: u32, values: &[u32]) -> Vec<Cell> {
        let mut sums = vec![Cell::default(); self.whole + 1];
        if let [value] = values {
            let cells = (0..=self.whole).map(|bucket| self.get((currency, *value), bucket));
            return cells.collect();
        }
        let gathered: HashSet<Line> = values.iter().map(|value| (currency, *value)).collect();
        for ((line, bucket), cell) in &self.cells {
            if gathered.contains(line) {
                sums[*bucket].add(cell);
            }
        }
        sums
    }

    fn get(&self, line: Line, bucket: usize) -> Cell {
        if line == (0, 0) {
            return self.plain[bucket];
        }
        self.cells.get(&(line, bucket)).copied().unwrap_or_default()
    }

    pub(super) fn whole(&self) -> usize {
        self.whole
    }
}
