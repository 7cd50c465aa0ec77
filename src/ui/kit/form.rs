//! Forms. They post to a server function or ask a page, and work without scripts in both cases.

use super::glyph::small_icon;
use super::{field::field, text};
use leptos::prelude::*;
use parallax_domain::screen::{Confirm, Form, Method, Tone};

pub fn form(form: Form) -> AnyView {
    let method = match form.method {
        Method::Post => "post",
        Method::Get => "get",
    };
    let class = if form.inline { "form inline" } else { "form" };
    let hidden = form
        .hidden
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view();
    let fields = form.fields.into_iter().map(|one| field(one, &form.id)).collect_view();
    let submit = match form.confirm {
        Some(confirm) => ask_first(confirm, form.submit, form.tone, &form.id),
        None => {
            // A form that asks on every change needs its button only where scripts are off.
            let class = if form.instant { "acts scripts-off" } else { "acts" };
            view! { <div class=class>{button(form.submit, form.tone)}</div> }.into_any()
        }
    };
    view! {
        <form
            class=class id=form.id method=method action=form.action
            data-instant=form.instant.then_some("") data-changes=(method == "post").then_some("")
        >
            {hidden}
            {fields}
            <p class="err" role="alert" data-error-of="" hidden=true>{small_icon("err")}<span></span></p>
            {submit}
        </form>
    }
    .into_any()
}

fn button(label: String, tone: Tone) -> AnyView {
    let class = match tone {
        Tone::Accent => "btn pri",
        Tone::Bad => "btn dng pri",
        Tone::Neutral | Tone::Good | Tone::Warn => "btn",
    };
    view! { <button class=class type="submit">{label}</button> }.into_any()
}

/// The effect first, then the deed. Without scripts the details open in place; with scripts their
/// dialog is lifted above the page and holds the focus.
fn ask_first(confirm: Confirm, submit: String, tone: Tone, form: &str) -> AnyView {
    let dialog = format!("{form}-ask");
    let heading = format!("{form}-ask-h");
    let labelled = heading.clone();
    let danger = if tone == Tone::Bad { "btn dng" } else { "btn" };
    let effect = confirm.effect.into_iter().map(|line| view! { <li>{text(line)}</li> }).collect_view();
    let cancel = if confirm.cancel.is_empty() { "Cancel".to_owned() } else { confirm.cancel };
    view! {
        <details class="ask" data-ask=dialog.clone()>
            <summary class=danger>{submit.clone()}"…"</summary>
            <dialog class="dialog" id=dialog.clone() aria-labelledby=labelled>
                <header>
                    <h2 id=heading>{confirm.title}</h2>
                </header>
                <div class="body"><ul class="effect">{effect}</ul></div>
                <footer>
                    <button class="btn needs-script" type="button" data-close="">{cancel}</button>
                    {button(submit, tone)}
                </footer>
            </dialog>
        </details>
    }
    .into_any()
}
