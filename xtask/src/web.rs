//! The browser build: wasm with its script, the style sheet and `public/`, named by content and compressed, and the script for
//! other people's pages, in `target/site`.

mod bind;
mod compile;
mod publish;
mod script;
mod style;

use crate::fingerprint::Fingerprint;
use crate::progress::say;
use crate::setup::tools::tools;
use crate::setup::wasm_target::{self, Compiler};
use crate::{fingerprint, place};
use anyhow::Result;
use std::fs;
use std::path::PathBuf;

pub use compile::cargo_for_browser;

/// Where the compiled standard library of the browser build comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// rustup where it has the target, else source.
    WhatIsThere,
    /// Debian's compiler, which builds it.
    Source,
}

const WORK: &str = "browser build";

/// Brings `target/site` up to date.
pub fn build(from: From) -> Result<()> {
    let compiler = if from == From::Source { wasm_target::debian()? } else { wasm_target::usual()? };
    let print = inputs(compiler)?;
    if print.is_known(WORK) && place::site().join("manifest.json").is_file() {
        say("browser build: nothing changed");
        return Ok(());
    }
    fingerprint::forget(WORK);
    let tools = tools()?;
    let wasm = compile::compile(compiler)?;
    let bound = bind::bind(&wasm, &tools)?;
    let style = style::bundle(&tools)?;
    let script = script::bundle(&tools)?;
    publish::publish(&bound, &style, &script)?;
    print.keep(WORK)
}

/// Types and unit tests of the script for other pages.
pub fn test_script() -> Result<()> {
    script::test(&tools()?)
}

/// Everything that goes in; the server's and the screens' folders do not.
fn inputs(compiler: Compiler) -> Result<Fingerprint> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(place::root().join("src"))?.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| !["server", "screens", "main.rs"].iter().any(|other| path.ends_with(other)));
    files.sort();
    let others =
        ["Cargo.toml", "Cargo.lock", ".cargo", "style", "public", "xtask/src/web", "xtask/src/web.rs", "xtask/tools"];
    files.extend(others.map(PathBuf::from));
    Fingerprint::new().with(&wasm_target::version(compiler)?).with_files(&files)
}
