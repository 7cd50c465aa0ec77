//! What a request does inside the company: checkout, address and payment.

use super::exceptions;
use super::otlp;
use super::payment::{BACK_OFF, Ending, Payment};
use super::requests::Desk;
use super::session::Fault;
use super::topology::{DATABASE, Role};
use super::trace::{Kind, Level};

pub const PROVIDER: &str = "psp.example";

pub(super) fn checkout(desk: &mut Desk, items: usize) {
    let (root, now) = desk.gateway("GET /checkout/summary");
    let order = desk.some(Role::Order);
    let arrived = now + desk.hop();
    let span = desk.trace.serve(Some(root), order, "GET /summary", arrived);
    let basket = desk.some(Role::Basket);
    let asked = arrived + desk.work(Role::Order, 7.0, 0.3);
    let reading = desk.trace.serve(Some(span), basket, "GET /basket/{id}", asked);
    let (_, end) = desk.trace.query(reading, "redis", "web-01", "0", "HGETALL basket", (asked + 1.1, 1.0));
    let read = desk.trace.answer(reading, 200, end + 1.0) + desk.hop();
    let lasts = desk.query_time(9.0);
    let (_, end) = desk.trace.query(span, "postgresql", DATABASE, "orders", "SELECT shipping_rates", (read, lasts));
    let done = end + desk.work(Role::Order, 62.0, 0.45);
    desk.trace.say(span, done - arrived, Level::Info, format!("checkout opened: {items} lines"));
    let back = desk.trace.answer(span, 200, done) + desk.hop();
    desk.trace.answer(root, 200, back + 0.8);
}

pub(super) fn address(desk: &mut Desk) {
    let (root, now) = desk.gateway("GET /checkout/address");
    let order = desk.some(Role::Order);
    let arrived = now + desk.hop();
    let span = desk.trace.serve(Some(root), order, "GET /address", arrived);
    let asked = arrived + desk.work(Role::Order, 4.0, 0.3);
    let call = desk.trace.request(span, "GET", "address.example", asked);
    if desk.call.fault == Some(Fault::Upstream) {
        let given_up = desk.trace.close(call, asked + 2_000.0);
        desk.trace.set(call, otlp::text("error.type", "timeout"));
        desk.trace.fail(call, &exceptions::ADDRESS_LOOKUP, given_up - 0.1);
        let line = "address lookup failed: request timed out (address.example, 2000 ms)";
        desk.trace.say(span, given_up - arrived, Level::Error, line.to_owned());
        let back = desk.trace.answer(span, 502, given_up + 1.0) + desk.hop();
        desk.trace.answer(root, 502, back + 0.6);
        return;
    }
    desk.trace.set(call, otlp::int("http.response.status_code", 200));
    let lasts = desk.work(Role::Order, 88.0, 0.4);
    let found = desk.trace.close(call, asked + lasts);
    let back = desk.trace.answer(span, 200, found + 1.2) + desk.hop();
    desk.trace.answer(root, 200, back + 0.6);
}

/// A payment: gateway, sign-in check, order, payment with its waits for a connection, provider, receipt.
pub(super) fn pay(desk: &mut Desk, payment: &Payment, method: &str, value: f64, items: usize) {
    let (root, _) = desk.gateway("POST /checkout/pay");
    let auth = desk.some(Role::Auth);
    let check = desk.trace.serve(Some(root), auth, "POST /verify", 2.0);
    let (_, end) = desk.trace.query(check, "redis", "web-01", "0", "GET session", (4.0, 2.2));
    let lasts = desk.dice.around(7.0, 0.15);
    let checked = desk.trace.answer(check, 200, end + lasts) + desk.hop();

    let order = desk.some(Role::Order);
    let placing = desk.trace.serve(Some(root), order, "POST /orders", checked);
    desk.trace.set(placing, otlp::text("payment.method", method));
    desk.trace.set(placing, otlp::int("basket.items", items as i64));
    let lasts = desk.query_time(4.0);
    let (_, end) = desk.trace.query(placing, "postgresql", DATABASE, "orders", "SELECT basket", (checked + 3.0, lasts));
    let catalog = desk.some(Role::Catalog);
    let reserving = desk.trace.serve(Some(placing), catalog, "POST /stock/reservations", end + 1.0);
    let lasts = desk.query_time(6.0);
    let asked = end + 3.0;
    let (_, end) = desk.trace.query(reserving, "postgresql", DATABASE, "catalog", "UPDATE stock", (asked, lasts));
    let reserved = desk.trace.answer(reserving, 200, end + 1.5) + desk.hop();
    let line = format!("place_order lines={items} total={value:.2} method={method}");
    desk.trace.say(placing, 2.0, Level::Info, line);

    let call = desk.trace.request(placing, "POST /payments", "payment-service", reserved + 1.0);
    let arrived = reserved + 1.0 + desk.hop();
    let (service, done) = authorise(desk, call, payment, method, arrived);
    let status = match payment.ending {
        Ending::Paid => 200,
        Ending::Declined => 402,
        Ending::NoConnection => 503,
    };
    let back = desk.trace.answer(service, status, done) + desk.hop();
    desk.trace.set(call, otlp::int("http.response.status_code", status));
    let mut now = desk.trace.close(call, back);
    match payment.ending {
        Ending::Paid => {
            let lasts = desk.query_time(6.5);
            now = desk.trace.query(placing, "postgresql", DATABASE, "orders", "UPDATE order", (now + 1.5, lasts)).1;
            let sent = desk.publish(placing, "publish OrderPlaced", now + 0.8);
            let line = "order placed".to_owned();
            desk.trace.say(placing, sent.1 - checked, Level::Info, line);
            let back = desk.trace.answer(placing, 201, sent.1 + 2.0) + desk.hop();
            let over = desk.trace.answer(root, 201, back + 1.2);
            desk.notify(sent.0, "process OrderPlaced", over);
        }
        Ending::Declined => {
            desk.trace.say(placing, now - checked, Level::Info, "payment declined by issuer (05)".to_owned());
            let back = desk.trace.answer(placing, 402, now + 1.5) + desk.hop();
            desk.trace.answer(root, 402, back + 1.0);
        }
        Ending::NoConnection => {
            desk.trace.spans[call].failed = Some(exceptions::PAYMENT_UNAVAILABLE.message);
            desk.trace.set(call, otlp::text("error.type", "503"));
            desk.trace.fail(placing, &exceptions::PAYMENT_UNAVAILABLE, now + 0.4);
            desk.trace.say(
                placing,
                now - checked,
                Level::Error,
                "payment failed with 503, order not placed".to_owned(),
            );
            let back = desk.trace.answer(placing, 502, now + 1.5) + desk.hop();
            desk.trace.spans[placing].failed = Some(exceptions::PAYMENT_UNAVAILABLE.message);
            desk.trace.answer(root, 502, back + 1.0);
        }
    }
}

