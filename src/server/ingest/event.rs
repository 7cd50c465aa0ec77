//! A product event on its way through the gate. Every source that sends events reads its own wire format
//! into a [`Draft`]; from there on there is one list of steps.

use super::admit::Sender;
use crate::machine::Machine;
use crate::privacy::gate::{Fate, Gate};
use crate::privacy::policy::Told;
use crate::privacy::{address, agent, names, pseudonym, scrub};
use crate::record::{Context, Event, Identifier, Who};
use chrono::{DateTime, Utc};
use parallax_domain::category::Refusals;
use parallax_domain::{Category, Signal};
use serde_json::{Map, Value};
use std::net::IpAddr;
use uuid::Uuid;

/// The property that says on whose network an advertisement was clicked.
pub const AD_NETWORK: &str = "ad_network";

/// What a sender said, still in clear.
#[derive(Default)]
pub struct Draft {
    pub id: Option<String>,
    pub name: String,
    pub at: Option<DateTime<Utc>>,
    pub user: Option<String>,
    pub anonymous: Option<String>,
    /// Names that the sender says are this person too; whether of users or of devices, it does not say.
    pub also: Vec<String>,
    /// Made up where the sender names nobody.
    pub visitor: Option<Identifier>,
    pub session: Option<String>,
    pub category: Option<Category>,
    pub properties: Vec<(String, Value)>,
    /// Millionths and currency.
    pub revenue: Option<(i64, String)>,
    pub said: Said,
    pub refusals: Refusals,
    /// Bits of categories that the event itself says are agreed to.
    pub granted: u8,
    pub weight: f32,
}

/// Circumstances as the sender told them.
#[derive(Default)]
pub struct Said {
    pub url: Option<String>,
    pub referrer: Option<String>,
    pub title: Option<String>,
    pub campaign: [Option<String>; 5],
    pub device: Option<String>,
    pub os: Option<String>,
    pub browser: Option<String>,
    pub country: Option<String>,
    pub time_zone: Option<String>,
    pub screen: Option<String>,
    pub locale: Option<String>,
    pub theme: Option<String>,
    pub network: Option<String>,
    pub version: Option<String>,
    pub environment: Option<String>,
    pub service: Option<String>,
    pub trace_id: Option<String>,
    /// The browser and the address of the person, where the sender speaks for somebody else's browser.
    pub agent: Option<String>,
    pub address: Option<IpAddr>,
}

/// RFC 3339, or a date with a time that has no zone and is read as UTC.
pub fn instant(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.with_timezone(&Utc));
    }
    let naive = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
    naive.iter().find_map(|format| chrono::NaiveDateTime::parse_from_str(text, format).ok()).map(|at| at.and_utc())
}

impl Draft {
    /// Reads an event in the spelling of the contract. Members that it does not know become properties.
    pub fn read(value: Value) -> Result<Draft, Fate> {
        let draft = Draft::parse(value)?;
        if !draft.names_somebody() {
            return Err(Fate::because("user or anonymous is missing"));
        }
        draft.check()?;
        Ok(draft)
    }

    /// As [`Draft::read`], also where it names nobody.
    pub(super) fn parse(value: Value) -> Result<Draft, Fate> {
        let Value::Object(mut members) = value else { return Err(Fate::because("an event must be an object")) };
        let mut draft = Draft { weight: 1.0, ..Draft::default() };
        draft.name = text(&mut members, "name")?.ok_or_else(|| Fate::because("name is missing"))?;
        draft.id = text(&mut members, "id")?;
        draft.at = match members.remove("at") {
            None | Some(Value::Null) => None,
            Some(Value::String(told)) => Some(instant(&told).ok_or_else(|| Fate::because("too_old"))?),
            Some(_) => return Err(Fate::because("at must be an RFC 3339 time")),
        };
        draft.user = text(&mut members, "user")?;
        draft.anonymous = text(&mut members, "anonymous")?;
        draft.session = text(&mut members, "session")?;
        draft.category = match text(&mut members, "category")? {
            Some(word) => Some(word.parse().map_err(|said: String| Fate::because(said))?),
            None => None,
        };
        if let Some(properties) = object(&mut members, "properties")? {
            draft.properties = properties.into_iter().collect();
        }
        draft.revenue = revenue(members.remove("revenue"))?;
        (draft.refusals, draft.granted) = consent(object(&mut members, "consent")?)?;
        if let Some(mut context) = object(&mut members, "context")? {
            draft.said = Said::read(&mut context)?;
            draft.properties.extend(context);
        }
        // What the contract does not name goes through the catalogue like any property.
        draft.properties.extend(members);
        Ok(draft)
    }

    pub fn names_somebody(&self) -> bool {
        [&self.user, &self.anonymous].into_iter().flatten().any(|id| !id.trim().is_empty())
    }

    /// The limits of contract rule E4.
    pub fn check(&self) -> Result<(), Fate> {
        let fault = |fault: names::Fault| Fate::because(fault.reason());
        names::event_name(&self.name).map_err(fault)?;
        names::properties(self.properties.len()).map_err(fault)?;
        for (key, value) in &self.properties {
            names::property_key(key).map_err(fault)?;
            if let Some(text) = value.as_str() {
                names::value(text).map_err(fault)?;
            }
        }
        Ok(())
    }
}

