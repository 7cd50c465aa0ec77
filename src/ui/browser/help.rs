//! All keys at a glance, and the switch that turns single keys off.

use super::{Browser, keys};
use leptos::{ev, html, prelude::*};

const KEYS: [(&str, &str); 16] = [
    ("/  Ctrl K", "search, jump"),
    ("1 to 5", "point of view, same filters"),
    ("D E", "today, yesterday"),
    ("H W F", "24 hours, 7 days, 28 days"),
    ("T N M", "30 days, 91 days, month to date"),
    ("C", "choose a range"),
    ("← →", "the period before or after"),
    ("X", "comparison on or off"),
    ("A", "add a filter"),
    ("Alt click", "exclude what you click"),
    ("S", "keep: save view, note, file"),
    (".", "copy a link to this view"),
    ("J K Enter", "next row, previous row, open"),
    ("Esc", "close, then clear filters"),
    ("?", "these keys"),
    ("in a chart", "← → step, Page Up and Down ten, Home End, T table, P pin, Shift ← → then Enter for a range"),
];

#[component]
pub fn Help(browser: Browser) -> impl IntoView {
    let open = browser.help_open;
    let dialog = NodeRef::<html::Dialog>::new();
    let on = RwSignal::new(true);
    Effect::new(move |_| {
        if let (true, Some(dialog)) = (open.get(), dialog.get()) {
            on.set(!keys::switched_off());
            if !dialog.open() {
                let _ = dialog.show_modal();
            }
        }
    });
    let switch = move |event: ev::Event| {
        on.set(event_target_checked(&event));
        keys::switch(on.get_untracked());
    };
    let rows = move || {
        open.get().then(|| {
            KEYS.into_iter()
                .map(|(keys, what)| {
                    let keys = keys.split(' ').filter(|key| !key.is_empty()).map(key).collect_view();
                    view! { <dt>{keys}</dt><dd>{what}</dd> }
                })
                .collect_view()
        })
    };
    view! {
        <dialog class="dialog help" node_ref=dialog aria-labelledby="help-h" on:close=move |_| open.set(false)>
            <header><h2 id="help-h">"Keys"</h2></header>
            <div class="body">
                <dl class="keys">{rows}</dl>
                <label class="switch">
                    <input type="checkbox" role="switch" prop:checked=on on:change=switch/>
                    "Single keys are on"
                </label>
            </div>
            <footer><button class="btn" type="button" data-close="">"Close"</button></footer>
        </dialog>
    }
}

/// Words between keys are not keys.
fn key(name: &'static str) -> AnyView {
    if name.len() > 1 && name.bytes().all(|byte| byte.is_ascii_lowercase()) || name == "a" {
        return view! { {name}" " }.into_any();
    }
    view! { <kbd>{name}</kbd>" " }.into_any()
}
