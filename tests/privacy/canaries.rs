//! Canaries: strings that exist nowhere else, inside mail addresses, cards, tokens, network addresses and names, in every
//! position of every door. Afterwards none may be found: in no table, file, log, error, page or export.

use crate::program::{Folder, Server, wait};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, Row};
use std::cell::Cell;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// What every canary has in it: letters, digits of cards, the beginnings of two networks that are for documentation only.
const MARKS: [&str; 4] = ["zqxv", "9081726354", "198.51.100.", "2001:db8:9f7e"];

#[derive(Default)]
struct Canaries {
    next: Cell<u32>,
}

impl Canaries {
    fn number(&self) -> u32 {
        self.next.set(self.next.get() + 1);
        self.next.get()
    }

    fn mail(&self) -> String {
        format!("zqxv{}@zqxv-mail.example", self.number())
    }

    /// A card number that its check digit (Luhn) makes right.
    fn card(&self) -> String {
        let body = format!("4{}{:04}", "9081726354", self.number() % 10_000);
        let sum: u32 = body
            .bytes()
            .rev()
            .enumerate()
            .map(|(place, byte)| {
                let digit = u32::from(byte - b'0') * if place % 2 == 0 { 2 } else { 1 };
                digit / 10 + digit % 10
            })
            .sum();
        format!("{body}{}", (10 - sum % 10) % 10)
    }

    fn token(&self) -> String {
        format!("Bearer zqxvAbCdEfGhIjKlMnOpQrStUvWxYz{}", self.number())
    }

    fn address(&self) -> String {
        match self.number() {
            number if number % 2 == 0 => format!("198.51.100.{}", 1 + number % 250),
            number => format!("2001:db8:9f7e::{number:x}"),
        }
    }

    /// Of a person: only told where the field or the place in an address says that it is one.
    fn name(&self) -> String {
        format!("Zqxv{} Zqxvova", self.number())
    }

    /// A text with one of each kind.
    fn text(&self) -> String {
        format!("of {} with {} by {} from {}", self.mail(), self.card(), self.token(), self.address())
    }

    /// A text for a field that is cut to few characters.
    fn short(&self) -> String {
        match self.number() % 3 {
            0 => self.mail(),
            1 => self.card(),
            _ => self.address(),
        }
    }

    fn url(&self) -> String {
        let (mail, name) = (self.mail(), self.name().replace(' ', "-"));
        format!("https://{mail}:{name}@shop.example/users/{name}/x?mail={mail}&card={}#{name}", self.card())
    }

    /// Every kind of value under every kind of name.
    fn properties(&self) -> Value {
        json!({
            "note": self.text(), "list": [self.text(), { "deep": self.text() }], "nested": { "inner": { "note": self.text() } },
            "full_name": self.name(), "user.name": self.name(), "customer": { "name": self.name(), "email": self.mail() },
            "card": self.card(), "card_number": self.card().parse::<i64>().unwrap_or_default(), "password": self.name(),
            "page_url": self.url(), "url.path": format!("/orders/{}", self.name()), "url.query": format!("q={}", self.name()),
            "http.target": format!("/users/{}?x={}", self.name(), self.mail()), "client.address": self.address(),
            "http.request.header.authorization": self.token(), "username": self.name(), "user.id": self.mail(),
            self.text(): 1, self.mail(): self.mail(), format!("ip {}", self.address()): true,
        })
    }

    fn attributes(&self) -> Value {
        let of = |value: &Value| match value {
            Value::String(text) => json!({ "stringValue": text }),
            Value::Bool(value) => json!({ "boolValue": value }),
            Value::Number(number) => json!({ "intValue": number.to_string() }),
            other => json!({ "stringValue": other.to_string() }),
        };
        let pairs = self.properties();
        let mut all: Vec<Value> = pairs
            .as_object()
            .expect("an object")
            .iter()
            .map(|(key, value)| json!({ "key": key, "value": of(value) }))
            .collect();
        all.push(json!({ "key": "parts", "value": { "arrayValue": { "values": [{ "stringValue": self.text() }] } } }));
        all.push(json!({ "key": "tree", "value": { "kvlistValue": { "values": [
            { "key": self.mail(), "value": { "stringValue": self.text() } } ] } } }));
        all.push(json!({ "key": "raw", "value": { "bytesValue": "enF4dg==" } }));
        Value::Array(all)
    }

