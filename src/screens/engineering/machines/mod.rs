//! Machines: processor, memory, disks and network of every host that reports, and one host in full.

mod findings;
mod fleet;
pub mod host;
mod parts;
mod table;
mod top;

pub use fleet::compose;

use crate::applied::Applied;
use crate::page::Page;
use parallax_domain::screen::Link;
use parallax_server::store::question::machines::samples::Choice;

/// In the address as `agg`.
fn choice(page: &Page) -> Choice {
    page.address.get("agg").and_then(Choice::parse).unwrap_or_default()
}

/// As a segmented choice.
fn choices(page: &Page, chosen: Choice) -> Vec<Link> {
    let label = |choice: Choice| match choice {
        Choice::Average => "Avg",
        Choice::Least => "Min",
        Choice::Most => "Max",
        other => other.word(),
    };
    Choice::ALL
        .into_iter()
        .map(|choice| {
            Link::new(label(choice), page.address.with("agg", choice.word()).href()).current(choice == chosen)
        })
        .collect()
}

/// `average`, `p95`; of what is bad when it is low the other end of the scale.
fn choice_words(choice: Choice, low_is_bad: bool) -> &'static str {
    match (choice, low_is_bad) {
        (Choice::Average, _) => "average",
        (Choice::Least, _) => "minimum",
        (Choice::Most, _) => "maximum",
        (Choice::P50, _) => "median",
        (Choice::P90, false) => "p90",
        (Choice::P95, false) => "p95",
        (Choice::P90, true) => "p10",
        (Choice::P95, true) => "p5",
    }
}

/// Machines say of themselves what they are, not what runs on them.
fn applied(page: &Page) -> Applied {
    Applied::to_fields(page, &["host", "environment"])
}
