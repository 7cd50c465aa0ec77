//! Changes sent by a plain form. The framework sends the browser back to where it came from, with a
//! problem in the address; what a change had to say would be lost. Here both travel in a cookie that
//! lives for one page: an address made by a stranger can then put no words on a page.

use crate::api::{Done, Fault};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use axum::response::Response;
use leptos::prelude::use_context;
use leptos::server_fn::error::ServerFnUrlError;
use leptos_axum::ResponseOptions;
use parallax_domain::Problem;
use parallax_domain::address::{decode, encode};
use parallax_domain::screen::{Banner, Form, Part, Screen, Text, Tone};
use serde::{Deserialize, Serialize};

const COOKIE: &str = "after";
/// Seconds: long enough for the way back.
const KEPT: u32 = 60;
/// Answers of changes are small; a larger body is none.
const LIMIT: usize = 256 << 10;
/// Characters; a browser drops cookies beyond four kilobytes.
const LONGEST: usize = 600;

/// What the page after a change says about it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct After {
    said: String,
    /// The function that refused, and why.
    refused: Option<(String, Problem)>,
}

/// Completes the answer to a plain form: where to go next, and what was said.
pub async fn completed(response: Response) -> Response {
    let location = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()).map(str::to_owned);
    let Some(back) = location.filter(|_| response.status() == StatusCode::FOUND) else { return response };
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LIMIT).await else { return Response::from_parts(parts, Body::empty()) };
    let done = serde_json::from_slice::<Done>(&bytes).ok();
    let (back, refused) = without_problem(&back);
    let next = done.as_ref().and_then(|done| done.next.clone()).unwrap_or(back);
    let after = After { said: done.map(|done| done.message).unwrap_or_default(), refused };
    if after != After::default() {
        set(&mut parts.headers, &after);
    }
    if let Ok(to) = HeaderValue::from_str(&next) {
        parts.headers.insert(header::LOCATION, to);
    }
    Response::from_parts(parts, Body::empty())
}

/// The address to go back to without the problem that the framework wrote into it, and that problem.
fn without_problem(address: &str) -> (String, Option<(String, Problem)>) {
    let Some((path, query)) = address.split_once('?') else { return (address.to_owned(), None) };
    let (mut action, mut problem, mut kept) = (None, None, Vec::new());
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("__path", value)) => action = Some(decode(value)),
            Some(("__err", value)) => problem = Some(ServerFnUrlError::<Fault>::decode_err(&decode(value)).0),
            _ => kept.push(pair),
        }
    }
    let mark = if kept.is_empty() { "" } else { "?" };
    (format!("{path}{mark}{}", kept.join("&")), action.zip(problem))
}

fn set(headers: &mut HeaderMap, after: &After) {
    let cut = |text: &str| text.chars().take(LONGEST).collect::<String>();
    let refused =
        after.refused.clone().map(|(action, problem)| (action, Problem { detail: cut(&problem.detail), ..problem }));
    let after = After { said: cut(&after.said), refused };
    let Ok(json) = serde_json::to_string(&after) else { return };
    let cookie = format!("{COOKIE}={}; Path=/; Max-Age={KEPT}; HttpOnly; SameSite=Lax", encode(&json));
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        headers.append(header::SET_COOKIE, cookie);
    }
}

impl After {
    /// Reads what the last change left for this page, and takes it from the browser.
    pub fn taken() -> After {
        let Some(parts) = use_context::<Parts>() else { return After::default() };
        let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
        let mut pairs =
            cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
        let Some((_, value)) = pairs.find(|(name, _)| *name == COOKIE) else { return After::default() };
        if let Some(response) = use_context::<ResponseOptions>() {
            let gone = HeaderValue::from_static("after=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
            response.append_header(header::SET_COOKIE, gone);
        }
        serde_json::from_str(&decode(value)).unwrap_or_default()
    }

    /// The page with it: a problem at the field at fault, anything else above the page.
    pub fn written_into(self, mut screen: Screen) -> Screen {
        let mut above = Vec::new();
        if !self.said.is_empty() {
            above.push((Tone::Good, self.said));
        }
        if let Some((action, problem)) = self.refused {
            let field = problem.field.clone().unwrap_or_default();
            if !screen.parts.iter_mut().any(|part| write(part, &action, &field, &problem.detail)) {
                above.push((Tone::Bad, problem.detail));
            }
        }
        for (tone, words) in above {
            screen.parts.insert(0, Part::Banner(Banner { tone, text: Text::new(words), action: None }));
        }
        screen
    }
}

fn write(part: &mut Part, action: &str, name: &str, detail: &str) -> bool {
    match part {
        Part::Form(form) if form.action == action => write_field(form, name, detail),
        Part::Panel(panel) => panel.body.iter_mut().any(|part| write(part, action, name, detail)),
        Part::Grid(cells) => cells.iter_mut().any(|(_, part)| write(part, action, name, detail)),
        _ => false,
    }
}

fn write_field(form: &mut Form, name: &str, detail: &str) -> bool {
    match form.fields.iter_mut().find(|field| field.name.trim_end_matches("[]") == name) {
        Some(field) => {
            field.error = detail.to_owned();
            true
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_domain::screen::{Field, FieldKind, Panel};

    fn page_with_a_form() -> Screen {
        let form = Form {
            action: "/fn/alert".into(),
            fields: vec![Field::new("rate", "Burn rate", FieldKind::Text)],
            ..Form::default()
        };
        Screen { parts: vec![Panel::new("alert", "Alert").part(Part::Form(form)).into()], ..Screen::new("Alerts") }
    }

    fn refused(problem: Problem) -> After {
        After { refused: Some(("/fn/alert".into(), problem)), ..After::default() }
    }

    #[test]
    fn a_refused_form_says_why_at_its_field_without_scripts() {
        let problem = Problem::invalid("rate", "At 99.9% the burn rate cannot exceed 1,000");
        let screen = refused(problem).written_into(page_with_a_form());
        assert!(format!("{screen:?}").contains("error: \"At 99.9%"));
        assert!(!format!("{screen:?}").contains("Banner"));
    }

    #[test]
    fn a_problem_of_no_field_stands_above_the_page() {
        let screen = refused(Problem::unavailable("The store is full.")).written_into(page_with_a_form());
        assert!(matches!(&screen.parts[0], Part::Banner(banner) if banner.text.words() == "The store is full."));
    }

    #[test]
    fn the_way_back_keeps_its_filters_and_loses_the_problem() {
        let fault = Fault(Problem::invalid("rate", "cannot exceed 1,000"));
        let url = ServerFnUrlError::new("/fn/alert", fault).to_url("http://localhost/orders?range=6h").expect("a url");
        let (address, problem) = without_problem(url.as_str());
        assert_eq!(address, "http://localhost/orders?range=6h");
        let (action, problem) = problem.expect("a problem");
        assert_eq!((action.as_str(), problem.field.as_deref()), ("/fn/alert", Some("rate")));
    }
}
