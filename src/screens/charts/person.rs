//! One person on one clock: a rug for each kind of signal, then everything as a list.

use super::figure::{About, DataRow, DataTable, Datum, Frame, Key, Swatch, figure, some, text};
use super::hue::Hue;
use super::maths::path::{fraction, percent};
use super::maths::time::{Clock, TimeLabel};
use super::pen;
use crate::words::clock;
use maud::{Markup, PreEscaped, html};
use parallax_domain::Instant;
use parallax_domain::screen::{Drawing, Text};
use std::collections::BTreeSet;

/// All signals of one kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RugLane {
    pub icon: String,
    pub name: String,
    pub moments: Vec<(Instant, Hue)>,
    /// Not shared after this moment: the lane is hatched from there.
    pub unknown_from: Option<Instant>,
    /// Number in words at the right.
    pub count: String,
}

/// How an entry of the list is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weight {
    #[default]
    Normal,
    Bad,
    Ticket,
    Consent,
    /// Nothing is known here, and the text says why.
    Gap,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    pub at: Option<Instant>,
    /// `14:47:31`, `since 15:06`.
    pub time: String,
    pub icon: String,
    /// `Slow request`.
    pub kind: String,
    pub title: Text,
    pub note: Text,
    pub weight: Weight,
    pub link: Option<(String, String)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    pub about: About,
    pub from: TimeLabel,
    pub to: TimeLabel,
    pub lanes: Vec<RugLane>,
    /// A moment that changes what is known: `usage switched off 15:06`.
    pub cut: Option<(Instant, String)>,
    pub entries: Vec<Entry>,
}

/// Strokes of a rug closer than this are one.
const STROKES: f64 = 600.0;

impl Person {
    pub fn draw(&self) -> Drawing {
        let ends = [self.from.clone(), self.to.clone()];
        let line = Clock::stretch(&ends);
        let place = |f: f64| format!("--f:{}", fraction(f));
        let body = html! {
            div class="plan" {
                ol role="list" { @for lane in &self.lanes { (lane_markup(lane, &line)) } }
                @if let Some((at, label)) = &self.cut { @if let Some(f) = line.at(*at) {
                    i class=(if f > 0.7 { "cut z" } else { "cut" }) aria-hidden="true" style=(place(f)) { b { (label) } }
                } }
                div class="lx" aria-hidden="true" {
                    @for tick in line.ticks(5) {
                        span class=[if tick.at < 0.02 { Some("a") } else { (tick.at > 0.98).then_some("z") }] style=(place(tick.at)) { (tick.label) }
                    }
                }
            }
            @if !self.entries.is_empty() { ol class="ptl" role="list" { @for entry in &self.entries { (entry_markup(entry)) } } }
        };
        let row = |entry: &Entry| DataRow {
            label: entry.time.clone(),
            cells: vec![Datum::new(entry.kind.clone()), Datum::new(entry.title.words())],
            note: String::new(),
        };
        let table = DataTable {
            caption: self.about.title.clone(),
            head: vec!["Time".into(), "Kind".into(), "What".into()],
            rows: self.entries.iter().map(row).collect(),
        };
        let hidden = self.lanes.iter().any(|lane| lane.unknown_from.is_some());
        let keys = if hidden { vec![Key::new(Swatch::Hatch, "", "not known: not shared")] } else { Vec::new() };
        figure(&self.about, &Frame { keys, table: Some(&table), ..Frame::default() }, &body)
    }
}

fn lane_markup(lane: &RugLane, line: &Clock<'_>) -> Markup {
    let mut marks = pen::across("gl", 0.5);
    if let Some(from) = lane.unknown_from.map(|from| line.clamped(from)) {
        marks.push_str(&format!(
            r#"<rect x="{}" width="{}" y="18%" height="64%" fill="url(#hatch)"/>"#,
            percent(from),
            percent(1.0 - from)
        ));
    }
    let strokes: BTreeSet<(i64, &str)> = lane
        .moments
        .iter()
        .filter_map(|(at, hue)| Some(((line.at(*at)? * STROKES).round() as i64, hue.class())))
        .collect();
    for (place, class) in strokes {
        let x = percent(place as f64 / STROKES);
        marks.push_str(&format!(r#"<line class="rug {class}" x1="{x}" x2="{x}" y1="7" y2="21"/>"#));
    }
    html! {
        li {
            span class="nm" { (pen::icon(&lane.icon, "")) b { (lane.name) } }
            svg class="tk" aria-hidden="true" { (PreEscaped(marks)) }
            span class="pk" { (lane.count) }
        }
    }
}

fn entry_markup(entry: &Entry) -> Markup {
    let class = match entry.weight {
        Weight::Normal => "",
        Weight::Bad => "bad",
        Weight::Ticket => "acc",
        Weight::Consent => "consent",
        Weight::Gap => "gap",
    };
    html! {
        li class=[some(class)] {
            time datetime=[entry.at.map(|at| at.to_rfc3339())] { (entry.time) }
            span class="ico" aria-hidden="true" { @if entry.weight != Weight::Gap { (pen::icon(&entry.icon, "")) } }
            div {
                p {
                    @if !entry.kind.is_empty() { span class="k" { (entry.kind) } " " }
                    @if entry.weight == Weight::Gap { (text(&entry.title)) } @else { b { (text(&entry.title)) } }
                }
                @if !entry.note.is_empty() { p class="s" { (text(&entry.note)) } }
            }
            @if let Some((label, href)) = &entry.link { span class="go" { (super::figure::link(href, "nowrap", label)) } }
        }
    }
}

/// An entry at a moment, with its time to the second.
impl Entry {
    pub fn at(at: Instant, wall: chrono::NaiveDateTime) -> Entry {
        let seconds = wall.format(":%S");
        Entry { at: Some(at), time: format!("{}{seconds}", clock(wall)), ..Entry::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, TimeDelta};

    #[test]
    fn many_signals_at_one_moment_are_one_stroke() {
        let at = |minutes: i64| DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes);
        let end = |minutes: i64| TimeLabel::new(at(minutes), at(minutes).naive_utc(), "");
        let person = Person {
            about: About::new("p", "One person"),
            from: end(0),
            to: end(90),
            lanes: vec![RugLane {
                name: "Log lines".into(),
                moments: (0..5_000).map(|_| (at(45), Hue::Ink)).chain([(at(400), Hue::Bad)]).collect(),
                unknown_from: Some(at(60)),
                ..RugLane::default()
            }],
            cut: Some((at(60), "usage <switched> off".into())),
            entries: vec![Entry { title: "<script>".into(), ..Entry::at(at(45), at(45).naive_utc()) }],
        };
        let markup = person.draw().markup;
        assert_eq!(markup.matches("class=\"rug").count(), 1, "{markup}");
        assert!(markup.contains("not known: not shared") && markup.contains("00:45:00"));
        assert!(!markup.contains("<script>") && !markup.contains("<switched>"));
    }
}
