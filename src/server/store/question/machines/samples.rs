//! From points to what a machine did: rates of counters, several streams as one, summaries, slopes.

use crate::engine::calendar::Buckets;
use crate::engine::statistics;
use crate::projection::points::Point;
use crate::store::question::metrics::{SeriesRow, increase};
use parallax_domain::question::Figure;

/// A value at an instant, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    pub at: i64,
    pub value: f64,
}

/// One series with its points in order of time.
#[derive(Clone, Debug)]
pub struct Stream {
    pub series: SeriesRow,
    pub points: Vec<Point>,
}

/// What a value of several streams at one time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    Sum,
    Mean,
    Highest,
}

impl Stream {
    /// Of the label that is known by one of these names.
    pub fn label(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.series.label(name))
    }

    pub fn is_counter(&self) -> bool {
        self.series.monotonic
    }

    pub fn values(&self) -> Vec<Sample> {
        let sample =
            |point: &Point| Some(Sample { at: point.at, value: point.value.filter(|value| value.is_finite())? });
        self.points.iter().filter_map(sample).collect()
    }

    /// What the counter gained in each second up to a point. `from`: a stream that began later counts from its start.
    pub fn rates(&self, from: i64) -> Vec<Sample> {
        let mut rates = Vec::new();
        let mut before: Option<&Point> = None;
        for point in self.points.iter().filter(|point| point.value.is_some()) {
            let told = point.started_at.filter(|_| !self.series.cumulative || before.is_none());
            let since = told.or(before.map(|before| before.at));
            if let (Some(gain), Some(since)) = (increase(&self.series, before, point, from), since)
                && point.at > since
            {
                rates.push(Sample { at: point.at, value: gain / ((point.at - since) as f64 / 1000.0) });
            }
            before = Some(point);
        }
        rates
    }
}

/// Time between two samples, as it usually is.
pub fn usual_gap(samples: &[Sample]) -> Option<i64> {
    let mut gaps: Vec<f64> =
        samples.windows(2).map(|pair| (pair[1].at - pair[0].at) as f64).filter(|gap| *gap > 0.0).collect();
    statistics::median(&mut gaps).map(|gap| gap as i64)
}

/// Several streams as one. What was read within half of the usual gap belongs together.
pub fn together(streams: &[Vec<Sample>], fold: Fold) -> Vec<Sample> {
    if let [only] = streams {
        return only.clone();
    }
    let width = streams.iter().filter_map(|stream| usual_gap(stream)).min().unwrap_or(1_000) / 2;
    let mut all: Vec<Sample> = streams.iter().flatten().copied().collect();
    all.sort_by_key(|sample| sample.at);
    let mut out: Vec<Sample> = Vec::new();
    let mut start = 0;
    while let Some(first) = all.get(start) {
        let end = start + all[start..].partition_point(|sample| sample.at - first.at <= width);
        let group = &all[start..end];
        let sum: f64 = group.iter().map(|sample| sample.value).sum();
        let value = match fold {
            Fold::Sum => sum,
            Fold::Mean => sum / group.len() as f64,
            Fold::Highest => group.iter().map(|sample| sample.value).fold(f64::NEG_INFINITY, f64::max),
        };
        out.push(Sample { at: all[end - 1].at, value });
        start = end;
    }
    out
}

/// Each sample with what the other stream said last; before its first word, its first.
pub fn beside(samples: &[Sample], other: &[Sample], of: impl Fn(f64, f64) -> Option<f64>) -> Vec<Sample> {
    let said = |at: i64| {
        let after = other.partition_point(|sample| sample.at <= at);
        other.get(after.saturating_sub(1)).map(|sample| sample.value)
    };
    let join = |sample: &Sample| Some(Sample { at: sample.at, value: of(sample.value, said(sample.at)?)? });
    samples.iter().filter_map(join).collect()
}

/// Which value of many stands for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    #[default]
    Average,
    Least,
    Most,
    P50,
    P90,
    P95,
}

impl Choice {
    pub const ALL: [Choice; 6] = [Choice::Average, Choice::Least, Choice::Most, Choice::P50, Choice::P90, Choice::P95];

    pub fn word(self) -> &'static str {
        match self {
            Choice::Average => "avg",
            Choice::Least => "min",
            Choice::Most => "max",
            Choice::P50 => "p50",
            Choice::P90 => "p90",
            Choice::P95 => "p95",
        }
    }

    pub fn parse(word: &str) -> Option<Choice> {
        Choice::ALL.into_iter().find(|choice| choice.word() == word)
    }

    fn share(self) -> Option<f64> {
        match self {
            Choice::P50 => Some(0.50),
            Choice::P90 => Some(0.90),
            Choice::P95 => Some(0.95),
            _ => None,
        }
    }

    /// Of something that is bad when it is low the tenth lowest says what of others the tenth highest says.
    pub fn of(self, values: &mut [f64], low_is_bad: bool) -> Figure {
        let turned = |share: f64| if low_is_bad { 1.0 - share } else { share };
        match (self, self.share()) {
            (_, Some(share)) => statistics::quantile(values, turned(share)),
            (Choice::Average, _) => statistics::mean(values),
            (Choice::Least, _) => values.iter().copied().reduce(f64::min),
            _ => values.iter().copied().reduce(f64::max),
        }
    }
}

/// One value for each bucket; none where nothing was told.
pub fn course(samples: &[Sample], buckets: &Buckets, choice: Choice, low_is_bad: bool) -> Vec<Figure> {
    let mut cells: Vec<Vec<f64>> = vec![Vec::new(); buckets.len()];
    for sample in samples {
        if let Some(index) = buckets.index_of(sample.at) {
            cells[index].push(sample.value);
        }
    }
    cells.into_iter().map(|mut values| choice.of(&mut values, low_is_bad)).collect()
}

