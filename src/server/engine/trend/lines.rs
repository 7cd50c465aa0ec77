//! From counts to lines: one per currency and value, `$other` for what is too small.

use super::tally::{Cell, Tally};
use super::{Plan, Series};
use crate::engine::Names;
use crate::engine::breakdown::{Group, ranked};
use crate::engine::statistics::weighted_quantile;
use parallax_domain::question::{Figure, Measure, TrendLine};
use std::collections::{BTreeMap, HashSet};

impl Plan {
    pub(super) fn lines(&self, series: &Series, tally: &Tally, names: &dyn Names) -> Vec<TrendLine> {
        // Currencies do not mix: each has its lines (rule Q10).
        let mut currencies: BTreeMap<u32, Vec<(u32, f64)>> = BTreeMap::new();
        for ((currency, value), cell) in tally.wholes() {
            currencies.entry(currency).or_default().push((value, series.size(cell)));
        }
        if currencies.is_empty() && self.breakdown.is_none() {
            currencies.insert(0, vec![(0, 0.0)]);
        }
        let mut named: Vec<(Option<String>, u32)> =
            currencies.keys().map(|id| ((*id != 0).then(|| names.currency(*id)), *id)).collect();
        named.sort_unstable();
        let mut lines = Vec::new();
        for (name, currency) in named {
            let sizes = currencies.remove(&currency).unwrap_or_default();
            let groups = match self.breakdown {
                Some(field) => ranked(sizes, |id| names.value(field, id)),
                None => vec![(Group::Missing, vec![0])],
            };
            for (group, values) in groups {
                let figures = series.figures(tally, currency, &group, &values);
                let (buckets, total) = figures.split_at(tally.whole());
                lines.push(TrendLine {
                    event: series.event.clone(),
                    measure: series.word.clone(),
                    value: group.value(),
                    currency: name.clone(),
                    values: buckets.to_vec(),
                    total: total.first().copied().flatten(),
                });
            }
        }
        lines
    }
}

impl Series {
    /// What the largest 200 values are chosen by (rule Q9): the total, and for means the number of events.
    fn size(&self, cell: &Cell) -> f64 {
        match self.measure {
            Measure::Unique => cell.people as f64,
            Measure::Revenue | Measure::Sum(_) => cell.sum,
            _ => cell.events,
        }
    }

    /// One figure per bucket and, last, that of the whole range.
    fn figures(&self, tally: &Tally, currency: u32, group: &Group, values: &[u32]) -> Vec<Figure> {
        if let Measure::P95(_) = self.measure {
            return p95(tally, values);
        }
        let mut cells = tally.together(currency, values);
        if matches!(group, Group::Other(_)) {
            count_people_once(&tally.several, values, &mut cells);
        }
        cells.iter().map(|cell| self.figure(cell)).collect()
    }

    /// Rule Q6: nothing is 0 for counts and sums, unknown for means.
    fn figure(&self, cell: &Cell) -> Figure {
        match self.measure {
            Measure::Total => Some(cell.events),
            Measure::Unique => Some(cell.people as f64),
            Measure::PerUser => (cell.people > 0).then(|| cell.events / cell.people as f64),
            Measure::Revenue | Measure::Sum(_) => Some(cell.sum),
            Measure::Average(_) => (cell.events > 0.0).then(|| cell.sum / cell.events),
            Measure::P95(_) => None,
        }
    }
}

/// Who has several of the gathered values in a bucket was counted for each of them.
fn count_people_once(several: &[u32], values: &[u32], cells: &mut [Cell]) {
    let gathered: HashSet<u32> = values.iter().copied().collect();
    let mut rest = several;
    while let [bucket, count, values @ ..] = rest {
        let (values, others) = values.split_at(*count as usize);
        let counted = values.iter().filter(|value| gathered.contains(value)).count() as i64;
        cells[*bucket as usize].people -= (counted - 1).max(0);
        rest = others;
    }
}

/// Nearest rank, by weight (rule Q11).
fn p95(tally: &Tally, values: &[u32]) -> Vec<Figure> {
    let mut buckets: Vec<Vec<(f64, f64)>> = vec![Vec::new(); tally.whole() + 1];
    for sample in values.iter().filter_map(|value| tally.samples.get(value)).flatten() {
        buckets[sample.bucket].push((sample.number, sample.weight));
        buckets[tally.whole()].push((sample.number, sample.weight));
    }
    buckets.iter_mut().map(|samples| weighted_quantile(samples, 0.95)).collect()
}
