//! Names with their values.

use super::text;
use leptos::prelude::*;
use parallax_domain::screen::Text;

pub fn facts(facts: Vec<(String, Text)>) -> AnyView {
    let facts = facts.into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{text(value)}</dd> }).collect_view();
    view! { <dl class="dl">{facts}</dl> }.into_any()
}
