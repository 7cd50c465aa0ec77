use super::{Answer, Assets, Sources, Wiring, function, page};
use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use parallax_domain::{
    Address, Kind, Problem,
    screen::{Field, FieldKind, Form, Part, Screen, Text},
};
use std::sync::Arc;

fn screen(address: &Address) -> Result<Screen, Problem> {
    let form = Form {
        id: "alert".into(),
        action: "/fn/alert".into(),
        fields: vec![Field::new("rate", "Burn rate", FieldKind::Text)],
        ..Form::default()
    };
    match address.path.as_str() {
        "/gone" => Err(Problem::not_found("page")),
        "/framed" => Ok(Screen { parts: vec![Part::Problem(Problem::forbidden("admins"))], ..Screen::default() }),
        "/partly" => Ok(Screen {
            parts: vec![Part::Prose("Fine.".into()), Part::Problem(Problem::unavailable("x"))],
            ..Screen::default()
        }),
        "/private" => Err(Problem::new(Kind::Unknown, "Sign in first.")),
        "/full" => Err(Problem::unavailable("The store is full.")),
        _ => Ok(Screen {
            parts: vec![Part::Prose(Text::new("<script>alert(1)</script>")), Part::Form(form)],
            ..Screen::new("Orders")
        }),
    }
}

fn wiring() -> Wiring {
    let sources = Sources {
        screen: Arc::new(|_, address| -> Answer<Screen> { Box::pin(async move { screen(&address) }) }),
        search: Arc::new(|_, _, _| Box::pin(async { Ok(Vec::new()) })),
        values: Arc::new(|_, _, _| Box::pin(async { Ok(Vec::new()) })),
    };
    let assets = Assets {
        js: "/pkg/p.js".into(),
        wasm: "/pkg/p.wasm".into(),
        css: "/pkg/p.css".into(),
        style: ".panel{}".into(),
    };
    Wiring::new(sources, assets, || {})
}

async fn get(path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    let response =
        if path.starts_with("/fn/") { function(wiring(), request).await } else { page(wiring(), request).await };
    let (status, headers) = (response.status(), response.headers().clone());
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, headers, String::from_utf8(body.to_vec()).unwrap())
}

const BROWSER: (&str, &str) = ("accept", "text/html,*/*");
const PROGRAM: (&str, &str) = ("accept", "application/json");

#[tokio::test]
async fn a_page_is_complete_without_scripts() {
    let (status, headers, body) = get("/orders", &[BROWSER]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.contains("<title>Orders · Parallax</title>"), "{body}");
    assert!(body.contains("<h1>Orders<") && body.contains("action=\"/fn/alert\""), "{body}");
    assert!(body.contains("&lt;script&gt;alert(1)"), "text from outside stays text");
    assert!(!body.contains("<script>alert"), "also where the page carries its data");
    assert_eq!(headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
}

#[tokio::test]
async fn only_the_scripts_of_this_answer_may_run() {
    let (_, headers, body) = get("/orders", &[BROWSER]).await;
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    assert!(policy.starts_with("default-src 'none'") && nonce.len() >= 16, "{policy}");
    for script in body.split("<script").skip(1) {
        assert!(script.contains(&format!("nonce=\"{nonce}\"")), "{script}");
    }
    let (_, other, _) = get("/orders", &[BROWSER]).await;
    assert_ne!(other[header::CONTENT_SECURITY_POLICY].to_str().unwrap(), policy);
}

#[tokio::test]
async fn a_page_has_the_status_of_its_problem() {
    for (path, status) in [("/gone", 404), ("/framed", 403), ("/full", 503), ("/partly", 200)] {
        assert_eq!(get(path, &[BROWSER]).await.0.as_u16(), status, "{path}");
        let read = format!("/fn/screen?path={path}&query=");
        assert_eq!(get(&read, &[PROGRAM]).await.0.as_u16(), status, "{read}");
    }
    assert_eq!(get("/full", &[BROWSER]).await.1[header::RETRY_AFTER], "2");
}

#[tokio::test]
async fn who_is_not_signed_in_is_sent_to_the_door_and_back() {
    let (status, headers, _) = get("/private?range=6h", &[BROWSER]).await;
    assert_eq!(status, StatusCode::FOUND);
    assert_eq!(headers[header::LOCATION], "/sign-in?next=/private%3Frange%3D6h");
    let (status, headers, body) = get("/fn/screen?path=/private&query=", &[PROGRAM]).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(headers[header::LOCATION], "/sign-in?next=/private");
    assert!(body.contains("\"kind\":\"unknown\""), "{body}");
}

#[tokio::test]
async fn a_question_that_cannot_be_read_is_the_askers_fault() {
    let (status, _, body) = get("/fn/screen?nonsense=1", &[PROGRAM]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(!body.contains("serde") && !body.contains("missing field"), "{body}");
}

#[tokio::test]
async fn the_chosen_theme_is_in_the_document_before_anything_is_drawn() {
    let (_, _, dark) = get("/orders", &[BROWSER, ("cookie", "sid=1; theme=dark")]).await;
    assert!(dark.contains("<html lang=\"en\" data-theme=\"dark\">"), "{dark}");
    let (_, _, none) = get("/orders", &[BROWSER, ("cookie", "theme=\"><script>")]).await;
    assert!(none.contains("<html lang=\"en\">"), "{none}");
}
