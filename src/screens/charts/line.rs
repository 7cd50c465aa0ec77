//! A figure over time: lines, areas, bars and bands on one time axis.

use super::figure::{About, DataRow, DataTable, Frame, Key, Swatch, figure};
use super::lane::{Flag, lane};
use super::maths::scale::Axis;
use super::maths::time::{Clock, Seat, TimeLabel};
use super::pen;
use super::plot::{End, Plot, Probe, Tick, grid, gutters, value_labels};
use super::series::{Form, Series};
use maud::{Markup, html};
use parallax_domain::Instant;
use parallax_domain::screen::Drawing;

/// A stretch of which nothing is known, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Hole {
    pub from: Instant,
    pub to: Instant,
    /// `collector restart`, `expired by retention`.
    pub reason: String,
}

/// A stretch to look at: an incident, a selection.
#[derive(Clone, Debug, PartialEq)]
pub struct Highlight {
    pub from: Instant,
    pub to: Instant,
    /// The reader's own selection; otherwise something went wrong there.
    pub selected: bool,
}

/// The horizontal axis and everything that runs through all plots on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimeAxis {
    /// Starts of the buckets.
    pub times: Vec<TimeLabel>,
    /// End of the last bucket; without it the last is as long as the one before.
    pub until: Option<Instant>,
    /// First bucket that is not complete yet; it and all after it are dashed or hatched.
    pub open_from: Option<usize>,
    /// `day still open`, `window still open, final on 26 Nov`.
    pub open_note: String,
    pub holes: Vec<Hole>,
    pub flags: Vec<Flag>,
    pub highlights: Vec<Highlight>,
    /// Per bucket, for the crosshair: `n = 1,604 sessions, 71% measured`. May be empty.
    pub notes: Vec<String>,
}

/// One plot over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimeSeries {
    pub about: About,
    pub axis: TimeAxis,
    pub series: Series,
}

impl TimeSeries {
    pub fn draw(&self) -> Drawing {
        let seat = if self.series.has_bars() { Seat::Slot } else { Seat::Point };
        let clock = self.axis.clock(seat);
        let view = View::new(&self.axis, &self.series, &clock);
        let id = self.about.element_id();
        let plot = view.plot(&format!("{id}-p"), &self.about, 1, None, true);
        let flags = self.axis.placed(&clock);
        let body = html! { (lane(&flags)) (plot.markup()) };
        let table = self.axis.table(&self.about.title, &[&self.series]);
        let frame = Frame {
            style: gutters(plot.y.iter().map(|(_, label)| label), plot.ends.iter()),
            keys: self.axis.keys(&[&self.series]),
            remarks: self.series.remarks(self.axis.times.len()),
            table: Some(&table),
            ..Frame::default()
        };
        figure(&self.about, &frame, &body)
    }
}

