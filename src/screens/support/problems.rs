//! Problems by the people who met them.

use super::{Facts, course, issue_href, issue_number, plain_stat, short};
use crate::charts::{Hue, InlineBar};
use crate::engineering::issues::status_words;
use crate::page::Page;
use crate::parts::{empty, or_problem};
use crate::words;
use parallax_domain::question::IssueRow;
use parallax_domain::screen::{Cell, Column, Panel, Part, Row, Stat, Table, Text};

/// Of the last quarter of the time against the rest, from which a course rises.
const RISES: f64 = 2.0;
/// Fewer occurrences have no course.
const ENOUGH: i64 = 8;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Trend {
    Rising,
    Falling,
    Steady,
    Few,
}

impl Trend {
    fn of(course: Option<&Vec<i64>>) -> Trend {
        let Some(course) = course.filter(|course| course.iter().sum::<i64>() >= ENOUGH && course.len() >= 8) else {
            return Trend::Few;
        };
        let quarter = course.len() / 4;
        let (earlier, latest) = course.split_at(course.len() - quarter);
        let rate = |part: &[i64]| part.iter().sum::<i64>() as f64 / part.len() as f64;
        let (before, now) = (rate(earlier), rate(latest));
        if now >= RISES * before {
            Trend::Rising
        } else if now * RISES <= before {
            Trend::Falling
        } else {
            Trend::Steady
        }
    }

    fn word(self) -> &'static str {
        match self {
            Trend::Rising => "rising",
            Trend::Falling => "falling",
            Trend::Steady => "steady",
            Trend::Few => "few",
        }
    }
}

pub fn panel(page: &Page, facts: &Facts) -> Panel {
    let panel = Panel::new("problems", "Common problems now").unit("by people affected").flush();
    let rows = match &facts.issues {
        Ok(rows) => rows,
        Err(problem) => return or_problem(panel, Err(problem.clone())),
    };
    if rows.is_empty() {
        let why = "Exceptions in logs and traces are grouped into problems here. None arrived in this time.";
        return panel.part(empty("No problem met anybody", why));
    }
    let trend = |row: &IssueRow| Trend::of(facts.courses.get(&row.id));
    let rising: Vec<&IssueRow> = rows.iter().take(super::PROBLEMS).filter(|row| trend(row) == Trend::Rising).collect();
    let silent = rows.iter().filter(|row| row.people > 0 && tickets(facts, row) == 0).count();
    let mut summary = match rising.as_slice() {
        [] => Text::new("None is rising."),
        [one] => Text::default().strong(short(&one.title)).plain(" is rising."),
        many => Text::default().strong(many.len().to_string()).plain(" are rising."),
    };
    if silent > 0 {
        summary = summary.plain(format!(
            " Nobody has written about {silent} of the {}.",
            words::counted(rows.len() as i64, "problem", "problems")
        ));
    }
    let table = Table {
        caption: "Problems by people affected".to_owned(),
        columns: vec![
            Column::words("Problem"),
            Column::figures("Course").secondary(1),
            Column::figures("People")
                .hint("Known people; an exception without a known person counts in occurrences only"),
            Column::figures("Occurrences").secondary(1),
            Column::words("First seen").secondary(1),
            Column::figures("Tickets").hint("Written by people who met the problem in the day before"),
            Column::words("State"),
        ],
        rows: rows.iter().take(super::PROBLEMS).map(|row| line(page, facts, row, trend(row))).collect(),
        fold: true,
        ..Table::default()
    };
    panel
        .summary(summary)
        .part(Part::Table(table))
        .foot(format!("{} of {} shown", rows.len().min(super::PROBLEMS), rows.len()))
        .foot("rising: the last quarter of the time has twice the rate of the rest")
}

fn line(page: &Page, facts: &Facts, row: &IssueRow, trend: Trend) -> Row {
    let id = issue_number(&row.id);
    let hue = if trend == Trend::Rising { Hue::Bad } else { Hue::Ink };
    let href = issue_href(page, id.unwrap_or_default());
    let versions = match row.versions.as_slice() {
        [] => String::new(),
        [one] => format!(", {one}"),
        many => format!(", {} versions", many.len()),
    };
    let tickets = tickets(facts, row);
    let (state, tone) = status_words(row.status);
    Row::new(vec![
        Cell::link(short(&row.title), href)
            .sub(format!("{}{versions}", row.service.as_deref().unwrap_or("unknown service"))),
        Cell::drawn(course(facts.courses.get(&row.id), hue)).sub(trend.word()),
        Cell::new(Text::default().strong(words::count_full(Some(row.people as f64)))),
        Cell::new(words::count_full(Some(row.count as f64))),
        Cell::new(page.time(row.first_seen)),
        Cell::new(if tickets == 0 { Text::default().strong("0") } else { Text::new(tickets.to_string()) }),
        Cell::new(Text::default().badge(state, tone)),
    ])
}

fn tickets(facts: &Facts, row: &IssueRow) -> i64 {
    issue_number(&row.id).and_then(|id| facts.tickets_by_issue.get(&id)).copied().unwrap_or(0)
}

/// Problems of people that nobody has written about.
pub fn found_first(facts: &Facts) -> Stat {
    let rows: Vec<&IssueRow> = facts.issues.iter().flatten().filter(|row| row.people > 0).collect();
    let first = rows.iter().filter(|row| tickets(facts, row) == 0).count();
    let value = if facts.issues.is_err() {
        (words::UNKNOWN.to_owned(), String::new())
    } else {
        (first.to_string(), format!("of {}", rows.len()))
    };
    let mut stat = plain_stat(
        "found-first",
        "Seen before a ticket",
        "Problems that met known people and about which none of them has written within a day.",
        value,
        Text::new("problems that met somebody"),
    );
    if !rows.is_empty() {
        stat.spark = InlineBar::new(Some(first as f64 / rows.len() as f64), Hue::Ink).draw();
    }
    stat
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_rises_when_its_last_quarter_doubles() {
        assert!(Trend::of(Some(&vec![1, 1, 1, 1, 1, 1, 3, 4])) == Trend::Rising);
        assert!(Trend::of(Some(&vec![4, 4, 4, 4, 4, 4, 1, 1])) == Trend::Falling);
        assert!(Trend::of(Some(&vec![4, 4, 4, 4, 4, 4, 5, 4])) == Trend::Steady);
        assert!(Trend::of(Some(&vec![0, 0, 0, 0, 0, 0, 0, 4])) == Trend::Few);
        assert!(Trend::of(None) == Trend::Few);
    }
}
