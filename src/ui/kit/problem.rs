//! What did not work, why, and the way out.

use super::{heading, icon};
use leptos::prelude::*;
use parallax_domain::{Kind, Problem};

/// A part that could not be shown, with the chance to try again.
pub fn problem(problem: Problem, lower: bool) -> AnyView {
    let ways = ways(&problem);
    let title = view! { {icon("err")}{problem.kind.title()} }.into_any();
    view! {
        <div class="empty problem" role="alert">
            {heading(title, lower)}
            <p>{problem.detail}</p>
            {ways}
        </div>
    }
    .into_any()
}

/// In place of a whole page; its title is the page's heading.
pub fn problem_page(problem: Problem) -> AnyView {
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

fn ways(problem: &Problem) -> AnyView {
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
