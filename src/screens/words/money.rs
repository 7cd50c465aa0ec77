//! Money. The symbol stands before the amount; a currency without a known symbol keeps its code.

use super::number::{count, fixed};
use super::{Figure, UNKNOWN};

/// ISO 4217 codes with a symbol that means nothing else in English.
const SYMBOLS: [(&str, &str); 9] = [
    ("EUR", "€"),
    ("USD", "$"),
    ("GBP", "£"),
    ("JPY", "¥"),
    ("INR", "₹"),
    ("KRW", "₩"),
    ("ILS", "₪"),
    ("UAH", "₴"),
    ("VND", "₫"),
];
/// Currencies without a smaller coin.
const WHOLE: [&str; 6] = ["JPY", "KRW", "VND", "CLP", "ISK", "HUF"];

fn prefix(currency: &str) -> String {
    let code = currency.trim();
    match SYMBOLS.iter().find(|(known, _)| code.eq_ignore_ascii_case(known)) {
        Some((_, symbol)) => (*symbol).to_owned(),
        None if code.is_empty() => String::new(),
        None => format!("{} ", code.to_ascii_uppercase()),
    }
}

/// An amount on a card: `€58.90`, `€8,100`, `€14.9 M`, `CHF 250`.
pub fn money(amount: Option<f64>, currency: &str) -> Figure {
    let Some(amount) = amount.filter(|amount| amount.is_finite()) else { return Figure::unknown() };
    let sign = if amount < 0.0 { "−" } else { "" };
    let size = amount.abs();
    let figure = match size {
        _ if size >= 9_999.5 => count(Some(size)),
        _ if size < 999.995 && size.fract() != 0.0 && !is_whole(currency) => Figure::new(fixed(size, 2), ""),
        _ => Figure::new(fixed(size, 0), ""),
    };
    Figure::new(format!("{sign}{}{}", prefix(currency), figure.value), figure.unit)
}

/// An amount in a table, to the coin: `€8,100.50`, `¥8,101`.
pub fn money_full(amount: Option<f64>, currency: &str) -> String {
    let Some(amount) = amount.filter(|amount| amount.is_finite()) else { return UNKNOWN.to_owned() };
    let text = fixed(amount.abs(), if is_whole(currency) { 0 } else { 2 });
    let sign = if amount < 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) { "−" } else { "" };
    format!("{sign}{}{text}", prefix(currency))
}

fn is_whole(currency: &str) -> bool {
    WHOLE.iter().any(|code| currency.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_carry_their_symbol_in_front() {
        assert_eq!(money(Some(8_100.0), "EUR").to_string(), "€8,100");
        assert_eq!(money(Some(58.9), "EUR").to_string(), "€58.90");
        assert_eq!(money(Some(14_920_000.0), "EUR").to_string(), "€14.9 M");
        assert_eq!(money(Some(-169.0), "EUR").to_string(), "−€169");
        assert_eq!(money(Some(1_234.5), "USD").to_string(), "$1,235");
    }

    #[test]
    fn a_currency_without_symbol_keeps_its_code() {
        assert_eq!(money(Some(250.0), "chf").to_string(), "CHF 250");
        assert_eq!(money_full(Some(250.0), "CHF"), "CHF 250.00");
        assert_eq!(money(Some(250.0), "").to_string(), "250");
    }

    #[test]
    fn coins_follow_the_currency() {
        assert_eq!(money_full(Some(8_100.5), "EUR"), "€8,100.50");
        assert_eq!(money_full(Some(8_100.5), "JPY"), "¥8,101");
        assert_eq!(money_full(Some(-0.001), "EUR"), "€0.00");
        assert_eq!(money_full(None, "EUR"), "–");
        assert_eq!(money(None, "EUR"), Figure::unknown());
    }
}
