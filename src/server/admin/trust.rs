//! What the public page says beyond what it computes, and what people's data improved.

use super::{demand_in, note};
use crate::identity::accounts::Viewer;
use crate::machine::Machine;
use crate::transparency::history;
use crate::transparency::improvement::{self, New};
use crate::transparency::settings::{self, LegalBasis, Trust};
use parallax_domain::{Category, Permission, Problem};
use serde_json::json;
use std::collections::BTreeMap;

/// What the form says.
#[derive(Clone, Debug, Default)]
pub struct Said<'a> {
    pub responsible: &'a str,
    pub contact: &'a str,
    pub place: &'a str,
    pub never: &'a str,
    /// `name; purpose; place`, one a line.
    pub processors: &'a str,
    /// Words of legal bases by words of categories.
    pub legal_bases: BTreeMap<String, String>,
}

pub async fn say(machine: &Machine, viewer: &Viewer, project: i32, said: Said<'_>) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    for (field, text, longest) in [
        ("responsible", said.responsible, 200),
        ("contact", said.contact, 200),
        ("place", said.place, 200),
        ("never", said.never, 2_000),
    ] {
        if text.chars().count() > longest {
            return Err(Problem::invalid(field, format!("At most {longest} characters.")));
        }
    }
    let trust = Trust {
        responsible: said.responsible.trim().to_owned(),
        contact: said.contact.trim().to_owned(),
        place: said.place.trim().to_owned(),
        legal_bases: bases(&said.legal_bases)?,
        processors: settings::processors(said.processors)?,
        never: said.never.trim().to_owned(),
        changed_at: None,
        changed_by: viewer.email.clone(),
    };
    settings::save(&machine.database, project, &trust, machine.clock.now()).await?;
    history::record(machine, project).await.map_err(|error| {
        tracing::error!(%error, "a version of the policy could not be written down");
        Problem::unavailable("Saved; the new version is written down within a minute.")
    })?;
    note(
        machine,
        viewer,
        Some(project),
        "public page changed",
        "public page",
        json!({ "responsible": trust.responsible }),
    )
    .await?;
    Ok("The public page says it now".to_owned())
}

fn bases(texts: &BTreeMap<String, String>) -> Result<BTreeMap<Category, LegalBasis>, Problem> {
    texts
        .iter()
        .map(|(category, basis)| {
            let field = format!("legal_bases[{category}]");
            let wrong = |detail: &str| Problem::invalid(&field, detail);
            let category = category.parse().map_err(|_| wrong("There is no such category."))?;
            Ok((category, LegalBasis::parse(basis).ok_or_else(|| wrong("There is no such legal basis."))?))
        })
        .collect()
}

pub async fn improve(machine: &Machine, viewer: &Viewer, project: i32, new: New<'_>) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    let today = machine.clock.now().date_naive();
    let title = new.title.trim().to_owned();
    let id = improvement::add(&machine.database, project, new, &viewer.email, today).await?;
    note(machine, viewer, Some(project), "improvement told", &format!("improvement {id}"), json!({ "title": title }))
        .await?;
    Ok("Told on the public page".to_owned())
}

pub async fn forget(machine: &Machine, viewer: &Viewer, project: i32, id: i64) -> Result<String, Problem> {
    demand_in(viewer, Permission::Administer, project)?;
    if !improvement::remove(&machine.database, project, id, machine.clock.now()).await? {
        return Err(Problem::not_found("improvement"));
    }
    note(machine, viewer, Some(project), "improvement removed", &format!("improvement {id}"), json!({})).await?;
    Ok("Taken from the public page".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legal_bases_are_read_by_category() {
        let of = |pairs: &[(&str, &str)]| {
            bases(&pairs.iter().map(|(category, basis)| ((*category).to_owned(), (*basis).to_owned())).collect())
        };
        let read = of(&[("usage", "consent"), ("errors", "legitimate_interests")]).unwrap();
        assert_eq!(read[&Category::Errors], LegalBasis::LegitimateInterests);
        assert_eq!(of(&[("usage", "hope")]).unwrap_err().field.as_deref(), Some("legal_bases[usage]"));
        assert_eq!(of(&[("cookies", "consent")]).unwrap_err().field.as_deref(), Some("legal_bases[cookies]"));
    }
}
