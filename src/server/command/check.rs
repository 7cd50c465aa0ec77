use super::{operator, project_id, say};
use crate::check::{Plan, Report, span};
use crate::machine::Machine;
use crate::privacy::catalogue::{self, FieldRow};
use anyhow::{Context, bail};
use std::path::PathBuf;

pub struct Asked {
    pub plan: PathBuf,
    pub since: String,
    pub project: Option<String>,
    pub junit: Option<PathBuf>,
}

pub async fn run(machine: &Machine, asked: Asked) -> anyhow::Result<()> {
    let text =
        std::fs::read_to_string(&asked.plan).with_context(|| format!("{} cannot be read", asked.plan.display()))?;
    let plan = Plan::read(&text)?;
    let project = asked
        .project
        .as_deref()
        .or(plan.project.as_deref())
        .context("name a project with --project, or in the plan")?;
    let id = project_id(machine, project).await?;
    let since = machine.clock.now() - span(&asked.since)?;
    let mut look = machine.store.look(&operator(), id).await?;
    let seen = machine.store.seen_lately(&mut look, since).await?;
    let entries: Vec<_> = catalogue::entries(&machine.database, id).await?.iter().map(FieldRow::entry).collect();
    let report = Report::of(&plan, &seen, &entries);
    for line in report.lines() {
        say(&line)?;
    }
    if let Some(file) = asked.junit {
        std::fs::write(&file, report.junit()).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    match report.failures() {
        0 => Ok(()),
        failures => bail!("{failures} of {} checks failed", report.checks.len()),
    }
}
