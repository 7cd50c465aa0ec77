//! One event of PostHog. What its property names say about circumstances goes where all senders' circumstances go; what
//! is about its own machinery is left out; the rest is what the product said.

use crate::ingest::event::{Draft, Said};
use crate::ingest::names;
use crate::ingest::tracker::{Item, Members, Thrown, Vital, revenue, text_of, time_of};
use crate::privacy::gate::Fate;
use crate::record::Change;
use chrono::{DateTime, TimeDelta, Utc};
use parallax_domain::Category;
use serde_json::{Map, Value};

/// About the library, the transport, or told elsewhere.
const MACHINERY: [&str; 45] = [
    "token",
    "api_key",
    "$lib_custom_api_host",
    "$lib_rate_limit_remaining_tokens",
    "$sdk_dist_channel",
    "$sdk_debug_extensions_init_method",
    "$sdk_debug_extensions_init_time_ms",
    "$sdk_debug_retry_queue_size",
    "$sdk_debug_replay_internal_buffer_length",
    "$sdk_debug_replay_internal_buffer_size",
    "$sdk_debug_current_session_duration",
    "$sdk_debug_session_start",
    "$initialization_time",
    "$configured_session_timeout_ms",
    "$config_defaults",
    "$recording_status",
    "$replay_sample_rate",
    "$active_feature_flags",
    "$feature_flag_payloads",
    "$feature_flag_request_id",
    "$geoip_disable",
    "$ip",
    "$window_id",
    "$pageview_id",
    "$host",
    "$pathname",
    "$referring_domain",
    "$timezone_offset",
    "$browser_language_prefix",
    "$viewport_height",
    "$viewport_width",
    "$process_person_profile",
    "$epp",
    "$time",
    "$session_entry_host",
    "$session_entry_pathname",
    "$session_entry_url",
    "$session_entry_referrer",
    "$session_entry_referring_domain",
    "$session_entry_utm_source",
    "$session_entry_utm_medium",
    "$session_entry_utm_campaign",
    "$session_entry_utm_content",
    "$session_entry_utm_term",
    "$session_entry_gclid",
];

/// Identifiers of clicks on advertisements; the address of the page tells whose it was.
const CLICKS: [&str; 24] = [
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "gad_source",
    "fbclid",
    "msclkid",
    "twclid",
    "li_fat_id",
    "igshid",
    "ttclid",
    "rdt_cid",
    "epik",
    "qclid",
    "sccid",
    "irclid",
    "_kx",
    "mc_cid",
    "mc_eid",
    "yclid",
    "oppref",
    "bfcid",
    "igsh",
];

/// What a server's library tells of the server it runs on.
const OF_THE_SERVER: [&str; 6] =
    ["$os", "$os_version", "$os_distro", "$python_runtime", "$python_version", "$runtime_version"];

/// The key, where it stands inside an event.
pub fn key_inside(event: &Members) -> Option<String> {
    let inside = event.0.get("properties")?.get("token")?;
    inside.as_str().map(str::to_owned)
}

