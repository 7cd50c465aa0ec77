//! The stream itself: traces, logs, metrics, events.

pub mod events;
pub mod logs;
pub mod metrics;
pub mod trace;
pub mod traces;

use crate::page::Page;
use crate::support::short_person;
use chrono::{SecondsFormat, TimeDelta};
use parallax_domain::period::Range;
use parallax_domain::screen::{Tab, Text};
use parallax_domain::{Address, Filter, Instant, Op, Permission};

pub fn tabs(page: &Page) -> Vec<Tab> {
    page.tabs(&[
        ("/explore/traces", "Traces"),
        ("/explore/logs", "Logs"),
        ("/explore/metrics", "Metrics"),
        ("/explore/events", "Events"),
    ])
}

/// The range from shortly before one instant to shortly after another, wherever a page's own range lies.
pub fn around(from: Instant, to: Instant, margin: TimeDelta) -> Range {
    let spelled = |at: Instant| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    Range::Between(spelled(from - margin), spelled(to + margin))
}

/// Who it was: the person's page for those who may open it, an opaque name for those who may list people.
pub fn person(page: &Page, id: Option<&str>) -> Text {
    let Some(id) = id else { return Text::default().soft("–") };
    if page.viewer.may(Permission::ReadRawText) {
        Text::default().link(short_person(id), page.to(&format!("/support/people/{id}")).href())
    } else if page.viewer.may(Permission::ListPeople) {
        Text::default().code(short_person(id))
    } else {
        Text::default().soft("one person")
    }
}

/// The page filtered by a value, or by its absence; from the first row on and with nothing opened.
pub fn narrowed(page: &Page, field: &str, value: Option<&str>) -> (Address, bool) {
    let filter = match value {
        Some(value) => Filter::is(field, value),
        None => Filter { field: field.to_owned(), op: Op::NotSet, values: Vec::new() },
    };
    let chosen = page.address.filters.contains(&filter);
    (page.address.with_filter(filter).without("cursor").without("line"), chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_around_something_is_one_that_addresses_can_spell() {
        let at = "2026-11-19T14:32:18.5Z".parse().unwrap();
        let range = around(at, at, TimeDelta::seconds(60));
        assert_eq!(range.to_string(), "2026-11-19T14:31:18Z..2026-11-19T14:33:18Z");
        assert_eq!(Range::parse(&range.to_string()), Some(range));
    }
}
