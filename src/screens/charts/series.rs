//! What stands in one plot over time: lines, areas, bars and bands, and what they say in words.

use super::figure::Datum;
use super::hue::Hue;
use super::maths::scale::{Axis, Wish, axis};
use super::plot::Labels;
use crate::words::{Unit, interval, points, relative};
use parallax_domain::Instant;

/// How a series is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Form {
    #[default]
    Line,
    /// A line above a pale area.
    Area,
    Bars,
    /// Parts of a whole, at most four; negative values stack below zero.
    Stack,
    /// Values are the lower edge of what is expected.
    Band {
        upper: Vec<Option<f64>>,
    },
    /// The comparison: thin, dashed, grey. The first ghost belongs to the first series that is no ghost, and so on.
    Ghost,
    /// A line over bars, with a point on each: the net of gains and losses.
    Net,
}

/// One series. `values` has one entry per bucket; what is not known is none, never zero.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    pub name: String,
    pub values: Vec<Option<f64>>,
    pub hue: Hue,
    pub form: Form,
    /// Selecting the name at the end of the line leads there.
    pub href: Option<String>,
}

impl Line {
    pub fn new(name: impl Into<String>, values: Vec<Option<f64>>) -> Line {
        Line { name: name.into(), values, ..Line::default() }
    }

    pub fn hue(mut self, hue: Hue) -> Line {
        self.hue = hue;
        self
    }

    pub fn form(mut self, form: Form) -> Line {
        self.form = form;
        self
    }

    pub fn href(mut self, href: impl Into<String>) -> Line {
        self.href = Some(href.into());
        self
    }

    pub(super) fn class(&self) -> &'static str {
        if self.form == Form::Ghost { Hue::Ghost.class() } else { self.hue.class() }
    }

    pub(super) fn known(&self, index: usize) -> Option<f64> {
        self.values.get(index).copied().flatten().filter(|value| value.is_finite())
    }

    fn is_bar(&self) -> bool {
        matches!(self.form, Form::Bars | Form::Stack)
    }
}

/// A level to hold or not to pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    pub value: f64,
    /// `objective 1%`.
    pub label: String,
    pub bad: bool,
}

/// A single record behind a point of the line, such as a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Exemplar {
    pub at: Instant,
    pub value: f64,
    /// `Trace of 1.9 s, 14:36`.
    pub label: String,
    pub href: String,
}

/// What stands in one plot.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub unit: Unit,
    pub lines: Vec<Line>,
    pub thresholds: Vec<Threshold>,
    pub exemplars: Vec<Exemplar>,
    /// Pixels.
    pub height: u16,
    /// Fixed ends of the value axis. Without them it starts at zero and ends above the data.
    pub floor: Option<f64>,
    pub ceiling: Option<f64>,
    pub logarithmic: bool,
    pub labels: Labels,
}

impl Default for Series {
    fn default() -> Series {
        Series {
            unit: Unit::default(),
            lines: Vec::new(),
            thresholds: Vec::new(),
            exemplars: Vec::new(),
            height: 150,
            floor: None,
            ceiling: None,
            logarithmic: false,
            labels: Labels::default(),
        }
    }
}

/// A threshold this many times above the data is said below the chart instead of flattening it.
const FAR: f64 = 3.0;

impl Series {
    pub fn has_bars(&self) -> bool {
        self.lines.iter().any(Line::is_bar)
    }

    pub(super) fn has_net(&self) -> bool {
        self.lines.iter().any(|line| line.form == Form::Net)
    }

    pub(super) fn has_values(&self) -> bool {
        self.lines.iter().any(|line| line.values.iter().flatten().any(|value| value.is_finite()))
    }

