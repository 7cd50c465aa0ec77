//! Lines of findings, events, and links to other views.

use super::{icon, text, text::text_with_links};
use leptos::prelude::*;
use parallax_domain::screen::{Item, Tone};

pub fn list(items: Vec<Item>) -> AnyView {
    let bare = if items.iter().all(|item| item.icon.is_empty()) { "items bare" } else { "items" };
    let items = items.into_iter().map(item).collect_view();
    view! { <ul class=bare role="list">{items}</ul> }.into_any()
}

fn item(item: Item) -> AnyView {
    let tone = match item.tone {
        Tone::Bad => "is-bad",
        Tone::Warn => "is-warn",
        Tone::Good => "is-good",
        Tone::Neutral | Tone::Accent => "muted",
    };
    let glyph = (!item.icon.is_empty()).then(|| view! { <span class=tone>{icon(&item.icon)}</span> });
    let title = text_with_links(item.title, "");
    let title = match item.href {
        Some(href) => view! { <a class="lk" href=href>{title}</a> }.into_any(),
        None => title,
    };
    let note = (!item.note.is_empty()).then(|| view! { <span class="sub">{text(item.note.clone())}</span> });
    let end = (!item.end.is_empty()).then(|| view! { <span class="end">{text(item.end.clone())}</span> });
    view! { <li>{glyph}<div>{title}{note}</div>{end}</li> }.into_any()
}
