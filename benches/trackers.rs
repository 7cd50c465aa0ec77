//! Requests with one event each, as the trackers of other products send them from pages: how many a second are stored
//! and answered, and how long one takes. The clients run on the same cores.

use crate::figure::{Figure, quantile};
use crate::program::Program;
use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Connections that always have one request under way.
const CONNECTIONS: usize = 64;
/// People who come back again and again.
const VISITORS: u32 = 5_000;
const WARM: Duration = Duration::from_secs(3);
const MEASURED: Duration = Duration::from_secs(15);
const AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

pub fn measure() -> Vec<Figure> {
    let program = Program::start(&["--own-telemetry", "off"]);
    let (running, counting, next) = (AtomicBool::new(true), AtomicBool::new(false), AtomicU32::new(0));
    let done = AtomicUsize::new(0);
    let mut times: Vec<f64> = Vec::new();
    let mut seconds = 0.0;
    let mut before = (0.0, 0.0);
    let mut after = (0.0, 0.0);
    std::thread::scope(|scope| {
        let send = || {
            let mut connection = Connection::open(&program.address);
            let mut own = Vec::new();
            while running.load(Ordering::Relaxed) {
                let request = request(&program.key, next.fetch_add(1, Ordering::Relaxed));
                let since = Instant::now();
                connection.ask(request.as_bytes());
                if counting.load(Ordering::Relaxed) {
                    own.push(since.elapsed().as_secs_f64() * 1000.0);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            }
            own
        };
        let senders: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(send)).collect();
        std::thread::sleep(WARM);
        before = program.cpu();
        counting.store(true, Ordering::Relaxed);
        let since = Instant::now();
        std::thread::sleep(MEASURED);
        counting.store(false, Ordering::Relaxed);
        seconds = since.elapsed().as_secs_f64();
        after = program.cpu();
        running.store(false, Ordering::Relaxed);
        times = senders.into_iter().flat_map(|sender| sender.join().expect("a sender")).collect();
    });
    let count = done.load(Ordering::Relaxed) as f64;
    let each = |from: f64, to: f64| (to - from) * 1e6 / count;
    let note = format!(
        "{CONNECTIONS} connections, a third each PostHog, Umami and Plausible, {VISITORS} visitors; p50 {:.1} ms; processor time a request: \
         Parallax {:.0} µs, Postgres {:.0} µs",
        quantile(&mut times, 0.5),
        each(before.0, after.0),
        each(before.1, after.1)
    );
    let slow = quantile(&mut times, 0.99);
    vec![
        Figure {
            name: "Single-event requests a second",
            value: count / seconds,
            unit: "/s",
            floor: Some(3_000.0),
            aim: Some(8_000.0),
            note,
        },
        Figure {
            name: "Single-event request, p99",
            value: slow,
            unit: "ms",
            floor: Some(100.0),
            aim: None,
            note: "at that rate".to_owned(),
        },
    ]
}

/// One that is kept open and reads no more of an answer than its end.
struct Connection {
    write: TcpStream,
    read: BufReader<TcpStream>,
}

impl Connection {
    fn open(address: &str) -> Connection {
        let write = TcpStream::connect(address.trim_start_matches("http://")).expect("the program listens");
        write.set_nodelay(true).expect("a socket");
        let read = BufReader::new(write.try_clone().expect("a socket"));
        Connection { write, read }
    }

    fn ask(&mut self, request: &[u8]) {
        self.write.write_all(request).expect("the connection stays open");
        let mut head = Vec::with_capacity(512);
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            self.read.read_exact(&mut byte).expect("an answer");
            head.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
        assert!(head.starts_with("http/1.1 20"), "{head}");
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next());
        let mut body = vec![0; length.and_then(|text| text.parse().ok()).expect("a length")];
        self.read.read_exact(&mut body).expect("the whole answer");
    }
}

/// The nth request. Every visitor is at an address of its own; a proxy on this machine is believed.
fn request(key: &str, number: u32) -> String {
    let visitor = number % VISITORS;
    let address = format!("198.{}.{}.{}", 18 + (visitor >> 16), (visitor >> 8) & 255, visitor & 255);
    let page = format!("https://shop.example/products/{}?utm_source=news&utm_medium=email", number % 50);
    let (path, body) = match number % 3 {
        0 => ("/e/", posthog(key, &page, visitor, number)),
        1 => (
            "/api/send",
            format!(
                r#"{{"type":"event","payload":{{"website":"{key}","screen":"1440x900","language":"en-US","title":"Product","hostname":"shop.example","url":"{page}","referrer":"https://search.example/"}}}}"#
            ),
        ),
        _ => (
            "/api/event",
            format!(r#"{{"n":"pageview","v":36,"u":"{page}","d":"{key}","r":"https://search.example/"}}"#),
        ),
    };
    format!(
        "POST {path} HTTP/1.1\r\nhost: parallax\r\nuser-agent: {AGENT}\r\nx-forwarded-for: {address}\r\ncontent-type: text/plain\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn posthog(key: &str, page: &str, visitor: u32, number: u32) -> String {
    format!(
        r#"{{"api_key":"{key}","batch":[{{"uuid":"01a20329-08ed-7be5-9f2a-{number:012x}","event":"$pageview","properties":{{"$os":"Linux","$browser":"Chrome","$device_type":"Desktop","$timezone":"Europe/Berlin","$timezone_offset":0,"$current_url":"{page}","$host":"shop.example","$pathname":"/products","$raw_user_agent":"{AGENT}","$browser_version":156,"$browser_language":"en-US","$screen_height":900,"$screen_width":1440,"$viewport_height":800,"$viewport_width":1400,"$lib":"web","$lib_version":"1.449.2","$insert_id":"sokbtneigolhtz30","$time":1795349350.683,"distinct_id":"device-{visitor}","$device_id":"device-{visitor}","$is_identified":false,"utm_source":"news","utm_medium":"email","$referrer":"https://search.example/","$referring_domain":"search.example","title":"Product","token":"{key}","$session_id":"session-{visitor}","$window_id":"window-{visitor}","$process_person_profile":false}}}}]}}"#
    )
}
