use super::{project_id, say};
use crate::erasure::export::{self, Format};
use crate::erasure::request::{self, Channel, Right};
use crate::erasure::{Scope, carry_out, erase as begin, subject};
use crate::machine::Machine;
use anyhow::{Context, bail};
use std::io::Write;
use std::sync::Arc;

const WHO: &str = "command line";

async fn find(machine: &Machine, project: &str, id: &str) -> anyhow::Result<Scope> {
    let project = project_id(machine, project).await?;
    let found = subject::of_identifier(machine, project, id).await?;
    found.context("nobody with exactly this id has been seen in this project")
}

/// Prints the signed receipt.
pub async fn erase(machine: &Machine, project: &str, id: &str) -> anyhow::Result<()> {
    let scope = find(machine, project, id).await?;
    let request = request::receive(machine, &scope, Right::Erasure, Channel::CommandLine, WHO).await?;
    request::begin(machine, request, WHO).await?;
    let erasure = begin(machine, &scope, WHO, Some(request)).await?;
    match carry_out(machine, erasure).await? {
        Some(receipt) => say(&receipt),
        None => bail!("a server carries erasure {erasure} out; its receipt is on the page of requests"),
    }
}

pub async fn export(machine: &Arc<Machine>, project: &str, id: &str, format: &str) -> anyhow::Result<()> {
    let scope = find(machine, project, id).await?;
    let format = Format::parse(format).context("the format is json or csv")?;
    let request = request::receive(machine, &scope, Right::Access, Channel::CommandLine, WHO).await?;
    let counts = export::count(machine, &scope).await?;
    let mut pieces = export::begin(machine.clone(), scope, format);
    let mut out = std::io::stdout();
    while let Some(piece) = pieces.recv().await {
        out.write_all(&piece?)?;
    }
    if format == Format::Json {
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(request::handed_over(machine, request, WHO, &counts).await?)
}
