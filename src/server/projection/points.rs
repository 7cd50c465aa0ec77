//! Metric points of one metric and day, series by series in order of time.

use super::bytes::{ByteReader, ByteWriter, unpack};
use anyhow::Context;
use std::collections::BTreeMap;

/// A point without its series. `value` is that of a gauge or sum, of a distribution its mean.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// Milliseconds since 1970.
    pub at: i64,
    pub started_at: Option<i64>,
    /// None: there was a point, but no value was recorded.
    pub value: Option<f64>,
    pub distribution: Option<Distribution>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Distribution {
    pub count: i64,
    pub sum: f64,
    pub low: Option<f64>,
    pub high: Option<f64>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    pub series: BTreeMap<i32, Vec<Point>>,
}

const HAS_START: u64 = 1;
const HAS_VALUE: u64 = 2;
const HAS_DISTRIBUTION: u64 = 4;
const HAS_LOW: u64 = 8;
const HAS_HIGH: u64 = 16;
const START_AS_BEFORE: u64 = 32;

impl Points {
    pub fn push(&mut self, series: i32, point: Point) {
        self.series.entry(series).or_default().push(point);
    }

    pub fn rows(&self) -> usize {
        self.series.values().map(Vec::len).sum()
    }

    /// Pieces are given in order of commit; of two points at the same time the later committed one stands.
    pub fn merge(pieces: Vec<Points>) -> Points {
        let mut all = Points::default();
        for piece in pieces {
            for (series, points) in piece.series {
                all.series.entry(series).or_default().extend(points);
            }
        }
        all.settle();
        all
    }

    pub fn settle(&mut self) {
        for points in self.series.values_mut() {
            points.sort_by_key(|point| point.at);
            // dedup keeps the first of equals, so look at them from the back.
            points.reverse();
            points.dedup_by_key(|point| point.at);
            points.reverse();
        }
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut out = ByteWriter::default();
        out.unsigned(self.series.len() as u64);
        for (series, points) in &self.series {
            out.signed(i64::from(*series));
            out.unsigned(points.len() as u64);
            let mut before = 0;
            let mut start_before = None;
            for point in points {
                out.signed(point.at - before);
                before = point.at;
                let mut flags = 0;
                let same_start = point.started_at.is_some() && point.started_at == start_before;
                let distribution = point.distribution.unwrap_or_default();
                for (flag, set) in [
                    (HAS_START, point.started_at.is_some() && !same_start),
                    (START_AS_BEFORE, same_start),
                    (HAS_VALUE, point.value.is_some()),
                    (HAS_DISTRIBUTION, point.distribution.is_some()),
                    (HAS_LOW, distribution.low.is_some()),
                    (HAS_HIGH, distribution.high.is_some()),
                ] {
                    flags |= if set { flag } else { 0 };
                }
                out.unsigned(flags);
                if let (Some(start), false) = (point.started_at, same_start) {
                    out.signed(point.at - start);
                }
                start_before = point.started_at;
                point.value.into_iter().for_each(|value| out.double(value));
                if let Some(distribution) = point.distribution {
                    out.signed(distribution.count);
                    out.double(distribution.sum);
                    distribution.low.into_iter().chain(distribution.high).for_each(|value| out.double(value));
                }
            }
        }
        out.pack()
    }

    pub fn decode(packed: &[u8]) -> anyhow::Result<Points> {
        let bytes = unpack(packed)?;
        let mut reader = ByteReader::new(&bytes);
        let mut all = Points::default();
        for _ in 0..reader.count()? {
            let series = i32::try_from(reader.signed()?)?;
            let count = reader.count()?;
            let mut points = Vec::with_capacity(count);
            let (mut at, mut start) = (0i64, None);
            for _ in 0..count {
                at = at.checked_add(reader.signed()?).context("times overflow")?;
                let flags = reader.unsigned()?;
                if flags & HAS_START != 0 {
                    start = Some(at.saturating_sub(reader.signed()?));
                } else if flags & START_AS_BEFORE == 0 {
                    start = None;
                }
                let mut optional = |flag: u64| if flags & flag != 0 { reader.double().map(Some) } else { Ok(None) };
                let value = optional(HAS_VALUE)?;
                let distribution = if flags & HAS_DISTRIBUTION != 0 {
                    let (count, sum) = (reader.signed()?, reader.double()?);
                    let mut optional = |flag: u64| if flags & flag != 0 { reader.double().map(Some) } else { Ok(None) };
                    Some(Distribution { count, sum, low: optional(HAS_LOW)?, high: optional(HAS_HIGH)? })
                } else {
                    None
                };
                points.push(Point { at, started_at: start, value, distribution });
            }
            all.series.insert(series, points);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point() -> impl Strategy<Value = Point> {
        let distribution = (0i64..100, -1e3f64..1e3, prop::option::of(-1e3f64..1e3), prop::option::of(-1e3f64..1e3))
            .prop_map(|(count, sum, low, high)| Distribution { count, sum, low, high });
        (0i64..1_000_000, prop::option::of(0i64..1_000), prop::option::of(-1e9f64..1e9), prop::option::of(distribution))
            .prop_map(|(at, started_at, value, distribution)| Point { at, started_at, value, distribution })
    }

    proptest! {
        #[test]
        fn points_survive_their_bytes(points in prop::collection::vec((1i32..4, point()), 0..60)) {
            let mut all = Points::default();
            points.into_iter().for_each(|(series, point)| all.push(series, point));
            all.settle();
            prop_assert_eq!(Points::decode(&all.encode()).unwrap(), all);
        }
    }

    #[test]
    fn of_two_points_at_one_time_the_later_committed_stands() {
        let piece = |value| {
            let mut points = Points::default();
            points.push(1, Point { at: 5, value: Some(value), ..Point::default() });
            points
        };
        let merged = Points::merge(vec![piece(1.0), piece(2.0)]);
        assert_eq!(merged.series[&1], [Point { at: 5, value: Some(2.0), ..Point::default() }]);
    }
}
