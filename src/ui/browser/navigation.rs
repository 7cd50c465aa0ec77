//! Where the person is. The address bar holds everything that a page shows, so this is the only
//! state there is: links change it, the browser's own buttons change it, and the page follows.
//!
//! Written here and not taken from the framework's router, whose stack of visited pages loses an
//! entry after back and forward; one splat route for all pages needs nothing else of it.

use super::elements::{all, around, first, focus, listen};
use crate::ui::address::{self, href_is_page};
use leptos::prelude::*;
use parallax_domain::{Address, address::encode};
use std::collections::HashMap;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlDetailsElement, HtmlElement, MouseEvent, PopStateEvent, ScrollRestoration, Url};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    pub path: String,
    /// Without the question mark.
    pub query: String,
}

impl Location {
    pub fn current() -> Location {
        let location = window().location();
        let query = location.search().unwrap_or_default();
        Location { path: location.pathname().unwrap_or_default(), query: query.trim_start_matches('?').to_owned() }
    }

    pub fn address(&self) -> Address {
        address::read(&self.path, &self.query)
    }
}

/// What happens to the scroll position once the new page is there.
#[derive(Clone, Debug, Default)]
enum Arrival {
    /// The same page with other settings.
    #[default]
    Stay,
    /// Another page: its top, or the element that the address names.
    Top(String),
    /// A page of the history, where it was left.
    Where(f64),
}

#[derive(Clone, Copy)]
pub struct Navigation {
    pub location: RwSignal<Location>,
    arrival: StoredValue<Arrival>,
    /// Key of the current entry of the history, and where each entry was left.
    entry: StoredValue<String>,
    left: StoredValue<HashMap<String, f64>>,
}

impl Navigation {
    pub fn new(start: Location) -> Navigation {
        Navigation {
            location: RwSignal::new(start),
            arrival: StoredValue::default(),
            entry: StoredValue::default(),
            left: StoredValue::default(),
        }
    }

    pub fn address(&self) -> Address {
        self.location.get_untracked().address()
    }

    pub fn go(&self, href: &str) {
        self.visit(href, false);
    }

    /// Changes the current entry of the history: for settings made letter by letter.
    pub fn replace(&self, href: &str) {
        self.visit(href, true);
    }

    fn visit(&self, href: &str, replace: bool) {
        let base = window().location().href().unwrap_or_default();
        let Ok(url) = Url::new_with_base(href, &base) else { return };
        if url.origin() != window().location().origin().unwrap_or_default() || !href_is_page(&url.pathname()) {
            let _ = window().location().set_href(&url.href());
            return;
        }
        let Ok(history) = window().history() else { return };
        let next = Location { path: url.pathname(), query: url.search().trim_start_matches('?').to_owned() };
        let same_page = self.location.with_untracked(|current| current.path == next.path);
        self.leave();
        let entry = if replace { self.entry.get_value() } else { (js_sys::Date::now() as i64).to_string() };
        let state = JsValue::from_str(&entry);
        let _ = if replace {
            history.replace_state_with_url(&state, "", Some(&url.href()))
        } else {
            history.push_state_with_url(&state, "", Some(&url.href()))
        };
        self.entry.set_value(entry);
        self.arrival.set_value(match url.hash() {
            hash if !hash.is_empty() => Arrival::Top(hash),
            _ if same_page => Arrival::Stay,
            _ => Arrival::Top(String::new()),
        });
        self.location.set(next);
    }

    /// To the door, and back from there to the page that was asked for.
    pub fn sign_in(&self) {
        let Location { path, query } = self.location.get_untracked();
        let asked = if query.is_empty() { path } else { format!("{path}?{query}") };
        self.replace(&format!("/sign-in?next={}", encode(&asked)));
    }

    fn leave(&self) {
        let at = window().scroll_y().unwrap_or_default();
        self.left.update_value(|left| {
            left.insert(self.entry.get_value(), at);
        });
    }

    /// Called when the page of the current location stands in the document. `moved` says that it is
    /// another page than before.
    pub fn arrived(&self, moved: bool) {
        let arrival = self.arrival.try_update_value(std::mem::take).unwrap_or_default();
        match &arrival {
            Arrival::Stay => {}
            Arrival::Where(at) => window().scroll_to_with_x_and_y(0.0, *at),
            Arrival::Top(hash) => {
                match (!hash.is_empty()).then(|| document().get_element_by_id(&hash[1..])).flatten() {
                    Some(element) => element.scroll_into_view(),
                    None => window().scroll_to_with_x_and_y(0.0, 0.0),
                }
            }
        }
        // Screen readers and the keyboard start at the content of the new page, not at the link that led to it.
        if moved
            && let Some(main) = first("#main")
            && let Some(main) = main.dyn_ref::<HtmlElement>()
        {
            let at = window().scroll_y().unwrap_or_default();
            focus(main);
            window().scroll_to_with_x_and_y(0.0, at);
        }
    }

    /// Menus of the page that is left do not stay open over the next.
    pub fn close_disclosures() {
        for open in all("details[open]") {
            if let Some(details) = open.dyn_ref::<HtmlDetailsElement>() {
                details.set_open(false);
            }
        }
    }

    pub fn start(self) {
        let Ok(history) = window().history() else { return };
        self.entry.set_value(history.state().ok().and_then(|state| state.as_string()).unwrap_or_default());
        // Pages arrive later than the history moves, so their position is set by us; but a reload is the browser's.
        let _ = history.set_scroll_restoration(ScrollRestoration::Manual);
        listen("pagehide", move |_: Event| {
            if let Ok(history) = window().history() {
                let _ = history.set_scroll_restoration(ScrollRestoration::Auto);
            }
        });
        listen("popstate", move |event: PopStateEvent| self.history_moved(&event.state()));
        listen("click", move |event: MouseEvent| {
            if let Some(href) = followed(&event) {
                event.prevent_default();
                self.go(&href);
            }
        });
        listen("scroll", move |_: Event| self.leave());
    }

    fn history_moved(&self, state: &JsValue) {
        let next = Location::current();
        self.entry.set_value(state.as_string().unwrap_or_default());
        if self.location.with_untracked(|current| *current == next) {
            return;
        }
        let left = self.left.with_value(|left| left.get(&self.entry.get_value()).copied());
        self.arrival.set_value(Arrival::Where(left.unwrap_or_default()));
        self.location.set(next);
    }
}

/// The address of a plain click on a link to one of our pages.
fn followed(event: &MouseEvent) -> Option<String> {
    let held = event.meta_key() || event.ctrl_key() || event.shift_key() || event.alt_key();
    if event.default_prevented() || event.button() != 0 || held {
        return None;
    }
    let link = around(event, "a[href]")?;
    let href = link.get_attribute("href")?;
    let elsewhere = |link: &Element| {
        link.has_attribute("download")
            || link.has_attribute("target")
            || link.get_attribute("rel").is_some_and(|rel| rel.contains("external"))
    };
    if elsewhere(&link) || !(href.is_empty() || href_is_page(&href)) {
        return None;
    }
    // Places within the page are the browser's own affair.
    (!href.starts_with('#')).then_some(href)
}
