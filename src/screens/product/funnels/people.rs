//! The people behind one bar, each with the proof: when every step was reached, and when the window closed.

use super::rule;
use crate::page::Page;
use crate::parts::{empty, joined};
use crate::product::capital;
use crate::words;
use parallax_domain::question::{Count, Funnel, FunnelOutcome, FunnelPeople, FunnelPerson};
use parallax_domain::screen::{Cell, Column, Link, Pager, Panel, Part, Row, Table, Text};
use parallax_domain::{Permission, Problem};

const PAGE: usize = 50;
/// More steps than this have no column of their own.
const COLUMNS: usize = 6;

/// Which list the address asks for; without a wish the people who left before `usual` (0-based).
fn asked(page: &Page, funnel: &Funnel, usual: usize) -> FunnelPeople {
    let steps = funnel.steps.len() as i64;
    let chosen = page.address.number("people").filter(|step| (1..=steps).contains(step)).map(|step| step as usize);
    let outcome = match (chosen, page.address.get("outcome")) {
        (Some(1), _) | (Some(_), Some("completed")) => FunnelOutcome::Completed,
        _ => FunnelOutcome::Dropped,
    };
    let after = page.address.get("after").map(str::to_owned).filter(|_| chosen.is_some());
    FunnelPeople { step: chosen.unwrap_or(usual + 1), outcome, limit: PAGE, after }
}

/// None for whoever may not see lists of people.
pub async fn panel(page: &mut Page, funnel: &Funnel, usual: usize) -> Result<Option<Panel>, Problem> {
    if !page.viewer.may(Permission::ListPeople) {
        return Ok(None);
    }
    let asked = asked(page, funnel, usual);
    let (machine, frame) = (page.machine.clone(), page.frame(page.period));
    let read = machine.store.funnel_people(&mut page.look, &frame, funnel, &asked).await;
    let (one, many) = rule::counted(funnel);
    let bar = rule::bar(funnel, asked.step - 1);
    let title = match asked.outcome {
        FunnelOutcome::Completed => format!("{} who reached step {}", capital(many), asked.step),
        FunnelOutcome::Dropped => format!("{} who left before step {}", capital(many), asked.step),
    };
    let panel = Panel::new("people", title).flush().choices(choices(page, funnel, &asked));
    let told = match read {
        Ok(read) => read.result,
        Err(problem) => return Ok(Some(panel.part(Part::Problem(problem)))),
    };
    let panel = panel.unit(words::counted(told.total, one, many));
    if told.total == 0 {
        return Ok(Some(panel.part(empty("Nobody", format!("No {one} is behind this bar: {bar}.")))));
    }
    let rows = told.people.iter().map(|person| row(page, funnel, person)).collect();
    let first =
        page.address.with("people", &asked.step.to_string()).with("outcome", word(asked.outcome)).without("after");
    let pager = Pager {
        words: format!(
            "{} of {}, by entry",
            words::count_full(Some(told.people.len() as f64)),
            words::count_full(Some(told.total as f64))
        ),
        previous: asked.after.is_some().then(|| Link::new("From the beginning", first.href() + "#people")),
        next: told.next.map(|after| Link::new(format!("Next {PAGE}"), first.with("after", &after).href() + "#people")),
    };
    let table = Table {
        caption: format!("{} behind step {}", capital(many), asked.step),
        columns: columns(funnel),
        rows,
        fold: true,
        pager: Some(pager),
        ..Table::default()
    };
    let summary = match funnel.count {
        Count::Unique => "The list and the chart are the same rows.",
        _ => "The list and the chart are the same rows; a person may be in it several times.",
    };
    Ok(Some(panel.summary(summary).part(Part::Table(table))))
}

fn word(outcome: FunnelOutcome) -> &'static str {
    match outcome {
        FunnelOutcome::Completed => "completed",
        FunnelOutcome::Dropped => "dropped",
    }
}

/// Reached or left, for the step at hand.
fn choices(page: &Page, funnel: &Funnel, asked: &FunnelPeople) -> Vec<Link> {
    if asked.step == 1 || funnel.steps.len() < 2 {
        return Vec::new();
    }
    let link = |label: &str, outcome: FunnelOutcome| {
        let address =
            page.address.with("people", &asked.step.to_string()).with("outcome", word(outcome)).without("after");
        Link::new(label, address.href() + "#people").current(asked.outcome == outcome)
    };
    vec![link("left", FunnelOutcome::Dropped), link("reached", FunnelOutcome::Completed)]
}

fn columns(funnel: &Funnel) -> Vec<Column> {
    let mut columns = vec![Column::words("Person"), Column::words("Entered")];
    for step in 1..funnel.steps.len().min(COLUMNS) {
        columns.push(
            Column::figures(rule::bar(funnel, step))
                .hint("Time since the first step")
                .secondary(u8::from(step + 1 < funnel.steps.len())),
        );
    }
    columns.push(Column::words("Window").hint("When the attempt could not be completed any more"));
    columns
}

fn row(page: &Page, funnel: &Funnel, person: &FunnelPerson) -> Row {
    let short = person.person.chars().take(10).collect::<String>() + "…";
    let mut cells = vec![Cell::code(short), Cell::new(page.time(person.entered_at))];
    for step in 1..funnel.steps.len().min(COLUMNS) {
        let since =
            person.steps.get(step).copied().flatten().map(|at| (at - person.entered_at).num_milliseconds() as f64);
        cells.push(match since {
            Some(ms) => Cell::new(format!("+{}", joined(words::duration(Some(ms))))),
            None => Cell::new("–"),
        });
    }
    let closes = person.entered_at + chrono::Duration::seconds(funnel.window);
    let converted = person.steps.last().is_some_and(Option::is_some);
    cells.push(Cell::new(match (converted, closes <= page.look.fresh_as_of) {
        (true, _) => Text::new("came through"),
        (false, true) => Text::new("closed ").join(page.time(closes)),
        (false, false) => Text::new("open until ").join(page.time(closes)),
    }));
    Row::new(cells)
}
