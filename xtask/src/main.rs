//! Everything that is done with the sources of Parallax: `cargo xtask help` lists it.

mod bench;
mod build;
mod command;
mod end2end;
mod fingerprint;
mod folder;
mod interrupt;
mod place;
mod postgres;
mod progress;
mod run;
mod server;
mod setup;
mod sizes;
mod test;
mod watch;
mod web;

use anyhow::{Result, bail};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask run [-- ARGUMENTS]        build what changed and start Parallax; ARGUMENTS go to `parallax serve`
cargo xtask test [--full]             everything that must hold, stopping at the first failure; --full adds the slow tier
cargo xtask test --only STEP…         only these steps; --list names them
cargo xtask web [--from-source]       the browser build alone; --from-source takes Debian's compiler and builds `std`
cargo xtask build [--release]         the program with the browser build inside: target/release/parallax
cargo xtask watch [-- ARGUMENTS]      build and start again whenever a source changes
cargo xtask bench [NAME]              the benches, or the one of that name
cargo xtask help                      this page

Whatever is missing on the machine is installed, or the command that installs it is named. There is one optimised
profile for everything but this program itself.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match interrupt::watch().and_then(|()| dispatch(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if interrupt::stopped() => {
            progress::say("stopped");
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<()> {
    let split = arguments.iter().position(|argument| argument == "--").unwrap_or(arguments.len());
    let (own, passed) = (&arguments[..split], arguments.get(split + 1..).unwrap_or_default());
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    match own.as_slice() {
        ["run"] => run::run(passed),
        ["watch"] => watch::watch(passed),
        ["test", "--list"] => test::list(),
        ["test", "--only", steps @ ..] if !steps.is_empty() => test::only(steps, false),
        ["test", "--full", "--only", steps @ ..] if !steps.is_empty() => test::only(steps, true),
        ["test"] => test::all(false),
        ["test", "--full"] => test::all(true),
        ["web"] => web::build(web::From::WhatIsThere),
        ["web", "--from-source"] => web::build(web::From::Source),
        ["build"] | ["build", "--release"] => build::build(),
        ["bench"] => bench::bench(None),
        ["bench", name] => bench::bench(Some(name)),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        _ => bail!("`cargo xtask {}` is not a command\n\n{HELP}", arguments.join(" ")),
    }
}
