//! The list below the clock: what a person should read, in order of time.

use super::Facts;
use crate::charts::{Entry, Weight};
use crate::page::Page;
use crate::support::issue_href;
use crate::support::short;
use crate::words;
use parallax_domain::screen::Text;
use parallax_domain::{Category, Instant, Severity, Signal};
use parallax_server::store::question::person::{DecisionRow, ErrorRow, EventRow, LineRow, RequestRow, WrittenRow};
use serde_json::Value;

/// Properties told beside an event.
const PROPERTIES: usize = 4;

/// Oldest first. Requests and log lines stand in the list only if something about them is worth reading.
pub fn of(page: &Page, facts: &Facts) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    entries.extend(facts.events.iter().map(|row| event(page, row)));
    entries.extend(facts.requests.iter().filter(|row| row.error || Facts::is_slow(row)).map(|row| request(page, row)));
    entries.extend(facts.errors.iter().map(|row| error(page, row)));
    entries.extend(facts.lines.iter().filter(|row| row.level >= Severity::Warn).map(|row| line(page, row)));
    entries.extend(facts.writings.iter().flat_map(|row| written(page, row)));
    entries.extend(facts.decisions.iter().filter(|row| page.period.contains(row.at)).map(|row| decision(page, row)));
    entries.sort_by_key(|entry| entry.at);
    if let Some(since) = facts.refused_since(Category::Usage)
        && let Some(place) =
            entries.iter().rposition(|entry| entry.at.is_some_and(|at| at <= since)).map(|at| at + 1).or(Some(0))
    {
        entries.insert(place, gap(page, since));
    }
    entries
}

fn entry(page: &Page, at: Instant, icon: &str, kind: &str, title: Text) -> Entry {
    let wall = page.wall(at);
    let mut entry = Entry { icon: icon.to_owned(), kind: kind.to_owned(), title, ..Entry::at(at, wall) };
    if wall.date() != page.wall(page.now).date() {
        entry.time = format!("{}, {}", words::day(wall), entry.time);
    }
    entry
}

fn trace_link(page: &Page, id: uuid::Uuid) -> (String, String) {
    let hex = id.simple().to_string();
    (format!("Trace {}", &hex[..8]), page.to(&format!("/explore/traces/{hex}")).href())
}

fn event(page: &Page, row: &EventRow) -> Entry {
    let view = row.name == "page_view";
    let title = match (view, &row.path) {
        (true, Some(path)) => Text::new(path.clone()),
        _ => Text::new(row.name.replace('_', " ")),
    };
    let mut notes = Vec::new();
    if let Some(money) = row.revenue {
        notes.push(words::money_full(Some(money as f64 / 1e6), row.currency.as_deref().unwrap_or("")));
    }
    if let Some(title) = row.title.as_ref().filter(|_| view) {
        notes.push(title.clone());
    }
    if let Some(path) = row.path.as_ref().filter(|_| !view) {
        notes.push(format!("on {path}"));
    }
    let shown = row.properties.iter().flat_map(|properties| properties.iter());
    for (name, value) in shown.filter(|(name, _)| page.shows(Signal::Event, name)).take(PROPERTIES) {
        let value = match value {
            Value::String(text) => short(text),
            Value::Null | Value::Array(_) | Value::Object(_) => continue,
            other => other.to_string(),
        };
        notes.push(format!("{name} {value}"));
    }
    let (icon, kind) = if view { ("globe", "Page view") } else { ("event", "Event") };
    Entry {
        note: Text::new(notes.join(", ")),
        link: row.trace_id.map(|id| trace_link(page, id)),
        ..entry(page, row.at, icon, kind, title)
    }
}

