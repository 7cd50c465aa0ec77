//! Conditions on fields: and between filters, or between the values of one (contract rule Q3).

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Exact and case-sensitive. Never matches a missing field.
    Is,
    /// Matches a missing field.
    IsNot,
    /// Case-insensitive part of the text. Never matches a missing field.
    Contains,
    /// Matches a missing field.
    NotContains,
    Gt,
    Gte,
    Lt,
    Lte,
    Set,
    NotSet,
}

impl Op {
    pub const ALL: [Op; 10] =
        [Op::Is, Op::IsNot, Op::Contains, Op::NotContains, Op::Gt, Op::Gte, Op::Lt, Op::Lte, Op::Set, Op::NotSet];

    pub fn word(self) -> &'static str {
        match self {
            Op::Is => "is",
            Op::IsNot => "is_not",
            Op::Contains => "contains",
            Op::NotContains => "not_contains",
            Op::Gt => "gt",
            Op::Gte => "gte",
            Op::Lt => "lt",
            Op::Lte => "lte",
            Op::Set => "set",
            Op::NotSet => "not_set",
        }
    }

    /// As a person reads it in a chip.
    pub fn phrase(self) -> &'static str {
        match self {
            Op::Is => "is",
            Op::IsNot => "is not",
            Op::Contains => "contains",
            Op::NotContains => "does not contain",
            Op::Gt => "is more than",
            Op::Gte => "is at least",
            Op::Lt => "is less than",
            Op::Lte => "is at most",
            Op::Set => "is known",
            Op::NotSet => "is not known",
        }
    }

    pub fn parse(word: &str) -> Option<Op> {
        Op::ALL.into_iter().find(|op| op.word() == word)
    }

    pub fn takes_values(self) -> bool {
        !matches!(self, Op::Set | Op::NotSet)
    }

    pub fn compares_numbers(self) -> bool {
        matches!(self, Op::Gt | Op::Gte | Op::Lt | Op::Lte)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    pub field: String,
    pub op: Op,
    #[serde(default)]
    pub values: Vec<String>,
}

impl Filter {
    pub fn is(field: &str, value: &str) -> Filter {
        Filter { field: field.to_owned(), op: Op::Is, values: vec![value.to_owned()] }
    }

    /// The chip's spelling in an address: `country:is:DE|AT`. Reserved characters are escaped with `~`.
    pub fn to_text(&self) -> String {
        let values: Vec<String> = self.values.iter().map(|value| escape(value)).collect();
        format!("{}:{}:{}", escape(&self.field), self.op.word(), values.join("|"))
    }

    pub fn from_text(text: &str) -> Option<Filter> {
        let mut parts = split_unescaped(text, ':').into_iter();
        let field = unescape(&parts.next()?);
        let op = Op::parse(&parts.next()?)?;
        let rest = parts.collect::<Vec<_>>().join(":");
        let values = if op.takes_values() {
            split_unescaped(&rest, '|').iter().map(|value| unescape(value)).collect()
        } else {
            Vec::new()
        };
        if field.is_empty() { None } else { Some(Filter { field, op, values }) }
    }
}

/// Fields that every event may be filtered and broken down by, in the spelling of the contract.
/// Anything else is `properties.<name>`.
pub const FIELDS: [&str; 21] = [
    "country",
    "device",
    "os",
    "browser",
    "locale",
    "network",
    "theme",
    "screen",
    "version",
    "environment",
    "campaign.source",
    "campaign.medium",
    "campaign.name",
    "campaign.term",
    "campaign.content",
    "referrer",
    "url.path",
    "url.host",
    "service",
    "category",
    "event",
];

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, ':' | '|' | '~') {
            out.push('~');
        }
        out.push(c);
    }
    out
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '~' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out
}

fn split_unescaped(text: &str, at: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        if c == at && !escaped {
            parts.push(String::new());
            continue;
        }
        escaped = c == '~' && !escaped;
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chip_survives_its_address() {
        let filter = Filter {
            field: "properties.a:b".into(),
            op: Op::IsNot,
            values: vec!["x|y".into(), "~".into(), "plain".into(), String::new()],
        };
        assert_eq!(Filter::from_text(&filter.to_text()), Some(filter));
    }

    #[test]
    fn an_unknown_operator_is_no_filter() {
        assert_eq!(Filter::from_text("country:near:DE"), None);
        assert_eq!(Filter::from_text(""), None);
    }
}
