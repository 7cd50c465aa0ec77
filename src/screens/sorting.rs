//! Tables that are sorted by links: the column and its direction stand in the address.

use crate::page::Page;
use parallax_domain::Address;
use parallax_domain::screen::{Column, Sorted};
use std::cmp::Ordering;

/// `sort=p95`: the largest first; `sort=p95.up`: the smallest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sorting {
    key: String,
    up: bool,
}

impl Sorting {
    /// As the address says, or by `usual`.
    pub fn of(address: &Address, usual: &str) -> Sorting {
        let text = address.get("sort").unwrap_or(usual);
        match text.strip_suffix(".up") {
            Some(key) => Sorting { key: key.to_owned(), up: true },
            None => Sorting { key: text.to_owned(), up: false },
        }
    }

    /// A head that sorts by `key`; a second click turns the order around.
    pub fn head(&self, page: &Page, key: &str, column: Column) -> Column {
        let here = self.key == key;
        let next = if here && !self.up { format!("{key}.up") } else { key.to_owned() };
        let state = here.then_some(if self.up { Sorted::Up } else { Sorted::Down });
        column.sorted(page.address.with("sort", &next).without("page").href(), state)
    }

    /// Sorts by what `value` says of the key; what is not known stands last in both directions. Equals go by name.
    pub fn sort<T>(&self, rows: &mut [T], value: impl Fn(&T, &str) -> Option<f64>, name: impl Fn(&T) -> &str) {
        rows.sort_by(|a, b| {
            let order = match (value(a, &self.key), value(b, &self.key)) {
                (Some(a), Some(b)) if self.up => a.total_cmp(&b),
                (Some(a), Some(b)) => b.total_cmp(&a),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) if self.key == "name" && !self.up => name(b).cmp(name(a)),
                (None, None) => Ordering::Equal,
            };
            order.then_with(|| name(a).cmp(name(b)))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(query: &str) -> Vec<&'static str> {
        let mut rows = [("b", Some(2.0)), ("a", Some(2.0)), ("unknown", None), ("c", Some(9.0))];
        let sorting = Sorting::of(&Address::parse("/", query), "rate");
        sorting.sort(&mut rows, |row, key| row.1.filter(|_| key == "rate"), |row| row.0);
        rows.map(|row| row.0).to_vec()
    }

    #[test]
    fn what_is_not_known_stands_last_in_both_directions() {
        assert_eq!(sorted(""), ["c", "a", "b", "unknown"]);
        assert_eq!(sorted("sort=rate.up"), ["a", "b", "c", "unknown"]);
    }

    #[test]
    fn names_go_both_ways_too() {
        assert_eq!(sorted("sort=name.up"), ["a", "b", "c", "unknown"]);
        assert_eq!(sorted("sort=name"), ["unknown", "c", "b", "a"]);
    }
}
