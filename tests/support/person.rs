//! Somebody with a browser.

use super::{Answer, TestApp};
use axum::body::Body;
use axum::http::{Request, header};
use parallax_domain::Role;
use parallax_server::identity::accounts::NewAccount;

pub const PASSWORD: &str = "correct horse battery";

/// What a browser knows of the server: its cookies.
#[derive(Clone, Debug, Default)]
pub struct Person {
    pub cookies: Vec<(String, String)>,
}

impl Person {
    /// Somebody who is not signed in.
    pub fn nobody() -> Person {
        Person::default()
    }

    fn request(&self, builder: axum::http::request::Builder, accept: &str) -> axum::http::request::Builder {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        builder.header(header::ACCEPT, accept).header(header::COOKIE, cookies.join("; "))
    }

    /// A page as a browser loads it, without scripts.
    pub async fn page(&mut self, app: &TestApp, path: &str) -> Answer {
        let request = self.request(Request::get(path), "text/html").body(Body::empty()).expect("request");
        let answer = app.send(request).await;
        self.keep(&answer);
        answer
    }

    /// What the program in the browser reads.
    pub async fn read(&self, app: &TestApp, path: &str) -> Answer {
        let request = self.request(Request::get(path), "application/json").body(Body::empty()).expect("request");
        app.send(request).await
    }

    /// A form as the program in the browser sends it.
    pub async fn change(&self, app: &TestApp, path: &str, body: &str) -> Answer {
        let request = self.request(Request::post(path), "application/json");
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        app.send(request.body(Body::from(body.to_owned())).expect("request")).await
    }

    /// A form as a browser sends it without scripts, from the page at `from`.
    pub async fn submit(&mut self, app: &TestApp, from: &str, path: &str, body: &str) -> Answer {
        let request =
            self.request(Request::post(path), "text/html").header(header::REFERER, format!("http://localhost{from}"));
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = app.send(request.body(Body::from(body.to_owned())).expect("request")).await;
        self.keep(&answer);
        answer
    }

    fn keep(&mut self, answer: &Answer) {
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let text = cookie.to_str().expect("a cookie in ASCII");
            let (name, value) = text.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            self.cookies.retain(|(known, _)| known != name);
            if !text.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}

impl TestApp {
    /// Somebody with these roles, signed in, who sees these projects; none: all.
    pub async fn person(&self, roles: &[Role], projects: Option<&[i32]>) -> Person {
        let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
        let email = format!("{}-{}@shop.example", words.join("-"), projects.map_or(0, <[i32]>::len));
        let accounts = &self.machine.accounts;
        let new = NewAccount { email: &email, name: "Somebody", roles, projects, password: Some(PASSWORD) };
        accounts.create(new).await.expect("account");
        self.signed_in(&email).await
    }

    /// An admin of [`TestApp::person`] comes back another day.
    pub async fn admin_again(&self) -> Person {
        self.signed_in("admin-0@shop.example").await
    }

    async fn signed_in(&self, email: &str) -> Person {
        let mut person = Person::nobody();
        let form = format!("email={}&password={}", email.replace('@', "%40"), PASSWORD.replace(' ', "+"));
        let answer = person.submit(self, "/sign-in", "/fn/sign_in", &form).await;
        assert_eq!(answer.status, 302, "{}", String::from_utf8_lossy(&answer.body));
        person
    }
}
