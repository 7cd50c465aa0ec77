//! What may be shown to whom: raw text is read by few and every reading is written down; cells of too few people are not
//! shown to everybody.

use crate::page::Page;
use crate::words;
use chrono::Duration;
use parallax_domain::screen::{Link, Part, Text};
use parallax_domain::{Permission, Problem};
use parallax_server::identity::audit::{self, Entry};
use serde_json::Value;

/// Reading the same again within this time is the same reading.
const ONE_READING_MINUTES: i64 = 15;

/// Whether the viewer reads raw text here. If so, that is written to the audit log before anything is shown.
pub async fn reads_raw(page: &Page, what: &str, detail: Value) -> Result<bool, Problem> {
    if !page.viewer.may(Permission::ReadRawText) {
        return Ok(false);
    }
    let entry = Entry {
        project: Some(page.project.id),
        actor: &page.viewer.email,
        action: "raw text read",
        object: what,
        detail,
    };
    audit::write_once(&page.machine.database, entry, Duration::minutes(ONE_READING_MINUTES)).await.map_err(|_| {
        Problem::unavailable("Reading raw text is written down, and the audit log cannot be written right now.")
    })?;
    Ok(true)
}

/// In the place of what the viewer may not read. `what`: `Messages and stacks`.
pub fn not_for_you(page: &Page, what: &str) -> Part {
    let why = Text::new(format!(
        "{what} are raw text, which is read by {}. An admin can give you that role.",
        Permission::ReadRawText.held_by()
    ));
    crate::parts::empty_with(
        "Not shown to you",
        why,
        Link::new("What is collected and who sees it", page.to("/transparency").href()),
    )
}

/// A number of people, unless they are too few to be shown to this viewer.
pub fn people(page: &Page, number: i64) -> String {
    people_for(page.viewer.smallest_cell(), number)
}

fn people_for(smallest: Option<i64>, number: i64) -> String {
    match smallest {
        Some(smallest) if number > 0 && number < smallest => format!("under {smallest}"),
        _ => words::count_full(Some(number as f64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_people_are_not_counted_for_everybody() {
        assert_eq!(people_for(Some(20), 19), "under 20");
        assert_eq!(people_for(Some(20), 20), "20");
        assert_eq!(people_for(Some(20), 0), "0");
        assert_eq!(people_for(None, 1), "1");
    }
}
