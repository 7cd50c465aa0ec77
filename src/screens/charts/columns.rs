//! Bars side by side for ordered classes, with whiskers for uncertainty and rings for a second value.

use super::figure::{About, DataRow, DataTable, Datum, Frame, Key, figure};
use super::hue::Hue;
use super::maths::path::percent;
use super::maths::scale::{Wish, axis};
use super::pen;
use super::plot::{Labels, Plot, Probe, Tick, grid, gutters, value_labels};
use crate::words::{Unit, interval};
use maud::html;
use parallax_domain::screen::Drawing;

/// One class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    pub label: String,
    /// Lighter, below the label: the share of this class.
    pub sub: String,
    /// None is not known: the slot is hatched.
    pub value: Option<f64>,
    pub interval: Option<(f64, f64)>,
    /// A second value as an open ring, such as before matching.
    pub ring: Option<f64>,
    pub hue: Hue,
    pub href: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    pub about: About,
    pub unit: Unit,
    /// Head of the table's first column: `Page load`.
    pub class: String,
    /// Names of value and ring, for table and crosshair: `Matched`, `Before matching`.
    pub value: String,
    pub ring: String,
    pub columns: Vec<Column>,
    /// Pixels; 0 takes the usual.
    pub height: u16,
    pub keys: Vec<Key>,
}

/// More labels than this are thinned.
const LABELS: usize = 14;

impl Columns {
    pub fn draw(&self) -> Drawing {
        let id = self.about.element_id();
        let count = self.columns.len().max(1) as f64;
        let known = |column: &Column| {
            [column.value, column.ring, column.interval.map(|ends| ends.0), column.interval.map(|ends| ends.1)]
        };
        let all: Vec<f64> = self.columns.iter().flat_map(known).flatten().filter(|value| value.is_finite()).collect();
        let (low, high) = all.iter().fold((0.0_f64, 0.0_f64), |(a, b), value| (a.min(*value), b.max(*value)));
        let unit = self.unit.axis(high.max(-low));
        let height = if self.height == 0 { 184 } else { self.height };
        let axis = axis(&Wish {
            low,
            high,
            floor: None,
            ceiling: None,
            unit: unit.divisor,
            whole: matches!(self.unit, Unit::Count),
            logarithmic: false,
            ticks: (usize::from(height) / 56).clamp(2, 4),
        });
        let mut marks = grid(&axis);
        for (index, column) in self.columns.iter().enumerate() {
            let (left, middle) = ((index as f64 + 0.18) / count, (index as f64 + 0.5) / count);
            let top = |value: f64| axis.scale.top(value);
            match column.value.filter(|value| value.is_finite()) {
                Some(value) => {
                    let (from, to) = (top(value.max(0.0)), top(value.min(0.0)));
                    marks.push_str(&pen::rect(
                        &format!("br {}", column.hue.class()),
                        left,
                        from,
                        0.64 / count,
                        to - from,
                    ));
                }
                None => marks.push_str(&pen::hatch("nodata", left, 0.64 / count)),
            }
            if let Some((from, to)) = column.interval {
                marks.push_str(&pen::line("wh", (middle, top(from)), (middle, top(to))));
            }
            if let Some(ring) = column.ring.filter(|ring| ring.is_finite()) {
                marks.push_str(&pen::dot("ring", middle, top(ring), 3.5));
            }
        }
        let stride = self.columns.len().div_ceil(LABELS).max(1);
        let ticks: Vec<Tick> = self
            .columns
            .iter()
            .enumerate()
            .step_by(stride)
            .map(|(index, column)| Tick {
                sub: column.sub.clone(),
                minor: self.columns.len() > 6 && (index / stride) % 2 == 1,
                align: Some(super::plot::Align::Middle),
                ..Tick::new((index as f64 + 0.5) / count, column.label.clone())
            })
            .collect();
        let plot = Plot {
            id: format!("{id}-p"),
            title: &self.about.title,
            description: self.description(),
            height,
            y: value_labels(&axis, &unit),
            two: ticks.iter().any(|tick| !tick.sub.is_empty()),
            x: ticks,
            labels: Labels::None,
            marks,
            over: self.links(count),
            probe: (!self.columns.is_empty()).then(|| Probe { slots: true, columns: self.probed(), time: None }),
            ..Plot::default()
        };
        let table = self.table();
        let frame = Frame {
            style: gutters(plot.y.iter().map(|(_, label)| label), [].iter()),
            keys: self.keys.clone(),
            table: Some(&table),
            ..Frame::default()
        };
        figure(&self.about, &frame, &plot.markup())
    }

