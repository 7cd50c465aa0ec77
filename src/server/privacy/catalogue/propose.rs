//! What could be decided about a field that waits, and why: a suggestion for the person who decides.

use super::action::Action;
use super::entry::{Entry, Item, Key, Sensitivity, State, ValueType};
use super::shape::{Length, Shape};
use super::starter;
use crate::privacy::names;
use parallax_domain::{Category, Signal};

#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// As it would be declared or blocked.
    pub entry: Entry,
    pub why: &'static str,
    /// Somebody's data may be in it.
    pub personal: bool,
}

/// `shapes`: every shape that was seen of it; none where nothing is known but the name.
pub fn propose(key: &Key, shapes: &[Shape]) -> Proposal {
    if let Some(known) = starter::known(key.signal, key.item, &key.name) {
        let personal = known.sensitivity >= Some(Sensitivity::StoredContent);
        return Proposal { entry: known, why: "a standard field", personal };
    }
    let mut entry = Entry::new(key.clone(), State::Declared);
    entry.kind = shapes.first().map(|shape| shape.kind);
    entry.category = Some(if key.signal == Signal::Event { Category::Usage } else { Category::Performance });
    entry.sensitivity =
        Some(if key.signal == Signal::Event { Sensitivity::Interaction } else { Sensitivity::Technical });
    let mut decide = |state, sensitivity, action, why, personal| {
        entry.state = state;
        if let Some(sensitivity) = sensitivity {
            entry.sensitivity = Some(sensitivity);
        }
        entry.action = action;
        Proposal { entry: entry.clone(), why, personal }
    };
    let is = |kind: ValueType| shapes.iter().any(|shape| shape.kind == kind);
    if key.item == Item::Name {
        return decide(State::Declared, None, Action::Keep, "counts what happened", false);
    }
    match names::action(&key.name) {
        Some(names::Action::Drop) => {
            let sensitivity = Some(Sensitivity::HighlySensitive);
            decide(
                State::Blocked,
                sensitivity,
                Action::Drop,
                "its name says that it is secret; values are dropped anyway",
                true,
            )
        }
        Some(names::Action::Mask(_)) => {
            let sensitivity = Some(Sensitivity::HighlySensitive);
            decide(
                State::Blocked,
                sensitivity,
                Action::Drop,
                "its name says that it names a person; values are masked anyway",
                true,
            )
        }
        Some(names::Action::Hash) => {
            let sensitivity = Some(Sensitivity::Interaction);
            decide(State::Declared, sensitivity, Action::Hash, "an identifier of people; stored as a keyed hash", true)
        }
        _ if is(ValueType::Text) => {
            let sensitivity = Some(Sensitivity::StoredContent);
            decide(State::Blocked, sensitivity, Action::Drop, "free text, may hold names", true)
        }
        _ if singles_out(&key.name) => decide(State::Declared, None, Action::Hash, "may single people out", true),
        _ if shapes.iter().any(|shape| shape.length == Length::Long) => {
            let sensitivity = Some(Sensitivity::StoredContent);
            decide(State::Blocked, sensitivity, Action::Drop, "long values, may hold anything", true)
        }
        _ => decide(State::Declared, None, Action::Keep, "no person in it, as far as its shape tells", false),
    }
}

/// `order_id`, `cartUuid`: one value for one person or their things.
fn singles_out(name: &str) -> bool {
    let last = name.rsplit(['.', '/']).next().unwrap_or(name).to_lowercase();
    ["_id", "-id", "uuid", "guid", "fingerprint", "serial", "user_agent", "useragent"]
        .iter()
        .any(|end| last.ends_with(end))
        || last == "id"
        || name.ends_with("Id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn decided(name: &str, value: Value) -> (State, Action, bool) {
        let proposal = propose(&Key::field(Signal::Event, name), &[Shape::of(&value)]);
        (proposal.entry.state, proposal.entry.action, proposal.personal)
    }

    #[test]
    fn what_may_be_about_a_person_is_not_proposed_to_be_kept() {
        let free = "Please ring twice, the bell is broken";
        assert_eq!(decided("delivery_note", json!(free)), (State::Blocked, Action::Drop, true));
        assert_eq!(decided("full_name", json!("[name]")), (State::Blocked, Action::Drop, true));
        assert_eq!(decided("order_id", json!("o-1")), (State::Declared, Action::Hash, true));
        assert_eq!(decided("orderId", json!("o-1")), (State::Declared, Action::Hash, true));
        assert_eq!(decided("cart_weight_g", json!(120)), (State::Declared, Action::Keep, false));
        assert_eq!(decided("paid", json!(true)), (State::Declared, Action::Keep, false));
        assert!(!decided("grid", json!("wide")).2, "grid does not end with an id");
    }
}
