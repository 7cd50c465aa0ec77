//! A ranking: the label stands on its bar, and leads to the filter.

use super::figure::{About, DataRow, DataTable, Datum, Frame, figure, inside};
use super::hue::Hue;
use super::pen;
use crate::words::Unit;
use maud::{PreEscaped, html};
use parallax_domain::screen::Drawing;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct BarRow {
    pub label: String,
    pub value: Option<f64>,
    /// A second figure at the right, in words: `12.4%`.
    pub extra: String,
    /// Adds this value as a filter, or takes it away again.
    pub href: Option<String>,
    /// Chosen as a filter already.
    pub chosen: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct BarList {
    pub about: About,
    pub unit: Unit,
    /// Heads of label, value and extra; without them no head is shown.
    pub heads: Option<[String; 3]>,
    pub rows: Vec<BarRow>,
    /// Length of a full bar; without it the largest value.
    pub high: Option<f64>,
}

impl BarList {
    pub fn draw(&self) -> Drawing {
        let largest = self.rows.iter().filter_map(|row| row.value).fold(0.0, f64::max);
        let high = self.high.unwrap_or(largest);
        let share = |row: &BarRow| match row.value {
            Some(value) if high > 0.0 && value > 0.0 => (value / high).min(1.0),
            _ => 0.0,
        };
        let extra = self.rows.iter().any(|row| !row.extra.is_empty());
        let body = html! {
            @if let Some([label, value, more]) = &self.heads {
                p class=(if extra { "bars-h" } else { "bars-h two" }) aria-hidden="true" {
                    span { (label) } span { (value) } @if extra { span { (more) } }
                }
            }
            ol class=(if extra { "bars" } else { "bars two" }) role="list" {
                @for row in &self.rows {
                    li class=[row.chosen.then_some("on")] {
                        svg aria-hidden="true" {
                            (PreEscaped(pen::rect(&format!("br {}", Hue::S1.class()), 0.0, 0.0, share(row), 1.0)))
                        }
                        @if let Some(href) = row.href.as_deref().and_then(inside) {
                            a class="truncate" href=(href) title=(row.label) aria-current=[row.chosen.then_some("true")] { (row.label) }
                        } @else {
                            span class="truncate" title=(row.label) { (row.label) }
                        }
                        span class="v" { (self.unit.short(row.value)) }
                        @if extra { span class="p" { (row.extra) } }
                    }
                }
                @if self.rows.is_empty() { li class="blank" { span { "Nothing in this period" } } }
            }
        };
        let table = self.table(extra);
        figure(&self.about, &Frame { table: Some(&table), ..Frame::default() }, &body)
    }

    /// The same rows in full figures, for those who read or save them.
    fn table(&self, extra: bool) -> DataTable {
        let row = |row: &BarRow| {
            let more = extra.then(|| Datum::new(row.extra.clone()));
            DataRow {
                label: row.label.clone(),
                cells: std::iter::once(Datum::new(self.unit.full(row.value))).chain(more).collect(),
                note: String::new(),
            }
        };
        let usual = || ["Name".to_owned(), "Value".to_owned(), "Share".to_owned()];
        let heads = self.heads.clone().unwrap_or_else(usual).into_iter().take(if extra { 3 } else { 2 });
        DataTable {
            caption: self.about.title.clone(),
            head: heads.collect(),
            rows: self.rows.iter().map(row).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_senders_are_text() {
        let rows = vec![BarRow {
            label: "<b>Google</b>".into(),
            value: Some(5.0),
            href: Some("javascript:alert(1)".into()),
            ..BarRow::default()
        }];
        let markup = BarList { about: About::new("s", "Sources"), rows, ..BarList::default() }.draw().markup;
        assert!(!markup.contains("<b>") && !markup.contains("javascript"), "{markup}");
    }

    #[test]
    fn an_unknown_value_is_a_dash_without_a_bar() {
        let rows = vec![BarRow { label: "a".into(), ..BarRow::default() }];
        let markup = BarList { about: About::new("s", "Sources"), rows, ..BarList::default() }.draw().markup;
        assert!(markup.contains(r#"width="0%""#) && markup.contains("–"));
    }
}
