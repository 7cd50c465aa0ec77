//! What a metric is, how its values are put together, and in which unit they then are.

use crate::words::Unit;
use parallax_domain::question::Aggregate;
use parallax_server::store::question::MetricName;

/// How a metric tells what it measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A state now and then: a temperature, a share.
    Gauge,
    /// A total that only grows: requests, bytes.
    Counter,
    /// A total that goes both ways: connections, items in a queue.
    Level,
    /// How values are spread: durations, sizes.
    Histogram,
    Summary,
}

/// How many values become one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum How {
    Plain(Aggregate),
    /// A quantile of a histogram, 0 to 1.
    Quantile(f64),
    /// Median, p95 and p99 of a histogram together.
    Quantiles,
}

impl Kind {
    /// `number`: as the catalogue of series has it.
    pub fn of(number: i16, monotonic: bool) -> Kind {
        match number {
            1 if monotonic => Kind::Counter,
            1 => Kind::Level,
            2 | 3 => Kind::Histogram,
            4 => Kind::Summary,
            _ => Kind::Gauge,
        }
    }

    pub fn of_name(name: &MetricName) -> Kind {
        Kind::of(name.kind, name.monotonic)
    }

    pub fn word(self) -> &'static str {
        match self {
            Kind::Gauge => "gauge",
            Kind::Counter => "counter",
            Kind::Level => "level",
            Kind::Histogram => "histogram",
            Kind::Summary => "summary",
        }
    }

    /// Ways that make sense, the usual one first.
    pub fn ways(self) -> Vec<How> {
        use Aggregate::{Avg, Last, Max, Min, P95, Rate, Sum};
        let plain = |all: &[Aggregate]| all.iter().map(|one| How::Plain(*one)).collect();
        match self {
            Kind::Gauge => plain(&[Avg, Min, Max, P95, Last]),
            Kind::Counter => plain(&[Rate, Sum]),
            Kind::Level => plain(&[Sum, Avg, Min, Max]),
            Kind::Histogram => vec![
                How::Quantiles,
                How::Quantile(0.5),
                How::Quantile(0.95),
                How::Quantile(0.99),
                How::Plain(Avg),
                How::Plain(Max),
                How::Plain(Rate),
            ],
            Kind::Summary => plain(&[Avg, Rate]),
        }
    }

    /// The way of a list, cheap enough for many metrics at once.
    pub fn brief(self) -> Aggregate {
        match self {
            Kind::Gauge | Kind::Histogram | Kind::Summary => Aggregate::Avg,
            Kind::Counter => Aggregate::Rate,
            Kind::Level => Aggregate::Sum,
        }
    }

    /// As the address says, or the usual way.
    pub fn chosen(self, word: Option<&str>) -> How {
        let ways = self.ways();
        let wanted = ways.iter().find(|how| Some(how.word()) == word);
        wanted.or(ways.first()).copied().unwrap_or(How::Plain(Aggregate::Avg))
    }
}

impl How {
    /// In the address.
    pub fn word(self) -> &'static str {
        match self {
            How::Plain(Aggregate::Avg) => "avg",
            How::Plain(Aggregate::Min) => "min",
            How::Plain(Aggregate::Max) => "max",
            How::Plain(Aggregate::Sum) => "sum",
            How::Plain(Aggregate::Last) => "last",
            How::Plain(Aggregate::Rate) => "rate",
            How::Plain(Aggregate::P95) => "p95",
            How::Quantile(share) if share < 0.9 => "p50",
            How::Quantile(share) if share < 0.97 => "p95",
            How::Quantile(_) => "p99",
            How::Quantiles => "quantiles",
        }
    }

    pub fn label(self) -> &'static str {
        match self.word() {
            "avg" => "Avg",
            "min" => "Min",
            "max" => "Max",
            "sum" => "Sum",
            "last" => "Last",
            "rate" => "Rate",
            "quantiles" => "p50 p95 p99",
            word => word,
        }
    }

    /// In a sentence and behind a title.
    pub fn phrase(self, kind: Kind) -> &'static str {
        match (self, kind) {
            (How::Plain(Aggregate::Avg), _) => "average",
            (How::Plain(Aggregate::Min), _) => "minimum",
            (How::Plain(Aggregate::Max), _) => "maximum",
            (How::Plain(Aggregate::Sum), Kind::Counter) => "gain in each bucket",
            (How::Plain(Aggregate::Sum), _) => "sum over series",
            (How::Plain(Aggregate::Last), _) => "last values, added up over series",
            (How::Plain(Aggregate::Rate), Kind::Histogram | Kind::Summary) => "measurements per second",
            (How::Plain(Aggregate::Rate), _) => "per second",
            (How::Plain(Aggregate::P95), _) | (How::Quantile(_), _) => "quantile",
            (How::Quantiles, _) => "quantiles",
        }
    }

    /// The unit of the result, from the unit that the metric declares.
    pub fn unit(self, kind: Kind, declared: &str) -> Unit {
        if self != How::Plain(Aggregate::Rate) {
            return Unit::of_metric(declared);
        }
        if matches!(kind, Kind::Histogram | Kind::Summary) {
            return Unit::Rate("s");
        }
        match Unit::of_metric(declared) {
            Unit::Count => Unit::Rate("s"),
            Unit::Bytes => Unit::ByteRate,
            // Seconds in each second: a plain ratio, such as of cores at work.
            Unit::Seconds | Unit::Number => Unit::Number,
            Unit::Named(name) => Unit::Named(format!("{name}/s")),
            _ => Unit::Named(format!("{declared}/s")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_shown_as_a_rate_and_a_gauge_as_it_is() {
        let counter = Kind::of(1, true);
        assert_eq!(counter.chosen(None), How::Plain(Aggregate::Rate));
        assert_eq!(counter.chosen(None).unit(counter, "By"), Unit::ByteRate);
        assert_eq!(counter.chosen(None).unit(counter, "{request}"), Unit::Rate("s"));
        assert_eq!(counter.chosen(None).unit(counter, "s"), Unit::Number);
        assert_eq!(counter.chosen(Some("sum")).unit(counter, "By"), Unit::Bytes);
        let gauge = Kind::of(0, false);
        assert_eq!(gauge.chosen(None).unit(gauge, "ms"), Unit::Milliseconds);
        // A way that makes no sense for the kind is not taken.
        assert_eq!(gauge.chosen(Some("rate")), How::Plain(Aggregate::Avg));
        assert_eq!(Kind::of(1, false), Kind::Level);
    }

    #[test]
    fn every_way_of_a_kind_is_found_by_its_word() {
        for kind in [Kind::Gauge, Kind::Counter, Kind::Level, Kind::Histogram, Kind::Summary] {
            for how in kind.ways() {
                assert_eq!(kind.chosen(Some(how.word())), how, "{kind:?}");
            }
        }
    }

    #[test]
    fn a_histogram_counts_measurements_in_no_unit_of_its_own() {
        assert_eq!(How::Plain(Aggregate::Rate).unit(Kind::Histogram, "ms"), Unit::Rate("s"));
        assert_eq!(How::Quantile(0.95).unit(Kind::Histogram, "ms"), Unit::Milliseconds);
    }
}
