//! The newest decisions, and where decisions come from. No person stands beside any of them.

use super::Facts;
use crate::page::Page;
use crate::parts::empty;
use crate::words;
use parallax_domain::Category;
use parallax_domain::screen::{Cell, Column, Panel, Part, Row, Table};
use parallax_server::store::question::decisions::Source;

pub fn panel(page: &Page, facts: &Facts) -> Panel {
    let panel = Panel::new("newest", "Newest decisions").unit("without the person").flush();
    if facts.newest.is_empty() {
        return panel.part(empty("No decision yet", "The newest decisions would be listed here."));
    }
    let words_of = |bits: u8| {
        let names: Vec<&str> = Category::ALL
            .iter()
            .filter(|category| bits & category.bit() != 0)
            .map(|category| category.word())
            .collect();
        match names.len() {
            0 => None,
            7 => Some("everything".to_owned()),
            _ => Some(names.join(", ")),
        }
    };
    let rows = facts
        .newest
        .iter()
        .map(|row| {
            let said: Vec<String> = [
                words_of(row.granted).map(|names| format!("allows {names}")),
                words_of(row.denied).map(|names| format!("refuses {names}")),
            ]
            .into_iter()
            .flatten()
            .collect();
            let from: Vec<&str> = [&row.source, &row.platform, &row.region, &row.language]
                .into_iter()
                .map(String::as_str)
                .filter(|text| !text.is_empty())
                .collect();
            Row::new(vec![
                Cell::new(page.time(row.at)),
                Cell::new(words::capital(&said.join("; "))).sub(from.join(", ")),
            ])
        })
        .collect();
    let columns = vec![Column::words("Time"), Column::words("Decision")];
    panel.part(Part::Table(Table { caption: "Newest decisions".to_owned(), columns, rows, ..Table::default() }))
}

pub fn sources(facts: &Facts) -> Panel {
    let panel = Panel::new("sources", "Where they come from").unit("last 120 days").flush();
    if facts.sources.is_empty() {
        return panel.part(empty("No decision yet", "Sources and versions of the notice would be counted here."));
    }
    let table = |caption: &str, head: &str, none: &str, rows: &[Source]| {
        let rows = rows
            .iter()
            .map(|row| {
                let name = if row.source.is_empty() { none.to_owned() } else { row.source.clone() };
                Row::new(vec![Cell::new(name), Cell::new(words::count_full(Some(row.decisions as f64)))])
            })
            .collect();
        let columns = vec![Column::words(head), Column::figures("Decisions")];
        Part::Table(Table { caption: caption.to_owned(), columns, rows, ..Table::default() })
    };
    panel.part(table("Decisions by source", "Source", "not told", &facts.sources)).part(table(
        "Decisions by version of the notice",
        "Version of the notice",
        "not told",
        &facts.versions,
    ))
}
