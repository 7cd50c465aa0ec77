//! One vertical line through every plot of the same time axis, and the values at it. The rows of the
//! figure's own data table are the source, so picture, tip and table cannot disagree.

use super::elements::{all, all_in, append, around, first_in, focus, listen, set_style, target, words};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlDetailsElement, KeyboardEvent, PointerEvent};

const PLOT: &str = ".plot[data-x]";

/// Where the line stands.
#[derive(Clone)]
pub struct Reading {
    pub plot: Element,
    pub row: usize,
    pub rows: Vec<Element>,
    by_key: bool,
}

#[derive(Clone, Copy)]
pub struct Crosshair {
    reading: StoredValue<Option<Reading>, LocalStorage>,
    pinned: StoredValue<bool>,
}

pub fn start() -> Crosshair {
    let cross = Crosshair { reading: StoredValue::new_local(None), pinned: StoredValue::new(false) };
    listen("pointermove", move |event: PointerEvent| cross.follow(&event));
    listen("pointerdown", move |event: PointerEvent| cross.follow(&event));
    listen("focusin", move |event: Event| {
        if let Some(plot) = focused_plot(&event) {
            let rows = rows(&plot);
            let before = cross.reading.get_value().filter(|reading| reading.plot == plot).map(|reading| reading.row);
            cross.show(plot, rows.len(), before.unwrap_or(rows.len().saturating_sub(1)) as i64, true);
        }
    });
    listen("focusout", move |event: Event| {
        if focused_plot(&event).is_some() {
            cross.hide();
        }
    });
    listen("keydown", move |event: KeyboardEvent| cross.key(&event));
    cross
}

impl Crosshair {
    pub fn reading(&self) -> Option<Reading> {
        self.reading.get_value()
    }

    fn follow(&self, event: &PointerEvent) {
        if self.pinned.get_value() {
            return;
        }
        let area = around(event, ".pl");
        let plot =
            area.as_ref().and_then(|area| area.parent_element()).filter(|plot| plot.matches(PLOT).unwrap_or(false));
        let (Some(area), Some(plot)) = (area, plot) else {
            if self.reading.with_value(|reading| reading.as_ref().is_some_and(|reading| !reading.by_key)) {
                self.hide();
            }
            return;
        };
        let count = rows(&plot).len();
        let at = fraction_to_row(share(&area, event.client_x()), count, in_slots(&plot));
        self.show(plot, count, at, false);
    }

    fn key(&self, event: &KeyboardEvent) {
        let Some(plot) = focused_plot(event) else { return };
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let here = self.reading.get_value().map_or(0, |reading| reading.row as i64);
        let count = rows(&plot).len();
        let to = match event.key().as_str() {
            "ArrowLeft" => here - 1,
            "ArrowRight" => here + 1,
            "PageUp" => here - 10,
            "PageDown" => here + 10,
            "Home" => 0,
            "End" => count as i64,
            "p" | "P" => {
                event.prevent_default();
                return self.pin(!self.pinned.get_value());
            }
            "t" | "T" => {
                event.prevent_default();
                return open_table(&plot);
            }
            "Escape" if self.pinned.get_value() => {
                event.prevent_default();
                return self.pin(false);
            }
            _ => return,
        };
        event.prevent_default();
        self.pinned.set_value(false);
        self.show(plot, count, to, true);
    }

    fn pin(&self, pinned: bool) {
        self.pinned.set_value(pinned);
        for mark in all(".xh, .tip") {
            let _ = mark.class_list().toggle_with_force("pinned", pinned);
        }
    }

    fn show(&self, plot: Element, count: usize, row: i64, by_key: bool) {
        if count == 0 || self.pinned.get_value() {
            return;
        }
        let row = row.clamp(0, count as i64 - 1) as usize;
        let same = self.reading.with_value(|now| now.as_ref().is_some_and(|now| now.plot == plot && now.row == row));
        if same {
            return;
        }
        clear();
        let rows = rows(&plot);
        let at = row_to_fraction(row, count, in_slots(&plot));
        for other in companions(&plot, count) {
            if let Some(line) = first_in(&other, ".pl").and_then(|area| append(&area, "div", "xh", "")) {
                set_style(&line, "left", &percent(at));
            }
        }
        tip(&plot, &rows[row], at, by_key);
        self.reading.set_value(Some(Reading { plot, row, rows, by_key }));
    }

    fn hide(&self) {
        if !self.pinned.get_value() {
            clear();
            self.reading.set_value(None);
        }
    }
}

pub fn clear() {
    for mark in all(".xh, .tip") {
        mark.remove();
    }
}

