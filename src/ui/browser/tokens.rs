//! A field for several values: what is typed becomes a token at a comma or Enter, Backspace takes the last one back.
//! The field itself keeps the values with commas between them, as it does without scripts.

use super::elements::{all, all_in, append, around, first_in, focus, listen, target};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlInputElement, KeyboardEvent, MouseEvent};

pub fn start() {
    listen("focusin", |event: Event| {
        if let Some(field) = around(&event, "[data-tokens]") {
            draw(&field);
        }
    });
    listen("keydown", |event: KeyboardEvent| {
        let Some(input) = target(&event).and_then(|element| element.dyn_into::<HtmlInputElement>().ok()) else {
            return;
        };
        let Some(field) = around(&event, "[data-tokens]") else { return };
        let typed = input.value();
        match event.key().as_str() {
            "," => {}
            // With nothing typed Enter sends the form.
            "Enter" if !typed.trim().is_empty() => {}
            "Backspace" if typed.is_empty() => {
                let mut tokens = tokens(&field);
                tokens.pop();
                return keep(&field, &tokens);
            }
            _ => return,
        }
        event.prevent_default();
        take(&field, &input);
    });
    // A suggestion that was chosen is whole at once.
    listen("change", |event: Event| {
        let field = around(&event, "[data-tokens]");
        let input = target(&event).and_then(|element| element.dyn_into::<HtmlInputElement>().ok());
        if let (Some(field), Some(input)) = (field, input) {
            take(&field, &input);
        }
    });
    listen("click", |event: MouseEvent| {
        let (Some(token), Some(field)) = (around(&event, ".token"), around(&event, "[data-tokens]")) else { return };
        let gone = token.get_attribute("data-token").unwrap_or_default();
        let left: Vec<String> = tokens(&field).into_iter().filter(|token| *token != gone).collect();
        keep(&field, &left);
        if let Some(input) = first_in(&field, "input") {
            focus(&input);
        }
    });
    // What is still typed when the form is sent belongs to it; listened to before whoever sends it.
    listen("submit", |_: Event| {
        for field in all("[data-tokens]") {
            if let Some(input) = first_in(&field, "input").and_then(|input| input.dyn_into::<HtmlInputElement>().ok()) {
                take(&field, &input);
                input.set_value(&tokens(&field).join(", "));
            }
        }
    });
}

/// Turns the values of a field that gets the focus into tokens.
fn draw(field: &Element) {
    let Some(input) = first_in(field, "input").and_then(|input| input.dyn_into::<HtmlInputElement>().ok()) else {
        return;
    };
    if !input.value().trim().is_empty() && tokens(field).is_empty() && input.value().contains(',') {
        take(field, &input);
    }
}

fn take(field: &Element, input: &HtmlInputElement) {
    let mut all = tokens(field);
    for part in input.value().split(',').map(str::trim).filter(|part| !part.is_empty()) {
        if !all.iter().any(|token| token == part) {
            all.push(part.to_owned());
        }
    }
    input.set_value("");
    keep(field, &all);
}

fn tokens(field: &Element) -> Vec<String> {
    all_in(field, ".token").iter().filter_map(|token| token.get_attribute("data-token")).collect()
}

fn keep(field: &Element, tokens: &[String]) {
    all_in(field, ".token").iter().for_each(Element::remove);
    let Some(input) = first_in(field, "input") else { return };
    for token in tokens {
        let Some(button) = append(field, "button", "token", token) else { continue };
        let _ = button.set_attribute("type", "button");
        let _ = button.set_attribute("data-token", token);
        let _ = button.set_attribute("aria-label", &format!("Remove {token}"));
        let _ = field.insert_before(&button, Some(&input));
    }
}
