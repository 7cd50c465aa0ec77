//! Offers the reader's own zone beside the project's and UTC, as a link like the others.

use super::Browser;
use super::elements::{all_in, append, around, first_in, listen};
use js_sys::{Array, Intl, Object, Reflect};
use web_sys::{Element, MouseEvent};

pub fn start(browser: Browser) {
    listen("click", move |event: MouseEvent| {
        if let Some(menu) = around(&event, "summary").and_then(|summary| summary.parent_element()) {
            offer(browser, &menu);
        }
    });
}

/// Adds the link to the menu of the range, unless it is there.
pub fn offer(browser: Browser, menu: &Element) {
    let Some(list) = first_in(menu, "[data-own-zone]") else { return };
    let Some(zone) = own() else { return };
    let there = |link: &Element| link.text_content().is_some_and(|text| text.starts_with(&zone));
    if all_in(&list, "a").iter().any(there) {
        return;
    }
    if let Some(link) = append(&list, "a", "opt", &format!("{zone}, yours")) {
        let href = browser.navigation.address().with_zone(Some(&zone)).href();
        let _ = link.set_attribute("href", &href);
    }
}

/// IANA name of the browser's zone.
fn own() -> Option<String> {
    let options = Intl::DateTimeFormat::new(&Array::new(), &Object::new()).resolved_options();
    Reflect::get(&options, &"timeZone".into()).ok()?.as_string().filter(|zone| !zone.is_empty())
}
