//! The rules in force for one project: secret, catalogue, decisions of people. Every process holds them
//! in memory and follows changes within a second.

pub mod decisions;
mod follow;
mod settings;
pub mod tally;

pub use decisions::{InForce, Ledger};
pub use follow::{Newcomers, Policies, announce};
pub use settings::{Lasting, RegionalDefault, Settings};

use super::catalogue::{Action, Entry, FieldRow, Item, Key, State, starter};
use super::names;
use super::pseudonym::ProjectSecret;
use super::salt::Salts;
use chrono::{DateTime, Duration, Months, Utc};
use parallax_domain::category::Refusals;
use parallax_domain::{Category, Role, Signal};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;
use tally::{Counts, Tally, Withheld};
use uuid::Uuid;

/// In `learn` mode values of a field that nobody declared stop this long after it was first seen.
pub const LEARNING: Duration = Duration::days(30);
/// A standard field is collected for so long before somebody must have looked at it.
const STANDARD: Months = Months::new(24);
/// More names than any honest sender has; beyond them nothing is remembered.
const MOST_NAMES: usize = 20_000;

pub struct Policy {
    pub project: i32,
    pub name: String,
    pub kind: String,
    pub zone: String,
    pub currency: String,
    pub strict: bool,
    pub secret: ProjectSecret,
    pub settings: Settings,
    pub defaults: Vec<RegionalDefault>,
    pub ledger: Arc<Ledger>,
    pub tally: Arc<Tally>,
    pub salts: Arc<Salts>,
    /// By signal, under the name as it is stored.
    fields: RwLock<[HashMap<String, Arc<Known>>; 4]>,
    names: RwLock<[HashMap<String, Arc<Rule>>; 4]>,
}

/// What is known of a field by its name.
pub struct Known {
    /// As it is stored.
    pub name: String,
    /// What the name alone says about its value.
    pub told: Option<names::Action>,
    pub rule: Rule,
}

/// What the catalogue says of a field or name.
pub struct Rule {
    pub state: State,
    first_seen: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    pub category: Option<Category>,
    pub action: Action,
    pub roles: Vec<Role>,
    pub counts: Arc<Counts>,
}

impl Rule {
    fn of_row(row: &FieldRow, tally: &Tally) -> Rule {
        let entry = row.entry();
        let (first_seen, expires_at) = (row.first_seen, row.expires_at);
        Rule { first_seen, expires_at, ..Rule::of_entry(entry, first_seen, tally) }
    }

    fn of_entry(entry: Entry, now: DateTime<Utc>, tally: &Tally) -> Rule {
        Rule {
            state: entry.state,
            first_seen: now,
            expires_at: None,
            category: entry.category,
            counts: tally.of(entry.signal, entry.item, &entry.name),
            action: entry.action,
            roles: entry.roles,
        }
    }

    /// Whether values may be stored now; else why not. Names go on being proposed: a record that nobody declared is
    /// listed, its fields are what is withheld.
    fn judge(&self, item: Item, strict: bool, now: DateTime<Utc>) -> Result<(), Withheld> {
        match self.state {
            State::Declared if self.expires_at.is_some_and(|end| end <= now) => Err(Withheld::Expired),
            State::Declared if self.action == Action::Drop => Err(Withheld::Dropped),
            State::Declared => Ok(()),
            State::Blocked => Err(Withheld::Blocked),
            State::Proposed if item == Item::Field && (strict || now >= self.first_seen + LEARNING) => {
                Err(Withheld::Undeclared)
            }
            State::Proposed => Ok(()),
        }
    }
}

/// Everything that a policy is made of but its catalogue.
pub struct Parts {
    pub project: i32,
    pub name: String,
    pub kind: String,
    pub zone: String,
    pub currency: String,
    pub strict: bool,
    pub secret: ProjectSecret,
    pub settings: Settings,
    pub defaults: Vec<RegionalDefault>,
    pub ledger: Arc<Ledger>,
    pub tally: Arc<Tally>,
    pub salts: Arc<Salts>,
}

impl Policy {
    pub fn new(parts: Parts, rows: &[FieldRow]) -> Policy {
        let mut fields: [HashMap<String, Arc<Known>>; 4] = Default::default();
        let mut names: [HashMap<String, Arc<Rule>>; 4] = Default::default();
        for row in rows {
            let key = row.key();
            let rule = Rule::of_row(row, &parts.tally);
            match key.item {
                Item::Field => {
                    let known = Known { told: names::action(&key.name), name: key.name.clone(), rule };
                    fields[key.signal as usize].insert(key.name, Arc::new(known));
                }
                Item::Name => _ = names[key.signal as usize].insert(key.name, Arc::new(rule)),
            }
        }
        Policy {
            project: parts.project,
            name: parts.name,
            kind: parts.kind,
            zone: parts.zone,
            currency: parts.currency,
            strict: parts.strict,
            secret: parts.secret,
            settings: parts.settings,
            defaults: parts.defaults,
            ledger: parts.ledger,
            tally: parts.tally,
            salts: parts.salts,
            fields: RwLock::new(fields),
            names: RwLock::new(names),
        }
    }

