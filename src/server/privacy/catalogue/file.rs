//! The catalogue as a file of a repository: YAML or JSON, the same members as the interface over HTTP.

use super::entry::Entry;
use parallax_domain::Problem;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// More entries than anybody reviews.
pub const MOST: usize = 20_000;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    #[serde(default)]
    pub fields: Vec<Entry>,
}

impl Document {
    /// JSON where it begins like an object, else YAML.
    ///
    /// # Errors
    /// What cannot be read, with its place; an entry that cannot be, with its number and member.
    pub fn read(text: &str) -> Result<Document, Problem> {
        let document: Document = if text.trim_start().starts_with('{') {
            serde_json::from_str(text)
                .map_err(|error| Problem::malformed(format!("The catalogue cannot be read: {error}.")))?
        } else {
            serde_saphyr::from_str(text).map_err(|error| {
                Problem::malformed(format!("The catalogue cannot be read: {}", first_line(&error.to_string())))
            })?
        };
        document.check()?;
        Ok(document)
    }

    /// # Errors
    /// An entry that cannot be, or that is there twice.
    pub fn check(&self) -> Result<(), Problem> {
        if self.fields.len() > MOST {
            return Err(Problem::invalid("fields", format!("A catalogue has at most {MOST} entries.")));
        }
        let mut seen = HashSet::new();
        for (index, entry) in self.fields.iter().enumerate() {
            entry.check().map_err(|(member, said)| Problem::invalid(&format!("fields.{index}.{member}"), said))?;
            if !seen.insert(entry.key()) {
                return Err(Problem::invalid(
                    &format!("fields.{index}.name"),
                    format!("{} is there twice.", entry.key()),
                ));
            }
        }
        Ok(())
    }

    /// # Errors
    /// None that is known; the writer is free to have some.
    pub fn yaml(&self) -> Result<String, Problem> {
        serde_saphyr::to_string(self).map_err(|_| Problem::unavailable("The catalogue could not be written as YAML."))
    }

    /// # Errors
    /// None that is known.
    pub fn json(&self) -> Result<String, Problem> {
        serde_json::to_string_pretty(self)
            .map_err(|_| Problem::unavailable("The catalogue could not be written as JSON."))
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::catalogue::{Action, State, ValueType};
    use parallax_domain::{Category, Role, Signal};

    const YAML: &str = "\
fields:
  - signal: event
    name: plan
    type: word
    category: usage
    sensitivity: interaction
    purpose: which plans are used
    owner: billing
    legal_basis: legitimate interests
    retention_days: 90
    expires: 2027-11-01
    action: generalise(team = paid, pro = paid, * = free)
    roles: [product, admin]
    review: https://git.example/reviews/7
  - { signal: metric, item: name, name: shop.orders, state: blocked }
";

    #[test]
    fn a_file_is_read_and_written_in_both_spellings() {
        let document = Document::read(YAML).unwrap();
        let plan = &document.fields[0];
        assert_eq!((plan.signal, plan.state, plan.kind), (Signal::Event, State::Declared, Some(ValueType::Word)));
        assert_eq!((plan.category, plan.retention_days), (Some(Category::Usage), Some(90)));
        assert_eq!(plan.roles, [Role::Product, Role::Admin]);
        assert!(matches!(&plan.action, Action::Generalise { table, rest } if table.len() == 2 && rest == "free"));
        assert_eq!(document.fields[1].state, State::Blocked);
        assert_eq!(Document::read(&document.yaml().unwrap()).unwrap(), document);
        assert_eq!(Document::read(&document.json().unwrap()).unwrap(), document);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let field = |text: &str| Document::read(text).unwrap_err().field;
        assert_eq!(
            field("fields: [{signal: event, name: plan, retention_days: 0}]"),
            Some("fields.0.retention_days".into())
        );
        let twice = "fields: [{signal: event, name: plan}, {signal: event, name: plan}]";
        assert_eq!(field(twice), Some("fields.1.name".into()));
        for unreadable in
            ["fields: [{signal: dream, name: plan}]", "fields: [{signal: event, name: plan, colour: red}]", "{"]
        {
            let said = Document::read(unreadable).unwrap_err().detail;
            assert!(said.starts_with("The catalogue cannot be read"), "{said}");
        }
    }
}
