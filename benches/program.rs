//! The program under measurement: the real binary on a database of its own.

use crate::process::{block_on, seconds_of, stat};
use sqlx::{Connection, PgConnection};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_parallax");
pub const PASSWORD: &str = "measured many times";
pub const EMAIL: &str = "bench@example.com";

static NEXT: AtomicU32 = AtomicU32::new(0);

pub struct Program {
    child: Child,
    pub database: String,
    /// What stands beside the database.
    folder: PathBuf,
    postmaster: u32,
    pub address: String,
    pub agent: ureq::Agent,
    pub key: String,
    pub read_key: String,
}

impl Program {
    /// On a fresh database, with one project and one admin.
    pub fn start(arguments: &[&str]) -> Program {
        let server = std::env::var("PARALLAX_TEST_DATABASE_URL").expect("`cargo xtask bench` names a Postgres");
        let name = format!("parallax_bench_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let (before, query) = server.split_once('?').map_or((server.as_str(), ""), |(before, query)| (before, query));
        let database = format!("{}/{name}?{query}", &before[..before.rfind('/').expect("a URL with a database")]);
        block_on(async {
            let mut admin = PgConnection::connect(&server).await.expect("the Postgres of the bench");
            sqlx::query(sqlx::AssertSqlSafe(format!("create database {name}")))
                .execute(&mut admin)
                .await
                .expect("database");
        });
        let folder = std::env::temp_dir().join(&name);
        std::fs::create_dir_all(&folder).expect("a folder");
        told(&database, &folder, &["migrate"], "");
        told(&database, &folder, &["project", "create", "Bench"], "");
        let key = told(&database, &folder, &["key", "create", "--project", "Bench", "--kind", "ingest"], "");
        let read_key =
            told(&database, &folder, &["key", "create", "--project", "Bench", "--kind", "read", "--role", "admin"], "");
        let user = ["user", "create", "--email", EMAIL, "--name", "Bench", "--role", "admin", "--role", "engineering"];
        told(&database, &folder, &user, PASSWORD);
        Program::serve(database, folder, key, read_key, arguments)
    }

    fn serve(database: String, folder: PathBuf, key: String, read_key: String, arguments: &[&str]) -> Program {
        let mut child = Command::new(PROGRAM)
            .args(["serve", "--database-url", &database, "--listen", "127.0.0.1:0", "--otlp-grpc", "off"])
            .arg("--data-dir")
            .arg(&folder)
            .args(arguments)
            .env("PARALLAX_UNSAFE_DATABASE", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("stdout")).lines();
        let address = lines.next().expect("a first line").expect("text");
        let agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().new_agent();
        let postmaster = block_on(postmaster_of(&database));
        let program = Program { child, database, folder, postmaster, address, agent, key, read_key };
        let since = Instant::now();
        while program.agent.get(format!("{}/readyz", program.address)).call().map_or(0, |it| it.status().as_u16())
            != 200
        {
            assert!(since.elapsed() < Duration::from_secs(60), "the program is not ready");
            std::thread::sleep(Duration::from_millis(50));
        }
        program
    }

    /// The same database under a new process, so that nothing is remembered.
    pub fn fresh(mut self, arguments: &[&str]) -> Program {
        self.stop();
        Program::serve(self.database.clone(), self.folder.clone(), self.key.clone(), self.read_key.clone(), arguments)
    }

    /// Runs a command of the program beside the running one.
    pub fn command(&self, arguments: &[&str]) -> String {
        told(&self.database, &self.folder, arguments, "")
    }

    fn stop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }

    pub fn send(&self, path: &str, kind: &str, body: &[u8]) {
        let request = self.agent.post(format!("{}{path}", self.address)).header("content-type", kind);
        let answer = request.header("authorization", format!("Bearer {}", self.key)).send(body).expect("an answer");
        assert_eq!(answer.status().as_u16(), 200, "{path}");
    }

    /// Such as `http://127.0.0.1:40001`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A cookie of a signed-in admin.
    pub fn session(&self) -> String {
        let form = [("email", EMAIL), ("password", PASSWORD)];
        let request = self.agent.post(format!("{}/fn/sign_in", self.address)).header("accept", "application/json");
        let answer = request.send_form(form).expect("an answer");
        let cookie = answer.headers().get("set-cookie").expect("a session").to_str().expect("text");
        cookie.split(';').next().expect("a pair").to_owned()
    }

    /// The page as a browser gets it first.
    pub fn page(&self, session: &str, path: &str) -> String {
        let request = self.agent.get(format!("{}{path}", self.address)).header("cookie", session);
        let mut answer = request.header("accept", "text/html").call().expect("an answer");
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        answer.body_mut().with_config().limit(64 << 20).read_to_string().expect("text")
    }

    /// Waits until everything committed is folded.
    pub fn settle(&self) {
        block_on(async {
            let mut connection = self.connect().await;
            loop {
                let open: i64 =
                    sqlx::query_scalar("select count(*) from batch").fetch_one(&mut connection).await.expect("count");
                if open == 0 {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        });
    }

    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.database).await.expect("the database")
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Seconds of processor time of this program and of all of Postgres so far.
    pub fn cpu(&self) -> (f64, f64) {
        (seconds_of(self.pid()), postgres(self.postmaster).into_iter().map(seconds_of).sum())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs a command of the program and gives what it printed.
fn told(database: &str, folder: &Path, arguments: &[&str], input: &str) -> String {
    let mut child = Command::new(PROGRAM)
        .args(arguments)
        .args(["--database-url", database])
        .arg("--data-dir")
        .arg(folder)
        .env("PARALLAX_UNSAFE_DATABASE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("stdin").write_all(input.as_bytes()).expect("input");
    let output = child.wait_with_output().expect("the end");
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).expect("text").lines().last().unwrap_or_default().trim().to_owned()
}

async fn postmaster_of(database: &str) -> u32 {
    let mut connection = PgConnection::connect(database).await.expect("the database");
    let backend: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut connection).await.expect("a pid");
    parent_of(backend.unsigned_abs()).expect("a Postgres on this machine")
}

/// The processes of the cluster whose postmaster this is; others on the machine are not ours to count.
fn postgres(postmaster: u32) -> Vec<u32> {
    let processes =
        std::fs::read_dir("/proc").expect("/proc").filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    processes.filter(|pid: &u32| *pid == postmaster || parent_of(*pid) == Some(postmaster)).collect()
}

fn parent_of(pid: u32) -> Option<u32> {
    stat(pid)?.get(1)?.parse().ok()
}
