//! The cookie of a session.

use axum::http::{HeaderValue, header, request::Parts};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use parallax_server::Machine;
use parallax_server::identity::accounts::Token;

/// Over a secure connection the prefix makes the browser guard it: no other host, no plain connection.
const SECURE: &str = "__Host-sid";
const PLAIN: &str = "sid";
/// Seconds; the session itself ends earlier when it is not used.
const KEPT: u32 = 7 * 86_400;

/// The session's secret, if the request brings one.
pub fn token_of(parts: &Parts) -> Option<Token> {
    let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let pairs: Vec<(&str, &str)> =
        cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| cookie.trim().split_once('=')).collect();
    [SECURE, PLAIN].iter().find_map(|name| {
        let (_, value) = pairs.iter().find(|(key, value)| key == name && !value.is_empty())?;
        Some(Token((*value).to_owned()))
    })
}

/// Gives the browser its session.
pub fn open(machine: &Machine, token: &Token) {
    set(machine, &token.0, KEPT);
}

/// Takes the session back from the browser.
pub fn close(machine: &Machine) {
    set(machine, "", 0);
}

fn set(machine: &Machine, value: &str, seconds: u32) {
    let secure = machine.public_url().starts_with("https://");
    let (name, guard) = if secure { (SECURE, "; Secure") } else { (PLAIN, "") };
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{guard}");
    let Some(response) = use_context::<ResponseOptions>() else { return };
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.append_header(header::SET_COOKIE, cookie);
    }
}
