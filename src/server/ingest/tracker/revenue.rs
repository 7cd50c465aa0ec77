//! Money in the properties of an event. Most trackers have no reserved name for it (protocols §3.6).

use super::members::{number_of, text_of};
use crate::ingest::event::micros;
use serde_json::Value;

/// Names that say by themselves that money came in.
const MONEY: [&str; 2] = ["$revenue", "revenue"];
/// Names that mean money only in an event about money.
const AMOUNTS: [&str; 5] = ["$revenue", "revenue", "amount", "value", "total"];

/// Millionths and currency, of an event that tells of a sale: because its name says so, or because it tells a revenue
/// with its currency. Without a currency it is that of the project.
pub fn revenue(name: &str, properties: &[(String, Value)], currency: &str) -> Option<(i64, String)> {
    let find = |wanted: &str| properties.iter().find(|(key, _)| key == wanted).map(|(_, value)| value);
    let told =
        ["currency", "$currency"].iter().find_map(|key| find(key).and_then(text_of)).and_then(|text| code(&text));
    let names: &[&str] = match (is_sale(name), &told) {
        (true, _) => &AMOUNTS,
        (false, Some(_)) => &MONEY,
        (false, None) => return None,
    };
    let amount = names.iter().find_map(|key| find(key).and_then(number_of)).and_then(micros)?;
    Some((amount, told.unwrap_or_else(|| currency.to_owned())))
}

/// An ISO 4217 code in capitals.
pub fn code(text: &str) -> Option<String> {
    let code = text.trim().to_ascii_uppercase();
    (code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())).then_some(code)
}

fn is_sale(name: &str) -> bool {
    const SALES: [&str; 3] = ["purchase", "order completed", "payment"];
    // The same words are about sales that did not come about.
    const NOT: [&str; 7] = ["fail", "declin", "cancel", "refund", "refus", "abandon", "start"];
    let name = name.to_lowercase().replace(['_', '-', '.'], " ");
    SALES.iter().any(|sale| name.contains(sale)) && !NOT.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(name: &str, properties: Value) -> Option<(i64, String)> {
        let properties: Vec<(String, Value)> = properties.as_object().unwrap().clone().into_iter().collect();
        revenue(name, &properties, "EUR")
    }

    #[test]
    fn a_sale_is_known_by_its_name_or_by_revenue_with_currency() {
        let usd = Some((149_990_000, "USD".to_owned()));
        assert_eq!(of("Purchase_Completed", json!({ "amount": 149.99, "currency": "usd" })), usd);
        assert_eq!(of("signup", json!({ "revenue": "149.99", "currency": "USD" })), usd);
        assert_eq!(of("Order Completed", json!({ "total": 5 })), Some((5_000_000, "EUR".to_owned())));
        assert_eq!(of("payment", json!({ "value": 1, "revenue": 2 })), Some((2_000_000, "EUR".to_owned())));
        for (name, properties) in [
            ("page_viewed", json!({ "revenue": 149.99 })),
            ("page_viewed", json!({ "amount": 3, "currency": "USD" })),
            ("Payment Failed", json!({ "amount": 3 })),
            ("Purchase", json!({ "amount": "much" })),
            ("Purchase", json!({ "amount": 1e300 })),
        ] {
            assert_eq!(of(name, properties.clone()), None, "{name} {properties}");
        }
    }
}