impl TimeAxis {
    pub(super) fn clock(&self, seat: Seat) -> Clock<'_> {
        Clock::new(&self.times, seat, self.until)
    }

    fn open(&self) -> Option<usize> {
        self.open_from.filter(|open| *open < self.times.len())
    }

    /// Flags on this axis from left to right.
    pub(super) fn placed(&self, clock: &Clock<'_>) -> Vec<(f64, &Flag)> {
        let mut placed: Vec<(f64, &Flag)> =
            self.flags.iter().filter_map(|flag| Some((clock.at(flag.at)?, flag))).collect();
        placed.sort_by(|a, b| a.0.total_cmp(&b.0));
        placed
    }

    /// Where nothing is known: given holes, and inner buckets for which no series has a value.
    fn unknown(&self, clock: &Clock<'_>, series: &Series) -> Vec<(f64, f64)> {
        let mut spans: Vec<(f64, f64)> =
            self.holes.iter().map(|hole| (clock.clamped(hole.from), clock.clamped(hole.to))).collect();
        spans.extend(inner_gaps(series, self.times.len()).into_iter().map(|(first, last)| match clock.seat() {
            Seat::Point => (clock.x(first.saturating_sub(1)), clock.x(last + 1)),
            Seat::Slot => (clock.start(first), clock.start(last + 1)),
        }));
        spans.retain(|(from, to)| to > from);
        spans.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut merged: Vec<(f64, f64)> = Vec::new();
        for (from, to) in spans {
            match merged.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        merged
    }

    /// Background of every plot: highlights, holes, the open end.
    fn ground(&self, clock: &Clock<'_>, series: &Series) -> String {
        let mut ground = String::new();
        for highlight in &self.highlights {
            let (from, to) = (clock.clamped(highlight.from), clock.clamped(highlight.to));
            ground.push_str(&pen::rect(
                if highlight.selected { "bandx sel" } else { "bandx" },
                from,
                0.0,
                to - from,
                1.0,
            ));
        }
        if !series.has_values() {
            return ground + &pen::hatch("nodata", 0.0, 1.0);
        }
        for (from, to) in self.unknown(clock, series) {
            ground.push_str(&pen::hatch("nodata", from, to - from));
        }
        if let Some(open) = self.open().filter(|_| clock.seat() == Seat::Point) {
            let from = clock.x(open.saturating_sub(1));
            ground.push_str(&pen::hatch("open", from, 1.0 - from));
        }
        ground
    }

    pub(super) fn keys(&self, all: &[&Series]) -> Vec<Key> {
        let mut keys = Vec::new();
        if all.iter().any(|series| !series.exemplars.is_empty()) {
            keys.push(Key::new(Swatch::Disc, "s2", "exemplar trace"));
        }
        let bands = all.iter().flat_map(|series| &series.lines).filter(|line| matches!(line.form, Form::Band { .. }));
        for band in bands {
            keys.push(Key::new(Swatch::Pale, band.hue.class(), band.name.clone()));
        }
        let gap = all.iter().any(|series| series.has_values() && !inner_gaps(series, self.times.len()).is_empty());
        let mut reasons: Vec<&str> =
            self.holes.iter().map(|hole| hole.reason.as_str()).filter(|r| !r.is_empty()).collect();
        reasons.sort_unstable();
        reasons.dedup();
        let more = reasons.len().saturating_sub(2);
        reasons.truncate(2);
        if !reasons.is_empty() {
            let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
            keys.push(Key::new(Swatch::Hatch, "", format!("no data: {}{rest}", reasons.join(", "))));
        } else if gap || !self.holes.is_empty() {
            keys.push(Key::new(Swatch::Hatch, "", "no data"));
        }
        if self.open().is_some() {
            let note = if self.open_note.is_empty() { "bucket still open" } else { &self.open_note };
            keys.push(Key::new(Swatch::Hatch, "", note));
        }
        keys
    }

    pub(super) fn table(&self, caption: &str, all: &[&Series]) -> DataTable {
        let mut head = vec!["Time".to_owned()];
        head.extend(all.iter().flat_map(|series| series.lines.iter().map(|line| line.name.clone())));
        let row = |(index, time): (usize, &TimeLabel)| {
            let open = if self.open().is_some_and(|open| index >= open) { " (open)" } else { "" };
            DataRow {
                label: format!("{}{open}", time.full),
                cells: all.iter().flat_map(|series| series.cells(index)).collect(),
                note: self.notes.get(index).cloned().unwrap_or_default(),
            }
        };
        let rows = if all.iter().any(|series| series.has_values()) {
            self.times.iter().enumerate().map(row).collect()
        } else {
            Vec::new()
        };
        DataTable { caption: caption.to_owned(), head, rows }
    }
}

/// Stretches of buckets between known ones for which no series knows a value: first and last of each.
fn inner_gaps(series: &Series, count: usize) -> Vec<(usize, usize)> {
    let real = || series.lines.iter().filter(|line| !matches!(line.form, Form::Ghost | Form::Band { .. }));
    let known: Vec<bool> = (0..count).map(|index| real().any(|line| line.known(index).is_some())).collect();
    let (Some(first), Some(last)) = (known.iter().position(|k| *k), known.iter().rposition(|k| *k)) else {
        return Vec::new();
    };
    let mut gaps: Vec<(usize, usize)> = Vec::new();
    for index in (first..last).filter(|index| !known[*index]) {
        match gaps.last_mut() {
            Some(gap) if gap.1 + 1 == index => gap.1 = index,
            _ => gaps.push((index, index)),
        }
    }
    gaps
}

