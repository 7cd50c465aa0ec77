//! What a page measured of itself: points of the metrics `web.lcp`, `web.inp`, `web.cls`, `web.fcp` and `web.ttfb`, by
//! page (contract rule P9).

use crate::ingest::moment;
use crate::ingest::otlp::{hash, shared};
use crate::record::{Event, Metric, MetricKind, Series, SeriesKey};
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vital {
    Lcp,
    Inp,
    Cls,
    Fcp,
    Ttfb,
}

impl Vital {
    pub const ALL: [Vital; 5] = [Vital::Lcp, Vital::Inp, Vital::Cls, Vital::Fcp, Vital::Ttfb];

    /// As senders spell it, in lower case.
    pub fn word(self) -> &'static str {
        match self {
            Vital::Lcp => "lcp",
            Vital::Inp => "inp",
            Vital::Cls => "cls",
            Vital::Fcp => "fcp",
            Vital::Ttfb => "ttfb",
        }
    }

    /// The layout shift has none, all others are times.
    fn unit(self) -> &'static str {
        if self == Vital::Cls { "1" } else { "ms" }
    }

    /// Ten minutes, a hundred screens: more than that nobody measured.
    fn most(self) -> f64 {
        if self == Vital::Cls { 100.0 } else { 600_000.0 }
    }

    /// Whether this can be meant.
    pub fn can_be(self, value: f64) -> bool {
        (0.0..=self.most()).contains(&value)
    }

    /// One point, measured on the page of this event. None for a value that cannot be meant.
    pub fn point(self, event: &Event, value: f64) -> Option<Metric> {
        if !self.can_be(value) {
            return None;
        }
        let context = &event.context;
        let name = format!("web.{}", self.word());
        let places = [
            ("device", &context.device),
            ("network", &context.network),
            ("url.host", &context.url_host),
            ("url.path", &context.url_path),
        ];
        let told = places.into_iter().filter_map(|(key, place)| Some((key.to_owned(), json!(place.as_ref()?))));
        let labels = Value::Object(told.collect()).to_string();
        let series = Series {
            unit: self.unit().to_owned(),
            description: String::new(),
            kind: MetricKind::Gauge,
            cumulative: false,
            monotonic: false,
            service: context.service.clone(),
            host: None,
            resource: shared("{}".to_owned()),
            name,
            labels,
        };
        let service = series.service.as_deref().unwrap_or_default();
        let hash = hash(&[series.name.as_bytes(), series.labels.as_bytes(), service.as_bytes(), b"vital"]);
        Some(Metric {
            at: moment::free(hash, event.at),
            series: SeriesKey { hash, of: Arc::new(series) },
            started_at: None,
            value: Some(value),
            count: None,
            sum: None,
            low: None,
            high: None,
            flags: event.flags,
            buckets: None,
        })
    }
}
