//! A sentence that somebody should see before the rest.

use super::{icon, text};
use leptos::prelude::*;
use parallax_domain::screen::{Banner, Tone};

pub fn banner(banner: Banner) -> AnyView {
    let (class, glyph) = match banner.tone {
        Tone::Bad => ("banner bad", "err"),
        Tone::Warn => ("banner warn", "warn"),
        Tone::Good => ("banner good", "check"),
        Tone::Accent => ("banner info", "info"),
        Tone::Neutral => ("banner", "info"),
    };
    let action = banner.action.map(|link| view! { <a class="push" href=link.href>{link.label}</a> });
    view! { <div class=class>{icon(glyph)}<span>{text(banner.text)}</span>{action}</div> }.into_any()
}
