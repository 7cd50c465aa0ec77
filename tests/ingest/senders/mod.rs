//! The clients of other products, through their own doors: what is stored of what they send, and what they are told.

mod golden;
mod manners;
mod mixpanel;
mod plausible;
mod posthog;
mod segment;
mod store_away;
mod umami;

use crate::support::{Answer, TestApp};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};
use parallax_domain::Role;
use parallax_server::identity::keys::KeyKind;
use parallax_server::privacy::pseudonym;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;

pub const AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

/// A request as a client of another product sends it: no header that it does not set itself.
pub struct Call<'a> {
    method: Method,
    path: String,
    headers: Vec<(&'a str, String)>,
    body: Vec<u8>,
    from: Option<SocketAddr>,
}

impl<'a> Call<'a> {
    pub fn post(path: &str, body: impl Into<Vec<u8>>) -> Call<'a> {
        Call { method: Method::POST, path: path.to_owned(), headers: Vec::new(), body: body.into(), from: None }
    }

    pub fn get(path: &str) -> Call<'a> {
        Call { method: Method::GET, ..Call::post(path, "") }
    }

    pub fn options(path: &str) -> Call<'a> {
        Call { method: Method::OPTIONS, ..Call::post(path, "") }
    }

    pub fn header(mut self, name: &'a str, value: impl Into<String>) -> Call<'a> {
        self.headers.push((name, value.into()));
        self
    }

    /// The address that the connection comes from.
    pub fn from(mut self, address: &str) -> Call<'a> {
        self.from = Some(SocketAddr::new(address.parse().expect("an address"), 40_000));
        self
    }

    pub async fn send(self, app: &TestApp) -> Answer {
        let mut request = Request::builder().method(self.method).uri(self.path);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let mut request = request.body(Body::from(self.body)).expect("a request");
        if let Some(from) = self.from {
            request.extensions_mut().insert(ConnectInfo(from));
        }
        app.send(request).await
    }
}

impl TestApp {
    /// A key for pages of the shop.
    pub async fn browser_key(&self) -> String {
        self.key(KeyKind::Browser, Role::Admin, &["https://shop.example"]).await
    }

    /// Who is who: for every subject its kind and the id that it was sent with.
    pub async fn labels(&self) -> BTreeMap<i32, (String, i32)> {
        type Row = (i32, i16, Option<Vec<u8>>, Option<Vec<u8>>, i32);
        let rows: Vec<Row> = sqlx::query_as("select number, kind, person_key, sealed, person from subject")
            .fetch_all(&self.machine.database.admin)
            .await
            .expect("subjects");
        let label = |kind: i16, key: Option<Vec<u8>>, sealed: Option<Vec<u8>>| {
            let clear = key.zip(sealed).and_then(|(key, sealed)| pseudonym::open(&key.try_into().ok()?, &sealed));
            match (kind, clear) {
                (0, Some(id)) => format!("user {id}"),
                (1, Some(id)) => format!("anonymous {id}"),
                _ => "visitor of the day".to_owned(),
            }
        };
        rows.into_iter()
            .map(|(number, kind, key, sealed, person)| (number, (label(kind, key, sealed), person)))
            .collect()
    }

    /// Everybody with all names that are known to be theirs.
    pub async fn people(&self) -> Vec<Vec<String>> {
        let mut people: BTreeMap<i32, Vec<String>> = BTreeMap::new();
        for (label, person) in self.labels().await.into_values() {
            people.entry(person).or_default().push(label);
        }
        let mut people: Vec<Vec<String>> = people.into_values().collect();
        people.iter_mut().for_each(|names| names.sort());
        people.sort();
        people
    }

    /// Names of the stored events, in order of time.
    pub async fn stored_names(&self) -> Vec<String> {
        sqlx::query_scalar("select name from event order by at, seq")
            .fetch_all(&self.machine.database.admin)
            .await
            .expect("names")
    }

    /// Everything that any table holds of people and what they did, as one text.
    pub async fn everything_stored(&self) -> String {
        let mut all = Vec::new();
        for table in [
            "event",
            "log",
            "metric",
            "series",
            "resource",
            "subject",
            "person_property",
            "group_property",
            "customer_group",
            "field",
            "occurrence",
            "issue",
            "quarantine",
            "submission",
        ] {
            let rows: Vec<Value> =
                sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select to_jsonb(t) from {table} t")))
                    .fetch_all(&self.machine.database.admin)
                    .await
                    .expect(table);
            all.extend(rows.into_iter().map(|row| row.to_string()));
        }
        all.join("\n")
    }
}

/// The same key in the spelling of a UUID.
pub fn as_uuid(key: &str) -> String {
    let hex = key.rsplit('_').next().expect("a key");
    uuid::Uuid::try_parse(hex).expect("32 digits").hyphenated().to_string()
}
