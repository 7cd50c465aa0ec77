//! One record of the script, as the steps of all trackers take it.

use super::stack;
use crate::ingest::event::Draft;
use crate::ingest::tracker::{Item, Thrown, Vital};
use crate::privacy::gate::Fate;
use crate::record::Change;
use parallax_domain::Category;
use serde_json::{Map, Value};

/// Service of errors in a page that names none: issues belong to a service.
const SERVICE: &str = "browser";
/// In front of the kind of a group, in the properties of every event of its people.
const GROUP: &str = "group.";

pub fn read(mut record: Map<String, Value>) -> Result<Item, Fate> {
    match record.get("name").and_then(Value::as_str) {
        Some("exception") => {
            let told = properties(&mut record);
            exception(Draft::parse(Value::Object(record))?, told)
        }
        Some("web_vitals") => {
            let told = properties(&mut record);
            vitals(Draft::parse(Value::Object(record))?, &told)
        }
        _ => event(Draft::read(Value::Object(record))?),
    }
}

fn properties(record: &mut Map<String, Value>) -> Map<String, Value> {
    match record.remove("properties") {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    }
}

fn exception(mut draft: Draft, mut told: Map<String, Value>) -> Result<Item, Fate> {
    let mut text = |key: &str| match told.remove(key) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    let (r#type, message, stack) = (text("type"), text("message"), text("stack"));
    if r#type.is_none() && message.is_none() {
        return Err(Fate::because("properties.type or properties.message is missing"));
    }
    draft.category = Some(Category::Errors);
    draft.said.service.get_or_insert_with(|| SERVICE.to_owned());
    let thrown = Thrown {
        r#type: r#type.unwrap_or_else(|| "Error".to_owned()),
        message: message.unwrap_or_default(),
        stack: stack.map(|stack| stack::common(&stack)),
        handled: told.get("escaped") != Some(&Value::Bool(true)),
        level: None,
    };
    Ok(Item { silent: true, thrown: Some(thrown), ..Item::new(draft) })
}

fn vitals(mut draft: Draft, told: &Map<String, Value>) -> Result<Item, Fate> {
    let mut vitals = Vec::new();
    for vital in Vital::ALL {
        let value = match told.get(vital.word()) {
            None | Some(Value::Null) => continue,
            Some(value) => value.as_f64().filter(|value| vital.can_be(*value)),
        };
        let word = vital.word();
        vitals.push((vital, value.ok_or_else(|| Fate::because(format!("properties.{word} is no such measurement")))?));
    }
    if vitals.is_empty() {
        return Err(Fate::because("properties has none of ttfb, fcp, lcp, inp and cls"));
    }
    draft.category = Some(Category::Performance);
    Ok(Item { silent: true, vitals, ..Item::new(draft) })
}

fn event(draft: Draft) -> Result<Item, Fate> {
    let mut item = Item::new(draft);
    let group =
        |(name, value): &(String, Value)| Some((name.strip_prefix(GROUP)?.to_owned(), value.as_str()?.to_owned()));
    item.groups = item.draft.properties.iter().filter_map(group).collect();
    match item.draft.name.as_str() {
        // What is said of a person is kept with the person.
        "identify" => {
            let (groups, traits) =
                std::mem::take(&mut item.draft.properties).into_iter().partition(|(name, _)| name.starts_with(GROUP));
            item.draft.properties = groups;
            item.person = set(traits);
        }
        "alias" => {
            let other = take(&mut item.draft.properties, "alias");
            item.draft.also.push(other.ok_or_else(|| Fate::because("properties.alias is missing"))?);
        }
        "group" => {
            let properties = &mut item.draft.properties;
            let (kind, id) = (take(properties, "type"), take(properties, "id"));
            let (Some(kind), Some(id)) = (kind, id) else {
                return Err(Fate::because("properties.type or properties.id is missing"));
            };
            let (groups, traits) =
                std::mem::take(properties).into_iter().partition(|(name, _)| name.starts_with(GROUP));
            item.draft.properties = groups;
            item.group = Some((kind, id, set(traits)));
        }
        _ => {}
    }
    Ok(item)
}

fn set(traits: Vec<(String, Value)>) -> Vec<(String, Change)> {
    traits.into_iter().map(|(name, value)| (name, Change::Set(value))).collect()
}

/// The text of this name, taken out.
fn take(properties: &mut Vec<(String, Value)>, name: &str) -> Option<String> {
    let at = properties.iter().position(|(known, _)| known == name)?;
    match properties.remove(at).1 {
        Value::String(text) if !text.trim().is_empty() => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn item(value: Value) -> Result<Item, Fate> {
        let Value::Object(record) = value else { panic!("an object") };
        read(record)
    }

    #[test]
    fn what_is_said_of_people_and_groups_is_kept_with_them() {
        let told = |name: &str, properties: Value| {
            item(json!({ "name": name, "anonymous": "a", "properties": properties })).unwrap()
        };
        let identify = told("identify", json!({ "plan": "team", "group.company": "acme" }));
        assert_eq!(identify.person, [("plan".to_owned(), Change::Set(json!("team")))]);
        assert_eq!(identify.groups, [("company".to_owned(), "acme".to_owned())]);
        let group = told("group", json!({ "type": "company", "id": 7, "size": 40, "group.company": "7" }));
        let expected = ("company".to_owned(), "7".to_owned(), vec![("size".to_owned(), Change::Set(json!(40)))]);
        assert_eq!(group.group, Some(expected));
        assert_eq!(told("alias", json!({ "alias": "old" })).draft.also, ["old"]);
        assert_eq!(told("Paid", json!({ "plan": "team" })).draft.properties, [("plan".to_owned(), json!("team"))]);
    }

    #[test]
    fn what_a_record_lacks_is_named() {
        let reason = |name: &str, properties: Value| match item(
            json!({ "name": name, "anonymous": "a", "properties": properties }),
        ) {
            Err(Fate::Rejected(reason)) => reason,
            _ => panic!("{name} is refused"),
        };
        assert_eq!(reason("exception", json!({ "stack": "at x" })), "properties.type or properties.message is missing");
        assert_eq!(reason("web_vitals", json!({ "lcp": -1 })), "properties.lcp is no such measurement");
        assert_eq!(reason("web_vitals", json!({})), "properties has none of ttfb, fcp, lcp, inp and cls");
        assert_eq!(reason("group", json!({ "type": "company" })), "properties.type or properties.id is missing");
        assert_eq!(reason("alias", json!({})), "properties.alias is missing");
    }

    #[test]
    fn an_error_belongs_to_the_service_that_the_page_names() {
        let service = |context: Value| {
            item(json!({ "name": "exception", "context": context, "properties": { "message": "no" } }))
                .unwrap()
                .draft
                .said
                .service
        };
        assert_eq!(service(json!({})).as_deref(), Some("browser"));
        assert_eq!(service(json!({ "service": "shop-web" })).as_deref(), Some("shop-web"));
    }
}
