//! One event of Mixpanel.

use crate::ingest::event::{Draft, Said};
use crate::ingest::names;
use crate::ingest::tracker::{Item, Members, number_of, revenue, text_of, time_of};
use crate::privacy::gate::Fate;
use serde_json::{Map, Value};

/// In front of an id that a library made up for a device.
const DEVICE: &str = "$device:";

/// About the library, the transport, or told elsewhere.
const MACHINERY: [&str; 17] = [
    "token",
    "mp_sent_by_lib_version",
    "mp_country_code",
    "ip",
    "$ip",
    "current_domain",
    "current_url_path",
    "current_url_protocol",
    "current_url_search",
    "$referring_domain",
    "$initial_referring_domain",
    "$mp_replay_id",
    "$mp_api_endpoint",
    "$mp_api_timestamp_ms",
    "$browser_version",
    "$os_version",
    "$had_persisted_distinct_id",
];

const CLICKS: [&str; 9] =
    ["gclid", "fbclid", "msclkid", "ttclid", "twclid", "li_fat_id", "dclid", "ko_click_id", "wbraid"];

pub fn read(mut record: Members, currency: &str) -> Result<Item, Fate> {
    let name = record.text(&["event"]).ok_or_else(|| Fate::because("event is missing"))?;
    let mut properties = record.object("properties").unwrap_or(Members(Map::new()));
    let mut item = Item::new(Draft::default());
    let time = properties.0.remove("time").or_else(|| properties.0.remove("$time"));
    let time = time.filter(|told| !told.is_null());
    item.draft.at = time.as_ref().map(time_of).transpose().map_err(Fate::because)?;
    item.draft.name = names::canonical(&name).to_owned();
    let distinct = properties.peek(&["distinct_id", "$user_id", "$device_id"]);
    item.draft.id = properties.text(&["$insert_id"]).map(|id| {
        let (distinct, time) = (distinct.unwrap_or_default(), time.as_ref().and_then(text_of).unwrap_or_default());
        format!("mixpanel/{name}/{distinct}/{time}/{id}")
    });
    person(&mut item, &mut properties, &name);
    if !item.draft.names_somebody() {
        return Err(Fate::because("properties.distinct_id is missing"));
    }
    item.draft.said = said(&mut properties);
    item.draft.session = properties.text(&["$session_id", "session_id"]);
    properties.forget(&MACHINERY);
    properties.forget(&CLICKS);
    let told = properties.rest();
    item.draft.revenue = revenue(&item.draft.name, &told, currency);
    item.draft.properties.extend(told);
    Ok(item)
}

/// Who it is, by the ids that both events and profiles carry.
pub fn ids(members: &mut Members, distinct: &str, device: &str, user: &str) -> (Option<String>, Option<String>) {
    let bare = |id: String| id.strip_prefix(DEVICE).map_or(id.clone(), str::to_owned);
    let distinct = members.text(&[distinct]);
    let device = members.text(&[device]).map(bare);
    let user = members.text(&[user]);
    match distinct {
        Some(id) if id.starts_with(DEVICE) => (user, Some(bare(id))),
        // Before somebody is identified the library calls both by the same id.
        Some(id) if user.is_none() && device.as_ref() == Some(&id) => (None, device),
        Some(id) => (user.or(Some(id)), device),
        None => (user, device),
    }
}

fn person(item: &mut Item, properties: &mut Members, name: &str) {
    let bare = |id: String| id.strip_prefix(DEVICE).map_or(id.clone(), str::to_owned);
    let before = properties.text(&["$anon_distinct_id", "$anon_id"]).map(bare);
    let identified = properties.text(&["$identified_id"]);
    let (user, anonymous) = ids(properties, "distinct_id", "$device_id", "$user_id");
    item.draft.user = identified.or(user);
    item.draft.anonymous = before.filter(|_| name == "$identify").or(anonymous);
    let own = item.draft.user.clone().or_else(|| item.draft.anonymous.clone());
    match name {
        "$create_alias" => {
            let alias = properties.text(&["alias"]).map(bare);
            item.draft.also = alias.into_iter().chain(own).collect();
            item.draft.anonymous = None;
        }
        "$merge" => {
            let ids = properties.list("$distinct_ids").unwrap_or_default();
            item.draft.also = ids.iter().filter_map(text_of).map(bare).collect();
            if item.draft.user.is_none() {
                item.draft.user = item.draft.also.first().cloned();
            }
        }
        _ => {}
    }
}

fn said(properties: &mut Members) -> Said {
    let direct = |text: &String| text != "$direct";
    let size = (properties.number("$screen_width"), properties.number("$screen_height"));
    let initial = properties.text(&["$initial_referrer"]);
    let device = properties.text(&["$device"]);
    Said {
        url: properties.text(&["$current_url"]),
        referrer: properties.text(&["$referrer"]).or(initial).filter(direct),
        title: properties.text(&["current_page_title"]),
        campaign: ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"]
            .map(|key| properties.text(&[key])),
        device: device.map(|device| device.to_lowercase()),
        os: properties.text(&["$os"]),
        browser: properties.text(&["$browser"]),
        country: properties.text(&["$country_code"]),
        screen: size.0.zip(size.1).map(|(width, height)| format!("{width}x{height}")),
        version: properties.text(&["$app_version_string", "$app_version"]),
        ..Said::default()
    }
}

/// The amount of a transaction in a profile.
pub fn amount(transaction: &Value) -> Option<f64> {
    number_of(transaction.get("$amount")?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn who(properties: Value, name: &str) -> (Option<String>, Option<String>, Vec<String>) {
        let record = Members::of(json!({ "event": name, "properties": properties })).unwrap();
        let draft = read(record, "EUR").unwrap().draft;
        (draft.user, draft.anonymous, draft.also)
    }

    #[test]
    fn a_device_is_known_by_its_prefix_and_by_its_own_property() {
        let (user, device) = (Some("u".to_owned()), Some("d".to_owned()));
        assert_eq!(who(json!({ "distinct_id": "$device:d", "$device_id": "d" }), "a"), (None, device.clone(), vec![]));
        assert_eq!(who(json!({ "distinct_id": "d", "$device_id": "d" }), "a"), (None, device.clone(), vec![]));
        let both = json!({ "distinct_id": "u", "$user_id": "u", "$device_id": "d" });
        assert_eq!(who(both, "a"), (user.clone(), device.clone(), vec![]));
        assert_eq!(who(json!({ "distinct_id": "u" }), "a"), (user.clone(), None, vec![]));
        let identify = json!({ "distinct_id": "u", "$anon_distinct_id": "$device:d" });
        assert_eq!(who(identify, "$identify"), (user.clone(), device, vec![]));
        let alias = who(json!({ "distinct_id": "u", "alias": "v" }), "$create_alias");
        assert_eq!(alias, (user, None, vec!["v".to_owned(), "u".to_owned()]));
    }
}
