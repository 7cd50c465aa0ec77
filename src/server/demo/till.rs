//! From the basket to the order, and every way of not getting there.

use super::calendar::SECOND;
use super::payment::{self, Ending};
use super::session::{CallKind, Fault, Worry};
use super::shop::{self, event};
use super::walk::Walker;
use serde_json::json;

/// Corrections that an address form asks for before people lose patience.
const LOOP: i64 = 3;

impl Walker<'_> {
    pub(super) fn till(&mut self) {
        let shop = &self.world.scenario.shop;
        if self.dice.chance(0.8) {
            self.page("/basket", "Basket", false);
        }
        let note = self.world.scenario.feature(event::BASKET_NOTE).map_or(0.0, |feature| feature.chance);
        if self.dice.chance(note) {
            self.feature(event::BASKET_NOTE, vec![("length", json!(20 + self.session.person.hash % 90))], None);
        }
        let slow = self.patience();
        if !self.dice.chance((shop.checkout_per_basket * self.wish.sqrt() * slow).min(0.9)) {
            return;
        }
        let pieces: i64 = self.basket.iter().map(|(_, pieces)| pieces).sum();
        let euro: f64 = self.basket.iter().map(|(product, n)| shop::PRODUCTS[*product].price * *n as f64).sum();
        let value = self.money(euro);
        self.session.checkouts += 1;
        let call = self.call(CallKind::Checkout { items: self.basket.len() });
        self.event(event::CHECKOUT_START, "usage", vec![("items", json!(pieces)), ("value", json!(value))], call);
        self.think(24.0);
        let Some(reached) = self.address().and_then(|()| self.submit(value, pieces)) else {
            self.at += (self.dice.between(20.0, 70.0) * SECOND as f64) as i64;
            let step = if &*self.path == "/checkout/payment" { "payment" } else { "address" };
            let properties = vec![("last_step", json!(step)), ("value", json!(value))];
            return self.event(event::CHECKOUT_ABANDONED, "usage", properties, None);
        };
        self.session.orders.push((reached, value, pieces as usize));
        self.page("/checkout/thanks", "Thank you", false);
        if self.dice.chance(0.012) {
            self.session.worry = Some((self.at, Worry::WrongSize));
        }
    }

    /// The address form. `None`: left here.
    fn address(&mut self) -> Option<()> {
        self.path = std::sync::Arc::from("/checkout/address");
        self.title = "Address";
        let lookup = self.call(CallKind::AddressLookup);
        let failed = self.dice.chance(0.012);
        let lookup = lookup.map(|call| super::session::Call { fault: failed.then_some(Fault::Upstream), ..call });
        let at = self.at;
        self.session.steps.push(super::session::Step { at, event: None, call: lookup });
        let safari = self.session.device.browser == Some("Safari");
        let corrections = match self.dice.unit() / if safari { 1.6 } else { 1.0 } {
            luck if luck < self.world.scenario.shop.address_loop => LOOP + (self.dice.below(3) as i64),
            luck if luck < 0.25 => 1,
            _ => 0,
        };
        self.think(38.0);
        if corrections > 0 {
            let properties = vec![("form", json!("address")), ("corrections", json!(corrections))];
            self.event(event::FORM_ERROR, "usage", properties, None);
            self.think(16.0);
        }
        if corrections >= LOOP && self.dice.chance(0.3) {
            if self.dice.chance(0.06) {
                self.session.worry = Some((self.at, Worry::AddressForm));
            }
            return None;
        }
        Some(())
    }

    /// Payment, up to three times. The instant of the order, or `None`: left here.
    fn submit(&mut self, value: f64, items: i64) -> Option<i64> {
        self.page("/checkout/payment", "Payment", false);
        let shop = &self.world.scenario.shop;
        if !self.dice.chance(shop.submit_per_checkout) {
            return None;
        }
        let method = shop::METHODS[self.dice.weighted(&shop::METHODS.map(|(_, share)| share))].0;
        for attempt in 1..=3 {
            let payment = payment::pay(self.world, self.at, &mut self.dice);
            let lasts = payment.service_time() as i64 + 130;
            let (ending, slow) = (payment.ending, lasts > 1_400);
            let kind = CallKind::Pay { payment: Box::new(payment), method, value, items: items as usize };
            let call = self.call(kind);
            let request = call.as_ref().map(|call| call.key);
            let properties = vec![("method", json!(method)), ("value", json!(value)), ("attempt", json!(attempt))];
            self.event(event::PAYMENT_SUBMIT, "usage", properties, call);
            self.at += lasts;
            if slow && self.dice.chance(0.15) {
                let properties = vec![("target", json!("button.pay")), ("clicks", json!(5))];
                self.event(event::RAGE_CLICK, "usage", properties, None);
            }
            match ending {
                Ending::Paid => {
                    let at = self.paid(method, value, items);
                    self.about(request);
                    return Some(at);
                }
                Ending::Declined => {
                    self.event(event::PAYMENT_FAILED, "usage", vec![("reason", json!("declined"))], None);
                    self.about(request);
                }
                Ending::NoConnection => {
                    self.event(event::PAYMENT_FAILED, "usage", vec![("reason", json!("unavailable"))], None);
                    self.about(request);
                    self.error("PaymentError", "payment could not be completed (503)", request);
                }
            }
            let worry = if ending == Ending::Declined { (0.03, Worry::Declined) } else { (0.5, Worry::PaymentFailed) };
            if self.session.worry.is_none() && self.dice.chance(worry.0) {
                self.session.worry = Some((self.at, worry.1));
            }
            if !self.dice.chance(shop.retry) {
                return None;
            }
            self.think(18.0);
        }
        None
    }

    fn paid(&mut self, method: &'static str, value: f64, items: i64) -> i64 {
        let at = self.at;
        let basket: Vec<&str> = self.basket.iter().map(|(product, _)| shop::PRODUCTS[*product].slug).collect();
        let properties = vec![
            ("items", json!(items)),
            ("method", json!(method)),
            ("products", json!(basket)),
            ("loyalty", json!(if self.account { "member" } else { "guest" })),
        ];
        self.event(event::PURCHASE, "usage", properties, None);
        let currency = self.session.person.country;
        if let Some(event) = self.session.steps.last_mut().and_then(|step| step.event.as_mut()) {
            event.revenue = Some((value, currency));
        }
        at
    }
}
