//! A row of figures that share one panel, divided by hairlines.

use super::text;
use leptos::prelude::*;
use parallax_domain::screen::{Stat, Stats, Text};

pub fn stats(stats: Stats) -> AnyView {
    let count = stats.cards.len();
    let class = match count {
        3 => "kpis n3",
        4 => "kpis n4",
        _ => "kpis",
    };
    let cards = stats.cards.into_iter().map(stat).collect_view();
    view! {
        <div class="figures">
            <section class=class style=format!("--n:{count}") aria-label=stats.label>{cards}</section>
        </div>
    }
    .into_any()
}

fn stat(stat: Stat) -> AnyView {
    let class = if stat.alert { "kpi alert" } else { "kpi" };
    let unit = (!stat.unit.is_empty()).then(|| view! { <small>{stat.unit.clone()}</small> });
    let value = match stat.href {
        Some(href) => view! { <a class="rows" href=href>{stat.value}{unit}</a> }.into_any(),
        None => view! { {stat.value}{unit} }.into_any(),
    };
    view! {
        <div class=class id=stat.id.clone()>
            <p class="k">{name(&stat.id, stat.name, stat.definition, stat.proof)}</p>
            <p class="v">{value}</p>
            <p class="c">{text(stat.change)}</p>
            <div class="raw" inner_html=stat.spark></div>
            <p class="m">{text(stat.foot)}</p>
        </div>
    }
    .into_any()
}

/// The name opens its definition: formula and rule in force. The browser's own popover does that
/// without scripts and above everything that clips.
fn name(id: &str, name: String, definition: String, proof: Vec<Text>) -> AnyView {
    if definition.is_empty() {
        return name.into_any();
    }
    let target = format!("{id}-is");
    let proof = proof.into_iter().map(|line| view! { <span class="says muted">{text(line)}</span> }).collect_view();
    view! {
        <button class="def" type="button" popovertarget=target.clone()>{name.clone()}</button>
        <span class="pop text" id=target popover="auto" role="note">
            <b>{name}</b>
            <span class="says">{definition}</span>
            {proof}
        </span>
    }
    .into_any()
}
