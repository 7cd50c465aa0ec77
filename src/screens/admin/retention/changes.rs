//! Changes that wait for a second person or for their time, and those that came to an end.

use super::{Facts, date};
use crate::forms;
use crate::page::Page;
use crate::words;
use parallax_domain::screen::{Cell, Column, Form, Panel, Part, Row, Table, Text, Tone};
use parallax_server::retention::change::Change;
use parallax_server::retention::rule::name_of;

pub fn waiting(page: &Page, facts: &Facts) -> Panel {
    let mut panel = Panel::new("waiting", "Waiting changes").unit("nothing of them is deleted yet");
    for change in &facts.open {
        panel = panel.part(Part::Section { title: title(change), note: told(page, change) });
        if change.state == "waiting" && change.asked_account != page.viewer.account {
            panel = panel.part(Part::Form(approve(page, change)));
        }
        panel = panel.part(Part::Form(cancel(page, change)));
    }
    panel.foot("whoever asked cannot agree as well; parallax retention approve is for installations with one admin")
}

fn title(change: &Change) -> String {
    format!("{}: {} to {} days", name_of(&change.signal), change.days_from, change.days_to)
}

fn told(page: &Page, change: &Change) -> String {
    let days = change.plan.0.days();
    let span = match (days.first(), days.last()) {
        (Some(first), Some(last)) => format!(", {} to {}", date(*first), date(*last)),
        _ => String::new(),
    };
    let share = change
        .share
        .map(|share| format!(", {} of what is stored", words::percent_full(Some(share))))
        .unwrap_or_default();
    let what = format!("{}{span}{share}", words::counted(change.rows, "row", "rows"));
    let asked = format!("Asked by {} {}.", change.asked_by, page.ago(change.asked_at));
    match (change.state.as_str(), &change.approved_by) {
        ("waiting", _) => format!("{what}. {asked} Waits for another admin."),
        (_, Some(by)) => format!("{what}. {asked} {by} agreed. Carried out on {}.", page.moment(change.effective_at)),
        _ => format!("{what}. {asked} Carried out on {}.", page.moment(change.effective_at)),
    }
}

fn approve(page: &Page, change: &Change) -> Form {
    let mut form = forms::change(page, &format!("approve-{}", change.id), "retention/approve", "Agree to the deletion");
    form.hidden.push(("change".to_owned(), change.id.to_string()));
    form.tone = Tone::Bad;
    form.confirm = forms::confirm(
        format!("Agree to {}?", title(change)),
        vec![
            Text::new(format!(
                "About {} go a day from now. What goes is counted anew when you agree.",
                words::counted(change.rows, "row", "rows")
            )),
            Text::new("Until then anybody who administers can take it back; afterwards nobody can."),
        ],
        "Do not agree",
    );
    form
}

fn cancel(page: &Page, change: &Change) -> Form {
    let mut form = forms::change(
        page,
        &format!("cancel-{}", change.id),
        "retention/cancel",
        &format!("Keep {} days", change.days_from),
    );
    form.hidden.push(("change".to_owned(), change.id.to_string()));
    form.tone = Tone::Neutral;
    form
}

pub fn ended(page: &Page, facts: &Facts) -> Panel {
    let rows = facts
        .ended
        .iter()
        .map(|change| {
            let (state, tone) = match change.state.as_str() {
                "done" => ("carried out", Tone::Neutral),
                "refused" => ("not carried out", Tone::Warn),
                _ => ("taken back", Tone::Neutral),
            };
            let by = match (&change.approved_by, &change.ended_by) {
                (Some(approved), _) => format!("{}, agreed by {approved}", change.asked_by),
                (None, Some(ended)) if change.state == "cancelled" => {
                    format!("{}, taken back by {ended}", change.asked_by)
                }
                _ => change.asked_by.clone(),
            };
            let at = change.ended_at.map(|at| page.moment(at)).unwrap_or_default();
            Row::new(vec![
                Cell::new(title(change)).sub(by),
                Cell::new(Text::default().badge(state, tone)).sub(change.note.clone()),
                Cell::new(words::count_full(Some(change.rows as f64))),
                Cell::new(at),
            ])
        })
        .collect();
    let columns = vec![
        Column::words("Change"),
        Column::words("Became"),
        Column::figures("Rows").secondary(1),
        Column::figures("When"),
    ];
    Panel::new("ended", "Earlier changes").flush().part(Part::Table(Table {
        caption: "Earlier changes".to_owned(),
        columns,
        rows,
        fold: true,
        ..Table::default()
    }))
}
