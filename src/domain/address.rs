//! The address of a page holds everything that the page shows: project, range, comparison,
//! environment, filters, and the page's own settings. Server, browser, links and saved views all
//! read and write it through this one type.

use crate::filter::Filter;
use crate::period::{Compare, Range};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub path: String,
    pub project: Option<i32>,
    pub range: Option<Range>,
    pub compare: Option<Compare>,
    /// IANA name of the zone to read times in; none is the project's.
    pub zone: Option<String>,
    pub environment: Option<String>,
    pub filters: Vec<Filter>,
    /// Settings of the page itself, in order; a key may repeat.
    pub more: Vec<(String, String)>,
}

impl Address {
    pub fn parse(path: &str, query: &str) -> Address {
        let mut address = Address { path: path.to_owned(), ..Address::default() };
        for pair in query.trim_start_matches('?').split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (key, value) = (decode(key), decode(value));
            match key.as_str() {
                "project" => address.project = value.parse().ok(),
                "range" => address.range = Range::parse(&value),
                "compare" => address.compare = Compare::parse(&value),
                "zone" => address.zone = Some(value).filter(|value| !value.is_empty()),
                "env" => address.environment = Some(value).filter(|value| !value.is_empty()),
                "f" => address.filters.extend(Filter::from_text(&value)),
                _ => address.more.push((key, value)),
            }
        }
        address
    }

    pub fn query(&self) -> String {
        let mut pairs: Vec<(&str, String)> = Vec::new();
        if let Some(project) = self.project {
            pairs.push(("project", project.to_string()));
        }
        if let Some(range) = &self.range {
            pairs.push(("range", range.to_string()));
        }
        if let Some(compare) = self.compare {
            pairs.push(("compare", compare.word().to_owned()));
        }
        if let Some(zone) = &self.zone {
            pairs.push(("zone", zone.clone()));
        }
        if let Some(environment) = &self.environment {
            pairs.push(("env", environment.clone()));
        }
        for filter in &self.filters {
            pairs.push(("f", filter.to_text()));
        }
        for (key, value) in &self.more {
            pairs.push((key, value.clone()));
        }
        pairs.iter().map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect::<Vec<_>>().join("&")
    }

    pub fn href(&self) -> String {
        let query = self.query();
        if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) }
    }

    /// Another page with the same range, comparison, zone, environment and filters: changing the point of view keeps them.
    pub fn page(&self, path: &str) -> Address {
        Address { path: path.to_owned(), more: Vec::new(), ..self.clone() }
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.more.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.more.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    pub fn number(&self, key: &str) -> Option<i64> {
        self.get(key)?.parse().ok()
    }

    pub fn with(&self, key: &str, value: &str) -> Address {
        let mut other = self.without(key);
        other.more.push((key.to_owned(), value.to_owned()));
        other
    }

    pub fn without(&self, key: &str) -> Address {
        let mut other = self.clone();
        other.more.retain(|(name, _)| name != key);
        other
    }

    pub fn with_range(&self, range: Range) -> Address {
        Address { range: Some(range), ..self.clone() }
    }

    pub fn with_compare(&self, compare: Compare) -> Address {
        Address { compare: Some(compare), ..self.clone() }
    }

    pub fn with_zone(&self, zone: Option<&str>) -> Address {
        Address { zone: zone.map(str::to_owned), ..self.clone() }
    }

    pub fn with_environment(&self, environment: Option<&str>) -> Address {
        Address { environment: environment.map(str::to_owned), ..self.clone() }
    }

    /// Adds a filter, or removes it when it is there already: the same click twice is no change.
    pub fn with_filter(&self, filter: Filter) -> Address {
        let mut other = self.clone();
        match other.filters.iter().position(|present| *present == filter) {
            Some(at) => {
                other.filters.remove(at);
            }
            None => other.filters.push(filter),
        }
        other
    }

    pub fn without_filters(&self) -> Address {
        Address { filters: Vec::new(), ..self.clone() }
    }
}

/// Percent-encoding of a query component (RFC 3986 unreserved characters stay, and a few that stay readable).
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b':' | b'/' | b'|' | b',' => {
                out.push(byte as char);
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The reverse of [`encode`]; `+` is a space, broken escapes stay as they are.
pub fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = (bytes[at] == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            .and_then(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        match (bytes[at], escape) {
            (_, Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (b'+', None) => {
                out.push(b' ');
                at += 1;
            }
            (byte, None) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_survives_its_spelling() {
        let address = Address {
            path: "/product".into(),
            project: Some(3),
            range: Some(Range::Days(28)),
            compare: Some(Compare::Weekday),
            zone: Some("America/St_Johns".into()),
            environment: Some("pro duction&".into()),
            filters: vec![Filter::is("country", "DE"), Filter::is("properties.größe", "a=b&c")],
            more: vec![("step".into(), "Cart opened".into()), ("step".into(), "Paid".into())],
        };
        assert_eq!(Address::parse("/product", &address.query()), address);
        assert_eq!(address.all("step").collect::<Vec<_>>(), ["Cart opened", "Paid"]);
    }

    #[test]
    fn clicking_a_value_twice_changes_nothing() {
        let address = Address::parse("/marketing", "f=country:is:DE");
        let filter = Filter::is("device", "mobile");
        assert_eq!(address.with_filter(filter.clone()).with_filter(filter), address);
    }

    #[test]
    fn broken_escapes_stay_readable() {
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz+x"), "%zz x");
    }
}
