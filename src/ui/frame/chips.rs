//! The filters in force, and the way to add one.

use super::dates::kept;
use crate::ui::{
    address::{FILTER_FIELD, FILTER_OP, FILTER_VALUE, turned},
    icon::icon,
};
use leptos::prelude::*;
use parallax_domain::{
    Address, Op,
    screen::{Chip, FilterBar},
};

pub fn chips(bar: &FilterBar, address: &Address) -> AnyView {
    let chips = bar.chips.iter().cloned().enumerate().map(|(at, one)| chip(one, at, address)).collect_view();
    let clear = (bar.chips.len() > 1)
        .then(|| view! { <a class="btn quiet sm" href=address.without_filters().href()>"Clear all"</a> });
    view! { {chips}{clear}{add(bar, address)} }.into_any()
}

fn chip(chip: Chip, at: usize, address: &Address) -> AnyView {
    let name = format!("{} {} {}", chip.field, chip.phrase, chip.values);
    let words = view! { {chip.field}" "{chip.phrase}" "<b>{chip.values}</b> };
    // The words of a chip turn it around: the keyboard's way to what Alt-click does elsewhere.
    let words = match address.filters.get(at).and_then(turned) {
        Some(other) => {
            let mut turned = address.clone();
            turned.filters[at] = other;
            view! { <a class="turn" href=turned.href() title="Turn around">{words}</a> }.into_any()
        }
        None => words.into_any(),
    };
    view! {
        <span class="chip">
            {words}
            <a class="x" href=chip.remove aria-label=format!("Remove filter {name}")>{icon("x")}</a>
        </span>
    }
    .into_any()
}

fn add(bar: &FilterBar, address: &Address) -> Option<AnyView> {
    if bar.fields.is_empty() {
        return None;
    }
    let fields = bar.fields.iter().map(|field| view! { <option value=field.clone()>{field.clone()}</option> });
    let ops = Op::ALL.into_iter().map(|op| view! { <option value=op.word()>{op.phrase()}</option> });
    Some(
        view! {
            <details class="menu" name="bar" data-opens="A">
                <summary class="btn quiet sm">{icon("plus")}"Filter"</summary>
                <div class="pop">
                    <form class="add-filter" method="get" action=address.path.clone() data-add-filter="">
                        {kept(address)}
                        <div class="field">
                            <label for="bar-field">"Field"</label>
                            <select class="in" id="bar-field" name=FILTER_FIELD>{fields.collect_view()}</select>
                        </div>
                        <div class="field">
                            <label for="bar-op">"Condition"</label>
                            <select class="in" id="bar-op" name=FILTER_OP>{ops.collect_view()}</select>
                        </div>
                        <div class="field">
                            <label for="bar-value">"Value"</label>
                            <div class="tokens" data-tokens="">
                                <input class="in" id="bar-value" name=FILTER_VALUE list="bar-values" autocomplete="off"/>
                            </div>
                            <datalist id="bar-values"></datalist>
                            <span class="hint">"Several with commas: any of them"</span>
                        </div>
                        <button class="btn sm pri" type="submit">"Add filter"</button>
                    </form>
                </div>
            </details>
        }
        .into_any(),
    )
}
