//! Who sends, and may they: the key, its origin, the browser's privacy headers.

use crate::identity::keys::{Key, KeyBits, KeyKind};
use crate::machine::Machine;
use crate::privacy::gate::Gate;
use crate::privacy::policy::Policy;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, ORIGIN, USER_AGENT};
use base64::Engine;
use chrono::{DateTime, Duration, Utc};
use parallax_domain::category::Refusals;
use parallax_domain::{Category, Kind, Problem};
use std::net::IpAddr;
use std::sync::Arc;

/// A sender that was let in.
pub struct Sender {
    pub key: Arc<Key>,
    pub policy: Arc<Policy>,
    pub received_at: DateTime<Utc>,
    pub header: Refusals,
    pub agent: Option<String>,
    /// Only for finding the country; never stored.
    pub address: Option<IpAddr>,
}

impl Sender {
    pub fn gate<'a>(&'a self, machine: &'a Machine, sent_at: Option<DateTime<Utc>>) -> Gate<'a> {
        let oldest = if self.key.kind == KeyKind::Browser { Duration::days(7) } else { Duration::days(400) };
        Gate {
            policy: &self.policy,
            newcomers: &machine.policies.newcomers,
            received_at: self.received_at,
            oldest,
            skew: Gate::skew_of(sent_at, self.received_at),
            header: self.header,
            key: self.key.id,
        }
    }

    pub fn is_browser(&self) -> bool {
        self.key.kind == KeyKind::Browser
    }
}

/// The key of an `Authorization: Bearer` header.
pub fn bearer(headers: &HeaderMap) -> Option<KeyBits> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| KeyBits::parse(key)).flatten()
}

/// The key of an `Authorization: Basic` header, as name or as password.
pub fn basic(headers: &HeaderMap) -> Option<KeyBits> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (_, packed) = value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))?;
    let pair = base64::engine::general_purpose::STANDARD.decode(packed.trim()).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    let (name, password) = pair.split_once(':').unwrap_or((&pair, ""));
    KeyBits::parse(name).or_else(|| KeyBits::parse(password))
}

/// Lets a sender in, or says why not. `sends` are the kinds of keys this door takes.
pub async fn admit(
    machine: &Machine,
    headers: &HeaderMap,
    bits: Option<KeyBits>,
    sends: &[KeyKind],
    address: Option<IpAddr>,
) -> Result<Sender, Problem> {
    admit_key(machine, headers, bits.and_then(|bits| machine.keys.find(bits)), sends, address).await
}

/// The same where the key is found already; none: it is not in force.
pub async fn admit_key(
    machine: &Machine,
    headers: &HeaderMap,
    key: Option<Arc<Key>>,
    sends: &[KeyKind],
    address: Option<IpAddr>,
) -> Result<Sender, Problem> {
    let unknown = || Problem::new(Kind::Unknown, "No key, or not a key that is in force.");
    if machine.intake.is_draining() {
        return Err(Problem::unavailable("The server is shutting down."));
    }
    if !machine.intake.availability().may_try() {
        return Err(Problem::unavailable("The database is not available right now; nothing was stored."));
    }
    let key = key.ok_or_else(unknown)?;
    if !sends.contains(&key.kind) {
        return Err(Problem::new(Kind::Forbidden, format!("A {} key may not do this.", key.kind.word())));
    }
    if key.kind == KeyKind::Browser && !origin_allowed(&key, headers) {
        return Err(Problem::new(Kind::Forbidden, "This key may not be used from this origin."));
    }
    let policy = match machine.policies.of(key.project).await {
        Ok(policy) => policy.ok_or_else(unknown)?,
        Err(error) => {
            machine.intake.availability().down();
            return Err(crate::database::fault::problem(error));
        }
    };
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let header = privacy_headers(headers, policy.settings.header_refuses_all);
    Ok(Sender { policy, received_at: machine.clock.now(), header, agent, address, key })
}

/// Full origins are compared: a suffix match would let `https://shop.example.evil.example` in.
fn origin_allowed(key: &Key, headers: &HeaderMap) -> bool {
    match headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or_default()) {
        Some(origin) => key.origins.iter().any(|allowed| allowed.trim_end_matches('/') == origin),
        // Not a browser, or a same-origin GET: the origin is a filter against noise, not proof.
        None => true,
    }
}

/// GPC counts only if exactly `1`; both signals refuse marketing, content and research, or everything where an admin
/// chose so.
pub fn privacy_headers(headers: &HeaderMap, all: bool) -> Refusals {
    let set = |name: &str| headers.get_all(name).iter().any(|value| value == "1");
    let mut refusals = Refusals::default();
    if set("sec-gpc") || set("dnt") {
        let usual = [Category::Marketing, Category::Content, Category::Research];
        Category::ALL
            .iter()
            .filter(|category| all || usual.contains(category))
            .for_each(|category| refusals.refuse(*category));
    }
    refusals
}
