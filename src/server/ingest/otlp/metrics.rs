//! Metric points: gauge, sum, histogram, exponential histogram, summary.

use super::answer::Outcome;
use super::attributes::{self, Source};
use super::traces::person;
use crate::ingest::admit::Sender;
use crate::ingest::gathered::Gathered;
use crate::machine::Machine;
use crate::privacy::gate::{Fate, Gate};
use crate::record::{Metric, MetricKind, Series, SeriesKey};
use crate::store::submission::Repeat;
use chrono::{DateTime, Utc};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogramDataPoint, HistogramDataPoint, Metric as WireMetric, NumberDataPoint, SummaryDataPoint,
};
use parallax_domain::{Category, Problem, Signal};
use serde_json::json;
use std::sync::Arc;

/// Bit 0 of a point's flags: there is a point, but no value was recorded.
const NO_RECORDED_VALUE: u32 = 1;

pub async fn take(
    machine: &Machine,
    sender: &Sender,
    request: ExportMetricsServiceRequest,
    repeat: Repeat,
) -> Result<Outcome, Problem> {
    let gate = sender.gate(machine, None);
    let mut told = Gathered::default();
    for resource in request.resource_metrics {
        let source = Source::read(&gate, Signal::Metric, resource.resource);
        for scope in resource.scope_metrics {
            for metric in scope.metrics {
                read(&gate, sender, &source, metric, &mut told);
            }
        }
    }
    super::limit(told.len())?;
    Ok(super::outcome(machine.intake.metrics.submit(told.submission(sender, Some(repeat))).await?))
}

/// What all points of one metric share.
struct Shape<'a> {
    gate: &'a Gate<'a>,
    sender: &'a Sender,
    source: &'a Source,
    name: String,
    unit: String,
    description: String,
    kind: MetricKind,
    cumulative: bool,
    monotonic: bool,
    /// What the catalogue says about the metric's name.
    declared: Result<(), Fate>,
}

fn read(gate: &Gate<'_>, sender: &Sender, source: &Source, metric: WireMetric, told: &mut Gathered<Metric>) {
    let name = gate.name(&metric.name);
    let shape = |kind, temporality: i32, monotonic| Shape {
        gate,
        sender,
        source,
        declared: gate.declared(Signal::Metric, &name).map(|_| ()),
        name: name.clone(),
        unit: gate.name(&metric.unit),
        description: gate.text(&metric.description, 1024),
        kind,
        cumulative: temporality == 2,
        monotonic,
    };
    if metric.name.trim().is_empty() {
        return told.note(Err(Fate::because("metric name is missing")));
    }
    match metric.data {
        // The decoder could make nothing of it; one point is refused, so that the sender learns of it.
        None => {
            told.note(Err(Fate::because(format!("metric {:?} has no data that can be read", gate.name(&metric.name)))))
        }
        Some(Data::Gauge(gauge)) => {
            let shape = shape(MetricKind::Gauge, 0, false);
            gauge.data_points.into_iter().for_each(|point| told.note(shape.number(point)));
        }
        Some(Data::Sum(sum)) => {
            let shape = shape(MetricKind::Sum, sum.aggregation_temporality, sum.is_monotonic);
            sum.data_points.into_iter().for_each(|point| told.note(shape.number(point)));
        }
        Some(Data::Histogram(histogram)) => {
            let shape = shape(MetricKind::Histogram, histogram.aggregation_temporality, true);
            histogram.data_points.into_iter().for_each(|point| told.note(shape.histogram(point)));
        }
        Some(Data::ExponentialHistogram(histogram)) => {
            let shape = shape(MetricKind::ExponentialHistogram, histogram.aggregation_temporality, true);
            histogram.data_points.into_iter().for_each(|point| told.note(shape.exponential(point)));
        }
        Some(Data::Summary(summary)) => {
            let shape = shape(MetricKind::Summary, 2, true);
            summary.data_points.into_iter().for_each(|point| told.note(shape.summary(point)));
        }
    }
}

