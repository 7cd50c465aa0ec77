//! One name for what different senders call differently (contract rule P7).

pub const PAGE_VIEW: &str = "page_view";

/// The name under which such an event is stored; any other name is its own.
pub fn canonical(name: &str) -> &str {
    match name {
        "$pageview" | "$mp_web_page_view" | "pageview" | "browser.navigation" => PAGE_VIEW,
        "$mp_click" | "browser.user_action.click" => "click",
        other => other,
    }
}
