//! E-mail addresses, also with an escaped at sign as in a query.

use super::scan::{Hit, Scan, is_letter_beyond_ascii};

/// RFC 5321 allows 64; addresses made for bounces are longer.
const LOCAL_LIMIT: usize = 128;
const DOMAIN_LIMIT: usize = 253;

/// At an at sign that is `width` bytes wide.
pub(super) fn find(scan: &Scan<'_>, at: usize, width: usize) -> Option<Hit> {
    let start = local_part(scan, at)?;
    let end = domain(scan, at + width)?;
    let local = &scan.text[start..at];
    let host = &scan.text[at + width..end];
    (!is_something_else(scan, local, host, end)).then_some(Hit { start, end, token: "[email]" })
}

fn local_part(scan: &Scan<'_>, at: usize) -> Option<usize> {
    if scan.before(at) == b'"' {
        return quoted_local_part(scan, at);
    }
    let behind = scan.text.get(scan.floor..at)?;
    let mut start = at;
    for (index, letter) in behind.char_indices().rev() {
        let here = scan.floor + index;
        let belongs = match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' | '%' | '+' | '-' => true,
            '\'' => start < at && scan.at(start).is_ascii_alphanumeric() && scan.before(here).is_ascii_alphanumeric(),
            other => is_letter_beyond_ascii(other),
        };
        if !belongs || at - here > LOCAL_LIMIT {
            break;
        }
        start = here;
    }
    start = behind_escapes(scan, start, at);
    start = scan.run(start, |byte| matches!(byte, b'.' | b'-' | b'+' | b'%')).min(at);
    (start < at).then_some(start)
}

/// In `mail%3Djohn%40example.com` the address begins behind the escape of a character that it cannot contain.
fn behind_escapes(scan: &Scan<'_>, start: usize, at: usize) -> usize {
    let mut escapes = (start..at.saturating_sub(2)).rev().filter(|&index| scan.at(index) == b'%');
    let outside = |index: usize| {
        let code = scan.text.get(index + 1..index + 3)?;
        let byte = u8::from_str_radix(code, 16).ok()?;
        let belongs = byte.is_ascii_alphanumeric() || byte >= 0x80 || matches!(byte, b'.' | b'_' | b'+' | b'-' | b'%');
        (!belongs && index + 3 < at).then_some(index + 3)
    };
    escapes.find_map(outside).unwrap_or(start)
}

/// `"john doe"@example.com`
fn quoted_local_part(scan: &Scan<'_>, at: usize) -> Option<usize> {
    let inside = scan.run_back(at - 1, 64, |byte| !matches!(byte, b'"' | b'\n' | b'@'));
    (inside + 1 < at && scan.before(inside) == b'"').then(|| inside - 1)
}

/// End of the domain: the last label that can be a top-level one.
fn domain(scan: &Scan<'_>, from: usize) -> Option<usize> {
    let ahead = scan.text.get(from..)?;
    let length = ahead
        .char_indices()
        .take_while(|&(index, letter)| {
            index < DOMAIN_LIMIT
                && (letter.is_ascii_alphanumeric() || letter == '-' || letter == '.' || is_letter_beyond_ascii(letter))
        })
        .last()
        .map(|(index, letter)| index + letter.len_utf8())?;
    let mut end = None;
    let mut offset = 0;
    for (position, label) in ahead.get(..length)?.split('.').enumerate() {
        if label.is_empty() || label.starts_with('-') {
            break;
        }
        if position > 0
            && let Some(size) = top_level(label)
        {
            end = Some(from + offset + size);
        }
        offset += label.len() + 1;
    }
    end
}

/// How much of the label is a top-level domain.
fn top_level(label: &str) -> Option<usize> {
    if label.len() > 4 && label.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("xn--")) {
        return Some(label.len());
    }
    let size = label.find(|letter: char| letter.is_ascii_digit() || letter == '-').unwrap_or(label.len());
    let letters = label.get(..size)?;
    // A top-level domain is never written like a method: `this@Activity.onCreate`.
    let is_camel_case =
        letters.as_bytes().windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    (letters.chars().count() >= 2 && !is_camel_case).then_some(size)
}

/// Things written with an at sign that address nobody.
fn is_something_else(scan: &Scan<'_>, local: &str, host: &str, end: usize) -> bool {
    const UNITS: [&str; 12] = [
        "service",
        "socket",
        "timer",
        "mount",
        "target",
        "slice",
        "scope",
        "device",
        "path",
        "swap",
        "automount",
        "conf",
    ];
    let mut labels = host.split('.');
    let first = labels.next().unwrap_or_default();
    let second = labels.next().unwrap_or_default();
    let is_number = |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit());
    let version = is_number(first.trim_start_matches(['v', 'V'])) && second.starts_with(|c: char| c.is_ascii_digit());
    let image = host.split('.').count() == 2 && first.strip_suffix('x').is_some_and(is_number);
    let unit = host.rsplit('.').next().is_some_and(|last| UNITS.contains(&last));
    let repository = local == "git" && scan.at(end) == b':';
    version || image || unit || repository
}
