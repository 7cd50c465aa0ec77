//! `/admin/kit`: every part of the kit and every chart, in every state, over figures made by a rule. What a screen may be
//! made of is looked at here, and photographed here by the tests. Nothing on it is telemetry, and it says so.

mod courses;
mod distributions;
mod kit;
mod relations;
mod seeds;
mod tokens;

use crate::page::Page;
use parallax_domain::Problem;
use parallax_domain::screen::{Banner, Drawing, Link, Part, Screen, Text, Tone};

pub fn compose(page: &Page) -> Result<Screen, Problem> {
    let mut screen = whole(page);
    match page.address.get("part") {
        // What the benches measure: eight panels of 400 points.
        Some("eight") => screen.parts = vec![Part::Grid(courses::eight())],
        // A page as heavy as the whole, with nothing in it that the program has to take over.
        // Too much for one look: what very long traces and tables do.
        Some("huge") => screen.parts = vec![Part::Grid(vec![relations::huge(), kit::huge()])],
        Some("inert") => screen.parts = vec![inert(&screen.parts)],
        _ => {}
    }
    Ok(screen)
}

/// All drawings of these parts as one piece of markup.
fn inert(parts: &[Part]) -> Part {
    let mut markup = String::new();
    drawings(parts, &mut markup);
    Part::Drawing(Drawing { id: "inert".to_owned(), markup })
}

fn drawings(parts: &[Part], markup: &mut String) {
    for part in parts {
        match part {
            Part::Drawing(drawing) => markup.push_str(&drawing.markup),
            Part::Grid(cells) => cells.iter().for_each(|(_, part)| drawings(std::slice::from_ref(part), markup)),
            Part::Panel(panel) => drawings(&panel.body, markup),
            _ => {}
        }
    }
}

fn whole(page: &Page) -> Screen {
    let mut screen = page.screen("Component kit");
    screen.refresh = None;
    screen.crumbs = page.crumbs("Administration", "/admin");
    screen.lede = Text::new("Every part once, in every state. ").strong("No figure on this page is real.");
    screen.actions = vec![Link::new("Administration", page.to("/admin").href())];
    screen.actions.push(Link::new("Huge", page.address.with("part", "huge").href()));
    screen.frame.notices.push(Banner {
        tone: Tone::Neutral,
        text: Text::new("Figures here are made by a rule, to show how parts look. They are not telemetry."),
        action: None,
    });
    let section = |title: &str, note: &str| Part::Section { title: title.to_owned(), note: note.to_owned() };
    screen.parts = vec![
        section("Tokens", "colours and sizes"),
        Part::Grid(tokens::panels()),
        section("Figures", "a row that shares one panel"),
        kit::stats(),
        section("Courses", "lines, areas, bars and bands on one clock"),
        Part::Grid(courses::panels()),
        section("Distributions and rankings", "how much, how often, which most"),
        Part::Grid(distributions::panels()),
        section("Relations", "what leads to what"),
        Part::Grid(relations::panels()),
        section("Panels", "waiting, empty, refused, partial, drawn"),
        Part::Grid(kit::panels(page)),
        section("Words, lists and tables", ""),
        Part::Grid(kit::words()),
        section("Forms", "32 px, 44 on touch"),
        Part::Grid(kit::forms(page)),
    ];
    screen
}
