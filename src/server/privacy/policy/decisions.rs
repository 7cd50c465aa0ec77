//! What people decided, as far as it matters when a record arrives: per person and category the newest decision.

use chrono::{DateTime, Months, TimeZone, Utc};
use parallax_domain::Category;
use parallax_domain::category::Refusals;
use parking_lot::RwLock;
use std::collections::HashMap;
use uuid::Uuid;

/// An agreement is asked for again after so long (CNIL: at most 13 months). A refusal holds until its person decides
/// otherwise: consent only takes away, and the end of a question is no agreement.
pub const VALID: Months = Months::new(13);

/// Who did not choose: signals of a browser and defaults of an admin. They can refuse, never agree.
const NOT_ON_PURPOSE: [&str; 4] = ["gpc", "dnt", "default", "admin default"];

/// Whether this source of a decision is a choice of the person.
pub fn on_purpose(source: &str) -> bool {
    !NOT_ON_PURPOSE.contains(&source.trim().to_lowercase().as_str())
}

/// One row of the ledger.
#[derive(Clone, Debug)]
pub struct Decided {
    pub subject: Uuid,
    pub at: DateTime<Utc>,
    /// Bits of categories.
    pub granted: u8,
    pub denied: u8,
    pub on_purpose: bool,
    /// When the version of the notice that it answers came into force, where that is known.
    pub notice_since: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Newest {
    granted: u8,
    denied: u8,
    /// Seconds since 1970 per category; 0: never decided.
    at: [u32; 8],
}

/// The decisions of one project's people.
#[derive(Default)]
pub struct Ledger {
    newest: RwLock<HashMap<Uuid, Newest>>,
    /// When each category was last asked for anew; agreements that are older do not hold.
    anew: RwLock<[u32; 8]>,
    /// When each version of the notice came into force.
    notices: RwLock<HashMap<String, DateTime<Utc>>>,
}

/// What holds for the people of one record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InForce {
    pub granted: u8,
    pub denied: Refusals,
}

impl Ledger {
    /// Takes in rows in any order, any number of times.
    pub fn take(&self, rows: impl IntoIterator<Item = Decided>) {
        let anew = *self.anew.read();
        let mut newest = self.newest.write();
        for row in rows {
            let at = seconds(row.at);
            let known = newest.entry(row.subject).or_default();
            for category in Category::ALL {
                let bit = category.bit();
                let place = category as usize;
                let denies = row.denied & bit != 0;
                let outdated = row.notice_since.is_some_and(|since| seconds(since) < anew[place]);
                let grants = row.granted & bit != 0 && row.on_purpose && !denies && !outdated;
                // At the same second the refusal counts, whatever came first.
                let newer = at > known.at[place] || at == known.at[place] && denies;
                if !(denies || grants) || !newer {
                    continue;
                }
                known.at[place] = at;
                known.denied = if denies { known.denied | bit } else { known.denied & !bit };
                known.granted = if grants { known.granted | bit } else { known.granted & !bit };
            }
        }
    }

    /// Takes in the versions of the notice: name, since when, and the bits of the categories that it asks about anew.
    pub fn publish(&self, notices: impl IntoIterator<Item = (String, DateTime<Utc>, u8)>) {
        let (mut anew, mut known) = ([0; 8], HashMap::new());
        for (version, since, bits) in notices {
            for category in Category::ALL.into_iter().filter(|category| bits & category.bit() != 0) {
                let newest: &mut u32 = &mut anew[category as usize];
                *newest = seconds(since).max(*newest);
            }
            known.insert(version, since);
        }
        *self.anew.write() = anew;
        *self.notices.write() = known;
    }

    /// When this version of the notice came into force, if it is one of ours.
    pub fn notice_since(&self, version: &str) -> Option<DateTime<Utc>> {
        self.notices.read().get(version).copied()
    }

    pub fn people(&self) -> usize {
        self.newest.read().len()
    }

    /// The newest decision per category among all who the record is about; at the same time the refusal counts.
    pub fn of<'a>(&self, subjects: impl Iterator<Item = &'a Uuid>, now: DateTime<Utc>) -> InForce {
        let newest = self.newest.read();
        let found: Vec<Newest> = subjects.filter_map(|subject| newest.get(subject).copied()).collect();
        drop(newest);
        let mut in_force = InForce::default();
        if found.is_empty() {
            return in_force;
        }
        let anew = *self.anew.read();
        for category in Category::ALL {
            let (bit, place) = (category.bit(), category as usize);
            let stance = |one: &Newest| {
                let at = one.at[place];
                let denies = one.denied & bit != 0;
                let grants = one.granted & bit != 0 && at >= anew[place] && still_valid(at, now);
                (denies || grants).then_some((at, denies))
            };
            match found.iter().filter_map(stance).max() {
                Some((_, true)) => in_force.denied.refuse(category),
                Some((_, false)) => in_force.granted |= bit,
                None => {}
            }
        }
        in_force
    }
}

fn seconds(at: DateTime<Utc>) -> u32 {
    u32::try_from(at.timestamp()).unwrap_or(u32::MAX)
}

