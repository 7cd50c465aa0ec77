//! Packages of the system: installed when xtask runs as root, else named.

use crate::command::{program, run, works};
use crate::progress::say;
use anyhow::{Context, Result, bail};

/// Installs `packages`, which are wanted for `purpose`.
pub fn install(packages: &[&str], purpose: &str) -> Result<()> {
    let names = packages.join(" ");
    if !works(program("apt-get").arg("--version")) {
        bail!("{purpose}: not found, and this is no Debian. Install what Debian calls `{names}`");
    }
    if !is_root() {
        bail!("{purpose}: needs root: run `apt-get update && apt-get install {names}`");
    }
    say(format!("{purpose}: installing {names}"));
    let apt = |arguments: &[&str]| run(program("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"));
    // Lists can be unreachable while the package is there all the same.
    if let Err(error) = apt(&["update", "--quiet=2"]) {
        say(format!("apt-get update: {error:#}"));
    }
    let install = [&["install", "--yes", "--quiet=2", "--no-install-recommends"], packages].concat();
    apt(&install).with_context(|| format!("{purpose}: `apt-get install {names}` did not work"))
}

/// Whether xtask runs as root.
pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}
