//! Parallax: one stream of telemetry, five points of view.
//!
//! - `document` (server only): the HTML document around the screens, and what `main.rs` wires into it.
//! - [`api`], the bridge: every server function, which is everything that the browser may ask or change.
//! - [`ui`], the face: the frame, the kit that renders the parts of a screen, and what only a browser can do.
#![recursion_limit = "256"]

pub mod api;
#[cfg(feature = "ssr")]
pub mod app;
#[cfg(feature = "ssr")]
pub mod document;
pub mod ui;

/// Called by the module script of the document as soon as the browser has the program.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    use wasm_bindgen::JsCast;
    console_error_panic_hook::set_once();
    if let Some(root) = leptos::prelude::document().get_element_by_id(ui::ROOT) {
        let start = ui::browser::navigation::Location::current();
        leptos::mount::hydrate_from(
            root.unchecked_into(),
            move || leptos::view! { <ui::App start=start sheet=Default::default()/> },
        )
        .forget();
    }
}
