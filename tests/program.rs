//! The program itself on a data folder of its own: killed, doubled, and with its Postgres shot away.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_parallax");
const PATIENCE: Duration = Duration::from_secs(90);

/// A data folder that goes with the test, and its Postgres with it.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("parallax-program-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        Folder(folder)
    }

    pub fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).arg("--data-dir").arg(self.data()).env_remove("PARALLAX_DATABASE_URL");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> String {
        let output: Output = self.command(arguments).output().expect("the program starts");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text").lines().last().unwrap_or_default().trim().to_owned()
    }

    fn postmaster(&self) -> Option<i32> {
        let text = std::fs::read_to_string(self.data().join("postgres/postmaster.pid")).ok()?;
        text.lines().next()?.trim().parse().ok()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(pid) = self.postmaster() {
            signal(pid, "QUIT");
            wait("the end of Postgres", || !Path::new(&format!("/proc/{pid}")).exists());
        }
        std::fs::remove_dir_all(&self.0).ok();
    }
}

fn signal(pid: i32, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().expect("kill");
    assert!(sent.success(), "SIG{name} to {pid}");
}

pub fn wait(what: &str, done: impl Fn() -> bool) {
    let since = Instant::now();
    while !done() {
        assert!(since.elapsed() < PATIENCE, "waited too long for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub struct Server {
    child: Child,
    pub address: String,
    pub agent: ureq::Agent,
}

impl Server {
    pub fn start(folder: &Folder) -> Server {
        let usual = ["serve", "--listen", "127.0.0.1:0", "--otlp-grpc", "off", "--own-telemetry", "off"];
        Server::launch(folder.command(&usual).stderr(Stdio::null()))
    }

    /// On a database of another server; the folder holds nothing then.
    pub fn start_on(folder: &Folder, database: &str) -> Server {
        let usual = ["serve", "--listen", "127.0.0.1:0", "--otlp-grpc", "off", "--own-telemetry", "off"];
        Server::launch(folder.command(&usual).args(["--database-url", database]).stderr(Stdio::null()))
    }

    pub fn launch(command: &mut Command) -> Server {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("stdout")).lines();
        let address = lines.next().expect("a first line").expect("text");
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let agent = config.timeout_global(Some(Duration::from_secs(20))).build().new_agent();
        let server = Server { child, address, agent };
        server.wait_until_ready();
        server
    }

    fn wait_until_ready(&self) {
        let ready = format!("{}/readyz", self.address);
        wait("readiness", || self.agent.get(&ready).call().is_ok_and(|answer| answer.status() == 200));
    }

    /// Sends one event; its status, and whether the answer says when to try again.
    fn event(&self, key: &str, id: u64) -> Option<(u16, bool)> {
        let body = json!({ "events": [{ "id": format!("e-{id}"), "name": "load", "user": format!("u-{}", id % 50) }] });
        let request = self.agent.post(format!("{}/api/v1/events", self.address));
        let request = request.header("authorization", format!("Bearer {key}")).content_type("application/json");
        let answer = request.send(body.to_string()).ok()?;
        Some((answer.status().as_u16(), answer.headers().contains_key("retry-after")))
    }

    fn stored(&self, read_key: &str) -> u64 {
        let now = chrono::Utc::now();
        let day = chrono::Duration::days(1);
        let asked = json!({
            "from": now - day, "to": now + day, "interval": "day",
            "series": [{ "event": "load", "measure": "total" }]
        });
        let request = self.agent.post(format!("{}/api/v1/query/trend", self.address));
        let request = request.header("authorization", format!("Bearer {read_key}")).content_type("application/json");
        let mut answer = request.send(asked.to_string()).expect("an answer");
        let mut text = String::new();
        answer.body_mut().as_reader().read_to_string(&mut text).expect("text");
        assert_eq!(answer.status(), 200, "{text}");
        let answer: Value = serde_json::from_str(&text).expect("JSON");
        let values = answer["result"]["series"][0]["values"].as_array().unwrap_or_else(|| panic!("{answer}"));
        values.iter().filter_map(Value::as_f64).sum::<f64>() as u64
    }

    fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    pub fn stop(mut self) {
        signal(self.child.id() as i32, "TERM");
        assert!(self.child.wait().expect("ended").success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What came of sending while something was broken.
#[derive(Default)]
struct Load {
    next: AtomicU64,
    acknowledged: AtomicU64,
    refused: AtomicU64,
    stop: AtomicBool,
}

impl Load {
    /// Sends until told to stop. A refusal is a 503 that says when to come back, or no connection at all.
    fn send(&self, server: &Server, key: &str) {
        while !self.stop.load(Ordering::Relaxed) {
            match server.event(key, self.next.fetch_add(1, Ordering::Relaxed)) {
                Some((200, _)) => _ = self.acknowledged.fetch_add(1, Ordering::Relaxed),
                Some((503, true)) => _ = self.refused.fetch_add(1, Ordering::Relaxed),
                Some((status, retry)) => panic!("answered {status}, retry-after {retry}"),
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }
}

/// Made beside the running server, which hears of it within the second.
fn project(folder: &Folder, server: &Server) -> (String, String) {
    folder.run(&["project", "create", "Shop"]);
    let key = folder.run(&["key", "create", "--project", "Shop", "--kind", "ingest"]);
    let read = folder.run(&["key", "create", "--project", "Shop", "--kind", "read", "--role", "admin"]);
    wait("the key", || server.event(&key, 0).is_some_and(|(status, _)| status == 200));
    (key, read)
}

#[test]
fn a_killed_server_keeps_what_it_acknowledged_and_a_second_one_is_refused() {
    let folder = Folder::new("killed");
    let server = Server::start(&folder);
    let (key, read) = project(&folder, &server);
    let second = folder.command(&["serve", "--listen", "127.0.0.1:0"]).output().expect("the program starts");
    assert!(!second.status.success());
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains("another parallax already serves the data folder"), "{said}");

    let load = Load::default();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| load.send(&server, &key));
        }
        wait("some load", || load.acknowledged.load(Ordering::Relaxed) > 200);
        signal(server.child.id() as i32, "KILL");
        load.stop.store(true, Ordering::Relaxed);
    });
    server.kill();
    let acknowledged = load.acknowledged.load(Ordering::Relaxed);
    let again = Server::start(&folder);
    let sent = load.next.load(Ordering::Relaxed);
    wait("everything acknowledged", || again.stored(&read) >= acknowledged);
    assert!(again.stored(&read) <= sent, "nothing is counted twice");
    again.stop();
    assert!(folder.postmaster().is_none(), "who leaves last stops Postgres");
    // Without a server too.
    assert!(folder.run(&["project", "list"]).contains("Shop"));
}

#[test]
fn a_postgres_that_dies_in_mid_load_is_waited_for_and_comes_back() {
    let folder = Folder::new("shot");
    let server = Server::start(&folder);
    let (key, read) = project(&folder, &server);
    let load = Load::default();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| load.send(&server, &key));
        }
        wait("some load", || load.acknowledged.load(Ordering::Relaxed) > 200);
        signal(folder.postmaster().expect("a Postgres"), "QUIT");
        wait("a refusal", || load.refused.load(Ordering::Relaxed) > 0);
        let before = load.acknowledged.load(Ordering::Relaxed);
        wait("recovery without a restart", || load.acknowledged.load(Ordering::Relaxed) > before + 100);
        load.stop.store(true, Ordering::Relaxed);
    });
    let acknowledged = load.acknowledged.load(Ordering::Relaxed);
    wait("everything acknowledged", || server.stored(&read) >= acknowledged);
    assert!(server.stored(&read) <= load.next.load(Ordering::Relaxed), "nothing is counted twice");
    server.stop();
}

