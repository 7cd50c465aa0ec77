//! Legal holds: what must not be deleted, why, for whom, and when it is looked at again.

use super::{Facts, date};
use crate::forms;
use crate::page::Page;
use crate::words;
use parallax_domain::screen::{Cell, Choice, Column, Field, FieldKind, Form, Panel, Part, Row, Table, Text, Tone};
use parallax_domain::{Category, Signal};
use parallax_server::admin::retention::HoldLine;
use parallax_server::retention::hold::{Hold, LONGEST_REVIEW};

pub fn panel(page: &Page, facts: &Facts) -> Panel {
    let mut panel = Panel::new("holds", "Holds").unit(facts.holds.len().to_string());
    panel = match page.address.number("hold").and_then(|id| facts.holds.iter().find(|line| line.hold.id == id)) {
        Some(line) => one(page, line, panel),
        None => list(page, facts, panel),
    };
    if page.address.get("hold") == Some("new") {
        return panel.part(Part::Form(place(page)));
    }
    panel.action(
        parallax_domain::screen::Link::new("Hold something", page.to("/admin/retention").with("hold", "new").href())
            .icon("plus"),
    )
}

fn list(page: &Page, facts: &Facts, panel: Panel) -> Panel {
    if facts.holds.is_empty() {
        return panel
            .summary("Nothing is held. A hold keeps what it names, whatever the rules say, until it is released.");
    }
    let rows = facts
        .holds
        .iter()
        .map(|line| {
            let hold = &line.hold;
            let late = hold.review_at <= page.now.date_naive();
            let review =
                Cell::new(format!("{} {}", if late { "review was due" } else { "until" }, date(hold.review_at)));
            Row::new(vec![
                Cell::link(hold.name.clone(), page.to("/admin/retention").with("hold", &hold.id.to_string()).href())
                    .sub(scope(hold)),
                review.tone(if late { Tone::Warn } else { Tone::Neutral }).sub(match line.rows {
                    0 => String::new(),
                    rows => format!("{} out of sight", words::counted(rows, "row", "rows")),
                }),
            ])
        })
        .collect();
    panel.part(Part::Table(Table {
        caption: "Holds in force".to_owned(),
        columns: vec![Column::words("Hold"), Column::figures("Review")],
        rows,
        ..Table::default()
    }))
}

/// What a hold is about, in words.
fn scope(hold: &Hold) -> String {
    let what = match (
        hold.signal.as_deref().and_then(|word| word.parse::<Signal>().ok()),
        hold.category.and_then(Category::from_number),
    ) {
        (_, Some(category)) => format!("{category} events"),
        (Some(signal), None) => signal.plural().to_owned(),
        (None, None) => "everything".to_owned(),
    };
    let who = if hold.subjects.is_some() { " of one person" } else { "" };
    let last = hold.to.map(|to| (to - chrono::Duration::seconds(1)).date_naive());
    let when = match (hold.from.map(|from| from.date_naive()), last) {
        (Some(from), Some(to)) if from == to => format!(", {}", date(from)),
        (Some(from), Some(to)) => format!(", {} to {}", date(from), date(to)),
        (Some(from), None) => format!(", from {}", date(from)),
        (None, Some(to)) => format!(", up to {}", date(to)),
        (None, None) => String::new(),
    };
    format!("{what}{who}{when}")
}

fn one(page: &Page, line: &HoldLine, panel: Panel) -> Panel {
    let hold = &line.hold;
    let mut form = forms::change(page, "release", "hold/release", "Release the hold");
    form.hidden.push(("hold".to_owned(), hold.id.to_string()));
    form.tone = Tone::Bad;
    form.confirm = forms::confirm(
        format!("Release {}?", hold.name),
        vec![
            Text::new(format!("{} that it keeps out of sight go at once.", words::counted(line.rows, "row", "rows"))),
            Text::new(
                "What it keeps in its place past its time goes with the next run. Requests of people that waited for it are answered.",
            ),
        ],
        "Keep the hold",
    );
    panel
        .part(Part::Facts(vec![
            ("Name".to_owned(), Text::new(hold.name.clone())),
            ("Keeps".to_owned(), Text::new(scope(hold))),
            ("Why".to_owned(), Text::new(hold.reason.clone())),
            ("Answers for it".to_owned(), Text::new(hold.owner.clone())),
            ("Looked at again".to_owned(), Text::new(date(hold.review_at))),
            ("Placed".to_owned(), Text::new(format!("{} by {}", page.moment(hold.made_at), hold.made_by))),
            ("Out of sight".to_owned(), Text::new(words::counted(line.rows, "row", "rows"))),
        ]))
        .part(Part::Form(form))
}

fn place(page: &Page) -> Form {
    let mut signals = vec![Choice::new("", "Every signal", true)];
    signals.extend(Signal::ALL.map(|signal| Choice::new(signal.word(), words::capital(signal.plural()), false)));
    let mut categories = vec![Choice::new("", "Every category", true)];
    categories
        .extend(Category::ALL.map(|category| Choice::new(category.word(), words::capital(category.word()), false)));
    let review = page.now.date_naive() + chrono::Duration::days(90);
    let fields = vec![
        Field::new("name", "Name", FieldKind::Text).required().hint("Such as Case 2026-07.").autocomplete("off"),
        Field::new("reason", "Why", FieldKind::Text).required().autocomplete("off"),
        Field::new("owner", "Who answers for it", FieldKind::Text).value(page.viewer.email.clone()).required(),
        Field::new("signal", "Signal", FieldKind::Choice(signals)),
        Field::new("category", "Category of events", FieldKind::Choice(categories)),
        Field::new("from", "From day (UTC)", FieldKind::Date).hint("Empty: from the beginning."),
        Field::new("to", "To day (UTC)", FieldKind::Date).hint("Empty: without end."),
        Field::new("person", "One person", FieldKind::Text)
            .hint("The id as their account has it; it is not kept. Empty: everybody.")
            .autocomplete("off"),
        Field::new("review", "Look at it again on", FieldKind::Date)
            .value(review.to_string())
            .required()
            .hint(format!("Within {LONGEST_REVIEW} days.")),
    ];
    Form { fields, ..forms::change(page, "hold", "hold/place", "Hold it") }
}
