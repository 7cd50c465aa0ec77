//! Which names announce a secret.

use super::scan::Scan;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Password,
    /// Keys, tokens and other secrets.
    Secret,
    /// Short words that often mean something else; the value must look like a secret. `true`: may be a mere number.
    Weak(bool),
    Authorization,
    Cookie,
}

pub(super) struct Name {
    pub kind: Kind,
    pub start: usize,
    /// `"password"`, and not the word in a sentence.
    pub quoted: bool,
    /// `api_key`, `X-Api-Key`, `clientSecret`: no word of a sentence either.
    pub compound: bool,
}

const LIMIT: usize = 48;

/// The name that ends here, perhaps in quotes or brackets and with blanks behind it.
pub(super) fn name_before(scan: &Scan<'_>, at: usize) -> Option<Name> {
    let blank = scan.run_back(at, 3, |byte| byte == b' ');
    let end = scan.run_back(blank, 4, |byte| matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b']'));
    let last = scan.before(end);
    if !last.is_ascii_alphabetic() {
        return None;
    }
    // Most names fail here, at their last letter.
    if !matches!(last | 0x20, b'd' | b'e' | b't' | b'y' | b'n' | b's' | b'h' | b'g' | b'p' | b'v' | b'c' | b'l') {
        return None;
    }
    let start = scan.run_back(end, LIMIT, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    if scan.before(start) == b'[' && scan.at(end) == b']' && !is_index(scan, start - 1) {
        return None;
    }
    let kind = kind(scan.bytes.get(start..end)?).or_else(|| spaced_key(scan, start, end))?;
    let compound = is_compound(scan.bytes.get(start..end)?);
    Some(Name { kind, start, quoted: end < blank, compound })
}

/// `user[password]` is a name, a replacement such as `[secret]` is none.
fn is_index(scan: &Scan<'_>, bracket: usize) -> bool {
    let before = scan.before(bracket);
    before.is_ascii_alphanumeric() || matches!(before, b'_' | b']')
}

fn is_compound(name: &[u8]) -> bool {
    name.iter().any(|byte| matches!(byte, b'_' | b'-'))
        || name.windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
}

/// `API key`, with a blank.
fn spaced_key(scan: &Scan<'_>, start: usize, end: usize) -> Option<Kind> {
    let is = |from: usize, to: usize, word: &[u8]| {
        scan.bytes.get(from..to).is_some_and(|text| text.eq_ignore_ascii_case(word))
    };
    if !is(start, end, b"key") || scan.behind(start).last() != Some(&b' ') {
        return None;
    }
    let from = scan.run_back(start - 1, 12, |byte| byte.is_ascii_alphabetic());
    let known: [&[u8]; 7] = [b"api", b"access", b"secret", b"private", b"account", b"license", b"signing"];
    known.iter().any(|word| is(from, start - 1, word)).then_some(Kind::Secret)
}

/// What a name announces; capitals, dashes, underscores and dots in it do not matter.
pub(super) fn kind(name: &[u8]) -> Option<Kind> {
    const PASSWORDS: [&str; 4] = ["password", "passwd", "passphrase", "passcode"];
    const SECRETS: [&str; 15] = [
        "secret",
        "token",
        "apikey",
        "accesskey",
        "secretkey",
        "privatekey",
        "signingkey",
        "encryptionkey",
        "masterkey",
        "accountkey",
        "sharedkey",
        "authkey",
        "phpsessid",
        "jsessionid",
        "passwordhash",
    ];
    const WORDS: [(&str, Kind); 16] = [
        ("pwd", Kind::Password),
        ("pass", Kind::Weak(false)),
        ("auth", Kind::Weak(false)),
        ("sig", Kind::Weak(false)),
        ("signature", Kind::Weak(false)),
        ("jwt", Kind::Weak(false)),
        ("sid", Kind::Weak(false)),
        ("credential", Kind::Weak(false)),
        ("credentials", Kind::Weak(false)),
        ("pin", Kind::Weak(true)),
        ("otp", Kind::Weak(true)),
        ("cvv", Kind::Weak(true)),
        ("cvc", Kind::Weak(true)),
        ("authorization", Kind::Authorization),
        ("cookie", Kind::Cookie),
        ("licensekey", Kind::Secret),
    ];
    let found = |words: &[&str]| words.iter().any(|word| suffix(name, word).is_some());
    if found(&PASSWORDS) {
        return Some(Kind::Password);
    }
    if found(&SECRETS) {
        return Some(Kind::Secret);
    }
    WORDS
        .iter()
        .find(|(word, _)| suffix(name, word).is_some_and(|start| is_word_start(name, start)))
        .map(|(_, kind)| *kind)
}

/// Where the word starts that the name ends with.
fn suffix(name: &[u8], word: &str) -> Option<usize> {
    let mut at = name.len();
    for expected in word.bytes().rev() {
        while at > 0 && at < name.len() && matches!(name[at - 1], b'_' | b'-' | b'.') {
            at -= 1;
        }
        at = at.checked_sub(1)?;
        if name[at].to_ascii_lowercase() != expected {
            return None;
        }
    }
    Some(at)
}

fn is_word_start(name: &[u8], start: usize) -> bool {
    match start.checked_sub(1).map(|before| name[before]) {
        None => true,
        Some(before) => {
            !before.is_ascii_alphabetic() || before.is_ascii_lowercase() && name[start].is_ascii_uppercase()
        }
    }
}
