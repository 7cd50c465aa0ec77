//! A distribution over time: time to the right, values upward, darker where there are more.

use super::figure::{About, DataRow, DataTable, Datum, Frame, Key, Swatch, figure};
use super::lane::lane;
use super::line::TimeAxis;
use super::maths::path::{cell, line, stretches};
use super::maths::shade::{SHADES, root};
use super::maths::time::Seat;
use super::pen;
use super::plot::{End, Labels, Plot, Probe, Tick, gutters, rounded};
use super::series::Line;
use crate::words::{Unit, interval};
use maud::{Markup, html};
use parallax_domain::screen::Drawing;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatMap {
    pub about: About,
    pub axis: TimeAxis,
    /// Of the values on the vertical axis.
    pub unit: Unit,
    /// What a cell counts: `spans`.
    pub counted: String,
    /// Edges of the rows, ascending: one more than there are rows.
    pub bounds: Vec<f64>,
    /// Per bucket of time, the counts from the lowest row up; none where the bucket is not known.
    pub cells: Vec<Option<Vec<f64>>>,
    /// Percentiles drawn over the cells, in the unit of the values.
    pub lines: Vec<Line>,
    /// Pixels; 0 takes the usual.
    pub height: u16,
}

impl HeatMap {
    pub fn draw(&self) -> Drawing {
        let id = self.about.element_id();
        let clock = self.axis.clock(Seat::Slot);
        let count = self.axis.times.len().max(1) as f64;
        let rows = self.bounds.len().saturating_sub(1);
        let known = || self.cells.iter().flatten().flatten().copied().filter(|value| value.is_finite());
        let most = known().fold(0.0, f64::max);
        let mut shades = vec![String::new(); SHADES];
        let mut unknown = String::new();
        for (index, column) in self.cells.iter().enumerate().take(self.axis.times.len()) {
            let Some(column) = column else {
                unknown.push_str(&pen::hatch("nodata", index as f64 / count, 1.0 / count));
                continue;
            };
            for (row, value) in column.iter().enumerate().take(rows).filter(|(_, value)| **value > 0.0) {
                let top = 1_000.0 * (rows - 1 - row) as f64 / rows as f64;
                let shape = cell(1_000.0 * index as f64 / count, top, 1_000.0 / count, 1_000.0 / rows as f64);
                shades[root(*value, most)].push_str(&shape);
            }
        }
        let cells: String = shades
            .iter()
            .enumerate()
            .filter(|(_, shape)| !shape.is_empty())
            .map(|(shade, shape)| pen::path(&format!("hm q{shade}"), shape))
            .collect();
        let positions = clock.positions();
        let tops = |line: &Line| -> Vec<Option<f64>> {
            line.values.iter().map(|value| value.and_then(|value| self.top(value))).collect()
        };
        let lines: String = self
            .lines
            .iter()
            .flat_map(|l| {
                stretches(&positions, &tops(l)).into_iter().map(|s| (l.hue.class(), line(&s))).collect::<Vec<_>>()
            })
            .map(|(class, data)| format!("{}{}", pen::path("ln halo", &data), pen::path(&format!("ln {class}"), &data)))
            .collect();
        let flags = self.axis.placed(&clock);
        let hairlines: String =
            flags.iter().map(|(x, flag)| pen::upright(if flag.bad { "vl bad" } else { "vl dep" }, *x)).collect();
        let base = pen::across("gl base", 1.0);
        let stretched = pen::stretched(&format!("{cells}{lines}"));
        let empty = known().next().is_none();
        let plot = Plot {
            id: format!("{id}-p"),
            title: &self.about.title,
            description: self.description(most),
            class: "heatp",
            height: if self.height == 0 { 180 } else { self.height },
            y: self.edges(rows),
            x: clock.ticks(7).into_iter().map(|t| Tick { minor: t.minor, ..Tick::new(t.at, t.label) }).collect(),
            ends: self.lines.iter().filter_map(|line| self.end(line)).collect(),
            labels: Labels::Ends,
            marks: if empty {
                pen::hatch("nodata", 0.0, 1.0) + &base
            } else {
                format!("{unknown}{stretched}{base}{hairlines}")
            },
            over: empty.then(|| html! { p class="blank" { "No data in this period" } }),
            probe: (!empty).then(|| Probe {
                slots: true,
                columns: self.probed(),
                time: clock.edges().map(|(from, to)| (from, to, clock.step())),
            }),
            ..Plot::default()
        };
        let table = self.table(rows);
        let mut keys = self.axis.keys(&[]);
        if self.cells.iter().any(Option::is_none) && self.axis.holes.is_empty() {
            keys.push(Key::new(Swatch::Hatch, "", "no data"));
        }
        let frame = Frame {
            style: gutters(plot.y.iter().map(|(_, label)| label), plot.ends.iter()),
            keys,
            ramp: (!empty).then(|| self.ramp(most)),
            table: Some(&table),
            ..Frame::default()
        };
        let body = html! { (lane(&flags)) (plot.markup()) };
        figure(&self.about, &frame, &body)
    }