    fn event(&self) -> Value {
        json!({
            "id": self.text(), "name": self.short(), "user": self.mail(), "anonymous": self.text(), "session": self.mail(),
            "properties": self.properties(), self.mail(): self.text(),
            "context": {
                "url": self.url(), "referrer": self.url(), "title": self.text(),
                "campaign": { "source": self.short(), "medium": self.short(), "name": self.text(), "term": self.text(), "content": self.text() },
                "device": self.short(), "os": self.short(), "browser": self.short(), "country": self.short(), "screen": self.short(),
                "locale": self.short(), "theme": self.short(), "network": self.short(), "version": self.short(),
                "environment": self.short(), "service": self.short(), "trace_id": self.short(), "timezone": self.short(),
                "extra": self.text(), self.mail(): self.text(),
            }
        })
    }
}

struct Sender<'a> {
    server: &'a Server,
    key: String,
    /// Every answer that was given, to be searched like everything else.
    answers: std::cell::RefCell<Vec<u8>>,
}

impl Sender<'_> {
    fn post(&self, path: &str, content_type: &str, body: &[u8], headers: &[(&str, &str)]) -> u16 {
        let mut request = self.server.agent.post(format!("{}{path}", self.server.address));
        request = request.header("authorization", format!("Bearer {}", self.key)).content_type(content_type);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut answer = request.send(body).expect("an answer");
        let bytes = answer.body_mut().read_to_vec().expect("a body");
        self.answers.borrow_mut().extend(bytes);
        answer.status().as_u16()
    }

    fn json(&self, path: &str, body: &Value) -> u16 {
        self.post(path, "application/json", body.to_string().as_bytes(), &[])
    }
}

