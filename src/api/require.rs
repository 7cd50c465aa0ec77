//! Who asks. Every server function that is not for everybody starts here. Server only.

use axum::http::{header, request::Parts};
use leptos::prelude::use_context;
use parallax_domain::{Kind, Permission, Problem};
use parallax_server::Machine;
use parallax_server::identity::accounts::{Token, Viewer};
use std::sync::Arc;

/// Names of the session's cookie: with a secure connection the browser guards it by its prefix.
const COOKIES: [&str; 2] = ["__Host-sid", "sid"];

/// The machine of this server.
///
/// # Errors
/// None in practice: the document provides it for every request.
pub fn machine() -> Result<Arc<Machine>, Problem> {
    use_context().ok_or_else(|| Problem::unavailable("The server is not ready."))
}

/// The session's secret, if the request brings one.
pub fn token_of(parts: &Parts) -> Option<Token> {
    let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let pairs: Vec<(&str, &str)> =
        cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| cookie.trim().split_once('=')).collect();
    COOKIES.iter().find_map(|name| {
        let (_, value) = pairs.iter().find(|(key, value)| key == name && !value.is_empty())?;
        Some(Token((*value).to_owned()))
    })
}

/// Who is signed in, from the head of a request.
pub async fn viewer_of(machine: &Machine, parts: &Parts) -> Result<Viewer, Problem> {
    let viewer = match token_of(parts) {
        Some(token) => machine.accounts.viewer(&token).await?,
        None => None,
    };
    viewer.ok_or_else(|| Problem::new(Kind::Unknown, "Sign in first."))
}

/// The machine and the person who asks, if they hold the permission.
///
/// # Errors
/// 401 to who is not signed in, 403 to who may not; the answer has that status too.
pub async fn require(permission: Permission) -> Result<(Arc<Machine>, Viewer), Problem> {
    let refuse = |problem: Problem| {
        crate::document::refuse(&problem);
        problem
    };
    let machine = machine().map_err(refuse)?;
    let parts: Parts = use_context().ok_or_else(|| refuse(Problem::unavailable("The server is not ready.")))?;
    let viewer = viewer_of(&machine, &parts).await.map_err(refuse)?;
    if viewer.may(permission) { Ok((machine, viewer)) } else { Err(refuse(Problem::forbidden(permission.held_by()))) }
}
