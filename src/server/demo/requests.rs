//! What a request of each kind does inside the company: the ones of looking around.

use super::desk::Desk;
use super::exceptions;
use super::orders;
use super::otlp;
use super::random::Dice;
use super::session::{Call, CallKind, Fault, Session};
use super::shop;
use super::topology::{DATABASE, REPLICA, Role};
use super::trace::{Level, Trace};
use super::world::World;

pub const STORE: &str = "fernhillmedia.blob.example";

/// The trace of a call that arrived at `at`.
pub fn trace(world: &World, session: &Session, call: &Call, at: i64) -> Trace {
    let dice = Dice::of(&[call.key, 51]);
    let mut desk = Desk { world, session, call, at, dice, trace: Trace::new(call.key, at) };
    match &call.kind {
        CallKind::Page { route, path } => desk.page(route, path),
        CallKind::Image { product } => desk.image(*product),
        CallKind::Search { hits } => desk.search(*hits),
        CallKind::SizeAdvice { product } => desk.size_advice(*product),
        CallKind::BasketAdd { product } => desk.basket_add(*product),
        CallKind::Login { accepted } => desk.login(*accepted),
        CallKind::SignUp => desk.sign_up(),
        CallKind::Orders => desk.orders(),
        CallKind::Checkout { items } => orders::checkout(&mut desk, *items),
        CallKind::AddressLookup => orders::address(&mut desk),
        CallKind::Pay { payment, method, value, items } => orders::pay(&mut desk, payment, method, *value, *items),
    }
    if session.consent.usage {
        desk.trace.set(0, otlp::text("session.id", session.id()));
        if call.known {
            desk.trace.set(0, otlp::text("user.id", session.person.user()));
        }
    }
    desk.trace
}

