//! One incident: signals of all kinds on one clock, numbered beats through them, and the beats in words beside them.

use super::figure::{About, DataRow, DataTable, Datum, Frame, figure, text};
use super::hue::Hue;
use super::line::TimeAxis;
use super::maths::path::fraction;
use super::maths::time::Seat;
use super::pen;
use super::spark::{SmallBars, Spark};
use crate::words::{Unit, clock};
use chrono::NaiveDateTime;
use maud::{Markup, PreEscaped, html};
use parallax_domain::Instant;
use parallax_domain::screen::{Drawing, Text};

/// A signal on the shared clock.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoryLane {
    /// Icon of the sprite: `metric`, `log`, `trace`, `event`, `sup`.
    pub icon: String,
    pub name: String,
    pub note: String,
    /// `4 → 880 ms`.
    pub peak: String,
    pub unit: Unit,
    pub values: Vec<Option<f64>>,
    /// Counts are bars, courses are lines.
    pub bars: bool,
    pub hue: Hue,
    /// Buckets out of the ordinary, for bars.
    pub hot: Vec<usize>,
}

/// Root cause, critical failure, impact, recovery.
#[derive(Clone, Debug, PartialEq)]
pub struct Beat {
    pub at: Instant,
    pub wall: NaiveDateTime,
    /// For beats that last: `14:32–15:29`.
    pub until: Option<NaiveDateTime>,
    pub title: String,
    pub text: Text,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Story {
    pub about: About,
    pub axis: TimeAxis,
    pub lanes: Vec<StoryLane>,
    /// The first is the root cause and is marked.
    pub beats: Vec<Beat>,
}

impl Story {
    pub fn draw(&self) -> Drawing {
        let clock = self.axis.clock(Seat::Point);
        let flag = |f: f64| format!("--f:{}", fraction(f));
        let fault = self.axis.highlights.first().map(|span| (clock.clamped(span.from), clock.clamped(span.to)));
        let lanes = html! {
            div class="lanes" {
                div class="over" aria-hidden="true" {
                    @if let Some((from, to)) = fault { i class="bn" style=(format!("--a:{};--b:{}", fraction(from), fraction(to))) {} }
                    @for (index, beat) in self.beats.iter().enumerate() {
                        i class=(if index == 0 { "gd bad" } else { "gd" }) style=(flag(clock.clamped(beat.at))) { b { (index + 1) } }
                    }
                }
                ol role="list" { @for lane in &self.lanes { (lane_markup(lane)) } }
                div class="lx" aria-hidden="true" {
                    @for tick in clock.ticks(5) {
                        span class=[if tick.at < 0.02 { Some("a") } else { (tick.at > 0.98).then_some("z") }] style=(flag(tick.at)) { (tick.label) }
                    }
                }
            }
        };
        let table = self.table();
        let chart = figure(&self.about, &Frame { table: Some(&table), ..Frame::default() }, &lanes);
        let markup = html! {
            div class="story" { div class="cols" {
                (PreEscaped(&chart.markup))
                @if !self.beats.is_empty() { ol class="beats" role="list" {
                    @for (index, beat) in self.beats.iter().enumerate() { (beat_markup(index, beat)) }
                } }
            } }
        };
        Drawing { id: chart.id, markup: markup.into_string() }
    }

    fn table(&self) -> DataTable {
        let mut head = vec!["Time".to_owned()];
        head.extend(self.lanes.iter().map(lane_name));
        let cell = |lane: &StoryLane, index: usize| {
            let value = lane.values.get(index).copied().flatten();
            Datum::new(if value.is_none() { "no data".to_owned() } else { lane.unit.full(value) })
        };
        let rows = self.axis.times.iter().enumerate().map(|(index, time)| DataRow {
            label: time.full.clone(),
            cells: self.lanes.iter().map(|lane| cell(lane, index)).collect(),
            note: String::new(),
        });
        DataTable { caption: self.about.title.clone(), head, rows: rows.collect() }
    }
}

fn lane_name(lane: &StoryLane) -> String {
    if lane.note.is_empty() { lane.name.clone() } else { format!("{}, {}", lane.name, lane.note) }
}

fn lane_markup(lane: &StoryLane) -> Markup {
    let drawing = if lane.bars {
        SmallBars { hot: lane.hot.clone(), ..SmallBars::new(lane.values.clone()).hue(lane.hue) }.draw()
    } else {
        Spark::new(lane.values.clone()).hue(lane.hue).area().plain().from(0.0).draw()
    };
    html! {
        li {
            span class="nm" { (pen::icon(&lane.icon, "")) span { b { (lane.name) } span { (lane.note) } } }
            span class="tk" { (PreEscaped(drawing)) }
            span class="pk" { (lane.peak) }
        }
    }
}

fn beat_markup(index: usize, beat: &Beat) -> Markup {
    let until = beat.until.map(|until| format!("–{}", clock(until))).unwrap_or_default();
    html! {
        li {
            span class="no" { (index + 1) }
            div {
                h3 { (beat.title) " " time datetime=(beat.at.to_rfc3339()) { (clock(beat.wall)) (until) } }
                p { (text(&beat.text)) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::maths::time::TimeLabel;
    use super::*;
    use chrono::{DateTime, TimeDelta};

    #[test]
    fn beats_are_numbered_on_the_clock_and_in_words() {
        let at = |minutes: i64| DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes);
        let times = (0..=60).map(|minute| TimeLabel::new(at(minute), at(minute).naive_utc(), "t")).collect();
        let story = Story {
            about: About::new("st", "Payments slowed"),
            axis: TimeAxis { times, ..TimeAxis::default() },
            lanes: vec![StoryLane {
                name: "Logs".into(),
                values: vec![Some(1.0); 61],
                bars: true,
                ..StoryLane::default()
            }],
            beats: vec![Beat {
                at: at(30),
                wall: at(30).naive_utc(),
                until: Some(at(45).naive_utc()),
                title: "<b>Root cause</b>".into(),
                text: Text::new("changed"),
            }],
        };
        let markup = story.draw().markup;
        assert!(markup.contains(r#"<i class="gd bad" style="--f:0.5"><b>1</b></i>"#), "{markup}");
        assert!(markup.contains("00:30–00:45") && !markup.contains("<b>Root"));
    }
}
