//! The funnel's answer: a projection of the passages.

use super::{Passage, Plan, Scratch};
use crate::engine::breakdown::ranked;
use crate::engine::calendar::{Buckets, DAY, HOUR};
use crate::engine::hashing::NumberMap;
use crate::engine::statistics::{hypergeometric, mean, quantile};
use crate::engine::{Moments, Names, Needs, Question};
use parallax_domain::question::{FunnelAnswer, FunnelBucket, FunnelRow, StepAnswer, TimeToConvert, Upto};

/// Bounds of the histogram in milliseconds, up to the longest window.
const BOUNDS: [i64; 26] = [
    1000,
    2000,
    5000,
    10_000,
    20_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    1_200_000,
    1_800_000,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    8 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    3 * DAY,
    7 * DAY,
    14 * DAY,
    30 * DAY,
    90 * DAY,
    180 * DAY,
    366 * DAY,
];

#[derive(Default)]
pub struct Tally {
    counts: Vec<i64>,
    open: i64,
    rows: NumberMap<u32, Vec<i64>>,
    trend: Vec<(i64, i64, i64)>,
    /// Milliseconds from the step before, for each step.
    gaps: Vec<Vec<f64>>,
    durations: Vec<f64>,
    scratch: Scratch,
}

impl Question for Plan {
    type Tally = Tally;
    type Answer = FunnelAnswer;

    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn begin(&self) -> Tally {
        let steps = self.steps.len();
        Tally {
            counts: vec![0; steps],
            trend: vec![(0, 0, 0); self.trend.as_ref().map_or(0, Buckets::len)],
            gaps: vec![Vec::new(); steps],
            ..Tally::default()
        }
    }

    fn actor(&self, tally: &mut Tally, _person: u32, moments: &Moments<'_>) {
        let mut scratch = std::mem::take(&mut tally.scratch);
        self.walk(&mut scratch, moments, |passage| self.count(tally, passage));
        tally.scratch = scratch;
    }

    fn merge(&self, into: &mut Tally, other: Tally) {
        add(&mut into.counts, &other.counts);
        into.open += other.open;
        for (value, counts) in other.rows {
            add(into.rows.entry(value).or_insert_with(|| vec![0; self.steps.len()]), &counts);
        }
        for (ours, theirs) in into.trend.iter_mut().zip(other.trend) {
            *ours = (ours.0 + theirs.0, ours.1 + theirs.1, ours.2 + theirs.2);
        }
        for (ours, theirs) in into.gaps.iter_mut().zip(other.gaps) {
            ours.extend(theirs);
        }
        into.durations.extend(other.durations);
    }

    fn finish(&self, tally: Tally, names: &dyn Names) -> FunnelAnswer {
        let entered = tally.counts.first().copied().unwrap_or(0);
        let mut before = None;
        let mut steps = Vec::with_capacity(self.names.len());
        for ((event, &count), mut gaps) in self.names.iter().zip(&tally.counts).zip(tally.gaps) {
            steps.push(StepAnswer {
                event: event.clone(),
                count,
                overall: share(count, entered),
                from_previous: before.and_then(|before| share(count, before)),
                median_seconds: seconds(quantile(&mut gaps, 0.5)),
                p90_seconds: seconds(quantile(&mut gaps, 0.9)),
            });
            before = Some(count);
        }
        FunnelAnswer {
            steps,
            open: tally.open,
            breakdown: self.rows(tally.rows, names),
            trend: self.buckets(&tally.trend),
            time_to_convert: time_to_convert(tally.durations),
        }
    }
}

