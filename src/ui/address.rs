//! Reading the address bar. The menus of the filter bar are plain forms, and a form can only send
//! single fields; here those become the range and the filter that they mean.

use parallax_domain::{Address, Filter, Op, period::Range};

pub const RANGE_FROM: &str = "range_from";
pub const RANGE_TO: &str = "range_to";
pub const FILTER_FIELD: &str = "filter_field";
pub const FILTER_OP: &str = "filter_op";
pub const FILTER_VALUE: &str = "filter_value";
const PARTS: [&str; 5] = [RANGE_FROM, RANGE_TO, FILTER_FIELD, FILTER_OP, FILTER_VALUE];

/// The address of a page as everything else understands it.
pub fn read(path: &str, query: &str) -> Address {
    let address = Address::parse(path, query);
    let mut other = address.clone();
    other.more.retain(|(key, _)| !PARTS.contains(&key.as_str()));
    if let (Some(from), Some(to)) = (address.get(RANGE_FROM), address.get(RANGE_TO)) {
        let (from, to) = if from <= to { (from, to) } else { (to, from) };
        other.range = Range::parse(&format!("{from}..{to}")).or(other.range);
    }
    if let (Some(field), Some(op)) = (address.get(FILTER_FIELD), address.get(FILTER_OP).and_then(Op::parse)) {
        let value = address.get(FILTER_VALUE).unwrap_or_default();
        let values: Vec<String> =
            value.split(',').map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned).collect();
        let filter =
            Filter { field: field.to_owned(), op, values: if op.takes_values() { values } else { Vec::new() } };
        let complete = !filter.field.is_empty() && (!op.takes_values() || !filter.values.is_empty());
        if complete && !other.filters.contains(&filter) {
            other.filters.push(filter);
        }
    }
    other
}

/// The same filter, once including and once excluding what it names.
pub fn turned(filter: &Filter) -> Option<Filter> {
    let op = match filter.op {
        Op::Is => Op::IsNot,
        Op::IsNot => Op::Is,
        Op::Contains => Op::NotContains,
        Op::NotContains => Op::Contains,
        Op::Set => Op::NotSet,
        Op::NotSet => Op::Set,
        Op::Gt | Op::Gte | Op::Lt | Op::Lte => return None,
    };
    Some(Filter { op, ..filter.clone() })
}

/// Whether an address is one of our pages; files, server functions and other sites are left to the browser.
pub fn href_is_page(href: &str) -> bool {
    let own = href.starts_with('/') && !href.starts_with("//") || href.starts_with('?') || href.starts_with('#');
    own && !["/fn/", "/api/", "/pkg/", "/js/", "/file/", "/download/", "/csv/", "/.well-known/"]
        .iter()
        .any(|prefix| href.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_are_navigated_by_the_program() {
        for page in ["/", "/engineering?range=6h", "?range=6h", "#people"] {
            assert!(href_is_page(page), "{page}");
        }
        for other in [
            "https://example.org/",
            "//example.org",
            "/api/v1/rows.csv",
            "/file/engineering",
            "/fn/sign_out",
            "mailto:a@b.example",
        ] {
            assert!(!href_is_page(other), "{other}");
        }
    }

    #[test]
    fn a_filter_chosen_without_scripts_is_a_chip_like_any_other() {
        let chosen = read("/product", "f=device:is:mobile&filter_field=country&filter_op=is&filter_value=DE,+AT");
        let linked = read("/product", "f=device:is:mobile&f=country:is:DE|AT");
        assert_eq!(chosen, linked);
    }

    #[test]
    fn a_range_chosen_without_scripts_is_a_range_even_the_wrong_way_round() {
        let address = read("/product", "range=28d&range_from=2026-11-30&range_to=2026-11-01");
        assert_eq!(address.range, Range::parse("2026-11-01..2026-11-30"));
        assert!(address.more.is_empty());
    }

    #[test]
    fn half_a_filter_changes_nothing() {
        let address = read("/product", "filter_field=country&filter_op=is&filter_value=");
        assert_eq!(address, read("/product", ""));
    }

    #[test]
    fn excluding_twice_includes_again() {
        let filter = Filter::is("country", "DE");
        assert_eq!(turned(&filter).and_then(|other| turned(&other)), Some(filter));
    }
}
