//! Nothing to show: what would be here, why it is not, and one thing to do.

use super::{action, code::code, heading, text};
use leptos::prelude::*;
use parallax_domain::screen::{Code, Empty};

pub fn empty(empty: Empty, lower: bool) -> AnyView {
    let snippet = empty.snippet.map(|text| code(Code { text, copy: Some("Copy".to_owned()) }));
    let link = empty.action.map(|link| view! { <div class="row">{action(link, "sm")}</div> });
    view! {
        <div class="empty">
            {heading(empty.title.into_any(), lower)}
            <p>{text(empty.why)}</p>
            {snippet}
            {link}
        </div>
    }
    .into_any()
}