fn request(page: &Page, row: &RequestRow) -> Entry {
    let status = row.status.filter(|status| *status > 0).map(|status| format!(", status {status}")).unwrap_or_default();
    let took = words::duration(Some(row.duration as f64 / 1e6));
    let said = if row.error { format!(" failed after {took}") } else { format!(" took {took}") };
    let host = row.host.as_ref().map(|host| format!(" on {host}")).unwrap_or_default();
    Entry {
        note: Text::new(format!("{}{host}{status}", row.service.as_deref().unwrap_or("unknown service"))),
        weight: Weight::Bad,
        link: Some(trace_link(page, row.trace_id)),
        ..entry(
            page,
            row.at,
            "trace",
            if row.error { "Failed request" } else { "Slow request" },
            Text::new(row.operation.clone()).plain(said),
        )
    }
}

fn error(page: &Page, row: &ErrorRow) -> Entry {
    let wher = [row.service.as_deref(), row.operation.as_deref(), row.version.as_deref()];
    let wher: Vec<&str> = wher.into_iter().flatten().collect();
    Entry {
        note: Text::new(wher.join(", ")),
        weight: Weight::Bad,
        link: Some(("Problem".to_owned(), issue_href(page, row.issue))),
        ..entry(page, row.at, "err", "Error", Text::new(short(&row.title)))
    }
}

fn line(page: &Page, row: &LineRow) -> Entry {
    let weight = if row.level >= Severity::Error { Weight::Bad } else { Weight::Normal };
    Entry {
        note: Text::new(format!("{}, {}", row.level, row.service.as_deref().unwrap_or("unknown service"))),
        weight,
        link: row.trace_id.map(|id| trace_link(page, id)),
        ..entry(page, row.at, "log", "Log", Text::default().code(row.message.clone()))
    }
}

fn written(page: &Page, row: &WrittenRow) -> Vec<Entry> {
    let kind = if row.ticket { format!("Ticket {}", row.id) } else { "Feedback".to_owned() };
    let of = |at: Instant, title: String, note: String| Entry {
        note: Text::new(note),
        weight: Weight::Ticket,
        ..entry(page, at, "mail", &kind, Text::new(title))
    };
    let rating = row.rating.map(|rating| format!("rated {} of 5", words::fixed(rating, 0))).unwrap_or_default();
    if !row.ticket {
        return vec![of(row.at, format!("“{}”", short(&row.body)), rating)];
    }
    let after = |end: Instant| words::duration(Some((end - row.at).num_milliseconds() as f64));
    let mut entries = vec![of(
        row.at,
        if row.title.is_empty() { "Opened".to_owned() } else { row.title.clone() },
        format!("“{}”", short(&row.body)),
    )];
    if let Some(at) = row.answered_at.filter(|at| *at > row.at) {
        entries.push(of(at, "Answered".to_owned(), format!("first answer after {}", after(at))));
    }
    if let Some(at) = row.closed_at.filter(|at| *at > row.at) {
        let note =
            if rating.is_empty() { format!("after {}", after(at)) } else { format!("after {}, {rating}", after(at)) };
        entries.push(of(at, "Closed".to_owned(), note));
    }
    entries.retain(|entry| entry.at.is_some_and(|at| page.period.contains(at)));
    entries
}

fn decision(page: &Page, row: &DecisionRow) -> Entry {
    let list =
        |categories: &[Category]| categories.iter().map(|category| category.word()).collect::<Vec<_>>().join(", ");
    let title = match (row.granted.is_empty(), row.denied.is_empty()) {
        (false, false) => format!("Shares {}, not {}", list(&row.granted), list(&row.denied)),
        (false, true) => format!("Shares {}", list(&row.granted)),
        (true, false) => format!("Does not share {}", list(&row.denied)),
        (true, true) => "Decided nothing".to_owned(),
    };
    let note: Vec<&str> =
        [row.source.as_str(), row.policy.as_str()].into_iter().filter(|text| !text.is_empty()).collect();
    Entry {
        note: Text::new(note.join(", ")),
        weight: Weight::Consent,
        ..entry(page, row.at, "shield", "Consent", Text::new(title))
    }
}

fn gap(page: &Page, since: Instant) -> Entry {
    Entry {
        at: Some(since),
        time: format!("since {}", page.moment(since)),
        title: Text::new("Pages and events are not known: the person chose not to share usage."),
        weight: Weight::Gap,
        ..Entry::default()
    }
}
