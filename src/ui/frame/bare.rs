//! Pages without the frame: the door for people who are not signed in, and the public pages.

use super::{account::appearance, head::head, side::LOGO};
use crate::ui::kit;
use leptos::prelude::*;
use parallax_domain::screen::Screen;

const PUBLIC: [(&str, &str); 2] = [("/transparency", "What we learn"), ("/privacy", "Your choices")];

pub fn page(screen: Screen) -> AnyView {
    let path = screen.frame.address.path.clone();
    if PUBLIC.iter().any(|(public, _)| path.starts_with(public)) { public(screen, &path) } else { door(screen) }
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
            <p class="door-foot"><a href="/transparency">"What is measured here"</a></p>
        </main>
    }
    .into_any()
}

fn public(screen: Screen, path: &str) -> AnyView {
    let links = PUBLIC
        .into_iter()
        .map(|(href, name)| {
            let here = path.starts_with(href).then_some("page");
            view! { <a href=href aria-current=here>{name}</a> }
        })
        .collect_view();
    view! {
        <div class="public">
            <header class="pub-h">
                <span class="brand"><span class="raw" inner_html=LOGO></span><span>"Parallax"</span></span>
                <nav aria-label="Public pages">{links}</nav>
                <span class="push">{appearance("public")}</span>
            </header>
            <main class="pub-m" id="main" tabindex="-1">
                {head(screen.heading, screen.lede, Vec::new(), screen.actions)}
                {kit::page_parts(screen.parts)}
            </main>
        </div>
    }
    .into_any()
}
