//! Takes personal data and secrets out of any text before it is stored: log bodies, names, labels,
//! keys and values alike. One pass over the bytes stops only at bytes that can be part of something
//! worth hiding; each of the detectors then looks a bounded way back and ahead.
//!
//! | found | becomes |
//! |---|---|
//! | e-mail address | `[email]` |
//! | payment card (issuer prefix, length and Luhn digit right) | `[card]` |
//! | IBAN (country, length and check digits right) | `[iban]` |
//! | JWT, value after `Bearer` or `Basic` | `[token]` |
//! | value of a password, token, secret or API key; user part of a URL | `[secret]` |
//! | key of a known make, private key block | `[key]` |
//! | IPv4 and IPv6 address | `[ip]` |
//! | telephone number written with `+` | `[phone]` |

mod bank;
mod email;
mod link;
mod network;
mod path;
mod phone;
mod scan;
mod secret;
mod secret_name;
mod secret_value;
mod token;
mod url;

#[cfg(test)]
mod corpus_test;
#[cfg(test)]
mod property_test;
#[cfg(test)]
mod text_test;

pub use url::{Campaign, CleanUrl, referrer, url};

use scan::{Scan, Step};
use std::borrow::Cow;

/// Every replacement that a text can contain afterwards.
pub const TOKENS: [&str; 8] = ["[email]", "[card]", "[iban]", "[token]", "[secret]", "[key]", "[ip]", "[phone]"];

/// A text whose meaning changed by a replacement is read again, so that the result is stable.
const ROUNDS: usize = 4;

/// How much was replaced, in the order of [`TOKENS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    counts: [u32; TOKENS.len()],
    cut: u32,
}

impl Found {
    pub fn any(&self) -> bool {
        self.cut > 0 || self.counts.iter().any(|count| *count > 0)
    }

    pub fn counts(&self) -> [u32; TOKENS.len()] {
        self.counts
    }

    /// Queries, fragments and members of collections in URLs.
    pub fn cut(&self) -> u32 {
        self.cut
    }

    fn note(&mut self, token: &str) {
        match TOKENS.iter().position(|known| *known == token) {
            Some(at) => self.counts[at] += 1,
            None => self.cut += 1,
        }
    }
}

/// The text with personal data and secrets replaced; borrowed when there were none.
pub fn text(text: &str) -> Cow<'_, str> {
    rounds(text, false, &mut Found::default())
}

/// As [`text`], and URLs within the text (and paths of request lines) lose their query, their fragment, and whom a
/// path such as `/users/jane` names; the line and column that a stack trace writes behind a URL stay.
pub fn in_text_urls(text: &str) -> Cow<'_, str> {
    rounds(text, true, &mut Found::default())
}

/// As [`in_text_urls`]; what was replaced is added to `found`.
pub fn counted<'a>(text: &'a str, found: &mut Found) -> Cow<'a, str> {
    rounds(text, true, found)
}

/// Whether a field of this name holds a password, key, token or the like.
pub fn names_a_secret(name: &str) -> bool {
    use secret_name::Kind;
    matches!(
        secret_name::kind(name.as_bytes()),
        Some(Kind::Password | Kind::Secret | Kind::Authorization | Kind::Cookie)
    )
}

fn rounds<'a>(text: &'a str, cut_links: bool, found: &mut Found) -> Cow<'a, str> {
    let Some(mut clean) = once(text, cut_links, found) else { return Cow::Borrowed(text) };
    for _ in 1..ROUNDS {
        match once(&clean, cut_links, found) {
            Some(cleaner) => clean = cleaner,
            None => break,
        }
    }
    Cow::Owned(clean)
}

fn once(text: &str, cut_links: bool, found: &mut Found) -> Option<String> {
    let mut scan = Scan::new(text, cut_links);
    let mut out = String::new();
    let mut at = 0;
    while let Some(next) = scan.next_trigger(at) {
        at = match look(&mut scan, next) {
            Step::On(further) => further,
            Step::Hit(hit) => {
                out.push_str(&text[scan.floor..hit.start]);
                out.push_str(hit.token);
                found.note(hit.token);
                scan.floor = hit.end;
                hit.end
            }
        };
    }
    (scan.floor > 0).then(|| {
        out.push_str(&text[scan.floor..]);
        out
    })
}

fn look(scan: &mut Scan<'_>, at: usize) -> Step {
    let hit = match scan.at(at) {
        b'0'..=b'9' => return digits(scan, at),
        b'%' => return escape(scan, at),
        b'@' => email::find(scan, at, 1),
        b':' => link::credentials(scan, at).or_else(|| secret::after_colon(scan, at)).or_else(|| network::v6(scan, at)),
        b'=' => secret::after_equals(scan, at, 1),
        b'>' => secret::in_element(scan, at),
        b'\'' | b'"' => secret::in_quotes(scan, at),
        b'+' => phone::find(scan, at, 1),
        b'-' => {
            token::private_key(scan, at).or_else(|| token::after_dash(scan, at)).or_else(|| secret::option(scan, at))
        }
        b'_' => token::after_underscore(scan, at),
        b'A' => token::cloud_key(scan, at),
        b'G' => token::mail_key(scan, at),
        b'J' => token::jwt(scan, at),
        b'B' | b'b' => token::scheme(scan, at),
        b'?' | b'#' => link::tail(scan, at),
        b'/' => path::member(scan, at),
        _ => None,
    };
    hit.map_or(Step::On(at + 1), Step::Hit)
}

/// At the first digit of a number.
fn digits(scan: &Scan<'_>, at: usize) -> Step {
    let end = scan.run(at, |byte| byte.is_ascii_digit());
    let hit = if scan.before(at).is_ascii_alphabetic() && !scan.opens(at) {
        bank::iban(scan, at).or_else(|| token::after_digits(scan, end))
    } else if scan.is_uuid(at) {
        return Step::On(at + 36);
    } else {
        bank::card(scan, at, end).or_else(|| network::v4(scan, at, end))
    };
    hit.map_or(Step::On(end), Step::Hit)
}

/// At a percent sign: the escapes of `@`, `+` and `=` count as the characters themselves.
fn escape(scan: &Scan<'_>, at: usize) -> Step {
    let hit = match (scan.at(at + 1), scan.at(at + 2)) {
        (b'4', b'0') => email::find(scan, at, 3),
        // Escaped twice.
        (b'2', b'5') if scan.ahead(at + 3).starts_with(b"40") => email::find(scan, at, 5),
        (b'2', b'b' | b'B') => phone::find(scan, at, 3),
        (b'3', b'd' | b'D') => secret::after_equals(scan, at, 3),
        (a, b) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => None,
        _ => return Step::On(at + 1),
    };
    hit.map_or(Step::On(at + 3), Step::Hit)
}
