//! Search, jump, commands. Pages are known at once; the server adds what it finds.

use super::{Browser, elements};
use crate::{
    api,
    ui::{icon::icon, pages},
};
use leptos::{ev, html, prelude::*};
use parallax_domain::screen::PaletteEntry;
use std::time::Duration;

const PAUSE: Duration = Duration::from_millis(150);

/// The dialog of the palette. Empty until it is opened, so it weighs nothing on the page.
#[component]
pub fn Palette(browser: Browser) -> impl IntoView {
    let open = browser.palette_open;
    let dialog = NodeRef::<html::Dialog>::new();
    let text = RwSignal::new(String::new());
    let found = RwSignal::new(Vec::<PaletteEntry>::new());
    let chosen = RwSignal::new(0_usize);

    Effect::new(move |_| {
        if let (true, Some(dialog)) = (open.get(), dialog.get()) {
            text.set(String::new());
            found.set(Vec::new());
            chosen.set(0);
            if !dialog.open() {
                let _ = dialog.show_modal();
            }
        }
    });
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let typed = move |event: ev::Event| {
        text.set(event_target_value(&event));
        chosen.set(0);
        if let Some(before) = waiting.get_value() {
            before.clear();
        }
        waiting.set_value(set_timeout_with_handle(move || look_up(browser, text, found), PAUSE).ok());
    };
    // Signals are read in one place, so that keys and clicks see the list that is shown.
    let entries = Memo::new(move |_| {
        let mut entries = known(browser, &text.get());
        entries.extend(found.get());
        entries
    });
    let go = move |at: usize| {
        if let Some(entry) = entries.with_untracked(|entries| entries.get(at).cloned()) {
            if let Some(dialog) = dialog.get_untracked() {
                dialog.close();
            }
            browser.navigation.go(&entry.href);
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        let length = entries.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if length > 0 => chosen.update(|at| *at = (*at + 1) % length),
            "ArrowUp" if length > 0 => chosen.update(|at| *at = (*at + length - 1) % length),
            "Enter" => go(chosen.get_untracked()),
            _ => return,
        }
        event.prevent_default();
    };
    Effect::new(move |_| {
        if let Some(option) = elements::first(&format!("#palette-{}", chosen.get())) {
            option.scroll_into_view_with_bool(false);
        }
    });
    let list = move || {
        let mut group = String::new();
        let here = chosen.get();
        entries
            .get()
            .into_iter()
            .enumerate()
            .map(|(at, entry)| {
                let title = (entry.group != group).then(|| entry.group.clone());
                group.clone_from(&entry.group);
                option(entry, title, at, here == at)
            })
            .collect_view()
    };
    let current = move || format!("palette-{}", chosen.get());
    let expanded = move || if entries.with(Vec::is_empty) { "false" } else { "true" };
    view! {
        <dialog class="palette" node_ref=dialog aria-label="Search or jump to" on:close=move |_| open.set(false)>
            <div class="q">
                {icon("find")}
                <input
                    type="text" role="combobox" aria-label="Search" aria-expanded=expanded aria-controls="palette-list"
                    aria-autocomplete="list" aria-activedescendant=current autocomplete="off" spellcheck="false"
                    prop:value=text on:input=typed on:keydown=key
                />
                <kbd>"esc"</kbd>
            </div>
            <div class="pop" id="palette-list" role="listbox" aria-label="Results">{list}</div>
            <p class="none">{move || entries.with(Vec::is_empty).then_some("Nothing found. Try the name of a service, an event, a page.")}</p>
            <footer>
                <span><kbd>"↑"</kbd><kbd>"↓"</kbd>"move"</span>
                <span><kbd>"↵"</kbd>"open"</span>
                <span class="push">"keeps your filters"</span>
            </footer>
        </dialog>
    }
}

fn option(entry: PaletteEntry, title: Option<String>, at: usize, current: bool) -> AnyView {
    let selected = if current { "true" } else { "false" };
    let class = if current { "opt on" } else { "opt" };
    let enter = current.then(|| view! { <kbd>"↵"</kbd> });
    view! {
        {title.map(|title| view! { <p class="ttl" role="presentation">{title}</p> })}
        <a class=class id=format!("palette-{at}") role="option" aria-selected=selected tabindex="-1" href=entry.href data-close="">
            {icon(&entry.icon)}
            <span>{entry.label}" "<small>{entry.note}</small></span>
            {enter}
        </a>
    }
    .into_any()
}

/// Pages by name, with the filters of the page in front.
fn known(browser: Browser, text: &str) -> Vec<PaletteEntry> {
    let wanted = text.to_ascii_lowercase();
    let address = browser.navigation.address();
    pages::all()
        .filter(|page| page.name.to_ascii_lowercase().contains(&wanted))
        .map(|page| PaletteEntry {
            group: "Pages".to_owned(),
            icon: page.icon.to_owned(),
            label: page.name.to_owned(),
            note: String::new(),
            href: address.page(page.path).href(),
        })
        .collect()
}

fn look_up(browser: Browser, text: RwSignal<String>, found: RwSignal<Vec<PaletteEntry>>) {
    let wanted = text.get_untracked();
    if wanted.trim().is_empty() {
        return found.set(Vec::new());
    }
    let location = browser.navigation.location.get_untracked();
    leptos::task::spawn_local(async move {
        let entries = api::search(wanted.clone(), location.path, location.query).await.unwrap_or_default();
        // An answer to what is no longer asked is late, not wrong; it is dropped.
        if text.get_untracked() == wanted {
            found.set(entries);
        }
    });
}
