//! Where lines are from, and what they say again and again: every value is a link that narrows the page.

use super::Facts;
use super::lines::level;
use crate::charts::{About, BarList, BarRow};
use crate::explore::narrowed;
use crate::page::{Page, field_words};
use crate::parts::{empty, joined};
use crate::words::{self, Unit};
use parallax_domain::question::Facet;
use parallax_domain::screen::{Cell, Column, Panel, Part, Row, Table, Text};

/// Values of a field that are shown.
const VALUES: usize = 8;
const PATTERNS: usize = 15;
/// What stands in a pattern for the parts that change.
const CHANGING: &str = "<*>";

pub fn panel(page: &Page, facts: &Facts) -> Panel {
    let told = facts.page.facets.iter().filter(|facet| facet.values.iter().any(|value| value.value.is_some()));
    told.fold(Panel::new("narrow", "Narrow down"), |panel, facet| panel.part(list(page, facet)))
}

fn list(page: &Page, facet: &Facet) -> Part {
    let rows = facet
        .values
        .iter()
        .take(VALUES)
        .map(|value| {
            let (address, chosen) = narrowed(page, &facet.field, value.value.as_deref());
            BarRow {
                label: value.value.clone().unwrap_or_else(|| "not told".to_owned()),
                value: Some(value.count as f64),
                href: Some(address.href()),
                chosen,
                ..BarRow::default()
            }
        })
        .collect();
    let title = words::capital(&field_words(&facet.field));
    let about = About::new(format!("by-{}", facet.field), title).heading();
    Part::Drawing(BarList { about, unit: Unit::Count, rows, ..BarList::default() }.draw())
}

pub fn patterns(page: &Page, facts: &Facts) -> Panel {
    let panel = Panel::new("patterns", "Patterns").unit("messages with their changing parts as <*>").flush();
    let patterns = &facts.page.patterns;
    if patterns.is_empty() {
        return panel.part(empty("No patterns", "Messages that repeat would be here. No line fits."));
    }
    let read: i64 = patterns.iter().map(|pattern| pattern.count).sum();
    let rows = patterns
        .iter()
        .take(PATTERNS)
        .map(|pattern| {
            let share = words::percent_brief(Some(pattern.count as f64 / read as f64));
            let text = match search_for(&pattern.template) {
                Some(search) => Text::default().link(
                    words::shortened(&pattern.template, 200),
                    page.address.with("q", &search).without("cursor").without("line").href(),
                ),
                None => Text::new(words::shortened(&pattern.template, 200)),
            };
            Row {
                class: pattern.level.word().to_owned(),
                ..Row::new(vec![
                    Cell::code(text),
                    Cell::new(level(pattern.level)),
                    Cell::new(words::count_full(Some(pattern.count as f64))),
                    Cell::new(joined(share)),
                ])
            }
        })
        .collect();
    let columns = vec![
        Column::words("Pattern").width(70),
        Column::words("Level"),
        Column::figures("Lines"),
        Column::figures("Share"),
    ];
    let table = Table {
        caption: "Patterns of messages, the most frequent first".to_owned(),
        columns,
        rows,
        class: "logs".to_owned(),
        ..Table::default()
    };
    panel
        .part(Part::Table(table))
        .foot(format!("Counted over the newest {} lines that fit", words::count_full(Some(read as f64))))
}

/// A search that finds the lines of a pattern: its longest part that does not change, and is long enough to mean something.
fn search_for(template: &str) -> Option<String> {
    let parts = template.split(CHANGING).flat_map(|part| part.split('"')).map(str::trim);
    let longest = parts.max_by_key(|part| part.chars().count())?;
    (longest.chars().count() >= 4).then(|| format!("\"{longest}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_found_again_by_what_stays() {
        assert_eq!(search_for("took <*> ms waiting for pool <*>").as_deref(), Some("\"ms waiting for pool\""));
        assert_eq!(search_for("said \"no\" to <*>").as_deref(), Some("\"said\""));
        assert_eq!(search_for("<*> <*>"), None);
    }
}
