//! Two measures of many things against each other. Names stand beside their dots and are dropped rather than overlapped.

use super::figure::{About, DataRow, DataTable, Datum, Frame, figure, inside, named};
use super::hue::Hue;
use super::maths::measure::shorten;
use super::maths::path::percent;
use super::maths::place::{Dot, LIFT, OFFSET, Side, place};
use super::maths::scale::{Axis, Wish, axis};
use super::pen;
use super::plot::{gutters, value_labels};
use crate::words::{AxisUnit, Unit};
use maud::{Markup, PreEscaped, html};
use parallax_domain::screen::Drawing;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScatterDot {
    pub name: String,
    pub x: f64,
    pub y: f64,
    pub hue: Hue,
    /// Named first, in strong ink.
    pub strong: bool,
    pub href: Option<String>,
}

/// A corner of the plot with a meaning: everything right of `x` and below `y`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Zone {
    pub x: f64,
    pub y: f64,
    /// `built, rarely used`.
    pub label: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scatter {
    pub about: About,
    pub x_name: String,
    pub x_unit: Unit,
    pub y_name: String,
    pub y_unit: Unit,
    pub dots: Vec<ScatterDot>,
    pub zone: Option<Zone>,
    /// Pixels; 0 takes the usual.
    pub height: u16,
}

/// Widths of the plot in pixels for which names are placed: on a phone and in a third of a page.
const NARROW: f64 = 250.0;
const WIDE: f64 = 330.0;
const LONGEST: usize = 24;
/// From the upper edge of a zone to the middle of its name.
const ZONE: f64 = 11.0;

impl Scatter {
    fn known(&self) -> impl Iterator<Item = &ScatterDot> {
        self.dots.iter().filter(|dot| dot.x.is_finite() && dot.y.is_finite())
    }

    fn reach(&self, of: impl Fn(&ScatterDot) -> f64, unit: &Unit) -> (Axis, AxisUnit) {
        let (low, high) = self.known().map(of).fold((0.0_f64, 0.0_f64), |(a, b), value| (a.min(value), b.max(value)));
        let labels = unit.axis(high.max(-low));
        let axis = axis(&Wish {
            low,
            high: high * 1.04,
            floor: None,
            ceiling: None,
            unit: labels.divisor,
            whole: matches!(unit, Unit::Count),
            logarithmic: false,
            ticks: 4,
        });
        (axis, labels)
    }

    pub fn draw(&self) -> Drawing {
        let id = self.about.element_id();
        let height = if self.height == 0 { 360 } else { self.height };
        let (x_axis, x_unit) = self.reach(|dot| dot.x, &self.x_unit);
        let (y_axis, y_unit) = self.reach(|dot| dot.y, &self.y_unit);
        let at = |dot: &ScatterDot| (x_axis.scale.fraction(dot.x), y_axis.scale.top(dot.y));
        let mut marks = String::new();
        if let Some(zone) = &self.zone {
            let (x, y) = (x_axis.scale.fraction(zone.x).clamp(0.0, 1.0), y_axis.scale.top(zone.y).clamp(0.0, 1.0));
            marks.push_str(&pen::rect("zone", x, y, 1.0 - x, 1.0 - y));
        }
        marks.push_str(&super::plot::grid(&y_axis));
        let dots: Vec<&ScatterDot> = self.known().collect();
        for dot in &dots {
            let (x, y) = at(dot);
            marks.push_str(&pen::dot(&format!("dot {}", dot.hue.class()), x, y, 5.0));
        }
        let y_labels = value_labels(&y_axis, &y_unit);
        let body = html! {
            div class="plot noend scat" style=(format!("--h:{height}px")) id=(format!("{id}-p")) {
                div class="ax-y" aria-hidden="true" { @for (top, label) in &y_labels { span style=(format!("top:{}", percent(*top))) { (label) } } }
                div class="pl" {
                    svg class="cv" role="img" aria-labelledby=(format!("{id}-t {id}-d")) {
                        (named(&id, &self.about.title, &self.description()))
                        (PreEscaped(marks))
                    }
                    (self.names(&dots, at, f64::from(height), &y_axis))
                    @if dots.is_empty() { p class="blank" { "No data in this period" } }
                }
                div class="ax-x" aria-hidden="true" {
                    @for (index, tick) in x_axis.ticks.iter().enumerate() {
                        @let x = x_axis.scale.fraction(*tick);
                        @let class = if x < 0.02 { Some("a") } else { (x > 0.98).then_some("z") };
                        span class=[class] style=(format!("left:{}", percent(x))) {
                            (x_unit.label(*tick)) @if index == 0 && !self.x_name.is_empty() { " " (self.x_name) }
                        }
                    }
                }
            }
        };
        let table = self.table();
        let frame = Frame {
            style: gutters(y_labels.iter().map(|(_, label)| label), [].iter()),
            table: Some(&table),
            ..Frame::default()
        };
        figure(&self.about, &frame, &body)
    }

