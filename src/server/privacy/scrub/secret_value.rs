//! How far a value reaches that stands behind the name of a secret.

use super::TOKENS;
use super::scan::Scan;
use super::secret_name::Name;

pub(super) struct Value {
    pub start: usize,
    pub end: usize,
    pub quoted: bool,
}

/// Over at most so many such bytes.
pub(super) fn skip(scan: &Scan<'_>, from: usize, limit: usize, is: impl Fn(u8) -> bool) -> usize {
    from + scan.ahead(from).iter().take(limit).take_while(|&&byte| is(byte)).count()
}

pub(super) fn value(scan: &Scan<'_>, from: usize) -> Option<Value> {
    let start = unwrapped(scan, from);
    if is_replaced(scan, start) {
        return None;
    }
    let slashes = skip(scan, start, 8, |byte| byte == b'\\');
    let quote = scan.at(slashes);
    if matches!(quote, b'"' | b'\'' | b'`') {
        let depth = slashes - start;
        let mut end = closing_quote(scan, slashes + 1, quote, depth);
        // A list of values is one value.
        while start > from && scan.before(start) == b'[' {
            let comma = skip(scan, end + depth + 1, 4, |byte| matches!(byte, b',' | b' '));
            let next = skip(scan, comma, depth, |byte| byte == b'\\');
            if comma == end + depth + 1 || scan.at(next) != quote {
                break;
            }
            end = closing_quote(scan, next + 1, quote, depth);
        }
        return Some(Value { start: slashes + 1, end, quoted: true });
    }
    if quote == b'{' && scan.at(start + 1) != b'{' {
        return None;
    }
    Some(Value { start, end: unquoted_end(scan, start), quoted: false })
}

/// Behind what languages put before a quote: `b'…'`, `Some("…")`, `["…"]`.
fn unwrapped(scan: &Scan<'_>, from: usize) -> usize {
    let is_quote = |at: usize| matches!(scan.at(at), b'"' | b'\'');
    let mut brackets = from;
    while matches!(scan.at(brackets), b'[' | b'(') && !is_replaced(scan, brackets) && brackets - from < 8 {
        brackets += 1;
    }
    if matches!(scan.at(brackets), b'b' | b'u' | b'r' | b'f' | b'@') && is_quote(brackets + 1) {
        return brackets + 1;
    }
    let call = skip(scan, brackets, 24, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'));
    if call > brackets && scan.at(call) == b'(' && is_quote(call + 1) { call + 1 } else { brackets }
}

fn is_replaced(scan: &Scan<'_>, at: usize) -> bool {
    scan.at(at) == b'[' && TOKENS.iter().any(|token| scan.ahead(at).starts_with(token.as_bytes()))
}

/// The quote with as many backslashes before it as the opening one had; else the end of the line.
fn closing_quote(scan: &Scan<'_>, from: usize, quote: u8, depth: usize) -> usize {
    let mut slashes = 0;
    for (index, byte) in scan.ahead(from).iter().enumerate() {
        match *byte {
            b'\\' => slashes += 1,
            b'\n' => return from + index,
            byte if byte == quote && (slashes == depth || depth == 0 && slashes % 2 == 0) => {
                return from + index - depth;
            }
            _ => slashes = 0,
        }
    }
    scan.bytes.len()
}

/// End of a value without quotes. Punctuation ends it only where something else clearly begins behind.
fn unquoted_end(scan: &Scan<'_>, start: usize) -> usize {
    let mut end = start;
    loop {
        let byte = scan.at(end);
        let ends = match byte {
            0..=b' ' => true,
            b'"' | b'\'' | b'`' => scan.closes(end + 1),
            b'\\' => matches!(scan.at(end + 1), b'"' | b'\''),
            b',' | b';' | b')' | b']' | b'}' | b'|' | b'&' | b'.' => another_begins(scan, end),
            _ => false,
        };
        if ends || end >= scan.bytes.len() {
            return end;
        }
        end += 1;
    }
}

fn another_begins(scan: &Scan<'_>, at: usize) -> bool {
    let after =
        skip(scan, at, 8, |byte| matches!(byte, b',' | b';' | b')' | b']' | b'}' | b'|' | b'&' | b'.' | b'?' | b':'));
    if matches!(scan.at(after), 0..=b' ' | b'"' | b'\'' | b'`' | b'\\' | b'[' | b'{') {
        return true;
    }
    let name =
        skip(scan, after, 40, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'[' | b']'));
    name > after && matches!(scan.at(name), b'=' | b':') && scan.at(at) != b'.'
}

/// Behind the scheme: `Bearer …`, `Digest username=…, response=…`.
pub(super) fn credential(scan: &Scan<'_>, from: usize) -> Option<Value> {
    let plain = value(scan, from)?;
    let quoted = plain.quoted;
    let word = skip(scan, plain.start, 24, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if scan.at(word) != b' ' || quoted && word >= plain.end {
        return Some(plain);
    }
    let start = skip(scan, word, 3, |byte| byte == b' ');
    if scan.at(start) == b'[' {
        return None;
    }
    let scheme = scan.text.get(plain.start..word)?.to_ascii_lowercase();
    match scheme.as_str() {
        "bearer" | "basic" | "token" | "apikey" | "negotiate" | "ntlm" | "key" | "sso-key" | "bot" => {
            let end = if quoted { plain.end } else { unquoted_end(scan, start) };
            Some(Value { start, end, quoted })
        }
        // Their parameters have quotes of their own.
        "digest" | "oauth" | "signature" | "hawk" => {
            Some(Value { start, end: scan.run(start, |byte| byte != b'\n'), quoted: true })
        }
        scheme if scheme.starts_with("aws4-") => Some(Value {
            start,
            end: scan.run(start, |byte| !matches!(byte, b'\n' | b'\r' | b'"' | b'\'')),
            quoted: true,
        }),
        _ => Some(plain),
    }
}

/// All of the header line, or as far as the quotes around it go.
pub(super) fn cookie(scan: &Scan<'_>, name: &Name, from: usize) -> Option<Value> {
    let plain = value(scan, from)?;
    if plain.quoted {
        return Some(plain);
    }
    let first = skip(scan, from, 64, |byte| byte > b' ' && byte != b'=');
    if scan.at(first) != b'=' {
        return None;
    }
    let around = scan.before(name.start);
    let mut end = from;
    while end < scan.bytes.len() {
        let closes = match scan.at(end) {
            b'\n' | b'\r' => true,
            // Values may have quotes of their own.
            b'"' => scan.at(end - 1) != b'=' && scan.at(end + 1) != b';',
            b'\'' => around == b'\'',
            _ => false,
        };
        if closes {
            break;
        }
        end += 1;
    }
    Some(Value { start: from, end, quoted: false })
}
