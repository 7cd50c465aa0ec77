//! The kit: one file per class of part, named as in the style sheet. It renders what a screen
//! holds and knows no page. State lives in attributes; nothing here listens to events, because
//! everything that needs scripts is delegated (see `ui::browser`), so that markup made by the chart
//! functions behaves like markup made here.

mod banner;
mod code;
mod drawing;
mod empty;
mod facts;
mod field;
mod form;
mod glyph;
mod link;
mod list;
mod panel;
mod problem;
mod skeleton;
mod stats;
mod table;
mod tabs;
#[cfg(test)]
mod tests;
mod text;

pub use banner::banner;
pub use glyph::chevron;
pub use link::action;
pub use tabs::tabs;
pub use text::text;

use super::{icon::icon, trouble};
use leptos::prelude::*;
use parallax_domain::screen::Part;

/// Renders a part. `span` is the class of its columns when it stands in a grid, else empty.
pub fn part(part: Part, span: &'static str) -> AnyView {
    fresh(part, span, false)
}

/// A part under the heading of a panel: its own headings are one level lower.
fn part_of_panel(part: Part, span: &'static str) -> AnyView {
    fresh(part, span, true)
}

fn fresh(part: Part, span: &'static str, lower: bool) -> AnyView {
    let view = match part {
        Part::Panel(panel) => return panel::panel(panel, span),
        Part::Stats(stats) => stats::stats(stats),
        Part::Grid(cells) => grid(cells),
        Part::Section { title, note } => section(title, note),
        Part::Banner(banner) => banner::banner(banner),
        Part::Table(table) => table::table(table),
        Part::Drawing(drawing) => drawing::drawing(drawing),
        Part::Prose(words) => view! { <p class="prose">{text(words)}</p> }.into_any(),
        Part::List(items) => list::list(items),
        Part::Facts(facts) => facts::facts(facts),
        Part::Form(form) => form::form(form),
        Part::Code(code) => code::code(code),
        Part::Empty(empty) => empty::empty(empty, lower),
        Part::Tabs(tabs) => tabs::tabs(tabs, "Sections"),
        Part::Problem(problem) => problem::problem(problem, lower),
        Part::Waiting(why) => skeleton::waiting(why),
    };
    if span.is_empty() { view } else { view! { <div class=span>{view}</div> }.into_any() }
}

pub fn parts(parts: Vec<Part>) -> AnyView {
    parts.into_iter().map(|one| part(one, "")).collect_view().into_any()
}

/// The parts of a page. One that begins with a problem has no other heading than that.
pub fn page_parts(mut all: Vec<Part>) -> AnyView {
    if !matches!(all.first(), Some(Part::Problem(_))) {
        return parts(all);
    }
    let rest = all.split_off(1);
    let problem = all.into_iter().map(|first| match first {
        Part::Problem(problem) => trouble::page(problem),
        other => part(other, ""),
    });
    view! { {problem.collect_view()}{parts(rest)} }.into_any()
}

fn grid(cells: Vec<(u8, Part)>) -> AnyView {
    let cells = cells.into_iter().map(|(span, one)| part(one, columns(span))).collect_view();
    view! { <div class="grid">{cells}</div> }.into_any()
}

/// The heading of a part that stands alone on its page, or within a panel.
fn heading(words: AnyView, lower: bool) -> AnyView {
    if lower { view! { <h3>{words}</h3> }.into_any() } else { view! { <h2>{words}</h2> }.into_any() }
}

/// Class names, without those that are empty.
pub fn classes<const N: usize>(names: [&str; N]) -> String {
    names.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ")
}

fn columns(span: u8) -> &'static str {
    match span {
        2 => "c2",
        3 => "c3",
        4 => "c4",
        5 => "c5",
        6 => "c6",
        7 => "c7",
        8 => "c8",
        9 => "c9",
        10 => "c10",
        _ => "c12",
    }
}

fn section(title: String, note: String) -> AnyView {
    view! {
        <div class="sec">
            <h2>{title}</h2>
            {(!note.is_empty()).then(|| view! { <p>{note}</p> })}
        </div>
    }
    .into_any()
}
