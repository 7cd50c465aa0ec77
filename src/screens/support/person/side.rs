//! Beside the timeline: what is known without a name, what they share, their visits, and the name itself for a reason.

use super::Facts;
use crate::forms;
use crate::page::Page;
use crate::words;
use parallax_domain::period::Range;
use parallax_domain::screen::{Cell, Column, Field, FieldKind, Form, Panel, Part, Row, Table, Text, Tone};
use parallax_domain::{Category, Instant, Permission};

/// A visit ends with so long a pause, in seconds.
const PAUSE: i64 = 30 * 60;
const VISITS: usize = 8;

pub fn panel(page: &Page, facts: &Facts) -> Panel {
    let mut panel = Panel::new("person", "What is known").part(Part::Facts(known(page, facts)));
    if !facts.properties.is_empty() {
        let said = facts.properties.iter().map(|(name, value)| (name.clone(), Text::new(words_of(value)))).collect();
        panel = panel
            .part(Part::Section { title: "What your software says of them".to_owned(), note: String::new() })
            .part(Part::Facts(said));
    }
    panel = panel
        .part(Part::Section { title: "What they share".to_owned(), note: String::new() })
        .part(Part::Table(shares(page, facts)));
    let visits = visits(facts);
    if visits.len() > 1 {
        panel = panel
            .part(Part::Section { title: "Visits".to_owned(), note: String::new() })
            .part(Part::Table(visit_table(page, &visits)));
    }
    if page.viewer.may(Permission::ResolvePerson) {
        panel =
            panel.part(Part::Section { title: "Identity".to_owned(), note: String::new() }).part(resolve(page, facts));
    }
    panel
}

fn known(page: &Page, facts: &Facts) -> Vec<(String, Text)> {
    let newest = facts.events.first();
    let mut known = vec![("First seen".to_owned(), page.time(facts.person.first_seen))];
    if let Some(at) = facts.last_seen {
        known.push(("Last seen".to_owned(), page.time(at)));
    }
    if let Some(row) = newest {
        let device: Vec<&str> =
            [row.device.as_deref(), row.os.as_deref(), row.browser.as_deref()].into_iter().flatten().collect();
        for (name, value) in [
            ("Device", device.join(", ")),
            ("Country", row.country.clone().unwrap_or_default()),
            ("Version", row.version.clone().unwrap_or_default()),
        ] {
            if !value.is_empty() {
                known.push((name.to_owned(), Text::new(value)));
            }
        }
    }
    for (kind, key) in &facts.groups {
        known.push((format!("Of {kind}"), Text::new(key.clone())));
    }
    let identifiers = facts.person.subjects.len() as i64;
    known.push(("Known by".to_owned(), Text::new(words::counted(identifiers, "identifier", "identifiers"))));
    if let Some(at) = facts.person.erased_at {
        known.push(("Erased".to_owned(), page.time(at)));
    }
    known
}

fn words_of(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn shares(page: &Page, facts: &Facts) -> Table {
    let rows = Category::ALL
        .into_iter()
        .filter(|category| *category != Category::Essential)
        .map(|category| {
            let said = match facts.shares(category) {
                Some((true, at)) => Text::new("yes").soft(format!(" since {}", page.moment(at))),
                Some((false, at)) => Text::new("no").soft(format!(" since {}", page.moment(at))),
                None => Text::default().soft("not asked"),
            };
            Row::new(vec![Cell::new(words::capital(category.word())), Cell::new(said)])
        })
        .collect();
    Table {
        caption: "Decisions about sharing".to_owned(),
        columns: vec![Column::words("Category"), Column::figures("Shared")],
        rows,
        class: "tiny2".to_owned(),
        ..Table::default()
    }
}

struct Visit {
    from: Instant,
    to: Instant,
    signals: usize,
    errors: usize,
}

/// Stretches without a pause of half an hour, newest first.
fn visits(facts: &Facts) -> Vec<Visit> {
    let mut moments: Vec<(Instant, bool)> = facts.events.iter().map(|row| (row.at, false)).collect();
    moments.extend(facts.requests.iter().map(|row| (row.at, row.error)));
    moments.extend(facts.errors.iter().map(|row| (row.at, true)));
    moments.sort_unstable();
    let mut visits: Vec<Visit> = Vec::new();
    for (at, failed) in moments {
        match visits.last_mut().filter(|visit| (at - visit.to).num_seconds() <= PAUSE) {
            Some(visit) => {
                visit.to = at;
                visit.signals += 1;
                visit.errors += usize::from(failed);
            }
            None => visits.push(Visit { from: at, to: at, signals: 1, errors: usize::from(failed) }),
        }
    }
    visits.reverse();
    visits
}

fn visit_table(page: &Page, visits: &[Visit]) -> Table {
    let rows = visits
        .iter()
        .take(VISITS)
        .map(|visit| {
            let minute = |at: Instant| page.wall(at).format("%Y-%m-%dT%H:%M").to_string();
            let until = visit.to + chrono::TimeDelta::minutes(1);
            let range = Range::Between(minute(visit.from), minute(until));
            let tone = if visit.errors > 0 { Tone::Bad } else { Tone::Neutral };
            Row::new(vec![
                Cell::link(page.moment(visit.from), page.address.with_range(range).href())
                    .sub(words::duration(Some((visit.to - visit.from).num_milliseconds() as f64)).to_string()),
                Cell::new(visit.signals.to_string()),
                Cell::new(if visit.errors > 0 { visit.errors.to_string() } else { words::UNKNOWN.to_owned() })
                    .tone(tone),
            ])
        })
        .collect();
    Table {
        caption: "Visits".to_owned(),
        columns: vec![Column::words("Visit"), Column::figures("Signals"), Column::figures("Failed")],
        rows,
        ..Table::default()
    }
}

fn resolve(page: &Page, facts: &Facts) -> Part {
    if !facts.person.sealed {
        return Part::Prose(Text::default().soft("No identity is sealed: it was made up for a day, or erased."));
    }
    let reason = Field::new("reason", "Reason", FieldKind::Text)
        .hint("Such as the number of the ticket. It is written down with your name.")
        .required()
        .autocomplete("off");
    let mut form =
        Form { fields: vec![reason], ..forms::change(page, "resolve", "person/resolve", "Show the identity") };
    form.hidden.push(("person".to_owned(), facts.id.clone()));
    form.tone = Tone::Neutral;
    form.confirm = forms::confirm(
        "Show who this is?",
        vec![
            Text::new("The id that the sender gave is opened and shown to you for a minute."),
            Text::new("Your name, the time and the reason are written to the audit log, which cannot be changed."),
        ],
        "Keep it sealed",
    );
    Part::Form(form)
}
