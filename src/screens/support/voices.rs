//! What people said in their own words, and how they rate.

use super::{Facts, person_link};
use crate::charts::{About, BarList, BarRow};
use crate::page::Page;
use crate::parts::empty;
use crate::words::{self, Unit};
use parallax_domain::Permission;
use parallax_domain::screen::{Item, Panel, Part, Text};

fn given(facts: &Facts) -> i64 {
    facts.voices.1.iter().sum()
}

fn mean(facts: &Facts) -> Option<f64> {
    let n = given(facts);
    let sum: i64 = facts.voices.1.iter().zip(1..).map(|(count, stars)| count * stars).sum();
    (n > 0).then(|| sum as f64 / n as f64)
}

fn sentence(facts: &Facts, mean: f64) -> String {
    let low: i64 = facts.voices.1[..2].iter().sum();
    format!(
        "{} on average of {}; {low} rate 1 or 2.",
        words::fixed(mean, 1),
        words::counted(given(facts), "rating", "ratings")
    )
}

fn bars(page: &Page, facts: &Facts, mean: f64) -> Part {
    let rows = (0..5)
        .rev()
        .map(|index| BarRow {
            label: format!("{} of 5", index + 1),
            value: Some(facts.voices.1[index] as f64),
            ..BarRow::default()
        })
        .collect();
    let about = About {
        notes: page.notes(given(facts) as u64, "raw"),
        ..About::new("ratings", "Ratings").summary(sentence(facts, mean))
    };
    Part::Drawing(BarList { about, unit: Unit::Count, rows, ..BarList::default() }.draw())
}

pub fn panel(page: &Page, facts: &Facts) -> Panel {
    let panel = Panel::new("voices", "Voices").unit("feedback, newest first");
    let (rows, _) = &facts.voices;
    if rows.is_empty() {
        return panel.part(empty(
            "Nobody said anything",
            "Feedback comes over POST /api/v1/feedback, from people who opted out as well. None came in this time.",
        ));
    }
    let mut panel = match mean(facts) {
        Some(mean) => panel.summary(sentence(facts, mean)).part(bars(page, facts, mean)),
        None => panel.summary("None of it carries a rating."),
    };
    if !page.viewer.may(Permission::ReadRawText) {
        return panel.foot(format!("The words themselves are for {}.", Permission::ReadRawText.held_by()));
    }
    let items = rows
        .iter()
        .map(|row| Item {
            title: Text::new(if row.body.is_empty() {
                "no words".to_owned()
            } else {
                format!("“{}”", super::short(&row.body))
            }),
            note: person_link(page, row.reference)
                .plain(", ")
                .plain(page.moment(row.at))
                .plain(row.url.as_deref().map(|url| format!(", {}", path(url))).unwrap_or_default()),
            end: Text::new(row.rating.map(|rating| format!("{} of 5", words::fixed(rating, 0))).unwrap_or_default()),
            ..Item::default()
        })
        .collect();
    panel = panel.part(Part::List(items));
    panel.foot("words are masked before they are stored")
}

/// `/checkout/thanks` of an address.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or(rest, |at| &rest[at..])
}