/// A course that goes one way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// Change from one bucket to the next: the median over all pairs (Theil and Sen).
    pub per_bucket: f64,
    /// Kendall's tau with the order of time: 1 rises without exception, -1 falls.
    pub steadiness: f64,
}

/// Fewer values say nothing about a direction.
const LEAST: usize = 8;

/// The slope of a course; none for fewer than eight values.
pub fn slope(values: &[Figure]) -> Option<Slope> {
    let known: Vec<(usize, f64)> = values.iter().enumerate().filter_map(|(at, value)| Some((at, (*value)?))).collect();
    if known.len() < LEAST {
        return None;
    }
    let mut slopes = Vec::with_capacity(known.len() * (known.len() - 1) / 2);
    let mut order = 0.0;
    for (index, (at, value)) in known.iter().enumerate() {
        for (later, after) in &known[index + 1..] {
            slopes.push((after - value) / (later - at) as f64);
            order += if after > value {
                1.0
            } else if after < value {
                -1.0
            } else {
                0.0
            };
        }
    }
    let pairs = slopes.len() as f64;
    Some(Slope { per_bucket: statistics::median(&mut slopes)?, steadiness: order / pairs })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn stream(cumulative: bool, points: &[(i64, Option<i64>, f64)]) -> Stream {
        let series = SeriesRow {
            id: 1,
            name: "system.network.io".into(),
            unit: "By".into(),
            kind: 1,
            cumulative,
            monotonic: true,
            service: None,
            host: Some("web-01".into()),
            labels: sqlx::types::Json(BTreeMap::new()),
            resource: sqlx::types::Json(BTreeMap::new()),
        };
        let point = |(at, started_at, value): &(i64, Option<i64>, f64)| Point {
            at: *at,
            started_at: *started_at,
            value: Some(*value),
            distribution: None,
        };
        Stream { series, points: points.iter().map(point).collect() }
    }

    fn samples(values: &[(i64, f64)]) -> Vec<Sample> {
        values.iter().map(|(at, value)| Sample { at: *at, value: *value }).collect()
    }

    #[test]
    fn a_total_becomes_what_was_gained_in_each_second() {
        let rates = stream(true, &[(0, None, 100.0), (10_000, None, 300.0), (20_000, None, 50.0)]).rates(0);
        // After the restart the new total is the gain.
        assert_eq!(rates, samples(&[(10_000, 20.0), (20_000, 5.0)]));
    }

    #[test]
    fn a_gain_is_spread_over_the_time_that_it_tells_of() {
        let rates = stream(false, &[(600_000, Some(0), 1_200.0), (1_800_000, Some(1_200_000), 600.0)]).rates(0);
        assert_eq!(rates, samples(&[(600_000, 2.0), (1_800_000, 1.0)]));
        // Without a start since the point before.
        let rates = stream(false, &[(600_000, None, 1_200.0), (1_200_000, None, 600.0)]).rates(0);
        assert_eq!(rates, samples(&[(1_200_000, 1.0)]));
    }

    #[test]
    fn streams_that_are_read_together_add_up_wherever_the_clock_stands() {
        let a = samples(&[(59_999, 1.0), (119_999, 2.0), (180_001, 3.0)]);
        let b = samples(&[(60_001, 10.0), (120_001, 20.0), (180_000, 30.0)]);
        let sums: Vec<f64> = together(&[a.clone(), b.clone()], Fold::Sum).iter().map(|sample| sample.value).collect();
        assert_eq!(sums, [11.0, 22.0, 33.0]);
        let highest: Vec<f64> = together(&[a, b], Fold::Highest).iter().map(|sample| sample.value).collect();
        assert_eq!(highest, [10.0, 20.0, 30.0]);
    }

    #[test]
    fn a_limit_that_is_told_seldom_holds_until_the_next() {
        let used = samples(&[(1, 0.5), (50, 0.25), (99, 0.5)]);
        let limit = samples(&[(10, 100.0), (60, 200.0)]);
        let free = beside(&used, &limit, |used, limit| Some((1.0 - used) * limit));
        assert_eq!(free, samples(&[(1, 50.0), (50, 75.0), (99, 100.0)]));
        assert!(beside(&used, &[], |used, _| Some(used)).is_empty());
    }

    #[test]
    fn of_free_memory_the_low_tail_is_looked_at() {
        let mut values: Vec<f64> = (1..=101).map(f64::from).collect();
        let rounded = |value: Figure| value.map(f64::round);
        assert_eq!(rounded(Choice::P95.of(&mut values, false)), Some(96.0));
        assert_eq!(rounded(Choice::P95.of(&mut values, true)), Some(6.0));
        assert_eq!(Choice::Average.of(&mut [], false), None);
    }

    #[test]
    fn noise_has_no_direction_and_a_leak_has() {
        let leak: Vec<Figure> =
            (0..40).map(|hour| Some(9.0 - 0.3 * f64::from(hour) + 0.05 * f64::from(hour % 3))).collect();
        let found = slope(&leak).unwrap();
        assert!((found.per_bucket + 0.3).abs() < 0.02 && found.steadiness < -0.95, "{found:?}");
        let noise: Vec<Figure> = (0..40).map(|hour| Some(f64::from((hour * 7) % 5))).collect();
        assert!(slope(&noise).unwrap().steadiness.abs() < 0.2);
        assert_eq!(slope(&leak[..5]), None);
    }
}
