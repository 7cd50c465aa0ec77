//! An entry of the catalogue, and the words it is written in.

use super::action::Action;
use chrono::NaiveDate;
use parallax_domain::{Category, Role, Signal};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Gives an enumeration of plain words its spelling, its reader and its list.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$about:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$about])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(word: &str) -> Result<Self, String> {
                let words = $name::ALL.iter().map(|known| known.word()).collect::<Vec<_>>();
                $name::ALL.iter().copied().find(|known| known.word() == word)
                    .ok_or_else(|| format!(concat!("There is no ", $what, " {:?}: it is one of {}."), word, words.join(", ")))
            }
        }
    };
}

words! {
    /// What an entry describes.
    Item, "item" {
        /// The name of an event or of a metric: the record as a whole.
        Name = "name",
        /// A property, attribute or label.
        Field = "field",
    }
}

words! {
    State, "state" { Proposed = "proposed", Declared = "declared", Blocked = "blocked" }
}

words! {
    /// How close to a person the values come (after Mozilla Glean's data categories).
    Sensitivity, "sensitivity" {
        /// Of machines and programs.
        Technical = "technical",
        /// What people did.
        Interaction = "interaction",
        /// What people wrote or keep.
        StoredContent = "stored_content",
        HighlySensitive = "highly_sensitive",
    }
}

words! {
    /// GDPR Art. 6 (1) a to f.
    LegalBasis, "legal basis" {
        Consent = "consent",
        Contract = "contract",
        LegalObligation = "legal obligation",
        VitalInterests = "vital interests",
        PublicTask = "public task",
        LegitimateInterests = "legitimate interests",
    }
}

words! {
    ValueType, "type" {
        Flag = "flag",
        Number = "number",
        /// A text out of a small set: a plan, a colour, a version.
        Word = "word",
        /// Free text.
        Text = "text",
        Time = "time",
        List = "list",
        Object = "object",
    }
}

/// By what an entry is found.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    pub signal: Signal,
    pub item: Item,
    pub name: String,
}

impl Key {
    pub fn field(signal: Signal, name: &str) -> Key {
        Key { signal, item: Item::Field, name: name.to_owned() }
    }

    /// As forms write it: `event field plan`, `metric name shop.orders`.
    pub fn parse(text: &str) -> Option<Key> {
        let (signal, rest) = text.split_once(' ')?;
        let (item, name) = rest.split_once(' ')?;
        let key = Key { signal: signal.parse().ok()?, item: item.parse().ok()?, name: name.to_owned() };
        Some(key).filter(|key| !key.name.is_empty())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.signal, self.item, self.name)
    }
}

/// Everything that is said of one name or field. Empty texts are not said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub signal: Signal,
    #[serde(default = "field", skip_serializing_if = "is_field")]
    pub item: Item,
    pub name: String,
    #[serde(default = "declared")]
    pub state: State,
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<ValueType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitivity: Option<Sensitivity>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub purpose: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<LegalBasis>,
    /// Days; none: as long as its signal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<i32>,
    /// From this day on (UTC) it is not collected any more; none: never, which needs a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub expiry_reason: String,
    #[serde(default, skip_serializing_if = "Action::keeps")]
    pub action: Action,
    /// Roles that may see the values; none: every role that sees the record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
    /// Link to the review.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub review: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub since_policy: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub example: String,
}

fn field() -> Item {
    Item::Field
}

fn is_field(item: &Item) -> bool {
    *item == Item::Field
}

fn declared() -> State {
    State::Declared
}

impl Entry {
    /// Nothing said yet but its name.
    pub fn new(key: Key, state: State) -> Entry {
        Entry {
            signal: key.signal,
            item: key.item,
            name: key.name,
            state,
            kind: None,
            category: None,
            sensitivity: None,
            purpose: String::new(),
            owner: String::new(),
            legal_basis: None,
            retention_days: None,
            expires: None,
            expiry_reason: String::new(),
            action: Action::Keep,
            roles: Vec::new(),
            review: String::new(),
            since_policy: String::new(),
            example: String::new(),
        }
    }

