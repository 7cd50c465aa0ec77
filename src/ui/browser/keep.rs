//! A page that reads itself again must not take away what the person opened or where the focus is.
//! Elements that the kit made are updated in place; finished markup is replaced as a whole, so what
//! was open in it is remembered by the key of its drawing.

use super::elements::{all, all_in, focus};
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDetailsElement};

pub struct Keep {
    open: Vec<(String, usize)>,
    focused: Option<Element>,
    /// Drawing and position of the focused element, should it be replaced.
    place: Option<(String, usize)>,
}

const FOCUSABLE: &str = "a[href], button, summary, [tabindex]";

impl Keep {
    pub fn remember() -> Keep {
        let focused = document().active_element().filter(|element| element.tag_name() != "BODY");
        let place = focused.as_ref().and_then(|element| {
            let drawing = element.closest("[data-drawing]").ok().flatten()?;
            let at = all_in(&drawing, FOCUSABLE).iter().position(|other| other == element)?;
            Some((drawing.get_attribute("data-drawing")?, at))
        });
        let mut open = Vec::new();
        for drawing in all("[data-drawing]") {
            let name = drawing.get_attribute("data-drawing").unwrap_or_default();
            let opened =
                all_in(&drawing, "details").into_iter().enumerate().filter(|(_, one)| one.has_attribute("open"));
            open.extend(opened.map(|(at, _)| (name.clone(), at)));
        }
        Keep { open, focused, place }
    }

    pub fn restore(self) {
        for (name, at) in self.open {
            if let Some(details) =
                inside(&name, "details", at).and_then(|one| one.dyn_into::<HtmlDetailsElement>().ok())
            {
                details.set_open(true);
            }
        }
        let active = document().active_element();
        let lost = active.is_none_or(|element| element.tag_name() == "BODY");
        let again = self.focused.filter(|element| element.is_connected());
        let again = again.or_else(|| self.place.and_then(|(name, at)| inside(&name, FOCUSABLE, at)));
        if let (true, Some(element)) = (lost, again) {
            focus(&element);
        }
    }
}

fn inside(drawing: &str, selector: &str, at: usize) -> Option<Element> {
    let drawing =
        all("[data-drawing]").into_iter().find(|one| one.get_attribute("data-drawing").as_deref() == Some(drawing))?;
    all_in(&drawing, selector).into_iter().nth(at)
}
