//! The filter bar: what the figures below are measured on, all of it in the address.

use super::{
    chips::chips,
    dates::dates,
    menu::{Choice, Menu, menu},
};
use crate::ui::{calendar::local_text, icon::icon, kit};
use leptos::prelude::*;
use parallax_domain::{
    Address,
    period::Compare,
    screen::{Coverage, FilterBar},
};

pub fn bar(bar: FilterBar, address: &Address, refresh: Option<u32>) -> AnyView {
    view! {
        <div class="fbar" role="region" aria-label="Filters for this page">
            {dates(&bar, address)}
            {comparison(&bar, address)}
            {environment(&bar, address)}
            <span class="sep"></span>
            {chips(&bar, address)}
            <span class="push"></span>
            {bar.coverage.clone().map(coverage)}
            {freshness(&bar, refresh)}
            {keep(&bar)}
            <button type="button" class="btn sm share needs-script" data-share="" aria-label="Share: copy the link to this exact view">
                {icon("link")}
                <span>"Share"</span>
            </button>
        </div>
    }
    .into_any()
}

/// What can be kept of the page: a view, a note, a file.
fn keep(bar: &FilterBar) -> AnyView {
    let parts = bar.keep.iter().cloned().map(|part| kit::part(part, "")).collect_view();
    view! {
        <details class="menu keep" name="bar" data-opens="S">
            <summary class="btn sm" aria-label="Keep: save this view, a note or a file" title="Keep">{icon("save")}<span>"Keep"</span></summary>
            <div class="pop end">{parts}</div>
        </details>
    }
    .into_any()
}

fn comparison(bar: &FilterBar, address: &Address) -> AnyView {
    let current = address.compare.unwrap_or_default();
    let choices = Compare::ALL
        .into_iter()
        .map(|compare| Choice {
            label: compare.label().to_owned(),
            key: if compare == Compare::None { "X" } else { "" },
            href: address.with_compare(compare).href(),
            current: compare == current,
        })
        .collect();
    let label = if bar.compare.is_empty() { current.label().to_owned() } else { bar.compare.clone() };
    menu(Menu { icon: "cmp", label, title: "Comparison", key: "", choices, beside: None, below: None })
}

fn environment(bar: &FilterBar, address: &Address) -> Option<AnyView> {
    if bar.environments.is_empty() {
        return None;
    }
    let all = "all environments";
    let current = address.environment.as_deref();
    let choices = bar
        .environments
        .iter()
        .map(|name| Choice {
            label: name.clone(),
            key: "",
            href: address.with_environment(Some(name)).href(),
            current: current == Some(name),
        })
        .chain([Choice {
            label: all.to_owned(),
            key: "",
            href: address.with_environment(None).href(),
            current: current.is_none(),
        }])
        .collect();
    let label = current.unwrap_or(all).to_owned();
    Some(menu(Menu { icon: "env", label, title: "Environment", key: "", choices, beside: None, below: None }))
}

/// Solid is measured, hatched is not. While the population is unknown nothing is solid.
fn coverage(coverage: Coverage) -> AnyView {
    let known = coverage.share.map(|share| format!("{}%", (share.clamp(0.0, 1.0) * 100.0).round() as i64));
    let known = known.map(|width| view! { <rect class="kn" width=width height="100%"></rect> });
    let said = format!("Coverage of figures about people: {}", coverage.label);
    let lines = coverage.explanation.into_iter().map(|line| view! { <p class="t1 soft">{line}</p> }).collect_view();
    view! {
        <details class="menu" name="bar">
            <summary class="cov" aria-label=said>
                <svg class="covb" style="width:40px" aria-hidden="true">
                    <rect width="100%" height="100%" fill="url(#hatch)"></rect>
                    {known}
                </svg>
                <span>{figure(&coverage.label)}</span>
            </summary>
            <div class="pop text end"><p><b>{coverage.label}</b></p>{lines}</div>
        </details>
    }
    .into_any()
}

/// The figure of a label stands out: **71%** of people.
fn figure(label: &str) -> AnyView {
    match label.split_once(' ').filter(|(figure, _)| figure.starts_with(|c: char| c.is_ascii_digit())) {
        Some((figure, rest)) => view! { <b>{figure.to_owned()}</b>{format!(" {rest}")} }.into_any(),
        None => label.to_owned().into_any(),
    }
}

/// How old the figures are. On a page that reads itself again this is also the button that stops it.
fn freshness(bar: &FilterBar, refresh: Option<u32>) -> Option<AnyView> {
    if bar.fresh.is_empty() {
        return None;
    }
    let class = if bar.stale { "fresh stale" } else { "fresh" };
    let mark = if bar.stale { icon("warn") } else { view! { <i class="live"></i> }.into_any() };
    let fresh = bar.fresh.clone();
    let exact = bar.fresh_as_of.map(|at| local_text(at.timestamp(), "seconds and Z"));
    Some(match refresh {
        Some(seconds) => view! {
            <button class=class type="button" data-live=seconds.to_string() aria-pressed="true" title=format!("Reads again every {seconds} s; press to stop")>
                {mark}
                <time datetime=exact>{fresh}</time>
            </button>
        }
        .into_any(),
        None => view! { <span class=class>{mark}<time datetime=exact>{fresh}</time></span> }.into_any(),
    })
}
