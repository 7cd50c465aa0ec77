//! The face: one frame and one kit that render whatever screen the server composed.
//!
//! - `frame` is what surrounds the content, `kit` renders its parts. Both run on the server only: a page travels as
//!   finished markup, whether it is loaded or the program in the browser asks for it.
//! - [`App`] is what the browser takes over: it follows the address, asks for its page and turns the one that stands
//!   into it.
//! - [`browser`] is what only a browser can do; without it every page still reads and works.
//!
//! Views hold no figures of their own and format nothing: texts come finished, so the page that was
//! sent and the page that scripts ask for are the same.

pub mod address;
pub mod browser;
pub mod calendar;
#[cfg(feature = "ssr")]
mod frame;
mod icon;
#[cfg(feature = "ssr")]
mod kit;
mod pages;
mod reader;
mod trouble;

use crate::api::Sheet;
use browser::{Browser, Help, Palette, ToastView, navigation::Location};
use leptos::prelude::*;
use reader::{Reader, SHEET};

#[cfg(feature = "ssr")]
pub use frame::{page, paper, troubled};
pub use reader::titled;

/// Id of the element that the program takes over.
pub const ROOT: &str = "app";

/// `sheet` is the page at `start`. In the browser it stands in the document already and is left empty.
#[component]
pub fn App(start: Location, sheet: Sheet) -> impl IntoView {
    let reader = Reader::new(Browser::new(start));
    let browser = reader.browser();
    Effect::new(move |_| reader.start());
    let refresh = sheet.refresh.map(|seconds| seconds.to_string());
    view! {
        <a class="skip" href="#main">"Skip to content"</a>
        <div class="page" aria-busy=move || reader.busy()>
            <div class="sheet" id=SHEET data-refresh=refresh inner_html=sheet.html></div>
        </div>
        <Palette browser=browser/>
        <Help browser=browser/>
        <ToastView browser=browser/>
    }
}
