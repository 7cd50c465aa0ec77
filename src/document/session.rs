//! The cookie of a session.

use axum::http::{HeaderValue, header, request::Parts};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use parallax_server::Machine;
use parallax_server::identity::accounts::Token;

const NAME: &str = "sid";
/// Seconds; the session itself ends earlier when it is not used.
const KEPT: u32 = 7 * 86_400;

/// The session's secret, if the request brings one.
pub fn token_of(parts: &Parts) -> Option<Token> {
    find(parts, NAME)
}

/// The secret in a cookie of ours. Over a secure connection a prefix makes the browser guard it: no other host, no plain
/// connection.
pub(super) fn find(parts: &Parts, name: &str) -> Option<Token> {
    let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let pairs: Vec<(&str, &str)> =
        cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| cookie.trim().split_once('=')).collect();
    [format!("__Host-{name}"), name.to_owned()].iter().find_map(|name| {
        let (_, value) = pairs.iter().find(|(key, value)| key == name && !value.is_empty())?;
        Some(Token((*value).to_owned()))
    })
}

/// Gives the browser its session.
pub fn open(machine: &Machine, token: &Token) {
    set(machine, NAME, &token.0, KEPT);
}

/// Takes the session back from the browser.
pub fn close(machine: &Machine) {
    set(machine, NAME, "", 0);
}

/// Sets a cookie of ours on the answer of a server function.
pub(super) fn set(machine: &Machine, name: &str, value: &str, seconds: u32) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    if let Ok(cookie) = HeaderValue::from_str(&cookie(machine, name, value, seconds)) {
        response.append_header(header::SET_COOKIE, cookie);
    }
}

pub(super) fn cookie(machine: &Machine, name: &str, value: &str, seconds: u32) -> String {
    let secure = machine.public_url().starts_with("https://");
    let (prefix, guard) = if secure { ("__Host-", "; Secure") } else { ("", "") };
    format!("{prefix}{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{guard}")
}
