//! Quantiles of metrics that come as histograms. Their shape stands in the raw points alone.

use super::Read;
use super::machines::samples::{Sample, usual_gap};
use super::metrics::SeriesRow;
use crate::database::fault::Told;
use crate::engine::calendar::Buckets;
use crate::engine::statistics;
use crate::store::{Look, Store};
use chrono::{DateTime, TimeDelta, Utc};
use parallax_domain::question::Figure;
use parallax_domain::{Filter, Period, Problem};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// Points that are read for one answer.
const MOST: i64 = 100_000;
/// What a cumulative histogram gained begins at the point before the period.
const BEFORE: TimeDelta = TimeDelta::hours(1);
/// Series whose rhythm is looked at.
const HEARD: usize = 50;

/// Quantiles over time of the series that share these labels.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantileLine {
    pub labels: BTreeMap<String, Option<String>>,
    /// For each share that was asked for one figure per bucket.
    pub values: Vec<Vec<Figure>>,
}

/// Which distributions, and by what.
pub struct Shares<'a> {
    pub name: &'a str,
    pub by: &'a [String],
    /// 0 to 1.
    pub shares: &'a [f64],
    pub filters: &'a [Filter],
}

#[derive(sqlx::FromRow)]
struct Row {
    series: i32,
    at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    /// Of all values of the point, where the sender told them.
    low: Option<f64>,
    high: Option<f64>,
    buckets: sqlx::types::Json<Value>,
}

/// So many values above `lower` and up to `upper`; both may be infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bin {
    lower: f64,
    upper: f64,
    count: f64,
}

impl Store {
    /// Interpolated within the bins of the histograms, merged over series; unknown where nothing was measured.
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question distributions", otel.kind = "client"))]
    pub async fn distributions(
        &self,
        look: &mut Look,
        period: Period,
        asked: &Shares<'_>,
        buckets: &Buckets,
    ) -> Result<Read<Vec<QuantileLine>>, Problem> {
        let series: HashMap<i32, SeriesRow> = self
            .series(look, Some(asked.name))
            .await?
            .into_iter()
            .filter(|series| asked.filters.iter().all(|filter| series.passes(filter)))
            .map(|series| (series.id, series))
            .collect();
        let ids: Vec<i32> = series.keys().copied().collect();
        let rows: Vec<Row> = sqlx::query_as(
            "select series, at, started_at, low, high, buckets from metric \
             where project = $1 and series = any($2) and at >= $3 and at < $4 and buckets is not null \
             order by series, at limit $5",
        )
        .bind(look.project)
        .bind(&ids)
        .bind(period.from - BEFORE)
        .bind(period.to)
        .bind(MOST + 1)
        .fetch_all(&mut *look.connection)
        .await
        .told()?;
        if rows.len() as i64 > MOST {
            let detail =
                "More than 100,000 histograms came in this time. Choose a shorter one, or fewer with a filter.";
            return Err(Problem::invalid("range", detail));
        }
        let mut groups: BTreeMap<Vec<Option<String>>, Vec<Vec<Bin>>> = BTreeMap::new();
        let mut n = 0;
        for points in rows.chunk_by(|a, b| a.series == b.series) {
            let Some(series) = points.first().and_then(|point| series.get(&point.series)) else { continue };
            let key = asked.by.iter().map(|label| series.label(label)).collect();
            let cells = groups.entry(key).or_insert_with(|| vec![Vec::new(); buckets.len()]);
            for (at, gained) in gains(points, series.cumulative, period.from) {
                let Some(index) = buckets.index_of(at.timestamp_millis()).filter(|_| period.contains(at)) else {
                    continue;
                };
                cells[index].extend(gained);
                n += 1;
            }
        }
        let lines = groups.into_iter().map(|(key, cells)| QuantileLine {
            labels: asked.by.iter().cloned().zip(key).collect(),
            values: asked
                .shares
                .iter()
                .map(|share| cells.iter().map(|bins| quantile(bins, *share)).collect())
                .collect(),
        });
        Ok(Read::raw(lines.collect(), n))
    }

    /// Milliseconds between two points of a series of this metric, as usual; none where there are no two.
    pub async fn metric_every(&self, look: &mut Look, name: &str, period: Period) -> Result<Option<i64>, Problem> {
        let (from, to) = (period.from.timestamp_millis(), period.to.timestamp_millis());
        let points = self.points(look, name, from, to).await?;
        let mut gaps: Vec<f64> = points
            .values()
            .take(HEARD)
            .filter_map(|points| {
                let inside = points.iter().filter(|point| point.at >= from && point.at < to);
                let samples: Vec<Sample> = inside.map(|point| Sample { at: point.at, value: 0.0 }).collect();
                usual_gap(&samples).map(|gap| gap as f64)
            })
            .collect();
        Ok(statistics::median(&mut gaps).map(|gap| gap as i64))
    }
}

