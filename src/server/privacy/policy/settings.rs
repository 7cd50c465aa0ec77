//! What an admin set about privacy in one project.

use crate::privacy::salt::Period;
use parallax_domain::Category;
use serde_json::Value;

/// How long an identifier that a client sent stays the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lasting {
    Day,
    Week,
    /// Until the person is erased (contract rule A4).
    #[default]
    Stable,
}

impl Lasting {
    pub const ALL: [Lasting; 3] = [Lasting::Stable, Lasting::Week, Lasting::Day];

    pub fn word(self) -> &'static str {
        match self {
            Lasting::Day => "daily",
            Lasting::Week => "weekly",
            Lasting::Stable => "stable",
        }
    }

    pub fn from_word(word: &str) -> Option<Lasting> {
        Lasting::ALL.into_iter().find(|lasting| lasting.word() == word)
    }

    pub fn period(self) -> Option<Period> {
        match self {
            Lasting::Day => Some(Period::Day),
            Lasting::Week => Some(Period::Week),
            Lasting::Stable => None,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Answers for catalogue entries that name nobody.
    pub owner: String,
    /// A GPC or DNT header refuses everything that can be refused, not only marketing, content and research.
    pub header_refuses_all: bool,
    lasting: [Lasting; 8],
}

impl Settings {
    /// With identifiers that are stable in every category.
    pub fn of(owner: String, header_refuses_all: bool) -> Settings {
        Settings { owner, header_refuses_all, ..Settings::default() }
    }

    /// As the database has them.
    pub fn new(owner: String, header_refuses_all: bool, identifiers: &Value) -> Settings {
        let of =
            |category: Category| identifiers.get(category.word()).and_then(Value::as_str).and_then(Lasting::from_word);
        Settings { owner, header_refuses_all, lasting: Category::ALL.map(|category| of(category).unwrap_or_default()) }
    }

    pub fn lasting(&self, category: Category) -> Lasting {
        self.lasting[category as usize]
    }

    pub fn set_lasting(&mut self, category: Category, lasting: Lasting) {
        self.lasting[category as usize] = lasting;
    }

    /// Only what is not stable.
    pub fn identifiers(&self) -> Value {
        let told = Category::ALL.into_iter().filter(|category| self.lasting(*category) != Lasting::Stable);
        told.map(|category| (category.word().to_owned(), Value::from(self.lasting(category).word()))).collect()
    }
}

/// What holds in a region until somebody decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionalDefault {
    /// ISO 3166-1 alpha-2; `*` is everywhere else.
    pub region: String,
    pub category: Category,
    pub allowed: bool,
    /// Public.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_stable_unless_it_is_said() {
        let mut settings =
            Settings::new(String::new(), false, &serde_json::json!({ "marketing": "daily", "usage": "yearly" }));
        assert_eq!(settings.lasting(Category::Marketing), Lasting::Day);
        assert_eq!(settings.lasting(Category::Usage), Lasting::Stable);
        settings.set_lasting(Category::Research, Lasting::Week);
        assert_eq!(settings.identifiers(), serde_json::json!({ "marketing": "daily", "research": "weekly" }));
        assert_eq!(Settings::new(String::new(), false, &settings.identifiers()), settings);
    }
}
