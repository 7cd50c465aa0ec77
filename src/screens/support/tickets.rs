//! Tickets: which wait, with what happened to their writers; how many come; how long answers take.

use super::{Facts, person_link};
use crate::charts::{About, Form, Hue, InlineBar, Line, Series, TimeSeries};
use crate::page::{Direction, Page};
use crate::parts::{change_cell, empty, joined};
use crate::words::{self, Unit};
use parallax_domain::screen::{Cell, Column, Link, Panel, Part, Row, Table, Text, Tone};
use parallax_domain::{Permission, Problem};
use parallax_server::store::question::support::{Clocks, TicketContext, TicketRow};

/// A ticket without an answer this old (seconds) is late.
const LATE: i64 = 4 * 3600;

pub fn waiting(page: &Page, facts: &Facts) -> Panel {
    let panel = Panel::new("waiting", "Waiting tickets").unit("unanswered first, oldest first").flush();
    if facts.waiting.is_empty() {
        return panel.part(empty(
            "No ticket waits",
            "Tickets come from your help desk over POST /api/v1/tickets and stay here until they are closed.",
        ));
    }
    let seen = facts
        .waiting
        .iter()
        .filter(|(_, context)| context.errors > 0 || context.slow > 0 || context.failed > 0)
        .count();
    let summary = match seen {
        0 => "None of these writers met an error or a slow request in the day before, as far as shared data tells."
            .to_owned(),
        seen => format!(
            "{seen} of these {} met an error or a slow request in the day before writing.",
            words::counted(facts.waiting.len() as i64, "writer", "writers")
        ),
    };
    let rows = facts.waiting.iter().map(|(ticket, context)| line(page, ticket, context)).collect();
    let columns = vec![
        Column::words("Ticket"),
        Column::words("Before it"),
        Column::words("Person").secondary(1),
        Column::figures("Waits"),
        Column::words("State"),
    ];
    panel
        .summary(summary)
        .part(Part::Table(Table {
            caption: "Waiting tickets".to_owned(),
            columns,
            rows,
            fold: true,
            ..Table::default()
        }))
        .foot(format!("{} of {} shown", facts.waiting.len(), facts.waiting_total))
        .foot("before it: errors, failed requests and requests over 1 s of the writer, 24 hours back")
}

fn line(page: &Page, ticket: &TicketRow, context: &TicketContext) -> Row {
    let raw = page.viewer.may(Permission::ReadRawText);
    let title = if ticket.title.is_empty() { "No subject".to_owned() } else { ticket.title.clone() };
    let title = match &ticket.url {
        Some(url) if url.starts_with("https://") && !url.contains("/:") => Text::default().link(title, url.clone()),
        _ => Text::new(title),
    };
    let mut sub = Text::default().code(ticket.id.clone());
    if raw && !ticket.body.is_empty() {
        sub = sub.plain(" ").plain(format!("“{}”", super::short(&ticket.body)));
    }
    let waits = (page.now - ticket.at).num_seconds().max(0);
    let late = ticket.answered_at.is_none() && waits > LATE;
    Row::new(vec![
        Cell::new(title).sub(sub),
        before(page, ticket, context),
        Cell::new(person_link(page, ticket.reference)),
        Cell::new(joined(words::duration(Some(waits as f64 * 1000.0)))).tone(if late {
            Tone::Bad
        } else {
            Tone::Neutral
        }),
        Cell::new(match ticket.answered_at {
            Some(_) => Text::default().badge("answered", Tone::Neutral),
            None => Text::default().badge(ticket.status.clone(), if late { Tone::Warn } else { Tone::Accent }),
        }),
    ])
}

/// What support should know before it answers.
fn before(page: &Page, ticket: &TicketRow, context: &TicketContext) -> Cell {
    if ticket.person.is_none() {
        return Cell::new(Text::default().soft("not known: the writer does not share usage"));
    }
    let trace = |id: Option<uuid::Uuid>, label: String| match id {
        Some(id) => Text::default().link(label, page.to(&format!("/explore/traces/{}", id.simple())).href()),
        None => Text::new(label),
    };
    let slow = context.slowest.map(|nanos| {
        let label = format!("{} slow, longest {}", context.slow, words::duration(Some(nanos as f64 / 1e6)));
        let operation = context.slowest_operation.clone().unwrap_or_default();
        (trace(context.slowest_trace, label), Text::default().code(operation))
    });
    let failed = (context.failed > 0).then(|| format!("{} failed requests", context.failed));
    match (&context.error, slow, failed) {
        (Some(error), slow, _) => {
            let when = context.error_at.map(|at| page.moment(at)).unwrap_or_default();
            let more = if context.errors > 1 { format!(", {} errors in all", context.errors) } else { String::new() };
            let sub = slow.map_or_else(
                || Text::new(format!("at {when}{more}")),
                |(slow, _)| Text::new(format!("at {when}{more}; ")).join(slow),
            );
            Cell::new(trace(context.error_trace, super::short(error))).sub(sub)
        }
        (None, Some((slow, operation)), _) => Cell::new(slow).sub(operation),
        (None, None, Some(failed)) => Cell::new(failed),
        (None, None, None) => Cell::new(Text::default().soft("nothing unusual")),
    }
}

