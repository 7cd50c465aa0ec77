//! The lines of one metric: read, ranked, drawn, listed.

use super::kinds::How;
use super::labels::group_name;
use crate::charts::{About, Hue, Line, Series, Spark, TimeSeries};
use crate::page::{Page, step_words};
use crate::parts::joined;
use crate::words::{self, Unit};
use parallax_domain::question::{Figure, Metrics};
use parallax_domain::screen::{Cell, Column, Panel, Part, Row, Table, Text};
use parallax_domain::{Filter, Interval, Problem};
use parallax_server::engine::calendar::Buckets;
use parallax_server::store::question::Shares;
use std::collections::BTreeMap;

/// Lines that one chart can tell apart.
const DRAWN: usize = 7;
/// Rows of the table.
const LISTED: usize = 100;
const TOGETHER: [(&str, f64, Hue); 3] = [("p50", 0.5, Hue::Low), ("p95", 0.95, Hue::Middle), ("p99", 0.99, Hue::High)];

/// Lines over the same buckets.
pub struct Lines {
    pub lines: Vec<Told>,
    pub n: i64,
    pub source: &'static str,
}

pub struct Told {
    pub name: String,
    pub labels: BTreeMap<String, Option<String>>,
    pub values: Vec<Figure>,
    hue: Option<Hue>,
}

impl Told {
    fn of(&self, fold: fn(f64, f64) -> f64) -> Figure {
        self.values.iter().copied().flatten().reduce(fold)
    }

    fn average(&self) -> Figure {
        let known: Vec<f64> = self.values.iter().copied().flatten().collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    }

    pub fn last(&self) -> Figure {
        self.values.iter().rev().copied().flatten().next()
    }
}

/// Which lines: of this metric, put together so, a line for each group.
pub struct Wanted<'a> {
    pub name: &'a str,
    pub how: How,
    pub by: &'a [String],
    pub filters: &'a [Filter],
    pub buckets: &'a Buckets,
}

/// The largest first; quantiles of one distribution in their order.
pub async fn read(page: &mut Page, wanted: &Wanted<'_>) -> Result<Lines, Problem> {
    let machine = page.machine.clone();
    let period = page.period;
    let shares: Vec<f64> = match wanted.how {
        How::Plain(aggregate) => {
            let asked =
                Metrics { name: wanted.name.to_owned(), aggregate, by: wanted.by.to_vec(), interval: Interval::Hour };
            let read = machine.store.metrics_in(&mut page.look, period, wanted.filters, &asked, wanted.buckets).await?;
            let lines = read.result.series.into_iter().map(|line| Told {
                name: group_name(wanted.by, &line.labels),
                labels: line.labels,
                values: line.values,
                hue: None,
            });
            return Ok(Lines { lines: ranked(lines.collect()), n: read.n, source: read.source });
        }
        How::Quantile(share) => vec![share],
        // Three lines for each group could not be told apart.
        How::Quantiles if !wanted.by.is_empty() => vec![0.95],
        How::Quantiles => TOGETHER.map(|(_, share, _)| share).to_vec(),
    };
    let asked = Shares { name: wanted.name, by: wanted.by, shares: &shares, filters: wanted.filters };
    let read = machine.store.distributions(&mut page.look, period, &asked, wanted.buckets).await?;
    let together = shares.len() > 1;
    let lines: Vec<Told> = read
        .result
        .into_iter()
        .flat_map(|group| {
            let labels = group.labels;
            let name = group_name(wanted.by, &labels);
            group.values.into_iter().zip(TOGETHER).map(move |(values, (word, _, hue))| Told {
                name: if together { word.to_owned() } else { name.clone() },
                labels: labels.clone(),
                values,
                hue: together.then_some(hue),
            })
        })
        .collect();
    let lines = if together { lines } else { ranked(lines) };
    Ok(Lines { lines, n: read.n, source: read.source })
}

fn ranked(mut lines: Vec<Told>) -> Vec<Told> {
    lines.retain(|line| line.values.iter().any(Option::is_some));
    lines.sort_by(|a, b| {
        let (a_value, b_value) = (a.average().unwrap_or(f64::MIN), b.average().unwrap_or(f64::MIN));
        b_value.total_cmp(&a_value).then_with(|| a.name.cmp(&b.name))
    });
    lines
}