fn otlp(canaries: &Canaries) -> [(&'static str, Value); 3] {
    let c = canaries;
    let resource = || json!({ "attributes": c.attributes() });
    let scope = || json!({ "name": c.short(), "version": c.short(), "attributes": c.attributes() });
    let now = || (chrono::Utc::now().timestamp_micros() * 1000).to_string();
    let exception = || {
        json!([{ "key": "exception.type", "value": { "stringValue": c.short() } },
               { "key": "exception.message", "value": { "stringValue": c.text() } },
               { "key": "exception.stacktrace", "value": { "stringValue": format!("{}\n at {} (/users/{}/x)", c.text(), c.mail(), c.name().replace(' ', "")) } }])
    };
    let span = |number: u8| {
        json!({ "traceId": format!("{number:032x}"), "spanId": format!("{number:016x}"), "name": c.short(), "kind": 1 + number % 5,
            "traceState": c.text(), "startTimeUnixNano": now(), "endTimeUnixNano": now(), "attributes": c.attributes(),
            "status": { "code": 2, "message": c.text() },
            "events": [{ "name": c.short(), "timeUnixNano": now(), "attributes": c.attributes() }, { "name": "exception", "timeUnixNano": now(), "attributes": exception() }],
            "links": [{ "traceId": format!("{number:032x}"), "spanId": "00000000000000aa", "attributes": c.attributes() }] })
    };
    let log = |body: Value| json!({ "timeUnixNano": now(), "severityNumber": 17, "severityText": c.short(), "eventName": c.short(), "body": body, "attributes": c.attributes() });
    let lines = [
        format!("2026-01-15 14:32:18 ERROR {}: {}", c.mail(), c.text()),
        format!("{{\"level\":\"error\",\"msg\":\"{}\",\"user\":{{\"name\":\"{}\"}}}}", c.text(), c.name()),
        format!("level=info msg=\"{}\" email={} who={}", c.text(), c.mail(), c.card()),
        format!(
            "{} - {} [15/Jan/2026:14:32:18 +0000] \"GET /users/{}?m={} HTTP/1.1\" 200 5",
            c.address(),
            c.mail(),
            c.name().replace(' ', "-"),
            c.mail()
        ),
        format!("VM-{}: CPU utilization 85%, Memory 92%", c.mail()),
        c.url(),
    ];
    let mut records: Vec<Value> = lines.iter().map(|line| log(json!({ "stringValue": line }))).collect();
    records
        .push(log(json!({ "kvlistValue": { "values": [{ "key": c.mail(), "value": { "stringValue": c.text() } }] } })));
    records.push(log(json!({ "arrayValue": { "values": [{ "stringValue": c.text() }] } })));
    let point = || json!({ "asDouble": 1.5, "timeUnixNano": now(), "attributes": c.attributes() });
    let metrics = vec![
        json!({ "name": c.short(), "unit": c.short(), "description": c.text(), "gauge": { "dataPoints": [point()] } }),
        json!({ "name": c.short(), "sum": { "aggregationTemporality": 2, "isMonotonic": true, "dataPoints": [point()] } }),
        json!({ "name": c.short(), "histogram": { "aggregationTemporality": 1, "dataPoints": [{ "timeUnixNano": now(), "count": "1",
            "sum": 1.0, "bucketCounts": ["1"], "attributes": c.attributes() }] } }),
        json!({ "name": c.mail() }),
    ];
    [
        (
            "/v1/traces",
            json!({ "resourceSpans": [{ "resource": resource(), "schemaUrl": c.url(),
            "scopeSpans": [{ "scope": scope(), "spans": [span(1), span(2), span(3)] }] }] }),
        ),
        (
            "/v1/logs",
            json!({ "resourceLogs": [{ "resource": resource(), "scopeLogs": [{ "scope": scope(), "logRecords": records }] }] }),
        ),
        (
            "/v1/metrics",
            json!({ "resourceMetrics": [{ "resource": resource(), "scopeMetrics": [{ "scope": scope(), "metrics": metrics }] }] }),
        ),
    ]
}

/// The same message as protobuf.
fn protobuf(path: &str, body: Value) -> Vec<u8> {
    fn of<T: Message + serde::de::DeserializeOwned>(body: Value) -> Vec<u8> {
        serde_json::from_value::<T>(body).expect("an OTLP message").encode_to_vec()
    }
    match path {
        "/v1/traces" => of::<ExportTraceServiceRequest>(body),
        "/v1/logs" => of::<ExportLogsServiceRequest>(body),
        _ => of::<ExportMetricsServiceRequest>(body),
    }
}

fn send_everything(sender: &Sender<'_>, c: &Canaries) {
    for _ in 0..3 {
        let body = json!({ "events": [c.event(), c.event(), { "name": c.mail() }, { "user": c.mail(), "name": "x", "category": c.mail() },
            { "name": "x", "user": "u", "consent": { c.mail(): false } }, { "name": "x", "user": "u", "revenue": { "amount": 1, "currency": c.mail() } },
            { "name": "x", "user": "u", "at": c.mail() }, c.mail()] });
        let (key, agent, referrer) = (c.mail(), format!("Mozilla/5.0 ({}) Chrome/1", c.mail()), c.url());
        let headers = [
            ("idempotency-key", key.as_str()),
            ("user-agent", agent.as_str()),
            ("referer", referrer.as_str()),
            ("x-forwarded-for", "198.51.100.77"),
        ];
        for _ in 0..2 {
            assert_eq!(sender.post("/api/v1/events", "application/json", body.to_string().as_bytes(), &headers), 200);
        }
    }
    for (path, body) in otlp(c) {
        assert_eq!(sender.json(path, &body), 200, "{path}");
    }
    for (path, body) in otlp(c) {
        assert_eq!(sender.post(path, "application/x-protobuf", &protobuf(path, body), &[]), 200, "{path}");
    }
    let records = [
        (
            "/api/v1/deployments",
            json!([{ "service": c.short(), "version": c.short(), "environment": c.short(), "author": c.mail(), "url": c.url() }]),
        ),
        (
            "/api/v1/tickets",
            json!([{ "id": c.mail(), "user": c.mail(), "subject": c.text(), "text": c.text(), "status": c.short(), "url": c.url() }]),
        ),
        (
            "/api/v1/feedback",
            json!([{ "id": c.text(), "user": c.mail(), "text": c.text(), "status": c.short(), "url": c.url(), "rating": 5 }]),
        ),
        ("/api/v1/surveys", json!([{ "id": c.card(), "source": c.short(), "question": c.text(), "answer": c.text() }])),
        (
            "/api/v1/spend",
            json!([{ "day": "2026-01-15", "campaign": c.text(), "source": c.short(), "medium": c.short(), "amount": 5 }, { "day": c.mail() }, { "day": "2026-01-15", "amount": 1, "currency": c.mail() }]),
        ),
        (
            "/api/v1/population",
            json!([{ "from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z", "strata": { c.mail(): c.text(), "x": [c.text()] }, "people": 1 }]),
        ),
        ("/api/v1/targets", json!([{ "measure": c.text(), "value": 1 }])),
        (
            "/api/v1/consent",
            json!({ "user": c.mail(), "decisions": { "usage": true }, "policy": c.text(), "source": c.text(), "language": c.short(), "platform": c.short(), "version": c.short() }),
        ),
        (
            "/api/v1/consent",
            json!([{ "anonymous": c.text(), "decisions": { "usage": true }, "source": "import" }, { "user": "u", "decisions": { c.mail(): true } }]),
        ),
    ];
    for (path, body) in records {
        assert_eq!(sender.json(path, &body), 200, "{path}");
    }
    // What is refused must not come to light either, in the answer or in the log.
    let refused = [
        ("/api/v1/events", json!({ c.mail(): c.text() }).to_string()),
        ("/api/v1/events", format!("{{\"events\": [{}", c.text())),
        ("/api/v1/events", json!({ "events": [], "sent_at": c.text() }).to_string()),
        ("/api/v1/consent", json!({ "user": c.mail(), "decisions": { c.mail(): 1 } }).to_string()),
        ("/api/v1/consent", json!({ "user": c.mail(), "decisions": {}, "at": c.mail() }).to_string()),
        ("/api/v1/tickets", c.text()),
        ("/v1/traces", c.text()),
        ("/v1/logs", json!({ "resourceLogs": c.text() }).to_string()),
    ];
    for (path, body) in refused {
        assert_eq!(sender.post(path, "application/json", body.as_bytes(), &[]), 400, "{path} {body}");
    }
    assert_eq!(sender.post("/v1/metrics", "application/x-protobuf", c.text().as_bytes(), &[]), 400);
}

/// The private Postgres, by what its lock file says.
async fn database(data: &Path) -> PgConnection {
    let lock = std::fs::read_to_string(data.join("postgres/postmaster.pid")).expect("a running Postgres");
    let lines: Vec<&str> = lock.lines().collect();
    let url = format!("postgres://postgres@localhost:{}/parallax?host={}", lines[3].trim(), lines[4].trim());
    PgConnection::connect(&url).await.expect("the private database")
}

/// Where a canary stands in these bytes, also inside what is packed in them.
fn found(bytes: &[u8], depth: usize) -> Option<String> {
    const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
    for mark in MARKS {
        let lower = mark.as_bytes();
        let hit = bytes.windows(lower.len()).position(|window| window.eq_ignore_ascii_case(lower));
        if let Some(at) = hit {
            let around = &bytes[at.saturating_sub(80)..(at + 80).min(bytes.len())];
            return Some(format!("{mark}: …{}…", String::from_utf8_lossy(around)));
        }
    }
    if depth == 0 {
        return None;
    }
    let starts = bytes.windows(4).enumerate().filter(|(_, window)| *window == MAGIC).map(|(at, _)| at);
    starts.into_iter().find_map(|at| {
        let mut plain = Vec::new();
        // What is not a packed piece after all ends with an error, and what came out until then counts.
        std::io::copy(&mut zstd::stream::read::Decoder::new(&bytes[at..]).ok()?.single_frame(), &mut plain).ok();
        found(&plain, depth - 1)
    })
}

fn must_not_be_found(place: &str, bytes: &[u8], leaks: &mut Vec<String>) {
    leaks.extend(found(bytes, 3).map(|what| format!("{place}: {what}")));
}

async fn search_tables(connection: &mut PgConnection, leaks: &mut Vec<String>) -> i64 {
    let columns: Vec<(String, String, String)> = sqlx::query_as(
        "select c.relname::text, a.attname::text, t.typname::text from pg_attribute a join pg_class c on c.oid = a.attrelid \
         join pg_namespace n on n.oid = c.relnamespace join pg_type t on t.oid = a.atttypid \
         where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped",
    )
    .fetch_all(&mut *connection)
    .await
    .expect("columns");
    let mut cells = 0;
    for (table, column, kind) in columns {
        let cast =
            if kind == "bytea" { format!("\"{column}\"") } else { format!("convert_to(\"{column}\"::text, 'UTF8')") };
        let sql = format!("select {cast} from \"{table}\" where \"{column}\" is not null");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *connection).await.expect("rows");
        for row in rows {
            let bytes: Vec<u8> = row.try_get(0).expect("bytes");
            must_not_be_found(&format!("{table}.{column}"), &bytes, leaks);
            cells += 1;
        }
    }
    cells
}