/// `clock` is the sender's time now, `currency` that of the project.
pub fn read(event: Result<Members, String>, clock: DateTime<Utc>, currency: &str) -> Result<Item, Fate> {
    let mut event = event.map_err(Fate::Rejected)?;
    let mut properties = event.object("properties").unwrap_or(Members(Map::new()));
    let name = event.text(&["event"]).ok_or_else(|| Fate::because("event is missing"))?;
    let own = event.text(&["distinct_id"]);
    let inside = properties.text(&["distinct_id", "$distinct_id"]);
    let distinct = own.or(inside).ok_or_else(|| Fate::because("distinct_id is missing"))?;
    let mut item = Item::new(Draft { at: time(&mut event, clock)?, ..Draft::default() });
    item.draft.id = id(&mut event, &mut properties, &name, &distinct);
    item.draft.name = names::canonical(&name).to_owned();
    item.draft.category = category(&name);
    person(&mut item, &mut event, &mut properties, &name, distinct);
    groups(&mut item, &mut properties);
    match name.as_str() {
        "$exception" => {
            item.thrown = thrown(&mut properties);
            let kind = item.thrown.as_ref().map(|thrown| Value::from(thrown.r#type.as_str()));
            item.draft.properties.extend(kind.map(|kind| ("exception.type".to_owned(), kind)));
        }
        "$web_vitals" => {
            item.vitals = vitals(&mut properties);
            item.silent = true;
        }
        _ => {}
    }
    item.draft.said = said(&mut properties);
    item.draft.session = properties.text(&["$session_id"]);
    properties.forget(&MACHINERY);
    properties.forget(&CLICKS);
    let told = properties.rest();
    item.draft.revenue = revenue(&item.draft.name, &told, currency);
    item.draft.properties.extend(told);
    Ok(item)
}

/// When it happened, or how long before it was sent.
fn time(event: &mut Members, clock: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Fate> {
    let offset = event.number("offset");
    match event.0.remove("timestamp") {
        Some(Value::Null) | None => {
            let ago = offset.map(|ms| TimeDelta::milliseconds(ms.clamp(0.0, 1e15) as i64));
            Ok(ago.and_then(|ago| clock.checked_sub_signed(ago)))
        }
        Some(told) => time_of(&told).map(Some).map_err(Fate::because),
    }
}

fn id(event: &mut Members, properties: &mut Members, name: &str, distinct: &str) -> Option<String> {
    let inserted = properties.text(&["$insert_id"]);
    event.text(&["uuid"]).or_else(|| inserted.map(|id| format!("posthog/{name}/{distinct}/{id}")))
}

fn category(name: &str) -> Option<Category> {
    match name {
        "$exception" => Some(Category::Errors),
        "$web_vitals" => Some(Category::Performance),
        _ => None,
    }
}

/// A browser's library says by itself which id is whose; a server's names users. `$set` and `$set_once` stand at the top
/// or among the properties.
fn person(item: &mut Item, event: &mut Members, properties: &mut Members, name: &str, distinct: String) {
    let device = properties.text(&["$device_id"]);
    let user = properties.text(&["$user_id"]);
    let identified = properties.truth("$is_identified");
    let personless = properties.0.get("$process_person_profile") == Some(&Value::Bool(false));
    let anonymous =
        identified == Some(false) || (personless && identified.is_none()) || device.as_ref() == Some(&distinct);
    let before = properties.text(&["$anon_distinct_id"]);
    if name == "$groupidentify" && distinct.starts_with('$') {
        // A stand-in for nobody: `$company_acme`.
    } else if anonymous && user.is_none() {
        item.draft.anonymous = Some(distinct.clone());
    } else {
        item.draft.user = Some(distinct.clone());
        // A device that is told beside a user belongs to whom it was seen with first, as everywhere (contract rule A9).
        item.draft.anonymous = before.filter(|_| name == "$identify").or(device);
    }
    match name {
        // Libraries differ in which of the two is the new one; the statement has no direction (contract rule P15).
        "$create_alias" | "$merge_dangerously" => {
            item.draft.also = properties.text(&["alias"]).into_iter().chain([distinct]).collect();
        }
        _ => {}
    }
    for place in [event, properties] {
        let pairs = |members: Option<Members>| members.map(Members::rest).unwrap_or_default().into_iter();
        item.person.extend(pairs(place.object("$set")).map(|(name, value)| (name, Change::Set(value))));
        item.person.extend(pairs(place.object("$set_once")).map(|(name, value)| (name, Change::Once(value))));
        let gone = place.list("$unset").unwrap_or_default();
        let gone = gone.into_iter().filter_map(|name| name.as_str().map(str::to_owned));
        item.person.extend(gone.map(|name| (name, Change::Unset)));
    }
}

fn groups(item: &mut Item, properties: &mut Members) {
    for (kind, key) in properties.object("$groups").map(Members::rest).unwrap_or_default() {
        if let Some(key) = text_of(&key) {
            item.groups.push((kind, key));
        }
    }
    let kind = properties.text(&["$group_type"]);
    let key = properties.text(&["$group_key"]);
    let said = properties.object("$group_set").map(Members::rest).unwrap_or_default();
    if let (Some(kind), Some(key)) = (kind, key) {
        let said = said.into_iter().map(|(name, value)| (name, Change::Set(value))).collect();
        item.group = Some((kind, key, said));
    }
}

fn thrown(properties: &mut Members) -> Option<Thrown> {
    let level = properties.text(&["$exception_level"]);
    let list = properties.list("$exception_list").unwrap_or_default();
    let mut flat = Thrown {
        r#type: properties.text(&["$exception_type"]).unwrap_or_default(),
        message: properties.text(&["$exception_message"]).unwrap_or_default(),
        stack: properties.text(&["$exception_stack_trace_raw"]),
        handled: properties.truth("$exception_handled").unwrap_or(true),
        level: None,
    };
    properties.forget(&["$exception_types", "$exception_values", "$exception_sources", "$exception_functions"]);
    let listed = Thrown::of_list(list);
    let thrown = match listed {
        Some(thrown) => thrown,
        None if flat.r#type.is_empty() && flat.message.is_empty() => return None,
        None => {
            if flat.r#type.is_empty() {
                flat.r#type = "Error".to_owned();
            }
            flat
        }
    };
    Some(Thrown { level, ..thrown })
}

fn vitals(properties: &mut Members) -> Vec<(Vital, f64)> {
    let mut told = Vec::new();
    for vital in Vital::ALL {
        let word = vital.word().to_ascii_uppercase();
        told.extend(properties.number(&format!("$web_vitals_{word}_value")).map(|value| (vital, value)));
        properties.forget(&[&format!("$web_vitals_{word}_event")]);
    }
    told
}

fn said(properties: &mut Members) -> Said {
    if properties.truth("$is_server") == Some(true) {
        properties.forget(&OF_THE_SERVER);
    }
    let direct = |text: &String| text != "$direct";
    let size = (properties.number("$screen_width"), properties.number("$screen_height"));
    properties.forget(&["$browser_version", "$os_version", "$title"]);
    Said {
        url: properties.text(&["$current_url"]),
        referrer: properties.text(&["$referrer"]).filter(direct),
        title: properties.text(&["title"]),
        campaign: ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"]
            .map(|key| properties.text(&[key])),
        device: properties.text(&["$device_type"]).map(|device| device.to_lowercase()),
        os: properties.text(&["$os"]),
        browser: properties.text(&["$browser"]),
        country: properties.text(&["$geoip_country_code"]),
        time_zone: properties.text(&["$timezone"]),
        screen: size.0.zip(size.1).map(|(width, height)| format!("{width}x{height}")),
        locale: properties.text(&["$browser_language", "$locale"]),
        network: properties.text(&["$network_effective_type"]),
        version: properties.text(&["$app_version", "$release"]),
        agent: properties.text(&["$raw_user_agent", "$user_agent"]),
        ..Said::default()
    }
}
