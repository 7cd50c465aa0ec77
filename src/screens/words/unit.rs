//! What a series is measured in, and how a chart's axis, cards and table say it.

use super::number::{fixed, trim};
use super::{
    Figure, UNKNOWN, bytes, bytes_full, count, count_full, duration, duration_full, money, money_full, number, percent,
    percent_full, rate,
};

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Unit {
    /// Things that are counted.
    #[default]
    Count,
    /// A ratio or score without unit.
    Number,
    Nanoseconds,
    Microseconds,
    Milliseconds,
    Seconds,
    Bytes,
    /// Bytes in each second.
    ByteRate,
    /// A share of 0 to 1, shown in percent.
    Share,
    /// Already in percent, 0 to 100.
    Percent,
    /// So many in each second, minute, …: the word after the slash.
    Rate(&'static str),
    /// By ISO 4217 code.
    Money(String),
    /// A sender's own word, shown behind the number as it came.
    Named(String),
}

impl Unit {
    /// The unit that a metric declares in UCUM, as OpenTelemetry sends it. `{requests}` and nothing are counts.
    pub fn of_metric(ucum: &str) -> Unit {
        match ucum.trim() {
            "" => Unit::Count,
            "1" => Unit::Number,
            "ns" => Unit::Nanoseconds,
            "us" | "µs" => Unit::Microseconds,
            "ms" => Unit::Milliseconds,
            "s" => Unit::Seconds,
            "By" | "bytes" => Unit::Bytes,
            "By/s" => Unit::ByteRate,
            "%" => Unit::Percent,
            text if text.starts_with('{') && text.ends_with('}') => Unit::Count,
            text if text.starts_with('{') && text.ends_with("}/s") => Unit::Rate("s"),
            text => Unit::Named(text.to_owned()),
        }
    }

    /// Milliseconds in one of this unit; none when it measures no time.
    fn milliseconds(&self) -> Option<f64> {
        match self {
            Unit::Nanoseconds => Some(0.000_001),
            Unit::Microseconds => Some(0.001),
            Unit::Milliseconds => Some(1.0),
            Unit::Seconds => Some(1_000.0),
            _ => None,
        }
    }

    /// On cards, in sentences and beside marks: two or three significant digits.
    pub fn short(&self, value: Option<f64>) -> Figure {
        if let Some(ms) = self.milliseconds() {
            return duration(value.map(|value| value * ms));
        }
        match self {
            Unit::Bytes => bytes(value),
            Unit::ByteRate => per_second(bytes(value)),
            Unit::Share => percent(value),
            Unit::Percent => percent(value.map(|value| value / 100.0)),
            Unit::Rate(each) => rate(value, each),
            Unit::Money(currency) => money(value, currency),
            Unit::Number => number(value),
            Unit::Named(name) => named(count(value), name),
            _ => count(value),
        }
    }

    /// In tables: the whole figure.
    pub fn full(&self, value: Option<f64>) -> String {
        if let Some(ms) = self.milliseconds() {
            return duration_full(value.map(|value| value * ms));
        }
        match self {
            Unit::Bytes => bytes_full(value),
            Unit::ByteRate => suffixed(bytes_full(value), "/s"),
            Unit::Share => percent_full(value),
            Unit::Percent => percent_full(value.map(|value| value / 100.0)),
            Unit::Rate(each) => suffixed(count_full(value), &format!(" /{each}")),
            Unit::Money(currency) => money_full(value, currency),
            Unit::Number => number(value).value,
            Unit::Named(name) => suffixed(count_full(value), &format!(" {name}")),
            _ => count_full(value),
        }
    }

    /// How an axis that reaches up to `top` (absolute) is labelled: one divisor for all its ticks.
    pub fn axis(&self, top: f64) -> AxisUnit {
        let top = top.abs();
        let plain = |divisor: f64, suffix: &str| AxisUnit { divisor, prefix: String::new(), suffix: suffix.to_owned() };
        if let Some(ms) = self.milliseconds() {
            let (divisor, suffix) = TIMES.iter().copied().find(|(step, _)| top * ms >= *step).unwrap_or((1.0, " ms"));
            return plain(divisor / ms, suffix);
        }
        match self {
            Unit::Bytes | Unit::ByteRate => {
                let (divisor, suffix) = BYTES.iter().copied().find(|(step, _)| top >= *step).unwrap_or((1.0, " B"));
                plain(divisor, suffix)
            }
            Unit::Share => plain(0.01, "%"),
            Unit::Percent => plain(1.0, "%"),
            Unit::Money(currency) => {
                let (divisor, suffix) = large(top);
                let prefix = money(Some(0.0), currency).value;
                AxisUnit { divisor, prefix: prefix.trim_end_matches('0').to_owned(), suffix: suffix.to_owned() }
            }
            _ => {
                let (divisor, suffix) = large(top);
                plain(divisor, suffix)
            }
        }
    }
}

const TIMES: [(f64, &str); 7] = [
    (172_800_000.0, " d"),
    (7_200_000.0, " h"),
    (120_000.0, " min"),
    (1_000.0, " s"),
    (1.0, " ms"),
    (0.001, " µs"),
    (0.000_001, " ns"),
];
const BYTES: [(f64, &str); 5] =
    [(1_099_511_627_776.0, " TiB"), (1_073_741_824.0, " GiB"), (1_048_576.0, " MiB"), (1_024.0, " KiB"), (1.0, " B")];

fn large(top: f64) -> (f64, &'static str) {
    match top {
        _ if top >= 1e13 => (1e12, " tn"),
        _ if top >= 1e10 => (1e9, " bn"),
        _ if top >= 1e7 => (1e6, " M"),
        _ if top >= 1e4 => (1e3, " k"),
        _ => (1.0, ""),
    }
}

fn per_second(figure: Figure) -> Figure {
    if figure.value == UNKNOWN { figure } else { Figure::new(figure.value, format!("{}/s", figure.unit)) }
}

fn named(figure: Figure, name: &str) -> Figure {
    if figure.value == UNKNOWN {
        return figure;
    }
    let space = if figure.unit.is_empty() { "" } else { " " };
    Figure::new(figure.value, format!("{}{space}{name}", figure.unit))
}

fn suffixed(text: String, suffix: &str) -> String {
    if text == UNKNOWN { text } else { format!("{text}{suffix}") }
}

/// One divisor and suffix for all ticks of an axis, so that they read `0`, `0.5 s`, `1 s` and never `500`, `1 s`.
#[derive(Clone, Debug, PartialEq)]
pub struct AxisUnit {
    pub divisor: f64,
    pub prefix: String,
    pub suffix: String,
}

impl AxisUnit {
    /// The label of one tick.
    pub fn label(&self, value: f64) -> String {
        let scaled = value / self.divisor;
        if scaled == 0.0 {
            return if self.suffix == "%" { "0%".to_owned() } else { "0".to_owned() };
        }
        let decimals = (2.0 - scaled.abs().log10().floor()).clamp(0.0, 9.0) as usize;
        let digits = fixed(scaled.abs(), decimals);
        let sign = if scaled < 0.0 { "−" } else { "" };
        format!("{sign}{}{}{}", self.prefix, trim(&digits), self.suffix)
    }
}

/// An interval in words: `104 to 163`, `7.3 to 36.3%`, `€29 k to €90 k`. A unit is said once when both ends share it.
pub fn interval(low: Option<f64>, high: Option<f64>, unit: &Unit) -> String {
    if low.is_none() && high.is_none() {
        return UNKNOWN.to_owned();
    }
    let (low, high) = (unit.short(low), unit.short(high));
    let shared = low.unit == high.unit && !matches!(low.unit.as_str(), "k" | "M" | "bn" | "tn");
    if shared { format!("{} to {high}", low.value) } else { format!("{low} to {high}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_unit_speaks_on_cards_and_in_tables() {
        assert_eq!(Unit::Milliseconds.short(Some(1_904.0)).to_string(), "1.9 s");
        assert_eq!(Unit::Milliseconds.full(Some(1_904.0)), "1,904 ms");
        assert_eq!(Unit::Seconds.short(Some(23_760.0)).to_string(), "6.6 h");
        assert_eq!(Unit::Share.full(Some(0.0098)), "0.98%");
        assert_eq!(Unit::Percent.short(Some(55.0)).to_string(), "55%");
        assert_eq!(Unit::Rate("s").full(Some(1_214.0)), "1,214 /s");
        assert_eq!(Unit::ByteRate.short(Some(2_097_152.0)).to_string(), "2 MiB/s");
        assert_eq!(Unit::Money("EUR".into()).short(Some(86_000.0)).to_string(), "€86 k");
        assert_eq!(Unit::Named("widgets".into()).short(Some(12_000.0)).to_string(), "12 k widgets");
    }

    #[test]
    fn every_unit_says_unknown() {
        let units = [
            Unit::Count,
            Unit::Number,
            Unit::Milliseconds,
            Unit::Bytes,
            Unit::ByteRate,
            Unit::Share,
            Unit::Rate("s"),
            Unit::Money("EUR".into()),
            Unit::Named("x".into()),
        ];
        for unit in units {
            assert_eq!(unit.short(None).to_string(), UNKNOWN, "{unit:?}");
            assert_eq!(unit.full(None), UNKNOWN, "{unit:?}");
        }
    }

    #[test]
    fn ticks_of_an_axis_share_one_unit() {
        let seconds = Unit::Milliseconds.axis(2_000.0);
        let labels: Vec<String> = [0.0, 500.0, 1_000.0, 1_500.0].iter().map(|tick| seconds.label(*tick)).collect();
        assert_eq!(labels, ["0", "0.5 s", "1 s", "1.5 s"]);
        assert_eq!(Unit::Share.axis(0.07).label(0.03), "3%");
        assert_eq!(Unit::Share.axis(1.0).label(0.0), "0%");
        assert_eq!(Unit::Count.axis(1_500.0).label(750.0), "750");
        assert_eq!(Unit::Count.axis(30_000.0).label(20_000.0), "20 k");
        assert_eq!(Unit::Money("EUR".into()).axis(30_000.0).label(-20_000.0), "−€20 k");
        assert_eq!(Unit::Bytes.axis(1.2e10).label(5_368_709_120.0), "5 GiB");
        assert_eq!(Unit::Milliseconds.axis(0.4).label(0.2), "200 µs");
        assert_eq!(Unit::Count.axis(0.0).label(0.0), "0");
    }

    #[test]
    fn metrics_bring_their_unit_in_ucum() {
        assert_eq!(Unit::of_metric("ms"), Unit::Milliseconds);
        assert_eq!(Unit::of_metric("By"), Unit::Bytes);
        assert_eq!(Unit::of_metric("{request}"), Unit::Count);
        assert_eq!(Unit::of_metric("{request}/s"), Unit::Rate("s"));
        assert_eq!(Unit::of_metric("Cel"), Unit::Named("Cel".into()));
    }

    #[test]
    fn intervals_say_a_shared_unit_once() {
        assert_eq!(interval(Some(104.0), Some(163.0), &Unit::Count), "104 to 163");
        assert_eq!(interval(Some(0.073), Some(0.363), &Unit::Share), "7.3 to 36.3%");
        assert_eq!(interval(Some(29_000.0), Some(90_000.0), &Unit::Money("EUR".into())), "€29 k to €90 k");
        assert_eq!(interval(Some(412.0), Some(1_900.0), &Unit::Milliseconds), "412 ms to 1.9 s");
        assert_eq!(interval(None, None, &Unit::Count), "–");
    }
}
