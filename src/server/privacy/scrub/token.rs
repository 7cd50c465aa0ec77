//! Tokens and keys that can be told by their shape alone.

use super::scan::{Hit, Scan};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use memchr::memmem;

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// RFC 7235's token68.
fn is_token68(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
}

/// At the `J` of `eyJ`, which is how `{"` begins in base64: a JWT, or any longer encoded object.
pub(super) fn jwt(scan: &Scan<'_>, at: usize) -> Option<Hit> {
    if !scan.behind(at).ends_with(b"ey") || !scan.opens(at - 2) {
        return None;
    }
    let start = at - 2;
    let header = scan.run(start, is_base64url);
    let mut end = header;
    while header - start >= 12 && scan.at(end) == b'.' && is_base64url(scan.at(end + 1)) {
        end = scan.run(end + 1, is_base64url);
    }
    if end - header < 9 {
        end = scan.run(header, |byte| is_token68(byte) && byte != b'.');
        if end - start < 40 {
            return None;
        }
    }
    Some(Hit { start, end, token: "[token]" })
}

/// At the first letter of `Bearer` or `Basic`.
pub(super) fn scheme(scan: &Scan<'_>, at: usize) -> Option<Hit> {
    let is = |word: &[u8]| scan.ahead(at).get(..word.len()).is_some_and(|ahead| ahead.eq_ignore_ascii_case(word));
    let (name, bearer) = match scan.at(at + 1) {
        b'e' | b'E' if is(b"bearer") => (6, true),
        b'a' | b'A' if is(b"basic") => (5, false),
        _ => return None,
    };
    let gap = scan.run(at + name, |byte| matches!(byte, b' ' | b':' | b'=' | b'"' | b'\''));
    if !scan.opens(at) {
        return None;
    }
    let escaped = if gap == at + name && scan.ahead(gap).starts_with(b"%20") { 3 } else { 0 };
    let start = gap + escaped;
    if start == at + name || start - (at + name) > 4 {
        return None;
    }
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let end =
        if bearer { scan.run(start, is_token68) } else { scan.run(scan.run(start, letters), |byte| byte == b'=') };
    let value = scan.bytes.get(start..end)?;
    // `Bearer realm="…"` is a challenge.
    let parameter = value.ends_with(b"=") && matches!(scan.at(end), b'"' | b'\\');
    let secret = !parameter && if bearer { is_bearer(value) } else { value.len() >= 8 && is_basic(value) };
    secret.then_some(Hit { start, end, token: "[token]" })
}

/// A credential, and not the next word of a sentence.
fn is_bearer(value: &[u8]) -> bool {
    let word = value.strip_suffix(b".").unwrap_or(value);
    let evidence = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'/' | b'~' | b'=');
    let dots = word.iter().filter(|byte| **byte == b'.').count();
    (word.len() >= 24 || dots == 2 || word.len() >= 6 && word.iter().any(evidence)) && !word.starts_with(b"self.")
}

fn is_basic(value: &[u8]) -> bool {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    LENIENT.decode(value).is_ok_and(|plain| plain.contains(&b':') && plain.iter().all(|byte| *byte >= b' '))
}

/// At the first dash of `-----BEGIN … PRIVATE KEY`: all of the block, or all of the text if its end is missing.
pub(super) fn private_key(scan: &Scan<'_>, at: usize) -> Option<Hit> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    let block = scan.ahead(at).strip_prefix(BEGIN)?;
    let title = block.get(..block.len().min(48))?;
    memmem::find(title, b"PRIVATE KEY")?;
    let end = match memmem::find(block, b"-----END ") {
        Some(foot) => {
            let foot = at + BEGIN.len() + foot;
            let name = scan.run(foot + 9, |byte| byte.is_ascii_uppercase() || byte == b' ');
            scan.run(name, |byte| byte == b'-')
        }
        None => scan.bytes.len(),
    };
    Some(Hit { start: at, end, token: "[key]" })
}

