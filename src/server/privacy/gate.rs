//! The gate: what a record must pass before it may be stored. Pure functions of a record and a policy;
//! raw input is consumed here and never reaches disk or logs.
//!
//! The order is fixed: time, consent, catalogue, country of the address (which is dropped), agent, URLs, texts,
//! identifiers, and the action of each field at last.

mod fields;

pub use fields::{Fields, flatten};

use super::names;
use super::policy::{Newcomers, Policy, Told};
use super::pseudonym;
use super::salt::Period;
use super::scrub::{self, Found};
use crate::record::{FLAG_AHEAD, FLAG_SHIFTED, FLAG_UNTIMED, Group, Identifier, IdentifierKind, Who};
use chrono::{DateTime, Duration, Utc};
use parallax_domain::category::Refusals;
use parallax_domain::{Category, Signal};
use std::borrow::Cow;
use std::net::IpAddr;
use uuid::Uuid;

/// Why a record is not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    Rejected(String),
    Dropped(Category),
}

impl Fate {
    pub fn because(reason: impl Into<String>) -> Fate {
        Fate::Rejected(reason.into())
    }
}

/// Everything about a request that its records are judged by.
#[derive(Clone, Copy)]
pub struct Gate<'a> {
    pub policy: &'a Policy,
    pub newcomers: &'a Newcomers,
    pub received_at: DateTime<Utc>,
    /// Oldest time that this sender may tell: 400 days, 7 for browser keys.
    pub oldest: Duration,
    /// Added to every time of the request: the error of the sender's clock.
    pub skew: Option<Duration>,
    /// Categories that a `Sec-GPC` or `DNT` header refuses.
    pub header: Refusals,
    /// Number of the key it came with; 0 is Parallax itself.
    pub key: i32,
}