    /// Lower and upper end of each stacked bar, per line; other lines have none.
    pub(super) fn stacks(&self, count: usize) -> Vec<Vec<Option<(f64, f64)>>> {
        let mut above = vec![0.0; count];
        let mut below = vec![0.0; count];
        let mut bar = |line: &Line, index: usize| {
            let value = line.known(index)?;
            if line.form == Form::Bars {
                return Some((value.min(0.0), value.max(0.0)));
            }
            let base: &mut f64 = if value < 0.0 { &mut below[index] } else { &mut above[index] };
            let start = *base;
            *base += value;
            Some((start.min(*base), start.max(*base)))
        };
        self.lines
            .iter()
            .map(|line| if line.is_bar() { (0..count).map(|index| bar(line, index)).collect() } else { Vec::new() })
            .collect()
    }

    /// Lowest and highest value to show; on a logarithmic axis the lowest above zero.
    fn reach(&self, count: usize) -> (f64, f64) {
        let bars = self.stacks(count).into_iter().flatten().flatten().flat_map(|(low, high)| [low, high]);
        let uppers = self.lines.iter().flat_map(|line| match &line.form {
            Form::Band { upper } => upper.as_slice(),
            _ => &[],
        });
        let plain = self.lines.iter().filter(|line| !line.is_bar()).flat_map(|line| &line.values).chain(uppers);
        let all: Vec<f64> = bars.chain(plain.copied().flatten()).filter(|value| value.is_finite()).collect();
        let high = all.iter().copied().fold(0.0, f64::max);
        let low = if self.logarithmic {
            all.iter().copied().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min)
        } else {
            all.iter().copied().fold(0.0, f64::min)
        };
        (if low.is_finite() { low } else { 0.0 }, high)
    }

    fn near(&self, threshold: &Threshold, high: f64) -> bool {
        threshold.value.is_finite() && (high <= 0.0 || threshold.value <= FAR * self.ceiling.unwrap_or(high))
    }

    pub(super) fn axis(&self, count: usize) -> Axis {
        let (low, data) = self.reach(count);
        let near = self.thresholds.iter().filter(|threshold| self.near(threshold, data));
        let high = near.map(|threshold| threshold.value).fold(data, f64::max);
        let unit = self.unit.axis(high.max(-low).max(self.ceiling.unwrap_or(0.0)));
        axis(&Wish {
            low,
            high,
            floor: self.floor,
            ceiling: self.ceiling,
            unit: unit.divisor,
            whole: matches!(self.unit, Unit::Count),
            logarithmic: self.logarithmic,
            ticks: (usize::from(self.height) / 44).clamp(2, 4) + if low < 0.0 { 2 } else { 0 },
        })
    }

    /// What does not fit into the drawing and is said below it.
    pub(super) fn remarks(&self, count: usize) -> Vec<String> {
        let (_, data) = self.reach(count);
        let mut remarks: Vec<String> = self
            .thresholds
            .iter()
            .filter(|threshold| !self.near(threshold, data))
            .map(|threshold| format!("{} is far above the plot", threshold.label))
            .collect();
        if self.logarithmic {
            remarks.push("logarithmic scale, zero stands on the base line".to_owned());
        }
        remarks
    }

    /// A cell of the table for each line, in order.
    pub(super) fn cells(&self, index: usize) -> Vec<Datum> {
        let subjects: Vec<&Line> =
            self.lines.iter().filter(|line| !matches!(line.form, Form::Ghost | Form::Band { .. })).collect();
        let ghosts: Vec<&Line> = self.lines.iter().filter(|line| line.form == Form::Ghost).collect();
        let share = matches!(self.unit, Unit::Share);
        self.lines
            .iter()
            .map(|line| {
                let value = line.known(index);
                if let Form::Band { upper } = &line.form {
                    return Datum::new(interval(value, upper.get(index).copied().flatten(), &self.unit));
                }
                let ghost =
                    subjects.iter().position(|subject| std::ptr::eq(*subject, line)).and_then(|i| ghosts.get(i));
                let then = ghost.and_then(|ghost| ghost.known(index));
                let change = if share { points(value, then) } else { relative(value, then) };
                let text = if value.is_none() { "no data".to_owned() } else { self.unit.full(value) };
                Datum { text, change: change.map(|change| change.label) }
            })
            .collect()
    }

    /// What a person who cannot see the lines should know of each.
    pub(super) fn description(&self) -> String {
        let about = |line: &Line| {
            let known: Vec<f64> = line.values.iter().flatten().copied().filter(|value| value.is_finite()).collect();
            let (low, high) = (known.iter().copied().reduce(f64::min)?, known.iter().copied().reduce(f64::max)?);
            let last = self.unit.short(known.last().copied());
            Some(format!("{}: {}, last {last}", line.name, interval(Some(low), Some(high), &self.unit)))
        };
        let lines: Vec<String> = self
            .lines
            .iter()
            .filter(|line| !matches!(line.form, Form::Band { .. }))
            .take(6)
            .filter_map(about)
            .collect();
        if lines.is_empty() { "No data.".to_owned() } else { format!("{}.", lines.join("; ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(values: &[f64]) -> Line {
        Line::new("today", values.iter().copied().map(Some).collect())
    }

    fn series(lines: Vec<Line>) -> Series {
        Series { lines, ..Series::default() }
    }

    #[test]
    fn gains_and_losses_stack_away_from_zero() {
        let stack = |values: &[f64]| line(values).form(Form::Stack);
        let series = series(vec![stack(&[3.0]), stack(&[-2.0]), stack(&[4.0]), stack(&[-1.0])]);
        let ends: Vec<_> = series.stacks(1).into_iter().map(|parts| parts[0]).collect();
        assert_eq!(ends, [Some((0.0, 3.0)), Some((-2.0, 0.0)), Some((3.0, 7.0)), Some((-3.0, -2.0))]);
        assert_eq!(series.reach(1), (-3.0, 7.0));
    }

    #[test]
    fn a_band_and_a_near_threshold_are_inside_the_axis() {
        let band = Line { form: Form::Band { upper: vec![Some(30.0)] }, ..line(&[10.0]) };
        let mut series = series(vec![line(&[12.0]), band]);
        series.thresholds = vec![Threshold { value: 40.0, label: "limit".into(), bad: true }];
        assert!(series.axis(1).scale.high() >= 40.0);
        assert!(series.remarks(1).is_empty());
    }

    #[test]
    fn a_far_threshold_is_said_and_does_not_flatten_the_data() {
        let mut series = series(vec![line(&[12.0])]);
        series.thresholds = vec![Threshold { value: 4_000.0, label: "limit 4,000".into(), bad: true }];
        assert!(series.axis(1).scale.high() < 20.0);
        assert_eq!(series.remarks(1), ["limit 4,000 is far above the plot"]);
    }

    #[test]
    fn a_change_stands_beside_the_value_it_belongs_to() {
        let ghost = |values: &[f64]| line(values).form(Form::Ghost);
        let series = series(vec![ghost(&[100.0]), line(&[108.2]), line(&[50.0]), ghost(&[100.0])]);
        let changes: Vec<Option<String>> = series.cells(0).into_iter().map(|cell| cell.change).collect();
        assert_eq!(changes, [None, Some("+8.2%".into()), Some("−50%".into()), None]);
    }

    #[test]
    fn shares_change_in_points() {
        let ghost = line(&[0.84]).form(Form::Ghost);
        let series = Series { unit: Unit::Share, ..series(vec![line(&[0.612]), ghost]) };
        assert_eq!(series.cells(0)[0].change.as_deref(), Some("−22.8 pt"));
    }

    #[test]
    fn what_is_not_known_is_said_in_the_table() {
        let series = series(vec![Line::new("a", vec![None, Some(f64::NAN)])]);
        assert_eq!(series.cells(0)[0].text, "no data");
        assert_eq!(series.cells(1)[0].text, "no data");
        assert_eq!(series.cells(7)[0].text, "no data");
        assert_eq!(series.description(), "No data.");
        assert!(!series.has_values());
    }

    #[test]
    fn the_description_names_range_and_last_value() {
        let series = series(vec![line(&[1_130.0, 1_290.0, 1_214.0])]);
        assert_eq!(series.description(), "today: 1,130 to 1,290, last 1,214.");
    }
}
