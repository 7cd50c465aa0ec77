//! The verbs of the command line beside `serve`. Results go to stdout, everything else to stderr.

mod backup;
mod catalogue;
mod check;
mod consent;
mod demo;
pub mod doctor;
mod key;
mod person;
mod project;
mod retention;
mod user;

use crate::demo::scenario::FERNHILL;
use crate::identity::accounts::Viewer;
use crate::identity::audit_head::Found;
use crate::machine::Machine;
use crate::options::{AuditVerb, DemoVerb, Options, RetentionVerb, Verb};
use crate::projection::refold;
use crate::{database::Database, identity};
use anyhow::{Context, bail};
use parallax_domain::Role;
use std::io::Write;
use std::sync::Arc;

/// Runs a verb against the database that the options name; a private one is started if need be and
/// stopped again if nobody else uses it.
pub async fn run(verb: Verb, options: Options) -> anyhow::Result<()> {
    match &verb {
        Verb::Migrate { check } => return migrate(&options, *check).await,
        Verb::Restore { file, without_ledger } => return backup::restore(options, file, *without_ledger).await,
        Verb::Retention(RetentionVerb::Verify { file, key }) => {
            return retention::verify(&options, file.as_deref(), key.as_deref());
        }
        // Nothing of it is in a database.
        Verb::Demo(DemoVerb::Scenario) => return say(FERNHILL.trim_end()),
        _ => {}
    }
    let machine = Machine::open(options).await?;
    let outcome = answer(&machine, verb).await;
    machine.close().await;
    outcome
}

async fn answer(machine: &Arc<Machine>, verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Serve | Verb::Migrate { .. } | Verb::Restore { .. } | Verb::Demo(DemoVerb::Scenario) => {
            bail!("this verb is handled elsewhere")
        }
        Verb::Demo(verb) => demo::run(machine, verb).await,
        Verb::Project(verb) => project::run(machine, verb).await,
        Verb::Key(verb) => key::run(machine, verb).await,
        Verb::User(verb) => user::run(machine, verb).await,
        Verb::Catalogue(verb) => catalogue::run(machine, verb).await,
        Verb::Consent(verb) => consent::run(machine, verb).await,
        Verb::Check { plan, since, project, junit } => {
            check::run(machine, check::Asked { plan, since, project, junit }).await
        }
        Verb::Retention(verb) => retention::run(machine, verb).await,
        Verb::Erase { project, subject } => person::erase(machine, &project, &subject).await,
        Verb::Export { project, subject, format } => person::export(machine, &project, &subject, &format).await,
        Verb::Backup { file } => backup::write(machine, &file).await,
        Verb::Audit(AuditVerb::Verify) => audit(machine).await,
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

/// Whoever may run the program may do everything.
fn operator() -> Viewer {
    Viewer {
        account: 0,
        email: "command line".to_owned(),
        name: "command line".to_owned(),
        roles: vec![Role::Admin],
        projects: None,
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

/// Follows the chain of the audit log and holds the signed heads against it.
async fn audit(machine: &Machine) -> anyhow::Result<()> {
    match identity::audit_head::verify(&machine.database, &machine.keyring).await? {
        Found::Whole { entries, heads: 0, .. } => {
            say(&format!("{entries} entries, the chain is whole; no head was signed yet"))
        }
        Found::Whole { entries, heads, newest } => {
            let newest = newest.map(|at| at.to_rfc3339()).unwrap_or_default();
            say(&format!("{entries} entries, the chain is whole; {heads} signed heads agree, the newest of {newest}"))
        }
        Found::Broken(seq) => bail!("the chain is broken at entry {seq}"),
        Found::Rewritten(head) => {
            bail!("entry {} is not the one that was signed at {}: the log was rewritten or cut off", head.seq, head.at)
        }
        Found::Forged(line) => bail!("line {line} of the file of signed heads was not signed by this installation"),
    }
}