impl Desk<'_> {
    fn page(&mut self, route: &'static str, path: &str) {
        let (world, fault, server) = (self.world, self.call.fault, self.session.page_server);
        let root = self.trace.serve(None, server, route, 0.0);
        self.trace.set(root, otlp::text("url.path", path));
        let leak = world.troubles.leak(server.host, self.at).map_or(0.0, |leak| leak.strength(self.at));
        let drag = world.troubles.drag(server.host, self.at);
        let mut now = self.dice.around(3.0, 0.3);
        if route == "GET /p/{slug}" || route == "GET /c/{category}" {
            now = self.catalogue(root, route, now);
        }
        now += self.dice.around(19.0, 0.35) * (1.0 + 2.2 * leak) * drag;
        match fault {
            Some(Fault::QueryTimeout) => {
                self.trace.say(
                    root,
                    now - 1.0,
                    Level::Error,
                    format!("{route} failed: prices timed out after 5000 ms"),
                );
                self.trace.answer(root, 504, now);
            }
            Some(Fault::OutOfMemory) => {
                now += self.dice.between(900.0, 2_600.0);
                self.trace.fail(root, &exceptions::OUT_OF_MEMORY, now - 0.4);
                let host = &world.topology.machine(server.host).name;
                let line = format!("worker killed while rendering {path}: JavaScript heap out of memory ({host})");
                self.trace.say(root, now - 0.3, Level::Error, line);
                self.trace.answer(root, 500, now);
                self.trace.spans[root].failed = Some(exceptions::OUT_OF_MEMORY.message);
            }
            Some(Fault::Upstream) => {
                self.trace.fail(root, &exceptions::BAD_GATEWAY, now - 0.5);
                self.trace.answer(root, 502, now);
            }
            None => {
                if leak > 0.15 && self.dice.chance(leak) {
                    let pause = 180.0 + 1_100.0 * leak * self.dice.unit();
                    self.trace.say(
                        root,
                        now,
                        Level::Warn,
                        format!("gc pause of {pause:.0} ms (mark-compact, old space)"),
                    );
                    now += pause;
                }
                if self.sometimes(3.0) {
                    self.trace.say(root, now, Level::Info, format!("{route} 200 in {now:.0} ms"));
                }
                self.trace.answer(root, 200, now);
            }
        }
    }

    /// Products and prices from the catalogue.
    fn catalogue(&mut self, root: usize, route: &'static str, from: f64) -> f64 {
        let name = if route == "GET /p/{slug}" { "GET /products/{id}" } else { "GET /categories/{id}" };
        let catalog = self.call(root, Role::Catalog, name, from);
        let span = catalog.server;
        let asked = catalog.arrived + self.work(catalog.instance, 3.2, 0.3);
        if self.call.fault == Some(Fault::QueryTimeout) {
            let asked_for = (asked, 5_000.0 + self.dice.unit());
            let (query, end) =
                self.trace.query(span, "postgresql", DATABASE, "catalog", "SELECT price_list", asked_for);
            self.trace.fail(query, &exceptions::QUERY_TIMEOUT, end - 0.2);
            self.trace.set(query, otlp::text("error.type", "57014"));
            let line =
                "query timed out after 5000 ms: SELECT price_list (canceling statement due to statement timeout)";
            self.trace.say(query, end - asked, Level::Error, line.to_owned());
            return self.back(&catalog, 504, end + 1.4);
        }
        let lasts = self.query_time(if route == "GET /p/{slug}" { 4.2 } else { 11.0 });
        let summary = if route == "GET /p/{slug}" { "SELECT price_list" } else { "SELECT category" };
        let (query, mut end) = self.trace.query(span, "postgresql", DATABASE, "catalog", summary, (asked, lasts));
        if lasts > 400.0 {
            let line = format!("slow query: {summary} took {lasts:.0} ms (seq scan on price_list, 2.1 M rows)");
            self.trace.say(query, lasts, Level::Warn, line);
        }
        end += self.work(catalog.instance, 2.0, 0.3);
        if self.sometimes(6.0) {
            self.trace.say(span, 1.0, Level::Debug, format!("cache miss {name}, ttl 300 s"));
        }
        self.back(&catalog, 200, end)
    }

    fn image(&mut self, product: usize) {
        let instance = self.some(Role::Image);
        let root = self.trace.serve(None, instance, "GET /images/{id}", 0.0);
        let slug = shop::PRODUCTS[product].slug;
        self.trace.set(root, otlp::text("url.path", format!("/images/{slug}-800.avif")));
        let missing = self.dice.chance(0.012);
        let busy = self.dice.chance(0.006);
        let key = format!("originals/{slug}.tif");
        let mut now = self.dice.around(1.8, 0.3);
        if busy {
            let (span, answered) = self.read_blob(root, &key, 503, now, 0);
            self.trace.set(span, otlp::text("error.type", "503"));
            self.trace.spans[span].failed = Some("ServerBusy");
            let line = format!("{STORE} answered 503 ServerBusy for {slug}, sent again in 80 ms");
            self.trace.say(root, answered, Level::Warn, line);
            now = answered + 80.0;
        }
        let status = if missing { 404 } else { 200 };
        let (span, read) = self.read_blob(root, &key, status, now, i64::from(busy));
        if missing {
            self.trace.fail(span, &exceptions::BLOB_MISSING, read - 0.1);
            self.trace.say(
                root,
                read,
                Level::Warn,
                format!("no original for {slug}: The specified blob does not exist."),
            );
            self.trace.answer(root, 404, read + 0.8);
            return;
        }
        let done = read + self.work(instance, 46.0, 0.35);
        if self.sometimes(4.0) {
            self.trace.say(root, done, Level::Debug, format!("resized {slug} to 800 px avif in {:.0} ms", done - read));
        }
        self.trace.answer(root, 200, done);
    }

    fn search(&mut self, hits: u32) {
        let (root, now) = self.gateway("GET /search");
        let search = self.call(root, Role::Search, "GET /search", now);
        let asked = search.arrived + self.work(search.instance, 14.0, 0.3);
        let lasts = self.work(search.instance, 205.0, 0.55);
        let (query, end) =
            self.trace.query(search.server, "opensearch", "srch-01", "products", "search products", (asked, lasts));
        self.trace.set(query, otlp::int("db.response.returned_rows", i64::from(hits)));
        let done = end + self.work(search.instance, 9.0, 0.3);
        let after = done - search.arrived;
        if hits == 0 {
            self.trace.say(search.server, after, Level::Info, "search without results".to_owned());
        } else if lasts > 600.0 {
            self.trace.say(search.server, after, Level::Warn, format!("slow search: {lasts:.0} ms, {hits} hits"));
        } else if self.sometimes(2.0) {
            self.trace.say(search.server, after, Level::Info, format!("search done: {hits} hits in {lasts:.0} ms"));
        }
        let back = self.back(&search, 200, done);
        self.trace.answer(root, 200, back + 1.0);
    }

    fn size_advice(&mut self, product: usize) {
        let (root, now) = self.gateway("POST /size-advice");
        let catalog = self.call(root, Role::Catalog, "POST /size-advice", now);
        let asked = catalog.arrived + self.work(catalog.instance, 4.0, 0.3);
        let lasts = self.query_time(7.0);
        let asked_for = (asked, lasts);
        let (_, end) =
            self.trace.query(catalog.server, "postgresql", REPLICA, "catalog", "SELECT size_chart", asked_for);
        let done = end + self.work(catalog.instance, 11.0, 0.4);
        let slug = shop::PRODUCTS[product].slug;
        let line = format!("size advice for {slug}: model v3, 2 candidates");
        self.trace.say(catalog.server, done - catalog.arrived, Level::Debug, line);
        let back = self.back(&catalog, 200, done);
        self.trace.answer(root, 200, back + 0.8);
    }

    fn basket_add(&mut self, product: usize) {
        let (root, now) = self.gateway("POST /basket/items");
        let basket = self.call(root, Role::Basket, "POST /basket/items", now);
        let asked = basket.arrived + self.work(basket.instance, 6.0, 0.3);
        let stock = self.call(basket.server, Role::Catalog, "GET /stock/{id}", asked);
        let lasts = self.query_time(3.1);
        let from = (stock.arrived + 1.2, lasts);
        let (_, end) = self.trace.query(stock.server, "postgresql", DATABASE, "catalog", "SELECT stock", from);
        let known = self.back(&stock, 200, end + 0.9);
        let (_, end) = self.trace.query(basket.server, "redis", "web-01", "0", "HSET basket", (known, 0.9));
        let conflict = self.dice.chance(0.004);
        let after = end - basket.arrived;
        if conflict {
            let line = "basket version conflict, client must reload".to_owned();
            self.trace.say(basket.server, after, Level::Warn, line);
        } else {
            let slug = shop::PRODUCTS[product].slug;
            self.trace.say(basket.server, after, Level::Info, format!("basket item added: {slug}"));
        }
        let status = if conflict { 409 } else { 201 };
        let done = end + self.work(basket.instance, 18.0, 0.4);
        let back = self.back(&basket, status, done);
        self.trace.answer(root, status, back + 0.7);
    }

    fn login(&mut self, accepted: bool) {
        let (root, now) = self.gateway("POST /auth/login");
        let auth = self.call(root, Role::Auth, "POST /login", now);
        let asked = auth.arrived + self.work(auth.instance, 4.0, 0.3);
        let lasts = self.query_time(3.4);
        let asked_for = (asked, lasts);
        let (_, end) = self.trace.query(auth.server, "postgresql", DATABASE, "accounts", "SELECT account", asked_for);
        // The password is hashed on purpose slowly.
        let done = end + self.work(auth.instance, 58.0, 0.08);
        let after = done - auth.arrived;
        let canaries = &self.world.scenario.canaries;
        let email = self.dice.pick(&canaries.emails).as_str();
        let address = self.dice.pick(&canaries.addresses).as_str();
        match (accepted, self.dice.chance(0.5)) {
            (true, true) => {
                self.trace.say(auth.server, after, Level::Info, format!("login accepted from {address}"));
            }
            (true, false) => {}
            (false, true) => {
                let line = format!("Failed to authenticate user {email} - Invalid credentials");
                self.trace.say(auth.server, after, Level::Error, line);
            }
            (false, false) => {
                let time = super::calendar::log_time(self.at);
                let line =
                    format!("{time} ERROR UserService: Failed to authenticate user {email} - Invalid credentials");
                self.trace.say(auth.server, after, Level::Error, line);
                if let Some(line) = self.trace.lines.last_mut() {
                    line.plain = true;
                }
            }
        }
        let status = if accepted { 200 } else { 401 };
        let back = self.back(&auth, status, done + 0.8);
        self.trace.answer(root, status, back + 0.6);
    }

    fn sign_up(&mut self) {
        let (root, now) = self.gateway("POST /account");
        let auth = self.call(root, Role::Auth, "POST /accounts", now);
        let asked = auth.arrived + self.work(auth.instance, 66.0, 0.1);
        let lasts = self.query_time(5.0);
        let asked_for = (asked, lasts);
        let (_, end) = self.trace.query(auth.server, "postgresql", DATABASE, "accounts", "INSERT account", asked_for);
        let sent = self.publish(auth.server, "publish AccountCreated", end + 0.4);
        self.trace.say(auth.server, sent.1 - auth.arrived, Level::Info, "account created".to_owned());
        let back = self.back(&auth, 201, sent.1 + 0.6);
        let done = self.trace.answer(root, 201, back + 0.6);
        self.notify(sent.0, "process AccountCreated", done);
    }

    fn orders(&mut self) {
        let (root, now) = self.gateway("GET /account/orders");
        let order = self.call(root, Role::Order, "GET /orders", now);
        let asked = order.arrived + self.work(order.instance, 6.0, 0.3);
        let lasts = self.query_time(14.0);
        let asked_for = (asked, lasts);
        let (_, end) = self.trace.query(order.server, "postgresql", REPLICA, "orders", "SELECT orders", asked_for);
        let done = end + self.work(order.instance, 44.0, 0.4);
        if self.sometimes(3.0) {
            self.trace.say(order.server, done - order.arrived, Level::Info, "order history read".to_owned());
        }
        let back = self.back(&order, 200, done);
        self.trace.answer(root, 200, back + 0.7);
    }
}
