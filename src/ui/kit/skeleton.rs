//! Stands in for a page that has never been here before; appears only after 200 ms (style sheet).

use leptos::prelude::*;

pub fn skeleton() -> AnyView {
    view! {
        <div class="shell" aria-busy="true">
            <div class="side"></div>
            <div class="stage">
                <div class="main late">
                    <div class="skel head"></div>
                    <div class="skel line"></div>
                    <div class="skel figures"></div>
                    <div class="skel chart"></div>
                    <span class="vh" role="status">"Loading"</span>
                </div>
            </div>
        </div>
    }
    .into_any()
}

/// Stands in for a part that is still being made.
pub fn waiting(why: String) -> AnyView {
    view! {
        <div class="waiting" aria-busy="true">
            <div class="skel chart"></div>
            <p class="muted" role="status">{why}</p>
        </div>
    }
    .into_any()
}
