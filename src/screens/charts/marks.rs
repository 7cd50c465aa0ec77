//! The marks of a series: bars, bands, lines, thresholds, names at the ends, links on single records.

use super::figure::inside;
use super::maths::path::{self, percent};
use super::maths::scale::Scale;
use super::maths::time::Clock;
use super::pen;
use super::plot::End;
use super::series::{Exemplar, Form, Line, Series, Threshold};
use maud::{Markup, html};

impl Series {
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

#[cfg(test)]
mod tests {
    use super::super::hue::Hue;
    use super::super::maths::time::{Seat, TimeLabel};
    use super::*;
    use chrono::{DateTime, TimeDelta};

    fn times(count: i64) -> Vec<TimeLabel> {
        let at = |index: i64| DateTime::UNIX_EPOCH + TimeDelta::hours(index);
        (0..count).map(|index| TimeLabel::new(at(index), at(index).naive_utc(), "")).collect()
    }

    fn marks(lines: Vec<Line>, open: Option<usize>) -> String {
        let series = Series { lines, ..Series::default() };
        let count = series.lines[0].values.len();
        let times = times(count as i64);
        let seat = if series.has_bars() { Seat::Slot } else { Seat::Point };
        series.marks(&Clock::new(&times, seat, None), &series.axis(count).scale, open)
    }

    #[test]
    fn a_gap_makes_two_lines_and_is_never_bridged() {
        let line = Line::new("a", vec![Some(1.0), Some(2.0), None, Some(1.0), Some(2.0)]);
        assert_eq!(marks(vec![line], None).matches("<path").count(), 2);
    }

    #[test]
    fn the_open_end_is_dashed_from_the_last_complete_point() {
        let line = Line::new("a", vec![Some(4.0), Some(4.0), Some(2.0)]);
        let marks = marks(vec![line], Some(2));
        assert!(marks.contains(r#"class="ln s1" d="M0 0L500 0""#), "{marks}");
        assert!(marks.contains(r#"class="ln s1 dash" d="M500 0L1000 500""#), "{marks}");
    }

    #[test]
    fn a_lone_point_is_drawn_larger() {
        let line = Line::new("a", vec![Some(1.0), None, Some(2.0), None, Some(1.0), Some(1.0)]);
        assert_eq!(marks(vec![line], None).matches(" lone").count(), 2);
    }

    #[test]
    fn open_bars_are_outlined() {
        let line = Line::new("a", vec![Some(1.0), Some(2.0)]).form(Form::Bars);
        let marks = marks(vec![line], Some(1));
        assert!(marks.contains(r#"class="br s1""#) && marks.contains(r#"class="br s1 op""#), "{marks}");
    }

    #[test]
    fn a_band_needs_both_edges() {
        let upper = vec![Some(5.0), Some(5.0), None, Some(5.0), Some(5.0)];
        let band = Line::new("expected", vec![Some(1.0); 5]).form(Form::Band { upper }).hue(Hue::S8);
        assert_eq!(marks(vec![band], None).matches("bd s8").count(), 2);
    }

    #[test]
    fn names_stand_at_the_last_known_value() {
        let lines = vec![
            Line::new("stopped", vec![Some(4.0), None]),
            Line::new("parts", vec![Some(2.0), Some(1.0)]).form(Form::Stack),
            Line::new("nothing", vec![None, None]),
        ];
        let series = Series { lines, ..Series::default() };
        let scale = Scale::Linear { low: 0.0, high: 4.0 };
        let ends = series.ends(&scale, 2, Some(1));
        let named: Vec<(&str, f64)> = ends.iter().map(|end| (end.name.as_str(), end.y)).collect();
        assert_eq!(named, [("stopped", 0.0), ("parts", 0.75)]);
    }
}
