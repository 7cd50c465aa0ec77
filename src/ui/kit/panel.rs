//! A panel: heading, one computed sentence, what it shows, and what the figures need to be trusted.

use super::{action, classes, icon, link::choices, part_of_panel, text, text::badge};
use leptos::prelude::*;
use parallax_domain::screen::{Link, Panel, Part, Text};

pub fn panel(panel: Panel, span: &'static str) -> AnyView {
    let flush = if panel.flush { "flush" } else { "" };
    let heading = format!("{}-h", panel.id);
    let labelled = heading.clone();
    let drawn = panel.body.iter().any(|part| matches!(part, Part::Drawing(_)));
    let save = drawn.then(|| save(&panel.id, &panel.title));
    let body = panel.body.into_iter().map(|one| within(one, panel.flush)).collect_view();
    view! {
        <section class=classes(["panel", flush, span]) id=panel.id aria-labelledby=labelled>
            <div class="pn">
                {panel.badge.map(|(label, tone)| badge(label, tone))}
                <h2 id=heading>{panel.title.clone()}</h2>
                {definition(&panel.id, &panel.title, panel.definition)}
                {(!panel.unit.is_empty()).then(|| view! { <span class="unit">{panel.unit.clone()}</span> })}
                {side(panel.choices, panel.actions, save)}
                {(!panel.summary.is_empty()).then(|| view! { <p class="sum">{text(panel.summary.clone())}</p> })}
            </div>
            {panel.partial.map(partial)}
            {body}
            {foot(panel.foot)}
        </section>
    }
    .into_any()
}

/// Tables and lists run to the edges of a flush panel; everything else keeps its distance.
fn within(one: Part, flush: bool) -> AnyView {
    let span = if flush && !matches!(one, Part::Table(_)) { "inset" } else { "" };
    part_of_panel(one, span)
}

fn side(links: Vec<Link>, actions: Vec<Link>, save: Option<AnyView>) -> Option<AnyView> {
    if links.is_empty() && actions.is_empty() && save.is_none() {
        return None;
    }
    let links = (!links.is_empty()).then(|| choices(links, "Show"));
    let actions = actions.into_iter().map(|link| action(link, "sm")).collect_view();
    Some(view! { <span class="push row">{links}{actions}{save}</span> }.into_any())
}

/// The chart as a file. The browser's own popover stands above panels that clip.
fn save(id: &str, title: &str) -> AnyView {
    let menu = format!("{id}-save");
    let target = menu.clone();
    let options =
        [("csv", "Table as CSV"), ("svg", "Drawing as SVG"), ("png", "Picture as PNG")].map(|(kind, label)| {
            view! {
                <button class="opt" type="button" data-save=kind popovertarget=menu.clone() popovertargetaction="hide">
                    {label}
                </button>
            }
        });
    view! {
        <span class="save needs-script">
            <button class="btn quiet sm" type="button" popovertarget=target aria-label=format!("Save: {title}")>
                {icon("dl")}
            </button>
            <span class="pop" id=menu popover="auto">{options.into_iter().collect_view()}</span>
        </span>
    }
    .into_any()
}

/// Formula, rule in force, n, freshness and the rows behind the figures, for who asks.
fn definition(id: &str, title: &str, lines: Vec<Text>) -> Option<AnyView> {
    if lines.is_empty() {
        return None;
    }
    let target = format!("{id}-is");
    let lines = lines.into_iter().map(|line| view! { <span class="says">{text(line)}</span> }).collect_view();
    Some(
        view! {
            <button class="def what" type="button" popovertarget=target.clone() aria-label=format!("What this is: {title}")>
                {icon("question")}
            </button>
            <span class="pop text" id=target popover="auto" role="note"><b>{title.to_owned()}</b>{lines}</span>
        }
        .into_any(),
    )
}

fn partial(why: String) -> AnyView {
    view! { <p class="partial">{icon("info")}<span>{why}</span></p> }.into_any()
}

fn foot(notes: Vec<Text>) -> Option<AnyView> {
    (!notes.is_empty()).then(|| {
        let notes = notes.into_iter().map(|note| view! { <span>{text(note)}</span> }).collect_view();
        view! { <div class="foot">{notes}</div> }.into_any()
    })
}
