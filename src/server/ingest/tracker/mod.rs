//! What the trackers of other products have in common. Each of them reads its own words into [`Item`]s; from there on
//! there is one list of steps, the same as for native events.

mod beside;
mod exception;
mod members;
mod revenue;
mod vitals;
mod wire;

pub use beside::submit;
pub use exception::Thrown;
pub use members::{Members, number_of, text_of, time_of};
pub use revenue::{code, revenue};
pub use vitals::Vital;
pub use wire::{Wire, flag, part};

use super::admit::Sender;
use super::body::{self, Limits, Taken};
use super::event::{self, Draft, Said};
use super::gathered::Gathered;
use crate::identity::keys::KeyKind;
use crate::machine::Machine;
use crate::privacy::gate::{Fate, Gate};
use crate::record::{Change, Event, Group, Identifier, Profile, Statement};
use crate::store::submission::Receipt;
use axum::Router;
use axum::body::Body;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use beside::Beside;
use chrono::{DateTime, Utc};
use parallax_domain::{Kind, Problem};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Keys that may send what a tracker sends.
pub const SENDS: [KeyKind; 2] = [KeyKind::Ingest, KeyKind::Browser];

/// One record of a tracker: who, when and where, and what it tells.
#[derive(Default)]
pub struct Item {
    pub draft: Draft,
    /// Tells of a person, a group or a measurement only; it is no event.
    pub silent: bool,
    pub thrown: Option<Thrown>,
    pub vitals: Vec<(Vital, f64)>,
    /// Kinds and ids of the groups that the person belongs to.
    pub groups: Vec<(String, String)>,
    /// Said of the person.
    pub person: Changes,
    /// Said of a group: its kind, its id, and what.
    pub group: Option<(String, String, Changes)>,
}

/// Properties by name, and what is said of each.
pub type Changes = Vec<(String, Change)>;

impl Item {
    pub fn new(draft: Draft) -> Item {
        Item { draft: Draft { weight: 1.0, ..draft }, ..Item::default() }
    }
}

/// A path with and without a slash at its end: both occur (protocols §0.10).
pub fn path(router: Router<Arc<Machine>>, path: &str, methods: MethodRouter<Arc<Machine>>) -> Router<Arc<Machine>> {
    router.route(path, methods.clone()).route(&format!("{path}/"), methods)
}

/// The body of a request whose key may be inside it.
pub async fn read(machine: &Machine, headers: &HeaderMap, body: Body) -> Result<Taken, Problem> {
    body::read(headers, body, Limits::SERVER, &machine.budget).await
}

/// What could not be known before the key was: the limits of a page's key.
pub fn limits(sender: &Sender, bytes: usize, records: usize) -> Result<(), Problem> {
    let limits = if sender.is_browser() { Limits::BROWSER } else { Limits::SERVER };
    if bytes > limits.plain {
        return Err(Problem::new(Kind::TooLarge, format!("At most {} MiB may be sent at once.", limits.plain >> 20)));
    }
    if records > limits.records {
        return Err(Problem::new(Kind::TooLarge, format!("At most {} records may be sent at once.", limits.records)));
    }
    Ok(())
}

/// Stores the records of one request. `sent_at` is the sender's clock when it sent, where the protocol tells it.
pub async fn deliver(
    machine: &Machine,
    sender: &Sender,
    sent_at: Option<DateTime<Utc>>,
    items: Vec<Result<Item, Fate>>,
) -> Result<Receipt, Problem> {
    let gate = sender.gate(machine, sent_at);
    let (mut events, mut beside) = (Gathered::default(), Beside::default());
    let mut silent = 0;
    for item in items {
        match item.and_then(|item| pass(machine, sender, &gate, item, &mut beside)) {
            Ok(Some(event)) => events.note(Ok(event)),
            Ok(None) => {
                silent += 1;
                events.skip();
            }
            Err(fate) => events.note(Err(fate)),
        }
    }
    // What is beside events is stored first: if the rest fails, the sender repeats and this part is known.
    beside.store(machine, sender).await?;
    let mut receipt = match events.is_empty() {
        true => Receipt::default(),
        false => machine.intake.events.submit(events.submission(sender, None)).await?,
    };
    receipt.accepted += silent;
    Ok(receipt)
}

