//! How long what is kept. A rule is about a signal, or about a part of one: a category of events, a level of logs.
//! Of all promises that were made about a record, the shortest counts.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use parallax_domain::{Category, Signal};
use sqlx::PgConnection;

pub const LONGEST: i32 = 3650;

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// In the spelling of the database and of addresses.
    pub word: &'static str,
    pub name: &'static str,
    /// Days without a rule of the project's own (contract rule A6); none: as the whole that it is a part of.
    pub usual: Option<i32>,
    pub part_of: Option<&'static str>,
}

const fn whole(word: &'static str, name: &'static str, days: i32) -> Subject {
    Subject { word, name, usual: Some(days), part_of: None }
}

const fn part(word: &'static str, name: &'static str, part_of: &'static str, usual: Option<i32>) -> Subject {
    Subject { word, name, usual, part_of: Some(part_of) }
}

/// Nothing is kept longer than this one, whatever the others say.
pub const CAP: &str = "cap";

pub const SUBJECTS: [Subject; 19] = [
    whole("event", "Events", 400),
    part("event.essential", "Essential events", "event", None),
    part("event.errors", "Error events", "event", None),
    part("event.performance", "Performance events", "event", None),
    part("event.usage", "Usage events", "event", None),
    part("event.content", "Content events", "event", None),
    part("event.marketing", "Marketing events", "event", None),
    part("event.support", "Support events", "event", None),
    part("event.research", "Research events", "event", None),
    whole("span", "Traces", 30),
    whole("log", "Logs", 30),
    part("log.debug", "Debug logs", "log", Some(3)),
    part("log.info", "Info logs", "log", None),
    part("log.warn", "Warnings in logs", "log", None),
    part("log.error", "Error logs", "log", None),
    whole("metric", "Metric points", 30),
    whole("minute", "Minute roll-ups", 90),
    whole("chunk", "Roll-ups", 760),
    whole(CAP, "Limit for everything", LONGEST),
];

/// The demo keeps everything alike (contract rule A6).
const DEMO_DAYS: i32 = 120;

pub fn subject(word: &str) -> Option<Subject> {
    SUBJECTS.into_iter().find(|subject| subject.word == word)
}

/// As the screens call what a rule is about.
pub fn name_of(word: &str) -> &'static str {
    subject(word).map_or("Other data", |subject| subject.name)
}

/// The parts of a signal that have rules of their own; the signal itself where it has no parts.
pub fn leaves(word: &str) -> Vec<&'static str> {
    let parts: Vec<&str> =
        SUBJECTS.iter().filter(|subject| subject.part_of == Some(word)).map(|subject| subject.word).collect();
    match subject(word) {
        Some(_) if word == CAP => all_leaves(),
        Some(subject) if parts.is_empty() => vec![subject.word],
        _ => parts,
    }
}

fn all_leaves() -> Vec<&'static str> {
    let has_parts = |word: &str| SUBJECTS.iter().any(|subject| subject.part_of == Some(word));
    SUBJECTS.iter().map(|subject| subject.word).filter(|word| *word != CAP && !has_parts(word)).collect()
}

/// Which rows of a signal's tables a leaf is about, as a condition of SQL.
pub fn condition(leaf: &str) -> String {
    let category = leaf.strip_prefix("event.").and_then(|word| word.parse::<Category>().ok());
    match (leaf, category) {
        (_, Some(category)) => format!("category = {}", category as i16),
        ("log.debug", _) => "severity <= 1".to_owned(),
        ("log.info", _) => "severity = 2".to_owned(),
        ("log.warn", _) => "severity = 3".to_owned(),
        ("log.error", _) => "severity >= 4".to_owned(),
        _ => "true".to_owned(),
    }
}

/// The signal whose tables hold what this rule is about; none for roll-ups and the limit.
pub fn signal_of(word: &str) -> Option<Signal> {
    word.split('.').next()?.parse().ok().filter(|signal: &Signal| word.split('.').next() == Some(signal.word()))
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub word: &'static str,
    pub days: i32,
    /// It says nothing of its own and follows the whole.
    pub follows: bool,
    pub changed_by: String,
}

/// A shorter promise that ended, about what was collected before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    pub leaf: String,
    pub days: i32,
    pub until: DateTime<Utc>,
}

/// Everything in force for one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    pub project: i32,
    pub rules: Vec<Rule>,
    pub promises: Vec<Promise>,
}

