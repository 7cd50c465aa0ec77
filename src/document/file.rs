//! A page as one HTML file: nothing to load, nothing to run, its charts and tables inside. What a reader of the file
//! may wonder about (which project, which days, which filters, when) is written into it.

use super::{Assets, Wiring};
use crate::ui;
use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use parallax_domain::{Instant, Kind, screen::Screen};

/// Before the path of the page that is to be a file.
pub const FILE: &str = "/file";

/// Only for what scripts would do, and for paper's head, which a file has as well.
const OWN_STYLE: &str = ".needs-script,.form,.data-live{display:none!important}.print-only{display:block!important}\
     .paper{max-width:1600px;margin:0 auto;padding:24px}";

/// Answers a request for `/file/<page>` with the page at the same address without `/file`.
pub async fn file(wiring: Wiring, request: Request, base: String, now: Instant) -> Response {
    let (parts, _) = request.into_parts();
    let path = parts.uri.path().strip_prefix(FILE).unwrap_or_default().to_owned();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let address = ui::address::read(&path, &query);
    let page = address.href();
    let screen = match (wiring.sources.screen)(parts, address).await {
        Ok(screen) => screen,
        // The page itself says best what is wrong, and the door leads back to it.
        Err(problem) if problem.kind == Kind::Unknown => return Redirect::to(&page).into_response(),
        Err(problem) => {
            let status = StatusCode::from_u16(problem.kind.status()).unwrap_or(StatusCode::BAD_REQUEST);
            return (status, problem.detail).into_response();
        }
    };
    let name = file_name(&screen, now);
    let html = document(screen, &wiring.assets, &base, &page, now);
    let mut response = html.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

/// `parallax-health-2026-11-28.html`.
fn file_name(screen: &Screen, now: Instant) -> String {
    let word: String =
        screen.title.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(60).collect();
    let word: Vec<&str> = word.split('-').filter(|part| !part.is_empty()).collect();
    format!("parallax-{}-{}.html", word.join("-"), now.format("%Y-%m-%d"))
}

fn document(screen: Screen, assets: &Assets, base: &str, page: &str, now: Instant) -> String {
    let title = super::shell::escaped(&ui::titled(&screen.title));
    let saved = format!("Saved from {base}{page} at {} UTC", now.format("%Y-%m-%d %H:%M"));
    let style = format!("{}{OWN_STYLE}", assets.style);
    let sprite = super::shell::SPRITE;
    let html = Owner::new().with(|| {
        view! {
            <html lang="en">
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1"/>
                    <meta name="color-scheme" content="light dark"/>
                    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"/>
                    <meta name="generator" content="Parallax"/>
                    <title inner_html=title></title>
                    <style inner_html=style></style>
                </head>
                <body>
                    <div class="sprite" inner_html=sprite></div>
                    {ui::paper(screen)}
                    <footer class="paper muted"><p>{saved}</p></footer>
                </body>
            </html>
        }
        .to_html()
    });
    format!("<!DOCTYPE html>{}", absolute(&html, base))
}

/// Links of the page lead back to the server from wherever the file lies. Only attributes are touched: what telemetry
/// says is text between the tags.
fn absolute(html: &str, base: &str) -> String {
    const LINK: &str = " href=\"/";
    let mut out = String::with_capacity(html.len() + html.len() / 20);
    let (mut rest, mut inside) = (html, false);
    while let Some(at) = rest.find(if inside { ['>', 'h'] } else { ['<', '<'] }) {
        let link =
            inside && at > 0 && rest[at - 1..].starts_with(LINK) && !rest[at + LINK.len() - 1..].starts_with('/');
        if link {
            let end = at + LINK.len() - 2;
            out.push_str(&rest[..end]);
            out.push_str(base);
            rest = &rest[end..];
            continue;
        }
        inside = match rest.as_bytes()[at] {
            b'<' => true,
            b'>' => false,
            _ => inside,
        };
        out.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_back_and_text_stays() {
        let html = r##"<p>say href="/evil" twice</p><a class="x" href="/traces">t</a><use href="#i-x"></use><a href="//else">e</a>"##;
        let absolute = absolute(html, "https://t.example");
        assert!(absolute.contains(r#"<a class="x" href="https://t.example/traces">"#), "{absolute}");
        assert!(absolute.contains(r#"say href="/evil" twice"#), "{absolute}");
        assert!(absolute.contains(r##"href="#i-x""##) && absolute.contains(r#"href="//else""#), "{absolute}");
    }

    #[test]
    fn a_file_is_named_by_its_page_and_day() {
        let at = "2026-11-28T10:00:00Z".parse().unwrap();
        let name = file_name(&Screen::new("Über “Health” / 6 h"), at);
        assert_eq!(name, "parallax-ber-health-6-h-2026-11-28.html");
    }
}
