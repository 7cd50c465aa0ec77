//! Values that stand behind a name which announces a secret: `password=…`, `"api_key": "…"`, `--token …`,
//! `Authorization: …`, `<secret>…</secret>`.

use super::TOKENS;
use super::scan::{Hit, Scan};
use super::secret_name::{Kind, Name, name_before};

/// How a value is tied to its name; in a sentence a colon ties nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tie {
    Assigned,
    Prose,
}

struct Value {
    start: usize,
    end: usize,
    quoted: bool,
}

/// At an equals sign that is `width` bytes wide. Comparisons (`==`, `!=`) assign nothing.
pub(super) fn after_equals(scan: &Scan<'_>, at: usize, width: usize) -> Option<Hit> {
    let name_end = if scan.before(at) == b':' { at - 1 } else { at };
    let name = name_before(scan, name_end)?;
    let from = match scan.at(at + width) {
        b'=' => return None,
        b'>' => at + width + 1,
        _ => at + width,
    };
    let empty = scan.before(at) != b' ' && scan.at(from) == b' ' && is_pair(scan, from + 1);
    if empty { None } else { find(scan, &name, from, Tie::Assigned) }
}

/// `secret= user=bob`: what stands behind the blank is the next pair, and not the value of this one.
fn is_pair(scan: &Scan<'_>, at: usize) -> bool {
    let end = skip(scan, at, 40, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    end > at && scan.at(end) == b'=' && !matches!(scan.at(end + 1), b'=' | b' ')
}

pub(super) fn after_colon(scan: &Scan<'_>, at: usize) -> Option<Hit> {
    if matches!(scan.at(at + 1), b':' | b'=') {
        return None;
    }
    let name = name_before(scan, at)?;
    let tie = if name.quoted { Tie::Assigned } else { Tie::Prose };
    find(scan, &name, at + 1, tie)
}

/// `--password hunter2`, at the first dash.
pub(super) fn option(scan: &Scan<'_>, at: usize) -> Option<Hit> {
    if scan.at(at + 1) != b'-' || !matches!(scan.before(at), b' ' | b'"' | b'\'' | b'\n' | b'\t') {
        return None;
    }
    let end =
        at + scan.ahead(at).iter().take(48).take_while(|&&byte| byte.is_ascii_alphanumeric() || byte == b'-').count();
    let gap = scan.run(end, |byte| matches!(byte, b' ' | b'"' | b'\'' | b','));
    let name = name_before(scan, end)?;
    if gap == end || gap - end > 4 || scan.at(gap) == b'-' || !matches!(name.kind, Kind::Password | Kind::Secret) {
        return None;
    }
    find(scan, &name, gap, Tie::Assigned)
}

/// `<password>…</password>`, at the end of the opening tag.
pub(super) fn in_element(scan: &Scan<'_>, at: usize) -> Option<Hit> {
    let name = name_before(scan, at)?;
    let opening = matches!(scan.before(name.start), b'<' | b':') && scan.before(at).is_ascii_alphabetic();
    if !opening || !matches!(name.kind, Kind::Password | Kind::Secret | Kind::Authorization) {
        return None;
    }
    let start = at + 1;
    let end = scan.run(start, |byte| byte != b'<');
    let value = scan.text.get(start..end)?.trim();
    let closed = scan.ahead(end).starts_with(b"</");
    (closed && !is_trivial(value)).then_some(Hit { start, end, token: "[secret]" })
}

/// `PASSWORD 'hunter2'` as in SQL, at the opening quote.
pub(super) fn in_quotes(scan: &Scan<'_>, at: usize) -> Option<Hit> {
    if scan.before(at) != b' ' {
        return None;
    }
    let name = name_before(scan, at)?;
    if name.kind != Kind::Password || name.quoted {
        return None;
    }
    let quote = scan.at(at);
    let end = scan.run(at + 1, |byte| byte != quote && byte > b' ');
    let closed = scan.at(end) == quote;
    let value = scan.text.get(at + 1..end)?;
    (closed && !is_trivial(value)).then_some(Hit { start: at + 1, end, token: "[secret]" })
}

fn find(scan: &Scan<'_>, name: &Name, from: usize, tie: Tie) -> Option<Hit> {
    let from = skip(scan, from, 4, |byte| matches!(byte, b' ' | b'\t'));
    let value = match name.kind {
        Kind::Cookie => cookie(scan, name, from)?,
        Kind::Authorization => credential(scan, from)?,
        _ => value(scan, from)?,
    };
    let text = scan.text.get(value.start..value.end)?;
    let secret = !is_trivial(text)
        && !is_working_directory(scan, name, text)
        && match (name.kind, tie) {
            (Kind::Cookie, _) => true,
            (Kind::Authorization, _) => value.start > from || value.quoted || looks_secret(text, 8),
            (Kind::Weak(number), _) => looks_secret(text, 4) && (number || !is_number(text)) || text.len() >= 16,
            (Kind::Password, Tie::Assigned) => true,
            (Kind::Secret, Tie::Assigned) => !(is_number(text) && text.len() < 4),
            (_, Tie::Prose) if value.quoted => true,
            (_, Tie::Prose) if name.compound => looks_secret(text, 4) || !is_sentence(scan, &value),
            (Kind::Password, Tie::Prose) => {
                looks_secret(text, 4) || text.len() >= 16 || stands_alone(scan, name, &value)
            }
            (Kind::Secret, Tie::Prose) => looks_secret(text, 8) || text.len() >= 20,
        };
    secret.then_some(Hit { start: value.start, end: value.end, token: "[secret]" })
}

fn skip(scan: &Scan<'_>, from: usize, limit: usize, is: impl Fn(u8) -> bool) -> usize {
    from + scan.ahead(from).iter().take(limit).take_while(|&&byte| is(byte)).count()
}

fn value(scan: &Scan<'_>, from: usize) -> Option<Value> {
    let start = unwrapped(scan, from);
    if is_replaced(scan, start) {
        return None;
    }
    let slashes = skip(scan, start, 8, |byte| byte == b'\\');
    let quote = scan.at(slashes);
    if matches!(quote, b'"' | b'\'' | b'`') {
        let start_of_text = slashes + 1;
        return Some(Value {
            start: start_of_text,
            end: closing_quote(scan, start_of_text, quote, slashes - start),
            quoted: true,
        });
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
    let after = skip(scan, at, 8, |byte| matches!(byte, b',' | b';' | b')' | b']' | b'}' | b'|' | b'&' | b'.' | b'?'));
    if matches!(scan.at(after), 0..=b' ' | b'"' | b'\'' | b'`' | b'\\' | b'[' | b'{') {
        return true;
    }
    let name =
        skip(scan, after, 40, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'[' | b']'));
    name > after && matches!(scan.at(name), b'=' | b':') && scan.at(at) != b'.'
}

/// Behind the scheme: `Bearer …`, `Digest username=…, response=…`.
fn credential(scan: &Scan<'_>, from: usize) -> Option<Value> {
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
fn cookie(scan: &Scan<'_>, name: &Name, from: usize) -> Option<Value> {
    let plain = value(scan, from)?;
    if plain.quoted {
        return Some(plain);
    }
    let first = skip(scan, from, 64, |byte| byte > b' ' && byte != b'=');
    if scan.at(first) != b'=' {
        return None;
    }
    let around = scan.before(name.start);
    let end = scan.run(from, |byte| match byte {
        b'\n' | b'\r' | b'"' => false,
        byte => !(byte == around && byte == b'\''),
    });
    Some(Value { start: from, end, quoted: false })
}

/// `password: swordfish` on a line of its own or between commas.
fn stands_alone(scan: &Scan<'_>, name: &Name, value: &Value) -> bool {
    let gap = scan.run_back(name.start, 8, |byte| byte == b' ');
    let opens = matches!(scan.before(gap), b',' | b';' | b'{' | b'(' | b'|' | b'[' | b'-' | b'\n' | b' ');
    let closes = value.end == scan.bytes.len()
        || matches!(scan.at(value.end), b',' | b';' | b'}' | b')' | b'|' | b']' | b'\n' | b'\r');
    opens && closes
}

/// `PWD=/home/app`; in a connection string the same name is a password.
fn is_working_directory(scan: &Scan<'_>, name: &Name, text: &str) -> bool {
    text.starts_with('/')
        && (scan.ahead(name.start).starts_with(b"PWD") || scan.ahead(name.start).starts_with(b"OLDPWD"))
}

/// A word with another word behind it.
fn is_sentence(scan: &Scan<'_>, value: &Value) -> bool {
    let word = scan.bytes.get(value.start..value.end).unwrap_or_default();
    word.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'\'')
        && scan.at(value.end) == b' '
        && scan.at(value.end + 1).is_ascii_alphabetic()
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Words of a sentence have no digits and few signs.
fn looks_secret(text: &str, least: usize) -> bool {
    text.len() >= least
        && text.bytes().any(|byte| {
            byte.is_ascii_digit()
                || matches!(byte, b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'*' | b'+' | b'=' | b'/' | b'~')
        })
}

/// Stands for a value, or says that there is none.
fn is_trivial(text: &str) -> bool {
    const WORDS: [&str; 32] = [
        "null",
        "nil",
        "none",
        "undefined",
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "empty",
        "missing",
        "required",
        "optional",
        "invalid",
        "valid",
        "expired",
        "set",
        "unset",
        "present",
        "absent",
        "redacted",
        "filtered",
        "masked",
        "hidden",
        "removed",
        "string",
        "str",
        "not",
        "the",
        "n/a",
        "ok",
    ];
    let bare = text.trim();
    let unchanged = |byte: u8| {
        matches!(byte, b'*' | b'x' | b'X' | b'.' | b'-' | b'_' | b'?' | b'#' | b' ' | b',' | b';' | b')' | b'}')
    };
    bare.bytes().all(unchanged)
        || TOKENS.iter().any(|token| bare.starts_with(token))
        || WORDS.iter().any(|word| {
            bare.trim_end_matches([',', '.', ';', ')', ']', '}', '>'])
                .trim_start_matches(['<', '['])
                .eq_ignore_ascii_case(word)
        })
        || bare.starts_with("${")
        || bare.starts_with("$(")
        || bare.starts_with("{{")
        || bare.starts_with("{}")
        || bare.starts_with('<') && bare.ends_with('>')
        || matches!(bare, "%s" | "%v" | "%d" | "%q")
        || bare
            .strip_prefix('$')
            .is_some_and(|name| name.len() > 2 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'))
}
