//! The filter menu offers the most frequent values of the chosen field.

use super::{
    Browser,
    elements::{first, listen},
    menus,
};
use crate::api;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlSelectElement};

pub fn start(browser: Browser) {
    listen("change", move |event: Event| {
        if super::elements::target(&event).is_some_and(|element| element.id() == "bar-field") {
            look_up(browser);
        }
    });
    listen("focusin", move |event: Event| {
        if super::elements::target(&event).is_some_and(|element| element.id() == "bar-value") && menus::any_open() {
            look_up(browser);
        }
    });
}

fn look_up(browser: Browser) {
    let Some(field) = first("#bar-field").and_then(|field| field.dyn_into::<HtmlSelectElement>().ok()) else { return };
    let field = field.value();
    let location = browser.navigation.location.get_untracked();
    leptos::task::spawn_local(async move {
        let values = api::values(field, location.path, location.query).await.unwrap_or_default();
        let Some(list) = first("#bar-values") else { return };
        list.set_inner_html("");
        for value in values {
            if let Ok(option) = document().create_element("option") {
                let _ = option.set_attribute("value", &value);
                let _ = list.append_child(&option);
            }
        }
    });
}
