//! A menu of the filter bar: a disclosure with links, so it opens and works without scripts.

use crate::ui::{icon::icon, kit::chevron};
use leptos::prelude::*;

pub struct Choice {
    pub label: String,
    pub key: &'static str,
    pub href: String,
    pub current: bool,
}

/// `key` opens the menu; `beside` stands behind its name, `below` under its choices.
pub struct Menu {
    pub icon: &'static str,
    pub label: String,
    pub title: &'static str,
    pub key: &'static str,
    pub choices: Vec<Choice>,
    pub beside: Option<AnyView>,
    pub below: Option<AnyView>,
}

pub fn menu(menu: Menu) -> AnyView {
    let Menu { icon: glyph, label, title, key, choices, beside, below } = menu;
    let choices = choices
        .into_iter()
        .map(|choice| {
            let current = choice.current.then_some("true");
            let key = (!choice.key.is_empty()).then(|| view! { <kbd>{choice.key}</kbd> });
            // The key of the choice is found in the page, so that keys and menus cannot disagree.
            let code = (!choice.key.is_empty()).then_some(choice.key);
            view! { <a class="opt" href=choice.href aria-current=current data-key=code>{choice.label}{key}</a> }
        })
        .collect_view();
    let opens = (!key.is_empty()).then_some(key);
    let said = format!("{title}: ");
    view! {
        <details class="menu" name="bar" data-opens=opens>
            <summary class="btn">
                {icon(glyph)}
                <span class="vh">{said}</span>
                <span>{label}</span>
                {beside}
                {chevron()}
            </summary>
            <div class="pop">{choices}{below}</div>
        </details>
    }
    .into_any()
}
