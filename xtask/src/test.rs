//! `cargo xtask test`: one list of steps, in order of what they cost; the first failure ends the run.

use crate::command::{cargo, run};
use crate::postgres::{Care, Cluster};
use crate::progress::{say, spelled};
use crate::{end2end, interrupt, server, setup, sizes, web};
use anyhow::{Context, Result};
use std::time::{Duration, Instant};

/// A named part of the gate.
struct Step {
    name: &'static str,
    about: &'static str,
    /// Told whether this is the full run.
    check: fn(bool) -> Result<()>,
}

const STEPS: [Step; 9] = [
    Step { name: "format", about: "the sources are formatted", check: |_| format() },
    Step { name: "lint-server", about: "clippy, server and tools", check: |_| lint_server() },
    Step { name: "lint-browser", about: "clippy, the browser's half", check: |_| lint_browser() },
    Step { name: "web", about: "the browser build", check: |_| web::build(web::From::WhatIsThere) },
    Step { name: "script", about: "types and unit tests of the script for other pages", check: |_| web::test_script() },
    Step { name: "sizes", about: "what a first visit weighs", check: |_| sizes::check() },
    Step { name: "tests", about: "unit and integration tests on a real Postgres", check: tests },
    Step {
        name: "xtask",
        about: "the tests of xtask itself",
        check: |_| run(&mut cargo(&["test", "--package", "xtask"])),
    },
    Step { name: "end2end", about: "Chromium with and without JavaScript", check: end2end::check },
];

/// Set for the tests of a full run: Playwright takes its whole matrix, and tests may do more rounds.
pub const FULL: &str = "PARALLAX_FULL";

/// The whole gate.
pub fn all(full: bool) -> Result<()> {
    check(&STEPS.iter().collect::<Vec<_>>(), full)
}

/// Only the steps of these names.
pub fn only(names: &[&str], full: bool) -> Result<()> {
    let find = |name: &&str| {
        STEPS.iter().find(|step| step.name == *name).with_context(|| format!("no step is called `{name}`"))
    };
    check(&names.iter().map(find).collect::<Result<Vec<_>>>()?, full)
}

/// The names of the steps.
pub fn list() -> Result<()> {
    STEPS.iter().for_each(|step| println!("{:13} {}", step.name, step.about));
    Ok(())
}

fn check(steps: &[&Step], full: bool) -> Result<()> {
    let mut times: Vec<(&str, Duration)> = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        say(format!("step {} of {}, {}: {}", number + 1, steps.len(), step.name, step.about));
        let started = Instant::now();
        let outcome = (step.check)(full);
        times.push((step.name, started.elapsed()));
        if let Err(error) = outcome {
            if !interrupt::stopped() {
                summary(&times, true);
            }
            return Err(
                error.context(format!("step `{}`; `cargo xtask test --only {}` runs it alone", step.name, step.name))
            );
        }
    }
    summary(&times, false);
    Ok(())
}

fn summary(times: &[(&str, Duration)], failed: bool) {
    println!();
    for (number, (name, time)) in times.iter().enumerate() {
        let word = if failed && number + 1 == times.len() { "FAILED" } else { "ok" };
        println!("{name:13} {word:6} {:>12}", spelled(*time));
    }
    let failures = usize::from(failed);
    println!("\nsteps: {} passed, {failures} failed", times.len() - failures);
}

fn format() -> Result<()> {
    run(&mut cargo(&["fmt", "--all", "--check"]))
}

fn lint_server() -> Result<()> {
    run(&mut cargo(&[
        "clippy",
        "--release",
        "--workspace",
        "--features",
        "ssr",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))
}

fn lint_browser() -> Result<()> {
    run(web::cargo_for_browser(setup::wasm_target::usual()?, "clippy").args(["--", "-D", "warnings"]))
}

fn tests(full: bool) -> Result<()> {
    let cluster = Cluster::start("test", Care::Throwaway)?;
    let mut command = cargo(&["test", "--release"]);
    // The throw-away cluster forgets on purpose; the program would refuse it.
    command.env("PARALLAX_TEST_DATABASE_URL", cluster.url()).env("PARALLAX_UNSAFE_DATABASE", "1");
    command.args(server::TESTED);
    run(if full { command.env(FULL, "1") } else { &mut command })
}
