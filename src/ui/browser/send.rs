//! Sending a form to a server function and showing what came of it: the problem at the field at
//! fault, or a notice and the page read again.

use super::{
    Browser,
    elements::{all_in, first_in, focus},
};
use crate::api::{Done, Undo};
use leptos::prelude::*;
use parallax_domain::{Kind, Problem, address::encode};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, FormData, Headers, HtmlElement, HtmlFormElement, RequestInit, Response, UrlSearchParams};

/// Sends a form. `by` is the button that was pressed: its name and value belong to the form.
pub fn form(browser: Browser, form: HtmlFormElement, by: Option<Element>) {
    if form.has_attribute("aria-busy") {
        return; // Sent once already.
    }
    let Ok(data) = FormData::new_with_form(&form) else { return };
    if let Some((name, value)) = by.as_ref().and_then(|by| by.get_attribute("name").zip(by.get_attribute("value"))) {
        let _ = data.append_with_str(&name, &value);
    }
    let body = UrlSearchParams::new_with_record_from_str_to_str(data.unchecked_ref());
    let Ok(body) = body.or_else(|_| UrlSearchParams::new()) else { return };
    clear(&form);
    let _ = form.set_attribute("aria-busy", "true");
    let action = form.get_attribute("action").unwrap_or_default();
    leptos::task::spawn_local(async move {
        let answer = post(browser, &action, String::from(body.to_string())).await;
        let _ = form.remove_attribute("aria-busy");
        match answer {
            Ok(done) => {
                if let Some(dialog) = first_in(&form, "dialog[open]") {
                    super::dialogs::close(&dialog);
                }
                form.reset();
                succeed(browser, done);
            }
            Err(problem) => refuse(browser, &form, problem),
        }
    });
}

pub fn undo(browser: Browser, undo: Undo) {
    let body: Vec<String> =
        undo.fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    leptos::task::spawn_local(async move {
        match post(browser, &undo.action, body.join("&")).await {
            Ok(done) => succeed(browser, done),
            Err(problem) => browser.toasts.show(problem.detail, None),
        }
    });
}

fn succeed(browser: Browser, done: Done) {
    if !done.message.is_empty() {
        browser.toasts.show(done.message, done.undo);
    }
    match done.next {
        Some(next) => browser.navigation.go(&next),
        None => browser.refresh.now(),
    }
}

async fn post(browser: Browser, action: &str, body: String) -> Result<Done, Problem> {
    let lost = |_: JsValue| Problem::unavailable("The server cannot be reached. Nothing was changed.");
    let headers = Headers::new().map_err(lost)?;
    headers.set("Accept", "application/json").map_err(lost)?;
    headers.set("Content-Type", "application/x-www-form-urlencoded").map_err(lost)?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(&JsValue::from_str(&body));
    let response = JsFuture::from(window().fetch_with_str_and_init(action, &request)).await.map_err(lost)?;
    let response: Response = response.dyn_into().map_err(lost)?;
    let text = JsFuture::from(response.text().map_err(lost)?).await.map_err(lost)?;
    let text = text.as_string().unwrap_or_default();
    let next = response.headers().get("location").ok().flatten();
    if response.ok() {
        // A function that answers nothing changed something all the same.
        let mut done: Done = serde_json::from_str(&text).unwrap_or_default();
        done.next = done.next.or(next);
        Ok(done)
    } else {
        // Who is signed out meanwhile is sent to the door.
        if let Some(next) = next {
            browser.navigation.go(&next);
        }
        let unread = || Problem::new(Kind::Unavailable, "The server refused this and did not say why.");
        Err(serde_json::from_str(&text).unwrap_or_else(|_| unread()))
    }
}

/// Writes a problem to the field at fault, or over the button when no field is.
fn refuse(browser: Browser, form: &HtmlFormElement, problem: Problem) {
    let name = problem.field.unwrap_or_default();
    let places = all_in(form, "[data-error-of]");
    let named = |place: &&Element, name: &str| place.get_attribute("data-error-of").as_deref() == Some(name);
    let Some(place) =
        places.iter().find(|place| named(place, &name)).or_else(|| places.iter().find(|place| named(place, "")))
    else {
        return browser.toasts.show(problem.detail, None);
    };
    if let Some(dialog) = first_in(form, "dialog[open]").filter(|dialog| !dialog.contains(Some(place))) {
        super::dialogs::close(&dialog);
    }
    if let Some(words) = first_in(place, "span") {
        words.set_text_content(Some(&problem.detail));
    }
    let _ = place.remove_attribute("hidden");
    if let Some(field) = place.closest(".field").ok().flatten() {
        let _ = field.class_list().add_1("invalid");
        if let Some(control) = first_in(&field, ".in, input") {
            let _ = control.set_attribute("aria-invalid", "true");
            focus(&control);
        }
    }
}

fn clear(form: &HtmlElement) {
    for place in all_in(form, "[data-error-of]") {
        let _ = place.set_attribute("hidden", "");
    }
    for field in all_in(form, ".field.invalid") {
        let _ = field.class_list().remove_1("invalid");
        if let Some(control) = first_in(&field, "[aria-invalid]") {
            let _ = control.remove_attribute("aria-invalid");
        }
    }
}
