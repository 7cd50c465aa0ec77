//! Dragging over a time plot sets the range of the page. With the keyboard: Shift and the arrow keys
//! from where the crosshair stands, then Enter.

use super::{
    Browser, clock,
    crosshair::{Crosshair, axis, percent, share},
    elements::{append, around, listen, set_style},
};
use crate::ui::calendar::{local_text, seconds};
use leptos::prelude::*;
use parallax_domain::period::Range;
use web_sys::{Element, KeyboardEvent, PointerEvent};

/// Shorter drags are clicks.
const LEAST: f64 = 0.01;

#[derive(Clone)]
struct Drag {
    area: Element,
    from: f64,
    to: f64,
    mark: Option<Element>,
}

pub fn start(browser: Browser, cross: Crosshair) {
    let drag = StoredValue::new_local(None::<Drag>);
    listen("pointerdown", move |event: PointerEvent| {
        // A finger scrolls; it reads values by touching and sets ranges in the menu.
        let mouse = event.pointer_type() != "touch" && event.button() == 0;
        if let Some(area) = around(&event, ".pl[data-from][data-to]").filter(|_| mouse) {
            let from = share(&area, event.client_x());
            drag.set_value(Some(Drag { area, from, to: from, mark: None }));
        }
    });
    listen("pointermove", move |event: PointerEvent| {
        drag.update_value(|drag| {
            if let Some(drag) = drag {
                event.prevent_default();
                drag.to = share(&drag.area, event.client_x());
                draw(drag);
            }
        });
    });
    listen("pointerup", move |_: PointerEvent| {
        if let Some(drag) = drag.try_update_value(Option::take).flatten() {
            finish(browser, drag);
        }
    });
    listen("pointercancel", move |_: PointerEvent| {
        drag.update_value(drop_mark);
    });
    listen("keydown", move |event: KeyboardEvent| {
        let here = cross.reading().map(|reading| (reading.row as f64) / (reading.rows.len() as f64 - 1.0).max(1.0));
        let area = around(&event, ".pl[data-from][data-to]");
        match (event.key().as_str(), area, here) {
            ("ArrowLeft" | "ArrowRight", Some(area), Some(here)) if event.shift_key() => drag.update_value(|drag| {
                let drag = drag.get_or_insert(Drag { area, from: here, to: here, mark: None });
                drag.to = here;
                draw(drag);
            }),
            ("Enter", Some(_), _) => {
                if let Some(drag) = drag.try_update_value(Option::take).flatten() {
                    finish(browser, drag);
                }
            }
            ("Escape", ..) => drag.update_value(drop_mark),
            _ => {}
        }
    });
}

fn draw(drag: &mut Drag) {
    if (drag.to - drag.from).abs() < LEAST && drag.mark.is_none() {
        return;
    }
    if drag.mark.is_none() {
        drag.mark = append(&drag.area, "div", "brush", "");
    }
    if let Some(mark) = &drag.mark {
        set_style(mark, "left", &percent(drag.from.min(drag.to)));
        set_style(mark, "width", &percent((drag.to - drag.from).abs()));
    }
}

fn drop_mark(drag: &mut Option<Drag>) {
    if let Some(mark) = drag.take().and_then(|drag| drag.mark) {
        mark.remove();
    }
}

fn finish(browser: Browser, drag: Drag) {
    let wide = (drag.to - drag.from).abs() >= LEAST;
    if let (true, Some(ends)) = (wide, drag.area.parent_element().and_then(|plot| axis(&plot)))
        && let Some(range) = range(&ends, drag.from.min(drag.to), drag.from.max(drag.to))
    {
        browser.navigation.go(&browser.navigation.address().with_range(range).href());
    }
    drop_mark(&mut Some(drag));
}

/// The stretch of an axis between two shares of its width, in the project's time.
fn range(ends: &(String, String), start: f64, end: f64) -> Option<Range> {
    let (start, end) = minutes(ends, start, end)?;
    // Axes of charts are in UTC; addresses are in the zone that people see.
    let universal = ends.0.ends_with('Z') || ends.0.ends_with("+00:00");
    let text = |at: i64| match universal {
        true => clock::at(at as f64 * 1_000.0).get(..16).map(str::to_owned),
        false => Some(local_text(at, "")),
    };
    Range::parse(&format!("{}..{}", text(start)?, text(end)?))
}

/// Both ends in seconds, widened to whole minutes, at least one apart.
fn minutes((from, to): &(String, String), start: f64, end: f64) -> Option<(i64, i64)> {
    let (first, last) = (seconds(from)?, seconds(to)?);
    let at = |share: f64| first + ((last - first) as f64 * share) as i64;
    let (start, end) = (at(start).div_euclid(60) * 60, -(-at(end)).div_euclid(60) * 60);
    Some((start, end.max(start + 60)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drag_over_half_the_plot_is_half_its_time() {
        let ends = ("2026-11-19T10:00".to_owned(), "2026-11-19T16:00".to_owned());
        assert_eq!(range(&ends, 0.25, 0.75), Range::parse("2026-11-19T11:30..2026-11-19T14:30"));
    }

    #[test]
    fn a_drag_is_never_shorter_than_a_minute() {
        let ends = ("2026-11-19T10:00:00+00:00".to_owned(), "2026-11-19T11:00:00+00:00".to_owned());
        assert_eq!(minutes(&ends, 0.101, 0.102).map(|(start, end)| end - start), Some(60));
    }
}
