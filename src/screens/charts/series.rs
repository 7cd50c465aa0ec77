//! Lines, areas, bars and bands of one plot over time.

use super::figure::{Datum, inside};
use super::hue::Hue;
use super::maths::path::{self, percent};
use super::maths::scale::{Axis, Scale, Wish, axis};
use super::maths::time::Clock;
use super::pen;
use super::plot::{End, Labels};
use crate::words::{Unit, interval, points, relative};
use maud::{Markup, html};
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

    fn class(&self) -> &'static str {
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
    fn stacks(&self, count: usize) -> Vec<Vec<Option<(f64, f64)>>> {
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

    /// Bars, bands, lines, thresholds and points.
    pub(super) fn marks(&self, clock: &Clock<'_>, scale: &Scale, open: Option<usize>) -> String {
        let positions = clock.positions();
        let count = positions.len();
        let bars = self.bars(clock, scale, open, count);
        let mut paths = String::new();
        for line in &self.lines {
            paths.push_str(&line_paths(line, &positions, scale, open));
        }
        let rules: String = self
            .thresholds
            .iter()
            .filter(|threshold| (scale.low()..=scale.high()).contains(&threshold.value))
            .map(|t| pen::across(if t.bad { "th bad" } else { "th" }, scale.top(t.value)))
            .collect();
        let points: String = self
            .lines
            .iter()
            .filter(|line| line.form == Form::Net)
            .flat_map(|line| {
                (0..count.min(open.unwrap_or(count))).filter_map(move |i| line.known(i).map(|v| (line, i, v)))
            })
            .map(|(line, i, value)| pen::dot(&format!("dot {}", line.class()), positions[i], scale.top(value), 3.0))
            .collect();
        format!("{bars}{}{rules}{points}", pen::stretched(&paths))
    }

    fn bars(&self, clock: &Clock<'_>, scale: &Scale, open: Option<usize>, count: usize) -> String {
        let width = 0.72 / count.max(1) as f64;
        let mut bars = String::new();
        for (line, ends) in self.lines.iter().zip(self.stacks(count)) {
            for (index, (low, high)) in ends.into_iter().enumerate().filter_map(|(i, ends)| ends.map(|ends| (i, ends)))
            {
                let class = if open.is_some_and(|open| index >= open) { " op" } else { "" };
                let class = format!("br {}{class}", line.class());
                let (top, bottom) = (scale.top(high), scale.top(low));
                bars.push_str(&pen::rect(&class, clock.x(index) - width / 2.0, top, width, bottom - top));
            }
        }
        bars
    }

    /// Names at the right: a line's at its last known value, a stacked bar's at the middle of its last complete part.
    pub(super) fn ends(&self, scale: &Scale, count: usize, open: Option<usize>) -> Vec<End> {
        let complete = open.unwrap_or(count).max(1);
        let stacks = self.stacks(count);
        let end = |(line, stack): (&Line, &Vec<Option<(f64, f64)>>)| {
            let value = match &line.form {
                Form::Band { .. } => return None,
                Form::Bars | Form::Stack => {
                    let (low, high) =
                        stack.iter().take(complete).rev().flatten().next().or(stack.iter().flatten().next())?;
                    (low + high) / 2.0
                }
                _ => (0..complete.min(count))
                    .rev()
                    .find_map(|i| line.known(i))
                    .or_else(|| (0..count).rev().find_map(|i| line.known(i)))?,
            };
            let y = scale.top(value).clamp(0.0, 1.0);
            Some(End { y, name: line.name.clone(), class: line.class().to_owned(), href: line.href.clone() })
        };
        let inside = |threshold: &&Threshold| (scale.low()..=scale.high()).contains(&threshold.value);
        let rule = |threshold: &Threshold| End {
            y: scale.top(threshold.value),
            name: threshold.label.clone(),
            class: if threshold.bad { "bad thl".into() } else { "thl".into() },
            href: None,
        };
        let lines = self.lines.iter().zip(&stacks).filter_map(end);
        lines.chain(self.thresholds.iter().filter(inside).map(rule)).collect()
    }

    /// Links over the plot, one per exemplar.
    pub(super) fn exemplars(&self, clock: &Clock<'_>, scale: &Scale) -> Option<Markup> {
        let placed: Vec<(f64, f64, &Exemplar)> = self
            .exemplars
            .iter()
            .filter_map(|exemplar| Some((clock.at(exemplar.at)?, scale.top(exemplar.value).clamp(0.0, 1.0), exemplar)))
            .collect();
        (!placed.is_empty()).then(|| {
            html! { @for (x, y, exemplar) in placed {
                a class="ex s2" href=[inside(&exemplar.href)] title=(exemplar.label) aria-label=(exemplar.label)
                    style=(format!("left:{};top:{}", percent(x), percent(y))) {}
            } }
        })
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

/// A stretch of a line; a lone point is set larger, or nobody would see it.
fn stroke(stretch: &[path::Point], class: &str) -> String {
    let lone = if stretch.len() == 1 { " lone" } else { "" };
    pen::path(&format!("{class}{lone}"), &path::line(stretch))
}

fn line_paths(line: &Line, positions: &[f64], scale: &Scale, open: Option<usize>) -> String {
    let class = line.class();
    let heights = |values: &[Option<f64>]| -> Vec<Option<f64>> {
        values.iter().map(|value| value.map(|value| scale.top(value))).collect()
    };
    let tops = heights(&line.values);
    let strokes = |tops: &[Option<f64>], class: &str| -> String {
        path::stretches(positions, tops).iter().map(|stretch| stroke(stretch, class)).collect()
    };
    match &line.form {
        Form::Bars | Form::Stack => String::new(),
        Form::Ghost => strokes(&tops, "ln prev"),
        Form::Band { upper } => {
            let both: Vec<bool> =
                line.values.iter().zip(upper).map(|(low, high)| low.is_some() && high.is_some()).collect();
            let only = |tops: Vec<Option<f64>>| -> Vec<Option<f64>> {
                tops.into_iter().zip(&both).map(|(top, both)| top.filter(|_| *both)).collect()
            };
            let (low, high) = (only(tops), only(heights(upper)));
            let (low, high) = (path::stretches(positions, &low), path::stretches(positions, &high));
            high.iter().zip(&low).map(|(high, low)| pen::path(&format!("bd {class}"), &path::band(high, low))).collect()
        }
        form => {
            let base = 1_000.0 * scale.top(if scale.low() > 0.0 { scale.low() } else { 0.0 });
            let areas: String = if *form == Form::Area {
                let area = |stretch: &Vec<path::Point>| pen::path(&format!("ar {class}"), &path::area(stretch, base));
                path::stretches(positions, &tops).iter().map(area).collect()
            } else {
                String::new()
            };
            let split = open.unwrap_or(tops.len()).min(tops.len());
            let done: Vec<Option<f64>> = tops.iter().enumerate().map(|(i, top)| top.filter(|_| i < split)).collect();
            // The dashed part begins at the last complete point, so that both join.
            let joint = split.saturating_sub(1);
            let rest: Vec<Option<f64>> = tops.iter().enumerate().map(|(i, top)| top.filter(|_| i >= joint)).collect();
            let halo = if *form == Form::Net { strokes(&done, "ln halo") } else { String::new() };
            let solid = strokes(&done, &format!("ln {class}"));
            let dashed = if split < tops.len() && *form != Form::Net {
                strokes(&rest, &format!("ln {class} dash"))
            } else {
                String::new()
            };
            format!("{areas}{halo}{solid}{dashed}")
        }
    }
}