fn still_valid(at: u32, now: DateTime<Utc>) -> bool {
    let end = Utc.timestamp_opt(i64::from(at), 0).single().and_then(|at| at.checked_add_months(VALID));
    end.is_none_or(|end| now < end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(year: i32, month: u32, day: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(year, month, day, 12, 0, 0).unwrap()
    }

    fn row(subject: u128, at: DateTime<Utc>, granted: &[Category], denied: &[Category]) -> Decided {
        let bits = |categories: &[Category]| categories.iter().fold(0, |bits, category| bits | category.bit());
        Decided {
            subject: Uuid::from_u128(subject),
            at,
            granted: bits(granted),
            denied: bits(denied),
            on_purpose: true,
            notice_since: None,
        }
    }

    fn in_force(ledger: &Ledger, subjects: &[u128], now: DateTime<Utc>) -> InForce {
        let subjects: Vec<Uuid> = subjects.iter().map(|one| Uuid::from_u128(*one)).collect();
        ledger.of(subjects.iter(), now)
    }

    use Category::{Marketing, Usage};

    #[test]
    fn a_later_decision_about_one_category_leaves_the_others_as_they_were() {
        let ledger = Ledger::default();
        let first = row(1, at(2026, 1, 1), &[], &[Usage, Marketing]);
        let second = row(1, at(2026, 2, 1), &[Marketing], &[]);
        // In whatever order they become known.
        ledger.take([second.clone(), first.clone()]);
        ledger.take([first, second]);
        let found = in_force(&ledger, &[1], at(2026, 3, 1));
        assert!(found.denied.refuses(Usage) && !found.denied.refuses(Marketing));
        assert_eq!(found.granted, Marketing.bit());
    }

    #[test]
    fn an_agreement_ends_after_thirteen_months_and_a_refusal_does_not() {
        let ledger = Ledger::default();
        ledger.take([row(1, at(2026, 1, 1), &[Marketing], &[Usage])]);
        assert_eq!(in_force(&ledger, &[1], at(2027, 1, 31)).granted, Marketing.bit());
        let later = in_force(&ledger, &[1], at(2027, 2, 2));
        assert_eq!(later.granted, 0);
        assert!(later.denied.refuses(Usage));
    }

    #[test]
    fn who_is_known_by_two_names_is_held_to_the_newer_decision() {
        let ledger = Ledger::default();
        ledger.take([row(1, at(2026, 1, 1), &[], &[Usage]), row(2, at(2026, 2, 1), &[Usage], &[])]);
        assert!(!in_force(&ledger, &[1, 2], at(2026, 3, 1)).denied.refuses(Usage), "chosen later, on purpose");
        ledger.take([row(1, at(2026, 4, 1), &[], &[Usage])]);
        assert!(in_force(&ledger, &[1, 2], at(2026, 5, 1)).denied.refuses(Usage));
    }

    #[test]
    fn at_the_same_moment_the_strictest_wins() {
        let ledger = Ledger::default();
        ledger.take([row(1, at(2026, 1, 1), &[Usage], &[]), row(1, at(2026, 1, 1), &[], &[Usage])]);
        ledger.take([row(1, at(2026, 1, 1), &[Usage], &[])]);
        assert!(in_force(&ledger, &[1], at(2026, 1, 2)).denied.refuses(Usage));
        let two = Ledger::default();
        two.take([row(1, at(2026, 1, 1), &[Usage], &[]), row(2, at(2026, 1, 1), &[], &[Usage])]);
        assert!(in_force(&two, &[1, 2], at(2026, 1, 2)).denied.refuses(Usage));
    }

    #[test]
    fn signals_and_defaults_refuse_and_never_agree() {
        for source in ["gpc", "DNT", "default"] {
            let ledger = Ledger::default();
            let signal = |decided: Decided| Decided { on_purpose: on_purpose(source), ..decided };
            ledger.take([signal(row(1, at(2026, 1, 1), &[Usage], &[Marketing]))]);
            let found = in_force(&ledger, &[1], at(2026, 1, 2));
            assert_eq!((found.granted, found.denied.refuses(Marketing)), (0, true), "{source}");
        }
        assert!(on_purpose("banner") && on_purpose("api") && on_purpose(""));
    }

    #[test]
    fn a_wider_purpose_unsets_agreements_and_keeps_refusals() {
        let ledger = Ledger::default();
        ledger.take([row(1, at(2026, 1, 1), &[Usage, Marketing], &[]), row(2, at(2026, 1, 1), &[], &[Usage])]);
        ledger.publish([("1".to_owned(), at(2025, 1, 1), 0xff), ("2".to_owned(), at(2026, 2, 1), Usage.bit())]);
        assert_eq!(in_force(&ledger, &[1], at(2026, 3, 1)).granted, Marketing.bit(), "not carried over");
        assert!(in_force(&ledger, &[2], at(2026, 3, 1)).denied.refuses(Usage));
        let old_page = Decided { notice_since: ledger.notice_since("1"), ..row(1, at(2026, 3, 2), &[Usage], &[]) };
        ledger.take([old_page]);
        assert_eq!(
            in_force(&ledger, &[1], at(2026, 3, 3)).granted,
            Marketing.bit(),
            "an old page asked the old question"
        );
        ledger.take([row(1, at(2026, 3, 4), &[Usage], &[])]);
        assert_eq!(in_force(&ledger, &[1], at(2026, 3, 5)).granted, Usage.bit() | Marketing.bit());
    }
}
