//! Issues: exceptions that are one mistake, by the people who met them.

mod list;
pub mod one;

use crate::applied::Applied;
use crate::page::Page;
use parallax_domain::Problem;
use parallax_domain::question::IssueStatus;
use parallax_domain::screen::{Screen, Tone};

/// Fields that occurrences are found by.
const FIELDS: [&str; 4] = ["service", "operation", "version", "environment"];

/// All issues, or the one that the address names.
pub async fn compose(page: &mut Page) -> Result<Screen, Problem> {
    match page.address.get("issue").filter(|id| !id.is_empty()).map(str::to_owned) {
        Some(id) => one::compose(page, &id).await,
        None => list::compose(page).await,
    }
}

/// What the page's filters say about issues.
fn applied(page: &Page) -> Applied {
    Applied::to_equals(page, &FIELDS)
}

/// The word of a status, and whether somebody should look.
pub fn status_words(status: IssueStatus) -> (&'static str, Tone) {
    match status {
        IssueStatus::New => ("new", Tone::Accent),
        IssueStatus::Ongoing => ("ongoing", Tone::Neutral),
        IssueStatus::Escalating => ("escalating", Tone::Warn),
        IssueStatus::Regressed => ("came back", Tone::Bad),
        IssueStatus::Archived => ("archived", Tone::Neutral),
        IssueStatus::Resolved => ("resolved", Tone::Good),
    }
}