impl Rules {
    pub async fn load(connection: &mut PgConnection, project: i32) -> Result<Rules, sqlx::Error> {
        let own: Vec<(String, i32, String)> =
            sqlx::query_as("select signal, days, changed_by from retention where project = $1")
                .bind(project)
                .fetch_all(&mut *connection)
                .await?;
        let kind: Option<String> = sqlx::query_scalar("select kind from project where id = $1")
            .bind(project)
            .fetch_optional(&mut *connection)
            .await?;
        let promises: Vec<(String, i32, DateTime<Utc>)> =
            sqlx::query_as("select signal, days, until from promise where project = $1 order by until")
                .bind(project)
                .fetch_all(&mut *connection)
                .await?;
        let promises = promises.into_iter().map(|(leaf, days, until)| Promise { leaf, days, until }).collect();
        Ok(Rules::of(project, kind.as_deref() == Some("demo"), &own, promises))
    }

    pub fn of(project: i32, demo: bool, own: &[(String, i32, String)], promises: Vec<Promise>) -> Rules {
        let usual = |subject: &Subject| match (demo, subject.word) {
            (true, word) if word != CAP => subject.usual.map(|_| DEMO_DAYS),
            _ => subject.usual,
        };
        let mut rules: Vec<Rule> = Vec::with_capacity(SUBJECTS.len());
        for subject in &SUBJECTS {
            let set = own.iter().find(|(word, ..)| word == subject.word);
            let whole = subject.part_of.and_then(|whole| rules.iter().find(|rule| rule.word == whole));
            let followed = whole.map_or(LONGEST, |rule| rule.days);
            rules.push(Rule {
                word: subject.word,
                days: set.map_or_else(|| usual(subject).unwrap_or(followed), |(_, days, _)| *days),
                follows: set.is_none() && usual(subject).is_none(),
                changed_by: set.map_or_else(|| "default".to_owned(), |(.., by)| by.clone()),
            });
        }
        Rules { project, rules, promises }
    }

    pub fn rule(&self, word: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.word == word)
    }

    /// Days in force for what is collected now.
    pub fn days(&self, word: &str) -> i32 {
        let of = |word: &str| self.rule(word).map_or(LONGEST, |rule| rule.days);
        if word == CAP { of(CAP) } else { of(word).min(of(CAP)) }
    }

    /// Days for what was collected on this day: the shortest of what is in force and of what was promised then.
    pub fn days_on(&self, leaf: &str, day: NaiveDate) -> i32 {
        let then = self.promises.iter().filter(|promise| promise.leaf == leaf && promise.until.date_naive() >= day);
        then.map(|promise| promise.days).fold(self.days(leaf), i32::min)
    }

    /// Whether a day (UTC) is past its time: its last instant is older than the shortest promise allows.
    pub fn is_past(&self, leaf: &str, day: NaiveDate, now: DateTime<Utc>) -> bool {
        day < horizon(now, self.days_on(leaf, day))
    }

    /// Whether every part of the signal is past its time on this day, so that its table goes as a whole.
    pub fn is_wholly_past(&self, signal: &str, day: NaiveDate, now: DateTime<Utc>) -> bool {
        leaves(signal).into_iter().all(|leaf| self.is_past(leaf, day, now))
    }

    /// The rules with one of them changed at `now`. What a lengthening leaves behind as a promise is among the promises.
    pub fn changed(&self, word: &str, days: i32, by: &str, now: DateTime<Utc>) -> Rules {
        let mut then = self.clone();
        for rule in &mut then.rules {
            let follows = rule.follows && subject(rule.word).is_some_and(|subject| subject.part_of == Some(word));
            if rule.word == word || follows {
                rule.days = days;
            }
            if rule.word == word {
                rule.follows = false;
                rule.changed_by = by.to_owned();
            }
        }
        for leaf in all_leaves() {
            let before = self.days(leaf);
            if then.days(leaf) > before {
                then.promises.push(Promise { leaf: leaf.to_owned(), days: before, until: now });
            }
        }
        then
    }

    /// The oldest day of the longest-lived part of a signal.
    pub fn oldest_kept(&self, signal: &str, now: DateTime<Utc>) -> NaiveDate {
        let longest = leaves(signal).into_iter().map(|leaf| self.days(leaf)).max().unwrap_or(LONGEST);
        horizon(now, longest)
    }
}

