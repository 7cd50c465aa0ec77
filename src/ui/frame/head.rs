//! Where the page is, what it is called, and whether it is fine.

use crate::ui::kit;
use leptos::prelude::*;
use parallax_domain::screen::{Frame, Link, Text};

pub fn head(heading: String, lede: Text, crumbs: Vec<Link>, actions: Vec<Link>) -> Option<AnyView> {
    if heading.is_empty() {
        return None;
    }
    let crumbs = crumbs
        .into_iter()
        .enumerate()
        .map(|(at, crumb)| {
            let slash = (at > 0).then(|| view! { <span aria-hidden="true">" / "</span> });
            let name = if crumb.href.is_empty() {
                crumb.label.into_any()
            } else {
                view! { <a href=crumb.href>{crumb.label}</a> }.into_any()
            };
            view! { {slash}{name} }
        })
        .collect_view();
    let lede = (!lede.is_empty()).then(|| view! { <p class="lede">{kit::text(lede.clone())}</p> });
    let acts = (!actions.is_empty()).then(|| {
        let actions = actions.iter().cloned().map(|link| kit::action(link, "")).collect_view();
        view! { <div class="acts">{actions}</div> }
    });
    Some(
        view! {
            <header class="ph">
                <div>
                    <nav class="eyebrow" aria-label="You are here">{crumbs}</nav>
                    <h1>{heading}</h1>
                    {lede}
                </div>
                {acts}
            </header>
        }
        .into_any(),
    )
}

/// On paper there is no filter bar, so its state is written out.
pub fn printed(frame: &Frame) -> Option<AnyView> {
    let filters = frame.filters.as_ref()?;
    let chips = filters.chips.iter().map(|chip| format!("{} {} {}", chip.field, chip.phrase, chip.values));
    let coverage = filters.coverage.iter().map(|coverage| coverage.label.clone());
    let environment = frame.address.environment.iter().cloned();
    let words: Vec<String> = [filters.period.clone(), filters.zone.clone(), filters.compare.clone()]
        .into_iter()
        .chain(environment)
        .chain(chips)
        .chain(coverage)
        .filter(|words| !words.is_empty())
        .collect();
    Some(view! { <p class="print-only">{words.join(", ")}</p> }.into_any())
}