    /// What is known of a field, under whatever spelling of its name. None for names that cannot be stored.
    pub fn field(&self, signal: Signal, raw: &str, now: DateTime<Utc>, newcomers: &Newcomers) -> Option<Arc<Known>> {
        if let Some(known) = self.fields.read()[signal as usize].get(raw) {
            return Some(known.clone());
        }
        let name = names::property_key(raw).ok()?;
        if name != raw
            && let Some(known) = self.fields.read()[signal as usize].get(&name)
        {
            return Some(known.clone());
        }
        let key = Key::field(signal, &name);
        let entry = self.first_sight(key, now, newcomers);
        let rule = Rule::of_entry(entry, now, &self.tally);
        let known = Arc::new(Known { told: names::action(&name), name: name.clone(), rule });
        let mut fields = self.fields.write();
        let fields = &mut fields[signal as usize];
        if fields.len() < MOST_NAMES {
            fields.insert(name, known.clone());
        }
        Some(known)
    }

    /// Whether the value of this field may be stored now; else why not, which is counted.
    pub fn keeps(&self, known: &Known, refusals: Refusals, now: DateTime<Utc>) -> Result<(), Withheld> {
        let refused = known.rule.category.is_some_and(|category| refusals.refuses(category));
        let verdict = if refused { Err(Withheld::Refused) } else { known.rule.judge(Item::Field, self.strict, now) };
        verdict.inspect_err(|why| known.rule.counts.withheld(*why))
    }

    /// Whether an event or metric of this name may be stored, and the category that its entry names.
    pub fn name(
        &self,
        signal: Signal,
        name: &str,
        now: DateTime<Utc>,
        newcomers: &Newcomers,
    ) -> Result<Option<Category>, (Withheld, Category)> {
        let known = self.names.read()[signal as usize].get(name).cloned();
        let rule = known.unwrap_or_else(|| {
            let key = Key { signal, item: Item::Name, name: name.to_owned() };
            let entry = self.first_sight(key, now, newcomers);
            let rule = Arc::new(Rule::of_entry(entry, now, &self.tally));
            let mut names = self.names.write();
            if names[signal as usize].len() < MOST_NAMES {
                names[signal as usize].insert(name.to_owned(), rule.clone());
            }
            rule
        });
        match rule.judge(Item::Name, self.strict, now) {
            Ok(()) => Ok(rule.category.filter(|_| rule.state == State::Declared)),
            Err(why) => {
                rule.counts.withheld(why);
                let usual = if signal == Signal::Event { Category::Usage } else { Category::Performance };
                Err((why, rule.category.unwrap_or(usual)))
            }
        }
    }

    /// The category that the declared entry of a name gives it.
    pub fn category_of(&self, signal: Signal, name: &str) -> Option<Category> {
        let names = self.names.read();
        names[signal as usize].get(name).filter(|rule| rule.state == State::Declared).and_then(|rule| rule.category)
    }

    /// The entry of something that stands in no catalogue yet: that of the standards, or a proposal.
    fn first_sight(&self, key: Key, now: DateTime<Utc>, newcomers: &Newcomers) -> Entry {
        newcomers.note(self.project, key.clone(), now);
        standard(&key, now).unwrap_or_else(|| Entry::new(key, State::Proposed))
    }

    /// Categories that this record must not be stored under. The strictest wins, unless the person chose
    /// otherwise on purpose: a stored agreement overrides a browser-wide header and a default of the region, never the
    /// record's own refusal.
    pub fn refusals<'a>(&self, told: Told, subjects: impl Iterator<Item = &'a Uuid>, now: DateTime<Utc>) -> Refusals {
        let stored = self.ledger.of(subjects, now);
        let header = Refusals(told.header.0 & !stored.granted);
        let usual = Refusals(told.usual.0 & !stored.granted & !told.granted);
        let mut all = told.own.and_also(header).and_also(usual).and_also(stored.denied);
        all.0 &= !Category::Essential.bit();
        all
    }

    /// What an admin chose not to collect in this region until somebody agrees.
    pub fn usual(&self, region: Option<&str>) -> Refusals {
        let mut refusals = Refusals::default();
        for category in Category::ALL {
            let of =
                |region: &str| self.defaults.iter().find(|known| known.category == category && known.region == region);
            if region.and_then(of).or_else(|| of("*")).is_some_and(|known| !known.allowed) {
                refusals.refuse(category);
            }
        }
        refusals
    }

    /// Properties of events whose values somebody in these roles must not see, neither alone nor counted.
    pub fn hidden_properties(&self, roles: &[Role]) -> Vec<String> {
        let fields = self.fields.read();
        let limited = fields[Signal::Event as usize].values().filter(|known| !known.rule.roles.is_empty());
        limited
            .filter(|known| !known.rule.roles.iter().any(|role| roles.contains(role)))
            .map(|known| known.name.clone())
            .collect()
    }

    /// Whether somebody in these roles may see the values of a field.
    pub fn shows(&self, signal: Signal, name: &str, roles: &[Role]) -> bool {
        let fields = self.fields.read();
        let known = fields[signal as usize].get(name);
        known
            .is_none_or(|known| known.rule.roles.is_empty() || known.rule.roles.iter().any(|role| roles.contains(role)))
    }
}

/// What is said about consent with a record itself and around it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    /// What the record refuses.
    pub own: Refusals,
    /// Bits of what it says is agreed to; holds against defaults only.
    pub granted: u8,
    /// What a header of its browser refuses.
    pub header: Refusals,
    /// What is refused in its region until somebody agrees.
    pub usual: Refusals,
}

/// The entry of a standard field or name, with its end.
pub(super) fn standard(key: &Key, now: DateTime<Utc>) -> Option<Entry> {
    let mut entry = starter::known(key.signal, key.item, &key.name)?;
    entry.expires = now.date_naive().checked_add_months(STANDARD);
    Some(entry)
}

#[cfg(test)]
#[path = "policy_test.rs"]
mod tests;
