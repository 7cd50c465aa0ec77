//! How wide a text will be. An estimate: the server has no fonts, and a little air costs nothing.

/// Width in pixels of a text in the interface's sans at this size.
pub fn width(text: &str, size: f64) -> f64 {
    text.chars().map(|c| em(c) * size).sum()
}

fn em(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' | '.' | ',' | ':' | ';' | '!' => 0.27,
        'f' | 't' | 'r' | 'I' | ' ' | '(' | ')' | '[' | ']' | '/' | '-' => 0.35,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.88,
        'A'..='Z' | '&' => 0.69,
        '0'..='9' | 'a'..='z' => 0.56,
        _ if u32::from(c) >= 0x1100 => 1.0,
        _ => 0.6,
    }
}

/// A name that fits into so many characters. The middle goes: names of machines and versions differ at their ends.
/// Characters that would break the line or turn the writing direction become spaces.
pub fn shorten(text: &str, most: usize) -> String {
    let clean: Vec<char> = text.chars().map(|c| if breaks(c) { ' ' } else { c }).collect();
    if clean.len() <= most {
        return clean.into_iter().collect();
    }
    let kept = most.saturating_sub(1);
    let (head, tail) = (kept - kept / 2, kept / 2);
    clean[..head].iter().chain(&['…']).chain(&clean[clean.len() - tail..]).collect()
}

fn breaks(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_take_more_room() {
        assert!(width("WWW", 11.0) > width("iii", 11.0) * 2.0);
        assert!((width("payment-service", 11.0) - 86.0).abs() < 12.0);
        assert_eq!(width("", 11.0), 0.0);
    }

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(shorten("payment-service-eu-central-1", 15), "payment…ntral-1");
        assert_eq!(shorten("web-03", 15), "web-03");
        assert_eq!(shorten("ünïcödé-ünïcödé", 5), "ün…dé");
    }

    #[test]
    fn a_name_cannot_turn_the_line_around() {
        assert_eq!(shorten("a\u{202e}b\nc", 15), "a b c");
    }
}
