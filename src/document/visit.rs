//! The cookie of a visit to the privacy centre, and the way in by a signed link: the id in the link is in no address
//! afterwards.

use super::session;
use axum::http::{HeaderValue, header, request::Parts};
use axum::response::{IntoResponse, Redirect, Response};
use parallax_domain::{Kind, Problem};
use parallax_server::identity::accounts::Token;
use parallax_server::{Machine, centre};

const NAME: &str = "visit";
/// Seconds; as long as the visit itself.
const KEPT: u32 = 30 * 60;

/// The visit's secret, if the request brings one.
pub fn token_of(parts: &Parts) -> Option<Token> {
    session::find(parts, NAME)
}

/// Gives the browser its visit.
pub fn open(machine: &Machine, token: &Token) {
    session::set(machine, NAME, &token.0, KEPT);
}

/// Takes the visit back from the browser.
pub fn close(machine: &Machine) {
    session::set(machine, NAME, "", 0);
}

/// Opens a visit with a signed link of the host application.
pub async fn enter(machine: &Machine, link: &str) -> Response {
    let (to, token) = match centre::enter_by_link(machine, link).await {
        Ok(token) => ("/privacy", Some(token)),
        Err(Problem { kind: Kind::Unavailable, .. }) => ("/privacy?link=later", None),
        Err(_) => ("/privacy?link=refused", None),
    };
    let mut response = Redirect::to(to).into_response();
    let cookie = token.map(|token| session::cookie(machine, NAME, &token.0, KEPT));
    if let Some(Ok(cookie)) = cookie.map(|cookie| HeaderValue::from_str(&cookie)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