/// Somebody whom the sender does not name, made up for the day: by address and browser, on this site only.
pub async fn visitor(machine: &Machine, sender: &Sender, said: &Said, site: &str) -> Result<Identifier, Problem> {
    ready(machine, sender).await?;
    let agent = said.agent.as_deref().or(sender.agent.as_deref()).unwrap_or_default();
    // Without an address the browser alone tells visitors apart.
    let address = said.address.or(sender.address).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    sender.gate(machine, None).visitor(address, agent, site).ok_or_else(no_secret)
}

/// Sees to it that there is a secret of the day of receipt.
pub async fn ready(machine: &Machine, sender: &Sender) -> Result<(), Problem> {
    let salts = &sender.policy.salts;
    if !salts.ready(sender.received_at) {
        salts.follow(&machine.database, sender.received_at).await.map_err(crate::database::fault::problem)?;
    }
    Ok(())
}

/// Without a secret of the day a visitor whom nobody names cannot be told from others.
pub fn no_secret() -> Problem {
    Problem::unavailable("There is no secret of this day yet; nothing was stored.")
}

/// The steps of one record, in order.
fn pass(
    machine: &Machine,
    sender: &Sender,
    gate: &Gate<'_>,
    item: Item,
    beside: &mut Beside,
) -> Result<Option<Event>, Fate> {
    let Item { mut draft, silent, thrown, vitals, groups, person, group } = item;
    let mut profile = Profile::default();
    profile.groups.extend(groups.iter().filter_map(|(kind, key)| gate.group(kind, key)));
    profile.statements.extend(person.into_iter().filter_map(|(name, change)| statement(gate, None, name, change)));
    let mut named = profile.groups.clone();
    if let Some((kind, key, said)) = group {
        let of = gate.group(&kind, &key).ok_or_else(|| Fate::because("the group has no id"))?;
        let said = said.into_iter().filter_map(|(name, change)| statement(gate, Some(of.clone()), name, change));
        profile.statements.extend(said);
        named.push(of);
    }
    named.dedup();
    // A property as well, so that events can be counted by it.
    draft.properties.extend(named.into_iter().map(|group| (format!("group.{}", group.kind), group.key.into())));
    draft.check()?;
    draft.said.leave_out_own_site();
    let mut event = event::admit(machine, sender, gate, draft)?;
    beside.vitals(&event, vitals);
    if let Some(thrown) = thrown {
        beside.exception(gate, &event, thrown);
    }
    let told = profile != Profile::default();
    if silent {
        if told || !event.who.also.is_empty() {
            beside.profile(&event, profile);
        }
        return Ok(None);
    }
    event.profile = told.then(|| Box::new(profile));
    Ok(Some(event))
}

/// Catalogue and anonymisation of what is said of somebody; none where nothing of it may be stored.
fn statement(gate: &Gate<'_>, of: Option<Group>, name: String, change: Change) -> Option<Statement> {
    let prefix = if of.is_some() { "group" } else { "person" };
    let kept = |value| gate.property(prefix, &name, value);
    let (name, change) = match change {
        Change::Set(value) => kept(value).map(|(name, value)| (name, Change::Set(value)))?,
        Change::Once(value) => kept(value).map(|(name, value)| (name, Change::Once(value)))?,
        Change::Append(value) => kept(value).map(|(name, value)| (name, Change::Append(value)))?,
        Change::Remove(value) => kept(value).map(|(name, value)| (name, Change::Remove(value)))?,
        Change::Union(values) => {
            let kept = values.into_iter().filter_map(kept);
            let (mut names, values): (Vec<_>, Vec<_>) = kept.unzip();
            (names.pop()?, Change::Union(values))
        }
        Change::Add(number) => (kept(number.into())?.0, Change::Add(number)),
        Change::Unset => (kept(false.into())?.0, Change::Unset),
    };
    Some(Statement { of, name, change })
}

/// A problem in the words of a protocol: its own body, the status, and when to come back.
pub fn refusal(problem: &Problem, status: u16, body: impl IntoResponse) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let mut response = (status, body).into_response();
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// Why nothing at all of a request was taken, if so.
pub fn nothing_taken(receipt: &Receipt) -> Option<&str> {
    let taken = receipt.accepted + receipt.duplicates + receipt.dropped.values().sum::<i64>();
    receipt.rejected.first().filter(|_| taken == 0).map(|rejection| rejection.reason.as_str())
}
