//! Plausible's tracker (protocols §3.5). The domain is a key, or the host of a browser key's pages; several stand behind
//! commas. Whoever sends learns nothing but that the event was heard; what was dropped is said in a header.

use super::Peer;
use super::admit::{Sender, admit, admit_key};
use super::event::{Draft, Said, micros};
use super::names;
use super::peer::forwarded;
use super::tracker::{self, Item, Members, SENDS, Wire, code, number_of};
use crate::identity::keys::{KeyBits, KeyKind};
use crate::machine::Machine;
use crate::privacy::agent;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use parallax_domain::{Kind, Problem};
use serde_json::{Value, json};
use std::sync::Arc;

const DROPPED: &str = "x-plausible-dropped";

pub fn routes() -> Router<Arc<Machine>> {
    tracker::path(Router::new(), "/api/event", post(event))
}

async fn event(State(machine): State<Arc<Machine>>, peer: Peer, headers: HeaderMap, body: Body) -> Response {
    match take(&machine, peer, &headers, body).await {
        Ok(dropped) => {
            let mut response = (StatusCode::ACCEPTED, "ok").into_response();
            if dropped {
                response.headers_mut().insert(DROPPED, HeaderValue::from_static("1"));
            }
            response
        }
        Err(problem) => refuse(&problem),
    }
}

fn refuse(problem: &Problem) -> Response {
    let field = problem.field.as_deref().unwrap_or("request");
    tracker::refusal(problem, problem.kind.status(), Json(json!({ "errors": { field: [problem.detail] } })))
}

/// Whether any of the domains did not take the event.
async fn take(machine: &Machine, peer: Peer, headers: &HeaderMap, body: Body) -> Result<bool, Problem> {
    let taken = tracker::read(machine, headers, body).await?;
    let mut documents = Wire::read(None, &taken.bytes)?.documents;
    let first = if documents.len() == 1 { documents.remove(0).ok() } else { None };
    let members = first.and_then(Members::of);
    let told = Told::read(members.ok_or_else(|| Problem::malformed("The body must be one object."))?)?;
    let own = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    if agent::family(own, None).is_bot {
        return Ok(true);
    }
    let mut dropped = false;
    for domain in told.domains.split(',').map(str::trim) {
        let receipt = match sender(machine, peer, headers, domain).await {
            Ok(sender) => {
                tracker::limits(&sender, taken.bytes.len(), 1)?;
                let item = told.item(machine, &sender, headers, domain).await?;
                tracker::deliver(machine, &sender, None, vec![Ok(item)]).await
            }
            Err(problem) => Err(problem),
        };
        match receipt {
            Ok(receipt) => dropped |= receipt.accepted == 0,
            Err(problem) if problem.kind == Kind::Unavailable => return Err(problem),
            // An unknown domain, another origin, a quota.
            Err(_) => dropped = true,
        }
    }
    Ok(dropped)
}

async fn sender(machine: &Machine, peer: Peer, headers: &HeaderMap, domain: &str) -> Result<Sender, Problem> {
    match KeyBits::parse(domain) {
        Some(bits) => admit(machine, headers, Some(bits), &SENDS, peer.address()).await,
        None => admit_key(machine, headers, machine.keys.of_host(domain), &SENDS, peer.address()).await,
    }
}

/// An event in short names or in long ones.
struct Told {
    name: String,
    domains: String,
    url: Option<String>,
    referrer: Option<String>,
    properties: Vec<(String, Value)>,
    revenue: Option<(i64, Option<String>)>,
}

impl Told {
    fn read(mut members: Members) -> Result<Told, Problem> {
        let missing = |field: &str| Problem::invalid(field, "can't be blank");
        let name = members.text(&["n", "name"]).ok_or_else(|| missing("event_name"))?;
        let hash_mode = ["h", "hashMode"].into_iter().any(|key| members.truth(key) == Some(true));
        let url = members.text(&["u", "url"]).map(|url| if hash_mode { with_hash(&url) } else { url });
        let from_url = || url.as_deref().and_then(|url| crate::privacy::scrub::url(url).host);
        let domains = members.text(&["d", "domain"]).or_else(from_url).ok_or_else(|| missing("domain"))?;
        let mut properties = properties(&mut members);
        let mut beside = |key: &str, name: &str| {
            properties
                .extend(members.0.remove(key).filter(|value| !value.is_null()).map(|value| (name.to_owned(), value)));
        };
        beside("e", "engaged_ms");
        beside("sd", "scroll_percent");
        beside("i", "interactive");
        beside("interactive", "interactive");
        let revenue = ["$", "revenue"].into_iter().find_map(|key| members.object(key)).map(money).transpose()?;
        Ok(Told { name, domains, url, referrer: members.text(&["r", "referrer"]), properties, revenue })
    }

