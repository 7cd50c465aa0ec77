//! Icons of the document's sprite. They never speak alone: a word stands beside them or is hidden for screen readers.

use leptos::prelude::*;

pub fn icon(name: &str) -> AnyView {
    sized(name, "i")
}

/// `class` is `i` and what else is to be said of it.
pub fn sized(name: &str, class: &'static str) -> AnyView {
    let href = format!("#i-{name}");
    view! { <svg class=class viewBox="0 0 16 16" aria-hidden="true"><use href=href></use></svg> }.into_any()
}