    /// Fraction from the top; rows have equal height, whatever they span.
    fn top(&self, value: f64) -> Option<f64> {
        let rows = self.bounds.len().checked_sub(1).filter(|rows| *rows > 0)?;
        let row = self.bounds.iter().rposition(|bound| *bound <= value).unwrap_or(0).min(rows - 1);
        let (low, high) = (self.bounds[row], self.bounds[row + 1]);
        let share = if low > 0.0 && high / low > 1.2 {
            (value / low).ln() / (high / low).ln()
        } else {
            (value - low) / (high - low)
        };
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        Some(1.0 - (row as f64 + share) / rows as f64)
    }

    fn edges(&self, rows: usize) -> Vec<(f64, String)> {
        if rows == 0 {
            return Vec::new();
        }
        let stride = rows.div_ceil(4).max(1);
        let label = |row: usize| {
            let value = self.bounds[row];
            (1.0 - row as f64 / rows as f64, self.edge(value))
        };
        (0..=rows).step_by(stride).map(label).collect()
    }

    /// Edges that grow by a factor are not round and are said in two digits.
    fn edge(&self, value: f64) -> String {
        let even =
            self.bounds.windows(3).all(|edges| ((edges[2] - edges[1]) / (edges[1] - edges[0]) - 1.0).abs() < 1e-6);
        match value {
            0.0 => "0".to_owned(),
            value if even => self.unit.short(Some(value)).to_string(),
            value => rounded(&self.unit, value),
        }
    }

    fn end(&self, line: &Line) -> Option<End> {
        let last = line.values.iter().rev().flatten().next()?;
        Some(End {
            y: self.top(*last)?,
            name: line.name.clone(),
            class: line.hue.class().into(),
            href: line.href.clone(),
        })
    }

    fn probed(&self) -> Vec<(usize, String)> {
        let lines = self.lines.iter().enumerate().map(|(index, line)| (index + 1, line.hue.class().to_owned()));
        lines.chain([(self.lines.len() + 1, String::new())]).collect()
    }

    fn ramp(&self, most: f64) -> Markup {
        html! {
            span class="ramp" aria-hidden="true" {
                "1" @for shade in 0..SHADES { i class=(format!("q{shade}")) {} } (Unit::Count.short(Some(most)))
                @if !self.counted.is_empty() { " " (self.counted) " per cell" }
            }
        }
    }

    fn table(&self, rows: usize) -> DataTable {
        let mut head = vec!["Time".to_owned()];
        head.extend(self.lines.iter().map(|line| line.name.clone()));
        head.push("All".to_owned());
        head.extend((0..rows).map(|row| interval(Some(self.bounds[row]), Some(self.bounds[row + 1]), &self.unit)));
        let row = |(index, time): (usize, &super::maths::time::TimeLabel)| {
            let column = self.cells.get(index).and_then(Option::as_ref);
            let count = |value: Option<f64>| Datum::new(Unit::Count.full(value));
            let mut cells: Vec<Datum> =
                self.lines.iter().map(|line| Datum::new(self.unit.full(line.known(index)))).collect();
            cells.push(count(column.map(|column| column.iter().sum())));
            cells.extend((0..rows).map(|row| count(column.map(|column| column.get(row).copied().unwrap_or(0.0)))));
            DataRow { label: time.full.clone(), cells, note: String::new() }
        };
        DataTable {
            caption: self.about.title.clone(),
            head,
            rows: self.axis.times.iter().enumerate().map(row).collect(),
        }
    }

    fn description(&self, most: f64) -> String {
        if most <= 0.0 {
            return "No data.".to_owned();
        }
        format!("{} Up to {} {} per cell.", self.about.summary, Unit::Count.short(Some(most)), self.counted)
            .trim()
            .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::maths::time::TimeLabel;
    use super::*;
    use chrono::{DateTime, TimeDelta};

    fn chart(cells: Vec<Option<Vec<f64>>>) -> HeatMap {
        let start = DateTime::UNIX_EPOCH;
        let times = (0..cells.len() as i32).map(|index| {
            let at = start + TimeDelta::hours(i64::from(index));
            TimeLabel::new(at, at.naive_utc(), index.to_string())
        });
        HeatMap {
            about: About::new("lat", "Latency"),
            axis: TimeAxis { times: times.collect(), ..TimeAxis::default() },
            unit: Unit::Milliseconds,
            bounds: vec![1.0, 10.0, 100.0],
            cells,
            ..HeatMap::default()
        }
    }

    #[test]
    fn all_cells_of_a_shade_are_one_path() {
        let markup = chart(vec![Some(vec![4.0, 0.0]), Some(vec![4.0, 4.0])]).draw().markup;
        assert_eq!(markup.matches("<path").count(), 1, "{markup}");
        assert!(markup.contains("M0 500h530v500h-530zM500 500h530v500h-530zM500 0h530v500h-530z"));
    }

    #[test]
    fn an_unknown_bucket_is_hatched_and_an_empty_one_is_not() {
        let markup = chart(vec![Some(vec![0.0, 1.0]), None, Some(vec![0.0, 0.0])]).draw().markup;
        assert_eq!(markup.matches(r#"class="nodata""#).count(), 1, "{markup}");
        assert!(markup.contains("no data"));
    }

    #[test]
    fn values_stand_between_the_edges_of_their_row() {
        let chart = chart(vec![]);
        assert_eq!(chart.top(10.0), Some(0.5));
        assert!(chart.top(31.622_776_6).is_some_and(|top| (top - 0.25).abs() < 1e-6));
        assert_eq!(chart.top(0.2), Some(1.0));
        assert_eq!(chart.top(9_999.0), Some(0.0));
    }
}