pub fn panel(page: &Page, title: &str, lines: &Lines, unit: &Unit, buckets: &Buckets, phrase: &str) -> Panel {
    let summary = sentence(lines, unit);
    let drawn = lines
        .lines
        .iter()
        .take(DRAWN)
        .enumerate()
        .map(|(index, line)| {
            Line::new(line.name.clone(), line.values.clone()).hue(line.hue.unwrap_or(Hue::series(index)))
        })
        .collect();
    let about = About {
        notes: page.notes(lines.n.max(0) as u64, lines.source),
        ..About::new("metric", title.to_owned()).unit(phrase.to_owned()).summary(summary.clone())
    };
    let logarithmic = page.logarithmic();
    let series = Series { unit: unit.clone(), lines: drawn, height: 220, logarithmic, ..Series::default() };
    let axis = page.axis_over(buckets);
    let mut panel = Panel::new("metric", title.to_owned())
        .unit(format!("{phrase}, {}", step_words(buckets)))
        .summary(summary)
        .choices(page.scales())
        .part(Part::Drawing(TimeSeries { about, axis, series }.draw()));
    if lines.lines.len() > DRAWN {
        panel.partial =
            Some(format!("The {DRAWN} largest of {} are drawn; the table below lists more.", lines.lines.len()));
    }
    panel
}

fn sentence(lines: &Lines, unit: &Unit) -> String {
    let Some(first) = lines.lines.first() else { return String::new() };
    let figure = |value: Figure| joined(unit.short(value));
    let range = format!(
        "{} at last, between {} and {} over the time",
        figure(first.last()),
        figure(first.of(f64::min)),
        figure(first.of(f64::max))
    );
    match (lines.lines.as_slice(), first.hue) {
        ([.., worst], Some(_)) => {
            format!("Median {} at last; {} up to {}.", figure(first.last()), worst.name, figure(worst.of(f64::max)))
        }
        ([_], None) => format!("{range}."),
        (all, None) => format!("{} is the largest of {}: {range}.", first.name, all.len()),
        ([], _) => String::new(),
    }
}

/// The lines as rows; a name filters the page to it where it stands for one value.
pub fn table(page: &Page, lines: &Lines, unit: &Unit, by: &[String]) -> Panel {
    let panel = Panel::new("series", "Series")
        .unit(words::counted(lines.lines.len() as i64, "series with values", "series with values"))
        .flush();
    let rows = lines
        .lines
        .iter()
        .take(LISTED)
        .map(|line| {
            let name = match (by, line.labels.values().next()) {
                ([label], Some(Some(value))) => {
                    Text::default().link(line.name.clone(), super::super::narrowed(page, label, Some(value)).0.href())
                }
                _ => Text::new(line.name.clone()),
            };
            let figure = |value: Figure| Cell::new(joined(unit.short(value)));
            Row::new(vec![
                Cell::new(name),
                figure(line.last()),
                figure(line.average()),
                figure(line.of(f64::min)),
                figure(line.of(f64::max)),
                Cell::drawn(Spark::new(line.values.clone()).hue(Hue::Mute).plain().draw()),
            ])
        })
        .collect();
    let heads = if by.is_empty() { "Line".to_owned() } else { words::capital(&by.join(", ")) };
    let columns = vec![
        Column::words(heads),
        Column::figures("Last"),
        Column::figures("Mean").hint("Of the buckets").secondary(1),
        Column::figures("Lowest").secondary(1),
        Column::figures("Highest").secondary(1),
        Column::figures("Over time").width(16),
    ];
    let table = Table { caption: "Series, the largest first".to_owned(), columns, rows, ..Table::default() };
    let mut panel = panel.part(Part::Table(table));
    if lines.lines.len() > LISTED {
        panel.partial = Some(format!("The {LISTED} largest; group or filter to see others."));
    }
    panel
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, values: &[Figure]) -> Told {
        Told { name: name.into(), labels: BTreeMap::new(), values: values.to_vec(), hue: None }
    }

    #[test]
    fn the_largest_line_comes_first_and_what_told_nothing_is_left_out() {
        let lines = ranked(vec![told("b", &[Some(1.0)]), told("none", &[None]), told("a", &[None, Some(9.0)])]);
        assert_eq!(lines.iter().map(|line| line.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        let all = Lines { lines, n: 2, source: "projection" };
        assert_eq!(sentence(&all, &Unit::Count), "a is the largest of 2: 9 at last, between 9 and 9 over the time.");
    }
}
