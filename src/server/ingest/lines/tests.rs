use super::*;
use chrono::TimeZone;
use proptest::prelude::*;

fn received() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 15, 15, 0, 0).single().expect("a time")
}

fn read(line: &str) -> Parsed {
    parse_received(line, received())
}

/// Time (with milliseconds), level, service, message.
fn parts(line: &str) -> (Option<String>, Option<&'static str>, Option<String>, String) {
    let parsed = read(line);
    let at = parsed.at.map(|at| at.format("%Y-%m-%dT%H:%M:%S%.3f").to_string());
    (at, parsed.severity.map(Severity::word), parsed.service, parsed.message)
}

fn attribute(line: &str, name: &str) -> Option<String> {
    read(line).attributes.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

#[test]
fn the_line_of_the_failed_login_is_split_into_time_level_service_and_message() {
    let parsed = parse(
        "2026-01-15 14:32:18 ERROR UserService: Failed to authenticate user john.doe@example.com - Invalid credentials",
    );
    assert_eq!(parsed.at, Utc.with_ymd_and_hms(2026, 1, 15, 14, 32, 18).single());
    assert_eq!(parsed.severity, Some(Severity::Error));
    assert_eq!(parsed.service.as_deref(), Some("UserService"));
    assert_eq!(parsed.message, "Failed to authenticate user john.doe@example.com - Invalid credentials");
    assert!(parsed.metrics.is_empty() && parsed.host.is_none());
}

#[test]
fn the_line_of_the_machine_becomes_three_points_of_its_host() {
    let parsed = parse("VM-WEB-01: CPU utilization 85%, Memory 92%, Disk I/O 1200 IOPS");
    assert_eq!(parsed.host.as_deref(), Some("VM-WEB-01"));
    assert_eq!(parsed.message, "VM-WEB-01: CPU utilization 85%, Memory 92%, Disk I/O 1200 IOPS");
    let points: Vec<_> = parsed.metrics.iter().map(|point| (point.name, point.value, point.unit)).collect();
    assert_eq!(
        points,
        [
            ("system.cpu.utilization", 0.85, "1"),
            ("system.memory.utilization", 0.92, "1"),
            ("system.disk.operations", 1200.0, "{operation}/s"),
        ]
    );
    assert_eq!((parsed.at, parsed.severity, parsed.service), (None, None, None));
}

#[test]
fn times_levels_and_services_are_read_in_their_usual_spellings() {
    let at = |text: &str| Some(text.to_owned());
    for (line, expected) in [
        ("2026-01-15T14:32:18Z INFO ready", (at("2026-01-15T14:32:18.000"), Some("info"), None, "ready")),
        ("2026-01-15T14:32:18.5+01:00 WARN slow", (at("2026-01-15T13:32:18.500"), Some("warn"), None, "slow")),
        ("2026-01-15 14:32:18,123 ERROR boom", (at("2026-01-15T14:32:18.123"), Some("error"), None, "boom")),
        ("2026-01-15 14:32:18.123456 +0200 DEBUG x", (at("2026-01-15T12:32:18.123"), Some("debug"), None, "x")),
        ("[2026-01-15 14:32:18] [ERROR] boom", (at("2026-01-15T14:32:18.000"), Some("error"), None, "boom")),
        (
            "2026/01/15 14:32:18 [error] 1234#0: *1 open() failed",
            (at("2026-01-15T14:32:18.000"), Some("error"), None, "1234#0: *1 open() failed"),
        ),
        (
            "2026/01/15 14:32:18 http: TLS handshake error",
            (at("2026-01-15T14:32:18.000"), None, None, "http: TLS handshake error"),
        ),
        (
            "[Thu Jan 15 14:32:18.123456 2026] [core:error] [pid 7] denied",
            (at("2026-01-15T14:32:18.123"), Some("error"), None, "[pid 7] denied"),
        ),
        (
            "2026-01-15 14:32:18.123 UTC [812] ERROR:  relation \"x\" does not exist",
            (at("2026-01-15T14:32:18.123"), Some("error"), None, "relation \"x\" does not exist"),
        ),
        (
            "2026-01-15 14:32:18.123 [main] WARN  c.e.shop.Orders - slow",
            (at("2026-01-15T14:32:18.123"), Some("warn"), None, "c.e.shop.Orders - slow"),
        ),
        (
            "2026-01-15 14:32:18,123 - shop.orders - ERROR - boom",
            (at("2026-01-15T14:32:18.123"), Some("error"), None, "boom"),
        ),
        (
            "2026-01-15T14:32:18.123+01:00  INFO 1 --- [shop] [main] c.e.shop.Orders : Started",
            (at("2026-01-15T13:32:18.123"), Some("info"), None, "Started"),
        ),
        (
            "2026-01-15T14:32:18.123456Z ERROR shop::orders: boom",
            (at("2026-01-15T14:32:18.123"), Some("error"), None, "shop::orders: boom"),
        ),
        ("2026-01-15T14:32:18Z\tinfo\tready", (at("2026-01-15T14:32:18.000"), Some("info"), None, "ready")),
        ("2026-01-15T14:32:18Z info: ready", (at("2026-01-15T14:32:18.000"), Some("info"), None, "ready")),
        (
            "2026-01-15 14:32:18 error in module x",
            (at("2026-01-15T14:32:18.000"), Some("error"), None, "error in module x"),
        ),
        (
            "2026-01-15 14:32:18 ERROR TypeError: x is undefined",
            (at("2026-01-15T14:32:18.000"), Some("error"), None, "TypeError: x is undefined"),
        ),
        (
            "2026-01-15 14:32:18 checkout-api: ready",
            (at("2026-01-15T14:32:18.000"), None, Some("checkout-api".to_owned()), "ready"),
        ),
        (
            "E0115 14:32:18.123456    4711 reconciler.go:221] failed to sync",
            (at("2026-01-15T14:32:18.123"), Some("error"), None, "failed to sync"),
        ),
        (
            "Jan 15 14:32:18 web-01 sshd[812]: Accepted publickey",
            (at("2026-01-15T14:32:18.000"), None, Some("sshd".to_owned()), "Accepted publickey"),
        ),
        (
            "<131>Jan 15 14:32:18 web-01 app: boom",
            (at("2026-01-15T14:32:18.000"), Some("error"), Some("app".to_owned()), "boom"),
        ),
        (
            "Dec 31 23:59:59 web-01 app: last year",
            (at("2025-12-31T23:59:59.000"), None, Some("app".to_owned()), "last year"),
        ),
        (
            "2026-01-15T14:32:18.123456+01:00 web-01 app[7]: ready",
            (at("2026-01-15T13:32:18.123"), None, Some("app".to_owned()), "ready"),
        ),
        (
            "<131>1 2026-01-15T14:32:18.037212+00:00 vm checkout - AUTH [timeQuality tzKnown=\"1\"][order@32473 id=\"o-\\]1\"] card declined",
            (at("2026-01-15T14:32:18.037"), Some("error"), Some("checkout".to_owned()), "card declined"),
        ),
        (
            "<131>1 2026-01-15T15:00:00Z VM-WEB-01 UserService - - - 2026-01-15 14:32:18 WARN UserService: inner wins",
            (at("2026-01-15T14:32:18.000"), Some("warn"), Some("UserService".to_owned()), "inner wins"),
        ),
        (
            "2026-01-15T14:32:18.1Z stderr F level=error msg=\"boom here\" service=shop",
            (at("2026-01-15T14:32:18.100"), Some("error"), Some("shop".to_owned()), "boom here"),
        ),
        ("ERROR: relation missing", (None, Some("error"), None, "relation missing")),
        ("2026-01-15 14:32:18.123 +01:00 [INF] ready", (at("2026-01-15T13:32:18.123"), Some("info"), None, "ready")),
        ("2026-01-15 14:32:18 +10 points", (at("2026-01-15T14:32:18.000"), None, None, "+10 points")),
        ("2026-01-15 14:32:18+02 ERROR x", (at("2026-01-15T12:32:18.000"), Some("error"), None, "x")),
        ("[warn] low disk", (None, Some("warn"), None, "low disk")),
        ("ERROR UserService: boom", (None, Some("error"), Some("UserService".to_owned()), "boom")),
        ("Error: boom\n    at x.js:1", (None, Some("error"), None, "Error: boom\n    at x.js:1")),
        (
            "2026-01-15 14:32:18 ERROR Boom: x\n    at a\n    at b",
            (at("2026-01-15T14:32:18.000"), Some("error"), None, "Boom: x\n    at a\n    at b"),
        ),
        (
            "2026-01-15 14:32:18 LOG:  checkpoint starting",
            (at("2026-01-15T14:32:18.000"), Some("info"), None, "checkpoint starting"),
        ),
    ] {
        let (at, severity, service, message) = expected;
        assert_eq!(parts(line), (at, severity, service, message.to_owned()), "{line}");
    }
}

#[test]
fn pairs_and_objects_give_their_well_known_fields() {
    let parsed = read("level=error ts=2026-01-15T14:32:18Z msg=\"card \\\"x\\\" declined\" service=checkout order=o-1");
    assert_eq!(parsed.message, "card \"x\" declined");
    assert_eq!((parsed.severity, parsed.service.as_deref()), (Some(Severity::Error), Some("checkout")));
    assert!(parsed.at.is_some());
    assert_eq!(parsed.attributes, [("order".to_owned(), "o-1".to_owned())]);

    let parsed = read(
        "{\"level\":\"error\",\"msg\":\"boom\",\"service\":{\"name\":\"shop\",\"version\":\"2\"},\"time\":\"2026-01-15T14:32:18Z\",\
         \"hostname\":\"web-01\",\"http\":{\"status\":502},\"ok\":false,\"tags\":[1],\"none\":null}",
    );
    assert_eq!(
        (parsed.severity, parsed.service.as_deref(), parsed.host.as_deref()),
        (Some(Severity::Error), Some("shop"), Some("web-01"))
    );
    let attributes: Vec<_> = parsed.attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(attributes, ["http.status=502", "ok=false", "service.name=shop", "service.version=2", "tags=[1]"]);

    let pino = read("{\"level\":50,\"time\":1768487538123,\"pid\":7,\"msg\":\"boom\"}");
    assert_eq!(pino.severity, Some(Severity::Error));
    assert_eq!(pino.at, Utc.timestamp_millis_opt(1_768_487_538_123).single());

    let docker =
        read("{\"log\":\"2026-01-15 14:32:18 WARN slow\\n\",\"stream\":\"stderr\",\"time\":\"2026-01-15T14:32:19Z\"}");
    assert_eq!((docker.message.as_str(), docker.severity), ("slow", Some(Severity::Warn)));
    assert_eq!(docker.at, Utc.with_ymd_and_hms(2026, 1, 15, 14, 32, 18).single());
}

#[test]
fn an_access_line_keeps_its_text_and_tells_status_and_level() {
    let line =
        "198.51.100.4 - jane [15/Jan/2026:14:32:18 +0100] \"GET /cart?x=1 HTTP/1.1\" 502 157 \"-\" \"Mozilla/5.0\"";
    let (at, severity, _, message) = parts(line);
    assert_eq!((at.as_deref(), severity, message.as_str()), (Some("2026-01-15T13:32:18.000"), Some("error"), line));
    assert_eq!(attribute(line, "http.response.status_code").as_deref(), Some("502"));
    assert_eq!(attribute(line, "url.path").as_deref(), Some("/cart"));
    assert_eq!(attribute(line, "http.request.method").as_deref(), Some("GET"));
}

#[test]
fn prefixes_tell_process_thread_and_logger() {
    assert_eq!(attribute("2026-01-15 14:32:18.123 UTC [812] ERROR:  x", "process.pid").as_deref(), Some("812"));
    assert_eq!(attribute("2026-01-15 14:32:18 [main] INFO x", "thread.name").as_deref(), Some("main"));
    assert_eq!(
        attribute("2026-01-15 14:32:18,1 - shop.orders - INFO - x", "logger.name").as_deref(),
        Some("shop.orders")
    );
    assert_eq!(attribute("Jan 15 14:32:18 web-01 sshd[812]: x", "process.pid").as_deref(), Some("812"));
}

#[test]
fn a_machine_is_known_in_other_lines_too() {
    let parsed =
        read("2026-01-15 14:32:18 WARN db-02: CPU 99.5%; Load 12.5; Disk write 120 MB/s | Network in 80 Mbit/s");
    assert_eq!(parsed.host.as_deref(), Some("db-02"));
    let points: Vec<_> = parsed.metrics.iter().map(|point| (point.name, point.value, point.unit)).collect();
    assert_eq!(
        points,
        [
            ("system.cpu.utilization", 0.995, "1"),
            ("system.cpu.load_average.1m", 12.5, "{thread}"),
            ("system.disk.io", 120e6, "By/s"),
            ("system.network.io", 10e6, "By/s"),
        ]
    );
    assert_eq!(parsed.metrics[2].labels, [("disk.io.direction", "write")]);
    let wrapped = read("<131>Jan 15 14:32:18 web-07 monitor: CPU utilization 85%, Memory 92%");
    assert_eq!((wrapped.host.as_deref(), wrapped.metrics.len()), (Some("web-07"), 2));
    let nested = read("<131>Jan 15 14:32:18 relay monitor: VM-WEB-01: CPU utilization 85%");
    assert_eq!((nested.host.as_deref(), nested.metrics.len()), (Some("VM-WEB-01"), 1));
    assert_eq!(read("2026-01-15 14:32:18 ERROR VM-WEB-01: disk failing").host.as_deref(), Some("VM-WEB-01"));
}

#[test]
fn what_is_not_certain_stays_in_the_text() {
    for line in [
        "",
        "just some words",
        "Order 12: CPU 85%",
        "CPU utilization 85%, Memory 92%",
        "VM-WEB-01: CPU utilization 85% and rising",
        "VM-WEB-01: CPU utilization 850%",
        "note: see 2026-01-15 14:32:18",
        "2026-13-45 14:32:18 ERROR x",
        "2026-01-15 is a Thursday",
        "20260115 143218 run",
        "Informational message",
        "UserService: started",
        "http: listening",
        "{\"a\":1,\"b\":2}",
        "{not json}",
        "a=1 b=2",
        "level=info and more words",
        "msg=\"unterminated",
        "[main] ERROR x",
        "(x) y",
        "EMERGENCYEXIT opened",
        "E0115 is a code",
        "[Thu] meeting",
        "1.2.3.4 - - [nonsense] \"GET / HTTP/1.1\" 200 1",
    ] {
        let parsed = read(line);
        assert_eq!(parsed, Parsed { message: line.to_owned(), ..Parsed::default() }, "{line}");
    }
}

#[test]
fn without_a_time_of_receipt_a_date_without_a_year_is_no_time() {
    let line = "Jan 15 14:32:18 web-01 sshd[812]: Accepted";
    assert_eq!(parse(line), Parsed { message: line.to_owned(), ..Parsed::default() });
    assert_eq!(read("Feb 29 14:32:18 web-01 app: no such day in these years").at, None);
}

const PIECES: [&str; 40] = [
    "2026-01-15",
    " ",
    "T",
    "14:32:18",
    ".123",
    "Z",
    "+01:00",
    "[",
    "]",
    "<131>",
    "1 ",
    "ERROR",
    "info",
    ": ",
    " - ",
    "UserService",
    "VM-WEB-01",
    "CPU 85%",
    ", ",
    "Memory 92%",
    "{",
    "}",
    "\"msg\":",
    "\"x\"",
    "level=error",
    "msg=\"",
    "\"",
    "Jan 15 ",
    "Feb 29 ",
    "E0115 ",
    " --- ",
    " : ",
    "stderr F ",
    "[15/Jan/2026:14:32:18 +0100] \"GET / HTTP/1.1\" 200 1",
    "é",
    "🙂",
    "\n",
    "\\",
    "9999999999999999999",
    "1e308",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_line_is_read_without_panic(line in any::<String>()) {
        read(&line);
        parse(&line);
    }

    #[test]
    fn a_line_of_familiar_pieces_is_read_without_panic_and_points_are_finite(
        pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..16),
    ) {
        let parsed = read(&pieces.concat());
        prop_assert!(parsed.metrics.iter().all(|point| point.value.is_finite()));
        prop_assert!(parsed.attributes.len() <= ATTRIBUTES + 8);
    }
}
