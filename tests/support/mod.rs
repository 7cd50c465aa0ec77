//! The machine as tests use it: real doors, a database of its own, a clock that the test holds.

pub mod golden;
pub mod person;
pub mod stream;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use chrono::{DateTime, Utc};
use clap::Parser;
use http_body_util::BodyExt;
use parallax_domain::Role;
use parallax_server::Machine;
use parallax_server::clock::Clock;
use parallax_server::database::Database;
use parallax_server::identity::accounts::Viewer;
use parallax_server::identity::keys::{KeyKind, NewKey};
use parallax_server::identity::projects;
use parallax_server::options::{CommandLine, Options};
use parallax_server::projection::compact;
use parallax_server::projection::projector::Projector;
use parallax_server::site::Site;
use serde_json::Value;
use sqlx::{Connection, PgConnection};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::OnceCell;
use tower::ServiceExt;

/// The samples were captured on this day, shortly before.
pub fn noon() -> DateTime<Utc> {
    "2026-11-22T13:00:00Z".parse().expect("a constant time")
}

static TEMPLATE: OnceCell<String> = OnceCell::const_new();
static NEXT: AtomicU32 = AtomicU32::new(0);

pub struct TestApp {
    pub machine: Arc<Machine>,
    pub project: i32,
    doors: Router,
    pub ingest_key: String,
    pub read_key: String,
    /// What stands beside the database: keys, proofs, the ledger of erasures.
    pub folder: Folder,
}

/// A data folder that goes with its test. Two servers of one installation share it.
#[derive(Clone)]
pub struct Folder(Arc<Removed>);

struct Removed(PathBuf);

impl Folder {
    pub fn new() -> Folder {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("parallax-test-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Folder(Arc::new(Removed(path)))
    }

    pub fn path(&self) -> &Path {
        &self.0.0
    }
}

impl Drop for Removed {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&self.body)))
    }
}

fn server() -> String {
    std::env::var("PARALLAX_TEST_DATABASE_URL")
        .expect("PARALLAX_TEST_DATABASE_URL names a throw-away Postgres; `cargo xtask test` does this")
}

/// The same server, another database.
fn url_of(database: &str) -> String {
    let server = server();
    let (before, query) = server.split_once('?').map_or((server.as_str(), ""), |(a, b)| (a, b));
    let slash = before.rfind('/').expect("a URL with a database");
    format!("{}/{database}?{query}", &before[..slash])
}

/// A migrated database that all others are copied from.
async fn template() -> &'static str {
    TEMPLATE
        .get_or_init(|| async {
            let name = format!("parallax_template_{}", std::process::id());
            create_database(&name, None).await;
            let options = options(&name, Folder::new().path());
            let database = Database::open(&options).await.expect("template opens");
            database.migrate().await.expect("template migrates");
            database.close().await;
            name
        })
        .await
}

pub fn options(database: &str, folder: &Path) -> Options {
    let folder = folder.to_str().expect("a folder with a name");
    CommandLine::parse_from(["parallax", "--database-url", &url_of(database), "--memory", "256", "--data-dir", folder])
        .options
}

