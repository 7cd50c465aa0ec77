//! One issue: how often, to whom, where and in which versions, and what to do about it.

use super::{applied, status_words};
use crate::charts::{About, BarList, BarRow, Form as Shape, Hue, Line, Series, TimeSeries};
use crate::page::Page;
use crate::parts::{empty, empty_with};
use crate::reading;
use crate::words::{self, Unit};
use parallax_domain::question::{Facet, IssueStatus};
use parallax_domain::screen::{
    Banner, Cell, Code, Column, Form, Link, Panel, Part, Row, Screen, Stat, Stats, Table, Text, Tone,
};
use parallax_domain::{Filter, Permission, Problem};
use parallax_server::store::question::{IssueDetail, IssueState, OccurrenceRow};
use serde_json::json;

/// Newest occurrences on the page.
const SHOWN: i64 = 20;
/// A longer stack shows its ends.
const STACK_LINES: usize = 80;

pub async fn compose(page: &mut Page, id: &str) -> Result<Screen, Problem> {
    let applied = applied(page);
    let notice = applied.notice(page, "Issues");
    let machine = page.machine.clone();
    let mut frame = page.frame(page.period);
    frame.filters = applied.filters;
    let issue = machine.store.issue(&mut page.look, &frame, id).await?.ok_or_else(|| Problem::not_found("issue"))?;
    let raw = reading::reads_raw(page, "issue", json!({ "issue": id })).await?;
    let facets = machine.store.issue_facets(&mut page.look, &frame, id).await?;
    let newest = machine.store.occurrences(&mut page.look, &frame, id, SHOWN).await?;
    let buckets = page.buckets.clone();
    let courses = machine.store.issue_courses(&mut page.look, &frame, &[id.to_owned()], &buckets).await?;
    let course = courses.into_values().next().unwrap_or_else(|| vec![0; page.buckets.len()]);

    let mut screen = page.screen(&issue.title);
    screen.crumbs = vec![
        Link::new("Engineering", page.to("/engineering").href()),
        Link::new("Issues", page.to("/engineering/issues").href()),
        Link::new(id, String::new()),
    ];
    screen.lede = lede(page, &issue);
    screen.actions = actions(page, &issue);
    screen.parts.extend(notice);
    screen.parts.extend(decided(page, &issue));
    screen.parts.push(Part::Stats(stats(page, &issue)));
    let over_time = over_time(page, &issue, &course).await?;
    screen.parts.push(Part::Grid(vec![(8, over_time.into()), (4, state(page, &issue).into())]));
    if issue.count == 0 {
        let action = Link::new("Since it began", page.address.with_range(since(page, &issue)).href());
        let why = format!(
            "It happened last {}, which is not in {}.",
            page.ago(issue.last_seen),
            page.range.label().to_lowercase()
        );
        screen.parts.push(empty_with("Not in this time", why, action));
        return Ok(screen);
    }
    screen.parts.push(Part::Grid(facets.iter().map(|facet| (4, place(page, facet).into())).collect()));
    screen.parts.push(occurrences(page, &newest, raw).into());
    screen.parts.push(stack(page, &newest, raw).into());
    Ok(screen)
}

fn lede(page: &Page, issue: &IssueDetail) -> Text {
    let service = issue.service.clone().unwrap_or_else(|| "an unknown service".to_owned());
    let text = Text::new("In ").strong(service);
    let text = match &issue.culprit {
        Some(culprit) => text.plain(", thrown at ").code(culprit.clone()),
        None => text,
    };
    let first = match &issue.first_version {
        Some(version) => format!("; first seen {} in version {version}", page.ago(issue.first_seen)),
        None => format!("; first seen {}", page.ago(issue.first_seen)),
    };
    text.plain(first).plain(format!(", last {}.", page.ago(issue.last_seen)))
}

