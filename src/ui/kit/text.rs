//! Running text: emphasis, links, badges, judged changes, times.

use super::{classes, glyph::of_tone, icon, link::inline_link};
use crate::ui::calendar::local_text;
use leptos::prelude::*;
use parallax_domain::screen::{Run, Text, Tone};

pub fn text(text: Text) -> AnyView {
    text_with_links(text, "")
}

/// Links of table cells and lists are quieter than those of running text.
pub fn text_with_links(text: Text, link: &'static str) -> AnyView {
    text.0.into_iter().map(|one| run(one, link)).collect_view().into_any()
}

fn run(run: Run, link: &'static str) -> AnyView {
    match run {
        Run::Plain(text) => text.into_any(),
        Run::Strong(text) => view! { <b>{text}</b> }.into_any(),
        Run::Soft(text) => view! { <small class="muted">{text}</small> }.into_any(),
        Run::Code(text) => view! { <code>{text}</code> }.into_any(),
        Run::Link { label, href } => inline_link(label, href, link),
        Run::Badge { label, tone } => badge(label, tone),
        Run::Change { label, up, tone } => change(label, up, tone),
        Run::Time { label, at } => {
            let exact = local_text(at.timestamp(), "seconds and Z");
            let title = exact.replace('T', " ").replace('Z', " UTC");
            view! { <time datetime=exact title=title>{label}</time> }.into_any()
        }
        Run::Icon(name) => view! { <span class="ico-in">{icon(&name)}</span> }.into_any(),
        Run::Markup(markup) => view! { <span class="raw" inner_html=markup></span> }.into_any(),
        Run::Break => view! { <br/> }.into_any(),
    }
}

pub fn badge(label: String, tone: Tone) -> AnyView {
    let glyph = of_tone(tone).map(icon);
    view! { <span class=classes(["badge", tone.class()])>{glyph}{label}</span> }.into_any()
}

fn change(label: String, up: bool, tone: Tone) -> AnyView {
    let (path, direction) = if up { ("M4 1l3.6 6H.4z", "up") } else { ("M4 7L.4 1h7.2z", "down") };
    let said = match tone.word() {
        "" => format!("{direction} "),
        word => format!("{direction}, {word} "),
    };
    view! {
        <span class=classes(["delta", tone.class()])>
            <svg viewBox="0 0 8 8" aria-hidden="true"><path d=path></path></svg>
            <span class="vh">{said}</span>
            {label}
        </span>
    }
    .into_any()
}
