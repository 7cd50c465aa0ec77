//! Pages without the frame: the door for people who are not signed in, and the public pages.

use super::{account::appearance, head::head, side::LOGO};
use crate::ui::kit;
use leptos::prelude::*;
use parallax_domain::screen::{Part, Screen};

const PUBLIC: &str = "/transparency";
const PERSONAL: &str = "/privacy";
/// Within the public page, and from it to the personal one.
const PLACES: [(&str, &str); 6] = [
    ("#collected", "Collected"),
    ("#choice", "Choices"),
    ("#improved", "Improved"),
    ("#share", "Numbers"),
    ("#kept", "Retention"),
    (PERSONAL, "About you"),
];
const PERSONAL_PLACES: [(&str, &str); 5] = [
    ("#choices", "Choices"),
    ("#mine", "Recorded"),
    ("#erase", "Delete"),
    ("#history", "Decided"),
    (PUBLIC, "What is measured here"),
];

pub fn page(screen: Screen) -> AnyView {
    let path = screen.frame.address.path.clone();
    match path.trim_end_matches('/') {
        PUBLIC => public(screen, &PLACES),
        PERSONAL => public(screen, &PERSONAL_PLACES),
        _ => door(screen),
    }
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

fn public(screen: Screen, places: &[(&'static str, &'static str)]) -> AnyView {
    // What the page does not have is not led to.
    let there = |href: &str| href.strip_prefix('#').is_none_or(|id| has(&screen.parts, id));
    let links = places
        .iter()
        .filter(|(href, _)| there(href))
        .map(|(href, name)| view! { <a href=*href>{*name}</a> })
        .collect_view();
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

fn has(parts: &[Part], id: &str) -> bool {
    parts.iter().any(|part| match part {
        Part::Panel(panel) => panel.id == id,
        Part::Drawing(drawing) => drawing.id == id,
        Part::Grid(cells) => cells.iter().any(|(_, part)| has(std::slice::from_ref(part), id)),
        _ => false,
    })
}
