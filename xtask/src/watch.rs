//! `cargo xtask watch`: build and start again whenever a source changes.

use crate::progress::say;
use crate::{interrupt, place, server, setup, web};
use anyhow::{Result, bail};
use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, SystemTime};

const SOURCES: [&str; 7] = ["src", "style", "public", "migrations", "Cargo.toml", "Cargo.lock", "xtask/tools"];
const PAUSE: Duration = Duration::from_millis(400);

/// Until Ctrl-C. The server that runs is the last one that could be built.
pub fn watch(arguments: &[String]) -> Result<()> {
    setup::postgres::programs()?;
    let mut running: Option<Child> = None;
    loop {
        let seen = newest();
        let built = web::build(web::From::WhatIsThere).and_then(|()| server::build());
        match built {
            Ok(()) => {
                running.take().map_or(Ok(()), interrupt::stop)?;
                running = Some(start(arguments)?);
            }
            Err(error) if !interrupt::stopped() => eprintln!("\nerror: {error:#}\n"),
            Err(_) => {}
        }
        say("waiting for a change");
        while newest() == seen && !interrupt::stopped() {
            std::thread::sleep(PAUSE);
        }
        if interrupt::stopped() {
            running.take().map_or(Ok(()), interrupt::stop)?;
            bail!("stopped");
        }
    }
}

fn start(arguments: &[String]) -> Result<Child> {
    interrupt::spawn(Command::new(place::parallax()).arg("serve").args(arguments))
}

/// The time of the last change, and how many files there are (one can go).
fn newest() -> (usize, Option<SystemTime>) {
    let mut newest = (0, None);
    for source in SOURCES {
        visit(&place::root().join(source), &mut newest);
    }
    newest
}

fn visit(path: &Path, newest: &mut (usize, Option<SystemTime>)) {
    if let Ok(entries) = fs::read_dir(path) {
        entries.flatten().for_each(|entry| visit(&entry.path(), newest));
    } else if let Ok(changed) = fs::metadata(path).and_then(|file| file.modified()) {
        *newest = (newest.0 + 1, newest.1.max(Some(changed)));
    }
}