impl Gate<'_> {
    /// The sender's clock error, where it told when it sent: used between 5 s and 24 h (contract rule A7).
    pub fn skew_of(sent_at: Option<DateTime<Utc>>, received_at: DateTime<Utc>) -> Option<Duration> {
        let skew = received_at - sent_at?;
        (skew.abs() > Duration::seconds(5) && skew.abs() <= Duration::hours(24)).then_some(skew)
    }

    /// The time that a record is stored under, and what was done to it.
    pub fn time(&self, told: Option<DateTime<Utc>>) -> Result<(DateTime<Utc>, i16), Fate> {
        let Some(told) = told else { return Ok((self.received_at, FLAG_UNTIMED)) };
        let (at, mut flags) = match self.skew {
            Some(skew) => (told.checked_add_signed(skew).unwrap_or(told), FLAG_SHIFTED),
            None => (told, 0),
        };
        if at < self.received_at - self.oldest {
            return Err(Fate::because("too_old"));
        }
        if at > self.received_at + Duration::minutes(10) {
            flags |= FLAG_AHEAD;
            return Ok((self.received_at, flags));
        }
        Ok((at, flags))
    }

    /// Nanoseconds since 1970 as senders of OpenTelemetry spell it; 0 is no time.
    pub fn time_of_nanos(&self, nanos: u64) -> Result<(DateTime<Utc>, i16), Fate> {
        if nanos == 0 {
            return self.time(None);
        }
        let told = i64::try_from(nanos).map(DateTime::from_timestamp_nanos).map_err(|_| Fate::because("too_old"))?;
        self.time(Some(told))
    }

    pub fn user(&self, id: &str) -> Option<Identifier> {
        self.identifier(IdentifierKind::User, id)
    }

    pub fn anonymous(&self, id: &str) -> Option<Identifier> {
        self.identifier(IdentifierKind::Anonymous, id)
    }

    fn identifier(&self, kind: IdentifierKind, id: &str) -> Option<Identifier> {
        let id = id.trim();
        if id.is_empty() {
            return None;
        }
        let reference = Uuid::from_bytes(pseudonym::subject_ref(&self.policy.secret, spelled(kind), id));
        Some(Identifier { kind, reference, clear: Some(id.to_owned()) })
    }

    pub fn session(&self, id: &str) -> Option<i64> {
        (!id.is_empty()).then(|| pseudonym::session_ref(&self.policy.secret, id))
    }

    /// The people of a record as they are stored: under references that last as long as an admin lets those of this
    /// category last. Until here they are the ones that decisions are looked up by.
    pub fn lasting(&self, category: Category, who: Who) -> Who {
        let Some(period) = self.policy.settings.lasting(category).period() else { return who };
        let renamed = |known: Option<Identifier>| {
            let known = known?;
            let Some(clear) = &known.clear else { return Some(known) };
            let make = |salt: &[u8; 32]| pseudonym::rotating_ref(salt, self.policy.project, spelled(known.kind), clear);
            let reference = Uuid::from_bytes(self.policy.salts.reference(period, self.received_at, make)?);
            Some(Identifier { kind: IdentifierKind::Daily, reference, clear: None })
        };
        let session = who.session.and_then(|session| {
            let make = |salt: &[u8; 32]| {
                pseudonym::rotating_ref(salt, self.policy.project, pseudonym::Subject::Session, &session.to_string())
            };
            let reference = self.policy.salts.reference(period, self.received_at, make)?;
            Some(i64::from_be_bytes(std::array::from_fn(|index| reference[index])))
        });
        let also = who.also.into_iter().filter_map(|other| renamed(Some(other))).collect();
        Who { user: renamed(who.user), anonymous: renamed(who.anonymous), session, also, ..who }
    }

    /// Categories that this record's people, its own words or its headers refuse.
    pub fn refusals(&self, own: Refusals, who: &Who) -> Refusals {
        self.refusals_of(Told { own, header: self.header, ..Told::default() }, who)
    }

    /// As [`Gate::refusals`], with everything that was said.
    pub fn refusals_of(&self, told: Told, who: &Who) -> Refusals {
        let subjects = who.user.iter().chain(&who.anonymous).map(|identifier| &identifier.reference);
        self.policy.refusals(told, subjects, self.received_at)
    }

    /// Consent: a refused category is not stored.
    pub fn consent(&self, category: Category, refusals: Refusals) -> Result<(), Fate> {
        if refusals.refuses(category) { Err(Fate::Dropped(category)) } else { Ok(()) }
    }

    /// Somebody whom a ticket or an answer names: not linked to the rest of what is known if they refused that.
    pub fn linked(&self, id: &str) -> Option<Identifier> {
        let who = Who { user: self.user(id), ..Who::default() };
        if self.refusals(Refusals::default(), &who).refuses(Category::Support) { None } else { who.user }
    }

    /// The catalogue on the name of an event or metric: the category that its entry gives it, if it does.
    pub fn declared(&self, signal: Signal, name: &str) -> Result<Option<Category>, Fate> {
        self.policy
            .name(signal, name, self.received_at, self.newcomers)
            .map_err(|(_, category)| Fate::Dropped(category))
    }

    /// A short text such as an event or operation name: readable, limited, masked. Empty if nothing is left.
    pub fn name(&self, name: &str) -> String {
        let mut found = Found::default();
        let name = names::event_name_counted(cut(name, names::NAME_LIMIT), &mut found).unwrap_or_default();
        self.count(&found);
        name
    }

    pub fn optional_name(&self, name: Option<&str>) -> Option<String> {
        name.map(|name| self.name(name)).filter(|name| !name.is_empty())
    }

    /// The id by which a record is found again: as it is, or its keyed hash where somebody's data stand in it.
    pub fn record_id(&self, id: &str) -> String {
        if scrub::in_text_urls(id) == id {
            return id.to_owned();
        }
        hex::encode(pseudonym::value_ref(&self.policy.secret, "id of a record", id))
    }

    /// A longer text such as a log message: limited to so many bytes, masked, without NUL.
    pub fn text(&self, text: &str, longest: usize) -> String {
        let text = cut_bytes(text, longest);
        let text = if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) };
        let mut found = Found::default();
        let clean = scrub::counted(&text, &mut found).into_owned();
        self.count(&found);
        clean
    }

    /// A group as it is stored. An id that holds something personal is only kept as a keyed hash, so that two groups stay two.
    pub fn group(&self, kind: &str, key: &str) -> Option<Group> {
        let kind = self.optional_name(Some(kind))?;
        let clean = self.optional_name(Some(key))?;
        let same = names::readable(key) == clean;
        let hashed = || hex::encode(pseudonym::value_ref(&self.policy.secret, "group", key));
        Some(Group { kind, key: if same { clean } else { hashed() } })
    }

    /// A visitor whom nobody names: known for a day by address and browser, on this site only. None while there is no
    /// secret of the day to key it with.
    pub fn visitor(&self, address: IpAddr, agent: &str, site: &str) -> Option<Identifier> {
        let make = |salt: &[u8; 32]| pseudonym::daily_ref(salt, self.policy.project, address, agent, site);
        let reference = self.policy.salts.reference(Period::Day, self.received_at, make)?;
        Some(Identifier { kind: IdentifierKind::Daily, reference: Uuid::from_bytes(reference), clear: None })
    }

    fn count(&self, found: &Found) {
        if found.any() {
            self.policy.tally.found(found);
        }
    }
}

fn spelled(kind: IdentifierKind) -> pseudonym::Subject {
    match kind {
        IdentifierKind::User => pseudonym::Subject::User,
        _ => pseudonym::Subject::Anonymous,
    }
}

/// The first so many characters.
fn cut(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).map_or(text, |(end, _)| &text[..end])
}

/// At most so many bytes, whole characters only.
fn cut_bytes(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
