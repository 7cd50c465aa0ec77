//! From a command line to a running server, and down again in the right order.

use crate::database::data_dir;
use crate::jobs;
use crate::machine::Machine;
use crate::options::{LogFormat, Options, Switch};
use crate::own::{self, Heard, OwnLayer};
use crate::serve::serve;
use anyhow::{Context, bail};
use axum::Router;
use nix::fcntl::{Flock, FlockArg};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// Logs go to stderr; what happens is also heard for own telemetry.
pub fn listen_to_ourselves(options: &Options) -> Arc<Heard> {
    let filter =
        EnvFilter::try_from_env("PARALLAX_LOG").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,parallax::own=off"));
    let (layer, heard) = OwnLayer::new();
    let text = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let written = match options.log_format {
        LogFormat::Json => text.json().boxed(),
        LogFormat::Text => text.with_target(false).compact().boxed(),
    };
    let own = (options.own_telemetry == Switch::On).then_some(layer);
    tracing_subscriber::registry().with(own).with(written.with_filter(filter)).init();
    heard
}

/// One server per data folder: a second one is told so before it touches anything.
pub fn claim_folder(options: &Options) -> anyhow::Result<Option<Flock<File>>> {
    if options.database_url.is_some() {
        return Ok(None);
    }
    let folder = data_dir(options)?;
    std::fs::create_dir_all(&folder).with_context(|| format!("the data folder {} cannot be made", folder.display()))?;
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("serve.lock"))?;
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Ok(Some(lock)),
        Err(_) => bail!("another parallax already serves the data folder {}", folder.display()),
    }
}

/// Serves until SIGTERM or SIGINT: doors close, requests in flight finish, what was taken in is committed.
pub async fn run(machine: Arc<Machine>, router: Router, heard: Arc<Heard>) -> anyhow::Result<()> {
    let listener = TcpListener::bind(machine.options.listen)
        .await
        .with_context(|| format!("the address {} cannot be listened on", machine.options.listen))?;
    let address = listener.local_addr()?;
    machine.listens_on(address);
    let (stop, stopped) = watch::channel(false);
    let mut tasks = jobs::start(&machine, &stopped);
    if machine.options.own_telemetry == Switch::On {
        tasks.push(tokio::spawn(own::run(machine.clone(), heard, stopped.clone())));
    }
    announce(&machine, address).await?;
    let server = tokio::spawn(serve(listener, router, stopped.clone()));

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("shutting down");
    machine.intake.close_doors();
    stop.send(true).ok();
    let finished = tokio::select! {
        finished = server => finished.unwrap_or(false),
        // A second signal means: now.
        _ = terminate.recv() => false,
        _ = interrupt.recv() => false,
    };
    for task in tasks {
        tokio::time::timeout(std::time::Duration::from_secs(5), task).await.ok();
    }
    machine.close().await;
    if finished { Ok(()) } else { bail!("some requests did not finish in time") }
}

/// The address is the first line of stdout; the rest is for people.
async fn announce(machine: &Machine, address: std::net::SocketAddr) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "http://{address}")?;
    out.flush()?;
    let base = machine.public_url();
    tracing::info!("Parallax is at {base}");
    if let Some(path) = machine.accounts.set_up_link().await? {
        // Printed, not logged: whoever has it becomes the first admin.
        writeln!(out, "Set up the first account: {base}{path}")?;
        out.flush()?;
    }
    Ok(())
}
