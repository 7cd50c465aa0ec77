//! The face: one frame and one kit that render whatever screen the server composed.
//!
//! - [`App`] follows the address, reads its screen and shows it.
//! - `frame` is what surrounds the content, `kit` renders its parts.
//! - [`browser`] is what only a browser can do; without it every page still reads and works.
//!
//! Views hold no figures of their own and format nothing: texts come finished, so the page that was
//! sent and the page that scripts take over are the same.

pub mod address;
pub mod browser;
pub mod calendar;
mod frame;
mod kept;
mod kit;
mod reader;

use crate::api;
use browser::{Browser, Help, Palette, ToastView, navigation::Location};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use reader::Reader;

/// A page as it stands in a file of its own: no frame, no forms, nothing that scripts would do.
pub fn paper(screen: parallax_domain::screen::Screen) -> AnyView {
    frame::paper(screen)
}

/// Id of the element that the program takes over.
pub const ROOT: &str = "app";

#[component]
pub fn App(start: Location) -> impl IntoView {
    provide_meta_context();
    let browser = Browser::new(start);
    let reader = Reader::new(browser);
    let screen = Resource::new(
        move || (browser.navigation.location.get(), browser.refresh.readings.get()),
        |(location, _)| api::screen(location.path, location.query),
    );
    let page = move || {
        Suspend::new(async move {
            let answer = screen.await;
            frame::page(reader.take(answer))
        })
    };
    Effect::new(move |_| reader.start());
    view! {
        <Title text=move || reader.title()/>
        <a class="skip" href="#main">"Skip to content"</a>
        <div class="page" aria-busy=move || reader.busy()>
            <Transition fallback=kit::skeleton>{page}</Transition>
        </div>
        <Palette browser=browser/>
        <Help browser=browser/>
        <ToastView browser=browser/>
    }
}
