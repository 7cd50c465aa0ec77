//! Updates of profiles, of people (`/engage`) and of groups (`/groups`). A transaction in the profile of a person is a
//! sale, and becomes an event.

use super::event::{amount, ids};
use crate::ingest::event::{Draft, micros};
use crate::ingest::tracker::{Item, Members, number_of, text_of, time_of};
use crate::privacy::gate::Fate;
use crate::record::Change;
use serde_json::Value;

/// The event that a transaction becomes.
const CHARGE: &str = "charge";
/// What the library tells of the browser with every update.
const OF_THE_BROWSER: [&str; 4] = ["$browser_version", "$os_version", "$lib_version", "$ip"];

pub fn of_person(mut record: Members, currency: &str) -> Result<Item, Fate> {
    let mut item = opened(&mut record)?;
    let (user, anonymous) = ids(&mut record, "$distinct_id", "$device_id", "$user_id");
    item.draft.anonymous = if user.is_some() { None } else { anonymous };
    item.draft.user = user;
    if !item.draft.names_somebody() {
        return Err(Fate::because("$distinct_id is missing"));
    }
    let mut said = changes(&mut record);
    if let Some(place) = said.iter().position(|(name, change)| name == "$transactions" && is_list_change(change)) {
        let (_, change) = said.remove(place);
        charge(&mut item, change, currency)?;
    }
    item.person = said;
    Ok(item)
}

pub fn of_group(mut record: Members) -> Result<Item, Fate> {
    let mut item = opened(&mut record)?;
    let kind = record.text(&["$group_key"]).ok_or_else(|| Fate::because("$group_key is missing"))?;
    let key = record.text(&["$group_id"]).ok_or_else(|| Fate::because("$group_id is missing"))?;
    item.group = Some((kind, key, changes(&mut record)));
    Ok(item)
}

/// A record without a name of its own; the times of profiles are optional.
fn opened(record: &mut Members) -> Result<Item, Fate> {
    let mut item = Item::new(Draft { name: "profile".to_owned(), ..Draft::default() });
    item.silent = true;
    if record.0.contains_key("$delete") {
        return Err(Fate::because("$delete is not taken: people are erased by an admin"));
    }
    let time = record.0.remove("$time").filter(|told| !told.is_null());
    item.draft.at = time.as_ref().map(time_of).transpose().map_err(Fate::because)?;
    Ok(item)
}

fn is_list_change(change: &Change) -> bool {
    matches!(change, Change::Append(_) | Change::Union(_))
}

fn charge(item: &mut Item, change: Change, currency: &str) -> Result<(), Fate> {
    let Change::Append(transaction) = change else { return Ok(()) };
    let amount =
        amount(&transaction).and_then(micros).ok_or_else(|| Fate::because("$transactions.$amount is missing"))?;
    if let Some(time) = transaction.get("$time") {
        item.draft.at = Some(time_of(time).map_err(Fate::because)?);
    }
    item.draft.name = CHARGE.to_owned();
    item.draft.revenue = Some((amount, currency.to_owned()));
    item.silent = false;
    Ok(())
}

fn changes(record: &mut Members) -> Vec<(String, Change)> {
    let mut all = Vec::new();
    let mut each = |key: &str, change: &dyn Fn(Value) -> Option<Change>| {
        let mut pairs = record.object(key).unwrap_or(Members(Default::default()));
        pairs.forget(&OF_THE_BROWSER);
        all.extend(pairs.rest().into_iter().filter_map(|(name, value)| Some((name, change(value)?))));
    };
    each("$set", &|value| Some(Change::Set(value)));
    each("$set_once", &|value| Some(Change::Once(value)));
    each("$add", &|value| number_of(&value).map(Change::Add));
    each("$append", &|value| Some(Change::Append(value)));
    each("$remove", &|value| Some(Change::Remove(value)));
    each("$union", &|value| match value {
        Value::Array(values) => Some(Change::Union(values)),
        single => Some(Change::Union(vec![single])),
    });
    let gone = record.list("$unset").unwrap_or_default();
    all.extend(gone.iter().filter_map(text_of).map(|name| (name, Change::Unset)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn person(record: Value) -> Result<Item, Fate> {
        of_person(Members::of(record).unwrap(), "EUR")
    }

    #[test]
    fn every_operation_is_a_change_of_its_kind() {
        let item =
            person(json!({ "$distinct_id": "u", "$set": { "plan": "pro", "none": null }, "$set_once": { "first": 1 },
            "$add": { "n": "2", "bad": "x" }, "$append": { "seen": "a" }, "$union": { "tags": ["a", "b"], "one": "c" },
            "$remove": { "seen": "b" }, "$unset": ["old"] }))
            .unwrap();
        assert!(item.silent);
        let expected = vec![
            ("plan", Change::Set(json!("pro"))),
            ("first", Change::Once(json!(1))),
            ("n", Change::Add(2.0)),
            ("seen", Change::Append(json!("a"))),
            ("seen", Change::Remove(json!("b"))),
            ("one", Change::Union(vec![json!("c")])),
            ("tags", Change::Union(vec![json!("a"), json!("b")])),
            ("old", Change::Unset),
        ];
        let found: Vec<(&str, Change)> =
            item.person.iter().map(|(name, change)| (name.as_str(), change.clone())).collect();
        let sorted = |mut all: Vec<(&str, Change)>| {
            all.sort_by_key(|(name, change)| format!("{name}{change:?}"));
            all.iter().map(|one| format!("{one:?}")).collect::<Vec<_>>()
        };
        assert_eq!(sorted(found), sorted(expected));
    }

    #[test]
    fn a_transaction_is_a_sale() {
        let item = person(
            json!({ "$distinct_id": "u", "$append": { "$transactions": { "$amount": 25.5, "$time": "2026-11-22T10:00:00" } } }),
        );
        let draft = item.unwrap().draft;
        assert_eq!((draft.name.as_str(), draft.revenue), ("charge", Some((25_500_000, "EUR".to_owned()))));
        assert_eq!(draft.at.unwrap().to_rfc3339(), "2026-11-22T10:00:00+00:00");
        assert!(person(json!({ "$distinct_id": "u", "$append": { "$transactions": {} } })).is_err());
        assert!(person(json!({ "$set": { "plan": "pro" } })).is_err());
    }
}
