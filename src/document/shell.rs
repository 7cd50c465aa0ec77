//! The document: head, the drawing sprite, the root element of the program, and the script that starts it.

use super::{After, Assets, answer::theme, set_status};
use crate::api::Sheet;
use crate::ui::{App, ROOT, browser::navigation::Location, titled, troubled};
use axum::http::{HeaderValue, header, request::Parts};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_axum::ResponseOptions;
use parallax_domain::{Problem, screen::Screen};

/// Icons as `#i-<name>`, and the two hatch patterns that charts fill with. Once per page, outside
/// the hydrated root: the browser program carries none of it.
pub(super) const SPRITE: &str = include_str!("sprite.svg");
const FAVICON: &str = include_str!("favicon.svg");

pub fn shell(assets: &Assets, answer: Result<Screen, Problem>) -> impl IntoView + use<> {
    let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
    protect(&nonce);
    let start = location();
    set_status(&answer, &start.path, &start.query);
    let after = After::taken();
    let sheet = Sheet::of(match answer {
        Ok(screen) => after.written_into(screen),
        Err(problem) => troubled(problem, start.address()),
    });
    let title = escaped(&titled(&sheet.title));
    let script = start_script(assets);
    let Assets { js, wasm, css, .. } = assets.clone();
    let favicon = format!("data:image/svg+xml,{}", parallax_domain::address::encode(FAVICON));
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href=favicon/>
                <link rel="stylesheet" href=css/>
                <link rel="modulepreload" href=js crossorigin="anonymous"/>
                <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
                <title inner_html=title></title>
            </head>
            <body>
                <div class="sprite" inner_html=SPRITE></div>
                <div id=ROOT><App start=start sheet=sheet/></div>
                <script type="module" nonce=nonce inner_html=script></script>
            </body>
        </html>
    }
}

/// Text of a title, in which the framework's marks between nodes would be shown.
pub(super) fn escaped(title: &str) -> String {
    title.replace('&', "&amp;").replace('<', "&lt;")
}

/// Loads the program and starts it. Written here and not taken from the framework: its own version
/// puts the nonce where the preload's `crossorigin` belongs, and is silent when the start fails.
fn start_script(assets: &Assets) -> String {
    let Assets { js, wasm, .. } = assets;
    format!(
        "import({js:?}).then(m=>m.default({{module_or_path:{wasm:?}}}).then(()=>m.hydrate())).catch(e=>{{console.error(e);\
         const p=document.createElement('p');p.className='banner warn halted';p.setAttribute('role','status');\
         p.textContent='Live updates and keys could not start. Links and forms still work.';\
         document.body.append(p)}})"
    )
}

/// The policy under which a page may run nothing but its own program. Inline style attributes carry
/// the geometry of charts; inline style sheets and scripts need the nonce.
fn protect(nonce: &str) {
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; \
         style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let Some(response) = use_context::<ResponseOptions>() else { return };
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

fn location() -> Location {
    let parts: Parts = expect_context();
    Location { path: parts.uri.path().to_owned(), query: parts.uri.query().unwrap_or_default().to_owned() }
}
