//! Turns the page that stands into the page that came, node by node. What did not change stays as it is: the focus, what
//! is open, what was typed, and whatever scripts added to it.
//!
//! Three pages are compared: the one that stands, the one that the server sent before, and the one that it sent now.
//! Where the server says the same as before, nothing is touched.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{DocumentFragment, Element, HtmlTemplateElement, Node};

/// What the server sent, as nodes that stand nowhere.
pub fn parsed(html: &str) -> Option<Node> {
    let template: HtmlTemplateElement = document().create_element("template").ok()?.dyn_into().ok()?;
    template.set_inner_html(html);
    Some(template.content().unchecked_into())
}

/// A copy of what stands before anything touched it.
pub fn copied(page: &Element) -> Option<Node> {
    let copy: DocumentFragment = document().create_document_fragment();
    for child in children(page) {
        copy.append_child(&child.clone_node_with_deep(true).ok()?).ok()?;
    }
    Some(copy.unchecked_into())
}

/// Makes the children of `live` those of `new`. `moved` says that it is another page: then nothing stays open.
pub fn morph(live: &Node, old: Option<&Node>, new: &Node, moved: bool) {
    let before = children(live);
    // Nodes that scripts added put the two out of step; then only what stands is compared.
    let old: Vec<Node> = old.map(children).filter(|old| old.len() == before.len()).unwrap_or_default();
    let mut at = 0;
    for wanted in children(new) {
        // What has the same name further on is that one; what stands before it is gone.
        let place = (at..before.len())
            .find(|place| same(&before[*place], &wanted))
            .filter(|place| *place == at || name_of(&wanted).is_some() || !children_after(new, &wanted, &before[at]));
        match place {
            Some(place) => {
                before[at..place].iter().for_each(remove);
                node(&before[place], old.get(place), &wanted, moved);
                at = place + 1;
            }
            None => {
                if let Ok(copy) = wanted.clone_node_with_deep(true) {
                    let _ = live.insert_before(&copy, before.get(at));
                }
            }
        }
    }
    before[at.min(before.len())..].iter().for_each(remove);
}

fn node(live: &Node, old: Option<&Node>, new: &Node, moved: bool) {
    if !moved && old.is_some_and(|old| old.is_equal_node(Some(new))) || live.is_equal_node(Some(new)) {
        return;
    }
    match (live.dyn_ref::<Element>(), new.dyn_ref::<Element>()) {
        (Some(element), Some(wanted)) => {
            attributes(element, wanted, moved);
            morph(live, old, new, moved);
        }
        _ => live.set_node_value(new.node_value().as_deref()),
    }
}

fn attributes(live: &Element, new: &Element, moved: bool) {
    let opens = |name: &str| name == "open" && !moved && matches!(live.tag_name().as_str(), "DETAILS" | "DIALOG");
    let names = |element: &Element| -> Vec<String> {
        element.get_attribute_names().iter().filter_map(|name| name.as_string()).collect()
    };
    for name in names(live).into_iter().filter(|name| !new.has_attribute(name) && !opens(name)) {
        let _ = live.remove_attribute(&name);
    }
    for name in names(new).into_iter().filter(|name| !opens(name)) {
        let value = new.get_attribute(&name).unwrap_or_default();
        if live.get_attribute(&name).as_deref() != Some(value.as_str()) {
            let _ = live.set_attribute(&name, &value);
        }
    }
}

/// Whether one can be turned into the other: nodes of one kind, and of one name where they have one.
fn same(one: &Node, other: &Node) -> bool {
    one.node_name() == other.node_name() && name_of(one) == name_of(other)
}

/// What a node is called among its siblings.
fn name_of(node: &Node) -> Option<String> {
    let element = node.dyn_ref::<Element>()?;
    element.get_attribute("id").filter(|id| !id.is_empty()).or_else(|| element.get_attribute("data-drawing"))
}

/// Whether something like `held` comes after `wanted`: then it is not to be skipped.
fn children_after(new: &Node, wanted: &Node, held: &Node) -> bool {
    children(new).iter().skip_while(|node| !node.is_same_node(Some(wanted))).skip(1).any(|node| same(node, held))
}

fn children(node: &Node) -> Vec<Node> {
    let list = node.child_nodes();
    (0..list.length()).filter_map(|at| list.item(at)).collect()
}

fn remove(node: &Node) {
    if let Some(parent) = node.parent_node() {
        let _ = parent.remove_child(node);
    }
}
