//! Steps of a visit as the native events of `POST /api/v1/events`.

use super::calendar;
use super::people::Run;
use super::random;
use super::session::{Event, Session};
use super::trace;
use super::world::World;
use serde_json::{Map, Value, json};

/// What all events of a visit have in common, made once.
pub struct Writer<'a> {
    world: &'a World,
    session: &'a Session,
    id: String,
    anonymous: String,
    user: String,
    consent: Value,
}

impl<'a> Writer<'a> {
    /// `None` when the person does not share usage: nothing of theirs is ever written.
    pub fn new(world: &'a World, session: &'a Session) -> Option<Writer<'a>> {
        let consent = session.consent;
        if !consent.usage {
            return None;
        }
        Some(Writer {
            world,
            session,
            id: session.id(),
            anonymous: session.person.anonymous(session.second),
            user: session.person.user(),
            consent: json!({
                "usage": consent.usage,
                "errors": consent.errors,
                "performance": consent.performance,
                "marketing": consent.marketing,
            }),
        })
    }

    /// The event of a step; `None` when its category is not shared.
    pub fn write(&self, number: usize, at: i64, event: &Event) -> Option<Value> {
        let consent = self.session.consent;
        let allowed = match event.category {
            "errors" => consent.errors,
            "performance" => consent.performance,
            _ => true,
        };
        if !allowed {
            return None;
        }
        let mut document = Map::new();
        let key = random::key(&[self.session.visit.key, 61, number as u64]);
        document.insert("id".into(), Value::String(uuid(key)));
        document.insert("name".into(), Value::String(event.name.into()));
        document.insert("at".into(), Value::String(calendar::rfc3339(at)));
        if event.known {
            document.insert("user".into(), Value::String(self.user.clone()));
        }
        document.insert("anonymous".into(), Value::String(self.anonymous.clone()));
        document.insert("session".into(), Value::String(self.id.clone()));
        document.insert("category".into(), Value::String(event.category.into()));
        if !event.properties.is_empty() {
            let properties = event.properties.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
            document.insert("properties".into(), Value::Object(properties.collect()));
        }
        if let Some((amount, country)) = event.revenue {
            let currency = &self.world.people.countries[country].currency;
            document.insert("revenue".into(), json!({"amount": amount, "currency": currency}));
        }
        document.insert("context".into(), Value::Object(self.context(event)));
        document.insert("consent".into(), self.consent.clone());
        Some(Value::Object(document))
    }

    fn context(&self, event: &Event) -> Map<String, Value> {
        let (world, session) = (self.world, self.session);
        let country = session.country(world);
        let mut context = Map::new();
        let mut put = |name: &str, value: &str| {
            context.insert(name.into(), Value::String(value.into()));
        };
        let run = session.touch.run.filter(|_| event.entry && session.consent.marketing);
        let run = run.map(|run| &world.people.runs[run]);
        let tail = run.map(utm).unwrap_or_default();
        put("url", &format!("https://{}{}{tail}", world.scenario.company.host, event.path));
        put("title", event.title);
        let touch = &session.touch;
        let sent = touch.run.and_then(|run| world.people.runs[run].campaign.referrer.as_deref());
        if let Some(referrer) = sent.or(touch.referrer).filter(|_| event.entry) {
            put("referrer", referrer);
        }
        put("device", session.device.kind);
        put("os", session.device.os);
        if let Some(browser) = session.device.browser {
            put("browser", browser);
        }
        put("country", &country.code);
        put("screen", session.device.screens[(session.person.hash >> 13) as usize % session.device.screens.len()]);
        put("locale", &country.locales[session.person.locale]);
        put("theme", if session.person.dark { "dark" } else { "light" });
        put("network", session.network());
        put("version", &session.version);
        put("environment", &world.scenario.company.environment);
        if let Some(request) = event.trace {
            put("trace_id", &trace::hex(&trace::trace_id(request)));
        }
        if let Some(run) = run {
            let campaign = &run.campaign;
            context.insert(
                "campaign".into(),
                json!({"source": campaign.source, "medium": campaign.medium, "name": run.name,
                       "term": campaign.term, "content": campaign.content}),
            );
        }
        context
    }
}

fn utm(run: &Run) -> String {
    let campaign = &run.campaign;
    let mut tail = format!("?utm_source={}&utm_medium={}&utm_campaign={}", campaign.source, campaign.medium, run.name);
    for (name, value) in [("utm_term", &campaign.term), ("utm_content", &campaign.content)] {
        if let Some(value) = value {
            tail.push_str(&format!("&{name}={}", value.replace(' ', "+")));
        }
    }
    tail
}

/// A UUID of version 8, which leaves the bits to the maker.
pub fn uuid(key: u64) -> String {
    let (high, low) = (random::key(&[key, 1]), random::key(&[key, 2]));
    format!(
        "{:08x}-{:04x}-8{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0x3fff | 0x8000,
        low & 0xffff_ffff_ffff
    )
}
