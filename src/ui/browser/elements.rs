//! Finding elements, and what is told about them in attributes.

use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, Event, HtmlElement};

pub fn target(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// Listens at the window for as long as the page lives.
pub fn listen<E: JsCast>(kind: &str, mut handle: impl FnMut(E) + 'static) {
    listen_to_any(kind, Box::new(move |event| handle(event.unchecked_into())));
}

fn listen_to_any(kind: &str, handle: Box<dyn FnMut(Event)>) {
    let closure = Closure::wrap(handle);
    let _ = window().add_event_listener_with_callback(kind, closure.as_ref().unchecked_ref());
    closure.forget();
}

/// The nearest element around the target of an event that matches.
pub fn around(event: &Event, selector: &str) -> Option<Element> {
    target(event)?.closest(selector).ok().flatten()
}

pub fn first(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

pub fn first_in(root: &Element, selector: &str) -> Option<Element> {
    root.query_selector(selector).ok().flatten()
}

pub fn all(selector: &str) -> Vec<Element> {
    document().query_selector_all(selector).map(elements).unwrap_or_default()
}

pub fn all_in(root: &Element, selector: &str) -> Vec<Element> {
    root.query_selector_all(selector).map(elements).unwrap_or_default()
}

fn elements(list: web_sys::NodeList) -> Vec<Element> {
    (0..list.length()).filter_map(|at| list.item(at)?.dyn_into().ok()).collect()
}

pub fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus();
    }
}

pub fn click(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        element.click();
    }
}

/// Sets one property of an element's inline style; the policy of the page allows numbers there.
pub fn set_style(element: &Element, property: &str, value: &str) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.style().set_property(property, value);
    }
}

pub fn words(element: &Element) -> String {
    element.text_content().unwrap_or_default().trim().to_owned()
}

/// Whether the person is in the middle of something that a fresh page would disturb.
pub fn typing(element: &Element) -> bool {
    element
        .matches("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]")
        .unwrap_or(false)
}

/// A new last child with words in it; the words are text, never markup.
pub fn append(parent: &Element, tag: &str, class: &str, words: &str) -> Option<Element> {
    let child = document().create_element(tag).ok()?;
    if !class.is_empty() {
        child.set_class_name(class);
    }
    if !words.is_empty() {
        child.set_text_content(Some(words));
    }
    parent.append_child(&child).ok()?;
    Some(child)
}
