//! The clock of the project's zone. The server formats all times that are shown; the browser needs its
//! own only to name a range. It knows the rules of all zones, so none are shipped.

use super::elements::first;
use wasm_bindgen::JsValue;

/// Now, as the project's clocks show it: `2026-11-19T14:32:05`.
pub fn now() -> String {
    at(js_sys::Date::now())
}

/// A moment in milliseconds since 1970 UTC, as the project's clocks show it.
pub fn at(milliseconds: f64) -> String {
    let zone = first("[data-zone]").and_then(|element| element.get_attribute("data-zone"));
    let options = js_sys::Object::new();
    let set = |key: &str, value: &str| {
        let _ = js_sys::Reflect::set(&options, &JsValue::from_str(key), &JsValue::from_str(value));
    };
    set("timeZone", zone.as_deref().filter(|zone| !zone.is_empty()).unwrap_or("UTC"));
    set("year", "numeric");
    for part in ["month", "day", "hour", "minute", "second"] {
        set(part, "2-digit");
    }
    // Swedish writes dates as ISO 8601 does.
    let text = js_sys::Date::new(&JsValue::from_f64(milliseconds)).to_locale_string("sv-SE", &options);
    String::from(text).replacen(' ', "T", 1)
}
