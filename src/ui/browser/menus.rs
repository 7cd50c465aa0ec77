//! Menus are disclosures. Scripts only add what people expect: a click beside them or Escape closes,
//! arrow keys walk through, a choice closes.

use super::elements::{all, all_in, around, first, first_in, focus, listen, target};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlDetailsElement, KeyboardEvent, MouseEvent};

pub const OPEN: &str = "details.menu[open]";

pub fn start() {
    listen("click", |event: MouseEvent| {
        // What a click has replaced already, such as a day of the calendar, was inside.
        if target(&event).is_some_and(|element| !element.is_connected()) {
            return;
        }
        let inside = around(&event, "details.menu");
        close_except(inside.as_ref());
        if around(&event, "a.opt, .chip a, .nav a").is_some() {
            close_except(None);
        }
    });
    listen("keydown", |event: KeyboardEvent| {
        let Some(menu) = around(&event, OPEN) else {
            if event.key() == "Escape" {
                close_except(None);
            }
            return;
        };
        match event.key().as_str() {
            "Escape" => {
                event.prevent_default();
                close(&menu);
                if let Some(summary) = first_in(&menu, "summary") {
                    focus(&summary);
                }
            }
            "ArrowDown" => step(&event, &menu, 1),
            "ArrowUp" => step(&event, &menu, -1),
            _ => {}
        }
    });
}

pub fn any_open() -> bool {
    first(OPEN).is_some()
}

/// Opens a menu and puts the focus into it.
pub fn open(menu: &Element) {
    if let Some(details) = menu.dyn_ref::<HtmlDetailsElement>() {
        details.set_open(true);
    }
    if let Some(inside) = first_in(menu, ".pop select, .pop input:not([type=hidden]), .pop a, .pop button") {
        focus(&inside);
    }
}

fn close(menu: &Element) {
    if let Some(details) = menu.dyn_ref::<HtmlDetailsElement>() {
        details.set_open(false);
    }
}

pub fn close_except(kept: Option<&Element>) {
    for menu in all(OPEN) {
        if !kept.is_some_and(|kept| menu.contains(Some(kept))) {
            close(&menu);
        }
    }
}

fn step(event: &Event, menu: &Element, by: i64) {
    let Some(at) = target(event).filter(|element| !super::elements::typing(element)) else { return };
    if at.closest("[data-calendar]").ok().flatten().is_some() {
        return;
    }
    let options = all_in(menu, ".opt");
    if options.is_empty() {
        return;
    }
    event.prevent_default();
    let length = options.len() as i64;
    let next = match options.iter().position(|option| *option == at) {
        Some(here) => (here as i64 + by).rem_euclid(length),
        None if by > 0 => 0,
        None => length - 1,
    };
    focus(&options[next as usize]);
}
