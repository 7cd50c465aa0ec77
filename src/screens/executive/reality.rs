//! How much of reality the report saw: shares of those who decided, from the ledger of decisions.

use crate::charts::{About, Hue, InlineBar, seen};
use crate::page::Page;
use crate::parts::{empty, joined};
use crate::words;
use parallax_domain::screen::{Cell, Column, Panel, Part, Row, Table, Text};
use parallax_domain::{Category, Problem};
use parallax_server::store::question::sharing::Sharing;

pub async fn panel(page: &mut Page) -> Result<Panel, Problem> {
    let machine = page.machine.clone();
    let sharing = machine.store.sharing(&mut page.look).await?;
    let panel = Panel::new("reality", "How much of reality this report saw");
    let usage = sharing.iter().find(|row| row.category == Category::Usage).copied();
    let Some(usage) = usage.filter(|row| row.decided() > 0) else {
        let why = "Revenue, tickets and requests cover everybody. How many people share their usage is not known: no decision was told over POST /api/v1/consent.";
        return Ok(panel.part(empty("Coverage is not known", why)));
    };
    let summary = format!(
        "{} of those who decided share their usage. Revenue, tickets, requests and availability cover everybody; figures about people cover those who share.",
        joined(words::percent(usage.share()))
    );
    let about = About::new("reality", "Share of people who are measured")
        .summary(summary.clone())
        .note(format!("n = {} decisions in force", words::count_full(Some(usage.decided() as f64))));
    let drawing = seen(&about, usage.share(), "share usage", "chose not to share");
    let rows = sharing.iter().filter(|row| row.decided() > 0).map(|row| line(page, row)).collect();
    let columns = vec![
        Column::words("Category"),
        Column::words("").width(50),
        Column::figures("Share"),
        Column::figures("Decided"),
    ];
    Ok(panel
        .summary(summary)
        .part(Part::Drawing(drawing))
        .part(Part::Table(Table {
            caption: "Who shares what".to_owned(),
            columns,
            rows,
            class: "tiny2".to_owned(),
            ..Table::default()
        }))
        .foot("people who were never asked are not in it"))
}

fn line(page: &Page, row: &Sharing) -> Row {
    let least = page.viewer.smallest_cell();
    let small = least.is_some_and(|least| row.granted.min(row.denied) < least);
    if small {
        return Row::new(vec![
            Cell::new(words::capital(row.category.word())),
            Cell::drawn(InlineBar::new(None, Hue::Ink).draw()),
            Cell::new(Text::default().soft(format!("fewer than {}", least.unwrap_or(0)))),
            Cell::new(words::UNKNOWN),
        ]);
    }
    Row::new(vec![
        Cell::new(words::capital(row.category.word())),
        Cell::drawn(InlineBar::new(row.share(), Hue::Ink).draw()),
        Cell::new(words::percent_full(row.share())),
        Cell::new(words::count_full(Some(row.decided() as f64))),
    ])
}
