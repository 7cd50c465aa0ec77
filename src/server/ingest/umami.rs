//! Umami's tracker and clients (protocols §3.4). The website is a key in its UUID spelling, or the host of a browser
//! key's pages. The token in the answer keeps a visitor one, whose address changes during the visit.

use super::Peer;
use super::admit::{Sender, admit, admit_key};
use super::event::{Draft, Said};
use super::names::PAGE_VIEW;
use super::otlp::hash;
use super::tracker::{self, Item, Members, SENDS, Vital, Wire, number_of, revenue, time_of};
use crate::identity::keys::KeyBits;
use crate::machine::Machine;
use crate::privacy::gate::Fate;
use crate::privacy::salt::Period;
use crate::privacy::{agent, pseudonym};
use crate::record::{Change, Identifier, IdentifierKind};
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use chrono::{DateTime, Timelike, Utc};
use parallax_domain::{Category, Kind, Problem};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

const TOKEN: &str = "x-umami-cache";

pub fn routes() -> Router<Arc<Machine>> {
    let router = tracker::path(Router::new(), "/api/send", post(send));
    tracker::path(router, "/api/batch", post(batch))
}

async fn send(State(machine): State<Arc<Machine>>, peer: Peer, headers: HeaderMap, body: Body) -> Response {
    let outcome = async {
        let sent = sent(&machine, &headers, body).await?;
        if sent.records.len() != 1 {
            return Err(Problem::malformed("One record is sent here; several go to /api/batch."));
        }
        let visit = take(&machine, peer, &headers, sent).await?;
        if visit.robots > 0 {
            return Ok(json!({ "beep": "boop" }));
        }
        match visit.refused.into_iter().next() {
            Some((_, problem)) => Err(problem),
            None => Ok(visit.session.map_or_else(|| json!({}), |session| session.told())),
        }
    };
    match outcome.await {
        Ok(answer) => Json(answer).into_response(),
        // Over a quota the record is dropped and the sender left in peace (protocols §0.6).
        Err(problem) if problem.kind == Kind::TooMany => Json(json!({})).into_response(),
        Err(problem) => refuse(&problem),
    }
}

async fn batch(State(machine): State<Arc<Machine>>, peer: Peer, headers: HeaderMap, body: Body) -> Response {
    let outcome = async {
        let sent = sent(&machine, &headers, body).await?;
        let size = sent.records.len();
        let visit = take(&machine, peer, &headers, sent).await?;
        let details: Vec<Value> = visit
            .refused
            .iter()
            .map(|(index, problem)| json!({ "index": index, "response": fault(problem) }))
            .collect();
        let cache = visit.session.map(|session| session.token);
        let (processed, errors) = (size - details.len(), details.len());
        Ok(json!({ "size": size, "processed": processed, "errors": errors, "details": details, "cache": cache }))
    };
    match outcome.await {
        Ok(answer) => Json(answer).into_response(),
        Err(problem) => refuse(&problem),
    }
}

fn fault(problem: &Problem) -> Value {
    let status = status(problem);
    let code = match status {
        400 => "bad-request",
        403 => "forbidden",
        503 => "service-unavailable",
        _ => "error",
    };
    json!({ "error": { "message": problem.to_string(), "code": code, "status": status } })
}

fn refuse(problem: &Problem) -> Response {
    tracker::refusal(problem, status(problem), Json(fault(problem)))
}

/// A website that nobody knows is a bad request here, not a missing right.
fn status(problem: &Problem) -> u16 {
    if problem.kind == Kind::Unknown { 400 } else { problem.kind.status() }
}

/// What was sent, and in how many bytes.
struct Sent {
    records: Vec<Result<Record, String>>,
    bytes: usize,
}

async fn sent(machine: &Machine, headers: &HeaderMap, body: Body) -> Result<Sent, Problem> {
    let taken = tracker::read(machine, headers, body).await?;
    let values = Wire::read(None, &taken.bytes)?.flat();
    let records = values.into_iter().map(|value| value.and_then(Record::read)).collect();
    Ok(Sent { records, bytes: taken.bytes.len() })
}

/// What became of a request.
struct Visit {
    refused: Vec<(usize, Problem)>,
    robots: usize,
    session: Option<Session>,
}

