//! The lines, newest first.

use super::Facts;
use crate::explore;
use crate::page::Page;
use crate::parts::empty_with;
use crate::words;
use parallax_domain::screen::{Cell, Column, Link, Pager, Panel, Part, Row, Table, Text, Tone};
use parallax_domain::{Address, Permission, Severity};
use parallax_server::store::question::LogLine;

/// Characters of a message in the list.
const LONGEST: usize = 240;

/// Lines for a table, and where one of them is opened.
pub struct Shown<'a> {
    pub lines: &'a [LogLine],
    /// Whether the viewer reads what was written.
    pub raw: bool,
    pub opened: Option<&'a str>,
    /// The page that opens a line.
    pub at: Address,
}

pub(super) fn panel(page: &Page, facts: &Facts) -> Panel {
    let count = facts.page.lines.len();
    let panel = Panel::new("lines", "Lines").unit("newest first").flush();
    if count == 0 {
        let why = "Older lines would be here. There are none before the last one that you saw.";
        let newest = page.address.without("cursor").href();
        return panel.part(empty_with("No older line", why, Link::new("The newest lines", newest)));
    }
    let shown = Shown {
        lines: &facts.page.lines,
        raw: facts.raw,
        opened: facts.opened.as_ref().map(|line| line.key.as_str()),
        at: page.address.clone(),
    };
    let table = Table { pager: pager(page, facts), ..table(page, &shown) };
    let mut panel = panel.part(Part::Table(table));
    if !facts.raw {
        panel.partial = Some(format!("Messages are raw text, which is read by {}.", Permission::ReadRawText.held_by()));
    }
    panel
        .foot(format!("{count} of {} shown", words::count_full(Some(facts.total() as f64))))
        .foot(page.notes(0, "raw").pop().unwrap_or_default())
}

pub fn table(page: &Page, shown: &Shown<'_>) -> Table {
    let traced = shown.lines.iter().any(|line| line.row.trace_id.is_some());
    let known = shown.lines.iter().any(|line| line.person.is_some());
    let mut columns = vec![
        Column::words("Time"),
        Column::words("Level"),
        Column::words("Service").secondary(1),
        Column::words("Message").width(60),
    ];
    if traced {
        columns.push(Column::words("Trace").secondary(1));
    }
    if known {
        columns.push(Column::words("Person").secondary(2));
    }
    let rows = shown
        .lines
        .iter()
        .map(|line| {
            let mut cells = cells(page, shown, line);
            if traced {
                cells.push(Cell::new(trace(page, line)));
            }
            if known {
                cells.push(Cell::new(explore::person(page, line.person.as_deref())));
            }
            Row {
                cells,
                selected: shown.opened == Some(line.key.as_str()),
                class: line.row.level.word().to_owned(),
                ..Row::default()
            }
        })
        .collect();
    Table { caption: "Log lines, newest first".to_owned(), columns, rows, class: "logs".to_owned(), ..Table::default() }
}

fn cells(page: &Page, shown: &Shown<'_>, line: &LogLine) -> Vec<Cell> {
    let wall = page.wall(line.row.at);
    let clock = wall.format("%H:%M:%S%.3f").to_string();
    let time = match shown.raw {
        true => Text::default().link(clock, shown.at.with("line", &line.key).href()),
        false => Text::default().time(clock, line.row.at),
    };
    let today = wall.date() == page.wall(page.now).date();
    let message = match shown.raw {
        true => Text::new(words::shortened(line.row.message.trim_end(), LONGEST)),
        false => Text::default().soft("••••"),
    };
    vec![
        Cell::new(time).sub(if today { String::new() } else { words::day(wall) }),
        Cell::new(level(line.row.level)),
        Cell::new(line.row.service.clone().unwrap_or_else(|| "unknown".to_owned()))
            .sub(line.host.clone().unwrap_or_default()),
        Cell::code(message),
    ]
}

/// A badge where somebody should look, else the plain word.
pub fn level(level: Severity) -> Text {
    match tone(level) {
        Tone::Neutral => Text::default().soft(level.word()),
        tone => Text::default().badge(level.word(), tone),
    }
}

fn tone(level: Severity) -> Tone {
    match level {
        Severity::Fatal | Severity::Error => Tone::Bad,
        Severity::Warn => Tone::Warn,
        Severity::Info | Severity::Debug | Severity::Trace => Tone::Neutral,
    }
}

/// The span of a line in its trace.
pub fn trace(page: &Page, line: &LogLine) -> Text {
    let Some(id) = &line.row.trace_id else { return Text::default().soft("–") };
    let address = page.to(&format!("/explore/traces/{id}"));
    let address = match &line.row.span_id {
        Some(span) => address.with("span", span),
        None => address,
    };
    Text::default().link(format!("{}…", id.get(..8).unwrap_or(id)), address.href())
}

fn pager(page: &Page, facts: &Facts) -> Option<Pager> {
    let bare = page.address.without("line");
    let next = facts.page.next.as_ref().map(|next| Link::new("Older", bare.with("cursor", next).href()));
    let previous = page.address.get("cursor").map(|_| Link::new("Newest", bare.without("cursor").href()));
    if next.is_none() && previous.is_none() {
        return None;
    }
    let (first, last) = (facts.page.lines.first()?, facts.page.lines.last()?);
    let words = format!("{} back to {}", words::exact(page.wall(first.row.at)), words::exact(page.wall(last.row.at)));
    Some(Pager { words, previous, next })
}
