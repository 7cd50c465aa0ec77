//! What did not work in place of a page, and above one that could not be read again. The program in the browser makes
//! these itself: it is the server that is missing.

use super::icon::icon;
use leptos::prelude::*;
use parallax_domain::{Kind, Problem};

/// In place of a whole page; its title is the page's heading.
pub fn page(problem: Problem) -> AnyView {
    let ways = ways(&problem);
    view! {
        <header class="ph">
            <div>
                <p class="eyebrow">{problem.kind.status().to_string()}</p>
                <h1>{problem.kind.title()}</h1>
                <p class="lede">{problem.detail}</p>
                {ways}
            </div>
        </header>
    }
    .into_any()
}

/// What can be done about it.
pub fn ways(problem: &Problem) -> AnyView {
    let again = matches!(problem.kind, Kind::Unavailable | Kind::TooMany);
    let wait = problem.retry_after.filter(|_| again).map(|seconds| seconds.to_string());
    let way = match problem.kind {
        Kind::Unknown => view! { <a class="btn pri" href="/sign-in">"Sign in"</a> }.into_any(),
        // An empty address is the page itself: the link asks again, with scripts and without.
        _ if again => view! { <a class="btn" href="" data-again=wait>{icon("undo")}"Try again"</a> }.into_any(),
        _ => view! { <a class="btn" href="/">"Go to your start page"</a> }.into_any(),
    };
    view! { <div class="row">{way}</div> }.into_any()
}

/// Above figures that could not be read again.
pub fn aged(problem: &Problem) -> AnyView {
    let words = format!("These figures are no longer fresh. {}", problem.detail);
    view! { <div class="banner warn">{icon("warn")}<span>{words}</span></div> }.into_any()
}
