//! The verbs of the command line beside `serve`. Results go to stdout, everything else to stderr.

mod demo;
pub mod doctor;
mod key;
mod project;
mod user;

use crate::machine::Machine;
use crate::options::{AuditVerb, CatalogueVerb, Options, RetentionVerb, Verb};
use crate::projection::refold;
use crate::{database::Database, identity, privacy, retention};
use anyhow::{Context, bail};
use parallax_domain::{Category, Problem};
use std::io::Write;
use std::sync::Arc;

/// Runs a verb against the database that the options name; a private one is started if need be and
/// stopped again if nobody else uses it.
pub async fn run(verb: Verb, options: Options) -> anyhow::Result<()> {
    if let Verb::Migrate { check } = verb {
        return migrate(&options, check).await;
    }
    let machine = Machine::open(options).await?;
    let outcome = answer(&machine, verb).await;
    machine.close().await;
    outcome
}

async fn answer(machine: &Arc<Machine>, verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Serve | Verb::Migrate { .. } => bail!("this verb is handled elsewhere"),
        Verb::Demo(verb) => demo::run(machine, verb).await,
        Verb::Project(verb) => project::run(machine, verb).await,
        Verb::Key(verb) => key::run(machine, verb).await,
        Verb::User(verb) => user::run(machine, verb).await,
        Verb::Catalogue(verb) => catalogue(machine, verb).await,
        Verb::Retention(verb) => retain(machine, verb).await,
        Verb::Audit(AuditVerb::Verify) => match identity::audit::verify(&machine.database).await? {
            Ok(entries) => say(&format!("{entries} entries, the chain is whole")),
            Err(seq) => bail!("the chain is broken at entry {seq}"),
        },
        Verb::Rebuild { project } => rebuild(machine, project.as_deref()).await,
        Verb::Doctor => doctor::run(machine).await,
    }
}

/// One line of result.
pub fn say(line: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{line}") {
        // Whoever read the first lines may have had enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// The id of a project by name or id.
pub async fn project_id(machine: &Machine, name_or_id: &str) -> anyhow::Result<i32> {
    let found = identity::projects::find(&machine.database, name_or_id).await?;
    found.map(|project| project.id).with_context(|| format!("there is no project {name_or_id:?}"))
}

async fn migrate(options: &Options, check: bool) -> anyhow::Result<()> {
    let database = Database::open(options).await?;
    let outcome = async {
        let pending = database.pending().await?;
        for name in &pending {
            say(name)?;
        }
        if check {
            return if pending.is_empty() {
                Ok(())
            } else {
                Err(anyhow::anyhow!("{} migrations are pending", pending.len()))
            };
        }
        database.migrate().await
    };
    let outcome = outcome.await;
    database.close().await;
    outcome
}

async fn catalogue(machine: &Machine, verb: CatalogueVerb) -> anyhow::Result<()> {
    match verb {
        CatalogueVerb::Declare { project, category, fields } => {
            let id = project_id(machine, &project).await?;
            let category: Category = category.parse().map_err(|error: String| Problem::invalid("category", error))?;
            let declared = privacy::catalogue::declare(&machine.database, id, category, &fields).await?;
            say(&format!("{declared} fields declared"))
        }
        CatalogueVerb::Export { project } => {
            let id = project_id(machine, &project).await?;
            for field in privacy::catalogue::list(&machine.database, id).await? {
                say(&serde_json::to_string(&field)?)?;
            }
            Ok(())
        }
    }
}

/// Makes timelines, roll-ups and points again from the raw rows, day by day, beside a running server too.
async fn rebuild(machine: &Machine, project: Option<&str>) -> anyhow::Result<()> {
    let projects = match project {
        Some(project) => vec![project_id(machine, project).await?],
        None => identity::projects::list(&machine.database).await?.into_iter().map(|project| project.id).collect(),
    };
    for project in projects {
        let units = refold::days_of_project(&machine.database, project).await?;
        let since = std::time::Instant::now();
        let rows = refold::refold_all(&machine.database, &units).await?;
        say(&format!(
            "project {project}: {rows} rows of {} days in {:.1} s",
            units.len(),
            since.elapsed().as_secs_f64()
        ))?;
    }
    Ok(())
}

async fn retain(machine: &Machine, verb: RetentionVerb) -> anyhow::Result<()> {
    match verb {
        RetentionVerb::Plan => {
            let mut found = 0;
            for project in identity::projects::list(&machine.database).await? {
                let rules = retention::plan::rules(&machine.database, project.id).await?;
                for doomed in retention::plan::expired(&machine.database, &rules, machine.clock.now()).await? {
                    found += 1;
                    say(&format!(
                        "{} {} {}: about {} rows, {} bytes, older than {} days",
                        project.name, doomed.signal, doomed.day, doomed.rows, doomed.bytes, doomed.days
                    ))?;
                }
            }
            if found == 0 { say("nothing to delete") } else { Ok(()) }
        }
        RetentionVerb::Run => {
            let deleted = retention::run::run(machine).await?;
            say(&format!("{} tables dropped, {} rows, {} bytes", deleted.partitions, deleted.rows, deleted.bytes))
        }
    }
}
