//! Single events, newest first, with what they carry.

use super::Facts;
use crate::explore;
use crate::page::Page;
use crate::parts::empty_with;
use crate::words;
use parallax_domain::screen::{Cell, Column, Link, Pager, Panel, Part, Row, Table, Text};
use parallax_domain::{Filter, Permission, Signal};
use parallax_server::store::question::EventRow;

/// Properties told of an event in the list.
const PROPERTIES: usize = 6;
/// Characters of a property's value.
const LONGEST: usize = 60;

pub fn panel(page: &Page, facts: &Facts, title: &str) -> Panel {
    let panel = Panel::new("newest", title).unit("newest first").flush();
    if facts.rows.is_empty() {
        let newest = page.address.without("cursor").without("session").without("event").href();
        let why = "Single events would be here. None is left: raw events of this time may be gone by retention, or this is the end of the list.";
        return panel.part(empty_with("No event", why, Link::new("The newest events", newest)));
    }
    let mut panel = panel.part(Part::Table(table(page, facts)));
    if !facts.raw {
        panel.partial =
            Some(format!("What events carry is raw text, which is read by {}.", Permission::ReadRawText.held_by()));
    }
    panel.foot(format!("{} shown", facts.rows.len())).foot(page.notes(0, "raw").pop().unwrap_or_default())
}

fn table(page: &Page, facts: &Facts) -> Table {
    let traced = facts.rows.iter().any(|row| row.trace_id.is_some());
    let sessions = facts.raw && facts.session.is_none();
    let mut columns = vec![
        Column::words("Time"),
        Column::words("Event"),
        Column::words("Properties").width(40).secondary(1),
        Column::words("Person"),
    ];
    if sessions {
        columns.push(Column::words("Session").secondary(2));
    }
    if traced {
        columns.push(Column::words("Trace").secondary(2));
    }
    let rows = facts
        .rows
        .iter()
        .map(|event| {
            let mut cells = cells(page, facts, event);
            if sessions {
                cells.push(Cell::new(session(page, event)));
            }
            if traced {
                cells.push(Cell::new(trace(page, event)));
            }
            Row::new(cells)
        })
        .collect();
    Table { caption: "Events, newest first".to_owned(), columns, rows, pager: pager(page, facts), ..Table::default() }
}

fn cells(page: &Page, facts: &Facts, event: &EventRow) -> Vec<Cell> {
    let wall = page.wall(event.at);
    let today = wall.date() == page.wall(page.now).date();
    let from: Vec<&str> =
        [event.device.as_deref(), event.country.as_deref(), event.version.as_deref()].into_iter().flatten().collect();
    vec![
        Cell::new(Text::default().time(wall.format("%H:%M:%S").to_string(), event.at)).sub(if today {
            String::new()
        } else {
            words::day(wall)
        }),
        Cell::link(event.name.clone(), page.address.with("event", &event.name).without("cursor").href())
            .sub(event.page.clone().unwrap_or_default()),
        Cell::new(properties(page, facts, event)),
        Cell::new(explore::person(page, event.person.as_deref())).sub(from.join(", ")),
    ]
}

/// `plan pro, seats 5`: each value filters the page to itself.
fn properties(page: &Page, facts: &Facts, event: &EventRow) -> Text {
    if event.properties.is_empty() {
        return Text::default().soft("–");
    }
    let mut text = Text::default();
    for (index, (name, value)) in event.properties.iter().take(PROPERTIES).enumerate() {
        text = text.plain(if index > 0 { ", " } else { "" }).soft(format!("{name} "));
        text = match facts.raw && page.shows(Signal::Event, name) {
            true => {
                let filter = Filter::is(&format!("properties.{name}"), value);
                let href = page.address.with_filter(filter).without("cursor").href();
                text.link(words::shortened(value, LONGEST), href)
            }
            false => text.plain("••••"),
        };
    }
    match event.properties.len().saturating_sub(PROPERTIES) {
        0 => text,
        more => text.soft(format!(" and {more} more")),
    }
}

fn session(page: &Page, event: &EventRow) -> Text {
    match &event.session {
        Some(id) => {
            let address = page.to("/explore/events").with("session", id);
            Text::default().link(format!("{}…", id.get(..8).unwrap_or(id)), address.href())
        }
        None => Text::default().soft("–"),
    }
}

fn trace(page: &Page, event: &EventRow) -> Text {
    match &event.trace_id {
        Some(id) => {
            let href = page.to(&format!("/explore/traces/{id}")).href();
            Text::default().link(format!("{}…", id.get(..8).unwrap_or(id)), href)
        }
        None => Text::default().soft("–"),
    }
}

fn pager(page: &Page, facts: &Facts) -> Option<Pager> {
    let next = facts.next.as_ref().map(|next| Link::new("Older", page.address.with("cursor", next).href()));
    let previous = page.address.get("cursor").map(|_| Link::new("Newest", page.address.without("cursor").href()));
    if next.is_none() && previous.is_none() {
        return None;
    }
    let (first, last) = (facts.rows.first()?, facts.rows.last()?);
    let words = format!("{} back to {}", words::exact(page.wall(first.at)), words::exact(page.wall(last.at)));
    Some(Pager { words, previous, next })
}
