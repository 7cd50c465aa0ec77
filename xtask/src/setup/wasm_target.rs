//! The compiler that makes the browser build: the usual one with its wasm target, or Debian's with `std` from source.

use super::debian;
use crate::command::{program, read, run};
use crate::progress::say;
use anyhow::{Context, Result};
use std::path::Path;

pub const TARGET: &str = "wasm32-unknown-unknown";
/// Of the package `lld-22`; the name that the compiler would look for is in a package that brings much more.
pub const DEBIAN_LINKER: &str = "/usr/bin/wasm-ld-22";
const DEBIAN_PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-clippy", "rust-web-src", "lld-22"];
const DEBIAN_PROGRAMS: [&str; 4] = ["/usr/bin/rustc", "/usr/bin/cargo", "/usr/bin/cargo-clippy", DEBIAN_LINKER];

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Compiler {
    Usual,
    DebianFromSource,
}

/// The usual compiler with its wasm target; Debian's where rustup cannot get the target.
pub fn usual() -> Result<Compiler> {
    if has_target() {
        say("wasm target: found");
        return Ok(Compiler::Usual);
    }
    say(format!("wasm target: installing with `rustup target add {TARGET}`"));
    if run(program("rustup").args(["target", "add", TARGET])).is_ok() && has_target() {
        return Ok(Compiler::Usual);
    }
    say("wasm target: not to be had from rustup; taking Debian's compiler");
    debian()
}

/// Debian's compiler with the sources of `std`.
pub fn debian() -> Result<Compiler> {
    let there = DEBIAN_PROGRAMS.iter().all(|path| Path::new(path).exists());
    if !there || !has_sources() {
        debian::install(&DEBIAN_PACKAGES, "Debian's compiler for the browser build")?;
    }
    say("wasm target: found, from source with Debian's compiler");
    Ok(Compiler::DebianFromSource)
}

/// What tells one compiler from another.
pub fn version(compiler: Compiler) -> Result<String> {
    let rustc = if compiler == Compiler::Usual { "rustc" } else { "/usr/bin/rustc" };
    read(program(rustc).arg("-vV")).context("asking the compiler for its version")
}

fn has_target() -> bool {
    let folder = read(program("rustc").args(["--print", "target-libdir", "--target", TARGET])).unwrap_or_default();
    Path::new(folder.trim()).is_dir()
}

fn has_sources() -> bool {
    let root = read(program("/usr/bin/rustc").args(["--print", "sysroot"])).unwrap_or_default();
    Path::new(root.trim()).join("lib/rustlib/src/rust/library/std").is_dir()
}
