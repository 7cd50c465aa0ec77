//! The script for other people's pages: its core in one file, and each part that most pages never need in one of its own.

use crate::command::{program, run};
use crate::fingerprint::Fingerprint;
use crate::place;
use crate::progress::say;
use crate::setup::tools::Tools;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What every browser understands since the end of 2022.
const TARGET: &str = "--target=es2022";

/// Gives the folder with `parallax.js` and its parts, `parallax-<part>.js`.
pub fn bundle(tools: &Tools) -> Result<PathBuf> {
    say("browser build: script for other pages");
    let folder = place::target().join("script");
    let _ = fs::remove_dir_all(&folder);
    let parts = files(&source().join("parts"), |name| name.ends_with(".ts"))?;
    run(bundler(tools)
        .args(&parts)
        .args(["--format=esm", "--entry-names=parallax-[name]"])
        .arg(format!("--outdir={}", folder.display())))?;
    // Parts and core lie at stable addresses and must not meet those of another build in a cache.
    let build = Fingerprint::new().with_files(&[&folder])?.text();
    run(bundler(tools)
        .arg(source().join("core/main.ts"))
        .arg("--format=iife")
        .arg(format!("--define:BUILD=\"{}\"", &build[..12]))
        .arg(format!("--outfile={}", folder.join("parallax.js").display())))?;
    Ok(folder)
}

/// Checks its types and runs its own tests.
pub fn test(tools: &Tools) -> Result<()> {
    run(tools.tsc().arg("--project").arg(source()))?;
    let folder = place::target().join("script-tests");
    let _ = fs::remove_dir_all(&folder);
    let tests = files(&source().join("tests"), |name| name.ends_with(".test.ts"))?;
    run(tools
        .esbuild()
        .args(&tests)
        .args(["--bundle", "--platform=node", "--format=esm", "--out-extension:.js=.mjs", "--log-level=warning"])
        .arg(format!("--outdir={}", folder.display())))?;
    run(program("node").arg("--test").args(files(&folder, |name| name.ends_with(".mjs"))?))
}

fn bundler(tools: &Tools) -> Command {
    let mut esbuild = tools.esbuild();
    esbuild.args(["--bundle", "--minify", "--log-level=warning", TARGET]);
    esbuild
}

fn source() -> PathBuf {
    place::root().join("src/script")
}

fn files(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.file_name().is_some_and(|name| wanted(&name.to_string_lossy())));
    paths.sort();
    Ok(paths)
}