    async fn item(
        &self,
        machine: &Machine,
        sender: &Sender,
        headers: &HeaderMap,
        domain: &str,
    ) -> Result<Item, Problem> {
        // Who holds a secret key speaks for its visitors, and says whose request it was.
        let speaks = sender.key.kind == KeyKind::Ingest;
        let said = Said {
            url: self.url.clone(),
            referrer: self.referrer.clone(),
            agent: sender.agent.clone().filter(|_| speaks),
            address: forwarded(headers).first().copied().filter(|_| speaks),
            ..Said::default()
        };
        let visitor = tracker::visitor(machine, sender, &said, domain).await?;
        let currency = |own: &Option<String>| own.clone().unwrap_or_else(|| sender.policy.currency.clone());
        Ok(Item::new(Draft {
            name: names::canonical(&self.name).to_owned(),
            visitor: Some(visitor),
            properties: self.properties.clone(),
            revenue: self.revenue.as_ref().map(|(amount, own)| (*amount, currency(own))),
            said,
            ..Draft::default()
        }))
    }
}

/// With routes behind a hash the hash is the path.
fn with_hash(url: &str) -> String {
    match url.split_once("#/") {
        Some((page, route)) => {
            let page = page.split_once('?').map_or(page, |(page, _)| page);
            format!("{}/{route}", page.trim_end_matches('/'))
        }
        None => url.to_owned(),
    }
}

/// An object, or the text of one; only what can be counted by is kept.
fn properties(members: &mut Members) -> Vec<(String, Value)> {
    let told = ["p", "props", "m", "meta"].into_iter().find_map(|key| members.0.remove(key));
    let told = match told {
        Some(Value::String(text)) => serde_json::from_str(&text).unwrap_or_default(),
        Some(other) => other,
        None => Value::Null,
    };
    let counts = |value: &Value| !matches!(value, Value::Array(_) | Value::Object(_)) && value.as_str() != Some("");
    let all = Members::of(told).map(Members::rest).unwrap_or_default();
    all.into_iter().filter(|(_, value)| counts(value)).collect()
}

fn money(mut members: Members) -> Result<(i64, Option<String>), Problem> {
    let amount = members.0.remove("amount").as_ref().and_then(number_of).and_then(micros);
    let amount = amount.ok_or_else(|| Problem::invalid("revenue_source", "is invalid"))?;
    Ok((amount, members.text(&["currency"]).as_deref().and_then(code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(event: Value) -> Result<Told, Problem> {
        Told::read(Members::of(event).unwrap())
    }

    #[test]
    fn short_and_long_names_are_one() {
        let short = json!({ "n": "Buy", "u": "https://a.example/x", "d": "a.example", "r": null, "p": { "plan": "pro", "no": [1], "empty": "" },
            "$": { "amount": "12.5", "currency": "usd" } });
        let long = json!({ "name": "Buy", "url": "https://a.example/x", "domain": "a.example", "props": "{\"plan\":\"pro\"}",
            "revenue": { "amount": 12.5, "currency": "USD" } });
        for event in [short, long] {
            let told = told(event).unwrap();
            assert_eq!((told.name.as_str(), told.domains.as_str()), ("Buy", "a.example"));
            assert_eq!(told.properties, [("plan".to_owned(), json!("pro"))]);
            assert_eq!(told.revenue, Some((12_500_000, Some("USD".to_owned()))));
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let field = |event: Value| told(event).err().and_then(|problem| problem.field);
        assert_eq!(field(json!({ "d": "a.example" })).as_deref(), Some("event_name"));
        assert_eq!(field(json!({ "n": "a" })).as_deref(), Some("domain"));
        assert_eq!(field(json!({ "n": "a", "u": "https://a.example/" })), None);
    }

    #[test]
    fn with_hash_routes_the_hash_is_the_path() {
        assert_eq!(with_hash("https://a.example/#/cart?x=1"), "https://a.example/cart?x=1");
        assert_eq!(with_hash("https://a.example/app/?q=1#/cart"), "https://a.example/app/cart");
        assert_eq!(with_hash("https://a.example/x#top"), "https://a.example/x#top");
    }
}
