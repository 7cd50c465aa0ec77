//! Readings on their way into OpenTelemetry's metrics: gauges, deltas and histograms by resource and name.
//! Sums are deltas, because a total since a start would need everything before it; only an uptime is a total.

use super::calendar::SECOND;
use super::otlp;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint,
    ResourceMetrics, ScopeMetrics, Sum, Summary, SummaryDataPoint, exponential_histogram_data_point::Buckets,
    metric::Data, number_data_point::Value, summary_data_point::ValueAtQuantile,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

const DELTA: i32 = 1;
const CUMULATIVE: i32 = 2;

pub fn nanos(at: i64) -> u64 {
    (at * 1_000_000) as u64
}

/// The instants at which something with this step and phase (both in seconds) is read, within [from, to).
pub fn ticks(from: i64, to: i64, every: i64, phase: i64) -> impl Iterator<Item = i64> {
    let (every, phase) = (every * SECOND, phase * SECOND);
    let first = from + (phase - from).rem_euclid(every);
    (first..to).step_by(every as usize)
}

/// All readings of one resource.
#[derive(Debug)]
pub struct Meter {
    resource: Resource,
    scope: &'static str,
    metrics: Vec<Metric>,
    points: usize,
}

/// Durations as they are spread around a median: log-normal.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    pub count: u64,
    pub median: f64,
    pub sigma: f64,
}

impl Meter {
    pub fn new(resource: Resource, scope: &'static str) -> Meter {
        Meter { resource, scope, metrics: Vec::new(), points: 0 }
    }

    fn metric(&mut self, name: &'static str, unit: &'static str, empty: fn() -> Data) -> Option<&mut Data> {
        self.points += 1;
        let position = self.metrics.iter().position(|metric| metric.name == name);
        let position = position.unwrap_or_else(|| {
            let data = Some(empty());
            self.metrics.push(Metric { name: name.to_owned(), unit: unit.to_owned(), data, ..Metric::default() });
            self.metrics.len() - 1
        });
        self.metrics[position].data.as_mut()
    }

    pub fn gauge(&mut self, name: &'static str, unit: &'static str, at: i64, value: f64, attributes: Vec<KeyValue>) {
        let point = number(0, nanos(at), value, attributes);
        if let Some(Data::Gauge(gauge)) = self.metric(name, unit, || Data::Gauge(Gauge::default())) {
            gauge.data_points.push(point);
        }
    }

    /// What was added in the `seconds` before `at`, in whole things.
    pub fn delta(
        &mut self,
        metric: (&'static str, &'static str),
        at: i64,
        seconds: i64,
        value: f64,
        attributes: Vec<KeyValue>,
    ) {
        self.amount(metric, at, seconds, value.round(), attributes);
    }

    /// What has been added since `start`, as counters that are never reset between tell it.
    pub fn total(
        &mut self,
        (name, unit): (&'static str, &'static str),
        at: i64,
        start: i64,
        value: f64,
        attributes: Vec<KeyValue>,
    ) {
        let point = number(nanos(start), nanos(at), value, attributes);
        let empty =
            || Data::Sum(Sum { data_points: Vec::new(), aggregation_temporality: CUMULATIVE, is_monotonic: true });
        if let Some(Data::Sum(sum)) = self.metric(name, unit, empty) {
            sum.data_points.push(point);
        }
    }

    /// What was added in the `seconds` before `at`.
    pub fn amount(
        &mut self,
        (name, unit): (&'static str, &'static str),
        at: i64,
        seconds: i64,
        value: f64,
        attributes: Vec<KeyValue>,
    ) {
        let point = number(nanos(at - seconds * SECOND), nanos(at), value.max(0.0), attributes);
        let empty = || Data::Sum(Sum { data_points: Vec::new(), aggregation_temporality: DELTA, is_monotonic: true });
        if let Some(Data::Sum(sum)) = self.metric(name, unit, empty) {
            sum.data_points.push(point);
        }
    }

    /// Seconds, spread log-normally; bounds as the semantic conventions advise.
    pub fn spread(&mut self, name: &'static str, at: i64, seconds: i64, spread: Spread, attributes: Vec<KeyValue>) {
        let below = |bound: f64| normal((bound / spread.median).ln() / spread.sigma);
        let mut counts = Vec::with_capacity(BOUNDS.len() + 1);
        let mut before = 0;
        for bound in BOUNDS {
            let now = (below(bound) * spread.count as f64).round() as u64;
            counts.push(now.saturating_sub(before));
            before = before.max(now);
        }
        counts.push(spread.count.saturating_sub(before));
        let mean = spread.median * (spread.sigma * spread.sigma / 2.0).exp();
        let extreme = if spread.count > 1 { (2.0 * (spread.count as f64).ln()).sqrt() } else { 0.3 } * spread.sigma;
        self.histogram(
            name,
            at,
            seconds,
            HistogramDataPoint {
                attributes,
                count: spread.count,
                sum: Some(micro(mean * spread.count as f64)),
                min: Some(micro(spread.median * (-extreme).exp())),
                max: Some(micro(spread.median * extreme.exp())),
                bucket_counts: counts,
                explicit_bounds: BOUNDS.to_vec(),
                ..HistogramDataPoint::default()
            },
        );
    }

