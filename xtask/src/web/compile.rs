//! Rust to wasm.

use crate::command::{cargo, program, run};
use crate::place;
use crate::progress::say;
use crate::setup::wasm_target::{Compiler, DEBIAN_LINKER, TARGET};
use anyhow::Result;
use std::path::PathBuf;
use std::process::Command;

const HALF: [&str; 10] = [
    "--package",
    "parallax",
    "--lib",
    "--profile",
    "wasm-release",
    "--no-default-features",
    "--features",
    "hydrate",
    "--target",
    TARGET,
];

/// Gives the compiled wasm.
pub fn compile(compiler: Compiler) -> Result<PathBuf> {
    say("browser build: compiling");
    run(&mut cargo_for_browser(compiler, "build"))?;
    Ok(place::root().join(folder(compiler)).join(TARGET).join("wasm-release/parallax.wasm"))
}

/// Cargo about to do `verb` with the browser's half; builds and checks share what they can.
pub fn cargo_for_browser(compiler: Compiler, verb: &str) -> Command {
    let mut command = match compiler {
        Compiler::Usual => cargo(&[verb]),
        Compiler::DebianFromSource => debian_cargo(verb),
    };
    command.args(HALF).args(["--target-dir", folder(compiler)]);
    command
}

fn folder(compiler: Compiler) -> &'static str {
    match compiler {
        Compiler::Usual => "target/front",
        Compiler::DebianFromSource => "target/front-debian",
    }
}

/// Debian's cargo, which finds rustup's programs when those are first on the PATH, so everything is named. Building `std` is
/// for nightly compilers only; the variable that lifts this must not reach any other build.
fn debian_cargo(verb: &str) -> Command {
    let path = format!("/usr/bin:{}", std::env::var("PATH").unwrap_or_default());
    let mut command = program("/usr/bin/cargo");
    command.args([verb, "-Zbuild-std=std,panic_abort"]).env("PATH", path).env_remove("RUSTUP_TOOLCHAIN");
    command.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1");
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER);
    command
}