fn search_files(folder: &Path, leaks: &mut Vec<String>) -> u64 {
    let mut searched = 0;
    let mut waiting: Vec<PathBuf> = vec![folder.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => waiting.push(path),
                Ok(kind) if kind.is_file() => {
                    let bytes = std::fs::read(&path).unwrap_or_default();
                    searched += bytes.len() as u64;
                    // Pages of tables are searched row by row above; here nothing is unpacked.
                    leaks.extend(found(&bytes, 0).map(|what| format!("{}: {what}", path.display())));
                }
                _ => {}
            }
        }
    }
    searched
}

/// Every page, question and export that an admin can see.
fn look_around(server: &Server, folder: &Folder, read_key: &str) -> Vec<u8> {
    let mut user =
        folder.command(&["user", "create", "--email", "admin@shop.example", "--name", "Admin", "--role", "admin"]);
    let mut child =
        user.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
    child.stdin.take().expect("stdin").write_all(b"correct horse battery\n").expect("a password");
    assert!(child.wait().expect("ended").success());
    let form = "email=admin%40shop.example&password=correct+horse+battery";
    let request = server.agent.post(format!("{}/fn/sign_in", server.address)).header("accept", "application/json");
    let answer = request.content_type("application/x-www-form-urlencoded").send(form).expect("an answer");
    assert_eq!(answer.status(), 200);
    let cookie = answer.headers().get("set-cookie").and_then(|value| value.to_str().ok()).expect("a cookie").to_owned();
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    let mut seen = Vec::new();
    let mut get = |path: &str, accept: &str| {
        let request =
            server.agent.get(format!("{}{path}", server.address)).header("cookie", &cookie).header("accept", accept);
        let mut answer = request.call().expect("an answer");
        let bytes = answer.body_mut().read_to_vec().expect("a body");
        assert!(answer.status() == 200, "{path} {}", answer.status());
        seen.extend(bytes);
    };
    let pages = parallax_screens::PAGES
        .iter()
        .map(|(path, _)| *path)
        .filter(|path| !path.contains('*') && !path.ends_with("/entry"));
    for path in pages {
        get(&format!("{path}?range=7d"), "text/html");
    }
    get("/transparency", "text/html");
    get("/explore/traces/00000000000000000000000000000001", "text/html");
    let ask = |question: &str, body: Value| {
        let request = server.agent.post(format!("{}/api/v1/query/{question}", server.address));
        let request = request.header("authorization", format!("Bearer {read_key}")).content_type("application/json");
        let mut answer = request.send(body.to_string()).expect("an answer");
        answer.body_mut().read_to_vec().expect("a body")
    };
    let (from, to) = (chrono::Utc::now() - chrono::Duration::days(2), chrono::Utc::now() + chrono::Duration::hours(1));
    for question in ["logs", "traces", "issues", "sessions", "paths"] {
        let body = match question {
            "paths" => json!({ "from": from, "to": to, "depth": 5, "limit": 50 }),
            "logs" | "traces" => json!({ "from": from, "to": to, "limit": 100 }),
            _ => json!({ "from": from, "to": to }),
        };
        seen.extend(ask(question, body));
    }
    let request = server.agent.get(format!("{}/api/v1/catalogue", server.address));
    let mut answer = request.header("authorization", format!("Bearer {read_key}")).call().expect("an answer");
    seen.extend(answer.body_mut().read_to_vec().expect("a body"));
    seen
}

