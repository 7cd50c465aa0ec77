//! Who answers for what is collected, on which legal basis, and who else gets it: what an admin says about a project.

use crate::database::Database;
use crate::database::fault::Told;
use chrono::{DateTime, Utc};
use parallax_domain::{Category, Problem};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use std::collections::BTreeMap;

/// Of article 6, paragraph 1 of the GDPR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegalBasis {
    Consent,
    Contract,
    LegalObligation,
    VitalInterests,
    PublicTask,
    LegitimateInterests,
}

impl LegalBasis {
    pub const ALL: [LegalBasis; 6] = [
        LegalBasis::Consent,
        LegalBasis::Contract,
        LegalBasis::LegalObligation,
        LegalBasis::VitalInterests,
        LegalBasis::PublicTask,
        LegalBasis::LegitimateInterests,
    ];

    pub fn word(self) -> &'static str {
        match self {
            LegalBasis::Consent => "consent",
            LegalBasis::Contract => "contract",
            LegalBasis::LegalObligation => "legal_obligation",
            LegalBasis::VitalInterests => "vital_interests",
            LegalBasis::PublicTask => "public_task",
            LegalBasis::LegitimateInterests => "legitimate_interests",
        }
    }

    /// As people read it.
    pub fn words(self) -> &'static str {
        match self {
            LegalBasis::Consent => "your consent",
            LegalBasis::Contract => "our contract with you",
            LegalBasis::LegalObligation => "a legal obligation",
            LegalBasis::VitalInterests => "vital interests",
            LegalBasis::PublicTask => "a public task",
            LegalBasis::LegitimateInterests => "our legitimate interest",
        }
    }

    pub fn parse(word: &str) -> Option<LegalBasis> {
        LegalBasis::ALL.into_iter().find(|basis| basis.word() == word)
    }

    /// Unless an admin says otherwise.
    pub fn usual(category: Category) -> LegalBasis {
        if category == Category::Essential { LegalBasis::LegitimateInterests } else { LegalBasis::Consent }
    }
}

/// Another company that gets the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Processor {
    pub name: String,
    pub purpose: String,
    pub place: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// Empty: nobody said yet.
    pub responsible: String,
    pub contact: String,
    /// Where it is stored.
    pub place: String,
    pub legal_bases: BTreeMap<Category, LegalBasis>,
    pub processors: Vec<Processor>,
    /// What is not collected beyond what Parallax never keeps; one a line.
    pub never: String,
    pub changed_at: Option<DateTime<Utc>>,
    pub changed_by: String,
}

impl Trust {
    pub fn basis(&self, category: Category) -> LegalBasis {
        self.legal_bases.get(&category).copied().unwrap_or_else(|| LegalBasis::usual(category))
    }
}

type Row =
    (String, String, String, Json<BTreeMap<Category, LegalBasis>>, Json<Vec<Processor>>, String, DateTime<Utc>, String);

pub async fn load(database: &Database, project: i32) -> Result<Trust, Problem> {
    let row: Option<Row> = sqlx::query_as(
        "select responsible, contact, place, legal_bases, processors, never, changed_at, changed_by from trust where project = $1",
    )
    .bind(project)
    .fetch_optional(&database.admin)
    .await
    .told()?;
    let Some((responsible, contact, place, bases, processors, never, changed_at, changed_by)) = row else {
        return Ok(Trust::default());
    };
    Ok(Trust {
        responsible,
        contact,
        place,
        legal_bases: bases.0,
        processors: processors.0,
        never,
        changed_at: Some(changed_at),
        changed_by,
    })
}

pub async fn save(database: &Database, project: i32, trust: &Trust, now: DateTime<Utc>) -> Result<(), Problem> {
    sqlx::query(
        "insert into trust (project, responsible, contact, place, legal_bases, processors, never, changed_at, changed_by) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         on conflict (project) do update set responsible = excluded.responsible, contact = excluded.contact, place = excluded.place, \
             legal_bases = excluded.legal_bases, processors = excluded.processors, never = excluded.never, \
             changed_at = excluded.changed_at, changed_by = excluded.changed_by",
    )
    .bind(project)
    .bind(&trust.responsible)
    .bind(&trust.contact)
    .bind(&trust.place)
    .bind(Json(&trust.legal_bases))
    .bind(Json(&trust.processors))
    .bind(&trust.never)
    .bind(now)
    .bind(&trust.changed_by)
    .execute(&database.admin)
    .await
    .told()?;
    Ok(())
}

/// Reads `name; purpose; place`, one a line.
pub fn processors(text: &str) -> Result<Vec<Processor>, Problem> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let parts: Vec<&str> = line.split(';').map(str::trim).collect();
            match parts.as_slice() {
                [name, purpose, place] if [name, purpose, place].iter().all(|part| !part.is_empty()) => Ok(Processor {
                    name: (*name).to_owned(),
                    purpose: (*purpose).to_owned(),
                    place: (*place).to_owned(),
                }),
                _ => Err(Problem::invalid("processors", format!("{line:?} does not say name; purpose; place."))),
            }
        })
        .collect()
}

/// The same as text, for the form.
pub fn written(processors: &[Processor]) -> String {
    let line = |one: &Processor| format!("{}; {}; {}", one.name, one.purpose, one.place);
    processors.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_are_read_line_by_line_and_written_back() {
        let text = "Hetzner; hosting; Germany\nMailjet; mail; France";
        assert_eq!(written(&processors(text).unwrap()), text);
        assert_eq!(processors("\n  \n").unwrap(), []);
        for wrong in ["Hetzner", "Hetzner; hosting", "a; b; c; d", "; b; c"] {
            assert_eq!(processors(wrong).unwrap_err().field.as_deref(), Some("processors"), "{wrong}");
        }
    }

    #[test]
    fn only_the_essential_stands_on_something_else_than_consent_by_itself() {
        let trust = Trust::default();
        assert_eq!(trust.basis(Category::Essential), LegalBasis::LegitimateInterests);
        assert_eq!(trust.basis(Category::Usage), LegalBasis::Consent);
        assert!(LegalBasis::ALL.iter().all(|basis| LegalBasis::parse(basis.word()) == Some(*basis)));
    }
}
