//! Click anything to filter by it; with Alt, to exclude it.

use super::{
    Browser,
    elements::{around, listen},
};
use crate::ui::address;
use parallax_domain::{Address, Filter, Op};
use web_sys::{KeyboardEvent, MouseEvent};

pub fn start(browser: Browser) {
    listen("click", move |event: MouseEvent| {
        let exclude = event.alt_key();
        let link = around(&event, "a[href]").is_some();
        let named = named(&event).filter(|_| exclude || !link); // A plain link leads to the same place by itself.
        let added = || exclude.then(|| added_by_link(&event, &browser.navigation.address())).flatten();
        if let Some(filter) = named.or_else(added) {
            event.prevent_default();
            apply(browser, filter, exclude);
        }
    });
    // What can be clicked without being a link can be pressed as well.
    listen("keydown", move |event: KeyboardEvent| {
        let reached = super::elements::target(&event).is_some_and(|element| element.has_attribute("data-filter"));
        if let (true, "Enter", None, Some(filter)) =
            (reached, event.key().as_str(), around(&event, "a[href], button"), named(&event))
        {
            event.prevent_default();
            apply(browser, filter, event.alt_key());
        }
    });
}

fn named(event: &web_sys::Event) -> Option<Filter> {
    Filter::from_text(&around(event, "[data-filter]")?.get_attribute("data-filter")?)
}

fn apply(browser: Browser, filter: Filter, exclude: bool) {
    let filter = if exclude { Filter { op: Op::IsNot, ..filter } } else { filter };
    browser.navigation.go(&browser.navigation.address().with_filter(filter).href());
}

/// A link to this page with one more filter: that filter.
fn added_by_link(event: &web_sys::Event, here: &Address) -> Option<Filter> {
    let href = around(event, "a[href]")?.get_attribute("href")?;
    added(&href, here)
}

fn added(href: &str, here: &Address) -> Option<Filter> {
    let (path, query) = href.split_once('?')?;
    let path = if path.is_empty() { here.path.as_str() } else { path };
    let there = address::read(path, query);
    let mut new = there.filters.iter().filter(|filter| !here.filters.contains(filter));
    let filter = new.next().filter(|filter| filter.op == Op::Is)?;
    (there.path == here.path && new.next().is_none()).then(|| filter.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_adds_one_filter_can_be_turned_into_excluding() {
        let here = address::read("/product", "range=6h&f=device:is:mobile");
        let german = added("/product?range=6h&f=device:is:mobile&f=country:is:DE", &here);
        assert_eq!(german, Some(Filter::is("country", "DE")));
    }

    #[test]
    fn other_links_cannot() {
        let here = address::read("/product", "f=device:is:mobile");
        for href in ["/marketing?f=country:is:DE", "/product?f=device:is:mobile", "/product?f=a:is:1&f=b:is:2"] {
            assert_eq!(added(href, &here), None, "{href}");
        }
    }
}
