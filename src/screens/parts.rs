//! Small compositions that several screens share.

use crate::charts::{Hue, InlineBar, Spark};
use crate::page::{Direction, Page};
use crate::words::{self, Figure, Unit};
use parallax_domain::Problem;
use parallax_domain::screen::{Cell, Empty, Link, Panel, Part, Stat, Text, Tone};
use parallax_server::projection::rollup::Cell as Counted;

/// A figure on a card: its value over the period, against the comparison, with its course.
pub struct Card<'a> {
    pub id: &'a str,
    pub name: &'a str,
    pub definition: &'a str,
    pub unit: Unit,
    pub now: Option<f64>,
    pub then: Option<f64>,
    pub direction: Direction,
    pub course: Vec<Option<f64>>,
    pub before: Vec<Option<f64>>,
    pub foot: Text,
    pub alert: bool,
    /// The last value of the course is not complete yet.
    pub open: bool,
}

impl Card<'_> {
    pub fn stat(self, page: &Page) -> Stat {
        let figure = self.unit.short(self.now);
        let change = match self.unit {
            Unit::Share | Unit::Percent => page.change_points(self.now, self.then, self.direction),
            _ => page.change(self.now, self.then, self.direction),
        };
        let hue = if self.alert { Hue::Bad } else { Hue::S1 };
        // A figure that has no course draws none; hatching would say that its course is unknown.
        let spark = match self.course.is_empty() {
            true => String::new(),
            false => Spark::new(self.course).previous(self.before).hue(hue).open(self.open).draw(),
        };
        Stat {
            id: self.id.to_owned(),
            name: self.name.to_owned(),
            definition: self.definition.to_owned(),
            proof: page.proof(),
            value: figure.value,
            unit: figure.unit,
            change,
            spark,
            foot: self.foot,
            href: None,
            alert: self.alert,
            figure: self.now,
        }
    }
}

/// A panel whose part could not be made says so in its place; the others stand.
pub fn or_problem(panel: Panel, made: Result<Part, Problem>) -> Panel {
    match made {
        Ok(part) => panel.part(part),
        Err(problem) => panel.part(Part::Problem(problem)),
    }
}

pub fn empty(title: &str, why: impl Into<Text>) -> Part {
    Part::Empty(Empty { title: title.to_owned(), why: why.into(), ..Empty::default() })
}

pub fn empty_with(title: &str, why: impl Into<Text>, action: Link) -> Part {
    Part::Empty(Empty { title: title.to_owned(), why: why.into(), action: Some(action), ..Empty::default() })
}

/// `412 ms` as one text.
pub fn joined(figure: Figure) -> String {
    figure.to_string()
}

/// A bar with its figure beside it.
pub fn bar_cell(value: Option<f64>, high: f64, words: String, hue: Hue, before: Option<f64>) -> Cell {
    let of = |value: f64| if high > 0.0 { (value / high).clamp(0.0, 1.0) } else { 0.0 };
    let bar = InlineBar { before: before.map(of), ..InlineBar::new(value.map(of), hue) };
    Cell::new(words).with_drawing(bar.draw())
}

/// Milliseconds of a quantile.
pub fn quantile_ms(cell: &Counted, share: f64) -> Option<f64> {
    cell.sketch.quantile(share).map(|micros| micros / 1000.0)
}

pub fn error_share(cell: &Counted) -> Option<f64> {
    (cell.count > 0).then(|| cell.errors as f64 / cell.count as f64)
}

/// All of them as one.
pub fn sum(cells: &[Counted]) -> Counted {
    let mut all = Counted::default();
    cells.iter().for_each(|cell| all.merge(cell));
    all
}

/// A relative change in a cell, coloured only where it is judged.
pub fn change_cell(now: Option<f64>, then: Option<f64>, direction: Direction, least: f64) -> Cell {
    match words::relative(now, then) {
        None => Cell::new(Text::default().soft("–")),
        Some(change) => {
            let large =
                matches!((now, then), (Some(now), Some(then)) if then > 0.0 && ((now - then) / then).abs() >= least);
            let tone = if large && !change.none { direction.judge(change.up) } else { Tone::Neutral };
            Cell::new(change.label).tone(tone)
        }
    }
}