/// What each point adds to the ones before it.
fn gains(points: &[Row], cumulative: bool, from: DateTime<Utc>) -> Vec<(DateTime<Utc>, Vec<Bin>)> {
    let mut gains = Vec::new();
    let mut before: Option<(&Row, Vec<Bin>)> = None;
    for point in points {
        let Some(now) = bins(&point.buckets.0) else { continue };
        let gained = match &before {
            _ if !cumulative => Some(now.clone()),
            Some((earlier, _)) if matches!((earlier.started_at, point.started_at), (Some(a), Some(b)) if b > a) => {
                Some(now.clone())
            }
            Some((_, earlier)) => Some(more(earlier, &now).unwrap_or_else(|| now.clone())),
            // The first point of a stream counts only if the stream began inside the stretch (contract rule G10).
            None => point.started_at.is_some_and(|start| start >= from).then(|| now.clone()),
        };
        gains.extend(gained.map(|gained| (point.at, within(gained, point.low, point.high))));
        before = Some((point, now));
    }
    gains
}

/// Bins no wider than what the sender says of the smallest and the largest value.
fn within(mut bins: Vec<Bin>, low: Option<f64>, high: Option<f64>) -> Vec<Bin> {
    let (low, high) = (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY));
    for bin in bins.iter_mut().filter(|bin| bin.count > 0.0) {
        let (lower, upper) = (bin.lower.max(low), bin.upper.min(high));
        // A bin beside what was told holds values all the same; then the sender's own words do not fit together.
        if lower <= upper {
            (bin.lower, bin.upper) = (lower, upper);
        }
    }
    bins
}

/// The difference of two states of one histogram; none if it began anew or changed its bins.
fn more(earlier: &[Bin], now: &[Bin]) -> Option<Vec<Bin>> {
    let key = |bin: &Bin| (bin.lower.to_bits(), bin.upper.to_bits());
    let mut left: HashMap<(u64, u64), f64> = earlier.iter().map(|bin| (key(bin), bin.count)).collect();
    let mut out = Vec::with_capacity(now.len());
    for bin in now {
        let gained = bin.count - left.remove(&key(bin)).unwrap_or(0.0);
        if gained < 0.0 {
            return None;
        }
        out.push(Bin { count: gained, ..*bin });
    }
    left.values().all(|count| *count == 0.0).then_some(out)
}

/// The bins of a stored histogram, explicit or exponential.
fn bins(shape: &Value) -> Option<Vec<Bin>> {
    let numbers = |value: &Value| value.as_array().map(|all| all.iter().filter_map(Value::as_f64).collect::<Vec<_>>());
    if let Some(counts) = shape.get("counts").and_then(numbers) {
        let bounds = shape.get("bounds").and_then(numbers)?;
        if counts.len() != bounds.len() + 1 {
            return None;
        }
        let lower = std::iter::once(f64::NEG_INFINITY).chain(bounds.iter().copied());
        let upper = bounds.iter().copied().chain(std::iter::once(f64::INFINITY));
        return Some(
            lower.zip(upper).zip(&counts).map(|((lower, upper), count)| Bin { lower, upper, count: *count }).collect(),
        );
    }
    let scale = shape.get("scale")?.as_f64()?;
    let base = (-scale).exp2().exp2();
    let mut bins = Vec::new();
    let zero = shape.get("zero").and_then(Value::as_f64).unwrap_or(0.0);
    bins.push(Bin { lower: 0.0, upper: 0.0, count: zero });
    for (side, sign) in [("positive", 1.0), ("negative", -1.0)] {
        let Some(side) = shape.get(side) else { continue };
        let offset = side.get("offset").and_then(Value::as_f64).unwrap_or(0.0);
        for (index, count) in side.get("counts").and_then(numbers).unwrap_or_default().into_iter().enumerate() {
            let near = base.powf(offset + index as f64);
            let (a, b) = (sign * near, sign * near * base);
            bins.push(Bin { lower: a.min(b), upper: a.max(b), count });
        }
    }
    Some(bins)
}

