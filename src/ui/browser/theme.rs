//! Light or dark at once, and remembered in the cookie that the server reads.

use super::elements::{around, listen};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDocument, MouseEvent};

pub fn start() {
    listen("click", |event: MouseEvent| {
        let Some(button) = around(&event, "[data-appearance] button") else { return };
        event.prevent_default();
        choose(&button.get_attribute("value").unwrap_or_default());
    });
}

fn choose(theme: &str) {
    let Some(root) = document().document_element() else { return };
    let cookie = match theme {
        "light" | "dark" => {
            let _ = root.set_attribute("data-theme", theme);
            format!("theme={theme}; Path=/; Max-Age=31536000; SameSite=Lax")
        }
        _ => {
            let _ = root.remove_attribute("data-theme");
            "theme=; Path=/; Max-Age=0; SameSite=Lax".to_owned()
        }
    };
    if let Some(document) = document().dyn_ref::<HtmlDocument>() {
        let _ = document.set_cookie(&cookie);
    }
}