impl Plan {
    fn count(&self, tally: &mut Tally, passage: &Passage) {
        if let Some(row) = passage.row {
            let counts = tally.rows.entry(row).or_insert_with(|| vec![0; self.steps.len()]);
            (0..self.steps.len()).for_each(|step| counts[step] += i64::from(passage.time(step).is_some()));
        }
        if !passage.counts {
            return;
        }
        let mut previous = None;
        for step in 0..self.steps.len() {
            let time = passage.time(step);
            if let Some(time) = time {
                tally.counts[step] += 1;
                // A flexible funnel's last step may precede the one before it: then there is no way from that one.
                if let Some(previous) = previous.filter(|&previous| previous <= time) {
                    tally.gaps[step].push((time - previous) as f64);
                }
            }
            previous = time;
        }
        let converted = passage.time(self.last());
        if let Some(converted) = converted {
            tally.durations.push((converted - passage.entered()) as f64);
        }
        let open = converted.is_none() && passage.entered() + self.window > self.fresh_as_of;
        tally.open += i64::from(open);
        let bucket = self.trend.as_ref().and_then(|buckets| buckets.index_of(passage.entered()));
        if let Some(bucket) = bucket.and_then(|bucket| tally.trend.get_mut(bucket)) {
            bucket.0 += 1;
            bucket.1 += i64::from(converted.is_some());
            bucket.2 += i64::from(open);
        }
    }

    fn rows(&self, rows: NumberMap<u32, Vec<i64>>, names: &dyn Names) -> Vec<FunnelRow> {
        let Some((field, _)) = self.breakdown else { return Vec::new() };
        let sizes = rows.iter().map(|(id, counts)| (*id, counts[0] as f64)).collect();
        let ranked = ranked(sizes, |id| names.value(field, id));
        let gather = |ids: &[u32]| {
            let mut counts = vec![0; self.steps.len()];
            ids.iter().filter_map(|id| rows.get(id)).for_each(|row| add(&mut counts, row));
            counts
        };
        ranked.iter().map(|(group, ids)| FunnelRow { value: group.value(), counts: gather(ids) }).collect()
    }

    fn buckets(&self, trend: &[(i64, i64, i64)]) -> Vec<FunnelBucket> {
        let labels = self.trend.as_ref().map(Buckets::labels).unwrap_or_default();
        let rows = labels.into_iter().zip(trend);
        rows.map(|(bucket, &(entered, converted, open))| FunnelBucket { bucket, entered, converted, open }).collect()
    }
}

fn add(ours: &mut [i64], theirs: &[i64]) {
    ours.iter_mut().zip(theirs).for_each(|(ours, theirs)| *ours += theirs);
}

fn share(part: i64, of: i64) -> Option<f64> {
    (of != 0).then(|| part as f64 / of as f64)
}

fn seconds(ms: Option<f64>) -> Option<f64> {
    ms.map(|ms| ms / 1000.0)
}

fn time_to_convert(mut durations: Vec<f64>) -> TimeToConvert {
    durations.sort_unstable_by(f64::total_cmp);
    let mut histogram = Vec::new();
    let mut counted = 0;
    for &bound in BOUNDS.iter().take_while(|_| !durations.is_empty()) {
        let upto = durations.partition_point(|&duration| duration <= bound as f64);
        histogram.push(Upto { upto: bound as f64 / 1000.0, count: (upto - counted) as i64 });
        counted = upto;
        if counted == durations.len() {
            break;
        }
    }
    TimeToConvert {
        median: seconds(quantile(&mut durations, 0.5)),
        mean: seconds(mean(&durations)),
        p90: seconds(quantile(&mut durations, 0.9)),
        histogram,
    }
}

/// The p value of a segment's conversion against all entrants (Mixpanel's hypergeometric test): small when the segment
/// converts better or worse than chance would let it. None below 30 entrants: too few to say.
pub fn significance(answer: &FunnelAnswer, row: &FunnelRow) -> Option<f64> {
    let entered = answer.steps.first()?.count;
    let converted = answer.steps.last()?.count;
    let (of, with) = (*row.counts.first()?, *row.counts.last()?);
    if of < 30 { None } else { hypergeometric(entered, converted, of, with) }
}
