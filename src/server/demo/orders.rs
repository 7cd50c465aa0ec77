//! What a request does inside the company: checkout, address and payment.

use super::desk::{Desk, Reached};
use super::exceptions;
use super::otlp;
use super::payment::{BACK_OFF, Ending, Payment};
use super::session::Fault;
use super::topology::{DATABASE, Role};
use super::trace::{Kind, Level};

pub const PROVIDER: &str = "psp.example";

pub(super) fn checkout(desk: &mut Desk, items: usize) {
    let (root, now) = desk.gateway("GET /checkout/summary");
    let order = desk.call(root, Role::Order, "GET /summary", now);
    let asked = order.arrived + desk.work(order.instance, 7.0, 0.3);
    let basket = desk.call(order.server, Role::Basket, "GET /basket/{id}", asked);
    let (_, end) =
        desk.trace.query(basket.server, "redis", "web-01", "0", "HGETALL basket", (basket.arrived + 1.1, 1.0));
    let read = desk.back(&basket, 200, end + 1.0);
    let lasts = desk.query_time(9.0);
    let asked_for = (read, lasts);
    let (_, end) = desk.trace.query(order.server, "postgresql", DATABASE, "orders", "SELECT shipping_rates", asked_for);
    let done = end + desk.work(order.instance, 62.0, 0.45);
    let line = format!("checkout opened: {items} lines");
    desk.trace.say(order.server, done - order.arrived, Level::Info, line);
    let back = desk.back(&order, 200, done);
    desk.trace.answer(root, 200, back + 0.8);
}

pub(super) fn address(desk: &mut Desk) {
    let (root, now) = desk.gateway("GET /checkout/address");
    let order = desk.call(root, Role::Order, "GET /address", now);
    let asked = order.arrived + desk.work(order.instance, 4.0, 0.3);
    let lookup = desk.trace.request(order.server, "GET", "address.example", asked);
    if desk.call.fault == Some(Fault::Upstream) {
        let given_up = desk.trace.close(lookup, asked + 2_000.0);
        desk.trace.set(lookup, otlp::text("error.type", "timeout"));
        desk.trace.fail(lookup, &exceptions::ADDRESS_LOOKUP, given_up - 0.1);
        let line = "address lookup failed: request timed out (address.example, 2000 ms)";
        desk.trace.say(order.server, given_up - order.arrived, Level::Error, line.to_owned());
        let back = desk.back(&order, 502, given_up + 1.0);
        desk.trace.answer(root, 502, back + 0.6);
        return;
    }
    desk.trace.set(lookup, otlp::int("http.response.status_code", 200));
    let lasts = desk.work(order.instance, 88.0, 0.4);
    let found = desk.trace.close(lookup, asked + lasts);
    let back = desk.back(&order, 200, found + 1.2);
    desk.trace.answer(root, 200, back + 0.6);
}

/// A payment: gateway, sign-in check, order, payment with its waits for a connection, provider, receipt.
pub(super) fn pay(desk: &mut Desk, payment: &Payment, method: &str, value: f64, items: usize) {
    let (root, _) = desk.gateway("POST /checkout/pay");
    let auth = desk.call(root, Role::Auth, "POST /verify", 1.4);
    let (_, end) = desk.trace.query(auth.server, "redis", "web-01", "0", "GET session", (auth.arrived + 2.0, 2.2));
    let lasts = desk.work(auth.instance, 7.0, 0.15);
    let checked = desk.back(&auth, 200, end + lasts);

    let order = desk.call(root, Role::Order, "POST /orders", checked);
    let (placing, arrived) = (order.server, order.arrived);
    desk.trace.set(placing, otlp::text("payment.method", method));
    desk.trace.set(placing, otlp::int("basket.items", items as i64));
    let lasts = desk.query_time(4.0);
    let asked_for = (arrived + 3.0, lasts);
    let (_, end) = desk.trace.query(placing, "postgresql", DATABASE, "orders", "SELECT basket", asked_for);
    let stock = desk.call(placing, Role::Catalog, "POST /stock/reservations", end + 1.0);
    let lasts = desk.query_time(6.0);
    let asked_for = (stock.arrived + 1.5, lasts);
    let (_, end) = desk.trace.query(stock.server, "postgresql", DATABASE, "catalog", "UPDATE stock", asked_for);
    let reserved = desk.back(&stock, 200, end + 1.5);
    let line = format!("place_order lines={items} total={value:.2} method={method}");
    desk.trace.say(placing, 2.0, Level::Info, line);

    let paying = desk.call(placing, Role::Payment, "POST /payments", reserved + 1.0);
    let done = authorise(desk, &paying, payment, method);
    let status = match payment.ending {
        Ending::Paid => 200,
        Ending::Declined => 402,
        Ending::NoConnection => 503,
    };
    let mut now = desk.back(&paying, status, done);
    match payment.ending {
        Ending::Paid => {
            let lasts = desk.query_time(6.5);
            now = desk.trace.query(placing, "postgresql", DATABASE, "orders", "UPDATE order", (now + 1.5, lasts)).1;
            let sent = desk.publish(placing, "publish OrderPlaced", now + 0.8);
            desk.trace.say(placing, sent.1 - arrived, Level::Info, "order placed".to_owned());
            let back = desk.back(&order, 201, sent.1 + 2.0);
            let over = desk.trace.answer(root, 201, back + 1.2);
            desk.notify(sent.0, "process OrderPlaced", over);
        }
        Ending::Declined => {
            desk.trace.say(placing, now - arrived, Level::Info, "payment declined by issuer (05)".to_owned());
            let back = desk.back(&order, 402, now + 1.5);
            desk.trace.answer(root, 402, back + 1.0);
        }
        Ending::NoConnection => {
            desk.trace.spans[paying.client].failed = Some(exceptions::PAYMENT_UNAVAILABLE.message);
            desk.trace.fail(placing, &exceptions::PAYMENT_UNAVAILABLE, now + 0.4);
            let line = "payment failed with 503, order not placed".to_owned();
            desk.trace.say(placing, now - arrived, Level::Error, line);
            let back = desk.back(&order, 502, now + 1.5);
            desk.trace.spans[placing].failed = Some(exceptions::PAYMENT_UNAVAILABLE.message);
            desk.trace.answer(root, 502, back + 1.0);
        }
    }
}

/// Inside payment-service: the instant of its answer.
fn authorise(desk: &mut Desk, paying: &Reached, payment: &Payment, method: &str) -> f64 {
    let (service, instance, arrived) = (paying.server, paying.instance, paying.arrived);
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
        return now + 4.0;
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
    answered + 5.0
}
