//! What is shown once: a new key, a link that lets somebody in, a name behind a person. It stands on the page that
//! follows the form for a minute, held in memory for whoever asked; never in an address, a log or the database.

use chrono::{DateTime, Duration, Utc};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::fmt;

/// Long enough for a redirect and a slow page, also when the page is read twice.
const SHOWN_FOR: Duration = Duration::seconds(60);
/// Nobody makes more in a minute by hand.
const MOST: usize = 8;

#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// What it is: `Key of Fernhill Shop`.
    pub title: String,
    pub text: String,
    /// What holds for it: `works once, for 7 days`.
    pub note: String,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("title", &self.title).finish_non_exhaustive()
    }
}

struct Kept {
    place: String,
    secret: Secret,
    until: DateTime<Utc>,
}

/// By account. Two windows of one person see the same; nobody else sees anything.
#[derive(Default)]
pub struct ShownOnce(Mutex<HashMap<i32, Vec<Kept>>>);

impl ShownOnce {
    /// Keeps a secret for the page named by `place`.
    pub fn keep(&self, account: i32, place: &str, secret: Secret, now: DateTime<Utc>) {
        let mut all = self.0.lock();
        all.retain(|_, kept| {
            kept.retain(|one| now < one.until);
            !kept.is_empty()
        });
        let kept = all.entry(account).or_default();
        if kept.len() >= MOST {
            kept.remove(0);
        }
        kept.push(Kept { place: place.to_owned(), secret, until: now + SHOWN_FOR });
    }

    /// What this page shows to this person now, newest first.
    pub fn of(&self, account: i32, place: &str, now: DateTime<Utc>) -> Vec<Secret> {
        let all = self.0.lock();
        let kept = all.get(&account).map(Vec::as_slice).unwrap_or_default();
        kept.iter().rev().filter(|one| one.place == place && now < one.until).map(|one| one.secret.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret { title: "Key".into(), text: text.into(), note: String::new() }
    }

    #[test]
    fn a_secret_is_shown_to_its_maker_on_its_page_for_a_minute() {
        let shown = ShownOnce::default();
        let now = DateTime::UNIX_EPOCH;
        shown.keep(1, "keys", secret("plx"), now);
        assert_eq!(shown.of(1, "keys", now + Duration::seconds(59)), [secret("plx")]);
        assert!(shown.of(2, "keys", now).is_empty());
        assert!(shown.of(1, "people", now).is_empty());
        assert!(shown.of(1, "keys", now + Duration::seconds(60)).is_empty());
    }

    #[test]
    fn a_secret_is_not_printed_by_accident() {
        assert!(!format!("{:?}", secret("plx_ingest_0123")).contains("0123"));
    }
}