    /// Seconds, as measured.
    pub fn measured(&mut self, name: &'static str, at: i64, seconds: i64, values: &[f64], attributes: Vec<KeyValue>) {
        let mut counts = vec![0; BOUNDS.len() + 1];
        for value in values {
            counts[BOUNDS.iter().position(|bound| value <= bound).unwrap_or(BOUNDS.len())] += 1;
        }
        self.histogram(
            name,
            at,
            seconds,
            HistogramDataPoint {
                attributes,
                count: values.len() as u64,
                sum: Some(micro(values.iter().sum())),
                min: values.iter().copied().reduce(f64::min).map(micro),
                max: values.iter().copied().reduce(f64::max).map(micro),
                bucket_counts: counts,
                explicit_bounds: BOUNDS.to_vec(),
                ..HistogramDataPoint::default()
            },
        );
    }

    fn histogram(&mut self, name: &'static str, at: i64, seconds: i64, point: HistogramDataPoint) {
        let times = (nanos(at - seconds * SECOND), nanos(at));
        let point = HistogramDataPoint { start_time_unix_nano: times.0, time_unix_nano: times.1, ..point };
        let empty = || Data::Histogram(Histogram { data_points: Vec::new(), aggregation_temporality: DELTA });
        if let Some(Data::Histogram(histogram)) = self.metric(name, "s", empty) {
            histogram.data_points.push(point);
        }
    }

    /// Seconds in buckets that double in width (scale 0), as newer SDKs send them.
    pub fn exponential(
        &mut self,
        name: &'static str,
        at: i64,
        seconds: i64,
        values: &[f64],
        attributes: Vec<KeyValue>,
    ) {
        let index = |value: &f64| value.max(1e-6).log2().ceil() as i32 - 1;
        let offset = values.iter().map(index).min().unwrap_or(0);
        let width = values.iter().map(|value| index(value) - offset + 1).max().unwrap_or(0);
        let mut bucket_counts = vec![0; width.max(0) as usize];
        for value in values {
            bucket_counts[(index(value) - offset) as usize] += 1;
        }
        let point = ExponentialHistogramDataPoint {
            attributes,
            start_time_unix_nano: nanos(at - seconds * SECOND),
            time_unix_nano: nanos(at),
            count: values.len() as u64,
            sum: Some(micro(values.iter().sum())),
            min: values.iter().copied().reduce(f64::min).map(micro),
            max: values.iter().copied().reduce(f64::max).map(micro),
            positive: Some(Buckets { offset, bucket_counts }),
            ..ExponentialHistogramDataPoint::default()
        };
        let empty = || {
            Data::ExponentialHistogram(ExponentialHistogram { data_points: Vec::new(), aggregation_temporality: DELTA })
        };
        if let Some(Data::ExponentialHistogram(histogram)) = self.metric(name, "s", empty) {
            histogram.data_points.push(point);
        }
    }

    /// Quantiles that somebody else has computed, as old clients send them. Seconds.
    pub fn summary(&mut self, name: &'static str, at: i64, seconds: i64, spread: Spread, attributes: Vec<KeyValue>) {
        let quantile = |quantile: f64, z: f64| ValueAtQuantile {
            quantile,
            value: micro(spread.median * (z * spread.sigma).exp()),
        };
        let point = SummaryDataPoint {
            attributes,
            start_time_unix_nano: nanos(at - seconds * SECOND),
            time_unix_nano: nanos(at),
            count: spread.count,
            sum: micro(spread.median * (spread.sigma * spread.sigma / 2.0).exp() * spread.count as f64),
            quantile_values: vec![quantile(0.5, 0.0), quantile(0.95, 1.645), quantile(0.99, 2.326)],
            flags: 0,
        };
        if let Some(Data::Summary(summary)) = self.metric(name, "s", || Data::Summary(Summary::default())) {
            summary.data_points.push(point);
        }
    }
}

const BOUNDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

fn number(start: u64, at: u64, value: f64, attributes: Vec<KeyValue>) -> NumberDataPoint {
    NumberDataPoint {
        attributes,
        start_time_unix_nano: start,
        time_unix_nano: at,
        value: Some(Value::AsDouble(micro(value))),
        ..NumberDataPoint::default()
    }
}

