use super::{operator, project_id, say};
use crate::admin;
use crate::machine::Machine;
use crate::options::CatalogueVerb;
use crate::privacy::catalogue::file::Document;
use crate::privacy::catalogue::lint::{Level, lint};
use crate::privacy::catalogue::{self, FieldRow};
use crate::store::Store;
use anyhow::{Context, bail};
use parallax_domain::{Category, Problem};
use std::path::Path;

pub async fn run(machine: &Machine, verb: CatalogueVerb) -> anyhow::Result<()> {
    match verb {
        CatalogueVerb::Declare { project, category, fields } => {
            let id = project_id(machine, &project).await?;
            let category: Category = category.parse().map_err(|error: String| Problem::invalid("category", error))?;
            let declared = catalogue::declare(&machine.database, id, category, &fields).await?;
            say(&format!("{declared} fields declared"))
        }
        CatalogueVerb::Import { project, file } => {
            let id = project_id(machine, &project).await?;
            let saved = admin::catalogue::import(machine, &operator(), id, &read(&file)?).await?;
            say(&format!("{} added, {} replaced", saved.added, saved.changed))
        }
        CatalogueVerb::Export { project, json } => {
            let id = project_id(machine, &project).await?;
            let document = admin::catalogue::export(machine, &operator(), id).await?;
            say(if json { document.json()? } else { document.yaml()? }.trim_end())
        }
        CatalogueVerb::Lint { project, file } => {
            let (entries, owner) = match (&file, &project) {
                (Some(file), _) => (read(file)?.fields, String::new()),
                (None, Some(project)) => {
                    let id = project_id(machine, project).await?;
                    let rows = catalogue::entries(&machine.database, id).await?;
                    (rows.iter().map(FieldRow::entry).collect(), owner(&machine.store, id).await?)
                }
                (None, None) => bail!("name a project or a file"),
            };
            let findings = lint(&entries, &owner, machine.clock.now().date_naive());
            for finding in &findings {
                let level = if finding.level == Level::Error { "error" } else { "warning" };
                say(&format!("{level}\t{}\t{}\t{}", finding.key, finding.member, finding.text))?;
            }
            let errors = findings.iter().filter(|finding| finding.level == Level::Error).count();
            if errors > 0 {
                bail!("{errors} errors, {} warnings", findings.len() - errors);
            }
            say(&format!("{} entries, no errors, {} warnings", entries.len(), findings.len()))
        }
    }
}

fn read(file: &Path) -> anyhow::Result<Document> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    Ok(Document::read(&text)?)
}

async fn owner(store: &Store, project: i32) -> Result<String, Problem> {
    Ok(store.privacy(project).await?.owner)
}