/// The name of a database that nothing has yet.
pub fn fresh_name() -> String {
    format!("parallax_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Makes an empty database, or a copy of another one.
pub async fn create_database(name: &str, of: Option<&str>) {
    let mut admin = PgConnection::connect(&server()).await.expect("the test server");
    let template = of.map(|of| format!(" template {of}")).unwrap_or_default();
    sqlx::query(sqlx::AssertSqlSafe(format!("create database {name}{template}")))
        .execute(&mut admin)
        .await
        .expect("database");
}

impl TestApp {
    pub async fn start() -> TestApp {
        TestApp::start_with("learn").await
    }

    pub async fn start_with(catalogue: &str) -> TestApp {
        let name = fresh_name();
        create_database(&name, Some(template().await)).await;
        let mut app = TestApp::open(&name, Folder::new()).await;
        app.project = projects::create(&app.machine.database, "Shop", "UTC", catalogue).await.expect("project");
        app.ingest_key = app.key(KeyKind::Ingest, Role::Admin, &[]).await;
        app.read_key = app.key(KeyKind::Read, Role::Admin, &[]).await;
        app
    }

    /// One more server over a database that is there. It has no project and no keys of its own.
    pub async fn open(name: &str, folder: Folder) -> TestApp {
        let options = options(name, folder.path());
        let database = Database::open(&options).await.expect("database opens");
        let clock = Clock::default();
        clock.hold(noon());
        let machine = Machine::over(options, database, clock).await.expect("machine");
        let doors = parallax::app::router(machine.clone(), Arc::new(Site::default())).expect("a router");
        TestApp { machine, project: 0, doors, ingest_key: String::new(), read_key: String::new(), folder }
    }

    /// Another process on the same database, with the same clock and keys.
    pub async fn twin(&self) -> TestApp {
        let options = self.machine.options.clone();
        let database = Database::open(&options).await.expect("database opens");
        let machine = Machine::over(options, database, self.machine.clock.clone()).await.expect("machine");
        let doors = parallax::app::router(machine.clone(), Arc::new(Site::default())).expect("a router");
        let (ingest_key, read_key) = (self.ingest_key.clone(), self.read_key.clone());
        TestApp { machine, project: self.project, doors, ingest_key, read_key, folder: self.folder.clone() }
    }

    pub async fn get(&self, path: &str, key: &str) -> Answer {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {key}"));
        self.send(request.body(Body::empty()).expect("request")).await
    }

    pub async fn key(&self, kind: KeyKind, role: Role, origins: &[&str]) -> String {
        self.key_of(self.project, kind, role, origins).await
    }

    pub async fn key_of(&self, project: i32, kind: KeyKind, role: Role, origins: &[&str]) -> String {
        let origins: Vec<String> = origins.iter().map(|origin| (*origin).to_owned()).collect();
        let new = NewKey { project, kind, role, name: "test", origins: &origins };
        self.machine.keys.create(new).await.expect("key").1.spelled(kind)
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.doors.clone().oneshot(request).await.expect("doors answer");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("body").to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub async fn post(&self, path: &str, key: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.post_with(path, key, content_type, body, &[]).await
    }

    pub async fn post_with(
        &self,
        path: &str,
        key: &str,
        content_type: &str,
        body: impl Into<Vec<u8>>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::post(path).header(header::AUTHORIZATION, format!("Bearer {key}"));
        if !content_type.is_empty() {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.into())).expect("request")).await
    }

    /// Sends events with the ingest key; the receipt.
    pub async fn events(&self, events: Value) -> Value {
        let body = serde_json::json!({ "events": events }).to_string();
        let answer = self.post("/api/v1/events", &self.ingest_key, "application/json", body).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    pub async fn otlp(&self, path: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.post(path, &self.ingest_key, content_type, body).await
    }

    pub async fn ask(&self, question: &str, body: Value) -> Answer {
        self.post(&format!("/api/v1/query/{question}"), &self.read_key, "application/json", body.to_string()).await
    }

    /// Asks for the day of the test; panics unless it is answered.
    pub async fn answer(&self, question: &str, mut body: Value) -> Value {
        let members = body.as_object_mut().expect("an object");
        members.entry("from").or_insert_with(|| "2026-11-22T00:00:00Z".into());
        members.entry("to").or_insert_with(|| "2026-11-23T00:00:00Z".into());
        let answer = self.ask(question, body).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    /// Folds everything that was committed.
    pub async fn settle(&self) {
        let projector = Projector::new(self.machine.database.clone(), self.machine.intake.commit.committed.clone());
        for _ in 0..200 {
            projector.tick().await.expect("tick");
            let waiting: i64 = self.one("select count(*) from batch").await;
            if waiting == 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("batches stay unfolded");
    }

    pub async fn compact(&self) {
        while compact::round(&self.machine.database).await.expect("compaction") > 0 {}
    }

    pub async fn one<T>(&self, sql: &'static str) -> T
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
    {
        sqlx::query_scalar(sql).fetch_one(&self.machine.database.admin).await.expect(sql)
    }

    pub async fn rows(&self, sql: &'static str) -> Vec<Value> {
        sqlx::query_scalar(sql).fetch_all(&self.machine.database.admin).await.expect(sql)
    }

    /// received = stored + duplicate + rejected + dropped + quarantined, in every line of the account.
    pub async fn assert_balanced(&self) {
        self.settle().await;
        let off: i64 = self
            .one("select count(*) from accounting where received <> stored + duplicate + rejected + dropped + quarantined")
            .await;
        assert_eq!(off, 0, "the account does not add up");
        for (table, signal) in [("event", 0), ("span", 1), ("log", 2), ("metric", 3)] {
            let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")))
                .fetch_one(&self.machine.database.admin)
                .await
                .expect("count");
            let stored: i64 =
                sqlx::query_scalar("select coalesce(sum(stored), 0)::bigint from accounting where signal = $1")
                    .bind(signal as i16)
                    .fetch_one(&self.machine.database.admin)
                    .await
                    .expect("account");
            assert_eq!(rows, stored, "rows of {table} and what the account says was stored");
        }
    }
}

/// A file of the captured samples.
pub fn payload(path: &str) -> Vec<u8> {
    let full = format!("{}/tests/payloads/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&full).unwrap_or_else(|error| panic!("{full}: {error}"))
}

/// What a future gives, unless it is dropped before: after it was looked at so often, as a process that is killed.
pub async fn killed_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    let mut left = polls;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return std::task::Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// Somebody of this role who sees every project.
pub fn viewer(email: &str, role: Role) -> Viewer {
    Viewer { account: 0, email: email.to_owned(), name: email.to_owned(), roles: vec![role], projects: None }
}
