//! The frame around every page of a signed-in person: navigation at the side, the filter bar on
//! top, the tab bar on a phone. It is composed of the same answer as the page, so that it can never
//! show another project, range or filter than the figures below it.

mod account;
mod bar;
mod bare;
mod chips;
mod dates;
mod head;
mod menu;
mod news;
mod paper;
mod places;
mod side;

use super::kit;
use leptos::prelude::*;
use parallax_domain::{
    Problem,
    screen::{Frame, Part, Screen},
};

pub use paper::page as paper;

/// A whole page, with or without the frame. `slow` is said while an answer takes long.
pub fn page(screen: Screen) -> AnyView {
    match screen.frame.viewer.clone() {
        Some(viewer) => framed(screen, viewer),
        None => bare::page(screen),
    }
}

fn framed(screen: Screen, viewer: parallax_domain::screen::Viewer) -> AnyView {
    let Screen { frame, crumbs, heading, lede, actions, tabs, parts, refresh, .. } = screen;
    let address = frame.address.clone();
    let notices = frame.notices.iter().cloned().map(kit::banner).collect_view();
    let notices = (!frame.notices.is_empty()).then(|| view! { <div class="notices stack-2">{notices}</div> });
    let bar = frame.filters.clone().map(|filters| bar::bar(filters, &address, refresh));
    view! {
        <div class="shell">
            {side::side(&frame, &viewer)}
            <div class="stage">
                {side::top(&frame, &viewer)}
                {bar}
                <main class="main" id="main" tabindex="-1">
                    {notices}
                    {head::head(heading, lede, crumbs, actions)}
                    {(!tabs.is_empty()).then(|| kit::tabs(tabs.clone(), "Parts of this view"))}
                    {head::printed(&frame)}
                    {kit::page_parts(parts)}
                </main>
            </div>
            {side::tab_bar(&address)}
        </div>
    }
    .into_any()
}

/// The page that stands where one could not be composed.
pub fn troubled(problem: Problem, address: parallax_domain::Address) -> Screen {
    Screen {
        title: problem.kind.title().to_owned(),
        frame: Frame { address, ..Frame::default() },
        parts: vec![Part::Problem(problem)],
        ..Screen::default()
    }
}