/// Inside payment-service: its server span and the instant of its answer.
fn authorise(desk: &mut Desk, caller: usize, payment: &Payment, method: &str, arrived: f64) -> (usize, f64) {
    let instance = desk.some(Role::Payment);
    let service = desk.trace.serve(Some(caller), instance, "POST /payments", arrived);
    let size = desk.world.troubles.pools.first().map_or(40, |pool| pool.size(desk.at));
    desk.trace.set(service, otlp::text("payment.method", method));
    let mut now = arrived + 3.0;
    let failed = payment.ending == Ending::NoConnection;
    for (number, wait) in payment.waits.iter().enumerate() {
        let last = number + 1 == payment.attempts();
        let in_vain = failed || !last;
        let waiting = desk.trace.open(Some(service), instance, Kind::Internal, "pool.acquire payments_rw", now);
        for attribute in [
            otlp::text("db.system", "postgresql"),
            otlp::text("db.client.connection.pool.name", "payments_rw"),
            otlp::int("db.client.connection.max", i64::from(size)),
            otlp::int("db.client.connection.pending_requests", i64::from(payment.waiting)),
            otlp::int("payment.attempt", number as i64 + 1),
        ] {
            desk.trace.set(waiting, attribute);
        }
        let got = desk.trace.close(waiting, now + wait);
        let (in_use, queue) = (payment.in_use, payment.waiting);
        if in_vain {
            desk.trace.fail(waiting, &exceptions::POOL_TIMEOUT, got - 0.1);
            let line = format!(
                "pool timeout: no connection in {wait:.0} ms (pool=payments_rw in_use={in_use} waiting={queue})"
            );
            desk.trace.say(waiting, *wait, Level::Error, line);
        } else if *wait > 250.0 {
            let line = format!("slow acquire: {wait:.0} ms (pool=payments_rw in_use={in_use} waiting={queue})");
            desk.trace.say(waiting, *wait, Level::Warn, line);
        }
        now = got;
        if !last {
            desk.trace.say(service, now - arrived, Level::Warn, "attempt 1 failed, retry in 100 ms".to_owned());
            now += BACK_OFF;
        }
    }
    if failed {
        return (service, now + 4.0);
    }
    let written = (now + 1.0, payment.insert);
    let (_, end) = desk.trace.query(service, "postgresql", DATABASE, "payments", "INSERT payment", written);
    let asked = desk.trace.request(service, "POST /authorise", PROVIDER, end + 0.8);
    desk.trace.set(asked, otlp::int("http.response.status_code", 200));
    let answered = desk.trace.close(asked, end + 0.8 + payment.provider);
    let words = if payment.ending == Ending::Declined { "declined" } else { "authorised" };
    let line = format!("{words} by {PROVIDER} in {:.0} ms, method {method}", payment.provider);
    desk.trace.say(service, answered - arrived, Level::Info, line);
    if method == "card" && desk.sometimes(12.0) {
        // An old debug line that nobody should have left in: kept to show that it is masked.
        let card = desk.dice.pick(&desk.world.scenario.canaries.cards).clone();
        desk.trace.say(service, answered - arrived, Level::Debug, format!("authorise request pan={card} expiry=12/29"));
    }
    (service, answered + 5.0)
}
