//! What a catalogue lacks. Run on the screen, on the command line, and so in a team's own checks.

use super::entry::{Entry, Item, Key, Sensitivity, State, ValueType};
use chrono::{Months, NaiveDate};
use parallax_domain::Category;

/// An end further away than this needs a reason.
const LONGEST: Months = Months::new(24);
/// Days before the end at which people are told.
pub const WARNED: [i64; 2] = [30, 7];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Warning,
    Error,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub key: Key,
    pub level: Level,
    /// The member that is at fault.
    pub member: &'static str,
    pub text: String,
}

/// Findings about declared entries, errors first. `owner` answers for entries that name nobody; `today` is UTC.
pub fn lint(entries: &[Entry], owner: &str, today: NaiveDate) -> Vec<Finding> {
    let declared: Vec<&Entry> = entries.iter().filter(|entry| entry.state == State::Declared).collect();
    let mut findings: Vec<Finding> = declared.iter().flat_map(|entry| of_one(entry, owner, today)).collect();
    findings.extend(similar(&declared));
    findings.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| a.key.cmp(&b.key)).then_with(|| a.member.cmp(b.member)));
    findings
}

fn of_one(entry: &Entry, owner: &str, today: NaiveDate) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut say = |level, member, text: String| found.push(Finding { key: entry.key(), level, member, text });
    if entry.purpose.is_empty() {
        say(Level::Error, "purpose", "Nobody says why it is collected.".to_owned());
    }
    if entry.owner.is_empty() && owner.is_empty() {
        say(Level::Error, "owner", "Nobody answers for it.".to_owned());
    }
    match entry.expires {
        None if entry.expiry_reason.is_empty() => {
            say(Level::Error, "expires", "It has no end. Give it one, or the reason why it has none.".to_owned());
        }
        Some(end)
            if today.checked_add_months(LONGEST).is_some_and(|latest| end > latest)
                && entry.expiry_reason.is_empty() =>
        {
            say(Level::Error, "expires", "It ends in more than 24 months and gives no reason.".to_owned());
        }
        Some(end) => match (end - today).num_days() {
            ..=0 => say(Level::Error, "expires", format!("It ended on {end}: its values are dropped at the door.")),
            left if left <= WARNED[1] => say(Level::Error, "expires", format!("It ends on {end}, in {left} days.")),
            left if left <= WARNED[0] => say(Level::Warning, "expires", format!("It ends on {end}, in {left} days.")),
            _ => {}
        },
        None => {}
    }
    let free = entry.item == Item::Field && entry.kind == Some(ValueType::Text);
    if free && entry.action.keeps() && entry.sensitivity.is_none_or(|said| said < Sensitivity::StoredContent) {
        say(Level::Error, "sensitivity", "Free text that is kept is stored content at least.".to_owned());
    }
    if entry.sensitivity == Some(Sensitivity::HighlySensitive) && entry.action.keeps() && entry.roles.is_empty() {
        say(Level::Warning, "roles", "Highly sensitive, kept as it is, and seen by every role.".to_owned());
    }
    if entry.category.is_none() {
        say(Level::Warning, "category", "No category: nobody can refuse it alone.".to_owned());
    }
    if entry.sensitivity.is_none() {
        say(Level::Warning, "sensitivity", "Its sensitivity is not said.".to_owned());
    }
    let of_people = entry.category.is_some_and(|category| category != Category::Essential);
    if of_people && entry.legal_basis.is_none() {
        say(Level::Warning, "legal_basis", "The legal basis is not said.".to_owned());
    }
    found
}

/// Names that are one but for their spelling, or differ by one letter: one of them is a slip more often than not.
fn similar(entries: &[&Entry]) -> Vec<Finding> {
    let folded: Vec<String> = entries.iter().map(|entry| fold(&entry.name)).collect();
    let mut found = Vec::new();
    for (second, entry) in entries.iter().enumerate() {
        let twin = (0..second).find(|&first| {
            let other = entries[first];
            (other.signal, other.item) == (entry.signal, entry.item) && alike(&folded[first], &folded[second])
        });
        if let Some(first) = twin {
            let text = format!("Its name is almost that of {}.", entries[first].name);
            found.push(Finding { key: entry.key(), level: Level::Warning, member: "name", text });
        }
    }
    found
}