#[test]
fn a_demo_that_is_interrupted_goes_on_tells_its_truth_and_goes_away() {
    let folder = Folder::new("demo");
    let load = ["demo", "load", "--days", "3", "--scale", "0.05", "--seed", "9", "--own-telemetry", "off"];
    let mut first = folder.command(&load).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("starts");
    let mut said = BufReader::new(first.stderr.take().expect("stderr")).lines().map_while(Result::ok);
    let progress = said.find(|line| line.starts_with("day ")).expect("progress");
    assert!(progress.contains(" of 3 (") && progress.contains(" records"), "{progress}");
    signal(first.id() as i32, "INT");
    let rest: Vec<String> = said.collect();
    assert_eq!(first.wait().expect("it ends").code(), Some(1));
    assert!(rest.iter().any(|line| line.contains("interrupted")), "{rest:?}");

    let refused = folder.command(&["demo", "load", "--days", "2"]).output().expect("it starts");
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("demo of 3 days"));
    assert!(folder.run(&load).contains(" records in "));
    let truth = folder.command(&["demo", "truth"]).output().expect("it starts");
    let truth: Value = serde_json::from_slice(&truth.stdout).expect("JSON alone on stdout");
    assert_eq!((truth["seed"].as_u64(), truth["incidents"].as_array().map(Vec::len)), (Some(9), Some(6)));
    assert!(truth["incidents"][2]["cost"]["revenue_lost_eur"].is_number(), "{}", truth["incidents"][2]);
    assert_eq!(folder.run(&["demo", "remove"]), "the demo is gone");
    assert_eq!(folder.command(&["demo", "truth"]).output().expect("it starts").status.code(), Some(1));

    // A scenario of one's own is read from a file, and a fault in it is told with its place.
    let built_in = folder.command(&["demo", "scenario"]).output().expect("it starts").stdout;
    let text = String::from_utf8(built_in).expect("text").replace("\"newcomers\": 830", "\"newcomers\": -3");
    let file = folder.0.join("scenario.json");
    std::fs::write(&file, text).expect("written");
    let path = file.display().to_string();
    let refused = folder.command(&["demo", "load", "--scenario", &path]).output().expect("it starts");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("traffic.newcomers: must lie between"));
}
