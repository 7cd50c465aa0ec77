//! Short notices of what was done, with the way back where there is one.

use super::send;
use crate::api::Undo;
use crate::ui::icon::icon;
use leptos::prelude::*;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq)]
struct Toast {
    number: u64,
    message: String,
    undo: Option<Undo>,
}

#[derive(Clone, Copy)]
pub struct Toasts {
    list: RwSignal<Vec<Toast>>,
    count: StoredValue<u64>,
}

/// Long enough to read twice; longer when there is something to press.
const READ: Duration = Duration::from_secs(6);
const DECIDE: Duration = Duration::from_secs(15);

impl Default for Toasts {
    fn default() -> Toasts {
        Toasts { list: RwSignal::new(Vec::new()), count: StoredValue::new(0) }
    }
}

impl Toasts {
    pub fn say(&self, message: &str) {
        self.show(message.to_owned(), None);
    }

    pub fn show(&self, message: String, undo: Option<Undo>) {
        let number = self.count.try_update_value(|count| {
            *count += 1;
            *count
        });
        let (number, toasts) = (number.unwrap_or_default(), *self);
        let lasts = if undo.is_some() { DECIDE } else { READ };
        self.list.update(|list| list.push(Toast { number, message, undo }));
        set_timeout(move || toasts.dismiss(number), lasts);
    }

    fn dismiss(&self, number: u64) {
        self.list.update(|list| list.retain(|toast| toast.number != number));
    }
}

/// The place of the notices; always in the document, so that screen readers hear what is put into it.
#[component]
pub fn ToastView(browser: super::Browser) -> impl IntoView {
    let toasts = browser.toasts;
    let list = move || {
        toasts.list.get().into_iter().map(|toast| {
            let number = toast.number;
            let undo = toast.undo.map(|undo| {
                let again = move |_| {
                    toasts.dismiss(number);
                    send::undo(browser, undo.clone());
                };
                view! { <button class="link" type="button" on:click=again>"Undo"</button> }
            });
            view! {
                <div class="toast">
                    {icon("check")}
                    <span>{toast.message}</span>
                    {undo}
                    <button class="x" type="button" aria-label="Dismiss" on:click=move |_| toasts.dismiss(number)>{icon("x")}</button>
                </div>
            }
        }).collect_view()
    };
    view! { <div class="toasts" role="status" aria-live="polite">{list}</div> }
}
