//! A record before and after the gate: made by the very code that every record passes, so it cannot say more than is done.

use crate::database::fault::Told;
use crate::identity::keys::Key;
use crate::ingest::admit::Sender;
use crate::ingest::event::{Draft, admit};
use crate::machine::Machine;
use crate::privacy::gate::Fate;
use crate::record::Event;
use parallax_domain::Problem;
use parallax_domain::category::Refusals;
use serde_json::{Map, Value, json};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub before: Value,
    pub after: Value,
}

/// An address of the range that is kept for examples (RFC 5737).
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));
const AGENT: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";

/// What a page sends when a purchase fails, and what is kept of it. It has no properties: their fields are those of the
/// catalogue, and a sample must not add to it.
pub async fn of(machine: &Machine, project: i32) -> Result<Sample, Problem> {
    let policy = machine.policies.of(project).await.told()?.ok_or_else(|| Problem::not_found("project"))?;
    let received_at = machine.clock.now();
    let event = json!({
        "name": "Purchase Failed",
        "at": received_at,
        "user": "customer_12345",
        "category": "errors",
        "context": {
            "url": "https://shop.example/orders/88231477?email=ada.lovelace@example.com&utm_source=news#pay",
            "referrer": "https://mail.example/inbox/4711",
            "title": "Order of ada.lovelace@example.com, card 4111 1111 1111 1111",
            "timezone": "Europe/Berlin",
            "locale": "de-DE",
            "version": "2.4.1",
        },
    });
    let before = json!({ "address": ADDRESS, "user-agent": AGENT, "body": event });
    let sender = Sender {
        key: Arc::new(Key::for_show(project)),
        policy,
        received_at,
        header: Refusals::default(),
        agent: Some(AGENT.to_owned()),
        address: Some(ADDRESS),
    };
    let gate = sender.gate(machine, None);
    let kept = Draft::read(event).and_then(|draft| admit(machine, &sender, &gate, draft));
    let after = match kept {
        Ok(event) => told(&event),
        Err(Fate::Rejected(reason)) => json!({ "rejected": reason }),
        Err(Fate::Dropped(category)) => json!({ "dropped": category }),
    };
    Ok(Sample { before, after })
}

/// The columns that have a value.
fn told(event: &Event) -> Value {
    let mut kept = Map::new();
    let mut put = |name: &str, value: Option<&String>| {
        if let Some(value) = value {
            kept.insert(name.to_owned(), json!(value));
        }
    };
    let context = &event.context;
    put("country", context.country.as_ref());
    put("device", context.device.as_ref());
    put("os", context.os.as_ref());
    put("browser", context.browser.as_ref());
    put("locale", context.locale.as_ref());
    put("version", context.version.as_ref());
    put("host", context.url_host.as_ref());
    put("page", context.url_path.as_ref());
    put("title", context.title.as_ref());
    put("referrer", context.referrer.as_ref());
    put("campaign source", context.campaign_source.as_ref());
    kept.insert("name".to_owned(), json!(event.name));
    kept.insert("category".to_owned(), json!(event.category));
    kept.insert("at".to_owned(), json!(event.at));
    if event.who.is_known() {
        kept.insert("person".to_owned(), json!("p_… (32 digits that stand for the id)"));
    }
    Value::Object(kept)
}
