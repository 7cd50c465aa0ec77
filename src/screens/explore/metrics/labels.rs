//! What tells the series of a metric apart.

use parallax_server::store::question::SeriesRow;
use std::collections::{BTreeMap, BTreeSet};

/// Attributes that are offered for grouping.
const MOST: usize = 12;
/// Say the same as service and host, or are different in every process.
const LEFT_OUT: [&str; 8] = [
    "service.name",
    "host.name",
    "service.instance.id",
    "process.pid",
    "service.version",
    "deployment.environment",
    "deployment.environment.name",
    "process.command_args",
];

/// Attributes with at least two values among these series; those of the points before those of the sender.
pub fn telling(series: &[SeriesRow]) -> Vec<String> {
    let mut values: BTreeMap<String, BTreeSet<Option<String>>> = BTreeMap::new();
    let own: BTreeSet<&String> = series.iter().flat_map(|one| one.labels.keys()).collect();
    let sender: BTreeSet<&String> = series.iter().flat_map(|one| one.resource.keys()).collect();
    let usual = ["service", "host", "version", "environment"].map(str::to_owned);
    let left_out = |name: &str| LEFT_OUT.contains(&name);
    let mut names: Vec<String> = own.into_iter().cloned().collect();
    names.extend(usual);
    names.extend(sender.into_iter().filter(|name| !left_out(name)).cloned());
    for one in series {
        for name in &names {
            values.entry(name.clone()).or_default().insert(one.label(name));
        }
    }
    let mut seen = BTreeSet::new();
    names.retain(|name| values.get(name).is_some_and(|values| values.len() > 1) && seen.insert(name.clone()));
    names.truncate(MOST);
    names
}

/// `web-01, used`: the values of a group in the order of the names it is grouped by.
pub fn group_name(by: &[String], labels: &BTreeMap<String, Option<String>>) -> String {
    let values: Vec<String> =
        by.iter().map(|name| labels.get(name).cloned().flatten().unwrap_or_else(|| format!("no {name}"))).collect();
    if values.is_empty() { "all series".to_owned() } else { values.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn series(host: &str, state: &str, pid: i64) -> SeriesRow {
        let read = |value: serde_json::Value| serde_json::from_value(value).unwrap();
        SeriesRow {
            id: 1,
            name: "system.memory.usage".into(),
            unit: "By".into(),
            kind: 0,
            cumulative: false,
            monotonic: false,
            service: Some("agent".into()),
            host: Some(host.into()),
            labels: read(json!({ "state": state })),
            resource: read(json!({ "host.name": host, "process.pid": pid, "os.type": "linux" })),
        }
    }

    #[test]
    fn only_what_differs_is_offered_for_grouping() {
        let all = [series("a", "used", 1), series("a", "free", 1), series("b", "used", 2)];
        assert_eq!(telling(&all), ["state", "host"]);
        assert!(telling(&all[..1]).is_empty());
    }

    #[test]
    fn a_group_without_a_value_says_so() {
        let labels = BTreeMap::from([("state".to_owned(), None), ("host".to_owned(), Some("a".to_owned()))]);
        assert_eq!(group_name(&["host".to_owned(), "state".to_owned()], &labels), "a, no state");
        assert_eq!(group_name(&[], &BTreeMap::new()), "all series");
    }
}