/// Each website of a request is a sender of its own.
async fn take(machine: &Machine, peer: Peer, headers: &HeaderMap, sent: Sent) -> Result<Visit, Problem> {
    let mut visit = Visit { refused: Vec::new(), robots: 0, session: None };
    let mut websites: BTreeMap<String, Vec<(usize, Record)>> = BTreeMap::new();
    for (index, record) in sent.records.into_iter().enumerate() {
        match record {
            // Nobody's telemetry: neither stored nor an error.
            Ok(record) if record.is_bot(headers) => visit.robots += 1,
            Ok(record) => websites.entry(record.website.clone()).or_default().push((index, record)),
            Err(reason) => visit.refused.push((index, Problem::malformed(reason))),
        }
    }
    for (website, records) in websites {
        let sender = match sender(machine, peer, headers, &website).await {
            Ok(sender) => sender,
            Err(problem) if problem.kind == Kind::Unavailable => return Err(problem),
            Err(problem) => {
                visit.refused.extend(records.into_iter().map(|(index, _)| (index, problem.clone())));
                continue;
            }
        };
        tracker::limits(&sender, sent.bytes, records.len())?;
        let (mut indexes, mut items) = (Vec::new(), Vec::new());
        for (index, record) in records {
            let session = Session::of(machine, &sender, headers, &record).await?;
            indexes.push(index);
            items.push(record.item(&session, &sender.policy.currency));
            visit.session = Some(session);
        }
        let receipt = tracker::deliver(machine, &sender, None, items).await?;
        let refused = receipt.rejected.into_iter().map(|one| (indexes[one.index], Problem::malformed(one.reason)));
        visit.refused.extend(refused);
    }
    visit.refused.sort_by_key(|(index, _)| *index);
    Ok(visit)
}

async fn sender(machine: &Machine, peer: Peer, headers: &HeaderMap, website: &str) -> Result<Sender, Problem> {
    let outcome = match KeyBits::parse(website) {
        Some(bits) => admit(machine, headers, Some(bits), &SENDS, peer.address()).await,
        None => admit_key(machine, headers, machine.keys.of_host(website), &SENDS, peer.address()).await,
    };
    outcome.map_err(|problem| match problem.kind {
        Kind::Unknown => Problem { detail: "Website not found.".to_owned(), ..problem },
        _ => problem,
    })
}

/// Whom a record is about as far as the tracker may know: for a visitor without a name it holds for the day.
struct Session {
    visitor: Identifier,
    token: String,
    id: Uuid,
    visit: Uuid,
}

impl Session {
    async fn of(machine: &Machine, sender: &Sender, headers: &HeaderMap, record: &Record) -> Result<Session, Problem> {
        tracker::ready(machine, sender).await?;
        let told = headers.get(TOKEN).and_then(|token| token.to_str().ok());
        let visitor = match told.and_then(|token| proven(token, sender)) {
            Some(reference) => Identifier { kind: IdentifierKind::Daily, reference, clear: None },
            None => tracker::visitor(machine, sender, &record.said, &record.website).await?,
        };
        let proof = proof(sender, &visitor.reference).ok_or_else(tracker::no_secret)?;
        let id = hash(&[b"umami session", visitor.reference.as_bytes()]);
        let hour = sender.received_at.hour().to_be_bytes();
        Ok(Session {
            token: format!("{}{}", visitor.reference.simple(), hex::encode(proof)),
            visit: hash(&[b"umami visit", id.as_bytes(), &hour]),
            id,
            visitor,
        })
    }

    fn told(&self) -> Value {
        json!({ "cache": self.token, "sessionId": self.id.to_string(), "visitId": self.visit.to_string() })
    }
}

/// Proves that a visitor was named by us today.
fn proof(sender: &Sender, visitor: &Uuid) -> Option<pseudonym::Reference> {
    let make = |salt: &[u8; 32]| pseudonym::visitor_proof(salt, sender.policy.project, visitor.as_bytes());
    sender.policy.salts.reference(Period::Day, sender.received_at, make)
}

/// The visitor of a token of ours; none for any other text and for tokens of another day.
fn proven(token: &str, sender: &Sender) -> Option<Uuid> {
    let (visitor, told) = token.split_at_checked(32)?;
    let visitor = Uuid::try_parse(visitor).ok()?;
    let expected = proof(sender, &visitor)?;
    let given = hex::decode(told).ok()?;
    bool::from(subtle::ConstantTimeEq::ct_eq(given.as_slice(), expected.as_slice())).then_some(visitor)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Event,
    Identify,
    Performance,
}

