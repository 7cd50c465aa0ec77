//! Proof of what was deleted, signed, to be verified elsewhere.

use super::Facts;
use crate::page::Page;
use crate::parts::empty;
use crate::words;
use parallax_domain::screen::{Cell, Column, Panel, Part, Row, Table, Text, Tone};
use parallax_server::admin::retention::Proof;
use parallax_server::retention::rule::name_of;

pub fn panel(page: &Page, facts: &Facts) -> Panel {
    let panel = Panel::new("proofs", "Proof of deletion").unit("newest first").flush();
    if facts.proofs.is_empty() {
        return panel.part(empty(
            "Nothing was deleted yet",
            "Each deletion counts its rows, checks that none is left, is signed, and is listed here.",
        ));
    }
    let rows = facts.proofs.iter().map(|proof| line(page, proof)).collect();
    let columns = vec![
        Column::words("Proof"),
        Column::words("What"),
        Column::figures("Deleted"),
        Column::words("Times").secondary(1),
        Column::figures("Rule").secondary(1),
        Column::words("Rows left"),
    ];
    let panel = panel.part(Part::Table(Table {
        caption: "Proof of deletion".to_owned(),
        columns,
        rows,
        fold: true,
        ..Table::default()
    }));
    let key = page.machine.keyring.public_key().ok();
    let panel = panel.foot("a proof verifies without this server: parallax retention verify FILE --key …");
    match key {
        Some(key) => panel.foot(Text::new("public key ").code(key)),
        None => panel,
    }
}

fn line(page: &Page, proof: &Proof) -> Row {
    let span = match (proof.oldest, proof.newest) {
        (Some(oldest), Some(newest)) => format!("{} to {}", page.moment(oldest), page.moment(newest)),
        _ => words::UNKNOWN.to_owned(),
    };
    let checked = match (proof.verified, &proof.proof) {
        (true, Some(_)) => Text::default().icon("check").plain("0, checked and signed"),
        (true, None) => Text::default().icon("check").plain("0, checked"),
        (false, None) => Text::default().badge("not finished", Tone::Warn),
        (false, Some(_)) => Text::default().badge("not verified", Tone::Bad),
    };
    let name = proof.name();
    let title = match &proof.proof {
        // A file, not a page: it is signed as it is.
        Some(_) => Text::default().link(name, format!("/download/proofs/{}?project={}", proof.id, page.project.id)),
        None => Text::new(name),
    };
    let (what, rule) = if proof.kind == "erasure" {
        ("One person".to_owned(), words::UNKNOWN.to_owned())
    } else {
        (name_of(&proof.signal).to_owned(), format!("{} days", proof.policy_days))
    };
    Row::new(vec![
        Cell::code(title).sub(page.moment(proof.ended_at)),
        Cell::new(what).sub(proof.what.clone()),
        Cell::new(words::count_full(Some(proof.rows as f64))).sub(words::bytes_full(Some(proof.bytes as f64))),
        Cell::new(span),
        Cell::new(rule),
        Cell::new(checked),
    ])
}
