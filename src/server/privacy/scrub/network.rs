//! Network addresses.
//!
//! Four numbers with dots are an IPv4 address unless the text says that they are a version: a letter, digit,
//! underscore or dot touches them; a dash touches them in a file or package name (`tool-1.2.3.4.jar`,
//! `lib-1.2.3.4-2`); the first is zero; a revision follows a first number of one digit (`1.2.5.1-2`); a product name with a capital and a slash precedes them (`Chrome/120.0.0.0`) and no port
//! follows; or one of a few words does (`version 1.2.3.4`, `"build": "1.2.3.4"`). Whatever else looks like an
//! address is taken for one.

use super::scan::{Hit, Scan};
use std::net::Ipv6Addr;
use std::str::FromStr;

/// At the first digit of a number; `end` is the end of the digits.
pub(super) fn v4(scan: &Scan<'_>, at: usize, end: usize) -> Option<Hit> {
    if scan.at(end) != b'.' || !scan.at(end + 1).is_ascii_digit() {
        return None;
    }
    let stop = dotted_quad(scan, at)?;
    (!is_version(scan, at, stop)).then_some(Hit { start: at, end: stop, token: "[ip]" })
}

/// End of four numbers up to 255 with dots between them.
fn dotted_quad(scan: &Scan<'_>, at: usize) -> Option<usize> {
    let mut here = at;
    for part in 0..4 {
        let end = scan.run(here, |byte| byte.is_ascii_digit());
        if !(1..=3).contains(&(end - here)) || scan.text.get(here..end)?.parse::<u8>().is_err() {
            return None;
        }
        if part == 3 {
            here = end;
        } else if scan.at(end) == b'.' {
            here = end + 1;
        } else {
            return None;
        }
    }
    let further = matches!(scan.at(here), b'.' | b'-') && scan.at(here + 1).is_ascii_digit() && scan.at(here) == b'.';
    (!further && scan.closes(here) && scan.at(here) != b'_').then_some(here)
}

fn is_version(scan: &Scan<'_>, at: usize, end: usize) -> bool {
    let quad = scan.text.get(at..end).unwrap_or_default();
    let port = scan.at(end) == b':' && scan.at(end + 1).is_ascii_digit();
    if quad.starts_with("0.") && quad != "0.0.0.0" {
        return true;
    }
    // `1.2.5.1-2`: the revision of a package, unless it is a range of addresses.
    let revision =
        scan.at(end) == b'-' && scan.at(end + 1).is_ascii_alphanumeric() && dotted_quad(scan, end + 1).is_none();
    if revision && quad.find('.') == Some(1) {
        return true;
    }
    match scan.before(at) {
        b'.' => matches!(scan.behind(at), [.., byte, b'.'] if byte.is_ascii_alphanumeric()),
        b'-' | b'_' => {
            let in_a_name = matches!(scan.behind(at), [.., byte, _] if byte.is_ascii_alphanumeric());
            let goes_on = scan.at(end) == b'-' || scan.at(end) == b'.' && scan.at(end + 1).is_ascii_alphabetic();
            in_a_name && goes_on || follows_version_word(scan, at)
        }
        b'/' => !port && follows_product(scan, at - 1),
        byte if byte.is_ascii_alphanumeric() => !scan.opens(at),
        _ => !port && follows_version_word(scan, at),
    }
}

/// Whether a name such as `Chrome` ends at this slash: a capital first, and not a part of a path.
fn follows_product(scan: &Scan<'_>, slash: usize) -> bool {
    let start = scan.run_back(slash, 40, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    start < slash && scan.at(start).is_ascii_uppercase() && !matches!(scan.before(start), b'/' | b'.')
}

fn follows_version_word(scan: &Scan<'_>, at: usize) -> bool {
    const WORDS: [&str; 11] =
        ["ver", "v", "release", "build", "firmware", "revision", "rev", "section", "chapter", "clause", "oid"];
    let gap = scan
        .run_back(at, 6, |byte| matches!(byte, b' ' | b':' | b'=' | b'"' | b'\'' | b'.' | b'(' | b'#' | b'_' | b'-'));
    if gap == at {
        return false;
    }
    let start = scan.run_back(gap, 24, |byte| byte.is_ascii_alphabetic());
    let word = &scan.text[start..gap];
    let ends_so = |end: &str| word.len() >= end.len() && word[word.len() - end.len()..].eq_ignore_ascii_case(end);
    ends_so("version") || ends_so("versions") || WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// At a colon: the first one of an address decides for all of it.
pub(super) fn v6(scan: &Scan<'_>, at: usize) -> Option<Hit> {
    let group = scan.run_back(at, 5, |byte| byte.is_ascii_hexdigit());
    if at - group > 4 {
        return None;
    }
    let start = match scan.before(group) {
        // `port:2001:db8::1`: the address begins behind a colon, unless that colon was part of an address.
        b':' if group < at && is_no_group(scan, group - 1) => group,
        b':' => return None,
        byte if byte.is_ascii_alphanumeric() || byte == b'_' => return None,
        _ => group,
    };
    // A single colon can neither begin nor end an address; `::` can.
    if start == at && scan.at(at + 1) != b':' {
        return None;
    }
    let limit = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let mut end = start + scan.ahead(start).iter().take(46).take_while(|&&byte| limit(byte)).count();
    while end > start && (scan.at(end - 1) == b'.' || scan.at(end - 1) == b':' && scan.at(end - 2) != b':') {
        end -= 1;
    }
    if !scan.closes(end) || scan.at(end) == b'_' {
        return None;
    }
    let address = Ipv6Addr::from_str(scan.text.get(start..end)?).ok()?;
    if !is_assigned(address, &scan.bytes[start..end]) {
        return None;
    }
    let end = zone(scan, end);
    let bracketed = start > scan.floor && scan.before(start) == b'[' && scan.at(end) == b']';
    let (start, end) = if bracketed { (start - 1, end + 1) } else { (start, end) };
    Some(Hit { start, end, token: "[ip]" })
}

/// Whether what stands before this colon cannot be a group of an address.
fn is_no_group(scan: &Scan<'_>, colon: usize) -> bool {
    let start = scan.run_back(colon, 5, |byte| byte.is_ascii_hexdigit());
    colon - start > 4 || scan.before(start).is_ascii_alphanumeric()
}

/// Only ranges in use: `a::b` in code, a time or a hardware address is not in them.
fn is_assigned(address: Ipv6Addr, text: &[u8]) -> bool {
    let segments = address.segments();
    match segments[0] {
        0 => address.is_loopback() || text.contains(&b'.') || segments[..6] == [0, 0, 0, 0, 0, 0xffff],
        0x64 => segments[1] == 0xff9b,
        0x2000..=0x3fff | 0xfc00..=0xfdff | 0xfe80..=0xfeff | 0xff00..=0xffff => true,
        _ => false,
    }
}

/// `%eth0`
fn zone(scan: &Scan<'_>, end: usize) -> usize {
    if scan.at(end) != b'%' {
        return end;
    }
    let stop = end + 1 + scan.ahead(end + 1).iter().take(16).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    if stop > end + 1 { stop } else { end }
}
