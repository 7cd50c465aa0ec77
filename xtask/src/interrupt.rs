//! Ctrl-C and kind: the running program is asked to stop, and whatever was set up is taken down on the way out.
//!
//! Programs run in process groups of their own, so that the terminal's Ctrl-C reaches only xtask, which passes it on
//! to the whole group, once; a second Ctrl-C kills.

use anyhow::{Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

static STOPPED: AtomicBool = AtomicBool::new(false);
static RUNNING: Mutex<Option<Pid>> = Mutex::new(None);

/// Starts listening for the signals that end a program.
pub fn watch() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::spawn(move || {
        for _ in signals.forever() {
            let again = STOPPED.swap(true, Ordering::SeqCst);
            if let Some(group) = *running() {
                let _ = killpg(group, if again { Signal::SIGKILL } else { Signal::SIGTERM });
            }
        }
    });
    Ok(())
}

/// Whether somebody asked for the end.
pub fn stopped() -> bool {
    STOPPED.load(Ordering::SeqCst)
}

/// Starts a program in a group of its own and makes it the one that is told to stop.
pub fn spawn(command: &mut Command) -> Result<Child> {
    let mut running = running();
    if stopped() {
        bail!("stopped");
    }
    let child = command.process_group(0).spawn()?;
    *running = Some(group_of(&child));
    Ok(child)
}

/// To be called when the program has ended.
pub fn ended() {
    *running() = None;
}

/// Asks a program and all that it started to stop.
pub fn ask_to_stop(child: &Child) {
    let _ = killpg(group_of(child), Signal::SIGTERM);
}

fn group_of(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX))
}

fn running() -> MutexGuard<'static, Option<Pid>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}
