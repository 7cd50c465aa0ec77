//! Values that stand behind a name which announces a secret: `password=…`, `"api_key": "…"`, `--token …`,
//! `Authorization: …`, `<secret>…</secret>`.

use super::TOKENS;
use super::scan::{Hit, Scan};
use super::secret_name::{Kind, Name, name_before};
use super::secret_value::{Value, cookie, credential, skip, value};

/// How a value is tied to its name; in a sentence a colon ties nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tie {
    Assigned,
    Prose,
    /// By a blank, behind the option of a command line.
    Option,
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
    let option = scan.bytes.get(name.start..).is_some_and(|name| name.starts_with(b"--"));
    let empty = scan.before(at) != b' ' && scan.at(from) == b' ' && (option || is_pair(scan, from + 1));
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
    // `'--password' is required`: a quoted option has a quoted value.
    let option_quoted = matches!(scan.at(end), b'"' | b'\'');
    let from = if matches!(scan.at(gap - 1), b'"' | b'\'') && gap > end + 1 { gap - 1 } else { gap };
    if option_quoted && from == gap {
        return None;
    }
    find(scan, &name, from, Tie::Option)
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
        && (value.quoted || !text.starts_with("self."))
        && match (name.kind, tie) {
            (Kind::Cookie, _) => true,
            (Kind::Authorization, _) => value.start > from || value.quoted || looks_secret(text, 8),
            (Kind::Weak(_), _) | (Kind::Secret, Tie::Prose) if !value.quoted && is_code(text) => false,
            (Kind::Weak(true), _) => is_number(text) && (3..=10).contains(&text.len()),
            (Kind::Weak(false), _) => looks_secret(text, 4) && !is_number(text) || text.len() >= 16,
            (Kind::Password, Tie::Assigned) => true,
            (Kind::Secret, Tie::Assigned) => !(is_number(text) && text.len() < 4),
            (_, Tie::Option) => value.quoted || looks_secret(text, 4) || ends_command(scan, &value),
            (_, Tie::Prose) if value.quoted => true,
            (_, Tie::Prose) if name.compound => looks_secret(text, 4) || !is_sentence(scan, name, &value),
            (Kind::Password, Tie::Prose) => {
                looks_secret(text, 4) || text.len() >= 16 || stands_alone(scan, name, &value)
            }
            (Kind::Secret, Tie::Prose) => {
                looks_secret(text, 8) || text.len() >= 20 || text.len() >= 8 && stands_alone(scan, name, &value)
            }
        };
    secret.then_some(Hit { start: value.start, end: value.end, token: "[secret]" })
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

/// A word with another word behind it, or one that is too short for a token.
fn is_sentence(scan: &Scan<'_>, name: &Name, value: &Value) -> bool {
    let word = scan.bytes.get(value.start..value.end).unwrap_or_default();
    let followed = scan.at(value.end) == b' ' && scan.at(value.end + 1).is_ascii_alphabetic();
    let short = name.kind != Kind::Password && word.len() < 6;
    word.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'\'') && (followed || short)
}

/// Another option or nothing follows, and no word of a sentence.
fn ends_command(scan: &Scan<'_>, value: &Value) -> bool {
    match scan.at(value.end) {
        b' ' => value.end >= scan.bytes.len() || scan.at(value.end + 1) == b'-',
        byte => matches!(byte, b'\n' | b'\r' | b'"' | b'\'' | b';' | b'|' | b')'),
    }
}

/// The source of a program and its debug output are full of tokens and signatures.
fn is_code(text: &str) -> bool {
    text.contains("::")
        || text.contains("![")
        || text.contains("()")
        || text.starts_with("self.")
        || text.starts_with("Some")
        || text.contains('<')
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
    const WORDS: [&str; 39] = [
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
        "with",
        "and",
        "or",
        "is",
        "to",
        "for",
        "can",
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
