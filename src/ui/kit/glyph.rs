//! Glyphs with a meaning of their own.

use crate::ui::icon::sized;
use leptos::prelude::AnyView;
use parallax_domain::screen::Tone;

/// Says that a menu opens.
pub fn chevron() -> AnyView {
    sized("chev", "i chev")
}

pub fn small_icon(name: &str) -> AnyView {
    sized(name, "i s")
}

/// The glyph that repeats a judgement, so that colour is never its only carrier.
pub fn of_tone(tone: Tone) -> Option<&'static str> {
    match tone {
        Tone::Neutral | Tone::Accent => None,
        Tone::Good => Some("check"),
        Tone::Warn => Some("warn"),
        Tone::Bad => Some("err"),
    }
}
