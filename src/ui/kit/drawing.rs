//! A finished chart. Its markup was made and escaped by the chart functions and is taken as it is.

use leptos::prelude::*;
use parallax_domain::screen::Drawing;

pub fn drawing(drawing: Drawing) -> AnyView {
    view! { <div class="drawing" data-drawing=drawing.id inner_html=drawing.markup></div> }.into_any()
}
