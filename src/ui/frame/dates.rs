//! The range: presets with their keys, and two dates of one's own.

use super::menu::{Choice, Menu, menu};
use crate::ui::address::{RANGE_FROM, RANGE_TO};
use leptos::prelude::*;
use parallax_domain::{Address, period::Range, screen::FilterBar};

pub fn dates(bar: &FilterBar, address: &Address) -> AnyView {
    let range = address.range.clone().or_else(|| Range::parse(&bar.range));
    let label = range.as_ref().map_or(bar.range.clone(), Range::label);
    let choices = Range::PRESETS
        .into_iter()
        .map(|(preset, key)| Choice {
            label: preset.label(),
            key,
            href: address.with_range(preset.clone()).href(),
            current: range.as_ref() == Some(&preset),
        })
        .collect();
    let zone = bar.zone.clone();
    menu(Menu {
        icon: "cal",
        label,
        title: "Date range",
        key: "C",
        choices,
        // Said once, for every time on the page.
        beside: (!zone.is_empty())
            .then(|| view! { <small class="tz" data-zone=zone.clone()>{zone.clone()}</small> }.into_any()),
        below: Some(custom(bar, address, range)),
    })
}

/// Two date fields that the browser knows how to fill; with scripts a calendar stands beside them.
fn custom(bar: &FilterBar, address: &Address, range: Option<Range>) -> AnyView {
    let (from, to) = match range {
        Some(Range::Between(from, to)) => (date(&from), date(&to)),
        _ => (String::new(), String::new()),
    };
    view! {
        <hr/>
        <form class="dates" method="get" action=address.path.clone() data-dates="">
            {kept(&Address { range: None, ..address.clone() })}
            <p class="ttl">"From and to, both days included"</p>
            <div class="row">
                <label class="vh" for="bar-from">"From"</label>
                <input class="in" type="date" id="bar-from" name=RANGE_FROM value=from required=true/>
                <label class="vh" for="bar-to">"To"</label>
                <input class="in" type="date" id="bar-to" name=RANGE_TO value=to required=true/>
            </div>
            <div class="calendar needs-script" data-calendar=""></div>
            <div><button class="btn sm pri" type="submit">"Show these days"</button></div>
        </form>
        <p class="ttl">{bar.period.clone()}</p>
        <hr/>
        <p class="ttl">"Times in"</p>
        {zones(bar)}
    }
    .into_any()
}

/// The project's zone, UTC, and with scripts the reader's own.
fn zones(bar: &FilterBar) -> AnyView {
    let zones = bar
        .zones
        .iter()
        .cloned()
        .map(|link| {
            let current = link.current.then_some("true");
            view! { <a class="opt" href=link.href aria-current=current>{link.label}</a> }
        })
        .collect_view();
    view! { <div class="zones" data-own-zone="">{zones}</div> }.into_any()
}

fn date(text: &str) -> String {
    text.get(..10).unwrap_or_default().to_owned()
}

/// Everything that the address holds, as hidden fields: a form of the bar changes one thing only.
pub fn kept(address: &Address) -> AnyView {
    let kept = Address { path: String::new(), ..address.clone() };
    kept.query()
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| {
            let (name, value) = (parallax_domain::address::decode(name), parallax_domain::address::decode(value));
            view! { <input type="hidden" name=name value=value/> }
        })
        .collect_view()
        .into_any()
}
