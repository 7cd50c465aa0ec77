//! Pages without the frame: the door for people who are not signed in, and the public pages.

use super::{account::appearance, head::head, side::LOGO};
use crate::ui::kit;
use leptos::prelude::*;
use parallax_domain::screen::Screen;

const PUBLIC: &str = "/transparency";
/// Within the public page.
const PLACES: [(&str, &str); 3] =
    [("#kept", "How long it is kept"), ("#protected", "What is not kept"), ("#choice", "Your choice")];

pub fn page(screen: Screen) -> AnyView {
    let path = screen.frame.address.path.clone();
    if path.starts_with(PUBLIC) { public(screen) } else { door(screen) }
}

/// One thing to do: sign in, set up, take an invitation.
fn door(screen: Screen) -> AnyView {
    view! {
        <main class="door" id="main" tabindex="-1">
            <p class="brand"><span class="raw" inner_html=LOGO></span><span>"Parallax"</span></p>
            <div class="panel">
                {head(screen.heading, screen.lede, screen.crumbs, screen.actions)}
                {kit::page_parts(screen.parts)}
            </div>
            <p class="door-foot"><a href=PUBLIC>"What is measured here"</a></p>
        </main>
    }
    .into_any()
}

fn public(screen: Screen) -> AnyView {
    let links = PLACES.into_iter().map(|(href, name)| view! { <a href=href>{name}</a> }).collect_view();
    view! {
        <div class="public">
            <header class="pub-h">
                <span class="brand"><span class="raw" inner_html=LOGO></span><span>"Parallax"</span></span>
                <nav aria-label="On this page">{links}</nav>
                <div class="push">{appearance("public")}</div>
            </header>
            <main class="pub-m" id="main" tabindex="-1">
                {head(screen.heading, screen.lede, Vec::new(), screen.actions)}
                {kit::page_parts(screen.parts)}
            </main>
        </div>
    }
    .into_any()
}
