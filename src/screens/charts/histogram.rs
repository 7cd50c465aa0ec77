//! A distribution in bars of equal width, with median and p90 named above.

use super::figure::{About, DataRow, DataTable, Datum, Frame, figure};
use super::hue::Hue;
use super::maths::measure::width;
use super::maths::path::percent;
use super::maths::scale::{Wish, axis};
use super::pen;
use super::plot::{Align, Labels, Plot, Probe, Tick, grid, gutters, rounded, value_labels};
use crate::words::Unit;
use parallax_domain::screen::Drawing;

/// From `from` to `to` in the unit of the chart; an endless last bin has no `to`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    pub from: f64,
    pub to: Option<f64>,
    pub count: f64,
    /// To look at.
    pub hot: bool,
}

/// A value named above the plot: `median 6.6 h`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quantile {
    pub value: f64,
    pub label: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    pub about: About,
    /// Of the values; what is counted is named by `counted`.
    pub unit: Unit,
    /// `People`, `Spans`.
    pub counted: String,
    pub bins: Vec<Bin>,
    pub quantiles: Vec<Quantile>,
    pub hue: Hue,
    /// Pixels; 0 takes the usual.
    pub height: u16,
    /// The bins grow by a factor: quantiles are placed by their logarithm.
    pub logarithmic: bool,
}

/// Narrowest plot whose labels must not touch, in pixels.
const PLOT: f64 = 300.0;

impl Histogram {
    pub fn draw(&self) -> Drawing {
        let id = self.about.element_id();
        let count = self.bins.len().max(1) as f64;
        let most = self.bins.iter().map(|bin| bin.count).filter(|count| count.is_finite()).fold(0.0, f64::max);
        let height = if self.height == 0 { 140 } else { self.height };
        let unit = Unit::Count.axis(most);
        let axis = axis(&Wish {
            low: 0.0,
            high: most,
            floor: None,
            ceiling: Some(most * 1.06).filter(|_| most > 0.0),
            unit: unit.divisor,
            whole: true,
            logarithmic: false,
            ticks: (usize::from(height) / 46).clamp(2, 4),
        });
        let mut marks = grid(&axis);
        for (index, bin) in self.bins.iter().enumerate() {
            let class = if bin.hot { Hue::Bad.class() } else { self.hue.class() };
            let top = axis.scale.top(bin.count.max(0.0));
            marks.push_str(&format!(
                r#"<rect class="br {class}" x="{}" y="{}" height="{}" style="width:calc({} - 1px)"/>"#,
                percent(index as f64 / count),
                percent(top),
                percent(1.0 - top),
                percent(1.0 / count)
            ));
        }
        let mut named: Vec<(f64, &Quantile)> =
            self.quantiles.iter().filter_map(|quantile| Some((self.place(quantile.value)?, quantile))).collect();
        named.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (x, _) in &named {
            marks.push_str(&pen::upright("vl mk", *x));
        }
        let plot = Plot {
            id: format!("{id}-p"),
            title: &self.about.title,
            description: self.description(),
            class: "hist",
            height,
            y: value_labels(&axis, &unit),
            x: self.edges(),
            above: above(&named),
            labels: Labels::None,
            marks,
            probe: (!self.bins.is_empty()).then(|| Probe {
                slots: true,
                columns: vec![(1, self.hue.class().to_owned()), (2, String::new())],
                time: None,
            }),
            ..Plot::default()
        };
        let table = self.table();
        let frame = Frame {
            style: gutters(plot.y.iter().map(|(_, label)| label), [].iter()),
            table: Some(&table),
            ..Frame::default()
        };
        figure(&self.about, &frame, &plot.markup())
    }

    /// Fraction of the width at which a value stands.
    fn place(&self, value: f64) -> Option<f64> {
        let index = self.bins.iter().rposition(|bin| bin.from <= value)?;
        let bin = self.bins[index];
        let share = match bin.to {
            Some(to) if self.logarithmic && bin.from > 0.0 && to > bin.from => {
                (value / bin.from).ln() / (to / bin.from).ln()
            }
            Some(to) if to > bin.from => (value - bin.from) / (to - bin.from),
            _ => 0.5,
        };
        Some((index as f64 + share.clamp(0.0, 1.0)) / self.bins.len() as f64)
    }

    /// About five labels on the edges of bins; the last says when it collects all that is larger.
    fn edges(&self) -> Vec<Tick> {
        let count = self.bins.len();
        let (Some(first), Some(last)) = (self.bins.first(), self.bins.last()) else { return Vec::new() };
        let label = |value: f64| match value {
            0.0 => "0".to_owned(),
            value if self.logarithmic => rounded(&self.unit, value),
            value => self.unit.short(Some(value)).to_string(),
        };
        let mut ticks = vec![Tick::new(0.0, label(first.from))];
        let stride = count.div_ceil(4).max(1);
        for index in (stride..count).step_by(stride).filter(|index| (count - index) * 5 > count) {
            let minor = ticks.len() % 2 == 0;
            ticks.push(Tick { minor, ..Tick::new(index as f64 / count as f64, label(self.bins[index].from)) });
        }
        ticks.push(Tick::new(1.0, last.to.map_or_else(|| format!("over {}", label(last.from)), label)));
        ticks
    }