/// `AKIA…` of AWS and `AIza…` of Google, at the `A`.
pub(super) fn cloud_key(scan: &Scan<'_>, at: usize) -> Option<Hit> {
    let ahead = scan.ahead(at);
    if ahead.starts_with(b"AIza") {
        return shape(scan, at, 4, 30, is_base64url);
    }
    let aws =
        ["AKIA", "ASIA", "AROA", "AIDA", "AGPA", "ANPA"].iter().any(|prefix| ahead.starts_with(prefix.as_bytes()));
    if !aws || !scan.opens(at) {
        return None;
    }
    let end = scan.run(at, |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    (end - at == 20 && scan.closes(end)).then_some(Hit { start: at, end, token: "[key]" })
}

/// `SG.<22>.<43>` of SendGrid, at the `G`.
pub(super) fn mail_key(scan: &Scan<'_>, at: usize) -> Option<Hit> {
    if scan.at(at + 1) != b'.' || scan.before(at) != b'S' {
        return None;
    }
    let id = scan.run(at + 2, is_base64url);
    (id - at >= 20 && scan.at(id) == b'.').then(|| shape(scan, at - 1, id + 2 - at, 30, is_base64url)).flatten()
}

/// `ya29.…` of Google, at the end of the digits.
pub(super) fn after_digits(scan: &Scan<'_>, at: usize) -> Option<Hit> {
    (scan.at(at) == b'.' && scan.behind(at).ends_with(b"ya29"))
        .then(|| shape(scan, at - 4, 5, 20, is_base64url))
        .flatten()
}

pub(super) fn after_dash(scan: &Scan<'_>, at: usize) -> Option<Hit> {
    let prefixes: &[&str] = match scan.before(at) {
        b't' => &["glpat", "gldt", "glrt", "glptt", "glcbt", "glft"],
        b'a' | b'b' | b'e' | b'o' | b'p' | b'r' | b's' | b'c' => {
            &["xoxa", "xoxb", "xoxe", "xoxo", "xoxp", "xoxr", "xoxs", "xoxc", "xapp"]
        }
        b'X' => &["GOCSPX"],
        b'k' => &["sk"],
        _ => return None,
    };
    let prefix = prefixes.iter().find(|prefix| scan.behind(at).ends_with(prefix.as_bytes()))?;
    let start = at - prefix.len();
    if *prefix != "sk" {
        return shape(scan, start, prefix.len() + 1, 12, is_base64url);
    }
    // `sk-` is short enough to begin an ordinary name.
    let random = scan.ahead(at).get(..40).unwrap_or_default();
    let mixed = random.iter().any(u8::is_ascii_digit) && random.iter().any(u8::is_ascii_uppercase);
    mixed.then(|| shape(scan, start, 3, 32, is_base64url)).flatten()
}

pub(super) fn after_underscore(scan: &Scan<'_>, at: usize) -> Option<Hit> {
    let (prefixes, least): (&[&str], usize) = match scan.before(at) {
        b'p' | b'o' | b'u' | b's' | b'r' => (&["ghp", "gho", "ghu", "ghs", "ghr", "shpss"], 30),
        b't' => (&["github_pat", "shpat", "sk_test", "pk_test", "rk_test"], 16),
        b'e' => (&["sk_live", "pk_live", "rk_live"], 16),
        b'c' => (&["whsec"], 20),
        b'm' => (&["npm"], 36),
        b'f' => (&["hf"], 30),
        b'a' => (&["shpca", "shppa"], 30),
        b'1' => (&["dop_v1", "doo_v1", "dor_v1"], 60),
        b'x' if scan.behind(at).ends_with(b"plx") => return own_key(scan, at),
        _ => return None,
    };
    let prefix = prefixes.iter().find(|prefix| scan.behind(at).ends_with(prefix.as_bytes()))?;
    shape(scan, at - prefix.len(), prefix.len() + 1, least, |byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// `plx_<kind>_<32 hex>`; the same key written as a UUID cannot be told from other UUIDs.
fn own_key(scan: &Scan<'_>, at: usize) -> Option<Hit> {
    let kind = scan.run(at + 1, |byte| byte.is_ascii_alphabetic());
    let end = scan.run(kind + 1, |byte| byte.is_ascii_hexdigit());
    let whole = scan.at(kind) == b'_' && kind - at <= 16 && end >= kind + 33;
    (whole && scan.opens(at - 3)).then_some(Hit { start: at - 3, end, token: "[key]" })
}

/// A known prefix with at least so many bytes of its alphabet behind it.
fn shape(scan: &Scan<'_>, start: usize, prefix: usize, least: usize, is: impl Fn(u8) -> bool) -> Option<Hit> {
    let from = start + prefix;
    if !scan.opens(start) {
        return None;
    }
    let end = scan.run(from, is);
    (end - from >= least).then_some(Hit { start, end, token: "[key]" })
}