/// Six places are more than any of these readings has.
fn micro(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// Share of a normal population below `z` (logistic approximation, error under 0.01).
fn normal(z: f64) -> f64 {
    1.0 / (1.0 + (-1.702 * z).exp())
}

/// Points of one resource that stay together in a request.
const TOGETHER: usize = 500;

/// Pieces of at most [`TOGETHER`] points. Those of one metric stay in order.
fn pieces(mut meter: Meter) -> Vec<Meter> {
    if meter.points <= TOGETHER {
        return vec![meter];
    }
    let mut pieces = vec![Meter::new(meter.resource.clone(), meter.scope)];
    for mut metric in std::mem::take(&mut meter.metrics) {
        loop {
            let last = pieces.len() - 1;
            let room = TOGETHER - pieces[last].points;
            if room == 0 {
                pieces.push(Meter::new(meter.resource.clone(), meter.scope));
                continue;
            }
            let (first, rest) = divide(metric, room);
            pieces[last].points += points(first.data.as_ref());
            pieces[last].metrics.push(first);
            match rest {
                Some(rest) => metric = rest,
                None => break,
            }
        }
    }
    pieces
}

/// The first so many points of a metric, and what is left.
fn divide(mut metric: Metric, first: usize) -> (Metric, Option<Metric>) {
    let count = points(metric.data.as_ref());
    if count <= first {
        return (metric, None);
    }
    let mut rest = Metric { name: metric.name.clone(), unit: metric.unit.clone(), ..Metric::default() };
    rest.data = metric.data.as_mut().map(|data| match data {
        Data::Gauge(gauge) => Data::Gauge(Gauge { data_points: gauge.data_points.split_off(first) }),
        Data::Sum(sum) => Data::Sum(Sum { data_points: sum.data_points.split_off(first), ..*sum }),
        Data::Histogram(all) => Data::Histogram(Histogram { data_points: all.data_points.split_off(first), ..*all }),
        Data::ExponentialHistogram(all) => {
            let data_points = all.data_points.split_off(first);
            Data::ExponentialHistogram(ExponentialHistogram { data_points, ..*all })
        }
        Data::Summary(summary) => Data::Summary(Summary { data_points: summary.data_points.split_off(first) }),
    });
    (metric, Some(rest))
}

fn points(data: Option<&Data>) -> usize {
    data.map_or(0, |data| match data {
        Data::Gauge(gauge) => gauge.data_points.len(),
        Data::Sum(sum) => sum.data_points.len(),
        Data::Histogram(histogram) => histogram.data_points.len(),
        Data::ExponentialHistogram(histogram) => histogram.data_points.len(),
        Data::Summary(summary) => summary.data_points.len(),
    })
}

/// Points of a request.
pub fn count(request: &ExportMetricsServiceRequest) -> usize {
    let scopes = request.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
    scopes.flat_map(|scope| &scope.metrics).map(|metric| points(metric.data.as_ref())).sum()
}

/// Requests of at most [`otlp::MOST_RECORDS`] points each.
pub fn requests(meters: Vec<Meter>) -> Vec<ExportMetricsServiceRequest> {
    let meters = meters.into_iter().filter(|meter| meter.points > 0).flat_map(pieces).map(|meter| {
        let scope_metrics =
            ScopeMetrics { scope: Some(otlp::scope(meter.scope)), metrics: meter.metrics, ..Default::default() };
        let resource = ResourceMetrics {
            resource: Some(meter.resource),
            scope_metrics: vec![scope_metrics],
            ..ResourceMetrics::default()
        };
        (meter.points, resource)
    });
    let runs = otlp::cut(meters.collect(), |(_, resource)| resource.encoded_len(), |(points, _)| *points);
    let request = |run: Vec<(usize, ResourceMetrics)>| ExportMetricsServiceRequest {
        resource_metrics: run.into_iter().map(|(_, resource)| resource).collect(),
    };
    runs.into_iter().map(request).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_of_neighbouring_slices_meet_without_overlap() {
        let whole: Vec<i64> = ticks(1_000_000, 9_000_000, 300, 35).collect();
        let mut parts: Vec<i64> = ticks(1_000_000, 4_000_001, 300, 35).collect();
        parts.extend(ticks(4_000_001, 9_000_000, 300, 35));
        assert_eq!(whole, parts);
        assert!(whole.iter().all(|at| at.rem_euclid(300_000) == 35_000));
    }

    #[test]
    fn a_histogram_counts_everything_once() {
        let mut meter = Meter::new(Resource::default(), "test");
        meter.spread("a", 1_000_000, 60, Spread { count: 997, median: 0.2, sigma: 0.4 }, vec![]);
        meter.measured("b", 1_000_000, 60, &[0.001, 0.2, 99.0], vec![]);
        for metric in &meter.metrics {
            let Some(Data::Histogram(histogram)) = &metric.data else { panic!("not a histogram") };
            let point = &histogram.data_points[0];
            assert_eq!(point.bucket_counts.iter().sum::<u64>(), point.count, "{}", metric.name);
            assert_eq!(point.bucket_counts.len(), point.explicit_bounds.len() + 1);
        }
    }
}
