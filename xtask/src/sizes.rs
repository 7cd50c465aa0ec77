//! What a first visit may weigh.

use crate::place;
use crate::progress::say;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;

/// A kind of file and how large it may be.
struct Budget {
    what: &'static str,
    kilobytes: u64,
}

const WASM: Budget = Budget { what: "wasm of the first load, brotli", kilobytes: 350 };
const SCRIPT: Budget = Budget { what: "core of the script for other people's pages, gzip", kilobytes: 4 };

/// Fails when a file has outgrown its budget.
pub fn check() -> Result<()> {
    let site = place::site();
    let manifest = fs::read_to_string(site.join("manifest.json")).context("no browser build: `cargo xtask web`")?;
    let wasm = manifest.split('"').find(|word| word.ends_with(".wasm")).context("manifest.json names no wasm")?;
    WASM.check(&site.join(format!("{}.br", wasm.trim_start_matches('/'))))?;
    SCRIPT.check(&site.join("js/parallax.js.gz"))
}

impl Budget {
    fn check(&self, file: &Path) -> Result<()> {
        let bytes = fs::metadata(file).with_context(|| format!("looking at {}", file.display()))?.len();
        let told = format!("{}: {:.1} of {} KB", self.what, bytes as f64 / 1000.0, self.kilobytes);
        ensure!(bytes <= self.kilobytes * 1000, "{told} is too much");
        say(told);
        Ok(())
    }
}
