//! What people are asked: versions of the notice, and what holds in a region until somebody decided.

use super::{demand_in, note};
use crate::identity::accounts::Viewer;
use crate::machine::Machine;
use crate::privacy::consent_text::{self, ConsentText};
use parallax_domain::{Category, Permission, Problem};
use serde_json::json;
use std::collections::BTreeMap;

/// A version of the notice as an admin writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewVersion {
    pub version: String,
    /// Asked about.
    pub categories: Vec<Category>,
    /// New in this version, or with a wider purpose: agreements to them do not hold any more.
    pub anew: Vec<Category>,
    /// What changed, for the public.
    pub note: String,
}

/// Puts a version of the notice into force.
pub async fn publish(machine: &Machine, viewer: &Viewer, project: i32, new: NewVersion) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    let version = new.version.trim();
    if version.is_empty() || version.chars().count() > 100 {
        return Err(Problem::invalid("version", "A version has a name of at most 100 characters, such as 2026-11."));
    }
    if new.note.trim().is_empty() || new.note.chars().count() > 1000 {
        return Err(Problem::invalid("note", "Say in at most 1000 characters what changed: everybody may read it."));
    }
    if new.categories.is_empty() {
        return Err(Problem::invalid("categories", "Choose at least one category to ask about."));
    }
    if let Some(category) = new.anew.iter().find(|category| !new.categories.contains(category)) {
        return Err(Problem::invalid("anew", format!("{category} is asked anew, and not asked about.")));
    }
    let now = machine.clock.now();
    machine.store.add_notice(project, version, &new.categories, &new.anew, new.note.trim(), &viewer.email, now).await?;
    let words = |categories: &[Category]| categories.iter().map(|category| category.word()).collect::<Vec<_>>();
    let detail = json!({ "categories": words(&new.categories), "anew": words(&new.anew), "note": new.note.trim() });
    note(machine, viewer, Some(project), "notice published", version, detail).await?;
    Ok(match new.anew.as_slice() {
        [] => format!("Version {version} is in force; agreements go on"),
        _ => format!("Version {version} is in force; {} is asked anew", words(&new.anew).join(", ")),
    })
}

/// Writes what people read in a language; an empty text is the built-in one again.
pub async fn write_texts(
    machine: &Machine,
    viewer: &Viewer,
    project: i32,
    language: &str,
    texts: &BTreeMap<String, String>,
) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    let language = language_of(language)?;
    let known = machine.store.consent_texts(project).await?;
    let text = ConsentText {
        texts: consent_text::written(known.iter().find(|text| text.language == language), &language, texts)?,
        // A text alone is no new version: who has decided is not asked again.
        policy: known.first().map_or(consent_text::BUILT_IN, |text| &text.policy).to_owned(),
        language,
    };
    machine.store.write_consent_text(project, &text, &viewer.email).await?;
    let detail = json!({ "texts": text.texts });
    note(machine, viewer, Some(project), "consent texts written", &text.language, detail).await?;
    Ok(format!("What people read in {} is saved", text.language))
}

/// A language as browsers name it: `de`, or `de-AT`.
pub fn language_of(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    let (language, rest) = text.split_once('-').map_or((text, None), |(language, rest)| (language, Some(rest)));
    let is_language = (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_rest = |rest: &str| (2..=8).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_language && rest.is_none_or(is_rest) {
        return Ok(text.to_owned());
    }
    Err(Problem::invalid("language", "A language is written as browsers name it, such as de or de-AT."))
}

/// What holds in a region until somebody decided. A reason is demanded, and public.
pub async fn set_default(
    machine: &Machine,
    viewer: &Viewer,
    project: i32,
    region: &str,
    category: Category,
    allowed: bool,
    reason: &str,
) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    let region = region_of(region)?;
    if category == Category::Essential {
        return Err(Problem::invalid("category", "What the service cannot do without is always allowed."));
    }
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 500 {
        return Err(Problem::invalid("reason", "Say in at most 500 characters why: everybody may read it."));
    }
    machine.store.set_consent_default(project, &region, category, allowed, reason, &viewer.email).await?;
    let detail = json!({ "category": category.word(), "allowed": allowed, "reason": reason });
    note(machine, viewer, Some(project), "regional default set", &region, detail).await?;
    let held = if allowed { "allowed" } else { "not collected" };
    Ok(format!("{} in {}: {held} until somebody decides", category.word(), words_of(&region)))
}

pub async fn remove_default(
    machine: &Machine,
    viewer: &Viewer,
    project: i32,
    region: &str,
    category: Category,
) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    let region = region_of(region)?;
    if !machine.store.remove_consent_default(project, &region, category).await? {
        return Err(Problem::not_found("default"));
    }
    let detail = json!({ "category": category.word() });
    note(machine, viewer, Some(project), "regional default removed", &region, detail).await?;
    Ok(format!("Default for {} in {} removed", category.word(), words_of(&region)))
}

/// A country code of two letters; `*` or nothing is everywhere else.
fn region_of(text: &str) -> Result<String, Problem> {
    let region = text.trim().to_ascii_uppercase();
    match region.as_str() {
        "" | "*" => Ok("*".to_owned()),
        code if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()) => Ok(region),
        _ => Err(Problem::invalid(
            "region",
            "A region is a country code of two letters, such as DE, or * for everywhere else.",
        )),
    }
}

fn words_of(region: &str) -> &str {
    if region == "*" { "all other regions" } else { region }
}
