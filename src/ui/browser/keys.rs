//! Single keys, each for something that also has a place on the page. They can be switched off, and
//! they never act while somebody types.

use super::{
    Browser, calendar,
    clock::now,
    copy, dialogs,
    elements::{all, all_in, around, click, first, first_in, focus, listen, typing},
    menus, zones,
};
use crate::ui::{calendar::moved, pages::VIEWS};
use leptos::prelude::*;
use parallax_domain::{
    Address,
    period::{Compare, Range},
};
use web_sys::{Element, KeyboardEvent, MouseEvent};

const SWITCH: &str = "keys";

pub fn start(browser: Browser) {
    listen("keydown", move |event: KeyboardEvent| {
        if event.default_prevented() {
            return;
        }
        let command = event.ctrl_key() || event.meta_key();
        if command && event.key().eq_ignore_ascii_case("k") {
            event.prevent_default();
            return browser.palette_open.set(true);
        }
        let busy = command
            || event.alt_key()
            || dialogs::any_open()
            || super::elements::target(&event).is_some_and(|element| typing(&element));
        if !busy && !switched_off() && pressed(browser, &event) {
            event.prevent_default();
        }
    });
    listen("click", move |event: MouseEvent| {
        if around(&event, "[data-palette]").is_some() {
            browser.palette_open.set(true);
        }
        if around(&event, "[data-help]").is_some() {
            browser.help_open.set(true);
        }
    });
}

pub fn switched_off() -> bool {
    let storage = window().local_storage().ok().flatten();
    storage.and_then(|storage| storage.get_item(SWITCH).ok().flatten()).is_some_and(|value| value == "off")
}

pub fn switch(on: bool) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(SWITCH, if on { "on" } else { "off" });
    }
}

/// Whether the key meant something.
fn pressed(browser: Browser, event: &KeyboardEvent) -> bool {
    let navigation = browser.navigation;
    match event.key().as_str() {
        "/" => browser.palette_open.set(true),
        "?" => browser.help_open.set(true),
        "." => copy::share(browser),
        "ArrowLeft" if free(event) => return shift(browser, -1),
        "ArrowRight" if free(event) => return shift(browser, 1),
        "x" | "X" => {
            let address = navigation.address();
            let compare = if address.compare == Some(Compare::None) { Compare::default() } else { Compare::None };
            navigation.go(&address.with_compare(compare).href());
        }
        "j" | "J" => return row(1),
        "k" | "K" => return row(-1),
        "Escape" => return leave(browser),
        key => {
            let key = key.to_ascii_uppercase();
            if let Some(view) = key.parse::<usize>().ok().and_then(|number| VIEWS.get(number.wrapping_sub(1))) {
                navigation.go(&navigation.address().page(view.path).href());
                return true;
            }
            return by_attribute(browser, &key);
        }
    }
    true
}

/// Menus and their choices name their keys themselves.
fn by_attribute(browser: Browser, key: &str) -> bool {
    if key.len() != 1 || !key.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return false;
    }
    if let Some(choice) = first(&format!(".fbar a[data-key={key}]")) {
        click(&choice);
        return true;
    }
    let Some(menu) = first(&format!(".fbar [data-opens={key}]")) else { return false };
    menus::close_except(None);
    menus::open(&menu);
    calendar::prepare(&menu);
    zones::offer(browser, &menu);
    true
}

/// Escape closes what is open; with nothing open it clears the filters.
fn leave(browser: Browser) -> bool {
    let address = browser.navigation.address();
    if menus::any_open() || first(".tip").is_some() || address.filters.is_empty() {
        return false;
    }
    browser.navigation.go(&address.without_filters().href());
    true
}

/// Arrow keys belong to what has the focus first: plots, scrollers, radio buttons.
fn free(event: &KeyboardEvent) -> bool {
    around(event, ".pl, [tabindex], input, [role=grid], details.menu[open]")
        .is_none_or(|element| element.id() == "main")
}

fn row(by: i64) -> bool {
    let rows: Vec<Element> =
        all(".main .tbl:not(.tiny) tbody tr").into_iter().filter(|row| link(row).is_some()).collect();
    let here = document().active_element().and_then(|at| at.closest("tr").ok().flatten());
    let next = match here.and_then(|here| rows.iter().position(|row| *row == here)) {
        Some(at) => at as i64 + by,
        None if by > 0 => 0,
        None => return false,
    };
    let Some(link) = usize::try_from(next).ok().and_then(|next| rows.get(next)).and_then(link) else { return false };
    focus(&link);
    true
}

fn link(row: &Element) -> Option<Element> {
    first_in(row, "a[href]")
}

/// The period before or after. A relative range becomes the stretch of time that it is right now.
fn shift(browser: Browser, times: i64) -> bool {
    let address = browser.navigation.address();
    let Some((from, to)) = ends(&address).and_then(|(from, to)| moved(&from, &to, times)) else { return false };
    if times > 0 && from > now() {
        browser.toasts.say("That period has not begun.");
        return true;
    }
    let Some(range) = Range::parse(&format!("{from}..{to}")) else { return false };
    browser.navigation.go(&address.with_range(range).href());
    true
}

/// Both ends of the range in the project's zone, in the spelling of an address.
fn ends(address: &Address) -> Option<(String, String)> {
    use crate::ui::calendar::{Day, local_text, seconds};
    let range = address.range.clone().or_else(|| {
        all_in(&first(".fbar [data-opens=C]")?, "a.opt[aria-current]")
            .first()
            .and_then(|choice| crate::ui::address::read("", choice.get_attribute("href")?.split_once('?')?.1).range)
    })?;
    let now = now();
    let today = Day::parse(&now)?;
    let days = |from: Day, to: Day| Some((from.text(), to.text()));
    let back = |length: i64| {
        let end = seconds(&now)?.div_euclid(60) * 60;
        Some((local_text(end - length, ""), local_text(end, "")))
    };
    match range {
        Range::Minutes(count) => back(i64::from(count) * 60),
        Range::Hours(count) => back(i64::from(count) * 3_600),
        Range::Today => days(today, today),
        Range::Yesterday => days(today.plus(-1), today.plus(-1)),
        Range::Days(count) => days(today.plus(1 - i64::from(count)), today),
        Range::MonthToDate => days(today.plus(1 - today.civil().2), today),
        Range::Between(from, to) => Some((from, to)),
    }
}