fn fold(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The same, or one letter changed, added or missing; digits tell names apart, and short names differ by one letter.
fn alike(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let (short, long) = if a.len() <= b.len() { (a.as_bytes(), b.as_bytes()) } else { (b.as_bytes(), a.as_bytes()) };
    if short.len() < 6 || long.len() - short.len() > 1 {
        return false;
    }
    let start = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let end = short[start..].iter().rev().zip(long.iter().rev()).take_while(|(a, b)| a == b).count();
    let (left, right) = (&short[start..short.len() - end], &long[start..long.len() - end]);
    left.len() <= 1 && right.len() <= 1 && !left.iter().chain(right).any(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use parallax_domain::Signal;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
    }

    fn complete(name: &str) -> Entry {
        let mut entry = Entry::new(Key::field(Signal::Event, name), State::Declared);
        entry.purpose = "which plans are used".to_owned();
        entry.owner = "billing".to_owned();
        entry.expires = NaiveDate::from_ymd_opt(2027, 11, 1);
        entry.kind = Some(ValueType::Word);
        entry.category = Some(Category::Usage);
        entry.sensitivity = Some(Sensitivity::Interaction);
        entry.legal_basis = Some(super::super::LegalBasis::Consent);
        entry
    }

    fn found(change: impl Fn(&mut Entry)) -> Vec<(Level, &'static str)> {
        let mut entry = complete("plan");
        change(&mut entry);
        lint(&[entry], "", today()).into_iter().map(|finding| (finding.level, finding.member)).collect()
    }

    #[test]
    fn a_complete_entry_has_no_findings() {
        assert_eq!(found(|_| {}), []);
    }

    #[test]
    fn purpose_owner_and_end_are_demanded() {
        assert_eq!(found(|entry| entry.purpose.clear()), [(Level::Error, "purpose")]);
        assert_eq!(found(|entry| entry.owner.clear()), [(Level::Error, "owner")]);
        assert_eq!(found(|entry| entry.expires = None), [(Level::Error, "expires")]);
        let never = |entry: &mut Entry| (entry.expires, entry.expiry_reason) = (None, "law".into());
        assert_eq!(found(never), []);
        let mut nobody = complete("plan");
        nobody.owner.clear();
        assert_eq!(lint(&[nobody], "data team", today()), [], "somebody answers for the whole project");
    }

    #[test]
    fn an_end_is_told_thirty_and_seven_days_before_and_a_far_one_needs_a_reason() {
        let on = |year, month, day| move |entry: &mut Entry| entry.expires = NaiveDate::from_ymd_opt(year, month, day);
        assert_eq!(found(on(2026, 12, 23)), []);
        assert_eq!(found(on(2026, 12, 22)), [(Level::Warning, "expires")]);
        assert_eq!(found(on(2026, 11, 30)), [(Level::Warning, "expires")]);
        assert_eq!(found(on(2026, 11, 29)), [(Level::Error, "expires")]);
        assert_eq!(found(on(2026, 11, 22)), [(Level::Error, "expires")]);
        assert_eq!(found(on(2028, 11, 22)), []);
        assert_eq!(found(on(2028, 11, 23)), [(Level::Error, "expires")]);
        let reasoned = |entry: &mut Entry| {
            entry.expires = NaiveDate::from_ymd_opt(2030, 1, 1);
            entry.expiry_reason = "contract until 2030".into();
        };
        assert_eq!(found(reasoned), []);
    }

    #[test]
    fn free_text_that_is_kept_is_stored_content() {
        let text = |entry: &mut Entry| entry.kind = Some(ValueType::Text);
        assert_eq!(found(text), [(Level::Error, "sensitivity")]);
        let masked =
            |entry: &mut Entry| (entry.kind, entry.action) = (Some(ValueType::Text), super::super::Action::Mask);
        assert_eq!(found(masked), []);
    }

    #[test]
    fn names_that_are_almost_the_same_are_told_and_others_are_not() {
        let names = |a: &str, b: &str| lint(&[complete(a), complete(b)], "", today()).len();
        assert_eq!(names("cart_weight", "cartWeight"), 1);
        assert_eq!(names("cart_weight", "cart_weigth"), 0, "two letters changed places: two differences");
        assert_eq!(names("delivery_note", "delivery_notes"), 1);
        assert_eq!(names("latency_p50", "latency_p95"), 0);
        assert_eq!(names("plan", "plane"), 0, "short names differ by one letter");
    }

    #[test]
    fn what_waits_or_is_blocked_is_not_asked_for_a_purpose() {
        let mut entry = Entry::new(Key::field(Signal::Event, "mood"), State::Proposed);
        assert_eq!(lint(std::slice::from_ref(&entry), "", today()), []);
        entry.state = State::Blocked;
        assert_eq!(lint(&[entry], "", today()), []);
    }
}
