//! Several plots on one time axis: one lane of flags, one crosshair, one table. There are no double axes.

use super::figure::{About, Frame, figure};
use super::inline;
use super::lane::lane;
use super::line::{TimeAxis, View};
use super::maths::time::Seat;
use super::plot::gutters;
use super::series::Series;
use maud::html;
use parallax_domain::screen::{Drawing, Tone};

/// A plot of the stack with its own short head: `Rate, requests / s, 1,214, 1.8 % down on last Thu`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StackPlot {
    /// Key of the plot inside the stack.
    pub key: String,
    pub title: String,
    pub unit: String,
    /// The figure now, already in words.
    pub now: String,
    pub change: Option<(String, bool, Tone)>,
    /// What the change refers to: `on last Thu`.
    pub reference: String,
    pub series: Series,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stack {
    pub about: About,
    pub axis: TimeAxis,
    pub plots: Vec<StackPlot>,
}

impl Stack {
    pub fn draw(&self) -> Drawing {
        let slots = self.plots.iter().any(|plot| plot.series.has_bars());
        let clock = self.axis.clock(if slots { Seat::Slot } else { Seat::Point });
        let id = self.about.element_id();
        let abouts: Vec<About> = self
            .plots
            .iter()
            .enumerate()
            .map(|(index, plot)| About {
                id: format!("{id}-{index}"),
                title: if plot.unit.is_empty() { plot.title.clone() } else { format!("{}, {}", plot.title, plot.unit) },
                ..About::default()
            })
            .collect();
        let mut column = 1;
        let mut plots = Vec::new();
        for (index, (plot, about)) in self.plots.iter().zip(&abouts).enumerate() {
            let view = View::new(&self.axis, &plot.series, &clock);
            let last = index + 1 == self.plots.len();
            plots.push(view.plot(&about.id, about, column, Some(head(plot)), last));
            column += plot.series.lines.len();
        }
        let all: Vec<&Series> = self.plots.iter().map(|plot| &plot.series).collect();
        let flags = self.axis.placed(&clock);
        let body = html! {
            div class="stackp" { (lane(&flags)) @for plot in &plots { (plot.markup()) } }
        };
        let table = self.axis.table(&self.about.title, &all);
        let frame = Frame {
            style: gutters(
                plots.iter().flat_map(|plot| plot.y.iter().map(|(_, label)| label)),
                plots.iter().flat_map(|plot| plot.ends.iter()),
            ),
            keys: self.axis.keys(&all),
            remarks: all.iter().flat_map(|series| series.remarks(self.axis.times.len())).collect(),
            table: Some(&table),
            ..Frame::default()
        };
        figure(&self.about, &frame, &body)
    }
}

fn head(plot: &StackPlot) -> maud::Markup {
    html! {
        div class="ph-row" {
            h3 { (plot.title) }
            @if !plot.unit.is_empty() { span class="unit" { (plot.unit) } }
            @if !plot.now.is_empty() { b { (plot.now) } }
            @if let Some((label, up, tone)) = &plot.change { (inline::delta(label, *up, *tone)) }
            @if !plot.reference.is_empty() { span { (plot.reference) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::maths::time::TimeLabel;
    use super::super::series::Line;
    use super::*;
    use chrono::{DateTime, TimeDelta};

    #[test]
    fn plots_share_one_table_and_know_their_columns() {
        let at = |hour: i64| DateTime::UNIX_EPOCH + TimeDelta::hours(hour);
        let times = (0..5).map(|hour| TimeLabel::new(at(hour), at(hour).naive_utc(), format!("hour {hour}"))).collect();
        let plot = |title: &str, names: &[&str]| StackPlot {
            title: title.into(),
            series: Series {
                lines: names.iter().map(|name| Line::new(*name, vec![Some(1.0); 5])).collect(),
                ..Series::default()
            },
            ..StackPlot::default()
        };
        let stack = Stack {
            about: About::new("red", "Rate, errors, duration"),
            axis: TimeAxis { times, ..TimeAxis::default() },
            plots: vec![plot("Rate", &["now"]), plot("Duration", &["p50", "p95"])],
        };
        let markup = stack.draw().markup;
        assert!(markup.contains(r#"data-cols="1""#) && markup.contains(r#"data-cols="2,3""#), "{markup}");
        assert_eq!(markup.matches("<table").count(), 1);
        assert_eq!(markup.matches("ax-x").count(), 1);
    }
}