    fn probed(&self) -> Vec<(usize, String)> {
        let hue = self.columns.first().map_or(Hue::S1, |column| column.hue);
        (1..self.head().len())
            .map(|column| (column, if column == 1 { hue.class().to_owned() } else { String::new() }))
            .collect()
    }

    /// A link over each slot that leads somewhere.
    fn links(&self, count: f64) -> Option<maud::Markup> {
        let link = |(index, column): (usize, &Column)| {
            let href = super::figure::inside(column.href.as_deref()?)?;
            let style = format!("left:{};width:{}", percent(index as f64 / count), percent(1.0 / count));
            Some(
                html! { a class="slot" href=(href) style=(style) aria-label=(format!("{}: {}", column.label, self.unit.full(column.value))) {} },
            )
        };
        let links: Vec<maud::Markup> = self.columns.iter().enumerate().filter_map(link).collect();
        (!links.is_empty()).then(|| html! { @for link in links { (link) } })
    }

    fn has(&self, part: impl Fn(&Column) -> bool) -> bool {
        self.columns.iter().any(part)
    }

    fn head(&self) -> Vec<String> {
        let mut head = vec![if self.class.is_empty() { "Class".into() } else { self.class.clone() }];
        head.push(if self.value.is_empty() { "Value".into() } else { self.value.clone() });
        if self.has(|column| column.interval.is_some()) {
            head.push("95% interval".into());
        }
        if self.has(|column| column.ring.is_some()) {
            head.push(self.ring.clone());
        }
        if self.has(|column| !column.sub.is_empty()) {
            head.push("Share".into());
        }
        head
    }

    fn table(&self) -> DataTable {
        let row = |column: &Column| {
            let mut cells = vec![Datum::new(self.unit.full(column.value))];
            if self.has(|column| column.interval.is_some()) {
                let (from, to) = column.interval.map_or((None, None), |(from, to)| (Some(from), Some(to)));
                cells.push(Datum::new(interval(from, to, &self.unit)));
            }
            if self.has(|column| column.ring.is_some()) {
                cells.push(Datum::new(self.unit.full(column.ring)));
            }
            if self.has(|column| !column.sub.is_empty()) {
                cells.push(Datum::new(column.sub.clone()));
            }
            DataRow { label: column.label.clone(), cells, note: String::new() }
        };
        DataTable { caption: self.about.title.clone(), head: self.head(), rows: self.columns.iter().map(row).collect() }
    }

    fn description(&self) -> String {
        let said = self.columns.iter().take(12).map(|c| format!("{}: {}", c.label, self.unit.short(c.value)));
        let said: Vec<String> = said.collect();
        if said.is_empty() { "No data.".into() } else { format!("{}.", said.join("; ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_class_is_hatched_and_named() {
        let chart = Columns {
            about: About::new("la", "Conversion by load time"),
            unit: Unit::Share,
            columns: vec![
                Column {
                    label: "under 1 s".into(),
                    value: Some(0.112),
                    interval: Some((0.1, 0.13)),
                    ..Column::default()
                },
                Column { label: "over 4 s".into(), value: None, ..Column::default() },
            ],
            ..Columns::default()
        };
        let markup = chart.draw().markup;
        assert!(markup.contains(r#"class="nodata""#) && markup.contains("over 4 s: –"), "{markup}");
        assert!(markup.contains("10 to 13%"));
    }

    #[test]
    fn no_columns_still_make_a_figure() {
        let markup = Columns { about: About::new("x", "X"), ..Columns::default() }.draw().markup;
        assert!(markup.contains("No data.") && !markup.contains("data-x"));
    }
}
