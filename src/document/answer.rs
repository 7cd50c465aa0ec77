//! What the server functions of the bridge do on the server, within the context of one request.

use super::{Answer, Sources};
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use leptos::prelude::{expect_context, use_context};
use leptos_axum::{ResponseOptions, redirect};
use parallax_domain::{
    Address, Kind, Problem,
    address::encode,
    screen::{PaletteEntry, Part, Screen},
};
use std::net::{IpAddr, SocketAddr};

pub fn compose(address: Address) -> Answer<Screen> {
    let sources: Sources = expect_context();
    (sources.screen)(expect_context(), address)
}

pub fn search(address: Address, text: String) -> Answer<Vec<PaletteEntry>> {
    let sources: Sources = expect_context();
    (sources.search)(expect_context(), address, text)
}

pub fn values(address: Address, field: String) -> Answer<Vec<String>> {
    let sources: Sources = expect_context();
    (sources.values)(expect_context(), address, field)
}

/// The status of a page is that of its problem, whether it stands in place of the page or as its
/// first part. Problems of single panels colour nothing. Who is not signed in is sent to the door.
pub fn set_status(answer: &Result<Screen, Problem>, path: &str, query: &str) {
    let problem = match answer {
        Err(problem) => problem,
        Ok(Screen { parts, .. }) => match parts.first() {
            Some(Part::Problem(problem)) => problem,
            _ => return,
        },
    };
    if problem.kind == Kind::Unknown {
        let asked = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        redirect(&format!("/sign-in?next={}", encode(&asked)));
        if wants_page() {
            return;
        }
    }
    let Some(response) = use_context::<ResponseOptions>() else { return };
    if let Ok(status) = StatusCode::from_u16(problem.kind.status()) {
        response.set_status(status);
    }
    if let Some(seconds) = problem.retry_after {
        response.insert_header(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

const THEME: &str = "theme";
const A_YEAR: u32 = 31_536_000;

/// The theme chosen by cookie; `None` follows the system.
pub fn theme() -> Option<&'static str> {
    let parts: Parts = use_context()?;
    let cookies = parts.headers.get(header::COOKIE)?.to_str().ok()?;
    let chosen = cookies.split(';').find_map(|cookie| cookie.trim().strip_prefix("theme="))?;
    ["light", "dark"].into_iter().find(|theme| *theme == chosen)
}

pub fn set_theme(theme: &str) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    let cookie = match theme {
        "light" | "dark" => format!("{THEME}={theme}; Path=/; Max-Age={A_YEAR}; SameSite=Lax"),
        _ => format!("{THEME}=; Path=/; Max-Age=0; SameSite=Lax"),
    };
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.append_header(header::SET_COOKIE, cookie);
    }
}

/// The browser's name for itself and the address it asks from: what a list of sessions shows, and what slows down guessing.
pub fn visitor(parts: &Parts) -> (String, Option<IpAddr>) {
    let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    (agent.chars().take(200).collect(), address)
}

/// Whether a browser itself asks, and not the program in it.
fn wants_page() -> bool {
    let accept = use_context::<Parts>().and_then(|parts| parts.headers.get(header::ACCEPT).cloned());
    accept.is_some_and(|accept| accept.to_str().is_ok_and(|accept| accept.contains("text/html")))
}
