//! An equation that must hold: the whole, its parts in figures, and the small rest enlarged.

use super::figure::{About, DataRow, DataTable, Datum, Frame, figure, some};
use super::inline::segments;
use super::maths::path::number;
use super::parts::Part;
use crate::words::{count_full, fixed, percent_brief, percent_full};
use maud::{Markup, PreEscaped, html};
use parallax_domain::screen::Drawing;

/// `received = stored + duplicate + rejected + dropped + quarantined`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    pub about: About,
    /// Name and explanation of the whole.
    pub whole: (String, String),
    /// The first part is the large one; each with what it means.
    pub parts: Vec<(Part, String)>,
}

/// A rest smaller than this is enlarged.
const SMALL: f64 = 0.25;

impl Account {
    fn total(&self) -> f64 {
        self.parts.iter().map(|(part, _)| part.value.max(0.0)).sum()
    }

    pub fn draw(&self) -> Drawing {
        let total = self.total();
        let share = |value: f64| (total > 0.0).then(|| value / total);
        let body = html! {
            dl class="ident" style=(format!("--n:{}", self.parts.len() + 1)) {
                div { dt { (self.whole.0) } dd { (count_full(Some(total))) } dd class="w" { (self.whole.1) } }
                @for (part, note) in &self.parts {
                    div class=[some(part.hue.class())] {
                        dt { i {} (part.name) }
                        dd { (count_full(Some(part.value))) }
                        dd class="w" { (percent_full(share(part.value))) @if !note.is_empty() { ", " (note) } }
                    }
                }
            }
            div class="zoomb" { (self.bars(total)) }
        };
        let row = |(part, note): &(Part, String)| DataRow {
            label: part.name.clone(),
            cells: vec![
                Datum::new(count_full(Some(part.value))),
                Datum::new(percent_full(share(part.value))),
                Datum::new(note.clone()),
            ],
            note: String::new(),
        };
        let mut rows: Vec<DataRow> = self.parts.iter().map(row).collect();
        rows.push(DataRow {
            label: self.whole.0.clone(),
            cells: vec![
                Datum::new(count_full(Some(total))),
                Datum::new(percent_full(share(total))),
                Datum::new("sum of the parts"),
            ],
            note: String::new(),
        });
        let table = DataTable {
            caption: self.about.title.clone(),
            head: vec!["Class".into(), "Records".into(), "Share".into(), "Meaning".into()],
            rows,
        };
        figure(&self.about, &Frame { table: Some(&table), ..Frame::default() }, &body)
    }

    fn bars(&self, total: f64) -> Markup {
        let rest = self.parts.get(1..).unwrap_or_default();
        let small: f64 = rest.iter().map(|(part, _)| part.value.max(0.0)).sum();
        let said = |parts: &[(Part, String)]| -> String {
            parts
                .iter()
                .map(|(part, _)| format!("{} {}", part.name, count_full(Some(part.value))))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let bar = |parts: &[(Part, String)], whole: f64, label: String| -> Markup {
            let shares: Vec<(f64, &str)> = parts
                .iter()
                .map(|(part, _)| (if whole > 0.0 { part.value.max(0.0) / whole } else { 0.0 }, part.hue.class()))
                .collect();
            html! { svg class="idb" role="img" aria-label=(label) { (PreEscaped(segments(&shares))) } }
        };
        let enlarged = total > 0.0 && small > 0.0 && small / total < SMALL;
        html! {
            (bar(&self.parts, total, format!("{}: {}", self.about.title, said(&self.parts))))
            @if enlarged {
                svg class="zl2" viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true" {
                    path d=(format!("M{} 0L0 100M1000 0L1000 100", number(1_000.0 * (1.0 - small / total)))) {}
                }
                (bar(rest, small, format!("The rest enlarged: {}", said(rest))))
                p class="zc" { "The " (percent_brief(Some(small / total))) " below, enlarged " (fixed(total / small, 0)) " times" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::hue::Hue;
    use super::*;

    fn account(values: &[f64]) -> String {
        let part = |(index, value): (usize, &f64)| {
            (Part::new(format!("part {index}"), *value, Hue::series(index)), String::new())
        };
        Account {
            about: About::new("a", "Ingest"),
            whole: ("Received".into(), String::new()),
            parts: values.iter().enumerate().map(part).collect(),
        }
        .draw()
        .markup
    }

    #[test]
    fn the_whole_is_the_sum() {
        assert!(account(&[311_902_118.0, 2_410_556.0]).contains("314,312,674"));
    }

    #[test]
    fn a_small_rest_is_enlarged_and_says_by_how_much() {
        let markup = account(&[980.0, 15.0, 5.0]);
        assert!(markup.contains("enlarged 50 times") && markup.contains("M980 0L0 100"), "{markup}");
        assert!(!account(&[10.0, 90.0]).contains("enlarged"));
        assert!(!account(&[0.0, 0.0]).contains("NaN"));
    }
}
