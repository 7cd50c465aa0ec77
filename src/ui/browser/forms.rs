//! Forms: changes are sent and answered in place, questions become addresses.

use super::{
    Browser,
    elements::{around, listen, target},
    send,
};
use crate::ui::address;
use leptos::prelude::*;
use parallax_domain::address::encode;
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{Event, FormData, HtmlFormElement, SubmitEvent};

/// A pause in typing after which a form that asks on every change asks.
const PAUSE: Duration = Duration::from_millis(300);

pub fn start(browser: Browser) {
    listen("submit", move |event: SubmitEvent| submitted(browser, event));
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let ask = move |event: &Event| {
        let Some(form) = around(event, "form[data-instant]").and_then(|form| form.dyn_into::<HtmlFormElement>().ok())
        else {
            return;
        };
        if let Some(before) = waiting.get_value() {
            before.clear();
        }
        // Only the last letter stands in the history.
        let later = set_timeout_with_handle(move || browser.navigation.replace(&question(&form)), PAUSE);
        waiting.set_value(later.ok());
    };
    listen("input", move |event: Event| ask(&event));
    listen("change", move |event: Event| {
        if target(&event).is_some_and(|element| element.tag_name() == "SELECT") {
            ask(&event);
        }
    });
}

fn submitted(browser: Browser, event: SubmitEvent) {
    if event.default_prevented() {
        return;
    }
    let Some(form) = target(&event).and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) else { return };
    if form.has_attribute("data-changes") {
        event.prevent_default();
        send::form(browser, form, event.submitter().map(|by| by.unchecked_into()));
    } else if form.method() == "get" && address::href_is_page(&form.get_attribute("action").unwrap_or_default()) {
        event.prevent_default();
        super::menus::close_except(None);
        browser.navigation.go(&question(&form));
    }
}

/// The address that a form of questions stands for.
fn question(form: &HtmlFormElement) -> String {
    let Ok(data) = FormData::new_with_form(form) else { return String::new() };
    let mut pairs = Vec::new();
    for entry in data.entries().into_iter().flatten() {
        let entry: js_sys::Array = entry.unchecked_into();
        if let (Some(name), Some(value)) = (entry.get(0).as_string(), entry.get(1).as_string())
            && !value.is_empty()
        {
            pairs.push(format!("{}={}", encode(&name), encode(&value)));
        }
    }
    address::read(&form.get_attribute("action").unwrap_or_default(), &pairs.join("&")).href()
}

/// Fields that ask show what the address says, once nobody types in them any more.
pub fn settle() {
    let active = document().active_element();
    for form in super::elements::all("form[method=get]") {
        if !form.contains(active.as_ref().map(|element| element.as_ref()))
            && let Some(form) = form.dyn_ref::<HtmlFormElement>()
        {
            form.reset();
        }
    }
}