/// One record as it was sent.
struct Record {
    r#type: Type,
    website: String,
    at: Option<DateTime<Utc>>,
    user: Option<String>,
    anonymous: Option<String>,
    name: Option<String>,
    said: Said,
    data: Vec<(String, Value)>,
    tag: Option<String>,
    vitals: Vec<(Vital, f64)>,
}

impl Record {
    fn read(value: Value) -> Result<Record, String> {
        let mut top = Members::of(value).ok_or("a record must be an object")?;
        let r#type = match top.text(&["type"]).as_deref() {
            Some("event") | None => Type::Event,
            Some("identify") => Type::Identify,
            Some("performance") => Type::Performance,
            Some(_) => return Err("type must be event, identify or performance".to_owned()),
        };
        let mut payload = top.object("payload").ok_or("payload must be an object")?;
        let website = payload.text(&["website"]).ok_or("payload.website is missing")?;
        let time = payload.0.remove("timestamp").filter(|told| !told.is_null());
        let vital = |payload: &mut Members, vital: Vital| {
            let told = payload.0.remove(vital.word());
            told.as_ref().and_then(number_of).map(|value| (vital, value))
        };
        Ok(Record {
            r#type,
            website,
            at: time.as_ref().map(time_of).transpose()?,
            user: payload.text(&["id"]),
            anonymous: payload.text(&["vid"]),
            name: payload.text(&["name"]),
            data: payload.object("data").map(Members::rest).unwrap_or_default(),
            tag: payload.text(&["tag"]),
            vitals: Vital::ALL.into_iter().filter_map(|one| vital(&mut payload, one)).collect(),
            said: said(&mut payload),
        })
    }

    fn is_bot(&self, headers: &HeaderMap) -> bool {
        let own = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        self.said.agent.as_deref().or(own).is_some_and(|told| agent::family(told, None).is_bot)
    }

    fn item(self, session: &Session, currency: &str) -> Result<Item, Fate> {
        let named = self.user.is_some() || self.anonymous.is_some();
        let identifies = self.r#type == Type::Identify;
        let mut item = Item::new(Draft {
            at: self.at,
            name: match (self.r#type, self.name) {
                (Type::Event, Some(name)) => name,
                (Type::Event, None) => PAGE_VIEW.to_owned(),
                (Type::Identify, _) => "identify".to_owned(),
                (Type::Performance, _) => "performance".to_owned(),
            },
            category: (self.r#type == Type::Performance).then_some(Category::Performance),
            // Whoever says who he is was the visitor until then.
            visitor: (!named || (identifies && self.anonymous.is_none())).then(|| session.visitor.clone()),
            user: self.user,
            anonymous: self.anonymous,
            said: self.said,
            ..Draft::default()
        });
        item.silent = self.r#type == Type::Performance;
        item.vitals = self.vitals;
        if identifies {
            item.person = self.data.into_iter().map(|(name, value)| (name, Change::Set(value))).collect();
        } else {
            item.draft.revenue = revenue(&item.draft.name, &self.data, currency);
            item.draft.properties = self.data;
        }
        item.draft.properties.extend(self.tag.map(|tag| ("tag".to_owned(), tag.into())));
        Ok(item)
    }
}

fn said(payload: &mut Members) -> Said {
    let host = payload.text(&["hostname"]);
    let url = payload.text(&["url"]).map(|url| match &host {
        Some(host) if url.starts_with('/') && !url.starts_with("//") => format!("https://{host}{url}"),
        _ => url,
    });
    Said {
        url,
        referrer: payload.text(&["referrer"]),
        // Older trackers encode it as a part of an address.
        title: payload
            .text(&["title"])
            .map(|title| percent_decode_str(&title).decode_utf8().map_or(title.clone(), Into::into)),
        screen: payload.text(&["screen"]),
        locale: payload.text(&["language"]),
        browser: payload.text(&["browser"]),
        os: payload.text(&["os"]),
        device: payload.text(&["device"]).map(|device| device.to_lowercase()),
        agent: payload.text(&["userAgent"]),
        address: payload.text(&["ip"]).and_then(|ip| ip.parse().ok()),
        ..Said::default()
    }
}
