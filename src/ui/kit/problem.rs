//! What did not work, why, and the way out.

use super::{heading, icon};
use crate::ui::trouble::ways;
use leptos::prelude::*;
use parallax_domain::Problem;

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
