//! A page as a visitor meets it: how long it takes, what it asks of the servers, what breaks on it; and the small
//! steps that every visit is made of.

use super::calendar::SECOND;
use super::devices::Platform;
use super::session::{Call, CallKind, Event, Fault, Step};
use super::shop::{self, event};
use super::walk::{LAST_CALL, Walker};
use serde_json::{Value, json};
use std::sync::Arc;

impl Walker<'_> {
    /// A page, with what it measured about itself and with what broke on it.
    pub(super) fn page(&mut self, path: &str, title: &'static str, entry: bool) {
        self.path = Arc::from(path);
        self.title = title;
        self.pages += 1;
        let strength = self.world.troubles.database(self.at);
        let slower = self.world.troubles.slow.iter().map(|slow| slow.slower).fold(1.0, f64::max);
        let leaking = self.leaking();
        let crowded = self.world.troubles.drag(self.session.page_server.host, self.at) - 1.0;
        let incident = 1.0 + (slower - 1.0) * strength + 0.7 * leaking + 0.12 * crowded;
        let app = self.session.device.platform == Platform::App;
        let lcp = shop::usual_lcp(path) * self.slow * self.dice.around(1.0, 0.16) * incident;
        self.worst_lcp = self.worst_lcp.max(lcp);
        let call = self.page_call(path, strength, leaking);
        let (fault, asked) = (call.as_ref().and_then(|call| call.fault), call.as_ref().map(|call| call.key));
        let shown_at = self.at;
        let mut properties = Vec::with_capacity(2);
        if let Some(slug) = path.strip_prefix("/p/") {
            properties.push(("product", json!(slug)));
        }
        if entry {
            let person = &self.session.person;
            properties.push(("layout", json!(if person.list_layout { "list" } else { "grid" })));
            properties.push(("text_size", json!(if person.large_text { "large" } else { "normal" })));
            properties.push(("reduced_motion", json!(person.reduced_motion)));
        }
        if self.session.consent.performance {
            properties.push(("load_ms", json!((lcp * 1.18) as i64)));
        }
        self.step(shown_at, event::PAGE_VIEW, "usage", properties, call, entry);
        self.at += lcp as i64 + 40;
        if self.session.consent.performance && (entry || lcp > 4_000.0 || self.dice.chance(0.22)) {
            let properties = self.vitals(lcp, app);
            self.event(event::WEB_VITALS, "performance", properties, None);
        }
        match fault {
            Some(Fault::QueryTimeout) => self.error("QueryTimeout", "prices could not be loaded in 5 s", asked),
            Some(Fault::OutOfMemory) => self.error("ServerError", "500 while the page was rendered", asked),
            Some(Fault::Upstream) => self.error("ServerError", "502 from the page server", asked),
            None if !app && self.dice.chance(0.05 * leaking) => {
                self.error("ChunkLoadError", "loading chunk 17 failed", None);
            }
            None if self.dice.chance(0.0028) => {
                self.error("TypeError", "undefined is not an object (price.value)", None)
            }
            None if app && self.dice.chance(0.0011) => self.crash("IllegalState", "fragment not attached"),
            None => {}
        }
        if lcp > 4_000.0 && self.dice.chance(0.10) || self.dice.chance(0.0015) {
            self.event(event::RAGE_CLICK, "usage", vec![("target", json!("button.add")), ("clicks", json!(4))], None);
        }
        self.think(if entry { 11.0 } else { 15.0 });
    }

    fn leaking(&self) -> f64 {
        let host = self.session.page_server.host;
        self.world.troubles.leak(host, self.at).map_or(0.0, |leak| leak.strength(self.at))
    }

    /// The edge answers most pages; a few reach the page server.
    fn page_call(&mut self, path: &str, strength: f64, leaking: f64) -> Option<Call> {
        let (route, missed) = match path {
            "/" => ("GET /", 0.10),
            "/basket" => ("GET /basket", 0.5),
            _ if path.starts_with("/p/") => ("GET /p/{slug}", 0.30),
            _ if path.starts_with("/c/") => ("GET /c/{category}", 0.30),
            _ if path.starts_with("/checkout") => ("GET /checkout", 0.4),
            _ => ("GET /{page}", 0.12),
        };
        if self.session.device.platform == Platform::App || !self.dice.chance(missed) {
            return None;
        }
        let timeouts = self.world.troubles.slow.iter().map(|slow| slow.timeouts).fold(0.0, f64::max);
        let luck = self.dice.unit();
        let fault = if luck < timeouts * strength {
            Some(Fault::QueryTimeout)
        } else if luck < timeouts * strength + 0.22 * leaking {
            Some(Fault::OutOfMemory)
        } else {
            (luck > 0.9985).then_some(Fault::Upstream)
        };
        let mut call = self.call(CallKind::Page { route, path: Arc::clone(&self.path) })?;
        call.fault = fault;
        Some(call)
    }

    pub(super) fn image(&mut self, product: usize) {
        if self.dice.chance(0.13) {
            let call = self.call(CallKind::Image { product });
            let at = self.at - 5 * SECOND;
            self.session.steps.push(Step { at: at.max(self.session.visit.start + 300), event: None, call });
        }
    }

    fn vitals(&mut self, lcp: f64, app: bool) -> Vec<(&'static str, Value)> {
        let ttfb = lcp * self.dice.between(0.16, 0.3);
        let mut vitals = vec![("lcp", json!(lcp as i64)), ("ttfb", json!(ttfb as i64))];
        if !app {
            let inp = self.dice.around(112.0, 0.45) * self.session.device.slow.powi(2);
            let jumpy = if &*self.path == "/winter" { 0.17 } else { 0.028 };
            let cls = self.dice.around(jumpy, 0.5);
            vitals.push(("fcp", json!((lcp * self.dice.between(0.5, 0.75)) as i64)));
            vitals.push(("inp", json!(inp as i64)));
            vitals.push(("cls", json!((cls * 1_000.0).round() / 1_000.0)));
        }
        vitals
    }

    /// An error that the person met; `request` is the key of the one that failed.
    pub(super) fn error(&mut self, kind: &'static str, message: &'static str, request: Option<u64>) {
        self.trouble = true;
        let properties = vec![("type", json!(kind)), ("message", json!(message)), ("handled", json!(true))];
        self.event(event::ERROR, "errors", properties, None);
        self.about(request);
    }

    /// Ties the last event to a request that was made before.
    pub(super) fn about(&mut self, request: Option<u64>) {
        if let Some(event) = self.session.steps.last_mut().and_then(|step| step.event.as_mut()) {
            event.trace = request;
        }
    }

    pub(super) fn crash(&mut self, kind: &'static str, message: &'static str) {
        self.trouble = true;
        self.event(event::CRASH, "errors", vec![("type", json!(kind)), ("message", json!(message))], None);
        self.think(20.0);
    }

    pub(super) fn feature(&mut self, name: &'static str, properties: Vec<(&'static str, Value)>, call: Option<Call>) {
        self.event(name, "usage", properties, call);
        self.think(12.0);
    }

    pub(super) fn event(
        &mut self,
        name: &'static str,
        category: &'static str,
        properties: Vec<(&'static str, Value)>,
        call: Option<Call>,
    ) {
        self.step(self.at, name, category, properties, call, false);
        self.at += 20;
    }

    fn step(
        &mut self,
        at: i64,
        name: &'static str,
        category: &'static str,
        properties: Vec<(&'static str, Value)>,
        call: Option<Call>,
        entry: bool,
    ) {
        let path = Arc::clone(&self.path);
        let (title, known) = (self.title, self.known);
        let trace = call.as_ref().map(|call| call.key);
        let event = Event { name, category, path, title, properties, revenue: None, entry, known, trace };
        self.session.steps.push(Step { at, event: Some(event), call });
    }

    pub(super) fn call(&mut self, kind: CallKind) -> Option<Call> {
        Some(Call { kind, key: self.dice.bits(), known: self.known, fault: None })
    }

    /// Time passes; `seconds` is the median. Who has been here long decides fast.
    pub(super) fn think(&mut self, seconds: f64) {
        let most = if self.at > self.session.visit.start + LAST_CALL { 40.0 } else { 420.0 };
        self.at += (self.dice.around(seconds, 0.75).clamp(1.2, most) * SECOND as f64) as i64;
    }

    /// Euro in the person's currency.
    pub(super) fn money(&self, euro: f64) -> f64 {
        (euro * self.session.country(self.world).rate * 100.0).round() / 100.0
    }
}
