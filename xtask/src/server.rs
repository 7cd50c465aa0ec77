//! The server's build.

use crate::command::{cargo, run};
use crate::fingerprint::{self, Fingerprint};
use crate::place;
use crate::progress::say;
use anyhow::Result;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

const WORK: &str = "server";

/// What tests are about: every crate but this one.
pub const TESTED: [&str; 5] = ["--workspace", "--exclude", "xtask", "--features", "ssr"];

/// Compiles `target/release/parallax`, which serves `target/site`, unless it is the one of these sources.
pub fn build() -> Result<()> {
    if is_up_to_date()? {
        say("server: nothing changed");
        return Ok(());
    }
    compile("ssr")?;
    inputs()?.with(&identity()?).keep(WORK)
}

/// Compiles the server as `cargo test` sees it: with the features that the tests' own dependencies add. Where those differ,
/// the other build would compile much of the tree a second time.
pub fn build_beside_tests() -> Result<()> {
    say("server: compiling with its tests");
    run(cargo(&["build", "--release", "--bins", "--tests"]).args(TESTED))
}

/// Compiles the program with the browser build inside.
pub fn build_with_site() -> Result<()> {
    fingerprint::forget(WORK);
    compile("ssr,embed")
}

fn compile(feature: &str) -> Result<()> {
    say("server: compiling");
    run(&mut cargo(&["build", "--release", "--features", feature, "--bin", "parallax"]))
}

fn is_up_to_date() -> Result<bool> {
    Ok(place::parallax().is_file() && inputs()?.with(&identity()?).is_known(WORK))
}

/// Every file that a build may read: all of the repository but what is known to be for other things.
fn inputs() -> Result<Fingerprint> {
    const OTHER: [&str; 9] = [".git", ".ci", "target", "end2end", "style", "xtask", "benches", "tests", "node_modules"];
    let mut files: Vec<PathBuf> = fs::read_dir(place::root())?.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| !OTHER.iter().any(|other| path.ends_with(other)));
    files.sort();
    let compiler = crate::command::read(crate::command::program("rustc").arg("-vV"))?;
    Fingerprint::new().with(&compiler).with_files(&files)
}

/// Which program is there: other commands put another one, of the same sources, in its place.
fn identity() -> Result<String> {
    let program = fs::metadata(place::parallax())?;
    Ok(format!("{} bytes, changed {}.{:09}", program.len(), program.mtime(), program.mtime_nsec()))
}
