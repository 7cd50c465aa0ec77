//! The frame of a plot: axes, labels at the ends, legend and the focusable area, on one grid.

use super::figure::{inside, named, some};
use super::maths::measure::{shorten, width};
use super::maths::path::{number, percent};
use super::maths::scale::Axis;
use super::maths::spread::spread;
use crate::words::{AxisUnit, Unit};
use maud::{Markup, PreEscaped, html};
use parallax_domain::Instant;

/// Text size of axes and labels in pixels.
const SMALL: f64 = 11.0;
/// Distance of labels at the ends.
const LABEL_GAP: f64 = 15.0;
const LONGEST_LABEL: usize = 20;

/// How series are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Labels {
    /// At their ends; in a row above where the chart is narrow.
    #[default]
    Ends,
    /// At their ends also in small multiples.
    Keep,
    /// Always in a row above.
    Legend,
    /// Not at all: the key says it.
    None,
}

/// A name beside the end of its series.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct End {
    /// Fraction from the top.
    pub y: f64,
    pub name: String,
    pub class: String,
    pub href: Option<String>,
}

/// A label below or above the plot.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub x: f64,
    pub label: String,
    /// A second, lighter line.
    pub sub: String,
    pub minor: bool,
    /// Which part of the label stands on the position; at the edges labels are flush by themselves.
    pub align: Option<Align>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Start,
    Middle,
    End,
}

impl Tick {
    pub(super) fn new(x: f64, label: impl Into<String>) -> Tick {
        Tick { x, label: label.into(), sub: String::new(), minor: false, align: None }
    }

    fn class(&self) -> Option<String> {
        let edge = match self.align {
            Some(Align::Start) => "a",
            Some(Align::End) => "z",
            None if self.x < 0.02 => "a",
            None if self.x > 0.98 => "z",
            Some(Align::Middle) | None => "",
        };
        let class = format!("{edge}{}", if self.minor { " lo" } else { "" });
        some(class.trim()).map(str::to_owned)
    }
}

/// What the crosshair and the brush need to know.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Probe {
    /// Values stand in slots (bars) instead of on points from edge to edge.
    pub slots: bool,
    /// Columns of the data table, 1 is the first after the row's name, with the class of each.
    pub columns: Vec<(usize, String)>,
    /// Time at the left and the right edge, and seconds per bucket.
    pub time: Option<(Instant, Instant, Option<i64>)>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Plot<'a> {
    pub id: String,
    pub title: &'a str,
    pub description: String,
    pub class: &'a str,
    pub height: u16,
    pub head: Option<Markup>,
    /// Top fraction and label.
    pub y: Vec<(f64, String)>,
    pub x: Vec<Tick>,
    pub above: Vec<Tick>,
    pub ends: Vec<End>,
    pub labels: Labels,
    /// Marks as markup of [`super::pen`].
    pub marks: String,
    /// Elements over the drawing: links, names.
    pub over: Option<Markup>,
    pub probe: Option<Probe>,
    /// The x labels have two lines.
    pub two: bool,
}

impl Plot<'_> {
    fn crowded(&self) -> bool {
        self.ends.len() as f64 * (LABEL_GAP - 2.0) > f64::from(self.height) + LABEL_GAP
    }

    pub(super) fn markup(&self) -> Markup {
        let id = &self.id;
        let labels = if self.crowded() { Labels::Legend } else { self.labels };
        let mode = match labels {
            Labels::Ends => "",
            Labels::Keep => " keep",
            Labels::Legend => " legend",
            Labels::None => " noend",
        };
        let space = if self.class.is_empty() { "" } else { " " };
        let class = format!("plot{space}{}{mode}", self.class);
        let probe = self.probe.as_ref();
        let columns =
            probe.map(|p| p.columns.iter().map(|(column, _)| column.to_string()).collect::<Vec<_>>().join(","));
        let classes = probe.map(|p| p.columns.iter().map(|(_, class)| class.as_str()).collect::<Vec<_>>().join(","));
        let time = probe.and_then(|probe| probe.time.as_ref());
        html! {
            div class=(class) id=(id) style=(format!("--h:{}px", self.height))
                data-x=[probe.map(|probe| if probe.slots { "slot" } else { "point" })]
                data-cols=[columns] data-cls=[classes] {
                @if let Some(head) = &self.head { (head) }
                @if labels != Labels::None && !self.ends.is_empty() {
                    ul class="lg" role="list" aria-hidden="true" {
                        @for end in &self.ends { li class=(end.class) { i {} (shorten(&end.name, 40)) } }
                    }
                }
                @if !self.above.is_empty() { (above(&self.above)) }
                div class="ax-y" aria-hidden="true" {
                    @for (top, label) in &self.y { span style=(format!("top:{}", percent(*top))) { (label) } }
                }
                div class="pl" tabindex=[probe.map(|_| "0")] role=[probe.map(|_| "group")]
                    aria-labelledby=[probe.map(|_| format!("{id}-t"))] aria-describedby=[probe.map(|_| format!("{id}-k"))]
                    data-from=[time.map(|(from, _, _)| from.to_rfc3339())] data-to=[time.map(|(_, to, _)| to.to_rfc3339())]
                    data-step=[time.and_then(|(_, _, step)| *step)] {
                    svg class="cv" role="img" aria-labelledby=(format!("{id}-t {id}-d")) {
                        (named(id, self.title, &self.description))
                        (PreEscaped(&self.marks))
                    }
                    @if let Some(over) = &self.over { (over) }
                }
                @if probe.is_some() {
                    span class="vh" id=(format!("{id}-k")) { "Arrow keys read one value after the other. T opens the table." }
                }
                @if matches!(labels, Labels::Ends | Labels::Keep) && !self.ends.is_empty() { (self.ends()) }
                @if !self.x.is_empty() { (below(&self.x, self.two)) }
            }
        }
    }

    fn ends(&self) -> Markup {
        let height = f64::from(self.height);
        let wished: Vec<f64> = self.ends.iter().map(|end| end.y * height).collect();
        let tops = spread(&wished, LABEL_GAP, height);
        let linked = self.ends.iter().any(|end| end.href.as_deref().and_then(inside).is_some());
        html! {
            div class=(if self.class == "sums" { "ax-r ends-k" } else { "ax-r" }) aria-hidden=[(!linked).then_some("true")] {
                @for (end, top) in self.ends.iter().zip(tops) {
                    span class=(end.class) style=(format!("top:{}", percent(top / height))) {
                        i {}
                        @if let Some(href) = end.href.as_deref().and_then(inside) {
                            a href=(href) aria-label=(end.name) { (shorten(&end.name, LONGEST_LABEL)) }
                        } @else { (shorten(&end.name, LONGEST_LABEL)) }
                    }
                }
            }
        }
    }
}

