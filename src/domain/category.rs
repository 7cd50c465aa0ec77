//! The eight categories of collection that a person can allow or refuse (contract rule A3).

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Category {
    /// Security, the consent record itself, counters without identifier. Has no switch.
    Essential = 0,
    Errors = 1,
    Performance = 2,
    Usage = 3,
    /// Search terms and addresses that carry what a person wrote.
    Content = 4,
    Marketing = 5,
    /// Linking telemetry to a person's own tickets.
    Support = 6,
    /// Invitations to surveys and interviews.
    Research = 7,
}

impl Category {
    pub const ALL: [Category; 8] = [
        Category::Essential,
        Category::Errors,
        Category::Performance,
        Category::Usage,
        Category::Content,
        Category::Marketing,
        Category::Support,
        Category::Research,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Category::Essential => "essential",
            Category::Errors => "errors",
            Category::Performance => "performance",
            Category::Usage => "usage",
            Category::Content => "content",
            Category::Marketing => "marketing",
            Category::Support => "support",
            Category::Research => "research",
        }
    }

    /// The category in the terms of Mozilla Glean's data sensitivity, Google's Consent Mode v2 and IAB TCF 2.2.
    pub fn terms(self) -> Terms {
        let (sensitivity, consent_mode, tcf) = match self {
            Category::Essential => ("technical", "security_storage", "special purpose 1"),
            Category::Errors => ("technical", "functionality_storage", "10"),
            Category::Performance => ("technical", "analytics_storage", "10"),
            Category::Usage => ("interaction", "analytics_storage", "8, 9, 10"),
            Category::Content => ("stored content", "personalization_storage", "8"),
            Category::Marketing => ("interaction", "ad_storage, ad_user_data, ad_personalization", "1, 2, 7"),
            Category::Support => ("stored content", "functionality_storage", "none"),
            Category::Research => ("stored content", "none", "9"),
        };
        Terms { sensitivity, consent_mode, tcf }
    }

    /// The bit of this category in a [`Refusals`] set.
    pub fn bit(self) -> u8 {
        1 << (self as u8)
    }

    pub fn from_number(number: i16) -> Option<Category> {
        Category::ALL.get(usize::try_from(number).ok()?).copied()
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Category {
    type Err = String;

    /// `analytics` is an alias of `usage`.
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        if word == "analytics" {
            return Ok(Category::Usage);
        }
        Category::ALL
            .into_iter()
            .find(|category| category.word() == word)
            .ok_or_else(|| format!("unknown category {word:?}"))
    }
}

/// What a category is called elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    pub sensitivity: &'static str,
    pub consent_mode: &'static str,
    pub tcf: &'static str,
}

/// The categories that somebody refused. Consent only takes away, so sets are united, never reduced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusals(pub u8);

impl Refusals {
    pub fn refuse(&mut self, category: Category) {
        if category != Category::Essential {
            self.0 |= category.bit();
        }
    }

    pub fn refuses(self, category: Category) -> bool {
        self.0 & category.bit() != 0
    }

    pub fn and_also(self, other: Refusals) -> Refusals {
        Refusals(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn essential_cannot_be_refused() {
        let mut refusals = Refusals::default();
        for category in Category::ALL {
            refusals.refuse(category);
        }
        assert!(!refusals.refuses(Category::Essential));
        assert!(refusals.refuses(Category::Marketing));
    }

    #[test]
    fn analytics_is_an_alias_of_usage() {
        assert_eq!("analytics".parse(), Ok(Category::Usage));
        assert!("tracking".parse::<Category>().is_err());
    }
}