impl Said {
    fn read(context: &mut Map<String, Value>) -> Result<Said, Fate> {
        let campaign = match object(context, "campaign")? {
            None => Default::default(),
            Some(mut campaign) => {
                let mut told: [Option<String>; 5] = Default::default();
                for (slot, key) in told.iter_mut().zip(["source", "medium", "name", "term", "content"]) {
                    *slot = text(&mut campaign, key)?;
                }
                told
            }
        };
        Ok(Said {
            url: text(context, "url")?,
            referrer: text(context, "referrer")?,
            title: text(context, "title")?,
            campaign,
            device: text(context, "device")?,
            os: text(context, "os")?,
            browser: text(context, "browser")?,
            country: text(context, "country")?,
            time_zone: text(context, "timezone")?,
            screen: text(context, "screen")?,
            locale: text(context, "locale")?,
            theme: text(context, "theme")?,
            network: text(context, "network")?,
            version: text(context, "version")?,
            environment: text(context, "environment")?,
            service: text(context, "service")?,
            trace_id: text(context, "trace_id")?,
            agent: None,
            address: None,
        })
    }
}

impl Said {
    /// From one page of a site to the next nobody was referred.
    pub fn leave_out_own_site(&mut self) {
        let (Some(referrer), Some(url)) = (&self.referrer, &self.url) else { return };
        if site(referrer).is_some_and(|from| Some(from) == site(url)) {
            self.referrer = None;
        }
    }
}

/// The host of an address as it is compared: without port and `www.`, in lower case.
fn site(address: &str) -> Option<String> {
    let (_, place) = address.split_once("://")?;
    let host = place.split(['/', '?', '#', ':']).next()?.to_ascii_lowercase();
    Some(host.strip_prefix("www.").map_or(host.clone(), str::to_owned))
}

/// The steps of the gate, in order.
pub fn admit(machine: &Machine, sender: &Sender, gate: &Gate<'_>, draft: Draft) -> Result<Event, Fate> {
    let (at, flags) = gate.time(draft.at)?;
    let name = gate.name(&draft.name);
    let category = draft.category.or_else(|| gate.policy.category_of(Signal::Event, &name)).unwrap_or(Category::Usage);
    let who = who(gate, &draft);
    let country = country(machine, sender, &draft.said);
    let usual = if sender.is_browser() { gate.policy.usual(country.as_deref()) } else { Refusals::default() };
    let told = Told { own: draft.refusals, granted: draft.granted, header: gate.header, usual };
    let refusals = gate.refusals_of(told, &who);
    gate.consent(category, refusals)?;
    gate.declared(Signal::Event, &name)?;
    let page = draft.said.url.as_deref().map(scrub::url);
    let mut context = context(sender, gate, &draft.said, page.as_ref(), country);
    let mut properties = draft.properties;
    if refusals.refuses(Category::Marketing) {
        forget_campaign(&mut context);
    } else if let Some(network) = page.and_then(|page| page.click) {
        // Of a click's identifier only that there was one is kept.
        properties.push((AD_NETWORK.to_owned(), network.into()));
    }
    if refusals.refuses(Category::Content) {
        forget_words(&mut context);
    }
    let mut fields = gate.fields_under(Signal::Event, refusals, properties);
    let (revenue, currency) = draft.revenue.unzip();
    Ok(Event {
        at,
        name,
        category,
        who: gate.lasting(category, who),
        id: draft.id.as_deref().map(|id| Uuid::from_bytes(pseudonym::event_key(id))),
        context,
        trace_id: draft.said.trace_id.as_deref().and_then(trace_id),
        revenue,
        currency,
        weight: draft.weight,
        flags,
        properties: fields.json(),
        scalars: fields.scalars,
        profile: None,
    })
}

pub fn who(gate: &Gate<'_>, draft: &Draft) -> Who {
    let anonymous = draft.anonymous.as_deref().and_then(|id| gate.anonymous(id));
    let mut who = Who {
        user: draft.user.as_deref().and_then(|id| gate.user(id)),
        anonymous: anonymous.or_else(|| draft.visitor.clone()),
        session: draft.session.as_deref().and_then(|session| gate.session(session)),
        ..Who::default()
    };
    let own = who.user.as_ref().or(who.anonymous.as_ref()).cloned();
    for id in &draft.also {
        let both = [gate.user(id), gate.anonymous(id)].into_iter().flatten();
        who.also.extend(both.filter(|other| Some(other) != own.as_ref()));
    }
    who
}

/// As the sender says; else, for a page, where its address or time zone is. The address goes no further.
fn country(machine: &Machine, sender: &Sender, said: &Said) -> Option<String> {
    said.country.clone().or_else(|| {
        let address = said.address.or(sender.is_browser().then_some(sender.address).flatten());
        let found = address::country(address, said.time_zone.as_deref(), machine.geo.as_ref());
        found.map(|country| country.as_str().to_owned())
    })
}