fn below(ticks: &[Tick], two: bool) -> Markup {
    html! {
        div class=(if two { "ax-x two" } else { "ax-x" }) aria-hidden="true" {
            @for tick in ticks {
                span class=[tick.class()] style=(format!("left:{}", percent(tick.x))) {
                    (tick.label) @if !tick.sub.is_empty() { br; em { (tick.sub) } }
                }
            }
        }
    }
}

fn above(ticks: &[Tick]) -> Markup {
    html! {
        div class="ax-t" aria-hidden="true" {
            @for tick in ticks {
                span class=[tick.class()] style=(format!("left:{}", percent(tick.x))) { (tick.label) }
            }
        }
    }
}

/// Ticks of the value axis with their labels.
pub(super) fn value_labels(axis: &Axis, unit: &AxisUnit) -> Vec<(f64, String)> {
    axis.ticks.iter().map(|tick| (axis.scale.top(*tick), unit.label(*tick))).collect()
}

/// The edge of a class in two digits: where classes grow by a factor their edges are not round.
pub(super) fn rounded(unit: &Unit, value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return unit.short(Some(value)).to_string();
    }
    let step = 10_f64.powf(value.abs().log10().floor() - 1.0);
    unit.short(Some((value / step).round() * step)).to_string()
}

/// Grid lines; the base line is a little stronger.
pub(super) fn grid(axis: &Axis) -> String {
    let base = if axis.scale.low() > 0.0 { axis.scale.low() } else { 0.0 };
    let line = |tick: &f64| {
        let class = if (tick - base).abs() < 1e-12 { "gl base" } else { "gl" };
        super::pen::across(class, axis.scale.top(*tick))
    };
    let lines: String = axis.ticks.iter().map(line).collect();
    let bottom = if axis.scale.low() > 0.0 { super::pen::across("gl base", 1.0) } else { String::new() };
    lines + &bottom
}

/// Custom properties for the gutters, as wide as their labels need.
pub(super) fn gutters<'a>(values: impl Iterator<Item = &'a String>, ends: impl Iterator<Item = &'a End>) -> String {
    let widest = |widths: &mut dyn Iterator<Item = f64>| widths.fold(0.0, f64::max);
    let left = widest(&mut values.map(|label| width(label, SMALL))) + 10.0;
    let right = widest(&mut ends.map(|end| width(&shorten(&end.name, LONGEST_LABEL), SMALL)));
    let right = if right > 0.0 { right + 26.0 } else { 0.0 };
    format!("--gy:{}rem;--gr:{}rem", number(left.max(30.0) / 16.0), number(right / 16.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(name: &str, y: f64) -> End {
        End { y, name: name.to_owned(), class: "s1".into(), href: None }
    }

    #[test]
    fn too_many_names_become_a_legend() {
        let plot =
            Plot { id: "a".into(), height: 60, ends: (0..9).map(|_| end("x", 0.5)).collect(), ..Plot::default() };
        let markup = plot.markup().into_string();
        assert!(markup.contains("plot legend") && !markup.contains("ax-r"), "{markup}");
    }

    #[test]
    fn gutters_follow_their_labels() {
        let short = gutters(["0".to_owned()].iter(), [].iter());
        assert_eq!(short, "--gy:1.88rem;--gr:0rem");
        let long = gutters(["1,000,000 k".to_owned()].iter(), [end("payment-service", 0.0)].iter());
        assert_ne!(short, long);
    }

    #[test]
    fn a_name_with_an_address_can_be_reached() {
        let mut linked = end("web-03", 0.2);
        linked.href = Some("?machine=web-03".into());
        let plot = Plot { id: "a".into(), height: 100, ends: vec![linked], ..Plot::default() };
        let markup = plot.markup().into_string();
        assert!(markup.contains(r#"<a href="?machine=web-03""#));
        assert!(!markup.contains(r#"class="ax-r" aria-hidden"#));
    }
}