/// The first day that stays under a rule of so many days. A day goes at the second when its end is `days` days ago; days
/// are UTC, so summer time moves nothing.
pub fn horizon(now: DateTime<Utc>, days: i32) -> NaiveDate {
    (now - Duration::days(i64::from(days))).date_naive()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn rules(own: &[(&str, i32)]) -> Rules {
        let own: Vec<_> = own.iter().map(|(word, days)| ((*word).to_owned(), *days, "ada".to_owned())).collect();
        Rules::of(1, false, &own, Vec::new())
    }

    #[test]
    fn without_rules_of_its_own_a_project_keeps_what_the_contract_says() {
        let rules = rules(&[]);
        let days = ["event", "event.usage", "log", "log.debug", "log.error", "span", "metric", "chunk"];
        assert_eq!(days.map(|word| rules.days(word)), [400, 400, 30, 3, 30, 30, 30, 760]);
        let demo = Rules::of(1, true, &[], Vec::new());
        assert!(SUBJECTS.iter().all(|subject| subject.word == CAP || demo.days(subject.word) == 120));
    }

    #[test]
    fn a_part_follows_its_whole_until_it_has_a_rule_of_its_own() {
        let rules = rules(&[("event", 90), ("event.marketing", 30)]);
        assert_eq!((rules.days("event.usage"), rules.days("event.marketing")), (90, 30));
        let then = rules.changed("event", 60, "ada", at("2026-11-22T12:00:00Z"));
        assert_eq!((then.days("event.usage"), then.days("event.marketing")), (60, 30));
    }

    #[test]
    fn a_day_goes_at_the_second_when_its_end_is_old_enough_and_summer_time_moves_nothing() {
        let rules = rules(&[("span", 30)]);
        for last in ["2026-10-25", "2026-03-29", "2026-02-28", "2024-02-29"] {
            let end = day(last).succ_opt().unwrap().and_time(chrono::NaiveTime::MIN).and_utc() + Duration::days(30);
            assert!(!rules.is_past("span", day(last), end - Duration::seconds(1)), "{last}");
            assert!(rules.is_past("span", day(last), end), "{last}");
        }
    }

    #[test]
    fn a_longer_rule_does_not_reach_back_to_what_was_collected_under_a_shorter_one() {
        let changed_at = at("2026-11-22T12:00:00Z");
        let rules = rules(&[]).changed("log", 90, "ada", changed_at);
        assert_eq!(rules.days("log.info"), 90);
        assert_eq!(rules.days_on("log.info", day("2026-11-01")), 30);
        assert_eq!(
            rules.days_on("log.info", day("2026-11-22")),
            30,
            "the day of the change had the shorter promise too"
        );
        assert_eq!(rules.days_on("log.info", day("2026-11-23")), 90);
        assert_eq!(rules.days_on("log.debug", day("2026-11-01")), 3, "parts with a rule of their own are untouched");
        let shorter = rules.changed("log", 7, "ada", at("2026-12-22T12:00:00Z"));
        assert_eq!(shorter.days_on("log.info", day("2026-11-23")), 7, "a shorter rule holds for everything");
        let longer = shorter.changed("log", 60, "ada", at("2026-12-30T12:00:00Z"));
        assert_eq!(longer.days_on("log.info", day("2026-12-24")), 7);
        assert_eq!(longer.days_on("log.info", day("2026-12-31")), 60);
    }

    #[test]
    fn the_limit_holds_over_every_rule() {
        let rules = rules(&[(CAP, 100), ("event", 400)]);
        assert_eq!(
            (rules.days("event"), rules.days("event.usage"), rules.days("chunk"), rules.days("log")),
            (100, 100, 100, 30)
        );
        assert_eq!(leaves(CAP).len(), 8 + 4 + 4);
        let raised = rules.changed(CAP, 300, "ada", at("2026-11-22T12:00:00Z"));
        assert_eq!(raised.days_on("event.usage", day("2026-11-01")), 100);
        assert_eq!(raised.days_on("event.usage", day("2026-11-23")), 300);
    }

    #[test]
    fn a_table_goes_as_a_whole_when_its_longest_part_is_past() {
        let rules = rules(&[("log", 30), ("log.error", 60)]);
        let now = at("2026-11-22T12:00:00Z");
        let (month, two) = (day("2026-10-20"), day("2026-09-20"));
        assert!(rules.is_past("log.info", month, now) && !rules.is_wholly_past("log", month, now));
        assert!(rules.is_wholly_past("log", two, now));
        assert_eq!(rules.oldest_kept("log", now), day("2026-09-23"));
    }

    #[test]
    fn every_rule_knows_its_rows() {
        assert_eq!(condition("event.marketing"), format!("category = {}", Category::Marketing as i16));
        assert_eq!(signal_of("log.debug"), Some(Signal::Log));
        assert_eq!(signal_of("events"), None);
        assert_eq!(signal_of("chunk"), None);
        for subject in &SUBJECTS {
            assert!(
                subject
                    .part_of
                    .is_none_or(|whole| signal_of(subject.word).is_some_and(|signal| signal.word() == whole))
            );
        }
    }
}
