//! The calendar beside the two date fields. First choice is the first day, second the last.
//! Arrow keys move by days and weeks, PageUp and PageDown by months, Home and End within the week.

use super::elements::{all_in, append, around, first_in, focus, listen, target};
use crate::ui::calendar::{Day, MONTHS, WEEKDAYS};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlInputElement, KeyboardEvent, MouseEvent};

pub fn start() {
    // `toggle` does not bubble, so the opening itself is what is listened to.
    listen("click", |event: MouseEvent| {
        if let Some(calendar) = around(&event, "summary").and_then(|summary| beside(&summary)) {
            draw(&calendar, chosen(&calendar).0.unwrap_or_else(today), false);
        }
        let Some(calendar) = around(&event, "[data-calendar]") else { return };
        if let Some(step) = around(&event, "[data-months]") {
            let by = step.get_attribute("data-months").and_then(|by| by.parse().ok()).unwrap_or(0);
            draw(&calendar, shown(&calendar).plus_months(by), false);
        }
        if let Some(day) = around(&event, "[data-day]").and_then(|day| Day::parse(&day.get_attribute("data-day")?)) {
            choose(&calendar, day);
        }
    });
    listen("keydown", |event: KeyboardEvent| {
        let Some(button) = target(&event).filter(|element| element.has_attribute("data-day")) else { return };
        let Some(calendar) = around(&event, "[data-calendar]") else { return };
        let Some(day) = button.get_attribute("data-day").and_then(|day| Day::parse(&day)) else { return };
        let to = match event.key().as_str() {
            "ArrowLeft" => day.plus(-1),
            "ArrowRight" => day.plus(1),
            "ArrowUp" => day.plus(-7),
            "ArrowDown" => day.plus(7),
            "Home" => day.plus(-day.weekday()),
            "End" => day.plus(6 - day.weekday()),
            "PageUp" => day.plus_months(-1),
            "PageDown" => day.plus_months(1),
            _ => return,
        };
        event.prevent_default();
        draw(&calendar, to, true);
    });
    listen("change", |event: Event| {
        if let Some(form) = around(&event, "[data-dates]")
            && let Some(calendar) = first_in(&form, "[data-calendar]")
        {
            draw(&calendar, chosen(&calendar).0.unwrap_or_else(today), false);
        }
    });
}

/// Draws the calendar of an open menu, for menus that were opened by key.
pub fn prepare(menu: &Element) {
    if let Some(calendar) = first_in(menu, "[data-calendar]") {
        draw(&calendar, chosen(&calendar).0.unwrap_or_else(today), false);
    }
}

fn beside(summary: &Element) -> Option<Element> {
    first_in(&summary.parent_element()?, "[data-calendar]")
}

/// Today in the zone of the project, which the browser's own formatter knows.
fn today() -> Day {
    Day::parse(&super::clock::now()).unwrap_or(Day((js_sys::Date::now() / 86_400_000.0) as i64))
}

fn inputs(calendar: &Element) -> Option<(HtmlInputElement, HtmlInputElement)> {
    let form = calendar.closest("form").ok().flatten()?;
    let mut dates = all_in(&form, "input[type=date]").into_iter().filter_map(|input| input.dyn_into().ok());
    Some((dates.next()?, dates.next()?))
}

fn chosen(calendar: &Element) -> (Option<Day>, Option<Day>) {
    inputs(calendar).map_or((None, None), |(from, to)| (Day::parse(&from.value()), Day::parse(&to.value())))
}

fn choose(calendar: &Element, day: Day) {
    let Some((from, to)) = inputs(calendar) else { return };
    match chosen(calendar) {
        (Some(first), None) if first <= day => to.set_value(&day.text()),
        (Some(first), None) => {
            to.set_value(&first.text());
            from.set_value(&day.text());
        }
        _ => {
            from.set_value(&day.text());
            to.set_value("");
        }
    }
    draw(calendar, day, true);
}

fn shown(calendar: &Element) -> Day {
    calendar.get_attribute("data-shown").and_then(|day| Day::parse(&day)).unwrap_or_else(today)
}

/// The month of `day`, with `day` as its one tab stop.
fn draw(calendar: &Element, day: Day, focused: bool) -> Option<()> {
    let (year, month, of_month) = day.civil();
    let (from, to) = chosen(calendar);
    let today = today();
    calendar.set_inner_html("");
    let _ = calendar.set_attribute("data-shown", &day.text());
    let head = append(calendar, "div", "cal-h", "")?;
    step(&head, -1, "Month before", "left")?;
    let name = append(&head, "b", "", &format!("{} {year}", MONTHS[(month - 1) as usize]))?;
    let _ = name.set_attribute("aria-live", "polite");
    step(&head, 1, "Month after", "right")?;
    let table = append(calendar, "table", "", "")?;
    let _ = table.set_attribute("role", "grid");
    let row = append(&append(&table, "thead", "", "")?, "tr", "", "")?;
    for weekday in WEEKDAYS {
        let head = append(&row, "th", "", &weekday[..2])?;
        let _ = head.set_attribute("scope", "col");
        let _ = head.set_attribute("abbr", weekday);
    }
    let body = append(&table, "tbody", "", "")?;
    let first = day.plus(1 - of_month);
    let start = first.plus(-first.weekday());
    for week in 0..6 {
        let row = append(&body, "tr", "", "")?;
        for weekday in 0..7 {
            let one = start.plus(week * 7 + weekday);
            let (_, its_month, number) = one.civil();
            let cell = append(&row, "td", "", "")?;
            let button = append(&cell, "button", "", &number.to_string())?;
            let _ = button.set_attribute("type", "button");
            let _ = button.set_attribute("data-day", &one.text());
            let _ = button.set_attribute("tabindex", if one == day { "0" } else { "-1" });
            let name = format!("{} {number} {}", WEEKDAYS[weekday as usize], MONTHS[(its_month - 1) as usize]);
            let _ = button.set_attribute("aria-label", &name);
            let end = Some(one) == from || Some(one) == to;
            let within = from.is_some_and(|from| from <= one) && to.is_some_and(|to| one <= to);
            let _ = cell.set_attribute("aria-selected", if end || within { "true" } else { "false" });
            let class = if end {
                "edge"
            } else if within {
                "within"
            } else if its_month == month {
                ""
            } else {
                "other"
            };
            button.set_class_name(class);
            if one == today {
                let _ = button.set_attribute("aria-current", "date");
            }
            if one == day && focused {
                focus(&button);
            }
        }
    }
    Some(())
}

fn step(head: &Element, by: i64, name: &str, glyph: &str) -> Option<()> {
    let button = append(head, "button", "btn quiet sm", "")?;
    let _ = button.set_attribute("type", "button");
    let _ = button.set_attribute("data-months", &by.to_string());
    let _ = button.set_attribute("aria-label", name);
    button.set_inner_html(&format!(
        "<svg class=\"i\" viewBox=\"0 0 16 16\" aria-hidden=\"true\"><use href=\"#i-{glyph}\"/></svg>"
    ));
    Some(())
}
