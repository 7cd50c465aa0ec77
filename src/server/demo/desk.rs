//! What the functions of requests work with: copies of services, their work, calls between them, objects and messages.

use super::exceptions;
use super::otlp;
use super::random::Dice;
use super::requests::STORE;
use super::session::{Call, Session};
use super::topology::{Instance, Role};
use super::trace::{Kind, Level, Read, Trace};
use super::world::World;

/// What the request functions work with.
pub(super) struct Desk<'a> {
    pub world: &'a World,
    pub session: &'a Session,
    pub call: &'a Call,
    pub at: i64,
    pub dice: Dice,
    pub trace: Trace,
}

/// A call that has arrived: the caller's span, the callee's, and when.
pub(super) struct Reached {
    pub client: usize,
    pub server: usize,
    pub instance: Instance,
    pub arrived: f64,
}

impl Desk<'_> {
    /// Some copy of a service.
    pub fn some(&mut self, role: Role) -> Instance {
        self.world.topology.instance(role, self.dice.bits() >> 8, self.at)
    }

    /// Milliseconds of work of a copy of a service: around a median, at the pace of its releases and of its machine.
    pub fn work(&mut self, instance: Instance, median: f64, spread: f64) -> f64 {
        let drag = self.world.troubles.drag(instance.host, self.at);
        self.dice.around(median, spread) * self.world.topology.pace(instance.role, self.at) * drag
    }

    /// Milliseconds of a query, longer while the database is in trouble.
    pub fn query_time(&mut self, median: f64) -> f64 {
        let strength = self.world.troubles.database(self.at);
        self.dice.around(median, 0.5) * (1.0 + 24.0 * strength)
    }

    /// The way between two services.
    pub fn hop(&mut self) -> f64 {
        self.dice.between(0.25, 0.9)
    }

    pub fn gateway(&mut self, name: &'static str) -> (usize, f64) {
        let root = self.trace.serve(None, self.session.gateway, name, 0.0);
        let path = name.split_once(' ').map_or("/", |(_, route)| route);
        self.trace.set(root, otlp::text("url.path", path));
        (root, self.work(self.session.gateway, 2.4, 0.3))
    }

    /// A call from one service to another.
    pub fn call(&mut self, from: usize, role: Role, name: &'static str, at: f64) -> Reached {
        let instance = self.some(role);
        let client = self.trace.request(from, name, role.name(), at);
        let arrived = at + self.hop();
        let server = self.trace.serve(Some(client), instance, name, arrived);
        Reached { client, server, instance, arrived }
    }

    /// Its answer: when the caller has it.
    pub fn back(&mut self, reached: &Reached, status: i64, done: f64) -> f64 {
        let back = self.trace.answer(reached.server, status, done) + self.hop();
        self.trace.set(reached.client, otlp::int("http.response.status_code", status));
        if status >= 500 {
            self.trace.spans[reached.client].failed = Some("");
            self.trace.set(reached.client, otlp::text("error.type", status.to_string()));
        }
        self.trace.close(reached.client, back)
    }

    /// Something to read for one in `every`.
    pub fn sometimes(&mut self, every: f64) -> bool {
        self.dice.chance(1.0 / every)
    }

    /// Reads an object from storage: its span and its end. The account's own log tells of it as well.
    pub fn read_blob(&mut self, parent: usize, key: &str, status: i64, from: f64, again: i64) -> (usize, f64) {
        let span = self.trace.request(parent, "GET", STORE, from);
        self.trace.set(span, otlp::text("aws.s3.bucket", "originals"));
        self.trace.set(span, otlp::text("aws.s3.key", key));
        self.trace.set(span, otlp::text("rpc.method", "GetBlob"));
        if again > 0 {
            self.trace.set(span, otlp::int("http.request.resend_count", again));
        }
        self.trace.set(span, otlp::int("http.response.status_code", status));
        let lasts = self.dice.around(16.0, 0.4);
        self.trace.reads.push(Read { key: key.to_owned(), after: from + lasts * 0.8, status, server_ms: lasts * 0.62 });
        (span, self.trace.close(span, from + lasts))
    }

    /// A message to the queue: its span and its end.
    pub fn publish(&mut self, parent: usize, name: &'static str, from: f64) -> (usize, f64) {
        let instance = self.trace.spans[parent].instance;
        let span = self.trace.open(Some(parent), instance, Kind::Producer, name, from);
        let topic = name.split(' ').nth(1).unwrap_or(name);
        for attribute in [
            otlp::text("messaging.system", "kafka"),
            otlp::text("messaging.destination.name", topic),
            otlp::text("messaging.operation.type", "send"),
        ] {
            self.trace.set(span, attribute);
        }
        let lasts = self.dice.around(3.6, 0.25);
        (span, self.trace.close(span, from + lasts))
    }

    /// The receiver works after the answer has gone out.
    pub fn notify(&mut self, producer: usize, name: &'static str, after: f64) {
        let instance = self.some(Role::Notification);
        // While its machine is crowded, messages wait.
        let drag = self.world.troubles.drag(instance.host, self.at);
        let from = after + self.dice.around(9.0, 0.6) * drag * drag;
        let span = self.trace.open(Some(producer), instance, Kind::Consumer, name, from);
        let topic = name.split(' ').nth(1).unwrap_or(name);
        self.trace.set(span, otlp::text("messaging.system", "kafka"));
        self.trace.set(span, otlp::text("messaging.destination.name", topic));
        self.trace.set(span, otlp::text("messaging.operation.type", "process"));
        let send = self.trace.request(span, "SEND smtp", "mail.example", from + 1.4);
        let later = self.dice.chance(0.012);
        let sent = self.trace.close(send, from + 1.4 + self.dice.around(42.0, 0.4));
        if later {
            self.trace.fail(send, &exceptions::MAIL_LATER, sent - 0.2);
            self.trace.say(span, sent - from, Level::Warn, "SMTP 421 try again later, queued for 300 s".to_owned());
        } else if self.sometimes(2.0) {
            self.trace.say(span, sent - from, Level::Info, format!("mail handed over, {topic}"));
        }
        self.trace.close(span, sent + 0.8);
    }
}
