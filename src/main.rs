//! Reads the command line, builds the machine, mounts the screens, serves.

use clap::Parser;
use parallax_server::options::{CommandLine, Options, Verb};
use parallax_server::own::Heard;
use parallax_server::site::Site;
use parallax_server::{Machine, boot, command};
use std::process::ExitCode;
use std::sync::Arc;

/// Telemetry is many small texts from many threads, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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

async fn serve(options: Options, heard: Arc<Heard>) -> anyhow::Result<()> {
    let _folder = boot::claim_folder(&options)?;
    let site = Site::load().unwrap_or_else(|error| {
        tracing::warn!("{error:#}; pages work, without their scripts and styles");
        Site::default()
    });
    let machine = Machine::open(options).await?;
    let router = parallax::app::router(machine.clone(), Arc::new(site))?;
    boot::run(machine, router, heard).await
}