    fn names(
        &self,
        dots: &[&ScatterDot],
        at: impl Fn(&ScatterDot) -> (f64, f64),
        height: f64,
        y_axis: &Axis,
    ) -> Markup {
        let short: Vec<String> = dots.iter().map(|dot| shorten(&dot.name, LONGEST)).collect();
        let wished = |plot: f64| -> Vec<Dot<'_>> {
            let mut wished: Vec<Dot<'_>> = dots
                .iter()
                .zip(&short)
                .map(|(dot, name)| {
                    let (x, y) = at(dot);
                    Dot { x, y, name, weight: dot.y + if dot.strong { f64::MAX / 4.0 } else { 0.0 } }
                })
                .collect();
            // The name of the zone stands above its right corner and is never written over.
            if let Some(zone) = &self.zone {
                let y = y_axis.scale.top(zone.y).clamp(0.0, 1.0) - ZONE / height;
                wished.push(Dot { x: 1.0 + OFFSET / plot, y, name: &zone.label, weight: 0.0 });
            }
            wished
        };
        let taken: Vec<Option<Side>> =
            dots.iter().map(|_| None).chain(self.zone.iter().map(|_| Some(Side::Left))).collect();
        let narrow = place(&wished(NARROW), NARROW, height, &taken);
        let wide = place(&wished(WIDE), WIDE, height, &narrow);
        let linked = dots.iter().any(|dot| dot.href.as_deref().and_then(inside).is_some());
        html! {
            div class="sc-l" aria-hidden=[(!linked).then_some("true")] {
                @if let Some(zone) = &self.zone {
                    span class="zl" style=(format!("left:100%;top:{}", percent(y_axis.scale.top(zone.y).clamp(0.0, 1.0)))) { (zone.label) }
                }
                @for (index, dot) in dots.iter().enumerate() {
                    @let (x, y) = at(dot);
                    @if let Some(href) = dot.href.as_deref().and_then(inside) {
                        a class="hit" href=(href) title=(self.said(dot)) aria-label=(self.said(dot)) style=(format!("left:{};top:{}", percent(x), percent(y))) {}
                    }
                    @if let Some(side) = wide[index] {
                        @let (shift, lift, class) = match side {
                            Side::Right => (OFFSET, 0.0, ""),
                            Side::Left => (-OFFSET, 0.0, "z"),
                            Side::Above => (0.0, -LIFT, "c"),
                        };
                        @let class = format!("{class}{}{}", if dot.strong { " w" } else { "" }, if narrow[index].is_none() { " m" } else { "" });
                        span class=[super::figure::some(class.trim())] style=(format!("left:calc({} + {shift}px);top:calc({} + {lift}px)", percent(x), percent(y))) { (short[index]) }
                    }
                }
            }
        }
    }

    fn said(&self, dot: &ScatterDot) -> String {
        format!("{}: {}, {}", dot.name, self.x_unit.short(Some(dot.x)), self.y_unit.short(Some(dot.y)))
    }

    fn table(&self) -> DataTable {
        let row = |dot: &ScatterDot| DataRow {
            label: dot.name.clone(),
            cells: vec![Datum::new(self.x_unit.full(Some(dot.x))), Datum::new(self.y_unit.full(Some(dot.y)))],
            note: String::new(),
        };
        DataTable {
            caption: self.about.title.clone(),
            head: vec!["Name".into(), self.x_name.clone(), self.y_name.clone()],
            rows: self.dots.iter().map(row).collect(),
        }
    }

    fn description(&self) -> String {
        let said: Vec<String> = self.known().take(12).map(|dot| self.said(dot)).collect();
        if said.is_empty() { "No data.".to_owned() } else { format!("{}.", said.join("; ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scatter(dots: Vec<ScatterDot>) -> String {
        Scatter { about: About::new("s", "Effort against use"), dots, ..Scatter::default() }.draw().markup
    }

    #[test]
    fn dots_that_touch_are_all_drawn_but_not_all_named() {
        let dot = |index: usize| ScatterDot {
            name: format!("a rather long name {index}"),
            x: 50.0,
            y: 50.0,
            ..ScatterDot::default()
        };
        let markup = scatter((0..20).map(dot).collect());
        assert_eq!(markup.matches("<circle").count(), 20);
        assert!(markup.matches("<span class=\"z").count() + markup.matches("a rather long name 1<").count() < 10);
    }

    #[test]
    fn unknown_positions_are_not_drawn() {
        let markup = scatter(vec![ScatterDot { name: "x".into(), x: f64::NAN, y: 1.0, ..ScatterDot::default() }]);
        assert!(!markup.contains("NaN") && markup.contains("No data in this period"), "{markup}");
    }
}
