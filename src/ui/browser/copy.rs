//! Copying: lines to paste, and the address of this exact view.

use super::{
    Browser,
    elements::{around, first_in, listen, words},
};
use leptos::prelude::*;
use web_sys::MouseEvent;

pub fn start(browser: Browser) {
    listen("click", move |event: MouseEvent| {
        if around(&event, "[data-share]").is_some() {
            share(browser);
        }
        let Some(button) = around(&event, "[data-copy]") else { return };
        let given = button.get_attribute("data-copy").filter(|text| !text.is_empty());
        let beside = || button.parent_element().and_then(|parent| first_in(&parent, "pre, code"));
        if let Some(text) = given.or_else(|| beside().map(|lines| words(&lines))) {
            copy(browser, text, "Copied");
        }
    });
}

/// Relative ranges stay relative: whoever opens the link sees the same question, not the same minute.
pub fn share(browser: Browser) {
    copy(browser, window().location().href().unwrap_or_default(), "Link copied");
}

fn copy(browser: Browser, text: String, done: &'static str) {
    let navigator = window().navigator();
    // Browsers give the clipboard to secure origins only.
    if js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| clipboard.is_undefined()) {
        return browser.toasts.say("Copying needs https. Press Control C in the address bar.");
    }
    let written = navigator.clipboard().write_text(&text);
    leptos::task::spawn_local(async move {
        match wasm_bindgen_futures::JsFuture::from(written).await {
            Ok(_) => browser.toasts.say(done),
            Err(_) => browser.toasts.say("The browser did not allow copying."),
        }
    });
}