impl Shape<'_> {
    fn number(&self, point: NumberDataPoint) -> Result<Metric, Fate> {
        let value = match point.value {
            Some(Number::AsDouble(value)) => value.is_finite().then_some(value),
            Some(Number::AsInt(value)) => Some(value as f64),
            None if point.flags & NO_RECORDED_VALUE != 0 => None,
            None => return Err(Fate::because(format!("a point of {:?} has no value that can be read", self.name))),
        };
        Ok(Metric { value, ..self.point(point.attributes, point.time_unix_nano, point.start_time_unix_nano)? })
    }

    fn histogram(&self, point: HistogramDataPoint) -> Result<Metric, Fate> {
        let buckets = json!({ "bounds": point.explicit_bounds, "counts": point.bucket_counts });
        Ok(Metric {
            value: mean(point.sum, point.count),
            count: i64::try_from(point.count).ok(),
            sum: finite(point.sum),
            low: finite(point.min),
            high: finite(point.max),
            buckets: Some(buckets.to_string()),
            ..self.point(point.attributes, point.time_unix_nano, point.start_time_unix_nano)?
        })
    }

    fn exponential(&self, point: ExponentialHistogramDataPoint) -> Result<Metric, Fate> {
        let side =
            |buckets: Option<opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets>| {
                buckets.map(|buckets| json!({ "offset": buckets.offset, "counts": buckets.bucket_counts }))
            };
        let buckets = json!({ "scale": point.scale, "zero": point.zero_count,
            "positive": side(point.positive), "negative": side(point.negative) });
        Ok(Metric {
            value: mean(point.sum, point.count),
            count: i64::try_from(point.count).ok(),
            sum: finite(point.sum),
            low: finite(point.min),
            high: finite(point.max),
            buckets: Some(buckets.to_string()),
            ..self.point(point.attributes, point.time_unix_nano, point.start_time_unix_nano)?
        })
    }

    fn summary(&self, point: SummaryDataPoint) -> Result<Metric, Fate> {
        let quantiles: Vec<[f64; 2]> =
            point.quantile_values.iter().map(|quantile| [quantile.quantile, quantile.value]).collect();
        Ok(Metric {
            value: mean(Some(point.sum), point.count),
            count: i64::try_from(point.count).ok(),
            sum: finite(Some(point.sum)),
            buckets: Some(json!({ "quantiles": quantiles }).to_string()),
            ..self.point(point.attributes, point.time_unix_nano, point.start_time_unix_nano)?
        })
    }

    fn point(&self, attributes: Vec<KeyValue>, at: u64, start: u64) -> Result<Metric, Fate> {
        let (at, flags) = self.gate.time_of_nanos(at)?;
        let mut labels = attributes::read(attributes);
        let (_, refusals) = person(self.gate, self.sender, self.source, &labels, Category::Performance)?;
        self.declared.clone()?;
        if refusals.refuses(Category::Performance) {
            labels.retain(|(key, _)| !attributes::names_person(key));
        }
        labels.sort_by(|a, b| a.0.cmp(&b.0));
        let host = attributes::text(&labels, &["host.name"]).map(str::to_owned).or_else(|| self.source.host.clone());
        let labels = self.gate.fields_under(Signal::Metric, refusals, labels).json().unwrap_or_else(|| "{}".to_owned());
        let hash = attributes::hash(&[
            self.name.as_bytes(),
            self.unit.as_bytes(),
            &[self.kind as u8, u8::from(self.cumulative), u8::from(self.monotonic)],
            self.source.shared.hash.as_bytes(),
            labels.as_bytes(),
        ]);
        let series = Series {
            name: self.name.clone(),
            unit: self.unit.clone(),
            description: self.description.clone(),
            kind: self.kind,
            cumulative: self.cumulative,
            monotonic: self.monotonic,
            service: self.source.service.clone(),
            host,
            resource: self.source.shared.clone(),
            labels,
        };
        Ok(Metric {
            at,
            series: SeriesKey { hash, of: Arc::new(series) },
            started_at: started(start),
            value: None,
            count: None,
            sum: None,
            low: None,
            high: None,
            flags,
            buckets: None,
        })
    }
}

fn started(nanos: u64) -> Option<DateTime<Utc>> {
    i64::try_from(nanos).ok().filter(|nanos| *nanos > 0).map(DateTime::from_timestamp_nanos)
}

fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

fn mean(sum: Option<f64>, count: u64) -> Option<f64> {
    finite(sum).filter(|_| count > 0).map(|sum| sum / count as f64)
}
