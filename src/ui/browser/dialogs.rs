//! Dialogs that ask before a deed. Where they stand in their form they are lifted above the page,
//! with the focus inside and the rest out of reach.

use super::elements::{around, first_in, focus, listen};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDetailsElement, HtmlDialogElement, HtmlFormElement, MouseEvent};

pub fn start() {
    listen("click", |event: MouseEvent| {
        if let Some(ask) = around(&event, "[data-ask] > summary").and_then(|summary| summary.parent_element()) {
            event.prevent_default();
            let form = ask.closest("form").ok().flatten().and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
            if form.is_none_or(|form| form.report_validity()) {
                lift(&ask);
            }
        }
        if around(&event, "[data-close]").is_some()
            && let Some(dialog) = around(&event, "dialog")
        {
            close(&dialog);
        }
        // A click on the backdrop meets the dialog itself.
        if let Some(dialog) = super::elements::target(&event).filter(|element| element.tag_name() == "DIALOG") {
            close(&dialog);
        }
    });
}

fn lift(ask: &Element) {
    let Some(dialog) = first_in(ask, "dialog").and_then(|dialog| dialog.dyn_into::<HtmlDialogElement>().ok()) else {
        return;
    };
    if let Some(details) = ask.dyn_ref::<HtmlDetailsElement>() {
        details.set_open(true);
    }
    let _ = dialog.show_modal();
    let details = ask.clone();
    let closed = wasm_bindgen::closure::Closure::once_into_js(move || {
        if let Some(details) = details.dyn_ref::<HtmlDetailsElement>() {
            details.set_open(false);
        }
        if let Some(summary) = first_in(&details, "summary") {
            focus(&summary);
        }
    });
    dialog.set_onclose(Some(closed.unchecked_ref()));
}

pub fn close(dialog: &Element) {
    if let Some(dialog) = dialog.dyn_ref::<HtmlDialogElement>() {
        dialog.close();
    }
}

pub fn any_open() -> bool {
    super::elements::first("dialog[open], :popover-open").is_some()
}
