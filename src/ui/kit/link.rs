//! Links in running text and links that look like buttons.

use super::{classes, icon};
use crate::ui::address::href_is_page;
use leptos::prelude::*;
use parallax_domain::screen::Link;

fn rel(href: &str) -> Option<&'static str> {
    (!href_is_page(href)).then_some("external noreferrer")
}

pub fn inline_link(label: String, href: String, class: &'static str) -> AnyView {
    let rel = rel(&href);
    let class = (!class.is_empty()).then_some(class);
    view! { <a class=class href=href rel=rel>{label}</a> }.into_any()
}

/// A button-like link; `size` is `sm` in panels and empty in page heads.
pub fn action(link: Link, size: &'static str) -> AnyView {
    let kind = match link.style.as_str() {
        "primary" => "pri",
        "danger" => "dng",
        "quiet" => "quiet",
        _ => "",
    };
    let rel = rel(&link.href);
    let current = link.current.then_some("true");
    view! {
        <a class=classes(["btn", size, kind]) href=link.href rel=rel aria-current=current>
            {link.icon.map(|name| icon(&name))}
            {link.label}
        </a>
    }
    .into_any()
}

/// Links of which one is current: a choice, as a segmented row.
pub fn choices(links: Vec<Link>, label: &'static str) -> AnyView {
    let links = links
        .into_iter()
        .map(|link| {
            let current = link.current.then_some("true");
            view! { <a href=link.href aria-current=current>{link.icon.map(|name| icon(&name))}{link.label}</a> }
        })
        .collect_view();
    view! { <span class="seg" role="group" aria-label=label>{links}</span> }.into_any()
}
