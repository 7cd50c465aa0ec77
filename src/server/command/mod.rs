//! The verbs of the command line beside `serve`. Results go to stdout, everything else to stderr.

mod catalogue;
mod check;
mod consent;
mod demo;
pub mod doctor;
mod key;
mod project;
mod user;

use crate::identity::accounts::Viewer;
use crate::machine::Machine;
use crate::options::{AuditVerb, Options, RetentionVerb, Verb};
use crate::{database::Database, identity, retention};
use anyhow::{Context, bail};
use parallax_domain::Role;
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
        Verb::Catalogue(verb) => catalogue::run(machine, verb).await,
        Verb::Consent(verb) => consent::run(machine, verb).await,
        Verb::Check { plan, since, project, junit } => {
            check::run(machine, check::Asked { plan, since, project, junit }).await
        }
        Verb::Retention(verb) => retain(machine, verb).await,
        Verb::Audit(AuditVerb::Verify) => match identity::audit::verify(&machine.database).await? {
            Ok(entries) => say(&format!("{entries} entries, the chain is whole")),
            Err(seq) => bail!("the chain is broken at entry {seq}"),
        },
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