    pub fn key(&self) -> Key {
        Key { signal: self.signal, item: self.item, name: self.name.clone() }
    }

    /// What is wrong with it, with the member at fault; what it merely lacks is the linter's.
    ///
    /// # Errors
    /// Texts beyond their limits, days out of range, a link that is none, a name that is no name.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let long = |field: &'static str, text: &str, most: usize| {
            if text.chars().count() > most { Err((field, format!("At most {most} characters."))) } else { Ok(()) }
        };
        if self.name.trim().is_empty() {
            return Err(("name", "An entry has a name.".to_owned()));
        }
        if self.item == Item::Name && !matches!(self.signal, Signal::Event | Signal::Metric) {
            return Err(("item", "Only events and metrics are declared by their names.".to_owned()));
        }
        long("name", &self.name, 200)?;
        long("purpose", &self.purpose, 500)?;
        long("owner", &self.owner, 200)?;
        long("expiry_reason", &self.expiry_reason, 500)?;
        long("since_policy", &self.since_policy, 50)?;
        long("example", &self.example, 200)?;
        long("review", &self.review, 500)?;
        if !self.review.is_empty() && !self.review.starts_with("https://") && !self.review.starts_with("http://") {
            return Err(("review", "A review is a link that begins with https://.".to_owned()));
        }
        if self.retention_days.is_some_and(|days| !(1..=3650).contains(&days)) {
            return Err(("retention_days", "A field is kept 1 to 3650 days.".to_owned()));
        }
        if self.item == Item::Name && !matches!(self.action, Action::Keep | Action::Drop) {
            return Err(("action", "A name is kept or dropped as a whole.".to_owned()));
        }
        Ok(())
    }
}

/// A day as forms write it, `2026-11-30`; an empty text is none.
///
/// # Errors
/// Anything that is no day.
pub fn day(text: &str) -> Result<Option<NaiveDate>, String> {
    let parsed = (!text.trim().is_empty()).then(|| text.trim().parse()).transpose();
    parsed.map_err(|_| "A day is written as 2026-11-30.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_as_it_is_written() {
        let key = Key::parse("event field cart weight g").unwrap();
        assert_eq!((key.signal, key.item, key.name.as_str()), (Signal::Event, Item::Field, "cart weight g"));
        assert_eq!(Key::parse(&key.to_string()), Some(key));
        for wrong in ["event plan", "dream field plan", "event", "event field ", ""] {
            assert_eq!(Key::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_word_that_is_none_is_answered_with_those_that_are() {
        let said = "secret".parse::<Sensitivity>().unwrap_err();
        assert!(said.contains("\"secret\"") && said.contains("stored_content"), "{said}");
    }

    #[test]
    fn what_cannot_be_is_named_by_its_member() {
        let entry = |change: fn(&mut Entry)| {
            let mut entry = Entry::new(Key::field(Signal::Event, "plan"), State::Declared);
            change(&mut entry);
            entry.check().err().map(|(field, _)| field)
        };
        assert_eq!(entry(|_| {}), None);
        assert_eq!(entry(|entry| entry.name.clear()), Some("name"));
        assert_eq!(entry(|entry| entry.purpose = "p".repeat(501)), Some("purpose"));
        assert_eq!(entry(|entry| entry.retention_days = Some(0)), Some("retention_days"));
        assert_eq!(entry(|entry| entry.review = "javascript:alert(1)".into()), Some("review"));
        let span_name = |entry: &mut Entry| (entry.signal, entry.item) = (Signal::Span, Item::Name);
        assert_eq!(entry(span_name), Some("item"));
        let masked_name = |entry: &mut Entry| (entry.item, entry.action) = (Item::Name, Action::Mask);
        assert_eq!(entry(masked_name), Some("action"));
    }
}
