use super::{project_id, say};
use crate::database::data_dir;
use crate::identity::projects;
use crate::keyring::Keyring;
use crate::machine::Machine;
use crate::options::{Options, RetentionVerb};
use crate::retention::change::{self, Actor};
use crate::retention::plan::Doomed;
use crate::retention::{plan, proof, run as runner};
use anyhow::{Context, bail};
use std::path::Path;

pub async fn run(machine: &Machine, verb: RetentionVerb) -> anyhow::Result<()> {
    match verb {
        RetentionVerb::Plan => tell(machine).await,
        RetentionVerb::Run => {
            let deleted = runner::run(machine).await?;
            say(&format!("{} tables dropped, {} rows, {} bytes", deleted.tables, deleted.rows, deleted.bytes))
        }
        RetentionVerb::Approve { project, id } => {
            let project = project_id(machine, &project).await?;
            let at = change::approve(machine, Actor { name: "command line", account: 0 }, project, id).await?;
            say(&format!("change {id} is carried out at {}, unless it is taken back", at.to_rfc3339()))
        }
        RetentionVerb::Verify { .. } => bail!("this verb is handled elsewhere"),
    }
}

async fn tell(machine: &Machine) -> anyhow::Result<()> {
    let mut found = 0;
    for project in projects::list(&machine.database).await? {
        let rules = change::load(machine, project.id).await?;
        for item in plan::make(&machine.database, &rules, machine.clock.now()).await?.items {
            found += 1;
            let what = match &item.what {
                Doomed::Table(table) => format!("drop of {table}"),
                Doomed::Rows { table, leaf } => format!("{leaf} rows of {table}"),
                Doomed::Field { table, name } => format!("values of {name} in {table}"),
                Doomed::Rollups { minutes: true } => "minute roll-ups".to_owned(),
                Doomed::Rollups { minutes: false } => "roll-ups".to_owned(),
            };
            let held = if item.held > 0 { format!(", {} kept by a hold", item.held) } else { String::new() };
            say(&format!(
                "{} {}: {what}, {} rows, {} bytes, older than {} days{held}",
                project.name, item.day, item.rows, item.bytes, item.days
            ))?;
        }
    }
    if found == 0 { say("nothing to delete") } else { Ok(()) }
}

/// Needs a file and a public key, no database.
pub fn verify(options: &Options, file: Option<&Path>, key: Option<&str>) -> anyhow::Result<()> {
    let keyring = Keyring::of(data_dir(options).ok());
    let key = match key {
        Some(key) => key.to_owned(),
        None => {
            let path = keyring.keys()?.join("signing.pub");
            std::fs::read_to_string(&path)
                .with_context(|| format!("{} cannot be read; name a key with --key", path.display()))?
        }
    };
    let path = match file {
        Some(file) => file.to_owned(),
        None => proof::file(&keyring)?,
    };
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let (mut good, mut bad) = (0, 0);
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match proof::verify(line, &key) {
            Ok(statement) => {
                good += 1;
                say(&format!(
                    "ok      {}: {}, {} rows, {} left, {}",
                    statement.name,
                    statement.what,
                    statement.rows,
                    statement.rows_left,
                    statement.ended_at.to_rfc3339()
                ))?;
            }
            Err(error) => {
                bad += 1;
                say(&format!("FAILED  line {}: {error}", number + 1))?;
            }
        }
    }
    if bad > 0 {
        bail!("{bad} of {} proofs do not verify", good + bad);
    }
    if good == 0 { bail!("{} holds no proof", path.display()) } else { Ok(()) }
}