#[test]
fn no_canary_is_found_in_any_table_file_log_answer_page_or_export() {
    let folder = Folder::new("canaries");
    std::fs::create_dir_all(folder.data().parent().expect("a folder")).expect("a folder");
    let log = folder.data().parent().expect("a folder").join("server.log");
    let mut command =
        folder.command(&["serve", "--listen", "127.0.0.1:0", "--otlp-grpc", "off", "--log-format", "json"]);
    // Everything that the program can be made to say.
    let command = command.env("PARALLAX_LOG", "debug").stderr(std::fs::File::create(&log).expect("a log"));
    let server = Server::launch(command);
    folder.run(&["project", "create", "Shop"]);
    let key = folder.run(&["key", "create", "--project", "Shop", "--kind", "ingest"]);
    let read_key = folder.run(&["key", "create", "--project", "Shop", "--kind", "read", "--role", "admin"]);
    let sender = Sender { server: &server, key, answers: Default::default() };
    wait("the key", || sender.json("/api/v1/events", &json!({ "events": [] })) == 200);
    let canaries = Canaries::default();
    send_everything(&sender, &canaries);
    assert!(canaries.number() > 1_000, "many were sent");

    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut leaks = Vec::new();
    let data = folder.data();
    runtime.block_on(async {
        let mut connection = database(&data).await;
        // What is folded is searched folded.
        for _ in 0..200 {
            let waiting: i64 =
                sqlx::query_scalar("select count(*) from batch").fetch_one(&mut connection).await.expect("batches");
            if waiting == 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        for (table, least) in [
            ("event", 6),
            ("span", 6),
            ("log", 16),
            ("metric", 6),
            ("ticket", 1),
            ("consent", 2),
            ("occurrence", 1),
            ("chunk", 1),
        ] {
            let sql = format!("select count(*) from {table}");
            let rows: i64 =
                sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&mut connection).await.expect("count");
            assert!(rows >= least, "{table} holds {rows} rows: what was not stored proves nothing");
        }
        let cells = search_tables(&mut connection, &mut leaks).await;
        assert!(cells > 1_000, "{cells} cells were searched");
        sqlx::query("checkpoint").execute(&mut connection).await.expect("checkpoint");
    });
    must_not_be_found("an answer", &sender.answers.borrow(), &mut leaks);
    must_not_be_found("a page or export", &look_around(&server, &folder, &read_key), &mut leaks);
    drop(sender);
    server.stop();
    must_not_be_found("the log", &std::fs::read(&log).expect("the log"), &mut leaks);
    let searched = search_files(&folder.data(), &mut leaks);
    assert!(searched > 10_000_000, "{searched} bytes were searched");
    // The same leak shows in many rows; each is told once.
    let mut told = std::collections::BTreeMap::new();
    for leak in leaks {
        let kind: String = leak.chars().filter(|letter| !letter.is_ascii_hexdigit()).collect();
        told.entry(kind).or_insert(leak);
    }
    let told: Vec<String> = told.into_values().take(40).collect();
    assert!(told.is_empty(), "canaries got through:\n{}", told.join("\n"));
}
