//! What the script sends at once: events in the words of the contract, and what they have in common.
//!
//! ```json
//! {"key": "plx_browser_…", "sent_at": "…", "context": {…}, "consent": {…}, "events": [{…}]}
//! ```
//! `context`, `consent`, `user`, `anonymous` and `session` beside the events are those of every event that has none of its
//! own. The compact spelling of protocols §6.3 is taken as well.

use super::compact;
use crate::ingest::body::Limits;
use crate::ingest::event::instant;
use chrono::{DateTime, Utc};
use parallax_domain::{Kind, Problem};
use serde_json::{Map, Value};

const SHARED: [&str; 4] = ["user", "anonymous", "session", "consent"];

#[derive(Debug)]
pub struct Batch {
    /// As it was spelled; may be no key at all.
    pub key: String,
    pub sent_at: Option<DateTime<Utc>>,
    pub events: Vec<Map<String, Value>>,
}

impl Batch {
    pub fn read(value: Value) -> Result<Batch, Problem> {
        let Value::Object(mut members) = value else {
            return Err(Problem::malformed("The body must be an object with `key` and `events`."));
        };
        if compact::is(&members) {
            members = compact::spelled_out(members);
        }
        let Some(Value::Array(events)) = members.remove("events") else {
            return Err(Problem::invalid("events", "must be an array of events"));
        };
        if events.len() > Limits::BROWSER.records {
            let detail = format!("At most {} events may be sent at once.", Limits::BROWSER.records);
            return Err(Problem { field: Some("events".into()), ..Problem::new(Kind::TooLarge, detail) });
        }
        let key = match members.remove("key") {
            Some(Value::String(key)) => key,
            _ => return Err(Problem::invalid("key", "must be a text with the key of the page")),
        };
        let sent_at = match members.remove("sent_at") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => {
                Some(instant(&text).ok_or_else(|| Problem::invalid("sent_at", "is not an RFC 3339 time"))?)
            }
            Some(_) => return Err(Problem::invalid("sent_at", "must be a text with an RFC 3339 time")),
        };
        let events = events.into_iter().map(|event| whole(event, &members)).collect();
        Ok(Batch { key, sent_at, events })
    }
}

/// An event with what it shares with its batch. What is no object stays one without a name, which is refused by its place.
fn whole(event: Value, shared: &Map<String, Value>) -> Map<String, Value> {
    let Value::Object(mut event) = event else { return Map::new() };
    for key in SHARED {
        if let (Some(value), false) = (shared.get(key), event.contains_key(key)) {
            event.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(Value::Object(around)) = shared.get("context") {
        let context = event.entry("context").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(context) = context {
            for (key, value) in around {
                context.entry(key).or_insert_with(|| value.clone());
            }
        }
    }
    event
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_batch_says_of_all_its_events_is_said_of_each() {
        let batch = Batch::read(json!({
            "key": "k", "sent_at": "2026-11-22T13:00:00Z", "context": { "theme": "dark", "url": "https://a/" },
            "anonymous": "a", "consent": { "usage": true },
            "events": [{ "name": "one", "context": { "url": "https://b/" } }, { "name": "two", "anonymous": "b" }, 3] }))
        .unwrap();
        let event = |index: usize| Value::Object(batch.events[index].clone());
        let consent = json!({ "usage": true });
        assert_eq!(
            event(0),
            json!({ "name": "one", "anonymous": "a", "consent": consent, "context": { "url": "https://b/", "theme": "dark" } })
        );
        assert_eq!(
            event(1),
            json!({ "name": "two", "anonymous": "b", "consent": consent, "context": { "theme": "dark", "url": "https://a/" } })
        );
        assert_eq!(event(2), json!({}));
    }

    #[test]
    fn what_is_no_batch_is_refused_by_name() {
        let field = |value: Value| Batch::read(value).unwrap_err().field;
        assert_eq!(field(json!({ "events": [] })).as_deref(), Some("key"));
        assert_eq!(field(json!({ "key": "k" })).as_deref(), Some("events"));
        assert_eq!(field(json!({ "key": "k", "events": {} })).as_deref(), Some("events"));
        assert_eq!(field(json!({ "key": "k", "events": [], "sent_at": "now" })).as_deref(), Some("sent_at"));
        assert_eq!(field(json!([])), None);
    }
}
