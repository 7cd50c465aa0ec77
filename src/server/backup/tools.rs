//! The programs that came with Postgres, pointed at our database.

use crate::database::Address;
use anyhow::{Context, bail};
use std::process::Stdio;
use tokio::process::Command;
use url::Url;

/// `pg_dump` or `pg_restore`, told where the database is. A password travels in the environment, not on the command line.
pub fn command(address: &Address, program: &str) -> anyhow::Result<Command> {
    let mut command = Command::new(address.programs()?.join(program));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).env("LC_ALL", "C.UTF-8");
    match address {
        Address::Url(url) => {
            let mut url = Url::parse(url).context("the database URL cannot be read")?;
            if let Some(password) = url.password() {
                let password = percent_encoding::percent_decode_str(password).decode_utf8_lossy().into_owned();
                command.env("PGPASSWORD", password);
                url.set_password(None).ok();
            }
            command.arg("--dbname").arg(url.as_str());
        }
        Address::Private { socket, .. } => {
            command.arg("--host").arg(socket).args(["--username", "parallax_owner", "--dbname", "parallax"]);
        }
    }
    Ok(command)
}

/// Runs it to its end. What it complains about is told, cut short: it may repeat rows.
pub async fn run(mut command: Command, what: &str) -> anyhow::Result<()> {
    let output = command.output().await.with_context(|| format!("{what} cannot be started"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let first: String = text.lines().next().unwrap_or_default().chars().take(300).collect();
    bail!("{what} failed: {first}")
}