fn actions(page: &Page, issue: &IssueDetail) -> Vec<Link> {
    let mut links = Vec::new();
    if let Some(service) = &issue.service {
        let logs = page
            .to("/explore/logs")
            .without_filters()
            .with_filter(Filter::is("service", service))
            .with("q", &format!("\"{}\"", issue.r#type));
        // The search reads what lines say.
        if page.viewer.may(Permission::ReadRawText) {
            links.push(Link::new("Logs", logs.href()).icon("log"));
        }
        links.push(
            Link::new("Service", page.to("/engineering/services").with("service", service).href()).icon("server"),
        );
    }
    links
}

/// From the day it was first seen.
fn since(page: &Page, issue: &IssueDetail) -> parallax_domain::period::Range {
    let days = (page.now - issue.first_seen).num_days().clamp(0, 758) + 1;
    parallax_domain::period::Range::Days(u32::try_from(days).unwrap_or(90))
}

/// Says what somebody decided, and whether it held.
fn decided(page: &Page, issue: &IssueDetail) -> Option<Part> {
    let (at, by) = (issue.state_at?, issue.state_by.clone().unwrap_or_else(|| "somebody".to_owned()));
    let when = page.moment(at);
    let (tone, words) = match issue.status {
        IssueStatus::Regressed => (Tone::Bad, format!("Resolved by {by} on {when}, and came back since.")),
        IssueStatus::Resolved => (Tone::Good, format!("Resolved by {by} on {when}; it has not happened since.")),
        IssueStatus::Archived => (Tone::Neutral, format!("Archived by {by} on {when}.")),
        _ => return None,
    };
    Some(Part::Banner(Banner { tone, text: Text::new(words), action: None }))
}

fn stats(page: &Page, issue: &IssueDetail) -> Stats {
    let stat = |id: &str, name: &str, definition: &str, value: String, foot: String| Stat {
        id: id.to_owned(),
        name: name.to_owned(),
        definition: definition.to_owned(),
        value,
        foot: Text::new(foot),
        ..Stat::default()
    };
    let count = |value: i64| words::count(Some(value as f64)).to_string();
    let share = |part: i64| words::percent((issue.count > 0).then(|| part as f64 / issue.count as f64)).to_string();
    Stats {
        label: format!("Issue, {}", page.range.label().to_lowercase()),
        cards: vec![
            stat(
                "occurrences",
                "Occurrences",
                "Exceptions of this group in the period. One told by a log and by a span is one.",
                count(issue.count),
                page.range.label().to_lowercase(),
            ),
            stat(
                "people",
                "People affected",
                "Different people who met it, of those who are known.",
                reading::people(page, issue.people),
                format!("{} without a known person", share(issue.nobody)),
            ),
            stat(
                "unhandled",
                "Not handled",
                "Exceptions that left the code that was meant to catch them, as the sender says.",
                share(issue.unhandled),
                format!("{} of {}", count(issue.unhandled), count(issue.count)),
            ),
            stat("first", "First seen", "", page.ago(issue.first_seen), page.moment(issue.first_seen)),
            stat("last", "Last seen", "", page.ago(issue.last_seen), page.moment(issue.last_seen)),
        ],
    }
}

async fn over_time(page: &mut Page, issue: &IssueDetail, course: &[i64]) -> Result<Panel, Problem> {
    let axis = issue.service.as_deref().map_or_else(|| page.axis(), |service| page.axis_of(service));
    let values = course.iter().map(|count| Some(*count as f64)).collect();
    let summary = summary(page, course);
    let about = About {
        notes: page.notes(issue.count.max(0) as u64, "projection"),
        ..About::new("occurrences", "Occurrences over time").summary(summary.clone())
    };
    let line = Line::new("occurrences", values).hue(Hue::Bad).form(Shape::Bars);
    let series = Series { unit: Unit::Count, lines: vec![line], height: 150, ..Series::default() };
    let drawing = TimeSeries { about, axis, series }.draw();
    Ok(Panel::new("over-time", "Occurrences over time")
        .unit(page.step_words())
        .summary(summary)
        .part(Part::Drawing(drawing)))
}

fn summary(page: &Page, course: &[i64]) -> String {
    let most = course.iter().enumerate().max_by_key(|(index, count)| (**count, std::cmp::Reverse(*index)));
    match most {
        Some((index, count)) if *count > 0 => {
            let at = page.buckets.labels()[index];
            format!("Most at {}: {}.", page.moment(at), words::counted(*count, "occurrence", "occurrences"))
        }
        _ => "It did not happen in this time.".to_owned(),
    }
}

/// What can be done about it, by those who may.
fn state(page: &Page, issue: &IssueDetail) -> Panel {
    let (word, tone) = status_words(issue.status);
    let panel = Panel::new("state", "State").badge(word, tone);
    let panel = panel.part(Part::Facts(vec![
        ("Type".to_owned(), Text::default().code(issue.r#type.clone())),
        ("Id".to_owned(), Text::default().code(issue.id.clone())),
    ]));
    if !page.viewer.may(Permission::WriteOperations) {
        return panel.part(Part::Prose(Text::new(format!(
            "Resolving and archiving is for {}. An admin can give you that role.",
            Permission::WriteOperations.held_by()
        ))));
    }
    choices(&issue.state).into_iter().fold(panel, |panel, (state, submit, note)| {
        let form = Form {
            id: format!("issue-{}", state.word()),
            action: "/fn/issue/state".to_owned(),
            hidden: vec![
                ("project".to_owned(), page.project.id.to_string()),
                ("id".to_owned(), issue.id.clone()),
                ("state".to_owned(), state.word().to_owned()),
            ],
            submit: submit.to_owned(),
            tone: if state == IssueState::Resolved { Tone::Accent } else { Tone::Neutral },
            inline: true,
            ..Form::default()
        };
        panel.part(Part::Prose(Text::new(note))).part(Part::Form(form))
    })
}

/// States that this one can change to, each with its button and what it means.
fn choices(state: &str) -> Vec<(IssueState, &'static str, &'static str)> {
    let all = [
        (IssueState::Resolved, "Resolve", "Mended: if it happens again it is said to have come back."),
        (IssueState::Archived, "Archive", "Not to be mended: it leaves the list of open issues."),
        (IssueState::Open, "Open again", "Takes the decision back."),
    ];
    all.into_iter().filter(|(known, ..)| known.word() != state).collect()
}

fn place(page: &Page, facet: &Facet) -> Panel {
    let title = match facet.field.as_str() {
        "version" => "Versions",
        "operation" => "Operations",
        _ => "Environments",
    };
    let rows: Vec<BarRow> = facet
        .values
        .iter()
        .map(|value| BarRow {
            label: value.value.clone().unwrap_or_else(|| "not told".to_owned()),
            value: Some(value.count as f64),
            href: value.value.as_deref().map(|value| page.filtered(&facet.field, value)),
            chosen: value.value.as_deref().is_some_and(|value| page.is_filtered(&facet.field, value)),
            ..BarRow::default()
        })
        .collect();
    let about = About::new(format!("of-{}", facet.field), title);
    Panel::new(&format!("by-{}", facet.field), title)
        .unit("occurrences")
        .part(Part::Drawing(BarList { about, rows, ..BarList::default() }.draw()))
}

fn occurrences(page: &Page, newest: &[OccurrenceRow], raw: bool) -> Panel {
    let rows = newest
        .iter()
        .map(|row| {
            let trace = match (&row.trace_id, &row.span_id) {
                (Some(trace), Some(span)) => {
                    let address = page.to(&format!("/explore/traces/{trace}")).with("span", span);
                    Cell::link(format!("{}…", &trace[..8]), address.href())
                }
                (Some(trace), None) => {
                    Cell::link(format!("{}…", &trace[..8]), page.to(&format!("/explore/traces/{trace}")).href())
                }
                (None, _) => Cell::new(Text::default().soft("no trace")),
            };
            let person = match &row.person {
                Some(person) if raw => Cell::link(
                    format!("{}…", person.chars().take(10).collect::<String>()),
                    page.to(&format!("/support/people/{person}")).href(),
                ),
                Some(_) => Cell::new("known"),
                None => Cell::new(Text::default().soft("not known")),
            };
            let message = if raw { row.message.clone() } else { "••••".to_owned() };
            Row::new(vec![
                Cell::new(page.time(row.at)),
                Cell::code(message).sub(row.operation.clone().unwrap_or_default()),
                Cell::new(row.version.clone().unwrap_or_else(|| words::UNKNOWN.to_owned())),
                Cell::new(if row.handled { "yes" } else { "no" }),
                person,
                trace,
            ])
        })
        .collect();
    let columns = vec![
        Column::words("When"),
        Column::words("Message and operation").width(46),
        Column::words("Version").secondary(1),
        Column::words("Handled").secondary(2),
        Column::words("Person").secondary(1),
        Column::words("Trace"),
    ];
    let panel = Panel::new("newest", "Newest occurrences")
        .unit(format!("the last {}", newest.len()))
        .flush()
        .part(Part::Table(Table { caption: "Newest occurrences".to_owned(), columns, rows, ..Table::default() }));
    if raw { panel.foot("Messages are raw text; that you read them is in the audit log") } else { panel }
}

fn stack(page: &Page, newest: &[OccurrenceRow], raw: bool) -> Panel {
    let panel = Panel::new("stack", "Stack of the newest")
        .unit(newest.first().map(|row| page.moment(row.at)).unwrap_or_default());
    if !raw {
        return panel.part(reading::not_for_you(page, "Messages and stacks"));
    }
    match newest.iter().find_map(|row| row.stack.as_deref()) {
        Some(stack) => {
            panel.part(Part::Code(Code { text: ends(stack, STACK_LINES), copy: Some("Copy the stack".to_owned()) }))
        }
        None => panel.part(empty(
            "No stack was sent",
            "It would be read from exception.stacktrace. Languages differ in when they record one.",
        )),
    }
}

/// The first and last lines of a long text.
fn ends(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    if all.len() <= lines {
        return text.to_owned();
    }
    let (head, tail) = (lines * 2 / 3, lines / 3);
    let left_out = format!("… {} lines left out …", all.len() - head - tail);
    [&all[..head], &[left_out.as_str()], &all[all.len() - tail..]].concat().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_offers_the_others() {
        let offered = |state: &str| choices(state).into_iter().map(|(state, ..)| state).collect::<Vec<_>>();
        assert_eq!(offered("open"), [IssueState::Resolved, IssueState::Archived]);
        assert_eq!(offered("resolved"), [IssueState::Archived, IssueState::Open]);
        assert_eq!(offered("archived"), [IssueState::Resolved, IssueState::Open]);
    }

    #[test]
    fn a_long_stack_keeps_both_ends_and_says_what_is_missing() {
        let stack: Vec<String> = (0..100).map(|line| format!("at {line}")).collect();
        let short = ends(&stack.join("\n"), 30);
        assert!(short.starts_with("at 0\n") && short.ends_with("at 99"), "{short}");
        assert!(short.contains("at 19\n… 70 lines left out …\nat 90"), "{short}");
        assert_eq!(ends("a\nb", 30), "a\nb");
    }
}
