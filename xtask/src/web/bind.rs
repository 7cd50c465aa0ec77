//! Wasm to wasm with its script, both made small.

use crate::command::run;
use crate::fingerprint::Fingerprint;
use crate::place;
use crate::progress::say;
use crate::setup::tools::Tools;
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};
use wasm_bindgen_cli_support::Bindgen;

/// What the browser may be expected to know; all in every browser since 2022.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];
const WORK: &str = "bound";

/// The folder with `parallax.js`, `parallax.wasm` and perhaps `snippets/`.
pub fn bind(wasm: &Path, tools: &Tools) -> Result<PathBuf> {
    let folder = place::target().join("web");
    let print = Fingerprint::new().with_files(&[
        wasm,
        Path::new("xtask/src/web/bind.rs"),
        Path::new("xtask/tools"),
        Path::new("Cargo.lock"),
    ])?;
    if print.is_known(WORK) && folder.join("parallax.wasm").is_file() {
        return Ok(folder);
    }
    say("browser build: wasm-bindgen");
    let _ = fs::remove_dir_all(&folder);
    Bindgen::new()
        .input_path(wasm)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .out_name("parallax")
        .generate(&folder)?;
    say("browser build: wasm-opt");
    let (from, to) = (folder.join("parallax_bg.wasm"), folder.join("parallax.wasm"));
    run(tools
        .wasm_opt()
        .args(["-Oz", "--strip-debug", "--strip-producers"])
        .args(WASM_FEATURES)
        .arg(&from)
        .arg("-o")
        .arg(to))?;
    fs::remove_file(from)?;
    print.keep(WORK)?;
    Ok(folder)
}
