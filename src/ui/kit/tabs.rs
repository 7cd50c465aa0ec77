//! Tabs are links: each has an address, and the browser's back button knows them.

use leptos::prelude::*;
use parallax_domain::screen::Tab;

pub fn tabs(tabs: Vec<Tab>, label: &'static str) -> AnyView {
    let tabs = tabs
        .into_iter()
        .map(|tab| {
            let current = tab.current.then_some("page");
            view! {
                <a href=tab.href aria-current=current>
                    {tab.label}
                    {tab.count.map(|count| view! { <span class="n">{count}</span> })}
                </a>
            }
        })
        .collect_view();
    view! { <nav class="tabs" aria-label=label>{tabs}</nav> }.into_any()
}
