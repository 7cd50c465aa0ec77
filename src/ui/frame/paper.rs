//! A page that stands alone in a file: its words, figures, charts and tables, and on what they were measured.

use super::head::{head, printed};
use crate::ui::kit;
use leptos::prelude::*;
use parallax_domain::screen::{Part, Screen};

pub fn page(screen: Screen) -> AnyView {
    let measured = printed(&screen.frame);
    let project = screen.frame.projects.iter().find(|project| project.current).map(|project| project.name.clone());
    let notices = screen.frame.notices.iter().cloned().map(kit::banner).collect_view();
    view! {
        <main class="main paper" id="main">
            <p class="muted">{project}</p>
            {notices}
            {head(screen.heading, screen.lede, screen.crumbs, Vec::new())}
            {measured}
            {kit::page_parts(still(screen.parts))}
        </main>
    }
    .into_any()
}

/// Without forms: nothing of a file changes anything.
fn still(parts: Vec<Part>) -> Vec<Part> {
    parts
        .into_iter()
        .filter_map(|part| match part {
            Part::Form(_) => None,
            Part::Panel(mut panel) => {
                let had = !panel.body.is_empty();
                panel.body = still(panel.body);
                panel.actions.clear();
                (!panel.body.is_empty() || !had).then_some(Part::Panel(panel))
            }
            Part::Grid(cells) => {
                let cells = cells.into_iter().filter_map(|(span, part)| Some((span, still(vec![part]).pop()?)));
                Some(Part::Grid(cells.collect()))
            }
            other => Some(other),
        })
        .collect()
}
