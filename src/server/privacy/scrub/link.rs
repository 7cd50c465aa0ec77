//! URLs within a text: their user part always goes, query and fragment where asked for.

use super::scan::{Hit, Scan};

/// At a colon: `scheme://user:password@host`.
pub(super) fn credentials(scan: &mut Scan<'_>, at: usize) -> Option<Hit> {
    if scan.at(at + 1) != b'/' || scan.at(at + 2) != b'/' || !scan.before(at).is_ascii_alphanumeric() {
        return None;
    }
    let start = at + 3;
    if scan.cut_links && at >= scan.link_end {
        scan.link_end = link_end(scan, start);
    }
    let end =
        scan.run(start, |byte| !matches!(byte, b'/' | b'?' | b'#' | b'<' | b'>' | b'"' | b'`' | b'\\') && byte > b' ');
    let authority = scan.bytes.get(start..end)?;
    match memchr::memrchr(b'@', authority) {
        Some(0) | None => slack_hook(scan, start, end),
        Some(_) if authority.starts_with(b"[secret]@") => None,
        Some(length) => Some(Hit { start, end: start + length, token: "[secret]" }),
    }
}

/// A webhook's path is its password.
fn slack_hook(scan: &Scan<'_>, start: usize, end: usize) -> Option<Hit> {
    const HOST: &[u8] = b"hooks.slack.com";
    const PATH: &[u8] = b"/services/";
    if scan.bytes.get(start..end)? != HOST || !scan.ahead(end).starts_with(PATH) {
        return None;
    }
    let path = end + PATH.len();
    let stop = scan.run(path, |byte| byte.is_ascii_alphanumeric() || byte == b'/');
    (stop > path).then_some(Hit { start: path, end: stop, token: "[key]" })
}

/// At a question mark or number sign: cuts what follows, if it stands in a URL or in the path of a request line.
pub(super) fn tail(scan: &Scan<'_>, at: usize) -> Option<Hit> {
    let end = if at < scan.link_end { scan.link_end } else { request_path_end(scan, at)? };
    let end = keep_position(scan, at, end);
    (end > at + 1).then_some(Hit { start: at, end, token: "" })
}

fn is_link_byte(byte: u8) -> bool {
    byte > b' '
        && byte != 0x7f
        && !matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`' | b'|' | b'\\' | b'{' | b'}' | b'^')
}

fn link_end(scan: &Scan<'_>, start: usize) -> usize {
    let mut end = scan.run(start, is_link_byte);
    while end > start && matches!(scan.at(end - 1), b'.' | b',' | b';' | b':' | b'!' | b')' | b']') {
        end -= 1;
    }
    end
}

/// `GET /login?email=… HTTP/1.1`: a path from the root with a parameter behind it.
fn request_path_end(scan: &Scan<'_>, at: usize) -> Option<usize> {
    if scan.at(at) != b'?' {
        return None;
    }
    let start = scan.run_back(at, 512, |byte| is_link_byte(byte) && !matches!(byte, b'?' | b'=' | b'(' | b'[' | b','));
    let name = scan
        .run(at + 1, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'[' | b']' | b'%'));
    let parameter = name > at + 1 && scan.at(name) == b'=';
    (scan.at(start) == b'/' && parameter).then(|| link_end(scan, at))
}

/// `app.js?v=3:379:12` keeps `:379:12`.
fn keep_position(scan: &Scan<'_>, start: usize, end: usize) -> usize {
    let mut kept = end;
    for _ in 0..2 {
        let digits = scan.run_back(kept, 7, |byte| byte.is_ascii_digit());
        if digits == kept || kept - digits > 6 || digits <= start + 1 || scan.at(digits - 1) != b':' {
            break;
        }
        kept = digits - 1;
    }
    kept
}