/// Linear within a bin, as Prometheus' `histogram_quantile` does it: the lowest bin of positive values begins at zero,
/// and in a bin without an end the value is at least its start, which is what is told.
fn quantile(bins: &[Bin], share: f64) -> Figure {
    let mut bins: Vec<Bin> = bins.iter().copied().filter(|bin| bin.count > 0.0).collect();
    bins.sort_by(|a, b| a.upper.total_cmp(&b.upper).then(a.lower.total_cmp(&b.lower)));
    let rank = share * bins.iter().map(|bin| bin.count).sum::<f64>();
    let mut below = 0.0;
    for bin in &bins {
        if below + bin.count >= rank {
            let lower = if bin.lower.is_finite() { bin.lower } else { bin.upper.min(0.0) };
            return match bin.upper.is_finite() {
                true => Some(lower + (bin.upper - lower) * ((rank - below) / bin.count)),
                false => bin.lower.is_finite().then_some(bin.lower),
            };
        }
        below += bin.count;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn explicit(counts: [i64; 4]) -> Vec<Bin> {
        bins(&json!({ "bounds": [10.0, 20.0, 40.0], "counts": counts })).unwrap()
    }

    #[test]
    fn a_quantile_lies_within_its_bin() {
        let bins = explicit([50, 30, 20, 0]);
        assert_eq!(quantile(&bins, 0.5), Some(10.0));
        assert_eq!(quantile(&bins, 0.65), Some(15.0));
        assert_eq!(quantile(&bins, 0.95), Some(35.0));
        assert_eq!(quantile(&[], 0.5), None);
        // Beyond the last bound nothing is known but that it is beyond.
        assert_eq!(quantile(&explicit([0, 0, 1, 9]), 0.95), Some(40.0));
    }

    #[test]
    fn a_quantile_is_never_beyond_the_smallest_and_largest_value() {
        let bins = |low, high| within(explicit([0, 8, 0, 2]), low, high);
        assert_eq!(quantile(&bins(Some(12.0), Some(95.0)), 0.01).map(f64::floor), Some(12.0));
        assert_eq!(quantile(&bins(Some(12.0), Some(95.0)), 1.0), Some(95.0));
        assert_eq!(quantile(&bins(Some(12.0), Some(13.0)), 0.8), Some(13.0));
        assert_eq!(quantile(&bins(None, None), 1.0), Some(40.0));
        // Words that do not fit the bins change nothing.
        assert_eq!(within(explicit([5, 0, 0, 0]), Some(20.0), Some(30.0)), explicit([5, 0, 0, 0]));
    }

    #[test]
    fn exponential_bins_are_read_by_their_scale() {
        let shape = json!({ "scale": 0, "zero": 0, "positive": { "offset": 2, "counts": [4, 4] }, "negative": null });
        assert_eq!(quantile(&bins(&shape).unwrap(), 0.5), Some(8.0));
        assert_eq!(quantile(&bins(&shape).unwrap(), 1.0), Some(16.0));
    }

    #[test]
    fn of_a_total_only_the_gain_counts_and_a_restart_begins_anew() {
        let gained = more(&explicit([5, 5, 5, 0]), &explicit([5, 5, 9, 0])).unwrap();
        assert_eq!(gained.iter().map(|bin| bin.count).collect::<Vec<_>>(), [0.0, 0.0, 4.0, 0.0]);
        assert_eq!(more(&explicit([5, 5, 5, 0]), &explicit([1, 0, 0, 0])), None);
        assert_eq!(more(&explicit([5, 0, 0, 0]), &bins(&json!({ "bounds": [7.0], "counts": [5, 1] })).unwrap()), None);
    }

    #[test]
    fn the_first_point_of_an_old_stream_says_nothing_about_the_stretch() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let row = |seconds, started: Option<i64>, counts: [i64; 4]| Row {
            series: 1,
            at: at(seconds),
            started_at: started.map(at),
            low: None,
            high: None,
            buckets: sqlx::types::Json(json!({ "bounds": [10.0, 20.0, 40.0], "counts": counts })),
        };
        let old = [row(100, Some(0), [9, 0, 0, 0]), row(160, Some(0), [10, 0, 0, 0])];
        let counts = |points: &[Row]| -> Vec<f64> {
            gains(points, true, at(50)).iter().map(|(_, bins)| bins.iter().map(|bin| bin.count).sum()).collect()
        };
        assert_eq!(counts(&old), [1.0]);
        assert_eq!(counts(&[row(100, Some(60), [9, 0, 0, 0]), row(160, Some(120), [3, 0, 0, 0])]), [9.0, 3.0]);
    }
}
