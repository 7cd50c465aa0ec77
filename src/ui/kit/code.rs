//! Lines to paste.

use super::icon;
use leptos::prelude::*;
use parallax_domain::screen::Code;

pub fn code(code: Code) -> AnyView {
    let label =
        code.copy.clone().map_or("Lines to read".to_owned(), |copy| copy.replacen("Copy the lines", "Lines", 1));
    let copy = code.copy.map(|label| {
        view! {
            <button class="btn sm needs-script" type="button" data-copy="">
                {icon("copy")}
                {label}
            </button>
        }
    });
    view! { <div class="code"><pre tabindex="0" role="group" aria-label=label>{code.text}</pre>{copy}</div> }.into_any()
}
