//! Stands in for a part that is still being made.

use leptos::prelude::*;

pub fn waiting(why: String) -> AnyView {
    view! {
        <div class="waiting" aria-busy="true">
            <div class="skel chart"></div>
            <p class="muted" role="status">{why}</p>
        </div>
    }
    .into_any()
}
