//! The HTML document around the screens, and what `main.rs` wires into it. Server only.
//!
//! `main.rs` fills a [`Wiring`] and mounts two handlers: [`function`] at `/fn/{*name}` and [`page`]
//! as the fallback of everything else that is asked for with GET.

mod answer;
mod csv;
pub mod download;
mod file;
pub mod session;
mod shell;
#[cfg(test)]
mod tests;
mod unscripted;
pub mod visit;

pub use answer::{compose, search, set_status, set_theme, values, visitor};
pub use csv::table;
pub use file::{FILE, file};
pub use unscripted::After;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use leptos::prelude::provide_context;
use parallax_domain::screen::{PaletteEntry, Screen};
use parallax_domain::{Address, Problem};
use std::{future::Future, pin::Pin, sync::Arc};

/// Bytes; what a function refuses with is one problem.
const LARGEST_REFUSAL: usize = 64 << 10;

pub type Answer<T> = Pin<Box<dyn Future<Output = Result<T, Problem>> + Send>>;

/// The questions that the bridge passes on. Each gets the head of the request, to know who asks.
#[derive(Clone)]
pub struct Sources {
    /// The page at an address.
    pub screen: Arc<dyn Fn(Parts, Address) -> Answer<Screen> + Send + Sync>,
    /// What the command palette finds for a text.
    pub search: Arc<dyn Fn(Parts, Address, String) -> Answer<Vec<PaletteEntry>> + Send + Sync>,
    /// The most frequent values of a field.
    pub values: Arc<dyn Fn(Parts, Address, String) -> Answer<Vec<String>> + Send + Sync>,
}

/// Addresses of the built browser files, content hash included: `/pkg/parallax.4f1c….js`.
#[derive(Clone, Debug)]
pub struct Assets {
    pub js: String,
    pub wasm: String,
    pub css: String,
    /// What stands behind `css`, for pages that are one file.
    pub style: String,
}

#[derive(Clone)]
pub struct Wiring {
    sources: Sources,
    assets: Arc<Assets>,
    /// Whatever else server functions find with `use_context`: the store, the key ring, the clock.
    context: Arc<dyn Fn() + Send + Sync>,
}

impl Wiring {
    /// Within a tokio runtime: it is what the framework shall run its futures on.
    pub fn new(sources: Sources, assets: Assets, context: impl Fn() + Send + Sync + 'static) -> Wiring {
        // A second wiring, in tests, finds the runtime named already.
        let _ = any_spawner::Executor::init_tokio();
        Wiring { sources, assets: Arc::new(assets), context: Arc::new(context) }
    }

    fn provide(&self) {
        provide_context(self.sources.clone());
        (self.context)();
    }
}

/// Any page. Waits for the whole screen, so that the status is right and nothing needs scripts.
pub async fn page(wiring: Wiring, request: Request) -> Response {
    let assets = Arc::clone(&wiring.assets);
    let (parts, body) = request.into_parts();
    let address = crate::ui::address::read(parts.uri.path(), parts.uri.query().unwrap_or_default());
    let answer = (wiring.sources.screen)(parts.clone(), address).await;
    let shell = move || shell::shell(&assets, answer.clone());
    let render = leptos_axum::render_app_async_with_context(move || wiring.provide(), shell);
    render(Request::from_parts(parts, body)).await
}

/// Any server function. The framework gives every refusal one status; here it gets that of its problem.
pub async fn function(wiring: Wiring, request: Request<Body>) -> Response {
    let answer = leptos_axum::handle_server_fns_with_context(move || wiring.provide(), request).await;
    let response = unscripted::completed(answer.into_response()).await;
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST_REFUSAL).await else { return StatusCode::BAD_REQUEST.into_response() };
    let problem = serde_json::from_slice::<Problem>(&bytes).ok();
    let status = problem.as_ref().and_then(|problem| StatusCode::from_u16(problem.kind.status()).ok());
    parts.status = status.unwrap_or(StatusCode::BAD_REQUEST);
    if let Some(seconds) = problem.and_then(|problem| problem.retry_after) {
        parts.headers.insert(header::RETRY_AFTER, seconds.into());
    }
    Response::from_parts(parts, Body::from(bytes))
}