fn tip(plot: &Element, row: &Element, at: f64, spoken: bool) -> Option<()> {
    let area = first_in(plot, ".pl")?;
    let tip = append(&area, "div", "tip", "")?;
    if spoken {
        let _ = tip.set_attribute("role", "status");
    }
    let cells = all_in(row, "th, td");
    append(&tip, "div", "w", &words(cells.first()?))?;
    let list = append(&tip, "dl", "", "")?;
    let heads: Vec<String> = all_in(&figure(plot)?, ".data thead th").iter().map(words).collect();
    let classes = listed(plot, "data-cls");
    let columns: Vec<usize> = listed(plot, "data-cols").iter().filter_map(|column| column.parse().ok()).collect();
    let columns = if columns.is_empty() { (1..cells.len()).collect() } else { columns };
    for (order, column) in columns.into_iter().enumerate() {
        let (Some(head), Some(cell)) = (heads.get(column), cells.get(column)) else { continue };
        let name = append(&list, "dt", classes.get(order).map_or("", String::as_str), "")?;
        append(&name, "i", "", "")?;
        append(&name, "span", "", head)?;
        append(&list, "dd", "", &words(cell))?;
        append(&list, "dd", "p", &cell.get_attribute("data-p").unwrap_or_default())?;
    }
    if let Some(note) = row.get_attribute("data-n") {
        append(&tip, "div", "f", &note)?;
    }
    // Right of the line, left of it after three fifths: the tip never covers the point that it reads.
    let (side, distance) = if at > 0.6 { ("right", 1.0 - at) } else { ("left", at) };
    set_style(&tip, side, &format!("calc({} + 10px)", percent(distance)));
    set_style(&tip, "top", "4px");
    Some(())
}

fn listed(plot: &Element, attribute: &str) -> Vec<String> {
    let list = plot.get_attribute(attribute).unwrap_or_default();
    list.split(',').filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

fn figure(plot: &Element) -> Option<Element> {
    plot.closest(".chart").ok().flatten()
}

fn rows(plot: &Element) -> Vec<Element> {
    figure(plot).map(|figure| all_in(&figure, ".data tbody tr")).unwrap_or_default()
}

/// Plots that share the clock: those of the same figure, and those of others with the same ends and steps.
fn companions(plot: &Element, count: usize) -> Vec<Element> {
    let own = figure(plot);
    let ends = axis(plot);
    all(PLOT)
        .into_iter()
        .filter(|other| figure(other) == own || ends.is_some() && axis(other) == ends && rows(other).len() == count)
        .collect()
}

pub fn axis(plot: &Element) -> Option<(String, String)> {
    let area = first_in(plot, ".pl")?;
    Some((area.get_attribute("data-from")?, area.get_attribute("data-to")?))
}

/// Bars stand in the middle of their slot, points at its edge.
fn in_slots(plot: &Element) -> bool {
    plot.get_attribute("data-x").as_deref() == Some("slot")
}

pub fn share(area: &Element, x: i32) -> f64 {
    let bounds = area.get_bounding_client_rect();
    ((f64::from(x) - bounds.left()) / bounds.width().max(1.0)).clamp(0.0, 1.0)
}

fn fraction_to_row(at: f64, count: usize, slots: bool) -> i64 {
    if slots { (at * count as f64).floor() as i64 } else { (at * (count as f64 - 1.0)).round() as i64 }
}

fn row_to_fraction(row: usize, count: usize, slots: bool) -> f64 {
    match (slots, count) {
        (true, _) => (row as f64 + 0.5) / count as f64,
        (false, 0 | 1) => 0.0,
        (false, _) => row as f64 / (count as f64 - 1.0),
    }
}

/// Whole numbers only: the code that writes fractions would be a tenth of the program.
pub fn percent(share: f64) -> String {
    let hundredths = (share * 10_000.0).round() as i64;
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

fn focused_plot(event: &web_sys::Event) -> Option<Element> {
    let area = target(event)?;
    let plot = area.parent_element()?;
    (area.matches(".pl").ok()? && plot.matches(PLOT).ok()?).then_some(plot)
}

fn open_table(plot: &Element) {
    let Some(details) = figure(plot).and_then(|figure| first_in(&figure, "details.data")) else { return };
    if let Some(details) = details.dyn_ref::<HtmlDetailsElement>() {
        details.set_open(!details.open());
    }
    if let Some(summary) = first_in(&details, "summary") {
        focus(&summary);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_stands_where_the_row_is_drawn() {
        for slots in [false, true] {
            for row in 0..49 {
                assert_eq!(fraction_to_row(row_to_fraction(row, 49, slots), 49, slots), row as i64);
            }
        }
    }
}