fn context(
    sender: &Sender,
    gate: &Gate<'_>,
    said: &Said,
    page: Option<&scrub::CleanUrl>,
    country: Option<String>,
) -> Context {
    let [source, medium, name, term, content] = &said.campaign;
    let from_page = |told: &Option<String>, key: &str| {
        let found = told.clone().or_else(|| page.and_then(|page| campaign_of(page, key)));
        gate.optional_name(found.as_deref())
    };
    let own = sender.is_browser().then_some(sender.agent.as_deref()).flatten();
    let told = said.device.is_some() && said.os.is_some() && said.browser.is_some();
    let agent = said.agent.as_deref().or(own).filter(|_| !told).map(|agent| agent::family(agent, None));
    let or_agent = |told: &Option<String>, seen: Option<&str>| gate.optional_name(told.as_deref().or(seen));
    Context {
        country: gate.optional_name(country.as_deref()),
        device: or_agent(&said.device, agent.as_ref().and_then(|agent| agent.device).map(|device| device.word())),
        os: or_agent(&said.os, agent.as_ref().and_then(|agent| agent.os)),
        browser: or_agent(&said.browser, agent.as_ref().and_then(|agent| agent.browser.as_deref())),
        locale: gate.optional_name(said.locale.as_deref()),
        network: gate.optional_name(said.network.as_deref()),
        theme: gate.optional_name(said.theme.as_deref()),
        screen: gate.optional_name(said.screen.as_deref()),
        version: gate.optional_name(said.version.as_deref()),
        environment: gate.optional_name(said.environment.as_deref()),
        service: gate.optional_name(said.service.as_deref()),
        url_host: page.and_then(|page| page.host.clone()),
        url_path: page.and_then(|page| page.path.clone()),
        title: gate.optional_name(said.title.as_deref()),
        referrer: said.referrer.as_deref().map(scrub::referrer).and_then(|page| page.host),
        campaign_source: from_page(source, "source"),
        campaign_medium: from_page(medium, "medium"),
        campaign_name: from_page(name, "name"),
        campaign_term: from_page(term, "term"),
        campaign_content: from_page(content, "content"),
    }
}

fn campaign_of(page: &scrub::CleanUrl, key: &str) -> Option<String> {
    let campaign = &page.campaign;
    match key {
        "source" => campaign.source.clone().or_else(|| campaign.reference.clone()),
        "medium" => campaign.medium.clone(),
        "name" => campaign.name.clone(),
        "term" => campaign.term.clone(),
        _ => campaign.content.clone(),
    }
}

/// Where somebody came from belongs to the category that they refused.
fn forget_campaign(context: &mut Context) {
    context.referrer = None;
    context.campaign_source = None;
    context.campaign_medium = None;
    context.campaign_name = None;
    context.campaign_term = None;
    context.campaign_content = None;
}

/// Titles of pages and search terms carry what somebody wrote.
fn forget_words(context: &mut Context) {
    context.title = None;
    context.campaign_term = None;
}

/// 32 hexadecimal digits, not all zero.
pub fn trace_id(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text.trim()).ok().filter(|id| !id.is_nil())
}

fn text(members: &mut Map<String, Value>, key: &str) -> Result<Option<String>, Fate> {
    match members.remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(Fate::because(format!("{key} must be a text"))),
    }
}

fn object(members: &mut Map<String, Value>, key: &str) -> Result<Option<Map<String, Value>>, Fate> {
    match members.remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(Fate::because(format!("{key} must be an object"))),
    }
}

fn revenue(value: Option<Value>) -> Result<Option<(i64, String)>, Fate> {
    let mut members = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(members)) => members,
        Some(_) => return Err(Fate::because("revenue must be an object with amount and currency")),
    };
    let amount = match members.remove("amount") {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    let amount = amount.and_then(micros).ok_or_else(|| Fate::because("revenue.amount must be a number"))?;
    let currency = text(&mut members, "currency")?.unwrap_or_default().to_ascii_uppercase();
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(Fate::because("revenue.currency must be an ISO 4217 code"));
    }
    Ok(Some((amount, currency)))
}

/// Millionths; none beyond what 63 bits hold.
pub fn micros(amount: f64) -> Option<i64> {
    let micros = (amount * 1e6).round();
    (micros.is_finite() && micros.abs() < 9e18).then_some(micros as i64)
}

/// What an event itself refuses, and the bits of what it says is agreed to.
fn consent(consent: Option<Map<String, Value>>) -> Result<(Refusals, u8), Fate> {
    let (mut refusals, mut granted) = (Refusals::default(), 0);
    for (word, value) in consent.into_iter().flatten() {
        let category: Category = word.parse().map_err(|said: String| Fate::because(said))?;
        match value {
            Value::Bool(false) => refusals.refuse(category),
            Value::Bool(true) => granted |= category.bit(),
            Value::Null => {}
            _ => return Err(Fate::because(format!("consent.{word} must be true or false"))),
        }
    }
    Ok((refusals, granted))
}
