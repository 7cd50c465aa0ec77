//! The glyph of a judgement.

use parallax_domain::screen::Tone;

/// The glyph that repeats a judgement, so that colour is never its only carrier.
pub fn of_tone(tone: Tone) -> Option<&'static str> {
    match tone {
        Tone::Neutral | Tone::Accent => None,
        Tone::Good => Some("check"),
        Tone::Warn => Some("warn"),
        Tone::Bad => Some("err"),
    }
}
