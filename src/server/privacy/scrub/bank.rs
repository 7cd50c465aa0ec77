//! Payment cards and bank accounts; both carry check digits, so both can be told from other numbers.

use super::scan::{Hit, Scan};

const CARD_LENGTH: std::ops::RangeInclusive<usize> = 13..=19;

/// At the first digit of a number; `end` is the end of its first group.
pub(super) fn card(scan: &Scan<'_>, at: usize, end: usize) -> Option<Hit> {
    let first_group = end - at;
    if !matches!(scan.at(at), b'2'..=b'6') || first_group < 3 || first_group > *CARD_LENGTH.end() {
        return None;
    }
    let separator = scan.at(end);
    if first_group < *CARD_LENGTH.start()
        && !(matches!(separator, b' ' | b'-' | b'.') && scan.at(end + 1).is_ascii_digit())
    {
        return None;
    }
    if scan.before(at) == b'.' && matches!(scan.behind(at), [.., digit, b'.'] if digit.is_ascii_digit()) {
        return None;
    }
    let mut digits = [0u8; 19];
    let (mut count, mut here, mut found) = (0, at, None);
    loop {
        let group_end = scan.run(here, |byte| byte.is_ascii_digit());
        let size = group_end - here;
        if size < 3 || count + size > digits.len() {
            break;
        }
        for (slot, byte) in digits[count..].iter_mut().zip(scan.ahead(here)).take(size) {
            *slot = byte - b'0';
        }
        count += size;
        if ends_number(scan, group_end) && is_card(&digits[..count]) {
            found = Some(group_end);
        }
        if scan.at(group_end) != separator || !matches!(separator, b' ' | b'-' | b'.') {
            break;
        }
        here = group_end + 1;
    }
    found.map(|end| Hit { start: at, end, token: "[card]" })
}

fn ends_number(scan: &Scan<'_>, at: usize) -> bool {
    let fraction = scan.at(at) == b'.' && scan.at(at + 1).is_ascii_digit();
    scan.closes(at) && !fraction
}

fn is_card(digits: &[u8]) -> bool {
    CARD_LENGTH.contains(&digits.len()) && has_issuer(digits) && luhn(digits)
}

/// Issuer prefixes with the lengths that they are given out in.
fn has_issuer(digits: &[u8]) -> bool {
    let prefix = digits.iter().take(6).fold(0u32, |sum, digit| sum * 10 + u32::from(*digit));
    let length = digits.len();
    match prefix / 10_000 {
        40..=49 => matches!(length, 13 | 16 | 19),
        51..=55 => length == 16,
        34 | 37 => length == 15,
        36 | 38 | 39 => length == 14,
        30 => matches!(prefix / 1_000, 300..=305 | 309) && matches!(length, 14 | 16),
        22..=27 => {
            (222_100..=272_099).contains(&prefix) && length == 16
                || (220_000..=220_499).contains(&prefix) && length >= 16
        }
        35 => (352_800..=358_999).contains(&prefix) && length >= 16,
        60 => length >= 16,
        62 | 64 | 65 => length >= 16,
        50 | 56..=58 | 63 | 67 => matches!(
            prefix / 100,
            5018 | 5019 | 5020 | 5038 | 5060..=5067 | 5078 | 5085 | 5610 | 5612 | 5893 | 6304 | 6390 | 6706 | 6709 | 6759 | 6761..=6763 | 6771
        ),
        _ => false,
    }
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| match (index % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// At the first digit behind letters.
pub(super) fn iban(scan: &Scan<'_>, at: usize) -> Option<Hit> {
    let start = at.checked_sub(2).filter(|start| *start >= scan.floor)?;
    let country = [scan.at(start).to_ascii_uppercase(), scan.at(start + 1).to_ascii_uppercase()];
    let length = iban_length(country)?;
    if !scan.opens(start) || !scan.at(at + 1).is_ascii_digit() {
        return None;
    }
    let mut remainder = 0u32;
    let (mut count, mut here) = (4, at + 2);
    while count < length {
        let byte = scan.at(here);
        if byte.is_ascii_alphanumeric() {
            remainder = append(remainder, byte);
            count += 1;
        } else if !(matches!(byte, b' ' | b'-') && scan.at(here + 1).is_ascii_alphanumeric()) {
            return None;
        }
        here += 1;
    }
    let check = [country[0], country[1], scan.at(at), scan.at(at + 1)];
    let remainder = check.into_iter().fold(remainder, append);
    (remainder == 1 && scan.closes(here)).then_some(Hit { start, end: here, token: "[iban]" })
}

/// The remainder by 97 after another letter (A is 10 … Z is 35) or digit.
fn append(remainder: u32, byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => (remainder * 10 + u32::from(byte - b'0')) % 97,
        letter => (remainder * 100 + u32::from(letter.to_ascii_uppercase().saturating_sub(b'A')) + 10) % 97,
    }
}

/// Lengths of the IBAN registry.
fn iban_length(country: [u8; 2]) -> Option<usize> {
    let length = match &country {
        b"NO" => 15,
        b"BE" => 16,
        b"DK" | b"FI" | b"FK" | b"FO" | b"GL" | b"NL" | b"SD" => 18,
        b"MK" | b"SI" => 19,
        b"AT" | b"BA" | b"EE" | b"KZ" | b"LT" | b"LU" | b"MN" | b"XK" => 20,
        b"CH" | b"HR" | b"LI" | b"LV" => 21,
        b"BG" | b"BH" | b"CR" | b"DE" | b"GB" | b"GE" | b"IE" | b"ME" | b"RS" | b"VA" => 22,
        b"AE" | b"GI" | b"IL" | b"IQ" | b"OM" | b"SO" | b"TL" => 23,
        b"AD" | b"CZ" | b"ES" | b"MD" | b"PK" | b"RO" | b"SA" | b"SE" | b"SK" | b"TN" | b"VG" => 24,
        b"LY" | b"PT" | b"ST" => 25,
        b"IS" | b"TR" => 26,
        b"BI" | b"DJ" | b"FR" | b"GR" | b"IT" | b"MC" | b"MR" | b"SM" => 27,
        b"AL" | b"AZ" | b"BY" | b"CY" | b"DO" | b"GT" | b"HN" | b"HU" | b"LB" | b"NI" | b"PL" | b"SV" => 28,
        b"BR" | b"EG" | b"PS" | b"QA" | b"UA" => 29,
        b"JO" | b"KW" | b"MU" | b"YE" => 30,
        b"MT" | b"SC" => 31,
        b"LC" => 32,
        b"RU" => 33,
        _ => return None,
    };
    Some(length)
}