    fn range(&self, bin: &Bin) -> String {
        match bin.to {
            Some(to) => crate::words::interval(Some(bin.from), Some(to), &self.unit),
            None => format!("{} and more", self.unit.short(Some(bin.from))),
        }
    }

    fn table(&self) -> DataTable {
        let total: f64 = self.bins.iter().map(|bin| bin.count).sum();
        let row = |bin: &Bin| DataRow {
            label: self.range(bin),
            cells: vec![
                Datum::new(Unit::Count.full(Some(bin.count))),
                Datum::new(Unit::Share.full((total > 0.0).then(|| bin.count / total))),
            ],
            note: String::new(),
        };
        let counted = if self.counted.is_empty() { "Count".to_owned() } else { self.counted.clone() };
        DataTable {
            caption: self.about.title.clone(),
            head: vec!["From, to".into(), counted, "Share".into()],
            rows: self.bins.iter().map(row).collect(),
        }
    }

    fn description(&self) -> String {
        let peak = self.bins.iter().max_by(|a, b| a.count.total_cmp(&b.count));
        let quantiles: Vec<&str> = self.quantiles.iter().map(|quantile| quantile.label.as_str()).collect();
        match peak {
            None => "No data.".to_owned(),
            Some(peak) => format!("{} Most lie at {}. {}", self.about.summary, self.range(peak), quantiles.join(", ")),
        }
    }
}

/// Names above their lines. Two that would touch turn away from each other; a third then keeps its line only.
fn above(named: &[(f64, &Quantile)]) -> Vec<Tick> {
    let mut ticks: Vec<Tick> = named.iter().map(|(x, quantile)| Tick::new(*x, quantile.label.clone())).collect();
    let half = |tick: &Tick| width(&tick.label, 11.0) / PLOT / 2.0;
    for tick in &mut ticks {
        let half = half(tick);
        tick.align = match tick.x {
            x if x - half < 0.0 => Some(Align::Start),
            x if x + half > 1.0 => Some(Align::End),
            _ => Some(Align::Middle),
        };
    }
    for index in 1..ticks.len() {
        let (before, after) = (&ticks[index - 1], &ticks[index]);
        if before.x + half(before) + half(after) + 0.02 > after.x {
            ticks[index - 1].align = Some(Align::End);
            ticks[index].align = Some(Align::Start);
        }
    }
    let mut reached = f64::NEG_INFINITY;
    ticks.retain(|tick| {
        let full = 2.0 * half(tick);
        let (from, to) = match tick.align {
            Some(Align::Start) => (tick.x, tick.x + full),
            Some(Align::End) => (tick.x - full, tick.x),
            _ => (tick.x - full / 2.0, tick.x + full / 2.0),
        };
        let free = from >= reached - 1e-9;
        reached = if free { to } else { reached };
        free
    });
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(bins: usize) -> Histogram {
        let bin =
            |index: usize| Bin { from: index as f64, to: Some(index as f64 + 1.0), count: index as f64, hot: false };
        Histogram { about: About::new("h", "H"), bins: (0..bins).map(bin).collect(), ..Histogram::default() }
    }

    #[test]
    fn a_quantile_stands_inside_its_bin() {
        assert_eq!(chart(10).place(2.5), Some(0.25));
        assert_eq!(chart(10).place(-1.0), None);
        let logarithmic = Histogram {
            bins: vec![Bin { from: 1.0, to: Some(100.0), count: 1.0, hot: false }],
            logarithmic: true,
            ..Histogram::default()
        };
        assert!(logarithmic.place(10.0).is_some_and(|x| (x - 0.5).abs() < 1e-9));
    }

    #[test]
    fn names_of_near_quantiles_turn_away_from_each_other() {
        let one = Quantile { value: 4.0, label: "median 4.0 h".into() };
        let two = Quantile { value: 4.4, label: "mean 4.4 h".into() };
        let ticks = above(&[(0.40, &one), (0.44, &two)]);
        assert_eq!(ticks.iter().map(|tick| tick.align).collect::<Vec<_>>(), [Some(Align::End), Some(Align::Start)]);
    }

    #[test]
    fn the_last_bin_says_that_it_collects_the_rest() {
        let mut chart = chart(8);
        chart.bins[7].to = None;
        let markup = chart.draw().markup;
        assert!(markup.contains("over 7") && markup.contains("7 and more"), "{markup}");
    }

    #[test]
    fn nothing_counted_is_no_division_by_zero() {
        let markup = Histogram { about: About::new("h", "H"), ..Histogram::default() }.draw().markup;
        assert!(!markup.contains("NaN"));
        let markup = chart(1).draw().markup;
        assert!(!markup.contains("NaN") && markup.contains("–"), "{markup}");
    }
}
