//! A table of a page as CSV: the rows that the page shows, with all their columns.

use super::Wiring;
use crate::ui;
use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use parallax_domain::Kind;
use parallax_screens::tables::{CSV, TABLE, csv, find};

/// Answers a request for `/csv/<page>?table=<key>`.
pub async fn table(wiring: Wiring, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let path = parts.uri.path().strip_prefix(CSV).unwrap_or_default().to_owned();
    let asked = ui::address::read(&path, parts.uri.query().unwrap_or_default());
    let address = asked.without(TABLE);
    let page = address.href();
    let key = asked.get(TABLE).unwrap_or_default();
    let screen = match (wiring.sources.screen)(parts, address).await {
        Ok(screen) => screen,
        Err(problem) if problem.kind == Kind::Unknown => return Redirect::to(&page).into_response(),
        Err(problem) => {
            let status = StatusCode::from_u16(problem.kind.status()).unwrap_or(StatusCode::BAD_REQUEST);
            return (status, problem.detail).into_response();
        }
    };
    let Some(found) = find(screen, key) else {
        return (StatusCode::NOT_FOUND, "This page has no such table, or it is empty.").into_response();
    };
    let mut response = csv(&found).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{}.csv\"", found.key())) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}
