//! Pages that read themselves again, as often as they say, while somebody looks and nobody is in the
//! middle of something.

use super::{
    dialogs,
    elements::{all, around, first, listen, typing},
    menus,
};
use leptos::prelude::*;
use std::time::Duration;
use web_sys::{Event, MouseEvent, VisibilityState};

#[derive(Clone, Copy)]
pub struct Refresh {
    /// Counts the readings of the current address; the page's resource follows it.
    pub readings: RwSignal<u64>,
    /// Seconds until the next reading, as the page says.
    every: StoredValue<Option<u32>>,
    stopped: StoredValue<bool>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Default for Refresh {
    fn default() -> Refresh {
        Refresh {
            readings: RwSignal::new(0),
            every: StoredValue::new(None),
            stopped: StoredValue::new(false),
            timer: StoredValue::new(None),
        }
    }
}

impl Refresh {
    pub fn now(&self) {
        self.readings.update(|readings| *readings += 1);
    }

    /// Called with every page that arrives.
    pub fn schedule(&self, seconds: Option<u32>) {
        self.every.set_value(seconds);
        self.show_state();
        self.again(seconds);
    }

    fn again(&self, seconds: Option<u32>) {
        if let Some(before) = self.timer.try_update_value(Option::take).flatten() {
            before.clear();
        }
        let Some(seconds) = seconds else { return };
        let this = *self;
        let later = move || if this.may() { this.now() } else { this.again(Some(seconds)) };
        self.timer.set_value(set_timeout_with_handle(later, Duration::from_secs(seconds.max(1).into())).ok());
    }

    fn may(&self) -> bool {
        let busy = document().active_element().is_some_and(|element| typing(&element));
        let selecting = window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed());
        let pinned = first(".tip").is_some();
        !self.stopped.get_value()
            && document().visibility_state() == VisibilityState::Visible
            && !(busy || selecting || pinned || menus::any_open() || dialogs::any_open())
    }

    fn show_state(&self) {
        let pressed = if self.stopped.get_value() { "false" } else { "true" };
        for button in all("[data-live]") {
            let _ = button.set_attribute("aria-pressed", pressed);
        }
    }

    pub fn start(self) {
        listen("click", move |event: MouseEvent| {
            if around(&event, "[data-live]").is_some() {
                self.stopped.update_value(|stopped| *stopped = !*stopped);
                self.show_state();
            }
        });
        listen("visibilitychange", move |_: Event| {
            if self.every.get_value().is_some() && self.may() {
                self.now();
            }
        });
    }
}