pub async fn over_time(page: &mut Page, facts: &Facts) -> Result<Panel, Problem> {
    let opened: i64 = facts.opened.iter().sum();
    let panel = Panel::new("tickets-over-time", "Tickets").unit(page.step_words());
    if opened == 0 {
        return Ok(
            panel.part(empty("No ticket in this time", "Tickets opened in the chosen time would be drawn here."))
        );
    }
    let axis = page.axis();
    let as_f64 = |values: &[i64]| values.iter().map(|value| Some(*value as f64)).collect::<Vec<_>>();
    let mut lines = vec![Line::new("opened", as_f64(&facts.opened)).hue(Hue::Ink).form(Form::Bars)];
    if let Some(before) = facts.opened_before.as_ref().filter(|before| before.iter().any(|count| *count > 0)) {
        let mut ghost = as_f64(before);
        ghost.resize(facts.opened.len(), None);
        lines.push(Line::new("before", ghost).form(Form::Ghost));
    }
    let most = facts.opened.iter().enumerate().max_by_key(|(index, count)| (**count, std::cmp::Reverse(*index)));
    let mean = opened as f64 / facts.opened.len().max(1) as f64;
    let summary = match most {
        Some((index, count)) if *count as f64 > 3.0 * mean && *count >= 4 => {
            let at = page.moment(page.buckets.labels()[index]);
            format!("{opened} in this time; most at {at}, {count} in one bucket.")
        }
        _ => format!("{} in this time, evenly spread.", words::counted(opened, "ticket", "tickets")),
    };
    let about =
        About { notes: page.notes(opened as u64, "raw"), ..About::new("tickets", "Tickets").summary(summary.clone()) };
    let series = Series { unit: Unit::Count, lines, height: 150, ..Series::default() };
    Ok(panel.summary(summary).part(Part::Drawing(TimeSeries { about, axis, series }.draw())))
}

pub fn times(page: &Page, facts: &Facts) -> Panel {
    let panel = Panel::new("times", "Times").unit(format!("median, {}", page.range.label().to_lowercase())).flush();
    let now = &facts.clocks;
    if now.answered == 0 && now.closed == 0 {
        let why = "A ticket counts when its sender tells a second state: answered, or closed. None was answered or closed in this time.";
        return panel.part(empty("No clock has stopped", why));
    }
    let before = facts.clocks_before.as_ref();
    let ms = |seconds: Option<f64>| seconds.map(|seconds| seconds * 1000.0);
    let clock = |name: &str, note: String, of: fn(&Clocks) -> Option<f64>| {
        let (now, then) = (ms(of(now)), before.and_then(|before| ms(of(before))));
        let high = now.into_iter().chain(then).fold(0.0, f64::max).max(1.0) * 1.1;
        let bar =
            InlineBar { before: then.map(|then| then / high), ..InlineBar::new(now.map(|now| now / high), Hue::S1) };
        Row::new(vec![
            Cell::new(name).sub(note),
            Cell::drawn(bar.draw()),
            Cell::new(Text::default().strong(joined(words::duration(now)))),
            change_cell(now, then, Direction::UpIsBad, 0.1),
        ])
    };
    let mut rows = vec![
        clock("First answer", format!("ticket to reply, n {}", now.answered), |clocks| clocks.answer_median),
        clock("Closed", format!("ticket to solution, n {}", now.closed), |clocks| clocks.close_median),
        clock("Slowest tenth", "90% are closed sooner".to_owned(), |clocks| clocks.close_p90),
    ];
    if let Some(rating) = now.rating {
        let then = before.and_then(|before| before.rating);
        rows.push(Row::new(vec![
            Cell::new("Rated by the writers").sub(format!("1 to 5, n {}", now.rated)),
            Cell::drawn(InlineBar::new(Some(rating / 5.0), Hue::S1).draw()),
            Cell::new(Text::default().strong(words::fixed(rating, 1))),
            change_cell(Some(rating), then, Direction::UpIsGood, 0.1),
        ]));
    }
    let columns = vec![
        Column::words("Clock"),
        Column::words("").width(30),
        Column::figures("Now"),
        Column::figures("Change").secondary(1),
    ];
    panel
        .summary(match now.close_median {
            Some(median) => {
                format!("Half of the closed tickets took at most {}.", words::duration(Some(median * 1000.0)))
            }
            None => "No ticket was closed in this time.".to_owned(),
        })
        .part(Part::Table(Table {
            caption: "Times of tickets".to_owned(),
            columns,
            rows,
            class: "barkeep".to_owned(),
            ..Table::default()
        }))
        .foot("each row on its own scale; the tick marks the comparison")
        .action(Link::new("How to send tickets", format!("{}#address", page.to("/start").href())))
}
