//! The whole server as one router: senders' doors, the JSON API, server functions, files of the browser
//! build, and every page. Server only.

use crate::api::require::{viewer_of, visit_of};
use crate::document::{Assets, FILE, Sources, Wiring, download, file, function, page, table, visit};
use axum::Router;
use axum::extract::{MatchedPath, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get};
use leptos::server_fn::axum::server_fn_paths;
use parallax_domain::{Kind, Role};
use parallax_screens::Guest;
use parallax_screens::tables::CSV;
use parallax_server::database::fault::Told;
use parallax_server::ingest::admit::privacy_headers;
use parallax_server::site::Site;
use parallax_server::{Machine, ingest, own, rest};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tracing::Instrument;

/// Everything that this server answers.
///
/// # Errors
/// A public address that is no origin.
pub fn router(machine: Arc<Machine>, site: Arc<Site>) -> anyhow::Result<Router> {
    let senders = ingest::routes(machine.clone()).merge(rest::routes(machine.clone()));
    let people = pages(machine.clone(), site).layer(guard(&machine)?).layer(CompressionLayer::new());
    let app = senders.merge(people);
    Ok(app.layer(from_fn(told)).layer(from_fn(protected)).layer(CatchPanicLayer::new()))
}

/// Forms and links of other sites change nothing here.
fn guard(machine: &Machine) -> anyhow::Result<CsrfLayer> {
    Ok(match &machine.options.public_url {
        Some(url) => CsrfLayer::new().add_trusted_origin(url.trim_end_matches('/'))?,
        None => CsrfLayer::new(),
    })
}

/// Files to keep, and the way into the privacy centre.
fn files(machine: Arc<Machine>) -> Router {
    let (visits, own, requests, proofs) = (machine.clone(), machine.clone(), machine.clone(), machine);
    Router::new()
        .route(
            "/privacy/{link}",
            get(move |Path(link): Path<String>| async move { visit::enter(&visits, &link).await }),
        )
        .route(
            "/download/recorded/{format}",
            get(move |Path(format): Path<String>, request: Request| async move {
                download::of_visitor(own, &request.into_parts().0, &format).await
            }),
        )
        .route(
            "/download/requests/{id}/{format}",
            get(move |Path((id, format)): Path<(i64, String)>, request: Request| async move {
                download::of_request(requests, &request.into_parts().0, id, &format).await
            }),
        )
        .route(
            "/download/proofs/{id}",
            get(move |Path(id): Path<i64>, request: Request| async move {
                download::proof(&proofs, &request.into_parts().0, id).await
            }),
        )
}

fn pages(machine: Arc<Machine>, site: Arc<Site>) -> Router {
    let assets = Assets {
        js: site.assets.js.clone(),
        wasm: site.assets.wasm.clone(),
        css: site.assets.css.clone(),
        style: site.style(),
    };
    // Figures are kept by those who know how pages are made.
    machine
        .remember_with(Arc::new(|machine| Box::pin(async move { parallax_screens::memory::settle(&machine).await })));
    let known = machine.clone();
    let homes = machine.clone();
    let files = files(machine.clone());
    let wiring = Wiring::new(sources(machine), assets, move || leptos::prelude::provide_context(known.clone()));
    let functions = wiring.clone();
    files.route("/fn/{*name}", any(move |request: Request| function(functions.clone(), request))).fallback(
        move |request: Request| {
            let (site, wiring, machine) = (site.clone(), wiring.clone(), homes.clone());
            async move {
                if !matches!(*request.method(), Method::GET | Method::HEAD) {
                    return StatusCode::METHOD_NOT_ALLOWED.into_response();
                }
                if request.uri().path() == "/" {
                    return home(&machine, &request.into_parts().0).await;
                }
                if request.uri().path().strip_prefix(FILE).is_some_and(|page| page.starts_with('/')) {
                    return file(wiring, request, machine.public_url(), machine.clock.now()).await;
                }
                if request.uri().path().strip_prefix(CSV).is_some_and(|page| page.starts_with('/')) {
                    return table(wiring, request).await;
                }
                match site.answer(request.uri().path(), request.headers()) {
                    Some(file) => file,
                    None => page(wiring, request).await,
                }
            }
        },
    )
}

/// The page that a person starts from, by role; the door for everybody else.
async fn home(machine: &Machine, parts: &Parts) -> Response {
    match viewer_of(machine, parts).await {
        Ok(viewer) => Redirect::to(viewer.home()).into_response(),
        Err(problem) if problem.kind == Kind::Unknown => Redirect::to("/sign-in").into_response(),
        // A page says what is wrong better than a bare answer.
        Err(_) => Redirect::to(Role::Engineering.home()).into_response(),
    }
}

/// What the bridge asks of the machine.
fn sources(machine: Arc<Machine>) -> Sources {
    let (first, second, third) = (machine.clone(), machine.clone(), machine);
    Sources {
        screen: Arc::new(move |parts, address| {
            let machine = first.clone();
            Box::pin(async move {
                let visit = match address.path.as_str() {
                    "/privacy" => visit_of(&machine, &parts).await?,
                    _ => None,
                };
                let refuses_all = match &visit {
                    Some(visit) => machine
                        .policies
                        .of(visit.project)
                        .await
                        .told()?
                        .is_some_and(|policy| policy.settings.header_refuses_all),
                    None => false,
                };
                let guest = Guest { visit, header: privacy_headers(&parts.headers, refuses_all) };
                if let Some(made) = parallax_screens::compose_public(&machine, &address, guest).await {
                    return made;
                }
                let viewer = viewer_of(&machine, &parts).await?;
                parallax_screens::compose(machine, viewer, address).await
            })
        }),
        search: Arc::new(move |parts, address, text| {
            let machine = second.clone();
            Box::pin(async move {
                let viewer = viewer_of(&machine, &parts).await?;
                parallax_screens::search::found(machine, viewer, address, &text).await
            })
        }),
        values: Arc::new(move |parts, address, field| {
            let machine = third.clone();
            Box::pin(async move {
                let viewer = viewer_of(&machine, &parts).await?;
                parallax_screens::search::values(machine, viewer, address, &field).await
            })
        }),
    }
}

/// Headers that keep a browser careful, on every answer.
async fn protected(request: Request, next: Next) -> Response {
    const ALWAYS: [(HeaderName, &str); 4] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=(), browsing-topics=()"),
    ];
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // What a person sees is nobody else's, on shared computers and in proxies.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Our own telemetry: one span per request, named by pattern.
async fn told(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let route = match request.extensions().get::<MatchedPath>() {
        // Names come from the list of what there is, so a stranger cannot invent new ones.
        Some(matched) if matched.as_str() == "/fn/{*name}" => {
            server_fn_paths().map(|(name, _)| name).find(|name| *name == path).unwrap_or("/fn/*")
        }
        Some(matched) => matched.as_str(),
        None => parallax_screens::pattern_of(path),
    };
    let span = own::request_span(request.method().as_str(), route);
    let response = next.run(request).instrument(span.clone()).await;
    span.record("http.response.status_code", response.status().as_u16());
    response
}
