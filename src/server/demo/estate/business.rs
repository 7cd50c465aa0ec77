//! What the shop counts about itself: orders, payments, searches, stock. Without names, so that it is of everybody.

use super::named;
use crate::demo::calendar::{DAY, HOUR, SECOND};
use crate::demo::incidents;
use crate::demo::meter::{Meter, ticks};
use crate::demo::otlp::{int, text};
use crate::demo::payment::Ending;
use crate::demo::session::CallKind;
use crate::demo::shop;
use crate::demo::world::World;
use std::collections::BTreeMap;

/// What every order says about itself.
pub fn order(world: &World, meter: &mut Meter, at: i64, value: f64, items: usize, country: usize) {
    let currency = world.people.countries[country].currency.as_str();
    let label = || vec![text("currency", currency)];
    meter.gauge("shop.cart.items", "{item}", at, items as f64, vec![]);
    meter.gauge("shop.order.value", "{money}", at, value, label());
    meter.delta(("shop.orders", "{order}"), at, 1, 1.0, vec![text("currency", currency), int("items", items as i64)]);
}

/// The resource that the shop's own figures belong to.
pub fn shop_meter(world: &World) -> Meter {
    Meter::new(named(world, "order-service"), "example.fernhill.shop")
}

/// Something that the shop counts: metric, unit, label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counted {
    pub at: i64,
    name: &'static str,
    unit: &'static str,
    label: Option<(&'static str, &'static str)>,
}

impl Counted {
    /// What a request adds to the shop's counters.
    pub fn of(at: i64, kind: &CallKind) -> Option<Counted> {
        let (name, unit, label) = match kind {
            CallKind::Search { hits: 0 } => ("shop.searches", "{search}", Some(("found", "nothing"))),
            CallKind::Search { .. } => ("shop.searches", "{search}", Some(("found", "something"))),
            CallKind::Checkout { .. } => ("shop.checkouts", "{checkout}", None),
            CallKind::SignUp => ("shop.accounts", "{account}", None),
            CallKind::Pay { payment, .. } => {
                let outcome = match payment.ending {
                    Ending::Paid => "paid",
                    Ending::Declined => "declined",
                    Ending::NoConnection => "unavailable",
                };
                ("shop.payments", "{payment}", Some(("outcome", outcome)))
            }
            _ => return None,
        };
        Some(Counted { at, name, unit, label })
    }
}

/// Counters of the `window` seconds before each tick in [from, to).
pub fn counted(world: &World, from: i64, to: i64, window: i64, all: &[Counted], meters: &mut Vec<Meter>) {
    let mut meter = shop_meter(world);
    for at in ticks(from, to, window, 0) {
        let mut sums: BTreeMap<Counted, f64> = BTreeMap::new();
        for counted in all.iter().filter(|counted| (at - window * SECOND..at).contains(&counted.at)) {
            *sums.entry(Counted { at: 0, ..*counted }).or_default() += 1.0;
        }
        for (counted, sum) in sums {
            let labels = counted.label.into_iter().map(|(key, value)| text(key, value)).collect();
            meter.delta((counted.name, counted.unit), at, window, sum, labels);
        }
    }
    meters.push(meter);
}

/// Articles in the warehouse by category: sold by the day, filled up every other week.
pub fn stock(world: &World, from: i64, to: i64, meters: &mut Vec<Meter>) {
    let mut meter = Meter::new(named(world, "catalog-service"), "example.fernhill.shop");
    for at in ticks(from, to, HOUR / SECOND, 80) {
        for (number, (category, _)) in shop::CATEGORIES.iter().enumerate() {
            let fortnight = (at + number as i64 * 2 * DAY).rem_euclid(14 * DAY) as f64 / (14.0 * DAY as f64);
            let full = 900.0 + 380.0 * number as f64;
            let noise = incidents::flutter(world.seed, 0xa_0000 | number as u64, at);
            let level = full * (1.0 - 0.72 * fortnight) + 4.0 * noise;
            meter.gauge("shop.stock.level", "{item}", at, level.round(), vec![text("category", *category)]);
        }
    }
    meters.push(meter);
}