/// One plot of an axis, ready to be framed. Shared by single and stacked plots.
pub(super) struct View<'a> {
    axis: &'a TimeAxis,
    series: &'a Series,
    clock: &'a Clock<'a>,
    values: Axis,
}

impl<'a> View<'a> {
    pub(super) fn new(axis: &'a TimeAxis, series: &'a Series, clock: &'a Clock<'a>) -> View<'a> {
        View { axis, series, clock, values: series.axis(axis.times.len()) }
    }

    /// `column`: the first column of this plot in the table; `ticks`: whether the time is written below it.
    pub(super) fn plot(
        &self,
        id: &str,
        about: &'a About,
        column: usize,
        head: Option<Markup>,
        ticks: bool,
    ) -> Plot<'a> {
        let (series, clock, scale) = (self.series, self.clock, &self.values.scale);
        let open = self.axis.open();
        let known = series.has_values();
        let reach = scale.high().max(-scale.low());
        let flags = self.axis.placed(clock);
        let hairlines: String =
            flags.iter().map(|(x, flag)| pen::upright(if flag.bad { "vl bad" } else { "vl dep" }, *x)).collect();
        let marks = if known { series.marks(clock, scale, open) } else { String::new() };
        let columns = series.lines.iter().enumerate().map(|(index, line)| {
            let class = if line.form == Form::Ghost { "prev" } else { line.hue.class() };
            (column + index, class.to_owned())
        });
        let summary = if about.summary.is_empty() { String::new() } else { format!("{} ", about.summary) };
        Plot {
            id: id.to_owned(),
            title: &about.title,
            description: format!("{summary}{}", series.description()),
            height: series.height,
            head,
            y: if known { self.value_labels(reach) } else { Vec::new() },
            x: if ticks { self.x_ticks() } else { Vec::new() },
            ends: if known { self.ends() } else { Vec::new() },
            labels: series.labels,
            class: if series.has_net() { "sums" } else { "" },
            marks: format!("{}{}{marks}{hairlines}", self.axis.ground(clock, series), grid(&self.values)),
            over: if known {
                series.exemplars(clock, scale)
            } else {
                Some(html! { p class="blank" { "No data in this period" } })
            },
            probe: known.then(|| Probe {
                slots: clock.seat() == Seat::Slot,
                columns: columns.collect(),
                time: clock.edges().map(|(from, to)| (from, to, clock.step())),
            }),
            ..Plot::default()
        }
    }

    /// On a logarithmic axis every tick takes its own unit; gains and losses carry their sign.
    fn value_labels(&self, reach: f64) -> Vec<(f64, String)> {
        let (series, scale) = (self.series, &self.values.scale);
        if series.logarithmic {
            let label = |tick: &f64| (scale.top(*tick), series.unit.short(Some(*tick)).to_string());
            return self.values.ticks.iter().map(label).collect();
        }
        let signed = scale.low() < 0.0 && series.has_bars();
        let labels = value_labels(&self.values, &series.unit.axis(reach));
        let sign = |tick: &f64| if signed && *tick > 0.0 { "+" } else { "" };
        labels
            .into_iter()
            .zip(&self.values.ticks)
            .map(|((top, label), tick)| (top, format!("{}{label}", sign(tick))))
            .collect()
    }

    fn ends(&self) -> Vec<End> {
        self.series.ends(&self.values.scale, self.axis.times.len(), self.axis.open())
    }

    fn x_ticks(&self) -> Vec<Tick> {
        let tick = |tick: super::maths::time::TimeTick| Tick { minor: tick.minor, ..Tick::new(tick.at, tick.label) };
        self.clock.ticks(7).into_iter().map(tick).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::hue::Hue;
    use super::super::series::Line;
    use super::*;
    use chrono::{DateTime, TimeDelta};

    fn at(hour: i64) -> Instant {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hour)
    }

    fn axis(count: i64) -> TimeAxis {
        let label = |hour: i64| TimeLabel::new(at(hour), at(hour).naive_utc(), format!("hour {hour}"));
        TimeAxis { times: (0..count).map(label).collect(), ..TimeAxis::default() }
    }

    fn chart(axis: TimeAxis, lines: Vec<Line>) -> String {
        let series = Series { lines, ..Series::default() };
        TimeSeries { about: About::new("t", "Visits"), axis, series }.draw().markup
    }

    #[test]
    fn the_table_carries_what_the_crosshair_needs() {
        let mut axis = axis(3);
        axis.notes = vec!["n = 1".into(), "n = 2".into(), "n = 3".into()];
        axis.open_from = Some(2);
        let markup = chart(
            axis,
            vec![Line::new("last week", vec![Some(1.0); 3]).form(Form::Ghost), Line::new("now", vec![Some(2.0); 3])],
        );
        assert!(markup.contains(r#"data-x="point" data-cols="1,2" data-cls="prev,s1""#), "{markup}");
        assert!(
            markup.contains(
                r#"data-from="1970-01-01T00:00:00+00:00" data-to="1970-01-01T02:00:00+00:00" data-step="3600""#
            )
        );
        assert!(markup.contains(r#"<tr data-n="n = 3"><th scope="row">hour 2 (open)</th>"#), "{markup}");
        assert!(markup.contains(r#"data-p="+100%""#));
    }

    #[test]
    fn a_hole_is_hatched_named_and_keeps_its_reason() {
        let mut axis = axis(10);
        axis.holes = vec![Hole { from: at(3), to: at(6), reason: "collector <restart>".into() }];
        let values = (0..10).map(|hour| (!(4..6).contains(&hour)).then_some(1.0)).collect();
        let markup = chart(axis, vec![Line::new("a", values)]);
        assert_eq!(markup.matches(r#"class="nodata""#).count(), 1, "{markup}");
        assert!(markup.contains("no data: collector &lt;restart&gt;"));
    }

    #[test]
    fn a_hole_nobody_announced_is_found() {
        let values = vec![None, Some(1.0), None, None, Some(1.0), None];
        let markup = chart(axis(6), vec![Line::new("a", values)]);
        assert!(markup.contains(r#"class="nodata" x="20%" y="0" width="60%""#), "{markup}");
    }

    #[test]
    fn nothing_known_is_hatched_and_never_a_line_at_zero() {
        let markup = chart(axis(6), vec![Line::new("a", vec![None; 6])]);
        assert!(markup.contains("No data in this period") && !markup.contains("<path"), "{markup}");
        assert!(!markup.contains("data-x") && !markup.contains("<table"));
        assert!(chart(TimeAxis::default(), vec![]).contains("No data in this period"));
    }

    #[test]
    fn flags_outside_the_axis_are_not_drawn() {
        let flag = |hour: i64| Flag {
            at: at(hour),
            label: "web 4.12.0".into(),
            full: String::new(),
            href: "/deployments".into(),
            icon: "deploy".into(),
            bad: true,
        };
        let mut axis = axis(6);
        axis.flags = vec![flag(90), flag(3), flag(-7)];
        let markup = chart(axis, vec![Line::new("a", vec![Some(1.0); 6])]);
        assert_eq!(markup.matches("vl bad").count(), 1);
        assert!(markup.contains("--f:0.6"), "{markup}");
    }

    #[test]
    fn the_same_data_make_the_same_markup() {
        let draw = || chart(axis(30), vec![Line::new("a", (0..30).map(|v| Some(f64::from(v))).collect()).hue(Hue::S2)]);
        assert_eq!(draw(), draw());
    }

    #[test]
    fn bars_stand_in_slots_and_the_brush_reaches_their_end() {
        let markup = chart(axis(4), vec![Line::new("a", vec![Some(1.0); 4]).form(Form::Bars)]);
        assert!(
            markup.contains(r#"data-x="slot""#) && markup.contains(r#"data-to="1970-01-01T04:00:00+00:00""#),
            "{markup}"
        );
    }
}
