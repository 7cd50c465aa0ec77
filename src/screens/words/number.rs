//! Counts, bytes, shares, rates.

use super::{Figure, UNKNOWN};

/// Where a short count changes its letter: `k`, `M`, then words of trade for what few installations reach.
const LARGE: [(f64, &str); 4] = [(1e12, "tn"), (1e9, "bn"), (1e6, "M"), (1e3, "k")];
const BINARY: [(f64, &str); 5] = [
    (1_125_899_906_842_624.0, "PiB"),
    (1_099_511_627_776.0, "TiB"),
    (1_073_741_824.0, "GiB"),
    (1_048_576.0, "MiB"),
    (1024.0, "KiB"),
];

/// Digits in groups of three, with a true minus.
pub(super) fn group(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) if rest.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) => ("−", rest),
        Some(rest) => ("", rest),
        None => ("", text),
    };
    let (whole, fraction) = digits.split_once('.').map_or((digits, ""), |(whole, fraction)| (whole, fraction));
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 + 3);
    grouped.push_str(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if !fraction.is_empty() {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

/// A number with exactly so many decimals: `1,904.50`. Halves go away from zero, as people round.
pub fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    group(&decimal(value, decimals))
}

/// The same without groups, for markup. By whole numbers: a page writes thousands of these, and the general way, which is
/// exact to the last bit of a float, takes ten times as long.
pub fn decimal(value: f64, decimals: usize) -> String {
    let shift = 10_u64.pow(decimals as u32);
    let shifted = (value * shift as f64).round();
    if shifted.abs() >= 1e15 {
        return format!("{value:.decimals$}");
    }
    let (mut digits, mut text, mut at, mut place) = (shifted.abs() as u64, [b'0'; 20], 20, 0);
    while digits > 0 || place <= decimals {
        if place == decimals && decimals > 0 {
            at -= 1;
            text[at] = b'.';
        }
        at -= 1;
        text[at] = b'0' + (digits % 10) as u8;
        digits /= 10;
        place += 1;
    }
    if shifted < 0.0 {
        at -= 1;
        text[at] = b'-';
    }
    String::from_utf8_lossy(&text[at..]).into_owned()
}

/// With its sign, for differences: `+5.5`, `−3.0`, `0.0`.
pub fn signed(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    let nothing = text.bytes().all(|byte| matches!(byte, b'0' | b'.' | b','));
    if value > 0.0 && !nothing { format!("+{text}") } else { text }
}

/// Three significant digits without trailing zeros: `0.98`, `26.2`, `1,904`.
pub(super) fn significant(value: f64) -> String {
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor();
    let decimals = (2.0 - magnitude).clamp(0.0, 9.0) as usize;
    trim(&fixed(value, decimals)).to_owned()
}

/// Without zeros at the end of the decimals.
pub(super) fn trim(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// A ratio or score without unit: `0.93`, `4.2`.
pub fn number(value: Option<f64>) -> Figure {
    value.map_or_else(Figure::unknown, |value| Figure::new(significant(value), ""))
}

fn lettered(value: f64, steps: &[(f64, &'static str)], from: f64) -> Option<(String, &'static str)> {
    if value.abs() < from {
        return None;
    }
    // 999,950 would read "1,000 k": the next letter begins where three digits no longer suffice.
    let index = steps.iter().position(|(step, _)| value.abs() / step >= 0.9995)?;
    let (step, letter) = steps[index];
    Some((significant(value / step), letter))
}

/// A count on a card: `1,904`, `257 k`, `26.2 M`. Averages keep three digits: `3.25`.
pub fn count(value: Option<f64>) -> Figure {
    let Some(value) = value.filter(|value| value.is_finite()) else { return Figure::unknown() };
    match lettered(value, &LARGE, 9_999.5) {
        Some((value, letter)) => Figure::new(value, letter),
        None if value.fract() == 0.0 || value.abs() >= 100.0 => Figure::new(fixed(value, 0), ""),
        None => Figure::new(significant(value), ""),
    }
}

/// A count in a table: `26,204,118`. Averages show one decimal: `3.3`.
pub fn count_full(value: Option<f64>) -> String {
    match value.filter(|value| value.is_finite()) {
        None => UNKNOWN.to_owned(),
        Some(value) if value.fract() == 0.0 || value.abs() >= 1_000.0 => fixed(value, 0),
        Some(value) if value.abs() >= 10.0 => fixed(value, 1),
        Some(value) => significant(value),
    }
}

/// A count with its noun: `1 person`, `1,284 people`.
pub fn counted(n: i64, one: &str, many: &str) -> String {
    format!("{} {}", count_full(Some(n as f64)), if n == 1 { one } else { many })
}

/// Bytes in binary units: `412 B`, `1.9 GiB`.
pub fn bytes(value: Option<f64>) -> Figure {
    let Some(value) = value.filter(|value| value.is_finite()) else { return Figure::unknown() };
    match lettered(value, &BINARY, 1_023.5) {
        Some((value, unit)) => Figure::new(value, unit),
        None => Figure::new(fixed(value, 0), "B"),
    }
}

/// Bytes in a table: `1,904 MiB` would be hard to compare, so one decimal in the unit of the size: `1.9 GiB`.
pub fn bytes_full(value: Option<f64>) -> String {
    let Some(value) = value.filter(|value| value.is_finite()) else { return UNKNOWN.to_owned() };
    match BINARY.iter().find(|(step, _)| value.abs() >= *step) {
        Some((step, unit)) => format!("{} {unit}", fixed(value / step, 1)),
        None => format!("{} B", fixed(value, 0)),
    }
}

/// A share of 0 to 1 on a card: `0.98`, `10.2`, `71`. Only an exact one is 100, only an exact zero is 0.
pub fn percent(share: Option<f64>) -> Figure {
    let Some(share) = share.filter(|share| share.is_finite()) else { return Figure::unknown() };
    let hundredths = 100.0 * share;
    let size = hundredths.abs();
    let text = match size {
        _ if size == 0.0 || size == 100.0 => fixed(hundredths, 0),
        _ if size < 0.01 => "<0.01".to_owned(),
        _ if size > 99.99 && size < 100.0 => ">99.99".to_owned(),
        _ if (99.0..100.0).contains(&size) => fixed(hundredths, 2),
        _ if size < 0.095 => fixed(hundredths, 2),
        _ => trim(&significant(hundredths)).to_owned(),
    };
    Figure::new(text, "%")
}

/// A share beside a mark, in two digits: `38%`, `5.6%`, `0.98%`.
pub fn percent_brief(share: Option<f64>) -> Figure {
    match share.map(|share| 100.0 * share.abs()) {
        Some(size) if (9.95..99.0).contains(&size) => Figure::new(fixed(share.map_or(0.0, |s| 100.0 * s), 0), "%"),
        Some(size) if (0.995..9.95).contains(&size) => {
            Figure::new(trim(&fixed(share.map_or(0.0, |s| 100.0 * s), 1)).to_owned(), "%")
        }
        _ => percent(share),
    }
}

/// A share in a table, so that decimals stand under each other: `0.98%`, `10.2%`, `71.0%`.
pub fn percent_full(share: Option<f64>) -> String {
    let Some(share) = share.filter(|share| share.is_finite()) else { return UNKNOWN.to_owned() };
    let size = 100.0 * share.abs();
    let close = (size > 0.0 && size < 9.995) || (99.0..100.0).contains(&size);
    match size {
        _ if size > 0.0 && size < 0.005 => "<0.01%".to_owned(),
        _ if (99.995..100.0).contains(&size) => ">99.99%".to_owned(),
        _ => format!("{}%", fixed(100.0 * share, if close { 2 } else { 1 })),
    }
}

/// So many in each second or minute: `1,214 /s`, `0.4 /min`.
pub fn rate(value: Option<f64>, each: &str) -> Figure {
    let figure = count(value);
    if figure.value == UNKNOWN { figure } else { Figure::new(figure.value, format!("{}/{each}", spaced(&figure.unit))) }
}

fn spaced(letter: &str) -> String {
    if letter.is_empty() { String::new() } else { format!("{letter} ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(value: f64) -> String {
        count(Some(value)).to_string()
    }

    #[test]
    fn decimals_are_written_as_the_general_way_writes_them() {
        for value in [0.0, 1.0, -1.0, 0.04, -0.04, 9.996, 123_456.789, -0.5, 0.1 + 0.2, 99.999, 1e14] {
            for decimals in 0..4 {
                let rounded = (value * 10_f64.powi(decimals as i32)).round() / 10_f64.powi(decimals as i32);
                let general = format!("{:.decimals$}", rounded + 0.0);
                assert_eq!(decimal(value, decimals), general, "{value} {decimals}");
            }
        }
        assert_eq!((decimal(1e15, 1), decimal(-12.345, 2)), ("1000000000000000.0".into(), "-12.35".into()));
    }

    #[test]
    fn counts_on_cards_have_two_or_three_digits() {
        assert_eq!(short(0.0), "0");
        assert_eq!(short(1_904.0), "1,904");
        assert_eq!(short(9_999.0), "9,999");
        assert_eq!(short(10_000.0), "10 k");
        assert_eq!(short(257_321.0), "257 k");
        assert_eq!(short(26_204_118.0), "26.2 M");
        assert_eq!(short(1_200_000_000.0), "1.2 bn");
        assert_eq!(short(3.25), "3.25");
        assert_eq!(short(1_904.4), "1,904");
        assert_eq!(short(-26_204_118.0), "−26.2 M");
        assert_eq!(short(8e15), "8,000 tn");
    }

    #[test]
    fn a_rounded_count_takes_the_next_letter() {
        assert_eq!(short(999_949.0), "1 M");
        assert_eq!(short(999_400.0), "999 k");
        assert_eq!(short(9_999.7), "10 k");
    }

    #[test]
    fn counts_in_tables_are_whole() {
        assert_eq!(count_full(Some(26_204_118.0)), "26,204,118");
        assert_eq!(count_full(Some(12.34)), "12.3");
        assert_eq!(count_full(Some(0.98)), "0.98");
        assert_eq!(count_full(Some(-1_234.0)), "−1,234");
    }

    #[test]
    fn unknown_is_a_dash_and_never_zero() {
        assert_eq!(count(None).to_string(), "–");
        assert_eq!(count_full(None), "–");
        assert_eq!(percent(None), Figure::unknown());
        assert_eq!(percent_full(Some(f64::NAN)), "–");
        assert_eq!(bytes(None).to_string(), "–");
        assert_eq!(rate(None, "s").to_string(), "–");
        assert_eq!(number(Some(f64::INFINITY)).to_string(), "–");
    }

    #[test]
    fn a_minus_is_true_and_zero_has_none() {
        assert_eq!(fixed(-3.2, 1), "−3.2");
        assert_eq!(fixed(-0.04, 1), "0.0");
        assert_eq!(signed(5.5, 1), "+5.5");
        assert_eq!(signed(0.04, 1), "0.0");
        assert_eq!(signed(-1_500.0, 0), "−1,500");
    }

    #[test]
    fn shares_never_round_to_all_or_nothing() {
        assert_eq!(percent(Some(0.0098)).to_string(), "0.98%");
        assert_eq!(percent(Some(0.102)).to_string(), "10.2%");
        assert_eq!(percent(Some(0.71)).to_string(), "71%");
        assert_eq!(percent(Some(0.9993)).to_string(), "99.93%");
        assert_eq!(percent(Some(0.999_999)).to_string(), ">99.99%");
        assert_eq!(percent(Some(0.000_01)).to_string(), "<0.01%");
        assert_eq!(percent(Some(1.0)).to_string(), "100%");
        assert_eq!(percent(Some(0.0)).to_string(), "0%");
        assert_eq!(percent(Some(0.000_34)).to_string(), "0.03%");
        assert_eq!(percent_brief(Some(0.377)).to_string(), "38%");
        assert_eq!(percent_brief(Some(0.05)).to_string(), "5%");
        assert_eq!(percent_brief(Some(0.0557)).to_string(), "5.6%");
        assert_eq!(percent_brief(Some(0.9993)).to_string(), "99.93%");
        assert_eq!(percent_brief(Some(0.0)).to_string(), "0%");
        assert_eq!(percent_brief(None).to_string(), "–");
        assert_eq!(percent_full(Some(0.3)), "30.0%");
        assert_eq!(percent_full(Some(0.058_4)), "5.84%");
        assert_eq!(percent_full(Some(0.999_99)), ">99.99%");
        assert_eq!(percent_full(Some(0.999)), "99.90%");
        assert_eq!(percent_full(Some(1.0)), "100.0%");
        assert_eq!(percent_full(Some(0.0)), "0.0%");
    }

    #[test]
    fn bytes_are_binary() {
        assert_eq!(bytes(Some(412.0)).to_string(), "412 B");
        assert_eq!(bytes(Some(1_023.6)).to_string(), "1 KiB");
        assert_eq!(bytes(Some(2_040_109_466.0)).to_string(), "1.9 GiB");
        assert_eq!(bytes_full(Some(2_040_109_466.0)), "1.9 GiB");
        assert_eq!(bytes_full(Some(10.0)), "10 B");
    }

    #[test]
    fn rates_name_what_they_are_per() {
        assert_eq!(rate(Some(1_214.0), "s").to_string(), "1,214 /s");
        assert_eq!(rate(Some(12_140.0), "s").to_string(), "12.1 k /s");
        assert_eq!(rate(Some(0.4), "min").to_string(), "0.4 /min");
    }

    #[test]
    fn nouns_follow_their_number() {
        assert_eq!(counted(1, "person", "people"), "1 person");
        assert_eq!(counted(1_284, "person", "people"), "1,284 people");
        assert_eq!(counted(0, "person", "people"), "0 people");
    }
}
