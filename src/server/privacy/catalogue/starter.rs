//! What is known without anybody declaring it: OpenTelemetry's conventions, and what our own browser script sends.

use super::action::Action;
use super::entry::{Entry, Item, Key, LegalBasis, Sensitivity, State, ValueType};
use parallax_domain::{Category, Signal};
use std::collections::HashMap;
use std::sync::LazyLock;

const TABLE: &str = include_str!("starter.tab");

struct Starter {
    exact: HashMap<(Signal, Item, &'static str), Entry>,
    /// Longest first: the most telling prefix counts.
    families: Vec<(Signal, Item, &'static str, Entry)>,
}

static STARTER: LazyLock<Starter> = LazyLock::new(|| {
    let mut starter = Starter { exact: HashMap::new(), families: Vec::new() };
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        for (key, name, entry) in entries(line) {
            match name.strip_suffix('*') {
                Some(prefix) => starter.families.push((key.signal, key.item, prefix, entry)),
                None => _ = starter.exact.insert((key.signal, key.item, name), entry),
            }
        }
    }
    starter.families.sort_by_key(|(_, _, prefix, _)| std::cmp::Reverse(prefix.len()));
    starter
});

/// The entries of one line of the table; none where a word of it is unknown.
fn entries(line: &'static str) -> Vec<(Key, &'static str, Entry)> {
    let columns: Vec<&'static str> = line.split('\t').collect();
    let [whose, name, kind, category, sensitivity, action, purpose] = columns[..] else { return Vec::new() };
    let (signals, item): (Vec<Signal>, Item) = match whose {
        "event-name" => (vec![Signal::Event], Item::Name),
        "metric-name" => (vec![Signal::Metric], Item::Name),
        "all" => (Signal::ALL.to_vec(), Item::Field),
        some => (some.split(',').filter_map(|word| word.parse().ok()).collect(), Item::Field),
    };
    let (Ok(kind), Ok(category), Ok(sensitivity), Ok(action)) = (
        kind.parse::<ValueType>(),
        category.parse::<Category>(),
        sensitivity.parse::<Sensitivity>(),
        action.parse::<Action>(),
    ) else {
        return Vec::new();
    };
    signals
        .into_iter()
        .map(|signal| {
            let key = Key { signal, item, name: name.to_owned() };
            let mut entry = Entry::new(key.clone(), State::Declared);
            entry.kind = Some(kind);
            entry.category = Some(category);
            entry.sensitivity = Some(sensitivity);
            entry.action = action.clone();
            entry.purpose = purpose.to_owned();
            entry.legal_basis = Some(match category {
                Category::Essential | Category::Errors | Category::Performance => LegalBasis::LegitimateInterests,
                _ => LegalBasis::Consent,
            });
            (key, name, entry)
        })
        .collect()
}

/// The entry of a standard field or name, under its own name.
pub fn known(signal: Signal, item: Item, name: &str) -> Option<Entry> {
    let found = STARTER.exact.get(&(signal, item, name)).or_else(|| {
        let of = |family: &&(Signal, Item, &'static str, Entry)| {
            family.0 == signal && family.1 == item && name.len() > family.2.len() && name.starts_with(family.2)
        };
        STARTER.families.iter().find(of).map(|(.., entry)| entry)
    });
    found.map(|entry| Entry { name: name.to_owned(), ..entry.clone() })
}

/// How many names and families of names are known.
pub fn size() -> usize {
    STARTER.exact.len() + STARTER.families.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_understood() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let mut count = 0;
        for line in lines {
            let found = entries(line);
            assert!(!found.is_empty(), "{line}");
            for (_, _, entry) in found {
                assert_eq!(entry.check(), Ok(()), "{line}");
                assert!(!entry.purpose.is_empty(), "{line}");
            }
            count += 1;
        }
        assert!(count > 300, "{count}");
    }

    #[test]
    fn standard_fields_are_known_and_the_longest_family_counts() {
        let route = known(Signal::Span, Item::Field, "http.route").unwrap();
        assert_eq!((route.state, route.action), (State::Declared, Action::Keep));
        assert_eq!(known(Signal::Span, Item::Field, "url.query").unwrap().action, Action::Drop);
        let pod = known(Signal::Metric, Item::Field, "k8s.pod.name").unwrap();
        assert_eq!((pod.name.as_str(), pod.kind), ("k8s.pod.name", Some(ValueType::Word)));
        assert_eq!(known(Signal::Span, Item::Field, "db.query.parameter.0").unwrap().action, Action::Drop);
        assert!(known(Signal::Metric, Item::Name, "system.cpu.utilization").is_some());
        assert!(known(Signal::Event, Item::Name, "page_view").is_some());
        assert_eq!(known(Signal::Event, Item::Field, "delivery_note"), None);
        assert_eq!(known(Signal::Span, Item::Field, "k8s."), None);
    }
}
