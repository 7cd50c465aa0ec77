//! Node and npm: the tools of the browser build and the end-to-end tests are npm packages, at the versions of a committed lock file.

use super::debian;
use crate::command::{program, read, run};
use crate::fingerprint::Fingerprint;
use crate::progress::say;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;

/// Makes sure that Node of this or a later version is there.
fn found(oldest: u32) -> Result<()> {
    if version().is_none() {
        debian::install(&["nodejs", "npm"], "Node")?;
    }
    let version = version().context("Node: installed, but `node` and `npm` do not start")?;
    ensure!(version >= oldest, "Node: found version {version}, but {oldest} or later is needed");
    say(format!("Node: found version {version}"));
    Ok(())
}

/// The major version, if npm is there too.
fn version() -> Option<u32> {
    let version = read(program("node").arg("--version")).ok()?;
    read(program("npm").arg("--version")).ok()?;
    version.trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

/// Installs the packages of the lock file in `source` into `folder`, unless they are there.
pub fn install(what: &str, oldest_node: u32, source: &Path, folder: &Path) -> Result<()> {
    let (package, lock) = (source.join("package.json"), source.join("package-lock.json"));
    let print = Fingerprint::new().with_files(&[&package, &lock])?;
    let stamp = folder.join("node_modules/.installed");
    if fs::read_to_string(&stamp).is_ok_and(|known| known == print.text()) {
        return Ok(());
    }
    found(oldest_node)?;
    say(format!("{what}: installing with npm"));
    fs::create_dir_all(folder)?;
    if source != folder {
        fs::copy(&package, folder.join("package.json"))?;
        fs::copy(&lock, folder.join("package-lock.json"))?;
    }
    let mut npm = program("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(folder);
    run(npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))
        .with_context(|| format!("{what}: npm could not install it"))?;
    fs::write(&stamp, print.text()).with_context(|| format!("writing {}", stamp.display()))
}
