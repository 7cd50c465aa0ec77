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
static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// Starts listening for the signals that end a program.
pub fn watch() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::spawn(move || {
        for _ in signals.forever() {
            let again = STOPPED.swap(true, Ordering::SeqCst);
            for group in running().iter() {
                let _ = killpg(*group, if again { Signal::SIGKILL } else { Signal::SIGTERM });
            }
        }
    });
    Ok(())
}

/// Whether somebody asked for the end.
pub fn stopped() -> bool {
    STOPPED.load(Ordering::SeqCst)
}

/// Starts a program in a group of its own, which will be told to stop.
pub fn spawn(command: &mut Command) -> Result<Child> {
    let mut running = running();
    if stopped() {
        bail!("stopped");
    }
    let child = command.process_group(0).spawn()?;
    running.push(group_of(child.id()));
    Ok(child)
}

/// To be called when the program with this process id has ended.
pub fn ended(id: u32) {
    running().retain(|group| *group != group_of(id));
}

/// Asks a program and all that it started to stop, and waits until it has.
pub fn stop(mut child: Child) -> Result<()> {
    if !stopped() {
        let _ = killpg(group_of(child.id()), Signal::SIGTERM);
    }
    let ending = child.wait();
    ended(child.id());
    ending?;
    Ok(())
}

fn group_of(id: u32) -> Pid {
    Pid::from_raw(i32::try_from(id).unwrap_or(i32::MAX))
}

fn running() -> MutexGuard<'static, Vec<Pid>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}
