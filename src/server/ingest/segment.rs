//! Segment's clients (protocols §3.2): batches, single messages, and the short paths of its browser library.

use super::Peer;
use super::admit::{admit, basic, bearer};
use super::event::{Draft, Said, instant};
use super::names::PAGE_VIEW;
use super::tracker::{self, Item, Members, SENDS, Wire, revenue, time_of};
use crate::identity::keys::KeyBits;
use crate::machine::Machine;
use crate::privacy::gate::Fate;
use crate::record::Change;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use parallax_domain::{Kind, Problem};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Paths of single messages, and the type that each is for where the message does not say.
const SINGLES: [(&str, &str); 12] = [
    ("/v1/track", "track"),
    ("/v1/identify", "identify"),
    ("/v1/page", "page"),
    ("/v1/screen", "screen"),
    ("/v1/group", "group"),
    ("/v1/alias", "alias"),
    ("/v1/t", "track"),
    ("/v1/i", "identify"),
    ("/v1/p", "page"),
    ("/v1/s", "screen"),
    ("/v1/g", "group"),
    ("/v1/a", "alias"),
];

pub fn routes() -> Router<Arc<Machine>> {
    let mut router = Router::new();
    for path in ["/v1/batch", "/v1/b", "/v1/import"] {
        let batch = move |state, peer, headers, body| receive(state, peer, headers, body, "");
        router = tracker::path(router, path, post(batch));
    }
    for (path, r#type) in SINGLES {
        let single = move |state, peer, headers, body| receive(state, peer, headers, body, r#type);
        router = tracker::path(router, path, post(single));
    }
    // What its browser library measures of itself.
    tracker::path(router, "/v1/m", post(|| async { Json(json!({ "success": true })) }))
}

async fn receive(
    State(machine): State<Arc<Machine>>,
    peer: Peer,
    headers: HeaderMap,
    body: Body,
    r#type: &'static str,
) -> Response {
    answer(take(&machine, peer, &headers, body, r#type).await)
}

async fn take(
    machine: &Machine,
    peer: Peer,
    headers: &HeaderMap,
    body: Body,
    r#type: &'static str,
) -> Result<(), Problem> {
    let taken = tracker::read(machine, headers, body).await?;
    let batch = Batch::read(Wire::read(None, &taken.bytes)?)?;
    let inside = batch.key.as_deref().and_then(KeyBits::parse);
    let key = basic(headers).or_else(|| bearer(headers)).or(inside);
    let sender = admit(machine, headers, key, &SENDS, peer.address()).await?;
    tracker::limits(&sender, taken.bytes.len(), batch.messages.len())?;
    let currency = &sender.policy.currency;
    let items = batch.messages.into_iter().map(|message| read(message, r#type, &batch.context, currency)).collect();
    let receipt = tracker::deliver(machine, &sender, batch.sent_at, items).await?;
    match tracker::nothing_taken(&receipt) {
        Some(reason) => Err(Problem::malformed(reason)),
        None => Ok(()),
    }
}

fn answer(outcome: Result<(), Problem>) -> Response {
    let problem = match outcome {
        Ok(()) => return Json(json!({ "success": true })).into_response(),
        Err(problem) => problem,
    };
    let code = if problem.kind == Kind::Unknown { "invalid_write_key" } else { "invalid_request" };
    let body = json!({ "success": false, "code": code, "message": problem.to_string() });
    tracker::refusal(&problem, problem.kind.status(), Json(body))
}

struct Batch {
    key: Option<String>,
    sent_at: Option<DateTime<Utc>>,
    /// Circumstances of all messages that do not tell their own.
    context: Map<String, Value>,
    messages: Vec<Result<Members, String>>,
}

impl Batch {
    fn read(wire: Wire) -> Result<Batch, Problem> {
        let not = || "a message must be an object".to_owned();
        let mut all = wire.flat();
        let whole = |value| Members::of(value).ok_or_else(not);
        if all.len() != 1 {
            let messages: Vec<_> = all.into_iter().map(|message| message.and_then(whole)).collect();
            return Ok(Batch { key: None, sent_at: None, context: Map::new(), messages });
        }
        let mut top = all.remove(0).and_then(whole).map_err(Problem::malformed)?;
        let key = top.text(&["writeKey"]);
        let sent_at = top.text(&["sentAt"]).as_deref().and_then(instant);
        let Some(messages) = top.list("batch") else {
            return Ok(Batch { key, sent_at, context: Map::new(), messages: vec![Ok(top)] });
        };
        let context = top.object("context").map(|members| members.0).unwrap_or_default();
        let messages: Vec<_> = messages.into_iter().map(whole).collect();
        let inside = || messages.iter().flatten().find_map(|message| message.peek(&["writeKey"]));
        Ok(Batch { key: key.or_else(inside), sent_at, context, messages })
    }
}

/// `path` is the type that the path is for, `shared` the circumstances of the batch.
fn read(
    message: Result<Members, String>,
    path: &str,
    shared: &Map<String, Value>,
    currency: &str,
) -> Result<Item, Fate> {
    let mut message = message.map_err(Fate::Rejected)?;
    let r#type = message.text(&["type", "action"]).unwrap_or_else(|| path.to_owned());
    let mut context = message.object("context").unwrap_or(Members(Map::new()));
    for (key, value) in shared {
        context.0.entry(key).or_insert_with(|| value.clone());
    }
    let mut properties = message.object("properties").unwrap_or(Members(Map::new()));
    let traits = message.object("traits").or_else(|| context.object("traits"));
    let traits: Vec<(String, Value)> = traits.map(Members::rest).unwrap_or_default();
    let mut item = Item::new(Draft {
        id: message.text(&["messageId"]).map(|id| format!("segment/{id}")),
        at: time(&mut message)?,
        user: message.text(&["userId"]),
        anonymous: message.text(&["anonymousId"]),
        ..Draft::default()
    });
    let previous = message.text(&["previousId"]);
    if !item.draft.names_somebody() && previous.is_none() {
        return Err(Fate::because("userId or anonymousId is missing"));
    }
    let own = item.draft.user.clone().or_else(|| item.draft.anonymous.clone());
    let group = message.text(&["groupId"]).or_else(|| context.text(&["groupId"]));
    let name = message.text(&["name"]);
    item.draft.name = match r#type.as_str() {
        "track" => message.text(&["event"]).ok_or_else(|| Fate::because("event is missing"))?,
        "page" => PAGE_VIEW.to_owned(),
        "identify" | "screen" | "group" | "alias" => r#type.clone(),
        other => return Err(Fate::because(format!("type {other:?} is none of Segment's"))),
    };
    match r#type.as_str() {
        "alias" => {
            // A statement without direction (contract rule P15).
            item.draft.also = previous.into_iter().chain(own).collect();
            if item.draft.user.is_none() && item.draft.anonymous.is_none() {
                return Err(Fate::because("userId is missing"));
            }
        }
        "group" => {
            let key = group.clone().ok_or_else(|| Fate::because("groupId is missing"))?;
            let said = traits.iter().map(|(name, value)| (name.clone(), Change::Set(value.clone()))).collect();
            item.group = Some(("group".to_owned(), key, said));
        }
        _ => item.person = traits.iter().map(|(name, value)| (name.clone(), Change::Set(value.clone()))).collect(),
    }
    if let Some(key) = group {
        item.groups.push(("group".to_owned(), key));
    }
    item.draft.said = said(&mut context, &mut properties, name.as_ref().filter(|_| r#type != "track"));
    item.draft.session = context.text(&["sessionId"]).or_else(|| properties.text(&["sessionId"]));
    properties.forget(&["path", "search"]);
    let mut told = properties.rest();
    if let (Some(category), false) = (message.text(&["category"]), told.iter().any(|(key, _)| key == "category")) {
        told.push(("category".to_owned(), category.into()));
    }
    if r#type == "track" {
        item.draft.revenue = revenue(&item.draft.name, &told, currency);
    }
    item.draft.properties.extend(told);
    Ok(item)
}

fn time(message: &mut Members) -> Result<Option<DateTime<Utc>>, Fate> {
    let original = message.0.remove("originalTimestamp");
    match message.0.remove("timestamp").filter(|told| !told.is_null()).or(original) {
        None | Some(Value::Null) => Ok(None),
        Some(told) => time_of(&told).map(Some).map_err(Fate::because),
    }
}

fn said(context: &mut Members, properties: &mut Members, name: Option<&String>) -> Said {
    let mut inner = |key: &str| context.object(key).unwrap_or(Members(Map::new()));
    let (mut page, mut campaign, mut app) = (inner("page"), inner("campaign"), inner("app"));
    let (mut os, mut device, mut screen, mut network) =
        (inner("os"), inner("device"), inner("screen"), inner("network"));
    let size = (screen.number("width"), screen.number("height"));
    let mut either = |key: &str| properties.text(&[key]).or_else(|| page.text(&[key]));
    let (url, path, referrer, title) = (either("url"), either("path"), either("referrer"), either("title"));
    let on = |network: &mut Members, key: &str| network.truth(key).unwrap_or(false).then(|| key.to_owned());
    Said {
        url: url.or(path),
        referrer,
        title: title.or_else(|| name.cloned()),
        campaign: ["source", "medium", "name", "term", "content"].map(|key| campaign.text(&[key])),
        device: device.text(&["type"]).map(|kind| match kind.to_lowercase().as_str() {
            "ios" | "android" => "mobile".to_owned(),
            other => other.to_owned(),
        }),
        os: os.text(&["name"]),
        country: context
            .object("location")
            .and_then(|mut place| place.text(&["countryCode", "country"]))
            .filter(|country| country.len() == 2),
        time_zone: context.text(&["timezone"]),
        screen: size.0.zip(size.1).map(|(width, height)| format!("{width}x{height}")),
        locale: context.text(&["locale"]),
        network: on(&mut network, "wifi").or_else(|| on(&mut network, "cellular")),
        version: app.text(&["version"]),
        agent: context.text(&["userAgent"]),
        ..Said::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(message: Value) -> Result<Item, Fate> {
        read(Ok(Members::of(message).unwrap()), "", &Map::new(), "EUR")
    }

    #[test]
    fn a_message_tells_what_is_missing() {
        let reason = |message: Value| match one(message) {
            Err(Fate::Rejected(reason)) => reason,
            other => panic!("{:?}", other.map(|item| item.draft.name)),
        };
        assert_eq!(reason(json!({ "type": "track", "event": "a" })), "userId or anonymousId is missing");
        assert_eq!(
            reason(json!({ "type": "track", "userId": null, "anonymousId": "", "event": "a" })),
            "userId or anonymousId is missing"
        );
        assert_eq!(reason(json!({ "type": "track", "userId": "u" })), "event is missing");
        assert_eq!(reason(json!({ "type": "group", "userId": "u" })), "groupId is missing");
        assert_eq!(reason(json!({ "type": "dance", "userId": "u" })), "type \"dance\" is none of Segment's");
        assert_eq!(reason(json!({ "type": "track", "userId": "u", "event": "a", "timestamp": "soon" })), "too_old");
    }

    #[test]
    fn the_page_stands_in_the_properties_or_in_the_context() {
        let item = one(json!({ "type": "page", "anonymousId": "a", "name": "Pricing", "category": "Docs",
            "context": { "page": { "url": "https://shop.example/x", "title": "X" }, "campaign": { "source": "news" } } }));
        let draft = item.unwrap().draft;
        assert_eq!((draft.name.as_str(), draft.said.url.as_deref()), ("page_view", Some("https://shop.example/x")));
        assert_eq!((draft.said.title.as_deref(), draft.said.campaign[0].as_deref()), (Some("X"), Some("news")));
        assert_eq!(draft.properties, [("category".to_owned(), json!("Docs"))]);
    }
}
