//! Links in running text and links that look like buttons.

use super::{classes, icon};
use leptos::prelude::*;
use parallax_domain::screen::Link;

/// Whether an address is one of our pages; files, server functions and other sites are left to the browser.
pub fn href_is_page(href: &str) -> bool {
    let own = href.starts_with('/') && !href.starts_with("//") || href.starts_with('?') || href.starts_with('#');
    own && !["/fn/", "/api/", "/pkg/", "/js/", "/file/", "/csv/", "/.well-known/"]
        .iter()
        .any(|prefix| href.starts_with(prefix))
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_are_navigated_by_the_program() {
        for page in ["/", "/engineering?range=6h", "?range=6h", "#people"] {
            assert!(href_is_page(page), "{page}");
        }
        for other in [
            "https://example.org/",
            "//example.org",
            "/api/v1/rows.csv",
            "/file/engineering",
            "/fn/sign_out",
            "mailto:a@b.example",
        ] {
            assert!(!href_is_page(other), "{other}");
        }
    }
}
