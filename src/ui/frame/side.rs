//! Navigation: at the side, in the top bar of a phone, and its five views at the foot of the phone.

use super::{account, news, places};
use crate::ui::{icon::icon, kit::chevron, pages};
use leptos::prelude::*;
use parallax_domain::{
    Address,
    screen::{Frame, Viewer},
};

pub const LOGO: &str = r#"<svg viewBox="0 0 22 22" fill="none" aria-hidden="true"><g style="stroke:var(--ink-3)" stroke-width="1.5" stroke-linecap="round"><path d="M3 11C8 11 8 2.5 19.5 2.5"/><path d="M3 11C8 11 9 6.75 19.5 6.75"/><path d="M3 11C8 11 9 15.25 19.5 15.25"/><path d="M3 11C8 11 8 19.5 19.5 19.5"/></g><path d="M4 11h15.5" style="stroke:var(--accent)" stroke-width="2" stroke-linecap="round"/><circle cx="3.5" cy="11" r="2.6" style="fill:var(--accent)"/></svg>"#;

/// Five sight lines that meet in one stream: the logo is the navigation.
const RAYS: &str = r#"<path class="r1" d="M6 80C15 80 9 16 26 16"/><path class="r2" d="M6 80C15 80 9 48 26 48"/><path class="r3" d="M6 80C15 80 9 80 26 80"/><path class="r4" d="M6 80C15 80 9 112 26 112"/><path class="r5" d="M6 80C15 80 9 144 26 144"/><circle cx="6" cy="80" r="4"/>"#;

pub fn side(frame: &Frame, viewer: &Viewer) -> AnyView {
    let address = &frame.address;
    view! {
        <aside class="side" aria-label="Main">
            {brand(address)}
            {projects(frame)}
            <button class="find needs-script" type="button" data-palette="" aria-label="Search or jump to" aria-keyshortcuts="/ Control+K">
                {icon("find")}
                <span>"Search"</span>
                <kbd>"/"</kbd>
            </button>
            {news::news(frame, "side")}
            <nav class="nav" aria-label="Points of view">
                <p class="nav-h" aria-hidden="true">"Points of view"</p>
                <div class="views">
                    <svg class="rays" viewBox="0 0 28 160" aria-hidden="true" inner_html=RAYS></svg>
                    <ul role="list">{links(&pages::VIEWS, address)}</ul>
                </div>
            </nav>
            <nav class="nav stack-4" aria-label="Stream and administration">
                {favourites(frame)}
                {section("The stream", &pages::STREAM, address)}
                {places::administers(&viewer.roles).then(|| section("Admin", &pages::ADMIN, address))}
            </nav>
            <div class="side-foot nav">{account::account(viewer, "side")}</div>
        </aside>
    }
    .into_any()
}

/// The phone's top bar: everything that the side holds, in one sheet.
pub fn top(frame: &Frame, viewer: &Viewer) -> AnyView {
    let address = &frame.address;
    view! {
        <header class="topbar">
            {brand(address)}
            <span class="push"></span>
            <button class="btn quiet needs-script" type="button" data-palette="" aria-label="Search or jump to">
                {icon("find")}
            </button>
            <details class="menu" name="top">
                <summary class="btn quiet" aria-label="All pages">{icon("menu")}</summary>
                <div class="pop end sheet">
                    {projects(frame)}
                    {news::news(frame, "sheet")}
                    <nav class="nav stack-4" aria-label="All pages">
                        {favourites(frame)}
                        {section("The stream", &pages::STREAM, address)}
                        {places::administers(&viewer.roles).then(|| section("Admin", &pages::ADMIN, address))}
                    </nav>
                    {account::account(viewer, "top")}
                </div>
            </details>
        </header>
    }
    .into_any()
}

pub fn tab_bar(address: &Address) -> AnyView {
    let current = current_name(address);
    let views = pages::VIEWS
        .iter()
        .map(|page| {
            let here = (current == page.name).then_some("page");
            let href = address.page(page.path).href();
            view! { <a href=href aria-current=here>{icon(page.icon)}{page.name}</a> }
        })
        .collect_view();
    view! { <nav class="tabbar" aria-label="Views">{views}</nav> }.into_any()
}

fn brand(address: &Address) -> AnyView {
    let home = Address { project: address.project, path: "/".into(), ..Address::default() }.href();
    view! {
        <a class="brand" href=home aria-label="Parallax, your start page">
            <span class="raw" inner_html=LOGO></span>
            <span>"Parallax"</span>
        </a>
    }
    .into_any()
}

fn projects(frame: &Frame) -> Option<AnyView> {
    let current = frame.projects.iter().find(|project| project.current)?;
    let name = current.name.clone();
    if frame.projects.len() == 1 {
        return Some(
            view! { <p class="project only">{icon("box")}<span class="truncate">{name}</span></p> }.into_any(),
        );
    }
    let options = frame
        .projects
        .iter()
        .map(|project| {
            let other =
                Address { project: Some(project.id), filters: Vec::new(), environment: None, ..frame.address.clone() };
            let href = other.page(&frame.address.path).href();
            let here = project.current.then_some("true");
            let demo = project.demo.then(|| view! { <span class="badge push">"demo"</span> });
            view! { <a class="opt" href=href aria-current=here>{project.name.clone()}{demo}</a> }
        })
        .collect_view();
    let said = format!("Project: {name}");
    Some(
        view! {
            <details class="menu project" name="side">
                <summary class="btn quiet" aria-label=said>
                    {icon("box")}
                    <span class="truncate">{name}</span>
                    {chevron()}
                </summary>
                <div class="pop"><p class="ttl">"Projects"</p>{options}</div>
            </details>
        }
        .into_any(),
    )
}

/// Saved views that the person marked as theirs, and the way to all others.
fn favourites(frame: &Frame) -> AnyView {
    let all = Address { filters: Vec::new(), ..frame.address.page("/views") };
    let here = (frame.address.path == "/views").then_some("page");
    let own = frame
        .favourites
        .iter()
        .cloned()
        .map(|link| {
            let here = link.current.then_some("page");
            let name = link.label.clone();
            view! { <li><a href=link.href aria-current=here title=name>{icon("pin")}<span class="truncate">{link.label}</span></a></li> }
        })
        .collect_view();
    view! {
        <div>
            <p class="nav-h">"Saved"</p>
            <ul role="list">
                {own}
                <li><a href=all.href() aria-current=here title="Saved views">{icon("save")}<span>"Saved views"</span></a></li>
            </ul>
        </div>
    }
    .into_any()
}

fn section(title: &'static str, pages: &'static [pages::Page], address: &Address) -> AnyView {
    view! { <div><p class="nav-h">{title}</p><ul role="list">{links(pages, address)}</ul></div> }.into_any()
}

fn links(pages: &'static [pages::Page], address: &Address) -> AnyView {
    let current = current_name(address);
    pages
        .iter()
        .map(|page| {
            let here = (current == page.name).then_some("page");
            let href = href(page, address);
            view! { <li><a href=href aria-current=here title=page.name>{icon(page.icon)}<span>{page.name}</span></a></li> }
        })
        .collect_view()
        .into_any()
}

/// Points of view and the stream keep range, comparison and filters; settings have none.
fn href(page: &pages::Page, address: &Address) -> String {
    if pages::ADMIN.iter().any(|admin| admin.path == page.path) {
        return Address { path: page.path.to_owned(), project: address.project, ..Address::default() }.href();
    }
    address.page(page.path).href()
}

fn current_name(address: &Address) -> &'static str {
    places::current(pages::all(), &address.path).map_or("", |page| page.name)
}
