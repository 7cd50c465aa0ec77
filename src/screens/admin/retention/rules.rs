//! The rules in force, with what is stored under each.

use super::{Facts, date};
use crate::charts::{Hue, InlineBar};
use crate::page::Page;
use crate::words;
use parallax_domain::screen::{Cell, Column, Panel, Part, Row, Table, Text};
use parallax_server::retention::rule::{CAP, Rule, name_of, subject};

pub fn panel(page: &Page, facts: &Facts) -> Panel {
    let high = facts.held.values().map(|held| held.bytes).max().unwrap_or(1).max(1) as f64;
    let rows = facts
        .rules
        .rules
        .iter()
        .filter(|rule| is_told(facts, rule))
        .map(|rule| line(page, facts, rule, high))
        .collect();
    let columns = vec![
        Column::words("Data"),
        Column::figures("Kept"),
        Column::words("").width(20),
        Column::figures("Stored"),
        Column::figures("Oldest day").secondary(1),
        Column::figures(""),
    ];
    let hidden = facts.rules.rules.iter().filter(|rule| !is_told(facts, rule)).count();
    let panel =
        Panel::new("kept", "What is kept how long").unit(page.project.name.clone()).flush().part(Part::Table(Table {
            caption: "Retention in force".to_owned(),
            columns,
            rows,
            fold: true,
            class: "ret".to_owned(),
            ..Table::default()
        }));
    let panel = if hidden > 0 {
        panel.foot(format!(
            "{hidden} parts are kept as long as the whole that they are a part of; each can have a rule of its own"
        ))
    } else {
        panel
    };
    panel.foot("days are days in UTC; sizes include indexes; of all promises about a day the shortest counts")
}

/// A part that follows its whole says nothing new.
fn is_told(facts: &Facts, rule: &Rule) -> bool {
    let whole = subject(rule.word).and_then(|subject| subject.part_of);
    !rule.follows || whole.is_none_or(|whole| facts.rules.days(whole) != facts.rules.days(rule.word))
}

fn line(page: &Page, facts: &Facts, rule: &Rule, high: f64) -> Row {
    let part = subject(rule.word).and_then(|subject| subject.part_of);
    let of = facts.held.get(rule.word);
    let by = match (rule.word, rule.changed_by.as_str()) {
        (CAP, "default") => "whatever the rules above say".to_owned(),
        (_, "default") => "by default".to_owned(),
        (_, by) => format!("set by {by}"),
    };
    let drawn = match (rule.word, part) {
        (CAP, _) | (_, Some(_)) => Cell::default(),
        _ => Cell::drawn(InlineBar::new(Some(of.map_or(0, |held| held.bytes) as f64 / high), Hue::Ink).draw()),
    };
    let (size, oldest) = match (of, part) {
        (Some(held), _) => {
            (words::bytes_full(Some(held.bytes as f64)), held.oldest.map_or_else(|| words::UNKNOWN.to_owned(), date))
        }
        (None, Some(whole)) => (format!("in {}", name_of(whole)), words::UNKNOWN.to_owned()),
        (None, None) if rule.word == CAP => (String::new(), String::new()),
        (None, None) => (words::bytes_full(Some(0.0)), words::UNKNOWN.to_owned()),
    };
    let left = of
        .and_then(|held| held.oldest)
        .map(|oldest| i64::from(facts.rules.days_on(rule.word, oldest)) - (page.now.date_naive() - oldest).num_days());
    let goes = left
        .map(|left| if left < 0 { "goes within the hour".to_owned() } else { format!("goes in {} days", left + 1) });
    let days = facts.rules.days(rule.word);
    // A longer rule does not reach back: what was collected before is still under the shorter promise.
    let shorter = facts.rules.promises.iter().filter(|promise| promise.leaf == rule.word && promise.days < days);
    let note = shorter
        .max_by_key(|promise| promise.until)
        .map(|promise| format!("{} days for what came before {}", promise.days, page.moment(promise.until)));
    let open = facts.open.iter().find(|change| change.signal == rule.word);
    let kept = Cell::new(Text::default().strong(words::count_full(Some(f64::from(days)))).soft(" days"));
    Row {
        class: if part.is_some() { "cont".to_owned() } else { String::new() },
        ..Row::new(vec![
            Cell::new(name_of(rule.word)).sub(by),
            match (open, note) {
                (Some(change), _) => kept.sub(format!("{} days are asked for", change.days_to)),
                (None, Some(note)) => kept.sub(note),
                (None, None) => kept,
            },
            drawn,
            Cell::new(size),
            Cell::new(oldest).sub(goes.unwrap_or_default()),
            Cell::link(
                "Change",
                page.to("/admin/retention").with("signal", rule.word).with("days", &days.to_string()).href(),
            ),
        ])
    }
}
