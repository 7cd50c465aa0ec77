//! The person's own corner: who is signed in, light or dark, keys, sign out.

use super::places::PUBLIC;
use crate::ui::{icon::icon, kit::chevron};
use leptos::prelude::*;
use parallax_domain::screen::Viewer;

pub fn account(viewer: &Viewer, place: &'static str) -> AnyView {
    let roles: Vec<&str> = viewer.roles.iter().map(|role| role.word()).collect();
    view! {
        <details class="menu up account" name=place>
            <summary class="who" aria-label=format!("Your account: {}", viewer.name)>
                {icon("person")}
                <span class="truncate">{viewer.name.clone()}</span>
                {chevron()}
            </summary>
            <div class="pop">
                <p class="ttl">{viewer.email.clone()}<br/>{roles.join(", ")}</p>
                {appearance(place)}
                <button class="opt needs-script" type="button" data-help="">{icon("keys")}"Keyboard shortcuts"<kbd>"?"</kbd></button>
                <a class="opt" href=PUBLIC.path>{icon(PUBLIC.icon)}{PUBLIC.name}</a>
                <hr/>
                <form method="post" action="/fn/sign_out">
                    <button class="opt" type="submit">{icon("out")}"Sign out"</button>
                </form>
            </div>
        </details>
    }
    .into_any()
}

/// Three buttons of one form. Which one holds is shown by the style sheet from the document's
/// `data-theme`, so that nothing here differs between server and browser.
pub fn appearance(place: &'static str) -> AnyView {
    let label = format!("{place}-theme");
    let labelled = label.clone();
    view! {
        <form class="theme" method="post" action="/fn/appearance" data-appearance="" aria-labelledby=labelled>
            <span id=label>"Appearance"</span>
            <span class="seg">
                <button type="submit" name="theme" value="system" aria-label="As the system">{icon("screen")}</button>
                <button type="submit" name="theme" value="light" aria-label="Light">{icon("sun")}</button>
                <button type="submit" name="theme" value="dark" aria-label="Dark">{icon("moon")}</button>
            </span>
        </form>
    }
    .into_any()
}
