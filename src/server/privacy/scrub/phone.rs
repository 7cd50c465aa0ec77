//! Telephone numbers in the international form with a plus sign.

use super::scan::{Hit, Scan};

/// At a plus sign that is `width` bytes wide.
pub(super) fn find(scan: &Scan<'_>, at: usize, width: usize) -> Option<Hit> {
    let before = scan.before(at);
    if !scan.opens(at) || matches!(before, b'+' | b'.' | b'_' | b'~') {
        return None;
    }
    let first = at + width;
    if !matches!(scan.at(first), b'1'..=b'9') {
        return None;
    }
    let north_america = scan.at(first) == b'1';
    let limit = if north_america { 11 } else { 15 };
    let (mut count, mut end, mut groups) = (0, first, 0);
    let mut here = first;
    loop {
        let group_end = scan.run(here, |byte| byte.is_ascii_digit());
        let size = group_end - here;
        if size == 0 || count + size > limit || (groups > 0 && is_date_or_time(scan, here, group_end, count)) {
            break;
        }
        count += size;
        groups += 1;
        end = group_end;
        match next_group(scan, group_end) {
            Some(next) => here = next,
            None => break,
        }
    }
    let right_length = if north_america { count == 11 } else { count >= 9 } || groups >= 3 && count >= 8;
    let round = groups == 1 && scan.behind(end).ends_with(b"00000");
    let decimal = groups == 2
        && scan.ahead(first).iter().take(6).all(u8::is_ascii_digit)
        && scan.bytes[first..end].contains(&b'.');
    (right_length && !round && !decimal && scan.closes(end)).then_some(Hit { start: at, end, token: "[phone]" })
}

/// Where the next group starts, if something that joins groups stands here.
fn next_group(scan: &Scan<'_>, at: usize) -> Option<usize> {
    let end = scan.run(at, |byte| matches!(byte, b' ' | b'-' | b'.' | b'(' | b')' | b'/'));
    (end > at && end - at <= 2 && scan.at(end).is_ascii_digit()).then_some(end)
}

/// A number that is long enough already is not continued by a date or time behind it.
fn is_date_or_time(scan: &Scan<'_>, start: usize, end: usize, digits: usize) -> bool {
    let next_is_digit = scan.at(end + 1).is_ascii_digit();
    let time = end - start <= 2 && scan.at(end) == b':' && next_is_digit;
    let date = end - start == 4 && scan.at(end) == b'-' && next_is_digit && digits >= 9;
    time || date
}
