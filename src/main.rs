//! Reads the command line, builds the machine, mounts the screens, serves.

use clap::Parser;
use parallax_server::options::{CommandLine, Verb};
use parallax_server::{Machine, boot, command, ingest, rest};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let line = CommandLine::parse();
    let heard = boot::listen_to_ourselves(&line.options);
    let outcome = match line.verb.unwrap_or(Verb::Serve) {
        Verb::Serve => serve(line.options, heard).await,
        verb => command::run(verb, line.options).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parallax: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(
    options: parallax_server::options::Options,
    heard: std::sync::Arc<parallax_server::own::Heard>,
) -> anyhow::Result<()> {
    let _folder = boot::claim_folder(&options)?;
    let machine = Machine::open(options).await?;
    let router = ingest::routes(machine.clone()).merge(rest::routes(machine.clone()));
    boot::run(machine, router, heard).await
}
